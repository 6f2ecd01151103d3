"""What an operator does with the archive, and what the monitor does with it by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detectors.events import decode
from monitor.archive import parquet
from monitor.cli import app
from monitor.commands import archive as command
from monitor.commands import examination
from monitor.commands.exits import Exit
from monitor.commands.explain import read_events
from monitor.commands.history import Asked, NoHistory
from monitor.config import Archive, Config, Retention
from monitor.pipeline.log import Retention as Trimming
from monitor.runtime import DATABASE, Runtime
from monitor.store.store import Store
from tests.monitor.archive.deposit import HOUR, Deposit
from tests.monitor.build import BASE_MS, chat, entry
from tests.patience import PATIENCE_S


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    deposit = Deposit(tmp_path / "d")
    deposit.append(0)
    deposit.append(1)
    deposit.write(2)
    deposit.close()
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__TO", "folder")
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__FOLDER", str(tmp_path / "d" / "kept"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "d"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["evidence", "archive", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.slow
def test_status_verify_and_export(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--data", str(data), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kinds"][0]["files"], found["kinds"][0]["records"]) == (6, 60)
    assert found["behind_ms"] == 0
    assert run("status", "--data", str(data)) == 0
    assert "60 records in 6 files" in capsys.readouterr().out
    assert run("verify", "--data", str(data)) == 0
    assert "all of it holds" in capsys.readouterr().out
    out = data / "events.jsonl"
    room = "demo:直播间 三"
    taken = ("--room", room, "--out", str(out), "--who", "何敏", "--why", "核查")
    assert run("export", "--data", str(data), *taken) == 0
    store = Store.open(data / DATABASE)
    [noted] = store.custody_of("archive")
    store.close()
    assert (noted.act, noted.who, noted.why) == ("exported", "何敏", "核查")
    assert (noted.detail["rooms"], noted.detail["events"]) == ([room], 20)
    lines = out.read_bytes().splitlines()
    assert lines[0] == chat("h0-2", 2, "想要2", room="直播间 三")
    assert len(lines) == 20
    since = "2026-10-01T13:00:00+00:00"
    assert run("export", "--data", str(data), "--since", since, "--out", str(out)) == 0
    ids = [json.loads(line)["id"] for line in out.read_bytes().splitlines()]
    assert ids == [f"h1-{n}" for n in range(30)], "in the order of arrival"
    assert run("export", "--data", str(data), "--since", "gestern") == 2


@pytest.mark.slow
def test_a_span_without_a_zone_is_beijings(data: Path, elsewhere: None) -> None:
    out = data / "events.jsonl"
    span = ("--since", "2026-10-01T21:00", "--until", "2026-10-01T22:00")
    assert run("export", "--data", str(data), *span, "--out", str(out)) == 0
    ids = [json.loads(line)["id"] for line in out.read_bytes().splitlines()]
    assert ids == [f"h1-{n}" for n in range(30)]


@pytest.mark.slow
def test_one_changed_byte_is_named_and_left_out_of_what_is_exported(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sorted((data / "kept").rglob("*.parquet"))[0]
    body = bytearray(first.read_bytes())
    body[len(body) // 2] ^= 1
    first.write_bytes(body)
    assert run("verify", "--data", str(data), "--json") == 1
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert first.name in problem
    assert run("export", "--data", str(data), "--out", str(data / "o.jsonl")) == 1
    assert first.name in capsys.readouterr().err
    assert len((data / "o.jsonl").read_bytes().splitlines()) == 50


@pytest.mark.slow
def test_holds_and_purges(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--data", str(data))
    assert run("hold", *place, "--room", "demo:1", "--why", "立案", "--who", "何敏") == 0
    assert run("hold", *place, "--room", "demo:1", "--alert", "x", "--why", "立案") == 2
    assert run("hold", *place, "--alert", "none", "--why", "立案") == 2
    capsys.readouterr()
    # The events are of a day in the past of the clock here, so a day is long over.
    assert run("purge", *place, "--days", "1", "--dry-run") == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert run("purge", *place, "--days", "1", "--why", "到期", "--who", "赵强") == 0
    assert "purge 1: 4 files, 40 records" in capsys.readouterr().out
    assert run("purge", *place, "--days", "1") == 0
    assert "nothing has had its time" in capsys.readouterr().out
    assert run("holds", *place) == 0
    assert "hold 1  room demo:1" in capsys.readouterr().out
    assert run("release", "1", *place, "--why", "结案") == 0
    assert run("release", "1", *place, "--why", "结案") == 2
    assert run("purge", *place, "--days", "1") == 0
    assert run("verify", *place) == 0
    assert "6 files purged in 2 purges" in capsys.readouterr().out


@pytest.mark.slow
def test_what_is_missing_is_said(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__TO", "off")
    assert run("status", "--data", str(data)) == Exit.CONFIGURATION
    assert "there is no archive" in capsys.readouterr().err
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__TO", "s3")
    assert run("status", "--data", str(data)) == Exit.CONFIGURATION
    assert "archive.endpoint" in capsys.readouterr().err
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__TO", "folder")
    monkeypatch.setenv("LIVEWATCH__ARCHIVE__FOLDER", "/proc/nowhere")
    assert run("status", "--data", str(data)) == Exit.UNREACHABLE
    monkeypatch.setattr(parquet, "is_installed", lambda: False)
    assert command.status(None, data, as_json=False) is Exit.CONFIGURATION
    assert "livewatch[archive]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "verdicts", "says"),
    [
        (Archive(), ["warn"], "off: events go after 7 days"),
        (Archive(to="folder", folder="kept"), ["ok"], "folder kept"),
        (Archive(to="folder", folder="/proc/nowhere"), ["fail"], "cannot use"),
        (Archive(to="s3"), ["fail"], "archive.endpoint"),
    ],
)
def test_doctor_says_whether_there_is_an_archive(
    settings: Archive,
    verdicts: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    found = list(examination.archive(Config(archive=settings), tmp_path))
    assert [one.verdict for one in found] == verdicts
    assert says in found[0].says


@pytest.mark.slow
def test_the_monitor_writes_the_archive_and_says_what_hinders_it(tmp_path: Path) -> None:
    now = BASE_MS
    config = Config(
        archive=Archive(to="folder", folder=str(tmp_path / "kept")),
        retention=Retention(log_days=0.01, log_bytes=1),
    )
    runtime = Runtime(tmp_path / "data", config, clock=lambda: now)
    assert runtime.archiver is not None
    for hour in range(3):
        some = [entry(chat(f"{hour}-{n}", hour * 3_600 + n)) for n in range(5)]
        runtime.log.append(some, source="http", now=BASE_MS + hour * HOUR).result(PATIENCE_S)
        while runtime.worker.round():
            pass
    now = BASE_MS + 2 * HOUR + 5 * 60_000
    (tmp_path / "kept").write_text("a file in the place of the folder")
    runtime.archiver.turn()
    runtime.sweep()
    [problem] = [one for one in runtime.problems() if one.kind == "archive"]
    assert "the archive is not written" in problem.says
    runtime.refresh_metrics()
    exposed = runtime.metrics.expose()[0].decode()
    assert f"livewatch_archive_behind_seconds {HOUR / 1000 + 4 * 60}" in exposed
    assert len(runtime.log.read(0, 100)) == 15, "the log lets go of nothing"
    (tmp_path / "kept").unlink()
    now += 10_000
    runtime.archiver.turn()
    assert runtime.problems() == []
    runtime.sweep()
    assert len(runtime.log.read(0, 100)) == 5, "of what the archive has it lets go"
    runtime.refresh_metrics()
    exposed = runtime.metrics.expose()[0].decode()
    assert "livewatch_archive_behind_seconds 0.0" in exposed
    assert 'livewatch_archive_files{kind="events"} 2.0' in exposed
    runtime.stop()


@pytest.mark.slow
def test_scan_and_backtest_run_over_what_the_log_has_let_go_of(
    data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = [one for hour in range(2) for one in hour_of(hour)]
    deposit = Deposit(data)
    lines += deposit.append(2)
    trimmed = deposit.log.trim(
        Trimming(max_age_ms=1, max_bytes=1), now=BASE_MS + 99 * HOUR, until=60
    )
    assert trimmed.events == 60
    deposit.close()

    def read(**asked: Any) -> list[str]:
        some = read_events([], Asked(data=data, **asked))
        return [event.id for block in some for event in block]

    assert read() == [decode(one).id for one in lines]
    assert read(rooms=["demo:2"])[:2] == ["h0-1", "h0-4"]
    assert read(since=BASE_MS + HOUR, until=BASE_MS + 2 * HOUR) == [f"h1-{n}" for n in range(30)]
    with pytest.raises(SystemExit) as ended:
        app(["scan", "--data", str(data), "--rule", "complaint-intent"])
    assert ended.value.code in (0, None)
    assert "90 events of 3 rooms" in capfd.readouterr().err
    with pytest.raises(SystemExit) as ended:
        app(["scan", "--room", "demo:2"])
    assert ended.value.code == 2
    # What the archive has lost is no history to judge rules by.
    next((data / "kept").rglob("*.parquet")).unlink()
    with pytest.raises(NoHistory, match="is not there"):
        read()
    with pytest.raises(SystemExit) as ended:
        app(["scan", "--data", str(data), "--rule", "complaint-intent"])
    assert ended.value.code == 4


def hour_of(hour: int) -> list[bytes]:
    """What `Deposit.append` gives for an hour."""
    rooms = ("1", "2", "直播间 三")
    return [
        chat(f"h{hour}-{n}", hour * 3_600 + n, f"想要{n}", room=rooms[n % 3]) for n in range(30)
    ]
