"""Rooms that nobody hears of any more: their states go, and with them their records.

A changelog that is only compacted would keep every room that was ever seen. So once in a while a
worker looks through the rooms of a partition. Of one from which nothing has come for as long as
the log of events goes back, the ids of its events and its last lines go: what stays is of which
times it had ids, so that an event of them that comes again is told and not counted twice
(`detectors.engine.counted`). One that is idle for `retention.rooms_days` is forgotten altogether, with
its history of prices; only those times are kept for `REMAINS_MS` more. If it comes back it starts
anew. A room in which something still waits for its time stays as it is. The end of its broadcast
need not have been seen.

Idle time is the brokers' time between two arrivals, so a log that is read again gives the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.logger import logger
from detectors.calendar import DAY_MS, HOUR_MS
from detectors.events import room_key
from monitor.pipeline.kafka.places import PLACES
from monitor.pipeline.kafka.states import entries_of, part_entries
from monitor.retention import REMAINS_MS

if TYPE_CHECKING:
    from collections.abc import Collection

    from detectors.engine.engine import Engine
    from monitor.config import Retention
    from monitor.pipeline.kafka.states import Entry, Shard
    from monitor.pipeline.rooms import Rooms
    from monitor.store.rows import RoomRow

__all__ = ["Forgetting"]

log = logger()

#: Parts of a state that are worth nothing once the log has forgotten the room.
SHORT_LIVED = ("latest:", "ids:", "day:", "minute:", "recent:", "mark:", "raised:", PLACES)


class Forgetting:
    """Finds what has to be taken out of the states of a partition."""

    def __init__(self, engine: Engine, retention: Retention) -> None:
        self._engine = engine
        self._rest_ms = int(retention.log_days * DAY_MS)
        self._idle_ms = int(retention.rooms_days * DAY_MS)
        #: From one look to the next at least: a tenth of what is waited for, at most an hour.
        self._interval_ms = min(HOUR_MS, self._rest_ms // 10, self._idle_ms // 10)
        self._looked: dict[int, int] = {}
        self.forgotten = 0
        """Rooms that were forgotten so far."""

    def entries(
        self, partition: int, shard: Shard, rooms: Rooms, now: int, *, but: Collection[str]
    ) -> list[list[Entry]]:
        """The records that take out what has had its time, by room.

        Args:
            rooms: what is at hand of the partition; it lets go of the rooms concerned.
            now: the brokers' time.
            but: keys of rooms that are in work.
        """
        looked = self._looked.setdefault(partition, now)
        if now - looked < self._interval_ms:
            return []
        self._looked[partition] = now
        groups: list[list[Entry]] = []
        for row in list(shard.rows()):
            key = room_key(row.platform, row.room)
            idle_ms = now - row.last_arrival_ms
            if row.due_at is not None or key in but or idle_ms < min(self._rest_ms, self._idle_ms):
                continue
            try:
                if idle_ms >= self._idle_ms:
                    groups.append(self._without_room(key, row, shard, rooms))
                    self.forgotten += 1
                elif shard.keys(key, SHORT_LIVED):
                    groups.append(self._without_ids(key, row, shard, rooms, now))
            except Exception:
                # It stays as it is; the fetch in work is not its fault.
                log.exception("room_not_forgotten", room=key)
                rooms.drop(row.platform, row.room)
        for key, newest in shard.remains():
            if now - newest > REMAINS_MS and key not in but:
                groups.append([(name, None) for name in shard.keys(key)])
        return [group for group in groups if group]

    def _without_ids(
        self, key: str, row: RoomRow, shard: Shard, rooms: Rooms, now: int
    ) -> list[Entry]:
        live = rooms.get(row.platform, row.room)
        self._engine.forget(live.state, now=now)
        changed = self._engine.changed_parts(live.state)
        rooms.drop(row.platform, row.room)
        return [] if live.whole else entries_of(key, row, changed, shard.applied[key])

    def _without_room(self, key: str, row: RoomRow, shard: Shard, rooms: Rooms) -> list[Entry]:
        remains = self._engine.remains(rooms.get(row.platform, row.room).state)
        rooms.drop(row.platform, row.room)
        left = part_entries(key, remains, shard.applied[key])
        names = {name for name, _ in left}
        return [*((name, None) for name in shard.keys(key) if name not in names), *left]

    def clear(self) -> None:
        """Another assignment: each partition is looked through an interval later."""
        self._looked.clear()
