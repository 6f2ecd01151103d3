"""What a runtime around the engine costs: the same recording and detectors, on one machine.

Needs the broker of `make kafka`, or one that LIVEWATCH_KAFKA names. Quix Streams joins in when it
is installed in a virtual environment of its own: `python -m tests.benchmarks.bench_kafka --quix`
makes that in var/quix.
"""

from __future__ import annotations

import asyncio
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer

from detectors.alerts import encode
from detectors.engine import Engine
from detectors.events import decode
from detectors.pack import load_rulebook
from detectors.room import RoomState
from monitor.config import Config, Kafka
from monitor.errors import BrokerError
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.topics import TopicNames, create_topics
from monitor.pipeline.kafka.worker import Evaluated, KafkaWorker
from tests.benchmarks.bench_core import batches, play
from tests.benchmarks.recording import mixed

BROKER = os.environ.get("LIVEWATCH_KAFKA", "127.0.0.1:9092")
ROOT = Path(__file__).parents[2]
QUIX = ROOT / "var" / "quix"
EVENTS, ROOMS, PARTITIONS = 100_000, 50, 4
#: Faust by the event is so slow that a part of the recording is enough.
FEW = 20_000


def config() -> Config:
    """Topics of their own for each contender."""
    prefix = f"bench{secrets.token_hex(4)}"
    return Config(kafka=Kafka(brokers=BROKER, prefix=prefix, partitions=PARTITIONS))


async def filled(lines: Sequence[bytes]) -> Config:
    """Topics with the recording in them."""
    settings = config()
    await create_topics(settings)
    topic = TopicNames.of(settings.kafka.prefix).events
    outbox = Outbox(settings.kafka, name="bench")
    await outbox.start()
    for start in range(0, len(lines), 5_000):
        await outbox.send(
            [
                Message(topic, f"{event.platform}:{event.room}".encode(), line)
                for line in lines[start : start + 5_000]
                for event in (decode(line),)
            ]
        )
    await outbox.stop()
    return settings


def core(lines: Sequence[bytes]) -> float:
    """The engine in memory."""
    engine = Engine(load_rulebook())
    blocks = batches(lines)
    began = time.perf_counter()
    play(engine, blocks)
    return len(lines) / (time.perf_counter() - began)


async def raw(lines: Sequence[bytes]) -> float:
    """aiokafka's `getmany` and decoding, no detection, no state."""
    settings = await filled(lines)
    consumer = AIOKafkaConsumer(
        TopicNames.of(settings.kafka.prefix).events,
        bootstrap_servers=BROKER,
        auto_offset_reset="earliest",
        max_poll_records=2_000,
    )
    await consumer.start()
    seen, began = 0, 0.0
    while seen < len(lines):
        fetched = await consumer.getmany(timeout_ms=500)
        began = began or time.perf_counter()
        for records in fetched.values():
            for record in records:
                decode(record.value)
            seen += len(records)
    took = time.perf_counter() - began
    await consumer.stop()
    return seen / took


async def worker(lines: Sequence[bytes]) -> tuple[float, dict[str, float]]:
    """This runtime: alerts and states durable at the brokers before a fetch counts."""
    settings = await filled(lines)
    done: list[tuple[float, Evaluated]] = []
    finished = asyncio.Event()

    def on_batch(evaluated: Evaluated) -> None:
        done.append((time.perf_counter(), evaluated))
        if sum(one.records for _, one in done) >= len(lines):
            finished.set()

    with tempfile.TemporaryDirectory() as folder:
        running = KafkaWorker(
            Engine(load_rulebook()), settings, folder=Path(folder), on_batch=on_batch
        )
        stopping = asyncio.Event()
        task = asyncio.create_task(running.run(stopping))
        await finished.wait()
        stopping.set()
        await task
    first = done[0][0] - done[0][1].step_s - done[0][1].write_s
    took = done[-1][0] - first
    step_s = sum(one.step_s for _, one in done)
    write_s = sum(one.write_s for _, one in done)
    return len(lines) / took, {
        "batches": len(done),
        "engine %": 100 * step_s / took,
        # Partitions overlap, so the sum may exceed the whole.
        "waiting for brokers %": 100 * write_s / took,
        "state written, bytes an event": sum(one.state_bytes for _, one in done) / len(lines),
    }


async def plain_faust(lines: Sequence[bytes]) -> float:
    """A Faust agent as its documentation shows it: event by event, states in memory only."""
    settings = await filled(lines)
    names = TopicNames.of(settings.kafka.prefix)
    engine = Engine(load_rulebook())
    states: dict[str, RoomState] = {}
    seen, began = 0, 0.0
    finished = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(
            settings.kafka.prefix,
            broker=f"kafka://{BROKER}",
            store="memory://",
            datadir=folder,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            consumer_auto_offset_reset="earliest",
        )
        events: Any = app.topic(names.events, value_serializer="raw")
        alerts: Any = app.topic(names.alerts, value_serializer="raw", key_serializer="raw")

        @app.agent(events)
        async def evaluate(stream: Any) -> None:
            nonlocal seen, began
            async for value in stream:
                began = began or time.perf_counter()
                event = decode(value)
                key = f"{event.platform}:{event.room}"
                state = states.get(key)
                if state is None:
                    state = states[key] = engine.open(event.platform, event.room)
                for alert in engine.step(state, [event], now=0):
                    await alerts.send(key=alert.id.encode(), value=encode(alert))
                state._changed.clear()
                seen += 1
                if seen >= len(lines):
                    finished.set()

        await app.start()
        await finished.wait()
        took = time.perf_counter() - began
        await app.stop()
    return seen / took


async def delays(lines: Sequence[bytes], per_second: float) -> tuple[float, float]:
    """From the brokers' clock at the append to durable, s: median and 99 of 100, at a rate.

    Each event counts as much as the oldest of its fetch.
    """
    settings = config()
    await create_topics(settings)
    seen: list[float] = []
    finished = asyncio.Event()

    def on_batch(done: Evaluated) -> None:
        seen.extend([time.time() - done.oldest_ms / 1000] * done.records)
        if len(seen) >= len(lines):
            finished.set()

    topic = TopicNames.of(settings.kafka.prefix).events
    messages = [
        Message(topic, f"{event.platform}:{event.room}".encode(), line)
        for line in lines
        for event in (decode(line),)
    ]
    with tempfile.TemporaryDirectory() as folder:
        running = KafkaWorker(
            Engine(load_rulebook()), settings, folder=Path(folder), on_batch=on_batch
        )
        stopping, ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(running.run(stopping, ready=ready))
        await ready.wait()
        outbox = Outbox(settings.kafka, name="bench")
        await outbox.start()
        began = time.monotonic()
        for start in range(0, len(messages), 200):
            await outbox.send(messages[start : start + 200])
            due = began + (start + 200) / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await finished.wait()
        stopping.set()
        await task
        await outbox.stop()
    # The first second is the start of everything.
    steady = sorted(seen[int(per_second) :])
    return steady[len(steady) // 2], steady[len(steady) * 99 // 100]


def quix(lines: Sequence[bytes]) -> float | None:
    """Quix Streams, event by event, states in memory only; ``None``: it is not installed."""
    python = QUIX / "bin" / "python"
    if not python.exists():
        return None
    settings = asyncio.run(filled(lines))
    answer = subprocess.run(
        [
            str(python),
            "-m",
            "tests.benchmarks.quix",
            BROKER,
            settings.kafka.prefix,
            str(len(lines)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if answer.returncode:
        print(answer.stderr[-2_000:], file=sys.stderr)
        return None
    return float(answer.stdout.split()[-1])


def install_quix() -> None:
    """Quix Streams with its own versions of everything, ours behind them."""
    import sysconfig

    subprocess.run([sys.executable, "-m", "venv", str(QUIX)], check=True)
    subprocess.run(
        [str(QUIX / "bin" / "python"), "-m", "pip", "install", "-q", "quixstreams==3.28.1"],
        check=True,
    )
    (site,) = QUIX.glob("lib/python*/site-packages")
    (site / "livewatch.pth").write_text(sysconfig.get_path("purelib") + "\n")


def main() -> None:
    lines = list(mixed(EVENTS, ROOMS))
    try:
        asyncio.run(create_topics(config()))
    except BrokerError as error:
        print(f"left out: {error}; make kafka starts one")
        return
    alone = core(lines)

    def row(name: str, rate: float | None, note: str = "") -> None:
        shown = f"{rate:>10,.0f}  {rate / alone:>6.2f}" if rate is not None else "  left out"
        print(f"{name:42} {shown}  {note}", flush=True)

    print(f"{EVENTS:,} events, {ROOMS} rooms, {PARTITIONS} partitions; {os.cpu_count()} cores")
    print(f"{'':42} {'events/s':>10}  of core")
    row("core alone, in memory", alone)
    row("aiokafka getmany, decoding only", asyncio.run(raw(lines)))
    rate, parts = asyncio.run(worker(lines))
    row("livewatch worker, all durable", rate)
    few = lines[:FEW]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    row("plain Faust agent, nothing durable", asyncio.run(plain_faust(few)), f"{FEW:,} events")
    row("Quix Streams, nothing durable", quix(lines), "" if QUIX.exists() else "--quix installs it")
    half = min(rate / 2, 10_000)
    median_s, most_s = asyncio.run(delays(lines[: int(half * 6)], half))
    print(f"the worker at {half:,.0f} events/s, the sender in its process: appended to durable")
    print(f"  p50 {median_s * 1000:.0f} ms, p99 {most_s * 1000:.0f} ms; the lateness comes on top")
    print("the worker: " + ", ".join(f"{name} {value:,.0f}" for name, value in parts.items()))
    print(f"peak memory with recording, core and worker in one process {peak_mb} MB")


if __name__ == "__main__":
    if "--quix" in sys.argv and not QUIX.exists():
        install_quix()
    main()
