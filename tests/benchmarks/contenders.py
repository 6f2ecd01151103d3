"""One contender of `bench_kafka` in a process of its own, so that time and memory are its alone.

Called with a job as JSON. It says `ready` when it would take events, goes on when a line comes in,
and ends with one line of JSON when it has done as many as the job says.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import structlog

from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import decode
from detectors.pack.load import Rulebook, load_rulebook
from tests.benchmarks.meter import Meter, Stages


class Job(msgspec.Struct):
    """What to do."""

    broker: str
    prefix: str
    partitions: int
    rooms: int
    events: int
    """To be done until the end; live, the last seconds of them do not count."""
    ends: list[int] = []
    """Records by partition, for workers that share them; empty: all are one's own."""
    workers: int = 1


def prepared() -> Rulebook:
    """The rules, with all that they build once."""
    book = load_rulebook()
    book.prepare()
    return book


def say_ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


async def say_ready_async() -> None:
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def core(job: Job) -> None:
    """The engine in memory, batches of 2,000 events."""
    from tests.benchmarks.bench_core import batches, play
    from tests.benchmarks.recording import mixed

    engine = Engine(prepared())
    blocks = batches(list(mixed(job.events, job.rooms)))
    say_ready()
    meter = Meter()
    meter.start()
    play(engine, blocks)
    meter.stop(job.events)
    meter.report()


async def raw(job: Job) -> None:
    """aiokafka's `getmany` and decoding, no detection, no state; tells delays until decoded."""
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(
        f"{job.prefix}.events",
        bootstrap_servers=job.broker,
        auto_offset_reset="earliest",
        max_poll_records=2_000,
    )
    await consumer.start()
    await say_ready_async()
    meter = Meter()
    delays = []
    seen = 0
    while seen < job.events:
        fetched = await consumer.getmany(timeout_ms=500)
        for records in fetched.values():
            meter.start()
            for record in records:
                decode(record.value)
            seen += len(records)
            now = time.time() * 1000
            delays.extend(now - record.timestamp for record in records[::20])
    meter.stop(seen)
    meter.report(delays_ms=delays)
    await consumer.stop()


async def worker(job: Job) -> None:
    """`livewatch worker` without its web server: alerts and states durable before a fetch counts."""
    from monitor.config import Config, Kafka
    from monitor.pipeline.collector import calm_collector
    from monitor.pipeline.kafka import worker as module
    from monitor.pipeline.kafka.partition import PartitionBatch
    from monitor.pipeline.kafka.worker import Evaluated, KafkaWorker

    config = Config(kafka=Kafka(brokers=job.broker, prefix=job.prefix, partitions=job.partitions))
    meter, stages = Meter(), Stages()
    progress: list[tuple[float, int]] = []
    counts = {"records": 0, "batches": 0, "state_bytes": 0, "alerts": 0}
    finished = asyncio.Event()

    def on_batch(done: Evaluated) -> None:
        counts["records"] += done.records
        counts["batches"] += 1
        counts["state_bytes"] += done.state_bytes
        counts["alerts"] += len(done.outcome.alerts)
        progress.append((time.time(), done.records))
        if job.ends:
            owned = running.partitions
            if all(running._done_to.get(one, -1) >= job.ends[one] - 1 for one in owned):
                finished.set()
        elif counts["records"] >= job.events:
            finished.set()

    engine = Engine(
        prepared(),
        lateness_ms=config.pipeline.lateness_ms,
        remembered_ids=config.pipeline.remembered_ids,
    )
    stages.watch(PartitionBatch, "_decoded", "decoding")
    stages.watch(engine, "step", "engine")
    stages.watch(engine, "changed_parts", "states to bytes")
    stages.watch(module, "room_entries", "records of the changelog")
    stages.watch(module, "alert_messages", "alerts to bytes")
    stages.watch_collector()
    with tempfile.TemporaryDirectory() as folder:
        running = KafkaWorker(engine, config, folder=Path(folder), on_batch=on_batch)
        gate = running._slots
        for _ in range(module.IN_WORK):
            await gate.acquire()
        stopping, ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(running.run(stopping, ready=ready))
        await ready.wait()
        while len(running.partitions) != job.partitions // job.workers:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        calm_collector()
        await say_ready_async()
        stages.spent.clear()
        meter.start()
        for _ in range(module.IN_WORK):
            gate.release()
        await finished.wait()
        owned = running.partitions
        meter.stop(sum(job.ends[one] for one in owned) if job.ends else counts["records"])
        meter.report(stages=dict(stages.spent), progress=progress, **counts)
        stopping.set()
        await task


async def faust(job: Job) -> None:
    """A Faust agent as its documentation shows it: event by event, states in memory only."""
    import faust

    from detectors.alerts import encode

    engine = Engine(prepared())
    states: dict[str, RoomState] = {}
    meter = Meter()
    seen = 0
    finished = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(
            job.prefix,
            broker=f"kafka://{job.broker}",
            store="memory://",
            datadir=folder,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            consumer_auto_offset_reset="earliest",
        )
        events: Any = app.topic(f"{job.prefix}.events", value_serializer="raw")
        alerts: Any = app.topic(
            f"{job.prefix}.alerts", value_serializer="raw", key_serializer="raw"
        )

        @app.agent(events)
        async def evaluate(stream: Any) -> None:
            nonlocal seen
            async for value in stream:
                if not seen:
                    meter.start()
                event = decode(value)
                key = f"{event.platform}:{event.room}"
                state = states.get(key)
                if state is None:
                    state = states[key] = engine.open(event.platform, event.room)
                for alert in engine.step(state, [event], now=0):
                    await alerts.send(key=alert.id.encode(), value=encode(alert))
                state._changed.clear()
                seen += 1
                if seen >= job.events:
                    finished.set()

        await say_ready_async()
        await app.start()
        await finished.wait()
        meter.stop(seen)
        meter.report()
        await app.stop()


def main(name: str, job: str) -> None:
    # What a line of log costs is not asked here, and standard output belongs to the results.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    work = {"core": core, "raw": raw, "worker": worker, "faust": faust}[name]
    made = msgspec.json.decode(job, type=Job)
    if asyncio.iscoroutinefunction(work):
        asyncio.run(work(made))
    else:
        work(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
