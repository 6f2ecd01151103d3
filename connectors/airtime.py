"""Which rooms of a source are on the air, as far as their events tell.

Nobody sells at night, and a source that brings nothing then is well. So a broadcast that was seen to
end is remembered until another begins: while all rooms of which anything came are off the air, there
is nothing to bring. Of a room that never told of a broadcast nothing is known, and its silence counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from detectors.events import Event, Session

__all__ = ["Airtime"]

#: Rooms that are remembered; the one that was heard of first goes first.
MAX_ROOMS = 10_000


class Airtime:
    """The rooms of one source. It may be read while another thread takes events."""

    def __init__(self) -> None:
        #: Of each room: is it known to be off the air, and the broadcast that ended last.
        self._rooms: dict[tuple[str, str], tuple[bool, str]] = {}
        #: Rooms that are not known to be off the air.
        self._others = 0

    @property
    def is_over(self) -> bool:
        """True if the broadcast has ended in every room that any event came from."""
        return bool(self._rooms) and not self._others

    def take(self, events: Iterable[Event]) -> None:
        """Takes what came, in the order of arrival."""
        for event in events:
            room, session = (event.platform, event.room), event.session
            known = self._rooms.get(room)
            if known is None:
                self._add(room)
                known = self._rooms[room]
            is_off, ended = known
            if isinstance(event, Session) and event.phase == "ended":
                self._others -= not is_off
                self._rooms[room] = (True, session)
            elif is_off and (isinstance(event, Session) or (session and session != ended)):
                # What comes late of the broadcast that has ended does not begin it again.
                self._others += 1
                self._rooms[room] = (False, ended)

    def _add(self, room: tuple[str, str]) -> None:
        while len(self._rooms) >= MAX_ROOMS:
            is_off, _ = self._rooms.pop(next(iter(self._rooms)))
            self._others -= not is_off
        self._rooms[room] = (False, "")
        self._others += 1
