"""What the accounts wrote that wrote within a window of time, kept up as the window moves.

A look takes up the lines that came and those that left since the look before, so its cost does not grow
with the lines that the window holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from detectors.facts.crowd.kinds import STEPS
from detectors.facts.crowd.recent import KIND, KIND_BITS, Recent

__all__ = ["Window"]

#: What an account takes in memory, about.
BYTES = 200


class Window:
    """Accounts with a line from `start` on, each with its lines of each kind from `least` on."""

    __slots__ = ("_end", "_here", "_least", "_recent", "_start", "cells", "tally")

    def __init__(self, recent: Recent) -> None:
        self._recent = recent
        self._begin(0)

    def _begin(self, place: int) -> None:
        #: Numbers of lines: the first that counts, the first of the window, the next that comes.
        self._least = self._start = self._end = place
        #: By account: lines of each kind, as one number (`facts.crowd.kinds`).
        self.cells: dict[int, int] = {}
        #: By account: lines in the window.
        self._here: dict[int, int] = {}
        #: What accounts in the window wrote, to how many of them did.
        self.tally: dict[int, int] = {}

    @property
    def accounts(self) -> dict[int, int]:
        """What the accounts in the window wrote, by their numbers."""
        cells = self.cells
        return {number: cells[number] for number in sorted(self._here)}

    @property
    def writers(self) -> int:
        """Accounts in the window."""
        return len(self._here)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return BYTES * len(self.cells)

    def move(self, least: int, start: int) -> None:
        """Moves on to the lines that came since.

        Args:
            least: number of the first line that counts, of those that are kept.
            start: number of the first line of the window.
        """
        recent = self._recent
        least = max(least, recent.first)
        start = max(start, least)
        if self._least < recent.first or start < self._start or least < self._least:
            self._begin(least)  # what would have to be taken off is gone
        self._come(recent.since(self._end))
        self._end = recent.end
        self._leave(recent.between(self._start, start))
        self._start = start
        self._drop(recent.between(self._least, least))
        self._least = least

    def _come(self, lines: Iterable[int]) -> None:
        cells, here, tally = self.cells, self._here, self.tally
        for line in lines:
            number = line >> KIND_BITS
            cell = cells.get(number, 0)
            cells[number] = now = cell + STEPS[line & KIND]
            many = here.get(number, 0)
            here[number] = many + 1
            if many:
                _take_off(tally, cell)
            tally[now] = tally.get(now, 0) + 1

    def _leave(self, lines: Iterable[int]) -> None:
        """Takes lines out of the window; they still count."""
        cells, here, tally = self.cells, self._here, self.tally
        for line in lines:
            number = line >> KIND_BITS
            many = here[number] - 1
            if many:
                here[number] = many
            else:
                del here[number]
                _take_off(tally, cells[number])

    def _drop(self, lines: Iterable[int]) -> None:
        """Takes off lines that do not count any more; they have left the window."""
        cells, here, tally = self.cells, self._here, self.tally
        for line in lines:
            number = line >> KIND_BITS
            cell = cells[number]
            left = cell - STEPS[line & KIND]
            if left:
                cells[number] = left
            else:
                del cells[number]
            if number in here:
                _take_off(tally, cell)
                tally[left] = tally.get(left, 0) + 1


def _take_off(tally: dict[int, int], cell: int) -> None:
    many = tally[cell] - 1
    if many:
        tally[cell] = many
    else:
        del tally[cell]
