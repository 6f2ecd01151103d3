"""Events that come and go, in chunks: what is new is written, not all of it again.

The events that wait behind a room's watermark, and the last ones it keeps as context, change with
every event; in a busy room they are most of its state. A chunk holds some of them in the order of
their coming, and goes when none of its events is needed any more. Its place is then free for the
next one, so that little has to be taken out of a changelog.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter

from msgspec import Struct

from detectors.events import Event

__all__ = ["SIZES", "Chunk", "Chunks"]

#: The collections that a room has, by the kind of their parts, with the events of a chunk at most.
SIZES = {"waiting": 64, "recent:chat": 20, "recent:other": 20}

_id = attrgetter("id")


class Chunk(Struct, array_like=True):
    """Some events, and the place of the chunk among the others in time."""

    number: int
    events: list[Event]


class Chunks:
    """The chunks of one collection of events, by slot."""

    __slots__ = ("_size", "slots")

    def __init__(self, size: int) -> None:
        """
        Args:
            size: events of a chunk at most.
        """
        self._size = size
        self.slots: dict[int, Chunk] = {}

    def events(self) -> list[Event]:
        """All events, in the order of their coming; some may not be needed any more."""
        chunks = sorted(self.slots.values(), key=lambda chunk: chunk.number)
        return [event for chunk in chunks for event in chunk.events]

    def renew(self, current: Collection[Event]) -> set[int]:
        """Brings the chunks to what there is now; returns the slots that have changed."""
        slots = self.slots
        live = set(map(_id, current))
        changed = {slot for slot, chunk in slots.items() if live.isdisjoint(map(_id, chunk.events))}
        for slot in changed:
            del slots[slot]
        known: set[str] = set()
        for chunk in slots.values():
            # What is not needed any more stays written until the chunk is, but not in memory.
            chunk.events = [event for event in chunk.events if event.id in live]
            known.update(map(_id, chunk.events))
        fresh = [event for event in current if event.id not in known] if known else list(current)
        if not fresh:
            return changed
        number = -1
        if slots:
            last = max(slots, key=lambda slot: slots[slot].number)
            tail = slots[last]
            number = tail.number
            space = self._size - len(tail.events)
            if space > 0:
                tail.events += fresh[:space]
                del fresh[:space]
                changed.add(last)
        slot = 0
        for start in range(0, len(fresh), self._size):
            while slot in slots:
                slot += 1
            number += 1
            slots[slot] = Chunk(number, fresh[start : start + self._size])
            changed.add(slot)
        return changed
