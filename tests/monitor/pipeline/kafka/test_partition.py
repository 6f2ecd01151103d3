"""Fetches of one partition, without brokers: the states go through the records of the changelog."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from detectors.engine.engine import Engine
from monitor.pipeline.kafka.partition import Memory, PartitionBatch
from monitor.pipeline.kafka.records import room_entries
from monitor.pipeline.kafka.states import Shard
from monitor.pipeline.rooms import Rooms
from monitor.store.rows import Outcome
from tests.monitor.build import BASE_MS, speech
from tests.monitor.rules import rulebook


class Delivered(Struct):
    """A record of the events topic."""

    key: bytes
    value: bytes
    offset: int
    timestamp: int


class Partition:
    """One partition, its log of records and the states that follow."""

    def __init__(self) -> None:
        self.engine = Engine(rulebook(), remembered_ids=128)
        self.shard = Shard()
        self.memory = Memory("events", 0)
        self.offset = 0
        self.hits: dict[str, int] = {}
        self.move()

    def move(self) -> None:
        """Another worker takes the partition: it has what the changelog has, and nothing more."""
        changelog = Shard()
        for row in self.shard.rows():
            room = f"{row.platform}:{row.room}"
            # As a compacted changelog has them: by the offset that they have applied.
            parts = self.shard._rooms[room]
            for part, value in sorted(parts.items(), key=lambda item: (item[1][:8], item[0] == "")):
                changelog.put(msgspec.msgpack.encode((room, part)), value)
        self.shard = changelog
        self.rooms = Rooms(self.engine, self.shard, capacity=10)

    def fetch(self, lines: list[bytes]) -> Outcome:
        records = [
            Delivered(b"demo:1", line, self.offset + index, BASE_MS + self.offset)
            for index, line in enumerate(lines)
        ]
        self.offset += len(records)
        batch = PartitionBatch(self.engine, self.rooms, self.shard, self.memory)
        batch.evaluate(records)
        outcome = batch.finish(now=BASE_MS + self.offset)
        self.shard.put_all(room_entries(outcome, self.shard, self.offset - 1), 0)
        for alert in outcome.alerts:
            self.hits[alert.id] = alert.hits
        return outcome


@pytest.mark.slow
def test_a_producer_that_sends_twice_thousands_of_events_apart_adds_nothing() -> None:
    partition = Partition()
    lines = [speech(f"s{number}", number, sku="T1") for number in range(3_000)]
    for start in range(0, 3_000, 150):
        partition.fetch(lines[start : start + 150])
    # What is on time yet waits for its turn; something later brings it out.
    partition.fetch([speech("last", 4_000, sku="T2")])
    assert sum(partition.hits.values()) == 3_000
    partition.move()
    for start in range(0, 3_000, 150):
        assert partition.fetch(lines[start : start + 150]).alerts == []
    assert sum(partition.hits.values()) == 3_000
    assert partition.engine.stats.duplicates == 3_000
