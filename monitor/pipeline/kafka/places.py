"""Where the events of a partition stand in the topic, so that an alert can say which records it read.

Of the latest events of a partition it is known from memory. Of those on which a verdict may stand
long after (cards, prices, what was said, prizes), the latest `LASTING` of each room are written with
its state, so that they outlive a restart and move with the room: in parts `places:00` to `places:15`, a
ring of which only the newest is written again. A part is the number of its first entry, then for each
entry eight bytes of the id's digest and the offset.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from detectors.events import Chat, Counter, Order, Review, room_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.alerts import Alert
    from detectors.events import Event
    from monitor.pipeline.kafka.states import Shard
    from monitor.store.rows import Outcome

__all__ = ["PLACES", "Places"]

#: How the names of these parts begin.
PLACES = "places:"
#: Entries of one part, and parts of a room.
WIDTH = 64
SLOTS = 16
LASTING = WIDTH * SLOTS
#: Events of a partition that are known from memory, twice as many at most.
RECENT = 20_000
#: Their verdicts follow at once, and there are many of them.
_FLEETING = frozenset({Chat, Counter, Order, Review})
_first = struct.Struct(">Q")
_entry = struct.Struct(">8sQ")


class Places:
    """Those of one partition."""

    def __init__(self, log: str) -> None:
        """
        Args:
            log: topic and partition, as alerts name it.
        """
        self.log = log
        self._new: dict[str, dict[str, int]] = {}
        self._old: dict[str, dict[str, int]] = {}
        self._count = 0
        self._lasting: dict[str, list[tuple[str, int]]] = {}

    def begin(self) -> None:
        """A portion is begun, perhaps once more."""
        self._lasting = {}

    def note(self, room: str, events: Sequence[tuple[Event, int]]) -> None:
        """Notes events of a room with their offsets; of one that comes twice the first counts."""
        if self._count > RECENT:
            self._old, self._new, self._count = self._new, {}, 0
        known = self._new.setdefault(room, {})
        for event, offset in events:
            known.setdefault(event.id, offset)
            if event.__class__ not in _FLEETING:
                self._lasting.setdefault(room, []).append((event.id, offset))
        self._count += len(events)

    def find(self, shard: Shard, room: str, event: str) -> int | None:
        """The offset of an event; ``None``: it is not known any more."""
        for known in (self._new, self._old):
            offset = known.get(room, {}).get(event)
            if offset is not None:
                return offset
        wanted = _digest(event)
        found = [
            offset
            for slot in range(SLOTS)
            for digest, offset in _entries(shard.part(room, _name(slot)))
            if digest == wanted
        ]
        return min(found, default=None)

    def placed(self, shard: Shard, alerts: Sequence[Alert]) -> list[Alert]:
        """The alerts, with the places of what they read as far as these are known."""
        return [self._placed(shard, alert) for alert in alerts]

    def _placed(self, shard: Shard, alert: Alert) -> Alert:
        if not alert.platform or not alert.inputs:
            return alert
        room = room_key(alert.platform, alert.room)
        inputs = []
        for one in alert.inputs:
            offset = None if one.event is UNSET else self.find(shard, room, one.event)
            if offset is not None:
                one = msgspec.structs.replace(one, log=self.log, position=offset)
            inputs.append(one)
        return msgspec.structs.replace(alert, inputs=inputs)

    def add_to(self, outcome: Outcome, shard: Shard) -> None:
        """Adds the parts that have to be written with the states of the rooms."""
        for row in outcome.rooms:
            room = room_key(row.platform, row.room)
            noted = self._lasting.pop(room, None)
            if noted and outcome.parts.get(room):
                outcome.parts[room] |= _added(shard, room, noted)


def _added(shard: Shard, room: str, noted: Sequence[tuple[str, int]]) -> dict[str, bytes | None]:
    """The parts of the ring that change with these."""
    parts = {slot: shard.part(room, _name(slot)) for slot in range(SLOTS)}
    total = max((_end(part) for part in parts.values() if part), default=0)
    changed: dict[str, bytes | None] = {}
    for event, offset in noted:
        slot = total // WIDTH % SLOTS
        part = parts[slot] if total % WIDTH else None
        body = part or _first.pack(total)
        parts[slot] = changed[_name(slot)] = body + _entry.pack(_digest(event), offset)
        total += 1
    return changed


def _end(part: bytes) -> int:
    """Number of the entry that comes after a part."""
    return int(_first.unpack_from(part)[0]) + (len(part) - _first.size) // _entry.size


def _entries(part: bytes | None) -> list[tuple[bytes, int]]:
    if not part:
        return []
    return list(_entry.iter_unpack(part[_first.size :]))


def _name(slot: int) -> str:
    return f"{PLACES}{slot:02d}"


def _digest(event: str) -> bytes:
    return hashlib.blake2b(event.encode(), digest_size=8).digest()
