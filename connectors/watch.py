"""When a source was watched and when it was not: every interval that was not becomes a `gap`.

A gap is told while it lasts, not only at its end: a rule that waits for something must know that
nobody was looking. So it comes in pieces that follow on each other, the first after ten seconds,
each twice as long as the one before, an hour at most.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from connectors.decoders.decoded import digest
from detectors.events import EARLIEST_MS, Event, Gap

__all__ = ["Watch"]

#: Length of the first piece of a gap that lasts, ms; each further one is twice as long.
FIRST_PIECE_MS = 10_000
LONGEST_PIECE_MS = 3_600_000
#: Rooms remembered of one connection; the one silent for longest is dropped first.
MAX_ROOMS = 10_000


class Watch:
    """The rooms that one connection shows, and its current gap."""

    def __init__(self, source: str, platform: str, room: str) -> None:
        """
        Args:
            source: name of the source in the configuration.
            room: the connection's room; empty: many rooms, known by their events.
        """
        self._source = source
        self._sessions: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.many = not room
        """True if the connection shows several rooms."""
        if room:
            self._sessions[platform, room] = ""
        self._lost_at: int | None = None
        self._told_until = 0
        self._piece_ms = FIRST_PIECE_MS
        self._reason = ""

    @property
    def lost_at(self) -> int | None:
        """Since when nothing is watched, ms; ``None`` while it is."""
        return self._lost_at

    @property
    def rooms(self) -> list[tuple[str, str]]:
        """Platform and name of all rooms that it showed."""
        return list(self._sessions)

    def knew(self, rooms: Iterable[tuple[str, str]]) -> None:
        """Adds rooms that the connection showed before a restart."""
        for key in rooms:
            self._sessions.setdefault(key, "")

    def saw(self, event: Event) -> None:
        """Takes note of a room and of its broadcast."""
        key = (event.platform, event.room)
        self._sessions[key] = event.session
        self._sessions.move_to_end(key)
        if len(self._sessions) > MAX_ROOMS:
            self._sessions.popitem(last=False)

    def lost(self, at: int, reason: str) -> None:
        """Begins a gap, ms since the epoch; a later call only replaces the reason."""
        self._reason = reason
        if self._lost_at is None:
            self._lost_at = self._told_until = max(at, EARLIEST_MS)
            self._piece_ms = FIRST_PIECE_MS

    def due(self, now: int) -> list[Gap]:
        """The next piece of the gap for each room, if it is long enough; else nothing."""
        if self._lost_at is None or now - self._told_until < self._piece_ms:
            return []
        self._piece_ms = min(2 * self._piece_ms, LONGEST_PIECE_MS)
        return self._tell(now)

    def found(self, now: int) -> list[Gap]:
        """Ends the gap; returns its last piece for each room."""
        if self._lost_at is None:
            return []
        gaps = self._tell(now)
        self._lost_at = None
        return gaps

    def _tell(self, now: int) -> list[Gap]:
        start = self._told_until
        if now <= start:
            return []
        self._told_until = now
        return [
            Gap(
                # The end is part of the id: after a kill the last piece may come again, longer.
                id=f"gap-{digest(self._source, platform, room, start, now)}",
                platform=platform,
                room=room,
                session=session,
                at=start,
                seen=now,
                from_=start,
                until=now,
                reason=self._reason[:500],
                source=self._source,
            )
            for (platform, room), session in self._sessions.items()
        ]
