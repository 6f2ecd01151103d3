"""The states of rooms in a Faust table: kept in memory, moved between workers by its changelog.

The states of the second stage's clusters lie in another table of the same kind; what is said of
rooms here holds for them.

A room is written in parts, as the embedded runtime writes it, and only those that a batch has
changed. Each record is one part: key (room, part), value the offset of the events topic that the
part has applied and its bytes. The part with the empty name is the room's summary.

**All or nothing.** What a batch of events has changed is one batch of records in the changelog
(`Outbox.write`), which a broker takes whole or not at all; so the parts of a state always belong
together, and Faust's own writing (a record at a time) is not used. When the table is recovered, a
part whose offset lies below that of its room's summary is passed over: a worker that was
taken for dead wrote it.

Faust's own `memory://` store is not used because it keeps the rooms of partitions that have gone
elsewhere, drops standby copies at each recovery, and cannot tell where its copy stands.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
from faust.stores import STORES
from faust.stores.base import Store
from faust.types import TP

from connectors.logger import logger
from detectors.engine.shelf import is_shelved
from detectors.engine.snapshot import FORGOTTEN, SnapshotError, newest_forgotten
from detectors.events import room_key
from monitor.pipeline.kafka.places import PLACES
from monitor.store.rows import RoomRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["STORE_URL", "Entry", "RoomStates", "Shard", "ShardShelf", "entries_of", "part_entries"]

STORE_URL = "livewatch-rooms://memory"
SUMMARY = ""
log = logger()
_offset = struct.Struct(">q")
_keys = msgspec.msgpack.Decoder(tuple[str, str])
_rows = msgspec.msgpack.Decoder(RoomRow)
_encode = msgspec.msgpack.encode

#: A record of the changelog: key, and value or ``None`` where the part is gone.
Entry = tuple[bytes, bytes | None]


def part_entries(room: str, parts: Mapping[str, bytes | None], offset: int) -> list[Entry]:
    """The records of parts alone."""
    applied = _offset.pack(offset)
    return [
        (_encode((room, part)), None if data is None else applied + data)
        for part, data in parts.items()
    ]


def entries_of(
    room: str, row: RoomRow | None, parts: Mapping[str, bytes | None], offset: int
) -> list[Entry]:
    """The records that bring a state to `offset`; the summary goes last. A cluster has no row."""
    applied = _offset.pack(offset)
    entries = part_entries(room, parts, offset)
    entries.append((_encode((room, SUMMARY)), applied + _encode(row)))
    return entries


def _row(summary: bytes) -> RoomRow | None:
    """The summary of a room; ``None``: it cannot be read."""
    try:
        return _rows.decode(summary[_offset.size :])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.error("summary_unreadable", error=str(error))  # noqa: TRY400  the reason is enough
        return None


def _newest(forgotten: bytes) -> int:
    """As of `newest_forgotten`; 0: it cannot be read, and is of no use."""
    try:
        return newest_forgotten(forgotten)
    except SnapshotError as error:
        log.error("remains_unreadable", error=str(error))  # noqa: TRY400  the reason is enough
        return 0


class Shard:
    """The rooms of one partition."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, bytes]] = {}
        #: Offset of the events that each room has applied.
        self.applied: dict[str, int] = {}
        #: Last offset of the changelog that is in here.
        self.changelog = -1
        self.bytes = 0

    def __len__(self) -> int:
        return len(self.applied)

    def put(self, key: bytes, value: bytes | None) -> None:
        """Takes a record of the changelog, unless it is older than what is here, or none of ours."""
        try:
            room, part = _keys.decode(key)
            offset = _offset.unpack_from(value)[0] if value is not None else 0
        except (msgspec.MsgspecError, UnicodeDecodeError, struct.error) as error:
            log.error("changelog_record_unreadable", key=key, error=repr(error))  # noqa: TRY400  the reason is enough
            return
        if value is None:
            parts = self._rooms.get(room)
            if parts is not None:
                self.bytes -= len(parts.pop(part, b""))
                if part == SUMMARY:
                    self.applied.pop(room, None)
                if not parts:
                    del self._rooms[room]
            return
        if offset < self.applied.get(room, -1):
            return
        parts = self._rooms.setdefault(room, {})
        self.bytes += len(value) - len(parts.get(part, b""))
        parts[part] = value
        if part == SUMMARY:
            self.applied[room] = offset

    def put_all(self, groups: Iterable[Iterable[Entry]], last: int) -> int:
        """Takes what was written to the changelog up to `last`; returns its bytes."""
        size = 0
        for group in groups:
            for key, value in group:
                self.put(key, value)
                size += len(value or b"")
        self.changelog = max(self.changelog, last)
        return size

    def has(self, room: str, part: str, data: bytes | None) -> bool:
        """Is a part here with just these bytes?"""
        known = self._rooms.get(room, {}).get(part)
        if known is None or data is None:
            return known is data
        return len(known) == _offset.size + len(data) and known.endswith(data)

    def keys(self, room: str, kinds: str | tuple[str, ...] = "") -> list[bytes]:
        """Keys of the parts of a room, those whose names begin so."""
        parts = self._rooms.get(room, ())
        return [_encode((room, part)) for part in parts if part.startswith(kinds)]

    # What `Rooms` and `Clusters` ask for

    def load_room(self, platform: str, room: str) -> tuple[RoomRow, dict[str, bytes]] | None:
        """Summary and parts of a room; ``None``: it was never seen."""
        parts = self._rooms.get(room_key(platform, room))
        if parts is None:
            return None
        width = _offset.size
        state = {
            name: data[width:]
            for name, data in parts.items()
            if name != SUMMARY and not is_shelved(name) and not name.startswith(PLACES)
        }
        if SUMMARY not in parts:
            # What is left of a room that was forgotten.
            return RoomRow(platform=platform, room=room, last_arrival_ms=0), state
        row = _row(parts[SUMMARY])
        if row is None:
            # The parts are another's, or nobody's: `Rooms` finds out and says so.
            return RoomRow(platform=platform, room=room, last_arrival_ms=0), {}
        return row, state

    def shelf(self, platform: str, room: str) -> ShardShelf:
        """Where the shelved parts of a room are read from."""
        return ShardShelf(self, room_key(platform, room))

    def part(self, room: str, part: str) -> bytes | None:
        """One part of a room; ``None``: there is none of this name."""
        data = self._rooms.get(room, {}).get(part)
        return None if data is None else data[_offset.size :]

    def load_cluster(self, key: str) -> dict[str, bytes] | None:
        """The parts of a cluster; ``None``: it was never seen."""
        parts = self._rooms.get(key)
        if parts is None or SUMMARY not in parts:
            return None
        return {name: data[_offset.size :] for name, data in parts.items() if name != SUMMARY}

    def each(self, part: str) -> Iterator[tuple[str, bytes]]:
        """Of every state that has it, its key and this part."""
        for key, parts in self._rooms.items():
            if part in parts:
                yield key, parts[part][_offset.size :]

    def rooms_due(self) -> list[tuple[int, str, str]]:
        """Rooms that wait, as (wall clock in ms, platform, room)."""
        return [
            (row.due_at, row.platform, row.room) for row in self.rows() if row.due_at is not None
        ]

    def rows(self) -> Iterator[RoomRow]:
        """The summaries of all rooms."""
        for parts in self._rooms.values():
            summary = parts.get(SUMMARY)
            row = _row(summary) if summary is not None else None
            if row is not None:
                yield row

    def remains(self) -> list[tuple[str, int]]:
        """Rooms that were forgotten, with the latest event time of which they had ids, ms."""
        return [
            (room, _newest(parts[FORGOTTEN][_offset.size :]))
            for room, parts in self._rooms.items()
            if SUMMARY not in parts and FORGOTTEN in parts
        ]

    def size(self, room: str) -> int:
        """Bytes of a room's state."""
        return sum(map(len, self._rooms.get(room, {}).values()))


class ShardShelf:
    """The shelved parts of one room, as they were written to the changelog last."""

    def __init__(self, shard: Shard, room: str) -> None:
        self._shard = shard
        self._room = room

    def get(self, part: str) -> bytes | None:
        """A part; ``None``: there is none of this name."""
        return self._shard.part(self._room, part)


class RoomStates(Store):  # type: ignore[type-arg]
    """The store behind the table: a shard a partition, active or standby."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shards: dict[int, Shard] = {}

    def shard(self, partition: int) -> Shard:
        """The rooms of a partition, none at first."""
        return self.shards.setdefault(partition, Shard())

    def apply_changelog_batch(
        self,
        batch: Iterable[Any],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Takes what was read of the changelog; the events carry whole fetches."""
        for event in batch:
            fetched = event.message.value
            shard = self.shard(fetched.partition)
            for record in fetched.records:
                shard.put(record.key, record.value)
            shard.changelog = max(shard.changelog, fetched.last)

    def persisted_offset(self, tp: TP) -> int | None:
        """Up to where the changelog is in here; after a rebalance only the rest is read."""
        shard = self.shards.get(tp.partition)
        return shard.changelog if shard is not None and shard.changelog >= 0 else None

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """Drops the rooms that have gone to other workers."""
        topic = self.table.changelog_topic.get_topic_name()
        kept = {tp.partition for tp in assigned if tp.topic == topic}
        for partition in self.shards.keys() - kept:
            del self.shards[partition]

    def reset_state(self) -> None:
        """Forgets everything."""
        self.shards.clear()

    async def backup_partition(
        self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1
    ) -> None:
        """The changelog is the backup."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """The changelog is the backup."""


STORES.aliases[STORE_URL.partition(":")[0]] = f"{__name__}:RoomStates"
