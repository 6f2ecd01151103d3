"""Filling the events topic, at once or live at a rate; many records in a request, so it costs little."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from tests.benchmarks.recording import START_MS, mixed

#: One live event in so many is a claim that raises an alert.
CLAIM_EVERY = 500
CLAIM = "这个苹果茶喝一个月高血压就能降下来"
#: How often live events are sent.
STEP_S = 0.02
#: In the prepared lines stands this moment, to be replaced by the current one.
_THEN = str(START_MS).encode()


async def fill(broker: str, topic: str, partitions: int, lines: Sequence[bytes]) -> list[int]:
    """Writes a recording; returns the number of records by partition."""
    place = Places(partitions)
    counts = [0] * partitions
    async with AIOKafkaProducer(bootstrap_servers=broker, max_request_size=2**20) as producer:
        for start in range(0, len(lines), 20_000):
            records = [(_key(line), line) for line in lines[start : start + 20_000]]
            for key, _ in records:
                counts[place(key)] += 1
            await _write(producer, topic, records, place)
    return counts


def prepared(count: int, rooms: int) -> list[bytes]:
    """Events to be sent live, their time left open."""
    lines = []
    for index, line in enumerate(mixed(count, rooms)):
        event = msgspec.json.decode(line)
        event["at"] = START_MS
        event.pop("until", None)
        if index % CLAIM_EVERY == 0:
            kept = {name: event[name] for name in ("id", "platform", "room", "session", "at")}
            event = {**kept, "type": "speech", "speaker": "host", "text": CLAIM, "sku": "S1"}
        lines.append(msgspec.json.encode(event))
    return lines


async def live(
    broker: str, topic: str, partitions: int, rooms: int, *, per_second: float, seconds: float
) -> None:
    """Sends events that happen now, evenly."""
    lines = prepared(int(per_second * seconds), rooms)
    records = [(_key(line), line) for line in lines]
    place = Places(partitions)
    step = max(1, int(per_second * STEP_S))
    async with AIOKafkaProducer(bootstrap_servers=broker, max_request_size=2**20) as producer:
        began = time.monotonic()
        for number, start in enumerate(range(0, len(records), step)):
            await asyncio.sleep(max(0.0, began + number * STEP_S - time.monotonic()))
            now = str(time.time_ns() // 1_000_000).encode()
            batch = [(key, line.replace(_THEN, now)) for key, line in records[start : start + step]]
            await _write(producer, topic, batch, place)


def _key(line: bytes) -> bytes:
    """`platform:room`, cut out of a line of ours."""
    room = line.index(b'"room":"') + 8
    return b"bench:" + line[room : line.index(b'"', room)]


class Places(dict[bytes, int]):
    """Partition by key, as every other producer of ours chooses it."""

    def __init__(self, partitions: int) -> None:
        super().__init__()
        self._all = list(range(partitions))

    def __missing__(self, key: bytes) -> int:
        self[key] = found = DefaultPartitioner()(key, self._all, self._all)
        return found

    def __call__(self, key: bytes) -> int:
        return self[key]


async def _write(
    producer: AIOKafkaProducer,
    topic: str,
    records: Sequence[tuple[bytes, bytes]],
    place: Places,
) -> None:
    waiting = []
    by_place = sorted(((place(key), key, line) for key, line in records), key=lambda one: one[0])
    for partition, group in itertools.groupby(by_place, key=lambda one: one[0]):
        for batch in _batches(producer, [(key, line) for _, key, line in group]):
            sent = await producer.send_batch(batch, topic, partition=partition)
            waiting.append(sent)
    await asyncio.gather(*waiting)


def _batches(
    producer: AIOKafkaProducer, records: Sequence[tuple[bytes, bytes]]
) -> Iterator[object]:
    batch = producer.create_batch()
    for key, line in records:
        if batch.append(key=key, value=line, timestamp=None) is None:
            batch.close()
            yield batch
            batch = producer.create_batch()
            batch.append(key=key, value=line, timestamp=None)
    batch.close()
    yield batch


def main(broker: str, topic: str, partitions: str, rooms: str, rate: str, seconds: str) -> None:
    asyncio.run(
        live(
            broker,
            topic,
            int(partitions),
            int(rooms),
            per_second=float(rate),
            seconds=float(seconds),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
