"""Counts by slot of time, for rates over the last minutes."""

from __future__ import annotations

from msgspec import Struct

from detectors.stats.latest import trim

__all__ = ["RateRing"]

#: Slots that are kept; older ones are forgotten.
MAX_SLOTS = 64


class RateRing(Struct):
    """How often something happened, by slots of `slot_ms`; at most `MAX_SLOTS` slots.

    >>> ring = RateRing(slot_ms=10_000)
    >>> for at in (0, 3_000, 12_000, 25_000): ring.add(at)
    >>> ring.count(0, 20_000), ring.count(10_000, 30_000)
    (3, 2)
    """

    slot_ms: int = 10_000
    slots: dict[int, int] = {}

    def add(self, at: int, amount: int = 1) -> None:
        """Counts at a time."""
        slot = at // self.slot_ms
        slots = self.slots
        if slot in slots:
            slots[slot] += amount
        else:
            slots[slot] = amount
            trim(slots, MAX_SLOTS)

    def count(self, start: int, end: int) -> int:
        """What was counted in the slots that begin in ``[start, end)``."""
        first, last = -(-start // self.slot_ms), -(-end // self.slot_ms)
        return sum(amount for slot, amount in self.slots.items() if first <= slot < last)
