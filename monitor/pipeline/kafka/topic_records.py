"""Reads records from the topic of events, or of frames: single ones that alerts name, and all of a
room."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import murmur2

from monitor.evidence.records import Place, Stored
from monitor.pipeline.kafka.connection import client_options, partitions_of, started
from monitor.pipeline.kafka.patience import be_patient
from monitor.pipeline.kafka.topic_log import log_of
from monitor.pipeline.kafka.topics import TopicNames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from monitor.config import Kafka

__all__ = ["TopicRecords"]

#: Positions that are no further apart than this are read at one go.
NEAR = 500
FETCH_BYTES = 256 * 2**10


class TopicRecords:
    """A consumer without a group, which commits nothing."""

    def __init__(self, settings: Kafka, *, frames: bool = False) -> None:
        """
        Args:
            frames: of the topic of frames, not of events.
        """
        self._settings = settings
        names = TopicNames.of(settings.prefix)
        self._topic = names.frames if frames else names.events
        self._has_frames = frames
        self._consumer: Any = None
        self._partitions = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connects.

        Raises:
            BrokerError: no broker answers, or there is no such topic.
        """
        kafka = self._settings
        consumer = self._consumer = AIOKafkaConsumer(
            **client_options(kafka),
            client_id=f"{kafka.prefix}-records",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=max(FETCH_BYTES, kafka.max_message_bytes),
        )
        be_patient(consumer._client)
        await started(consumer, kafka)
        self._partitions = len(await partitions_of(consumer, self._topic))

    async def stop(self) -> None:
        """Ends the connections."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def at(self, places: Iterable[Place]) -> dict[Place, Stored]:
        """The records at these places; those that the topic has let go of are left out."""
        by_log: dict[str, set[int]] = defaultdict(set)
        for log, position in places:
            by_log[log].add(position)
        found: dict[Place, Stored] = {}
        for partition in range(self._partitions):
            wanted = sorted(by_log.get(log_of(self._topic, partition), ()))
            for first, last in _stretches(wanted):
                async for record in self.read(partition, first, last + 1):
                    if record.position in by_log[record.log]:
                        found[Place(record.log, record.position)] = record
        return found

    async def of_rooms(self, rooms: Iterable[str]) -> AsyncIterator[Stored]:
        """All records of rooms that the topic has now, by partition in the order of arrival.

        Args:
            rooms: their keys.
        """
        by_partition: dict[int, set[str]] = defaultdict(set)
        for room in rooms:
            by_partition[self.partition_of(room)].add(room)
        for partition, names in sorted(by_partition.items()):
            async for record in self.read(partition, 0, None):
                if record.room in names:
                    yield record

    async def all(self) -> AsyncIterator[Stored]:
        """All records that the topic has now, by partition in the order of arrival."""
        for partition in range(self._partitions):
            async for record in self.read(partition, 0, None):
                yield record

    async def bounds(self, partition: int) -> tuple[int, int]:
        """The first offset that a partition still has, and the one behind its last."""
        place = TopicPartition(self._topic, partition)
        self._consumer.assign([place])
        begins = await self._consumer.beginning_offsets([place])
        ends = await self._consumer.end_offsets([place])
        return begins[place], ends[place]

    def partition_of(self, room: str) -> int:
        """Where the records of a room are, as the brokers' clients choose it."""
        hashed: int = murmur2(room.encode())
        return (hashed & 0x7FFFFFFF) % self._partitions

    async def begins(self) -> dict[str, int]:
        """The first offset that each partition still has, by the name of its log."""
        return {
            log_of(self._topic, partition): (await self.bounds(partition))[0]
            for partition in range(self._partitions)
        }

    async def at_time(self, partition: int, moment: int) -> int:
        """The offset of the first record that arrived at a moment (ms) or later; behind the last where
        none did."""
        place = TopicPartition(self._topic, partition)
        self._consumer.assign([place])
        found = (await self._consumer.offsets_for_times({place: moment}))[place]
        return found.offset if found is not None else (await self.bounds(partition))[1]

    async def read(self, partition: int, first: int, end: int | None) -> AsyncIterator[Stored]:
        """Records of a partition from an offset on, up to an offset or to where it ends now."""
        consumer = self._consumer
        place = TopicPartition(self._topic, partition)
        begin, known = await self.bounds(partition)
        position = max(begin, first)
        until = known if end is None else min(end, known)
        name = log_of(self._topic, partition)
        if position < until:
            consumer.seek(place, position)
        while position < until:
            fetched = await consumer.getmany(place, timeout_ms=1_000)
            for record in fetched.get(place, ()):
                if first <= record.offset < until:
                    yield Stored(
                        name, record.offset, (record.key or b"").decode("utf-8", "replace"),
                        _source_of(record) if self._has_frames else self._topic,
                        record.timestamp, record.value or b"",
                    )  # fmt: skip
            position = await consumer.position(place)


def _source_of(record: Any) -> str:
    """Who sent a frame, as ingestion has noted it; anything may stand there that can be written."""
    named: bytes = dict(record.headers).get("source") or b""
    return named.decode("utf-8", "replace").replace("\0", "\ufffd")


def _stretches(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches that hold all of these, which are ascending."""
    found: list[tuple[int, int]] = []
    for position in positions:
        if found and position - found[-1][1] <= NEAR:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
