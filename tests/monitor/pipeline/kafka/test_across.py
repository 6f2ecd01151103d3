"""What many rooms show together, on a real broker: the same as embedded, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detectors.across.signal import decode
from detectors.alerts import Alert
from detectors.pack.load import Rulebook
from monitor.config import Config
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from tests.detectors.build import rulebook
from tests.monitor.evening_of_rooms import ACROSS, evening_of_rooms, uninterrupted
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    Load,
    WorkerProcess,
    embedded,
    letters,
    messages,
    send,
    until,
    until_same,
)

pytestmark = [pytest.mark.kafka]

Make = Callable[..., Config]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook()


def stored(config: Config, topic: str) -> list[object]:
    async def reading() -> list[object]:
        return [record async for record in read_topic(config.kafka, topic)]

    return asyncio.run(reading())


@pytest.mark.slow(4)
def test_both_runtimes_show_the_same_of_fourteen_rooms(
    make: Make, book: Rulebook, tmp_path: Path
) -> None:
    config = make(partitions=3, signal_partitions=2)
    names = TopicNames.of(config.kafka.prefix)
    lines = evening_of_rooms(14, seed=11)
    wanted = embedded(tmp_path / "embedded", config, lines)
    assert wanted == uninterrupted(book, lines, lateness_ms=config.pipeline.lateness_ms)
    # Room after room instead of all at once; a tenth of it twice; and what is no signal at all.
    batch = sorted(messages(config, lines), key=lambda message: message.key or b"")
    batch += batch[: len(batch) // 10]
    batch += [Message(names.signals, b"x", b"{}"), Message(names.signals, b"y", b"")]
    send(config, batch)
    worker = WorkerProcess(written(config, tmp_path), tmp_path / "worker.log")
    try:
        until(worker.is_done, what="the lag")
        until_same(config, wanted)
        until(worker.is_done, what="the lag of signals")
        shown = worker.metrics()
    finally:
        assert worker.stop() == 0
    assert 'livewatch_alerts_total{level="watch",rule="shared-script"} 1.0' in shown
    alerts = [msgspec.json.decode(one.value, type=Alert) for one in stored(config, names.alerts)]  # type: ignore[attr-defined]
    assert {alert.rule for alert in alerts} >= ACROSS
    script = max((one for one in alerts if one.rule == "shared-script"), key=lambda one: one.hits)
    assert len(script.evidence.rooms) == script.hits == 10
    # Every signal lies where its cluster's key says, and is one.
    records = [one for one in stored(config, names.signals) if one.key not in (b"x", b"y")]  # type: ignore[attr-defined]
    keys = {decode(one.value).key: one.partition for one in records}  # type: ignore[attr-defined]
    assert all(decode(one.value).key.encode() == one.key for one in records)  # type: ignore[attr-defined]
    assert all(keys[decode(one.value).key] == one.partition for one in records)  # type: ignore[attr-defined]
    assert sorted(letter.value for letter in letters(config)) == [b"", b"{}"]
    assert {dict(letter.headers)["topic"] for letter in letters(config)} == {names.signals.encode()}


@pytest.mark.slow(13)
def test_a_worker_killed_in_the_middle_changes_nothing_that_rooms_show_together(
    make: Make, book: Rulebook, tmp_path: Path
) -> None:
    config = make(partitions=4, signal_partitions=3)
    path = written(config, tmp_path)
    lines = evening_of_rooms(24, seed=12, chats=500)
    wanted = uninterrupted(book, lines, lateness_ms=config.pipeline.lateness_ms)
    load = Load(config, messages(config, lines), per_second=2_000)
    worker = WorkerProcess(path, tmp_path / "worker.log")
    load.start()
    try:
        for _ in range(3):
            load.until_heavy(worker)
            worker.kill()
            worker = WorkerProcess(path, tmp_path / "worker.log")
            until(worker.is_ready, what="recovery")
        load.finish()
        until_same(config, wanted)
    finally:
        worker.stop()
    assert letters(config) == []


@pytest.mark.slow(7)
def test_clusters_move_with_their_partitions(make: Make, book: Rulebook, tmp_path: Path) -> None:
    config = make(partitions=2, signal_partitions=4)
    path = written(config, tmp_path)
    lines = evening_of_rooms(16, seed=13, chats=200)
    wanted = uninterrupted(book, lines, lateness_ms=config.pipeline.lateness_ms)
    load = Load(config, messages(config, lines), per_second=800)
    workers = [WorkerProcess(path, tmp_path / "first.log")]
    load.start()
    try:
        until(workers[0].is_ready, what="the first worker")
        workers.append(WorkerProcess(path, tmp_path / "second.log"))
        until(
            lambda: all(len(one.health()["partitions"]) == 1 for one in workers),
            what="shared partitions",
        )
        workers[0].kill()
        load.finish()
        until_same(config, wanted)
    finally:
        for one in workers:
            if one.process.poll() is None:
                one.stop()
