"""How many different names there were in the last minutes, in a kilobyte."""

from __future__ import annotations

from math import log

from msgspec import Struct

from detectors.stats.codes import code_of

__all__ = ["DistinctCount"]

BITS = 2_048
_BYTES = BITS >> 3
_MASK = BITS - 1
#: Slots that are kept.
MAX_SLOTS = 8


class DistinctCount(Struct):
    """Different names by slots of time: linear counting (Whang et al. 1990).

    One bit a name and slot. Up to some 4,000 names in the window the estimate is within about 5 %;
    of more it says too few.

    >>> names = DistinctCount(slot_ms=60_000)
    >>> new_slots = sum(names.add(f"u{number % 50}", 1_000 * number) for number in range(100))
    >>> new_slots, 47 <= names.count(0, 120_000) <= 53
    (2, True)
    """

    slot_ms: int = 120_000
    slots: dict[int, bytearray] = {}
    last: int = -1

    def add(self, name: str, at: int) -> bool:
        """Takes note of a name; true when a new slot begins with it."""
        slot = at // self.slot_ms
        bits = self.slots.get(slot)
        place = code_of(name) & _MASK
        if bits is not None:
            bits[place >> 3] |= 1 << (place & 7)
            return False
        bits = self.slots[slot] = bytearray(_BYTES)
        while len(self.slots) > MAX_SLOTS:
            del self.slots[min(self.slots)]
        bits[place >> 3] |= 1 << (place & 7)
        return True

    def count(self, start: int, end: int) -> int:
        """About how many names there were in the slots that touch ``[start, end)``."""
        first, last = start // self.slot_ms, (end - 1) // self.slot_ms
        whole = 0
        for slot, bits in self.slots.items():
            if first <= slot <= last:
                whole |= int.from_bytes(bits, "big")
        empty = BITS - whole.bit_count()
        return round(BITS * log(BITS / max(1, empty)))
