"""What is evaluated of one fetch: records of one partition, events and ticks in turn.

`PartitionBatch` is the embedded runtime's `Batch` with three differences: what a room has already
applied is passed over, a room must lie where its key says, and a tick moves every room that is
due. Time is the brokers' (the moment of the append), so a log that is read again gives the same.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from detectors.events import InvalidEvent, decode, decode_lines
from monitor.pipeline.batch import Batch
from monitor.pipeline.kafka.dead_letters import Place
from monitor.pipeline.log import Record
from monitor.store.rows import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.engine import Engine
    from detectors.events import Event
    from monitor.pipeline.kafka.states import Shard
    from monitor.pipeline.rooms import Rooms

__all__ = ["TICK", "Memory", "PartitionBatch"]

#: Key of a tick; no room has it, for a key of a room has a colon.
TICK = b"tick"


class Memory:
    """The latest records of a partition, for dead letters of events that waited for their turn."""

    def __init__(self, topic: str, partition: int, *, records: int = 5_000) -> None:
        self.topic = topic
        self.partition = partition
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
        self._taken: list[Event] = []
        #: Places of dead letters that were records, in the order of `outcome.dead`.
        self.places: dict[int, Place] = {}

    def evaluate(self, records: Sequence[Any]) -> None:
        """Steps the rooms with the events, and moves them on at each tick in between."""
        self._memory.add(records)
        waiting: list[Record] = []
        for record in records:
            if record.key == TICK:
                if waiting:
                    self.take(waiting, now=waiting[-1].arrived)
                    waiting = []
                self.tick(reached=record.timestamp, busy=True)
                continue
            key = record.key.decode("utf-8", "replace") if record.key else ""
            waiting.append(Record(record.offset, key, record.timestamp, record.value or b""))
        if waiting:
            self.take(waiting, now=waiting[-1].arrived)

    def _decode(self, records: Sequence[Record], now: int) -> list[Event]:
        try:
            events = decode_lines(b"\n".join([record.data for record in records]))
        except InvalidEvent:
            events = []
        if len(events) != len(records):
            events, records = self._decode_each(records, now)
        taken = []
        applied, newest = self._shard.applied, self._shard.newest
        for event, record in zip(events, records, strict=True):
            key = f"{event.platform}:{event.room}"
            if key != record.room:
                self._reject(record, f"the key is not {key}: another partition has the room", now)
            elif record.position > newest or record.position > applied.get(key, -1):
                taken.append(event)
        self._taken.extend(taken)
        return taken

    def _decode_each(self, records: Sequence[Record], now: int) -> tuple[list[Event], list[Record]]:
        events, good = [], []
        for record in records:
            try:
                events.append(decode(record.data))
            except (InvalidEvent, RecursionError) as error:
                self._reject(record, str(error), now)
            else:
                good.append(record)
        return events, good

    def _reject(self, record: Record, reason: str, now: int) -> None:
        memory = self._memory
        key = record.room.encode() or None
        place = Place(memory.topic, memory.partition, record.position, key)
        self.places[len(self.outcome.dead)] = place
        self.outcome.dead.append(
            DeadLetter(
                stage="decode",
                source=memory.topic,
                reason=reason,
                data=record.data,
                first_at=now,
                last_at=now,
            )
        )

    def _bury(self, room: str, events: Sequence[Event], now: int) -> None:
        # The room goes back to before this fetch, so all that it took of it is lost to it.
        lost = [event for event in self._taken if f"{event.platform}:{event.room}" == room]
        super()._bury(room, lost or events, now)
