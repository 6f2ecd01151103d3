"""Commands that speak to a running monitor, with a token that it does not know: bad usage, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import Config, Server
from monitor.runtime import DATABASE
from monitor.store.rows import DeadLetter
from monitor.store.store import Store
from tests.monitor.access.browser import Running
from tests.monitor.access.conftest import running
from tests.monitor.access.test_sign_in import certificate
from tests.monitor.build import BASE_MS, speech

#: What each needs beside the address; FILE is a recording, DATA a folder with a letter.
COMMANDS = {
    "replay": "FILE --token wrong",
    "deadletters replay": "--data DATA --token wrong",
    "alerts list": "",
    "alerts show": "ID",
    "alerts ack": "ID",
    "alerts close": "ID --reason minor",
    "alerts unmask ask": "ID --reason 核查 --case 某〔2026〕1号",
    "alerts unmask list": "",
    "alerts unmask approve": "ID",
    "alerts unmask refuse": "ID",
    "alerts unmask end": "ID",
    "sources list": "",
    "sources unwatched": "",
    "notify list": "",
    "notify retry": "",
}


def walked(group: Any, context: Any, before: str = "") -> Iterator[str]:
    """Commands that take the address of a monitor."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from walked(command, context, f"{before}{name} ")
        elif any("--url" in one.opts for one in command.params):
            yield before + name


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "FILE").write_bytes(speech("late"))
    (folder / "DATA").mkdir()
    store = Store.open(folder / "DATA" / DATABASE)
    letter = DeadLetter(
        stage="ingest", source="http", reason="x", data=speech("l"), first_at=BASE_MS,
        last_at=BASE_MS,
    )  # fmt: skip
    store.bury([letter]).result()
    store.close()
    return folder


def test_each_of_them_is_here() -> None:
    group = typer.main.get_command(app)
    found = set(walked(group, typer.Context(group)))
    # Those of a database speak to no monitor.
    apart = {name for name in found if name.startswith("db ")}
    assert found - apart == set(COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_token_is_bad_usage(
    command: str, desk: Running, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    monkeypatch.setenv("LIVEWATCH_API_TOKEN", "lw_wrong")
    given = [desk.alert if word == "ID" else word for word in COMMANDS[command].split()]
    answer = CliRunner().invoke(app, [*command.split(), *given, "--url", desk.url])
    assert answer.exit_code == 2, answer.output
    assert "token" in answer.stderr.casefold()
    assert not answer.stdout.strip() or "refused" in answer.stdout
    answer = CliRunner().invoke(app, [*command.split(), *given, "--url", "nonsense"])
    assert answer.exit_code in (2, 4), answer.output
    assert "address" in answer.stderr


@pytest.mark.slow
def test_letters_are_sent_again_to_a_monitor_with_a_certificate_of_its_own(
    files: Path, tmp_path: Path
) -> None:
    cert, key = certificate(tmp_path)
    with running(
        tmp_path / "data", Config(server=Server(tls_cert=str(cert), tls_key=str(key)))
    ) as desk:
        config = tmp_path / "livewatch.toml"
        port = desk.url.rpartition(":")[2]
        config.write_text(f'[server]\nport = {port}\ntls_cert = "{cert}"\ntls_key = "{key}"\n')
        sent = ["deadletters", "replay", "--data", str(files / "DATA"), "--config", str(config)]
        answer = CliRunner().invoke(app, [*sent, "--token", "the token of the tests"])
        assert (answer.exit_code, answer.stdout) == (0, "sent again 1, refused 0\n"), answer.output
        assert desk.runtime.log.head == 1


@pytest.mark.slow
def test_whoever_is_told_only_that_a_monitor_runs_hears_why(
    desk: Running, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "livewatch.toml"
    config.write_text(
        '[[sources]]\nname = "lines"\ntype = "file"\nplatform = "demo"\n'
        f'[sources.options]\npath = "{files / "FILE"}"\n'
    )
    listed = ["sources", "list", "--config", str(config), "--url", desk.url]
    # From another machine.
    monkeypatch.setattr("monitor.app.is_brief", lambda _: True)
    answer = CliRunner().invoke(app, listed)
    assert answer.exit_code == 0, answer.output
    assert "lines" in answer.stdout
    assert "the monitor does not tell" in answer.stdout
    assert "not running" not in answer.stdout
    assert "scope `metrics`" in answer.stderr
