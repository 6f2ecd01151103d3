"""Ten thousand rooms with realistic rates: what they cost in time, memory and changelog.

The figures of `docs/scaling.md`. Of the rooms one in a hundred is busy (50 to 500 events a second,
log-uniform), 29 are ordinary (1 to 5), and 70 are as good as idle (one event in 100 s). They go
through what a worker does with a fetch, brokers apart: decode, step, states to bytes, table. How
long a fresh worker takes to have the states again is measured on a broker, if there is one.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cramjam
import msgspec

from detectors.engine.engine import Engine
from detectors.events import decode_lines
from detectors.pack.load import load_rulebook
from monitor.config import Pipeline
from monitor.errors import BrokerError
from monitor.pipeline.collector import calm_collector
from monitor.pipeline.kafka.partition import Memory, PartitionBatch
from monitor.pipeline.kafka.records import room_entries
from monitor.pipeline.kafka.states import Shard, entries_of
from monitor.pipeline.rooms import Rooms
from monitor.store.rows import RoomRow
from tests.benchmarks.meter import resident_mb
from tests.benchmarks.recording import START_MS, mixed

ROOMS = int(os.environ.get("LIVEWATCH_BENCH_ROOMS", "10000"))
SECONDS = float(os.environ.get("LIVEWATCH_BENCH_S", "12"))
#: Of a hundred rooms, and their events a second.
BUSY, ORDINARY, IDLE = 1, 29, 70
BUSY_RATE, ORDINARY_RATE, IDLE_RATE = (50.0, 500.0), (1.0, 5.0), 0.01
PARTITIONS = 12
#: A worker in balance takes about so many ms of each partition at once.
FETCH_MS = 250
REMEMBERED_IDS = Pipeline().remembered_ids


class Record(msgspec.Struct):
    """What the worker sees of a record."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes


def rates(count: int) -> list[float]:
    """Events a second, of each room."""
    choose = random.Random(7)
    found = []
    for index in range(count):
        place = index % (BUSY + ORDINARY + IDLE)
        if place < BUSY:
            low, high = BUSY_RATE
            found.append(low * (high / low) ** choose.random())
        elif place < BUSY + ORDINARY:
            found.append(choose.uniform(*ORDINARY_RATE))
        else:
            found.append(IDLE_RATE)
    return found


def fetches(speeds: Sequence[float], seconds: float) -> Iterator[tuple[int, list[Record]]]:
    """The rooms' events by partition, a fetch at a time. Their lines are those of the recording."""
    choose = random.Random(3)
    total = sum(speeds)
    lines = mixed(int(total * seconds), 1, per_second=total)
    offsets = [0] * PARTITIONS
    waiting: defaultdict[int, list[Record]] = defaultdict(list)
    rooms = list(range(len(speeds)))
    cumulative = list(itertools.accumulate(speeds))
    until = FETCH_MS
    for index, line in enumerate(lines):
        (room,) = choose.choices(rooms, cum_weights=cumulative)
        passed_ms = index / total * 1000
        if passed_ms > until:
            yield from waiting.items()
            waiting = defaultdict(list)
            until += FETCH_MS
        place = room % PARTITIONS
        key = b"bench:r%d" % room
        value = line.replace(b'"room":"r0"', b'"room":"r%d"' % room)
        waiting[place].append(Record(offsets[place], START_MS + int(passed_ms), key, value))
        offsets[place] += 1
    yield from waiting.items()


def simulate(
    engine: Engine, speeds: Sequence[float], seconds: float, capacity: int
) -> dict[str, float]:
    """Runs the rooms through what a worker does with its fetches."""
    shards = [Shard() for _ in range(PARTITIONS)]
    rooms = [Rooms(engine, shard, capacity=capacity // PARTITIONS) for shard in shards]
    memories = [Memory("events", number) for number in range(PARTITIONS)]
    spent = 0.0
    figures: defaultdict[str, float] = defaultdict(float)
    gc.collect()
    before_mb = resident_mb()
    for place, records in fetches(speeds, seconds):
        began = time.process_time()
        batch = PartitionBatch(engine, rooms[place], shards[place], memories[place])
        batch.evaluate(records)
        outcome = batch.finish(now=records[-1].timestamp)
        groups = room_entries(outcome, shards[place], records[-1].offset)
        figures["bytes"] += shards[place].put_all(groups, 0)
        figures["evicted"] += rooms[place].evict(records[-1].timestamp)
        spent += time.process_time() - began
        figures["alerts"] += len(outcome.alerts)
        figures["events"] += len(records)
        figures["rooms a fetch"] += len(outcome.rooms)
        figures["fetches"] += 1
        if figures["fetches"] % 20 == 0:
            raw = b"".join(key + (value or b"") for group in groups for key, value in group)
            figures["raw"] += len(raw)
            figures["packed"] += len(bytes(cramjam.zstd.compress(raw, level=3)))
    figures["cpu_s"] = spent
    figures["mb"] = resident_mb() - before_mb
    figures["state_bytes"] = sum(shard.bytes for shard in shards)
    figures["rooms seen"] = sum(map(len, shards))
    return figures


def aged(engine: Engine, rate: float, seconds: float, seed: int = 1) -> dict[str, bytes]:
    """The parts of a room's state after so long on air."""
    state = engine.open("bench", "r0")
    block: list[bytes] = []
    for index, line in enumerate(mixed(int(rate * seconds), 1, seed=seed, per_second=rate), 1):
        block.append(line)
        if index % 500 == 0 or index == int(rate * seconds):
            engine.step(state, decode_lines(b"\n".join(block)), now=0)
            block.clear()
    engine.changed_parts(state)
    return msgspec.msgpack.decode(engine.snapshot(state), type=dict[str, bytes])


def calibrated(engine: Engine) -> tuple[float, float]:
    """Processor seconds of an event, and of a room that a fetch touches.

    From two loads of the same events a second: few rooms that are busy, many that are not.
    """
    few = simulate(engine, [200.0] * 45, 8, 10_000)
    many = simulate(engine, [3.0] * 3_000, 8, 10_000)
    rows = [(one["events"], one["rooms a fetch"], one["cpu_s"]) for one in (few, many)]
    (events, touched, cpu_s), (events2, touched2, cpu2_s) = rows
    touch_s = (cpu2_s * events - cpu_s * events2) / (touched2 * events - touched * events2)
    return (cpu_s - touched * touch_s) / events, touch_s


def print_sizes(engine: Engine) -> dict[str, bytes]:
    """What a state comes to; returns that of an ordinary hour."""
    print("a room's state, bytes in the changelog (packed by zstd) and in memory")
    hour: dict[str, bytes] = {}
    for name, rate, seconds in (
        ("idle, an hour at 0.01/s", 0.01, 3_600),
        ("ordinary, 10 minutes at 3/s", 3, 600),
        ("ordinary, an hour at 3/s", 3, 3_600),
        ("ordinary, four hours at 3/s", 3, 4 * 3_600),
        ("busy, a minute at 200/s", 200, 60),
        ("busy, ten minutes at 200/s", 200, 600),
    ):
        parts = aged(engine, rate, seconds)
        whole = b"".join(parts.values())
        packed = len(bytes(cramjam.zstd.compress(whole, level=3)))
        gc.collect()
        before = resident_mb()
        copies = 300
        kept = [engine.restore(parts) for _ in range(copies)]
        memory = (resident_mb() - before) * 2**20 / len(kept)
        del kept
        gc.collect()
        ids = sum(len(data) for part, data in parts.items() if part.startswith("ids"))
        print(
            f"  {name:32}{len(whole):9,} ({packed:8,}){memory:12,.0f}"
            f"   {len(parts):4} parts, ids {ids:,}"
        )
        if name.startswith("ordinary, an hour"):
            hour = parts
    return hour


async def recovery(parts: dict[str, bytes], rooms: int) -> tuple[float, float]:
    """How long a fresh worker takes to have so many states, s; and how many bytes they are."""
    from monitor.pipeline.kafka.outbox import Outbox
    from monitor.pipeline.kafka.topics import TopicNames, create_topics
    from monitor.pipeline.kafka.worker import KafkaWorker
    from tests.benchmarks.bench_kafka import config_of

    config = config_of()
    await create_topics(config)
    names = TopicNames.of(config.kafka.prefix)
    outbox = Outbox(config.kafka, name="bench")
    await outbox.start()
    size = 0
    for place in range(config.kafka.partitions):
        for start in range(place, rooms, config.kafka.partitions * 20):
            groups = []
            for room in range(start, min(rooms, start + 20 * config.kafka.partitions), 4):
                row = RoomRow(platform="bench", room=f"r{room}", last_arrival_ms=START_MS)
                groups.append(entries_of(f"bench:r{room}", row, parts, 0))  # type: ignore[arg-type]
            size += sum(len(key) + len(value or b"") for one in groups for key, value in one)
            await outbox.write(names.rooms, place, groups)
    await outbox.stop()
    stopping, ready = asyncio.Event(), asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        worker = KafkaWorker(Engine(load_rulebook()), config, folder=Path(folder))
        began = time.monotonic()
        task: Any = asyncio.create_task(worker.run(stopping, ready=ready))
        await ready.wait()
        while sum(map(len, worker.states.shards.values())) < rooms:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        took = time.monotonic() - began
        stopping.set()
        await task
    return took, size


def main() -> None:
    """Prints the figures."""
    engine = Engine(load_rulebook(), remembered_ids=REMEMBERED_IDS)
    calm_collector()
    print(f"{len(engine.rulebook)} rules; load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    hour = print_sizes(engine)
    sys.stdout.flush()
    event_s, touch_s = calibrated(engine)
    print(
        f"\ncalibrated: {event_s * 1e6:.1f} µs an event, {touch_s * 1e6:.0f} µs a room that a fetch"
        " touches (processor, brokers apart)",
        flush=True,
    )
    speeds = rates(ROOMS)
    print(
        f"\n{ROOMS:,} rooms, {sum(speeds):,.0f} events/s, {SECONDS:.0f} s of them, a worker's work"
    )
    for capacity in (ROOMS + PARTITIONS, 1_000):
        found = simulate(engine, speeds, SECONDS, capacity)
        events, touched = found["events"], found["rooms a fetch"]
        predicted = (events * event_s + touched * touch_s) / SECONDS
        print(f"  with {min(capacity, ROOMS):,} rooms at hand:")
        print(
            f"    {found['cpu_s'] / SECONDS:.2f} cores, predicted {predicted:.2f};"
            f" {events / found['cpu_s']:,.0f} events a second of processor;"
            f" {found['rooms seen']:,.0f} rooms seen, {found['evicted']:,.0f} evictions"
        )
        print(
            f"    {found['bytes'] / SECONDS / 1e6:.1f} MB/s of states,"
            f" {found['bytes'] / touched:,.0f} bytes a room and fetch,"
            f" packed {found['raw'] / max(1, found['packed']):.1f} times;"
            f" {events / touched:.1f} events a room and fetch"
        )
        print(
            f"    {found['state_bytes'] / 1e6:,.0f} MB of states in the table,"
            f" {found['mb']:,.0f} MB of memory in all; {found['alerts']:,.0f} versions of alerts",
            flush=True,
        )
    print("\na fresh worker has the states again (its start included)")
    try:
        for count in (100, 1_000, 10_000):
            took, size = asyncio.run(recovery(hour, count))
            print(f"  {count:6,} rooms, {size / 1e6:8,.0f} MB{took:8.1f} s", flush=True)
    except BrokerError as error:
        print(f"  left out: {error}")


if __name__ == "__main__":
    main()
