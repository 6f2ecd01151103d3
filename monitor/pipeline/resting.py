"""Rooms from which nothing comes any more: what is kept of them, and for how long.

After `retention.log_days` a room lets go of its ids, its last lines and the alerts that nothing can
hit any more. After `retention.rooms_days` it is forgotten, with its history of prices: what stays
is of which times it had events, so that one that comes again is told (`detectors.engine.counted`). Its
alerts stay in the store by a retention of their own. A room in which something waits for its time
is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from connectors.logger import logger
from detectors.calendar import HOUR_MS
from detectors.events import room_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detectors.engine.engine import Engine
    from monitor.pipeline.rooms import Rooms
    from monitor.store.rows import Outcome, RoomRow

__all__ = ["IdleRooms", "Rest", "Resting"]

log = logger()

#: Rooms that are looked at in one round at most, and time between two rounds, ms.
ROOMS = 20
PAUSE_MS = 500
#: From one look through all of them to the next at most, ms.


class Rest(Struct, frozen=True, kw_only=True):
    """After how many ms without an event a room rests, and is forgotten."""

    rest_ms: int
    forget_ms: int


class IdleRooms(Protocol):
    """Where idle rooms are found; the store."""

    def rooms_idle(self, since: int, before: int, limit: int) -> list[RoomRow]:
        """Rooms in which nothing waits, last heard of in ``[since, before)``, the oldest first."""
        ...


class Resting:
    """Goes through the rooms that are idle, a few at a time."""

    def __init__(self, engine: Engine, rooms: Rooms, source: IdleRooms, rest: Rest) -> None:
        self._engine = engine
        self._rooms = rooms
        self._source = source
        self._rest = rest
        #: Last arrival, ms, up to which rooms were seen to, and from when on to look again.
        self._rested_to = 0
        self._look_at = 0
        self.forgotten = 0
        """Rooms that were forgotten so far."""

    def take(self, outcome: Outcome, *, now: int) -> bool:
        """Adds to an outcome what some idle rooms let go of; says whether there was anything."""
        if now < self._look_at:
            return False
        taken = self._forget(outcome, now) or self._let_rest(outcome, now)
        interval_ms = min(HOUR_MS, self._rest.rest_ms // 10, self._rest.forget_ms // 10)
        self._look_at = now + (PAUSE_MS if taken else interval_ms)
        return taken

    def _forget(self, outcome: Outcome, now: int) -> bool:
        taken = False
        for row in self._source.rooms_idle(0, now - self._rest.forget_ms, ROOMS):
            key = room_key(row.platform, row.room)
            if key in outcome.parts:
                continue
            remains = self._engine.remains(self._rooms.get(row.platform, row.room).state)
            self._rooms.drop(row.platform, row.room)
            outcome.parts[key] = dict[str, bytes | None](remains)
            outcome.rewritten.append(key)
            outcome.forgotten.append((row.platform, row.room))
            self.forgotten += 1
            taken = True
        return taken

    def _let_rest(self, outcome: Outcome, now: int) -> bool:
        before = now - self._rest.rest_ms
        rows = self._source.rooms_idle(self._rested_to, before, ROOMS)
        for row in rows:
            key = room_key(row.platform, row.room)
            live = self._rooms.get(row.platform, row.room)
            if key not in outcome.parts and not live.whole:
                self._engine.forget(live.state, now=now)
                changed: Mapping[str, bytes | None] = self._engine.changed_parts(live.state)
                outcome.parts[key] = dict(changed)
            self._rooms.drop(row.platform, row.room)
        # Those of the very same millisecond that did not fit are seen to after the next start.
        self._rested_to = rows[-1].last_arrival_ms + 1 if rows else max(self._rested_to, before)
        return bool(rows)
