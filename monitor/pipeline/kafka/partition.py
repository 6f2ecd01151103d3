"""What is evaluated of one fetch: records of one partition, events and ticks in turn.

`PartitionBatch` is the embedded runtime's `Batch` with three differences: what a room has already
applied is passed over, a room must lie where its key says, and a tick moves every room that is
due. Time is the brokers' (the moment of the append), so a log that is read again gives the same.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from detectors.events import InvalidEvent, decode, decode_lines, room_key
from monitor.pipeline.batch import Batch
from monitor.pipeline.kafka.dead_letters import Place
from monitor.pipeline.kafka.places import Places
from monitor.pipeline.kafka.topic_log import log_of
from monitor.store.rows import DeadLetter
from monitor.tracing.context import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detectors.engine.engine import Engine
    from detectors.events import Event
    from monitor.pipeline.kafka.states import Shard
    from monitor.pipeline.rooms import Rooms

__all__ = ["TICK", "Memory", "PartitionBatch", "parent_in"]

#: Key of a tick; no room has it, for a key of a room has a colon.
TICK = b"tick"


def parent_in(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """The `traceparent` among the headers of a record."""
    return next((value.decode("latin-1") for name, value in headers if name == HEADER), None)


class Memory:
    """The latest records of a partition, for dead letters of events that waited for their turn."""

    def __init__(self, topic: str, partition: int, *, records: int = 5_000) -> None:
        self.topic = topic
        self.partition = partition
        self.places = Places(log_of(topic, partition))
        self._records: deque[Any] = deque(maxlen=records)

    def add(self, records: Sequence[Any]) -> None:
        """Remembers, and forgets the oldest."""
        self._records.extend(records)

    def place(self, room: str, event: str) -> Place | None:
        """Where an event stands in the topic."""
        record = self._record(room, event)
        if record is None:
            return None
        return Place(self.topic, self.partition, record.offset, record.key)

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes of an event."""
        record = self._record(room, event)
        return record.value if record is not None else None

    def parent_of(self, room: str, event: str) -> str | None:
        """The `traceparent` that an event came with, while it is among the latest."""
        record = self._record(room, event)
        return parent_in(record.headers) if record is not None else None

    def _record(self, room: str, event: str) -> Any:
        key, wanted = room.encode(), event.encode()
        for record in reversed(self._records):
            if record.key == key and wanted in record.value:
                try:
                    if decode(record.value).id == event:
                        return record
                except InvalidEvent:
                    continue
        return None


class PartitionBatch(Batch):
    """One fetch of one partition."""

    def __init__(self, engine: Engine, rooms: Rooms, shard: Shard, memory: Memory) -> None:
        super().__init__(engine, rooms, memory)
        self._shard = shard
        self._memory = memory
        #: Places of dead letters that were records, in the order of `dead`.
        self.places: dict[int, Place] = {}

    def evaluate(self, records: Sequence[Any]) -> None:
        """Steps the rooms with the events, and moves them on at each tick in between."""
        self._memory.add(records)
        self._memory.places.begin()
        start = 0
        if TICK in [record.key for record in records]:
            for index, record in enumerate(records):
                if record.key == TICK:
                    self._take_records(records[start:index])
                    self.tick(reached=record.timestamp, busy=True)
                    start = index + 1
        self._take_records(records[start:] if start else records)

    def _take_records(self, records: Sequence[Any]) -> None:
        if not records:
            return
        now = records[-1].timestamp
        events, records = self._decoded(records, now)
        # By room: the key that its records must have, the offset that it has applied, its events
        # with their offsets.
        rooms: dict[tuple[str, str], tuple[bytes, int, list[tuple[Event, int]]]] = {}
        applied = self._shard.applied
        for event, record in zip(events, records, strict=True):
            name = (event.platform, event.room)
            room = rooms.get(name)
            if room is None:
                named = room_key(event.platform, event.room)
                room = rooms[name] = (named.encode(), applied.get(named, -1), [])
            if record.key != room[0]:
                reason = f"the key is not {room[0].decode()}: another partition has the room"
                self._reject(record, reason, now)
            elif record.offset > room[1]:
                room[2].append((event, record.offset))
        by_room: dict[tuple[str, str], list[Event]] = {}
        for name, (key, _, found) in rooms.items():
            if found:
                self._memory.places.note(key.decode(), found)
                by_room[name] = [event for event, _ in found]
        self._step(by_room, now)

    def _decoded(self, records: Sequence[Any], now: int) -> tuple[list[Event], Sequence[Any]]:
        """The events, and the records that are any."""
        block = b"\n".join([record.value or b"" for record in records])
        try:
            # The first to arrive decides what lies ahead; where one does, each is asked by its own.
            first = min(record.timestamp for record in records)
            events = decode_lines(block, first)
        except InvalidEvent:
            events = []
        # A record of two lines beside an empty one would make the sum come out right.
        if len(events) == len(records) and block.count(b"\n") == len(records) - 1:
            return events, records
        events, good = [], []
        for record in records:
            try:
                events.append(decode(record.value or b"", record.timestamp))
            except InvalidEvent as error:
                self._reject(record, str(error), now)
            else:
                good.append(record)
        return events, good

    def _reject(self, record: Any, reason: str, now: int) -> None:
        memory = self._memory
        place = Place(memory.topic, memory.partition, record.offset, record.key)
        self.places[len(self.dead)] = place
        self.dead.append(
            DeadLetter(
                stage="decode",
                source=memory.topic,
                reason=reason,
                data=record.value or b"",
                first_at=now,
                last_at=now,
            )
        )
