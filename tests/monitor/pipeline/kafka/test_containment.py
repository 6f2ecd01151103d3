"""What fails inside a worker on a real broker: the culprit becomes a dead letter, the partition goes on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.events import encode
from monitor.config import Config
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.partition import TICK, PartitionBatch
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.kafka.worker import TICK_S, KafkaWorker
from tests.detectors.hostile import hostile_events
from tests.monitor.build import chat, line, speech
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    WorkerProcess,
    letters,
    messages,
    send,
    until,
)
from tests.monitor.pipeline.test_containment import Broken
from tests.monitor.rules import rulebook

pytestmark = [pytest.mark.kafka]

Make = Callable[..., Config]


def stored(config: Config, topic: str) -> list[Any]:
    async def reading() -> list[Any]:
        return [record async for record in read_topic(config.kafka, topic)]

    return asyncio.run(reading())


@pytest.mark.slow(7)
def test_hostile_records_and_a_poisoned_changelog_stop_no_worker(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=1, signal_partitions=1)
    names = TopicNames.of(config.kafka.prefix)
    path = written(config, tmp_path)
    poison = {
        line("counter", "n", name="likes", value=10**25): b"demo:1",
        line("counter", "n", name="likes", value=2**53): b"demo:1",
        line("chat", "t", text="好", at=7_900_000_000_000): b"demo:1",
        line("chat", "u", text="好", user="u" * 10_000): b"demo:1",
        b'{"type":"chat","x":' + b"[" * 100_000: b"demo:1",
        chat("two") + b"\n" + chat("lines"): b"demo:1",
        b'{"type":"chat","mood":"\xff"}': b"demo:1",
        chat("key"): b"a%3Ab:c",
    }
    good = [encode(event) for event in itertools.islice(hostile_events(5), 60)]
    good += [speech("s", platform="a:b", room="c"), speech("s", platform="a", room="b:c")]
    batch = [Message(names.events, key, value) for value, key in poison.items()]
    batch += [Message(names.events, None, b""), *messages(config, good)]
    send(config, batch)
    worker = WorkerProcess(path, tmp_path / "first.log")
    try:
        until(worker.is_done, what="the lag")
        found = letters(config)
        assert {letter.value for letter in found} == {*poison, b""}
        assert len(found) == len(poison) + 1
        worker.kill()
        # What is no record of ours, no key, no offset, no state; and a state that is another's.
        rooms = stored(config, names.rooms)
        parts = {tuple(msgspec.msgpack.decode(one.key)): one for one in rooms}
        facts = {room: one for (room, part), one in parts.items() if "facts" in part}
        spoilt = facts["demo:1"]
        # A part below its room's summary is passed over, and a room's last batch need not have
        # changed its facts.
        applied = {room: parts[room, ""].value[:8] for room in ("demo:1", "demo:2")}
        send(
            config,
            [
                Message(names.rooms, b"\xc1", b"x", 0),
                Message(names.rooms, spoilt.key, b"short", 0),
                Message(names.rooms, spoilt.key, applied["demo:1"] + b"\xc1no state", 0),
                Message(
                    names.rooms,
                    facts["demo:2"].key,
                    applied["demo:2"] + spoilt.value[8:],
                    0,
                ),
                *messages(config, [chat("more"), chat("other", room="2"), chat("third", room="3")]),
            ],
        )
        worker = WorkerProcess(path, tmp_path / "second.log")
        until(worker.is_done, what="the lag after the start")
        # What was read before the kill may be read, and told, again.
        told = [dict(letter.headers) for letter in letters(config)]
        anew = {one["source"]: one["reason"] for one in told if one["stage"] == b"engine"}
        assert anew.keys() == {b"demo:1", b"demo:2"}
        assert all(b"the room starts anew" in reason for reason in anew.values())
        assert worker.stop() == 0
        # A start with nothing to do: nothing waits, from the first answer on.
        worker = WorkerProcess(path, tmp_path / "third.log")
        until(lambda: bool(worker.health()["ready"]), what="the start")
        health = worker.health()
        assert (health["status"], health["lag_events"], health["lag_signals"]) == ("ok", 0, 0)
        assert worker.stop() == 0
    finally:
        if worker.process.poll() is None:
            worker.kill()


class Run:
    """A worker in this process, until all that was sent is done."""

    def __init__(
        self, config: Config, folder: Path, but_not_before: Callable[[], bool] = lambda: True
    ) -> None:
        self.config = config
        self._but_not_before = but_not_before
        self.contained: dict[str, int] = {}
        self._folder = folder

    def __call__(self, lines: Sequence[bytes]) -> None:
        send(self.config, messages(self.config, lines))
        asyncio.run(self._work())

    async def _work(self) -> None:
        engine = Broken(rulebook(), lateness_ms=2_000)
        self._folder.mkdir(exist_ok=True)
        worker = KafkaWorker(engine, self.config, folder=self._folder, on_batch=self._count)
        stopping, ready = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(worker.run(stopping, ready=ready))
        await ready.wait()
        while (
            not self._but_not_before()
            or not (lag := worker.lag())
            or any(waiting for waiting, _ in lag.values())
        ):
            assert not running.done(), worker.failure
            await asyncio.sleep(0.1)
        stopping.set()
        assert await running, worker.failure

    def _count(self, done: Any) -> None:
        for what, count in done.outcome.contained.items():
            self.contained[what] = self.contained.get(what, 0) + count
        raise RuntimeError("who measures must not stop it")


@pytest.mark.slow(4)
def test_culprits_are_found_and_the_rest_is_evaluated_also_after_a_restart(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=1, signal_partitions=1)
    names = TopicNames.of(config.kafka.prefix)
    run = Run(config, tmp_path / "faust")
    bad = [chat("bad1", 3, "poison"), speech("bad2", 4, "苹果 set"), chat("bad3", 5, "unwritable")]
    run([speech("s1", 1), *bad, speech("r1", 1, room="2"), speech("s2", 6)])
    run([chat("c", 30), chat("d", 30, room="2")])
    run([speech("s3", 40), chat("e", 60)])
    assert {letter.value for letter in letters(config)} == set(bad)
    assert run.contained == {"event": 3}
    alerts = [json.loads(record.value) for record in stored(config, names.alerts)]
    assert {(one["room"], one["hits"]) for one in alerts} >= {("1", 3), ("2", 1)}
    assert max(one["hits"] for one in alerts) == 3


def test_what_nobody_foresaw_costs_one_record(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make(partitions=1, signal_partitions=1)
    names = TopicNames.of(config.kafka.prefix)
    evaluate = PartitionBatch.evaluate

    def failing(self: PartitionBatch, records: Sequence[Any]) -> None:
        if any(b"unforeseen" in (record.value or b"") for record in records):
            raise ValueError("nobody foresaw this")
        evaluate(self, records)

    monkeypatch.setattr(PartitionBatch, "evaluate", failing)
    monkeypatch.setattr("monitor.pipeline.kafka.worker.RETRIES_S", (0.1, 0.1))
    run = Run(config, tmp_path / "faust")
    culprit = chat("bad", 3, "unforeseen")
    run([speech("s1", 1), speech("r1", 1, room="2"), culprit, speech("s2", 4), chat("c", 30)])
    [letter] = letters(config)
    assert letter.value == culprit
    assert dict(letter.headers)["reason"] == b"the batch failed: ValueError('nobody foresaw this')"
    assert run.contained == {"batch": 1}
    alerts = [json.loads(record.value) for record in stored(config, names.alerts)]
    assert ("1", 2) in {(one["room"], one["hits"]) for one in alerts}


def test_a_worker_that_lags_writes_no_tick_before_the_last_one_is_read(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make(partitions=1, signal_partitions=1)
    process = KafkaWorker._process
    slow: list[int] = []

    async def slowly(self: KafkaWorker, fetched: Any, records: Sequence[Any]) -> None:
        if any(record.key == TICK for record in records) and not slow:
            slow.append(fetched.partition)
            await asyncio.sleep(4 * TICK_S)
        await process(self, fetched, records)

    monkeypatch.setattr(KafkaWorker, "_process", slowly)
    # What was said last waits for what comes after it, so the room is due.
    run = Run(config, tmp_path / "faust", but_not_before=lambda: bool(slow))
    run([speech("s1", 1), speech("s2", 4)])
    records = stored(config, TopicNames.of(config.kafka.prefix).events)
    assert len([record for record in records if record.key == TICK]) <= 2
