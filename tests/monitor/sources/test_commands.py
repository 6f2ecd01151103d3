"""`livewatch sources list|check|try`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from monitor.commands import sources as command
from monitor.commands.exits import Exit
from tests.connectors.lines import Caller, line, server_elsewhere, serving, until
from tests.monitor.sources.plugin import install_lines, toml_of
from tests.monitor.sources.test_service import Site, talk


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A command sets up the logs of its process, which is the tests' here."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install_lines(tmp_path / "site", monkeypatch)
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    return tmp_path / "livewatch.toml"


@pytest.mark.slow
def test_the_list_names_what_is_installed_and_what_does_not_load(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[server]\nport = 0\n" + toml_of(1))
    assert command.show_all(config, None, as_json=True) == Exit.DONE
    listing = json.loads(capsys.readouterr().out)
    kinds = {plugin["name"]: plugin for plugin in listing["installed"]["sources"]}
    assert kinds["file"]["distribution"].startswith("livewatch ")
    options = kinds["file"]["options"]["$defs"]["FileLinesOptions"]
    assert options["required"] == ["path"]
    decoders = {plugin["name"]: plugin for plugin in listing["installed"]["decoders"]}
    assert decoders["douyin"]["proven"] == "field tables only"
    assert decoders["pytchat"]["proven"] == "recorded bytes"
    assert decoders["their-talk"]["proven"] is None
    assert "a_library_that_is_not_there" in kinds["their-broken"]["problem"]
    assert [source["state"] for source in listing["configured"]] == ["no monitor answers"]
    assert command.show_all(config, None, as_json=False) == Exit.DONE
    text = capsys.readouterr().out
    assert "their-package 1.0  ! the plug-in their-broken" in text
    assert "1 connection: no monitor answers" in text
    (douyin,) = [row for row in text.splitlines() if row.startswith("  douyin ")]
    assert douyin.endswith("(field tables only)")


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_list_shows_the_state_in_the_running_monitor(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    async with serving(talk) as server:
        text = toml_of(server.port, rooms='["1", "2"]') + toml_of(1, name="dead")
        site.write(text)
        async with site.running():
            stats = site.sources.runner.collections["lines"].stats
            await until(lambda: stats.rooms["connected"] == 2)
            await asyncio.to_thread(command.show_all, config, site.url, as_json=False)
    shown = capsys.readouterr().out.splitlines()
    assert any("lines" in row and "2 connections: 2 connected" in row for row in shown)
    (dead,) = [row for row in shown if row.strip().startswith("dead")]
    assert "1 waiting" in dead
    assert "no connection" in dead


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_list_says_when_a_refused_source_is_tried_again(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(caller: Caller) -> None:
        await caller.say(b"GO AWAY\n")

    site = Site(tmp_path)
    async with serving(refuse) as server:
        site.write(toml_of(server.port))
        async with site.running():
            collection = site.sources.runner.collections["lines"]
            await until(lambda: collection.stats.rooms["failed"] == 1)
            await asyncio.to_thread(command.show_all, config, site.url, as_json=False)
            assert collection.retry_at is not None
            when = datetime.fromtimestamp(collection.retry_at / 1000, UTC).astimezone()
    (row,) = [row for row in capsys.readouterr().out.splitlines() if "1 failed" in row]
    assert row.endswith(f"the key is wrong; refused connections are tried again at {when:%H:%M}")


@pytest.mark.slow
def test_a_check_finds_what_is_wrong_before_the_monitor_does(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "77001.key").write_text("secret of the room")
    (tmp_path / "77001.key").chmod(0o600)
    (tmp_path / "open").write_text("secret")
    (tmp_path / "open").chmod(0o644)

    async def serve(caller: Caller) -> None:
        await caller.hear()

    with server_elsewhere(serve) as port:
        config.write_text(
            toml_of(port, name="good")
            + f'key_file = "{tmp_path}/{{room}}.key"\n'
            + toml_of(1, name="unreachable")
            + toml_of(port, name="empty-secret")
            + f'key_file = "{tmp_path}/empty"\n'
            + toml_of(port, name="open-secret")
            + f'key_file = "{tmp_path}/open"\n'
            + toml_of(port, name="broken").replace("their-lines", "their-broken")
            + toml_of(port, name="misspelt")
            + "prot = 1\n"
        )
        assert command.check(config, [], offline=False) == Exit.CHECK_FAILED
        found = capsys.readouterr().out.splitlines()
        assert command.check(config, ["good"], offline=False) == Exit.DONE
    verdicts = [row.split(":")[0].split() for row in found]
    assert ["ok", "good", "connection"] in verdicts
    assert ["ok", "good", "key_file"] in verdicts
    assert ["fail", "unreachable", "connection"] in verdicts
    assert ["fail", "empty-secret", "key_file"] in verdicts
    assert ["warn", "open-secret", "key_file"] in verdicts
    assert ["fail", "broken", "plug-in"] in verdicts
    assert ["fail", "misspelt", "configuration"] in verdicts
    # With a secret missing nobody knocks at the other side.
    assert ["ok", "empty-secret", "connection"] not in verdicts


@pytest.mark.slow
def test_a_key_that_is_not_there_is_found(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = config.with_name("no.key")
    config.write_text(f'[collection]\npseudonym_key_file = "{missing}"\n' + toml_of(1))
    assert command.check(config, [], offline=True) == Exit.CHECK_FAILED
    assert f"pseudonym_key_file: there is no {missing}" in capsys.readouterr().out


def test_offline_nothing_is_connected(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(toml_of(1))
    assert command.check(config, [], offline=True) == Exit.DONE
    assert "connection:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "names", "status"),
    [
        ("", [], Exit.DONE),  # nothing is configured
        (toml_of(1), ["other"], Exit.USAGE),
        ("[[sources]]\n", [], Exit.CONFIGURATION),
    ],
)
def test_what_cannot_be_checked(config: Path, text: str, names: list[str], status: Exit) -> None:
    config.write_text(text)
    assert command.check(config, names, offline=True) == status


@pytest.mark.slow
def test_a_trial_prints_events_and_acknowledges_nothing(
    config: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1), b"NEW vote\n", b"no event\n", line(2))
        await caller.hear()

    with server_elsewhere(serve) as port:
        config.write_text(toml_of(port, rooms='["77001", "77002"]'))
        status = command.try_one(config, "lines", None, seconds=20, limit=2)
    out, err = capfdbinary.readouterr()
    assert status == Exit.DONE
    assert [json.loads(row)["id"] for row in out.splitlines()] == ["c-1", "c-2"]
    assert b"4 frames, 2 events (2 chat), 1 unknown" in err
    assert b"1 \xc3\x97 unknown NEW vote" in err
    assert b"not used: line 1" in err
    assert not (tmp_path / "pseudonym.key").exists()


@pytest.mark.slow
def test_a_trial_shows_text_as_text_bytes_as_numbers_and_why_something_was_passed_over(
    config: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def picture(*texts: str) -> bytes:
        lines = [{"text": t, "confidence": 0.99, "top": n} for n, t in enumerate(texts)]
        return json.dumps({"at": 1_788_231_600_000, "lines": lines, "model": "m"}).encode()

    pictures = [
        picture("高山云雾绿茶礼盒", "¥39.9"),
        picture("高山云雾绿茶礼盒", "¥39.9", "秒杀价¥29.9"),
        *[picture("欢迎来到直播间")] * 5,
        "没有这样的画面".encode(),
        b"\xff\x00\x01",
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(pictures) + b"\n")
    config.write_text(
        '[[sources]]\nname = "a"\ntype = "file"\nplatform = "demo"\nrooms = ["1"]\n'
        'decoder = "screen"\n[sources.options]\n'
        f'path = "{tmp_path}/a.jsonl"\nfollow = false\n'
    )
    assert command.try_one(config, "a", None, seconds=20, limit=100) == Exit.DONE
    said = capfdbinary.readouterr().err.decode().splitlines()
    several = [row for row in said if row.startswith("passed over: picture with several prices: ")]
    assert len(several) == 1
    assert "秒杀价¥29.9" in several[0]
    # Three of a reason are shown, all are counted.
    without = [row for row in said if row.startswith("passed over: picture without a price: ")]
    assert len(without) == 3
    assert "欢迎来到直播间" in without[0]
    assert "  5 × passed over: picture without a price" in said
    assert any(row.endswith(": 没有这样的画面") and "not used" in row for row in said)
    assert any("bytes: ff 00 01" in row for row in said)
    assert not any("\\x" in row for row in said)
    assert "1 of 1 product has no stock" in said


@pytest.mark.slow
def test_a_trial_moves_no_bookmark(
    config: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "a.jsonl").write_bytes(line(1))
    config.write_text(
        '[[sources]]\nname = "a"\ntype = "file"\nplatform = "demo"\n[sources.options]\n'
        f'path = "{tmp_path}/a.jsonl"\nbookmark = "{tmp_path}/mark"\nfollow = false\n'
    )
    assert command.try_one(config, "a", None, seconds=20, limit=10) == Exit.DONE
    assert json.loads(capfdbinary.readouterr().out) == json.loads(line(1))
    assert not (tmp_path / "mark").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "port", "status"), [("lines", 1, Exit.UNREACHABLE), ("other", 1, Exit.USAGE)]
)
def test_a_trial_that_cannot_be(
    config: Path, name: str, port: int, status: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(toml_of(port))
    assert command.try_one(config, name, None, seconds=0.3, limit=1) == status
