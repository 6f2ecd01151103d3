"""Faults under load, on a real broker: nothing is lost, nothing is counted twice.

Each test prints how long the way back took; run with `-s` to see it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.demo.recording import FIXED_START_MS, record
from monitor.errors import BrokerError
from monitor.pipeline.kafka import outbox
from monitor.pipeline.kafka.topics import TopicNames, create_topics
from tests.monitor.pipeline.kafka.broker import INSTRUCTION, Broker
from tests.monitor.pipeline.kafka.conftest import new_config, written
from tests.monitor.pipeline.kafka.scale import (
    Conclusions,
    Load,
    WorkerProcess,
    embedded,
    in_rooms,
    messages,
    shortened,
    until,
    until_same,
)

pytestmark = [pytest.mark.kafka]

Make = Callable[..., Config]


@pytest.fixture(scope="module")
def evening() -> list[bytes]:
    """The first two fifths of the demo's recording, in four rooms at once."""
    return in_rooms(shortened(record(FIXED_START_MS), 4_000), 4)


@pytest.fixture(scope="module")
def wanted(evening: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Conclusions:
    """What the embedded runtime concludes from it."""
    found = embedded(tmp_path_factory.mktemp("embedded") / "data", Config(), evening)
    assert len(found) > 60
    return found


def ready(worker: WorkerProcess, partitions: int) -> bool:
    health = worker.health()
    return bool(health["ready"]) and len(health["partitions"]) == partitions


# 15 s of processor time. `make test` kills a worker once (test_across.py).
@pytest.mark.slow(15)
@pytest.mark.whole
def test_a_worker_killed_three_times_loses_nothing_and_repeats_nothing(
    make: Make, evening: list[bytes], wanted: Conclusions, tmp_path: Path
) -> None:
    config = make(partitions=4)
    path = written(config, tmp_path)
    load = Load(config, messages(config, evening), per_second=1_000)
    worker = WorkerProcess(path, tmp_path / "worker.log")
    load.start()
    took = []
    try:
        for _ in range(3):
            load.until_heavy(worker)
            began = time.monotonic()
            worker.kill()
            worker = WorkerProcess(path, tmp_path / "worker.log")
            until(worker.is_ready, what="recovery")
            took.append(time.monotonic() - began)
        load.finish()
        until_same(config, wanted)
    finally:
        worker.stop()
    shown = ", ".join(f"{seconds:.1f} s" for seconds in took)
    print(f"\n{len(evening):,} events, killed three times; rooms at work again after {shown}")


@pytest.mark.slow(8)
def test_workers_may_come_and_go(
    make: Make, evening: list[bytes], wanted: Conclusions, tmp_path: Path
) -> None:
    config = make(partitions=4, standby_replicas=1)
    path = written(config, tmp_path)
    load = Load(config, messages(config, evening), per_second=1_500)
    first = WorkerProcess(path, tmp_path / "first.log")
    load.start()
    second = None
    try:
        until(lambda: ready(first, 4), what="the first worker")
        second = WorkerProcess(path, tmp_path / "second.log")
        joined = until(lambda: ready(first, 2) and ready(second, 2), what="shared partitions")
        began = time.monotonic()
        assert first.stop() == 0
        until(lambda: ready(second, 4), what="all partitions")
        left = time.monotonic() - began
        load.finish()
        until_same(config, wanted)
    finally:
        for worker in (first, second):
            if worker is not None and worker.process.poll() is None:
                worker.stop()
    print(f"\na second worker shares after {joined:.1f} s, has all {left:.1f} s after the stop")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that may be stopped."""
    if Broker.missing():
        pytest.skip(INSTRUCTION)
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder)
    broker.start()
    yield broker
    broker.stop()


def told_away(worker: WorkerProcess) -> bool:
    return 'livewatch_problem{kind="brokers"} 1.0' in worker.metrics()


@pytest.mark.whole
@pytest.mark.slow(20)
def test_a_broker_that_is_away_for_twenty_seconds_is_waited_for(
    broker: Broker, evening: list[bytes], wanted: Conclusions, tmp_path: Path
) -> None:
    config = new_config(broker.address, partitions=4)
    asyncio.run(create_topics(config))
    path = written(config, tmp_path)
    batch = messages(config, evening)
    load = Load(config, batch, per_second=1_500, rest=len(batch) // 4)
    worker = WorkerProcess(path, tmp_path / "worker.log")
    try:
        until(lambda: ready(worker, 4), what="the worker")
        load.start()
        load.until_heavy(worker)
        broker.stop()
        load.send_rest()
        until(lambda: told_away(worker), what="that the brokers are away")
        time.sleep(12)
        assert load.is_alive()  # there was something to lose
        broker.start()
        began = time.monotonic()
        load.finish()
        until_same(config, wanted)
        took = time.monotonic() - began
        until(lambda: not told_away(worker), what="that the brokers are back")
    finally:
        status = worker.stop()
    assert status == 0
    said = (tmp_path / "worker.log").read_bytes().count(b"\n")
    assert said < 500
    print(f"\nall evaluated {took:.1f} s after the broker was back; {said} lines of log")


@pytest.mark.slow(15)
def test_an_outbox_gives_up_in_its_time_when_the_broker_went_away_behind_it(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "REQUEST_S", 2.0)
    config = new_config(broker.address)
    asyncio.run(create_topics(config))
    message = outbox.Message(TopicNames.of(config.kafka.prefix).events, b"k", b"v")

    async def scenario() -> None:
        sending = outbox.Outbox(config.kafka, name="test", give_up_s=3.0)
        await sending.send([message])
        await asyncio.to_thread(broker.stop)
        with pytest.raises(BrokerError, match="took nothing"):
            async with asyncio.timeout(30):
                await sending.send([message])
        assert sending.pending_bytes == 0
        # What cannot be sent is forgotten with its producer: the next call begins anew.
        await asyncio.to_thread(broker.start)
        await sending.send([message])
        await sending.stop()

    asyncio.run(scenario())
