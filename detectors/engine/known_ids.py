"""The latest event ids of a room as a set of their hashes."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = ["KnownIds"]

#: Places of the smallest table: a room of which little comes never has it made anew.
SMALLEST = 64
_EMPTY = bytes(8 * SMALLEST)


class KnownIds:
    """A set of ids by their hashes: 16 to 24 bytes each, where Python's own takes 130.

    Two of n ids have the same hash with a probability of n**2 / 2**65 (a thousand: 3 in 10**14).
    """

    __slots__ = ("_mask", "_size", "_table")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets all of them."""
        #: Open addressing with linear probing; 0 is a free place.
        self._table = array("q", _EMPTY)
        self._mask = SMALLEST - 1
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, event: str) -> bool:
        value = hash(event) or 1
        table, mask = self._table, self._mask
        place = value & mask
        while found := table[place]:
            if found == value:
                return True
            place = place + 1 & mask
        return False

    def add(self, event: str) -> None:
        """Takes up an id; one that is known already stays."""
        if 3 * self._size > 2 * self._mask:
            self._fill([value for value in self._table if value])
        self._enter(hash(event) or 1)

    def take(self, events: Sequence[str]) -> int:
        """Takes up ids, up to the first that is known already; how many came before that."""
        if 3 * (self._size + len(events)) > 2 * self._mask:
            self._fill([value for value in self._table if value], len(events))
        table, mask, taken = self._table, self._mask, 0
        # Written out: each event of each room comes by here.
        for event in events:
            value = hash(event) or 1
            place = value & mask
            while found := table[place]:
                if found == value:
                    break
                place = place + 1 & mask
            if found:
                break
            table[place] = value
            taken += 1
        self._size += taken
        return taken

    def update(self, events: Iterable[str]) -> None:
        """Takes up ids."""
        for event in events:
            self.add(event)

    def difference_update(self, events: Iterable[str]) -> None:
        """Takes out those that are known."""
        gone = {hash(event) or 1 for event in events}
        self._fill([value for value in self._table if value and value not in gone])

    def _fill(self, values: list[int], more: int = 0) -> None:
        """Makes the table anew, with space for so many more."""
        size = SMALLEST
        while size < 2 * (len(values) + more) + 2:
            size *= 2
        table, mask = array("q", bytes(8 * size)), size - 1
        # Each of them once, so there is nothing to be found on the way.
        for value in values:
            place = value & mask
            while table[place]:
                place = place + 1 & mask
            table[place] = value
        self._table, self._mask, self._size = table, mask, len(values)

    def _enter(self, value: int) -> None:
        table, mask = self._table, self._mask
        place = value & mask
        while found := table[place]:
            if found == value:
                return
            place = place + 1 & mask
        table[place] = value
        self._size += 1
