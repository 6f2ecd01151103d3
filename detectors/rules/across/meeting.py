"""Accounts that do the same within the same minutes of several broadcasts: with whom an account comes.

Two windows in two broadcasts have accounts in common. How many would have by chance follows from the
windows alone: a share of everybody comes again (`comes_again`, assumed far too large), and whoever
comes is in a window as likely as that window is large in its broadcast, so that a rush at a flash
sale weighs little. The accounts that met are then looked for in the windows of the other broadcasts,
each of which can only make the meeting more unusual (CopyCatch, Beutel et al. 2013, grows a set by
columns likewise). Nothing that arrives later makes a meeting less unusual.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from detectors.rules.across.handover import MAX_BATCHES, Batch, Broadcast
from detectors.stats.tails import binomial_tail, poisson_tail

__all__ = ["Meeting", "meetings"]

#: Windows of a broadcast that could have been looked at: batches, and pairs of neighbours.
WINDOWS = 2 * MAX_BATCHES
#: Sets of accounts that are looked for elsewhere: those that met most unusually.
MAX_SETS = 200


class Window(Struct, frozen=True):
    """A batch, or two that follow each other: what the border of one cuts, the other holds."""

    broadcast: int
    number: int
    names: frozenset[str]
    size: int
    """Accounts of the broadcast so far."""

    @property
    def share(self) -> float:
        """Of the broadcast's accounts that are in it."""
        return min(1.0, len(self.names) / max(1, self.size))


class Meeting(Struct):
    """Accounts that met again and again."""

    names: frozenset[str]
    broadcasts: tuple[int, ...]
    """Numbers of the broadcasts in which most of them were in one window."""
    expected: float
    """Accounts of the first window that would be in all the others by chance."""
    tail: float
    """Probability of all these meetings by chance."""


def meetings(
    shown: Sequence[Broadcast], kind: str, *, least: int, comes_again: float, tail: float
) -> list[Meeting]:
    """The sets of accounts whose meetings are no chance.

    Args:
        kind: of the batches.
        least: accounts of a set at least.
        comes_again: share of the accounts of a broadcast that is assumed to come to another.
        tail: how unlikely the meetings have to be.
    """
    windows: dict[int, list[Window]] = {}
    for one in shown:
        windows[one.number] = list(_windows(one, kind))
    found = []
    for first, second in _candidates(windows, least):
        met = first.names & second.names
        expected = comes_again * len(first.names) * len(second.names) / max(1, min(first.size, second.size))  # fmt: skip
        chance = poisson_tail(len(met), expected)
        found.append((chance, -len(met), first, second))
    found.sort(key=lambda one: (one[0], one[1], one[2].broadcast, one[2].number))
    kept = []
    for chance, _, first, second in found[:MAX_SETS]:
        expected = len(first.names) * comes_again * second.share
        met = first.names & second.names
        where = {first.broadcast, second.broadcast}
        for number, others in windows.items():
            if number in where:
                continue
            best, share = 1.0, 1.0
            for window in others:
                many = len(met & window.names)
                if 2 * many > len(met):
                    usual = min(0.95, comes_again * window.share)
                    best, share = min((best, share), (binomial_tail(many, len(met), usual), usual))
            if best * WINDOWS < 1:
                chance *= best * WINDOWS
                expected *= share
                where.add(number)
        if chance <= tail:
            kept.append(Meeting(met, tuple(sorted(where)), expected, chance))
    return kept


def _windows(one: Broadcast, kind: str) -> Iterator[Window]:
    by_number = {batch.number: batch for _, batch in one.batches if batch.kind == kind}
    for number, batch in sorted(by_number.items()):
        yield _window(one, [batch])
        after = by_number.get(number + 1)
        if after is not None:
            yield _window(one, [batch, after])


def _window(one: Broadcast, batches: list[Batch]) -> Window:
    names = frozenset(entry.name for batch in batches for entry in batch.entries)
    return Window(one.number, batches[0].number, names, batches[-1].size)


def _candidates(windows: dict[int, list[Window]], least: int) -> Iterator[tuple[Window, Window]]:
    """Windows of two broadcasts with so many accounts in common."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for broadcast, some in windows.items():
        for place, window in enumerate(some):
            for name in window.names:
                places[name].append((broadcast, place))
    counts: Counter[tuple[tuple[int, int], tuple[int, int]]] = Counter()
    for mine in places.values():
        for index, one in enumerate(mine):
            for other in mine[index + 1 :]:
                if one[0] != other[0]:
                    counts[one, other] += 1
    for (one, other), many in sorted(counts.items()):
        if many >= least:
            yield windows[one[0]][one[1]], windows[other[0]][other[1]]
