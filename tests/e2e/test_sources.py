"""`livewatch serve` with a source, killed while it reads: nothing that can come again is lost,
nothing is counted twice, and what could not be watched is told.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detectors.events import Chat, Event, Gap, decode
from monitor.pipeline.sqlite import SqliteLog
from monitor.runtime import DATABASE
from monitor.store.database import Database
from tests.connectors.lines import Caller, line, server_elsewhere
from tests.copies import ROOT
from tests.e2e.process import MonitorProcess
from tests.monitor.sources.plugin import install_lines, toml_of
from tests.patience import PATIENCE_S, UnderWay

pytestmark = [pytest.mark.slow]


Start = Callable[[], MonitorProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the monitor of the test's folder; none is left behind, whatever happens."""
    monitors: list[MonitorProcess] = []

    def starting() -> MonitorProcess:
        monitors.append(started(tmp_path))
        return monitors[-1]

    yield starting
    for monitor in monitors:
        if monitor.process.poll() is None:
            monitor.kill()


def started(folder: Path) -> MonitorProcess:
    return MonitorProcess(
        folder / "data",
        "--config",
        str(folder / "livewatch.toml"),
        environment={
            "PYTHONPATH": os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
        },
    )


def stored(folder: Path) -> list[Event]:
    database = Database(folder / "data" / DATABASE)
    try:
        return [decode(record.data) for record in SqliteLog(database).read(0, 100_000)]
    finally:
        database.close()


def wait(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def events_of(monitor: MonitorProcess, source: str) -> int:
    return int(monitor.get("/healthz")["sources"][source]["events"])


@contextmanager
def chattering(rate: float) -> Iterator[tuple[int, dict[int, int]]]:
    """A server that numbers its lines on and on, for whoever listens.

    Yields its port, and when each line was said, ms.
    """
    end = threading.Event()
    said: dict[int, int] = {}

    async def serve(caller: Caller) -> None:
        while not end.is_set():
            number = len(said) + 1
            # By the clock: a gap is told beside the events around it.
            said[number] = time.time_ns() // 1_000_000
            await caller.say(line(number, room=caller.room, at=said[number]))
            await asyncio.sleep(1 / rate)

    with server_elsewhere(serve) as port:
        try:
            yield port, said
        finally:
            end.set()


@pytest.mark.slow(4)
def test_a_file_is_read_once_over_kills(tmp_path: Path, start: Start) -> None:
    lines = [line(number) for number in range(20_000)]
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    (tmp_path / "livewatch.toml").write_text(
        '[[sources]]\nname = "recorder"\ntype = "file"\nplatform = "demo"\nrooms = ["77001"]\n'
        f'[sources.options]\npath = "{tmp_path}/a.jsonl"\nbookmark = "{tmp_path}/mark"\n'
    )
    mark = tmp_path / "mark"  # not there yet where each kill came before the first bookmark

    def is_read() -> bool:
        return mark.exists() and json.loads(mark.read_bytes())["offset"] == sum(map(len, lines))

    for _ in range(3):
        monitor = start()
        # Where the kill comes late all of it is read, and nothing is left for the next one.
        wait(lambda: is_read() or events_of(monitor, "recorder") > 0)  # noqa: B023  called at once
        monitor.kill()
    monitor = start()
    wait(is_read)
    assert monitor.stop() == 0
    assert [event.id for event in stored(tmp_path)] == [f"c-{number}" for number in range(20_000)]


@pytest.mark.slow(3)
def test_a_live_source_that_was_killed_tells_the_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    install_lines(tmp_path / "site", monkeypatch)
    with chattering(rate=50) as (port, said), UnderWay() as under_way:
        (tmp_path / "livewatch.toml").write_text(toml_of(port))
        monitor = start()
        wait(lambda: (tmp_path / "data" / "watched.json").exists())
        monitor.kill()
        monitor = start()
        wait(lambda: events_of(monitor, "lines") > 5)
        monitor.process.send_signal(signal.SIGHUP)  # nothing has changed: nothing happens
        wait(lambda: events_of(monitor, "lines") > 20)
        assert monitor.stop() == 0
    events = stored(tmp_path)
    chats = [event for event in events if isinstance(event, Chat)]
    (gap,) = [event for event in events if isinstance(event, Gap)]
    numbers = [int(event.id.removeprefix("c-")) for event in chats]
    assert numbers == sorted(set(numbers))  # each once, in order
    # Whatever is missing was said while it is told not to have been watched, or under way then.
    missing = [said[number] for number in range(1, numbers[-1]) if number not in set(numbers)]
    assert missing
    assert gap.from_ - under_way.ms <= missing[0] <= missing[-1] <= gap.until


def test_what_stops_to_come_is_told_by_the_running_process_and_its_commands(
    tmp_path: Path, start: Start
) -> None:
    def card(number: int, price: str) -> bytes:
        return (
            f'{{"type":"product","id":"p-{number}","platform":"demo","room":"1","session":"s",'
            f'"at":{1_788_231_600_000 + number},"sku":"A","title":"茶"{price}}}\n'
        ).encode()

    lines = [card(number, ',"price":3990' if number < 40 else "") for number in range(80)]
    (tmp_path / "1.jsonl").write_bytes(b"".join([*lines, b"no event\n"]))
    config = tmp_path / "livewatch.toml"
    config.write_text(
        '[[sources]]\nname = "files"\ntype = "file"\nplatform = "demo"\nrooms = ["1", "2"]\n'
        f'[sources.options]\npath = "{tmp_path}/{{room}}.jsonl"\n',
        encoding="utf-8",
    )
    monitor = start()

    def problem() -> str:
        return monitor.get("/healthz")["sources"]["files"]["problem"] or ""

    wait(lambda: "products have no price since 20" in problem() and "there is no file" in problem())
    _, body = monitor.request("GET", "/metrics")
    assert b'livewatch_source_lacking{field="price",source="files",type="product"} 1.0' in body

    def told(*arguments: str) -> str:
        command = [sys.executable, "-m", "monitor.cli", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, timeout=PATIENCE_S, check=True
        )
        return done.stdout.decode()

    listed = told("sources", "list", "--config", str(config), "--url", monitor.url)
    assert "40 of 80 products have no price" in listed
    assert f"there is no file {tmp_path}/2.jsonl" in listed
    counted = told("deadletters", "list", "--data", str(tmp_path / "data"), "--counts", "--json")
    assert json.loads(counted) == [
        {"letters": 1, "attempts": 1, "stage": "decode", "cause": "invalid", "source": "files",
         "kind": ""}
    ]  # fmt: skip
