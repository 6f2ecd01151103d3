"""The batching transport on a real broker; these fail when Faust's internals move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from detectors.engine.engine import Engine
from monitor.config import Config
from monitor.pipeline.kafka.evaluated import Evaluated
from monitor.pipeline.kafka.partition import PartitionBatch
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.kafka.transport import Fetched
from monitor.pipeline.kafka.worker import KafkaWorker
from tests.monitor.build import chat
from tests.monitor.pipeline.kafka.scale import letters, messages, send
from tests.monitor.pipeline.kafka.test_topic_log import let_go
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S

pytestmark = [pytest.mark.kafka]


class Watched(KafkaWorker):
    """Sees the fetches; may refuse to finish some."""

    def __init__(self, config: Config, folder: Path) -> None:
        super().__init__(Engine(rulebook()), config, folder=folder)
        self.fetches: list[Fetched] = []
        self.refused: Callable[[Fetched], bool] = lambda fetched: False
        self.seen = asyncio.Condition()

    async def _tick(self) -> None:
        """Only what the test has sent is in the log."""

    async def _insist(self, fetched: Fetched) -> None:
        if not self.refused(fetched):
            await super()._insist(fetched)
        async with self.seen:
            self.fetches.append(fetched)
            self.seen.notify_all()

    async def wait_for(self, events: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self.seen:
            await self.seen.wait_for(lambda: self.count() >= events)

    def count(self) -> int:
        return sum(len(fetched.records) for fetched in self.fetches)


async def working(worker: Watched, events: int) -> None:
    """Runs until so many events have come, then stops."""
    stopping = asyncio.Event()
    running = asyncio.create_task(worker.run(stopping))
    try:
        await worker.wait_for(events)
    finally:
        stopping.set()
        assert await running, worker.failure


async def committed(config: Config) -> dict[int, int]:
    """Offsets of the group by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=config.kafka.brokers,
        group_id=config.kafka.prefix,
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        topic = TopicNames.of(config.kafka.prefix).events
        places = [TopicPartition(topic, number) for number in range(config.kafka.partitions)]
        return {place.partition: await consumer.committed(place) or 0 for place in places}
    finally:
        await consumer.stop()


Make = Callable[..., Config]


@pytest.mark.slow(4)
def test_a_fetch_is_one_message_and_its_end_is_committed(make: Make, tmp_path: Path) -> None:
    config = make(partitions=1, batch_events=500)
    send(config, messages(config, (chat(f"c{number}", number) for number in range(2_000))))

    async def scenario() -> None:
        worker = Watched(config, tmp_path)
        await working(worker, 2_000)
        assert len(worker.fetches) < 100
        assert [record.offset for fetched in worker.fetches for record in fetched.records] == list(
            range(2_000)
        )
        assert all(fetched.done for fetched in worker.fetches)

    asyncio.run(scenario())
    assert asyncio.run(committed(config)) == {0: 2_000}


def test_what_a_topic_let_go_of_before_it_was_evaluated_is_counted_once(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=1)
    events = TopicNames.of(config.kafka.prefix).events
    send(config, messages(config, (chat(f"a{number}", number) for number in range(100))))

    async def scenario() -> None:
        first = Watched(config, tmp_path / "first")
        await working(first, 100)
        assert not first.unevaluated, "a group that starts has missed nothing"
        await send_more("gone", 70)
        await let_go(config, events)
        await send_more("left", 30)
        second = Watched(config, tmp_path / "second")
        await working(second, 30)
        assert second.unevaluated == {events: 70}
        await second._lag.look()
        assert second.unevaluated == {events: 70}, "each assignment looks again"
        third = Watched(config, tmp_path / "third")
        await send_more("next", 1)
        await working(third, 1)
        assert not third.unevaluated, "the group went on behind the gap"

    async def send_more(name: str, count: int) -> None:
        lines = [chat(f"{name}{number}", 1_000 + number) for number in range(count)]
        await asyncio.to_thread(send, config, messages(config, lines))

    asyncio.run(scenario())


def test_what_was_not_declared_done_is_never_committed_and_comes_again(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=1, batch_events=100)
    send(config, messages(config, (chat(f"c{number}", number) for number in range(1_000))))

    async def first() -> int:
        worker = Watched(config, tmp_path)
        # As a worker does that has given up: it takes what comes, and finishes nothing.
        worker.refused = lambda fetched: fetched.last >= 300
        await working(worker, 1_000)
        refused = [fetched for fetched in worker.fetches if not fetched.done]
        return int(refused[0].records[0].offset)

    start = asyncio.run(first())
    # Faust has acknowledged every message; the prefix ends before the one that was refused.
    assert asyncio.run(committed(config)) == {0: start}

    async def second() -> None:
        worker = Watched(config, tmp_path)
        await working(worker, 1_000 - start)
        assert worker.fetches[0].records[0].offset == start
        assert worker._engine.stats.events == 1_000 - start

    asyncio.run(second())
    assert asyncio.run(committed(config)) == {0: 1_000}


@pytest.mark.parametrize(
    ("read_to", "position"), [(700, None), (None, 500)], ids=["noted", "fetched"]
)
def test_what_a_rebalance_leaves_behind_takes_nothing_from_what_comes_again(
    make: Make, tmp_path: Path, read_to: int | None, position: int | None
) -> None:
    """A fetch from before a rebalance that ends late: Faust notes its offset as read, or hands its
    records on as the first ones after it."""
    config = make(partitions=1, batch_events=100)
    send(config, messages(config, (chat(f"c{number}", number) for number in range(1_000))))
    place = TP(TopicNames.of(config.kafka.prefix).events, 0)

    async def scenario() -> None:
        worker = Watched(config, tmp_path)
        consumer: Any = worker.app.consumer
        perform_seek = consumer.perform_seek

        async def and_then_late() -> None:
            await perform_seek()
            if read_to is not None:
                consumer._read_offset[place] = read_to
            if position is not None:
                consumer._thread.seek(place, position)

        consumer.perform_seek = and_then_late
        await working(worker, 1_000)
        assert worker._engine.stats.events == 1_000
        assert worker.fetches[0].records[0].offset == 0

    asyncio.run(scenario())
    assert asyncio.run(committed(config)) == {0: 1_000}


def test_a_fetch_that_was_left_out_ends_the_worker(make: Make, tmp_path: Path) -> None:
    config = make(partitions=1, batch_events=100)
    send(config, messages(config, (chat(f"c{number}", number) for number in range(1_000))))

    async def scenario() -> None:
        worker = Watched(config, tmp_path)
        worker.refused = lambda fetched: fetched.records[0].offset <= 300 <= fetched.last
        async with asyncio.timeout(PATIENCE_S):
            assert not await worker.run(asyncio.Event())
        assert worker.failure is not None
        assert "is missing" in worker.failure

    asyncio.run(scenario())
    assert asyncio.run(committed(config))[0] <= 300


def test_states_come_back_from_the_changelog(make: Make, tmp_path: Path) -> None:
    config = make(partitions=2)
    send(
        config,
        messages(
            config, (chat(f"c{number}", number, room=str(number % 7)) for number in range(700))
        ),
    )

    async def run() -> tuple[dict[int, dict[str, int]], dict[int, int], int]:
        worker = Watched(config, tmp_path)
        worker.recoveries = 0
        stopping = asyncio.Event()
        ready = asyncio.Event()
        running = asyncio.create_task(worker.run(stopping, ready=ready))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        if not before:
            await worker.wait_for(700)
        shards = worker.states.shards
        applied = {number: dict(shard.applied) for number, shard in shards.items()}
        sizes = {number: shard.bytes for number, shard in shards.items()}
        stopping.set()
        assert await running, worker.failure
        return applied, sizes, worker._engine.stats.events

    before: tuple[dict[int, dict[str, int]], dict[int, int], int] | None = None
    before = asyncio.run(run())
    after = asyncio.run(run())
    assert sum(map(len, before[0].values())) == 7
    assert after[:2] == before[:2]
    assert (before[2], after[2]) == (700, 0)


def test_a_room_whose_state_cannot_be_written_starts_anew_and_the_rest_goes_on(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=1, max_message_bytes=65_536)
    long = [chat(f"long{number}", number, "好" * 2_000, room="long") for number in range(30)]
    usual = [chat(f"usual{number}", number, room="usual") for number in range(30)]
    send(config, messages(config, [*long, *usual]))

    async def scenario() -> None:
        worker = Watched(config, tmp_path)
        await working(worker, 60)
        assert all(fetched.done for fetched in worker.fetches)
        assert "demo:usual" in worker.states.shards[0].applied

    asyncio.run(scenario())
    assert asyncio.run(committed(config)) == {0: 60}
    found = [dict(record.headers) for record in letters(config)]
    assert found
    assert {letter["source"] for letter in found} == {b"demo:long"}
    assert all(b"starts anew" in letter["reason"] for letter in found)


def test_long_texts_are_made_durable_one_by_one_and_the_end_waits_for_one(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make(partitions=1)
    long = "我们先聊聊做饭的事情，" * 1_800
    lines = [chat(f"c{index}", index, long, room=str(index)) for index in range(6)]
    lines += [chat(f"d{index}", index) for index in range(20)]
    send(config, messages(config, lines))
    failing: list[bytes] = []
    evaluate = PartitionBatch.evaluate

    def evaluating(self: PartitionBatch, records: Sequence[Any]) -> None:
        if failing and any(failing[0] == record.value for record in records):
            failing.clear()
            raise ValueError("nobody foresaw this")
        evaluate(self, records)

    monkeypatch.setattr(PartitionBatch, "evaluate", evaluating)

    async def run(until: int) -> tuple[list[int], list[int], int]:
        """Until so many records are durable: what each portion had, how often the loop had turned
        by then, and the events that were evaluated."""
        sizes, turns, turn = list[int](), list[int](), 0
        stopping = asyncio.Event()
        worker = Watched(config, tmp_path)

        def note(done: Evaluated) -> None:
            sizes.append(done.records)
            turns.append(turn)
            if sum(sizes) >= until:
                stopping.set()

        worker._on_batch = note
        running = asyncio.create_task(worker.run(stopping))
        while not running.done():
            turn += 1
            await asyncio.sleep(0.001)
        assert await running, worker.failure
        # Nobody has taken it for dead meanwhile.
        assert worker.recoveries == 1
        return sizes, turns, worker._engine.stats.events

    sizes, turns, first = asyncio.run(run(2))
    # The one in work when the end was asked for may be finished.
    assert sizes in ([1, 1], [1, 1, 1])
    assert turns == sorted(set(turns))
    start = asyncio.run(committed(config))[0]
    assert start <= first == len(sizes)

    failing.append(lines[4])
    sizes, _, second = asyncio.run(run(26 - start))
    assert not failing
    assert sizes[: 5 - start] == [1] * (5 - start)
    assert sum(sizes) == 26 - start
    # What was durable is passed over: neither the end nor the failure has anything evaluated twice.
    assert first + second == 26
    assert asyncio.run(committed(config)) == {0: 26}
