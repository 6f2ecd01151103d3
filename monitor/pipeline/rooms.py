"""The rooms in the worker's memory: their states, least recently used first, and when each is due.

Every state here is as it was committed last, or belongs to the batch in work; so any of them can
be dropped and read again from the store.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from connectors.logger import logger
from detectors.engine.room import RoomState
from detectors.events import Session
from monitor.pipeline.isolation import kind_of
from monitor.store.rows import DeadLetter, RoomRow
from monitor.territory import codes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detectors.engine.engine import Engine
    from detectors.engine.shelf import Stored
    from detectors.events import Event

__all__ = ["CROWD_BYTES", "LiveRoom", "RoomSource", "Rooms"]

log = logger()
#: What the crowds of the rooms in memory take at most unless the configuration says it, bytes.
CROWD_BYTES = 192 * 2**20
#: A room of which nothing came for so long is not kept in memory, ms.
IDLE_MS = 60_000
_at = attrgetter("at")


class RoomSource(Protocol):
    """Where states are read from; the store."""

    def load_room(self, platform: str, room: str) -> tuple[RoomRow, Mapping[str, bytes]] | None:
        """Summary and parts of a room, ``None`` when it was never seen."""
        ...

    def shelf(self, platform: str, room: str) -> Stored:
        """Where the shelved parts of a room are read, one by one."""
        ...

    def rooms_due(self) -> list[tuple[int, str, str]]:
        """Rooms that wait, as (wall clock in ms, platform, room)."""
        ...


class LiveRoom(Struct):
    """A room in work."""

    state: RoomState
    row: RoomRow
    whole: bool = False
    """All parts have to be written, not only those that changed."""

    def take_up(self, events: Sequence[Event], *, now: int) -> None:
        """Brings the summary up to date after the engine has seen the events."""
        row = self.row
        row.last_arrival_ms = now
        row.events += len(events)
        newest = max(map(_at, events))
        if row.last_event_at is None or newest > row.last_event_at:
            row.last_event_at = newest
        for event in events:
            session = event.session
            if isinstance(event, Session):
                if event.phase == "started":
                    row.session = session
                else:
                    row.ended = session
                    if row.session == session:
                        row.session = None
            elif session and session != row.session and session != row.ended:
                row.session = session
        self.read_state()

    def read_state(self) -> None:
        """Brings what the summary has of the state up to date: events that waited for earlier ones are
        taken when time passes."""
        row, state = self.row, self.state
        row.title = state.title
        row.host = state.host
        row.operator = state.operator.name if state.operator is not None else None
        shown = state.facts.identity
        if row.operator is None and shown is not None and shown.absent:
            # Seen to be absent: empty, which is not the same as unknown.
            row.operator = "" if {"operator", "operator.name"} & set(shown.absent) else None
        codes = " ".join(codes_of((state.operator, state.seller)))
        row.territories = codes or row.territories or ""
        row.viewers = state.viewers
        row.watched_since = state.watched_since or None


class Rooms:
    """A bounded cache of rooms over a source, with a queue of due times."""

    def __init__(
        self, engine: Engine, source: RoomSource, *, capacity: int, crowd_bytes: int = CROWD_BYTES
    ) -> None:
        """
        Args:
            engine: opens and restores states.
            source: where a room is read from that is not at hand.
            capacity: rooms in memory at most; the rest waits in the store.
            crowd_bytes: what the crowds of the rooms in memory take at most, about.
        """
        self._engine = engine
        self._source = source
        self._capacity = capacity
        self._crowd_bytes = crowd_bytes
        self.crowd_bytes = 0
        """What the crowds of the rooms in memory took after the last commit, about."""
        self._live: OrderedDict[tuple[str, str], LiveRoom] = OrderedDict()
        #: What the crowds of rooms took when they were counted last, and the rooms used since.
        self._crowds: dict[tuple[str, str], int] = {}
        self._used: set[tuple[str, str]] = set()
        self._due: dict[tuple[str, str], int] = {}
        self._queue: list[tuple[int, str, str]] = []
        self.unreadable: dict[str, DeadLetter] = {}
        """States of rooms that start anew, with their bytes, by the room's key. The next outcome
        takes them along."""
        self.reload()

    def __len__(self) -> int:
        return len(self._live)

    def reload(self) -> None:
        """Forgets everything at hand and starts from what the source knows."""
        self._live.clear()
        self._crowds.clear()
        self._queue = self._source.rooms_due()
        heapq.heapify(self._queue)
        self._due = {(platform, room): due for due, platform, room in self._queue}

    def get(self, platform: str, room: str) -> LiveRoom:
        """The room, from memory, from the source, or new."""
        key = (platform, room)
        self._used.add(key)
        live = self._live.get(key)
        if live is None:
            found = self._source.load_room(platform, room)
            if found is None:
                row = RoomRow(platform=platform, room=room, last_arrival_ms=0)
                state = self._engine.open(platform, room, self._source.shelf(platform, room))
                live = LiveRoom(state, row, whole=True)
            else:
                row, parts = found
                live = self._restored(row, parts)
            self._live[key] = live
        else:
            self._live.move_to_end(key)
        return live

    def _restored(self, row: RoomRow, parts: Mapping[str, bytes]) -> LiveRoom:
        """The room as it was written; new, where its state cannot be read."""
        try:
            state = self._engine.restore(parts, self._source.shelf(row.platform, row.room))
        except Exception as error:  # noqa: BLE001  whatever its bytes do, other rooms go on
            reason = f"its state cannot be read: {type(error).__name__}: {error}"
            return self._anew(row, parts, reason)
        if (state.platform, state.room) != (row.platform, row.room):
            return self._anew(row, parts, f"its state is that of {state.key}")
        return LiveRoom(state, row)

    def _anew(self, row: RoomRow, parts: Mapping[str, bytes], reason: str) -> LiveRoom:
        """The room without its past, which becomes a dead letter."""
        state = self._engine.open(
            row.platform, row.room, self._source.shelf(row.platform, row.room)
        )
        log.error("room_starts_anew", room=state.key, error=kind_of(reason))
        self.unreadable[state.key] = DeadLetter(
            stage="engine",
            source=state.key,
            reason=f"the room starts anew, {reason}",
            data=msgspec.msgpack.encode(parts),
            first_at=row.last_arrival_ms,
            last_at=row.last_arrival_ms,
        )
        return LiveRoom(state, row, whole=True)

    def start_anew(self, platform: str, room: str, reason: str) -> LiveRoom:
        """The room without its past, for a reason; what the source has of it becomes a dead letter."""
        found = self._source.load_room(platform, room)
        row, parts = found or (RoomRow(platform=platform, room=room, last_arrival_ms=0), {})
        live = self._live[platform, room] = self._anew(row, parts, reason)
        self._used.add((platform, room))
        return live

    def drop(self, platform: str, room: str) -> None:
        """Lets go of a room of which the source has changed or lost the state; it must not wait."""
        self._live.pop((platform, room), None)
        self._crowds.pop((platform, room), None)

    def forget(self, live: LiveRoom) -> None:
        """Drops a room whose state cannot be trusted; it is read again when it is needed."""
        self.drop(live.row.platform, live.row.room)

    def schedule(self, live: LiveRoom) -> None:
        """Notes in the summary and in the queue when the room is due."""
        row = live.row
        key = (row.platform, row.room)
        due = self._engine.due_at(live.state)
        row.due_at = due
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._queue, (due, *key))
            if len(self._queue) > 64 + 4 * len(self._due):
                self._queue = [(at, *name) for name, at in self._due.items()]
                heapq.heapify(self._queue)

    def next_due(self) -> int | None:
        """Wall clock, ms, of the room that is due first."""
        while self._queue:
            due, platform, room = self._queue[0]
            if self._due.get((platform, room)) == due:
                return due
            heapq.heappop(self._queue)
        return None

    def pop_due(self, now: int, limit: int) -> list[LiveRoom]:
        """Rooms that are due, the longest waiting first; schedule each again after its tick."""
        found: list[LiveRoom] = []
        while len(found) < limit:
            due = self.next_due()
            if due is None or due > now:
                break
            _, platform, room = heapq.heappop(self._queue)
            del self._due[platform, room]
            found.append(self.get(platform, room))
        return found

    def evict(self, now: int) -> int:
        """Drops rooms from memory; call it after a commit.

        Those that are idle for `IDLE_MS`, and the least recently used ones beyond the capacity, or
        while the crowds of all take more than they may; the one that was used last stays.
        """
        dropped = 0
        for key in self._used & self._live.keys():
            self._crowds[key] = self._live[key].state.crowd_bytes
        self._used.clear()
        crowds = sum(self._crowds.values())
        while self._live:
            name, oldest = next(iter(self._live.items()))
            idle = oldest.row.last_arrival_ms < now - IDLE_MS
            fits = crowds <= self._crowd_bytes or len(self._live) == 1
            if not idle and fits and len(self._live) <= self._capacity:
                break
            crowds -= self._crowds[name]
            self.drop(*name)
            dropped += 1
        self.crowd_bytes = crowds
        return dropped
