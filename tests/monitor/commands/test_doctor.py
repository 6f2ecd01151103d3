"""`livewatch doctor`: what is wrong is named, with what to do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from monitor.commands import doctor as command
from monitor.commands.exits import Exit
from monitor.runtime import DATABASE
from monitor.store.marker import Mark, Marker
from monitor.store.migrate import shipped
from monitor.store.store import Store
from tests.connectors.lines import Caller, serving
from tests.deploy.tools import free_port
from tests.monitor.conftest import Serve, serve
from tests.monitor.evidence.authority import LocalAuthority

__all__ = ["serve"]


def looked(
    capsys: pytest.CaptureFixture[str], config: Path | None, data: Path | None = None
) -> tuple[Exit, dict[str, list[tuple[str, str]]]]:
    """Exit status, and by subject what was found: verdict, and words with what to do."""
    status = command.run(config, data, kafka=False, as_json=True)
    printed = capsys.readouterr().out
    found: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(printed[printed.index("[\n") :]):
        assert one["mend"] or one["verdict"] == "ok", one
        said = f"{one['says']} → {one['mend']}"
        found.setdefault(one["what"], []).append((one["verdict"], said))
    return status, found


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "livewatch.toml"
    path.write_text(f"[server]\nport = {free_port()}\n")
    return path


@pytest.mark.slow
def test_a_machine_that_will_do(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    status, found = looked(capsys, config, data)
    assert status == Exit.DONE
    assert found["configuration"][0][0] == "ok"
    assert found["data"] == [("ok", f"{data} can be written, with WAL → ")]
    assert list(data.iterdir()) == [], "nothing is left behind"
    assert "is free" in found["address"][0][1]
    assert {"python", "openssl", "sqlite", "clock", "disk", "reports"} <= set(found)
    command.run(config, data, kafka=False, as_json=False)
    assert "0 wrong" in capsys.readouterr().err


def test_a_fault_in_the_configuration(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[server]\nprot = 1\n")
    status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    assert found["configuration"][0][0] == "fail"
    assert "prot" in found["configuration"][0][1]


@pytest.mark.slow
def test_a_port_that_somebody_else_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "livewatch.toml"
    with socket.socket() as other:
        # Bound and not listening: nobody answers there, and nobody else can have it.
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        config.write_text(f"[server]\nport = {port}\n")
        status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    [(verdict, said)] = found["address"]
    assert verdict == "fail"
    assert f"sport = :{port}" in said


@pytest.mark.slow
def test_a_disk_that_is_too_small_and_a_folder_for_everybody(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text() + "[ingest]\nmin_free_bytes = 1000000000000000\n")
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    status, found = looked(capsys, config, data)
    assert status == Exit.CHECK_FAILED
    assert found["disk"][0][0] == "fail"
    assert "ingest.min_free_bytes" in found["disk"][0][1]
    assert ("warn", f"{data} can be read by others → chmod 700 {data}") in found["data"]


@pytest.mark.slow
def test_secrets_that_others_read_and_few_files(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "wecom.url"
    secret.write_text("https://qyapi.example/send?key=K")
    secret.chmod(0o644)
    channel = f'[notify.channels.desk]\ntype = "wecom"\nurl_file = "{secret}"\n'
    config.write_text(config.read_text() + channel)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        status, found = looked(capsys, config)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert status == Exit.DONE, "warnings only"
    assert f"chmod 600 {secret}" in found["secrets"][0][1]
    assert found["open files"][0][0] == "warn"
    assert "notifications" not in found


def test_an_address_that_others_reach(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[server]\nhost = "0.0.0.0"\n')
    status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    assert "sign-in" in found["configuration"][0][1]


@pytest.mark.slow
def test_an_authority_of_time_stamps_is_asked(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = LocalAuthority(tmp_path / "authority")
    with authority.serving() as chosen:
        config.write_text(
            config.read_text() + f'[[evidence.authorities]]\nname = "local"\nurl = "{chosen.url}"\n'
            f'roots_file = "{chosen.roots_file}"\n'
        )
        assert looked(capsys, config)[1]["time stamps of local"][0][0] == "ok"
        authority.mode = "broken"
        status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    assert found["time stamps of local"][0][0] == "fail"


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_monitor_that_runs_says_how_it_is(
    serve: Serve,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = await serve()
    config = tmp_path / "livewatch.toml"
    config.write_text(f"[server]\nport = {served.url.rpartition(':')[2]}\n")
    _, found = await asyncio.to_thread(looked, capsys, config)
    assert found["monitor"][0][0] == "ok"
    monkeypatch.setattr(served.runtime.admission, "free_bytes", lambda: 1)
    _, found = await asyncio.to_thread(looked, capsys, config)
    assert "disk is nearly full" in found["monitor"][0][1]
    served.runtime.worker.stop()
    status, found = await asyncio.to_thread(looked, capsys, config)
    assert status == Exit.CHECK_FAILED
    assert "503" in found["monitor"][0][1]


@pytest.mark.slow
def test_a_database_that_is_older_newer_cut_or_none(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    path = data / DATABASE
    Store.open(path).close()
    Marker(path).open(Mark())
    assert looked(capsys, config, data)[1]["database"][0][0] == "ok"
    # Events were durable once that are not there any more.
    Marker(path).open(Mark(head=20, position=20))
    status, found = looked(capsys, config, data)
    assert status == Exit.CHECK_FAILED
    assert "commits are missing" in found["database"][0][1]
    Marker(path).open(Mark())
    last = shipped("sqlite")[-1].number
    newer = "INSERT INTO schema_versions VALUES (?, 'x', 'x')"
    older = "DELETE FROM schema_versions WHERE number >= ?"
    for change, verdict, says in (
        ((newer, 999), "fail", "newer version"),
        ((older, last), "warn", "1 steps"),
    ):
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(change[0], change[1:])
        [(judged, said)] = looked(capsys, config, data)[1]["database"]
        assert (judged, says in said) == (verdict, True), said
    path.write_bytes(b"no database at all, but something long enough to be read as one" * 20)
    status, found = looked(capsys, config, data)
    assert status == Exit.CHECK_FAILED
    assert "cannot be read" in found["database"][0][1]
    path.chmod(0o644)
    assert any(
        "others can read livewatch.db" in said
        for _, said in looked(capsys, config, data)[1]["data"]
    )


def test_a_library_of_sqlite_that_is_too_old(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    says = "3.34.1 is too old → a Python with SQLite 3.35 or newer"
    assert found["sqlite"] == [("fail", says)]


@pytest.mark.postgres
def test_a_server_of_postgresql_that_is_too_old(
    config: Path, postgres_url: sa.URL, capsys: pytest.CaptureFixture[str]
) -> None:
    # A function that stands before the server's own tells another version.
    url = postgres_url.update_query_dict({"options": f"{postgres_url.query['options']},pg_catalog"})
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION current_setting(name text) RETURNS text LANGUAGE sql AS $$ SELECT CASE"
            " WHEN name = 'server_version_num' THEN '140010' ELSE pg_catalog.current_setting(name)"
            " END $$"
        )
    engine.dispose()
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    config.write_text(config.read_text() + f"[store]\nurl = {json.dumps(plain)}\n")
    status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    says = "PostgreSQL 15 or newer is needed, this is 14 → docs/postgresql.md"
    assert found["postgresql"] == [("fail", says)]


@pytest.mark.slow
def test_fonts_that_are_missing(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none = tmp_path / "fonts.conf"
    none.write_text("<fontconfig></fontconfig>")
    with monkeypatch.context() as without:
        without.setenv("FONTCONFIG_FILE", str(none))
        status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    says = "no font has Chinese characters → apt-get install fonts-noto-cjk"
    assert found["reports"] == [("fail", says)]
    monkeypatch.setenv("PATH", str(tmp_path))
    _, found = looked(capsys, config)
    says = "fontconfig is missing → apt-get install fontconfig fonts-noto-cjk"
    assert found["reports"] == [("warn", says)]


@pytest.mark.slow
@pytest.mark.parametrize(("days", "verdict"), [(-1, "fail"), (5, "warn"), (90, "ok")])
def test_a_certificate_that_ends(
    days: int, verdict: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "desk")])
    end = datetime.now(UTC) + timedelta(days=days, hours=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=99), end)
    (tmp_path / "desk.crt").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    (tmp_path / "desk.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    (tmp_path / "desk.key").chmod(0o600)
    files = f'tls_cert = "{tmp_path}/desk.crt"\ntls_key = "{tmp_path}/desk.key"\n'
    config.write_text(config.read_text() + files)
    status, found = looked(capsys, config)
    assert found["tls certificate"][0][0] == verdict, found
    assert (status == Exit.CHECK_FAILED) == (verdict == "fail")


@pytest.mark.slow
def test_a_source_that_cannot_hear(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config.write_text(
        config.read_text()
        + '[[sources]]\nname = "ears"\ntype = "speech"\nplatform = "p"\nrooms = ["1"]\n'
        f'[sources.options]\nengine = "whisper"\nmodel = "{tmp_path}/weights"\nurl = "http://127.0.0.1:1/a"\n'
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    status, found = looked(capsys, config)
    assert status == Exit.CHECK_FAILED
    assert "apt-get install ffmpeg" in found["ffmpeg"][0][1]
    assert any(f"{tmp_path}/weights" in said for _, said in found["source ears"])


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_desk_that_takes_screenshots_is_asked(
    serve: Serve, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = tmp_path / "secrets"
    sender = f'[ingest.senders.platform]\nsecrets_file = "{secrets}"\n'

    def asked(address: str, senders: str) -> list[tuple[str, str]]:
        secrets.write_text("whsec_" + "A" * 43 + "=\n")
        secrets.chmod(0o600)
        config.write_text(f'[ingest]\ncaptures_to = "{address}"\n{senders}')
        return looked(capsys, config)[1]["screenshots"]

    async def said(address: str, senders: str = "") -> list[tuple[str, str]]:
        return await asyncio.to_thread(asked, address, senders)

    desk = (await serve()).url
    assert [verdict for verdict, _ in await said(desk, sender)] == ["ok"]
    (secretless, ready) = await said(desk)
    assert (secretless[0], ready[0]) == ("warn", "ok")
    assert "secrets_file or token_file" in secretless[1]
    (nobody,) = await said(f"http://127.0.0.1:{free_port()}", sender)
    assert nobody[0] == "fail"
    assert "refused" in nobody[1]
    (clear, away) = await said("http://desk.invalid:8080", sender)
    assert (clear[0], away[0]) == ("warn", "fail")
    assert "in the clear" in clear[1]
    async with serving(_no_desk) as server:
        (other,) = await said(f"http://127.0.0.1:{server.port}", sender)
    assert other[0] == "fail"
    assert "is no desk" in other[1]


async def _no_desk(caller: Caller) -> None:
    await caller.say(
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone"
    )
