"""Accounts that act in the same windows of time, and hardly ever without each other.

CopyCatch (Beutel et al. 2013) and SynchroTrap (Cao et al. 2014) look for sets of accounts whose
actions agree in time again and again; FRAUDAR (Hooi et al. 2016) weighs what is shared by how many
share it, so that acting like everybody beside it hides nothing. Here a slot of time is a column. The
search starts from who acts now, and adds the column in which more of those acted than was to be
expected, as long as a set remains. What a set is worth is the chance that so many would share those
columns if each account acted at its own rate since it came, more often in columns in which the
*other* accounts of this room acted more often: a wave in which everybody writes weighs nothing, nor
do those who came together and stay.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, chain

from msgspec import Struct

from detectors.calendar import DAY_MS
from detectors.facts.crowd.account import Account
from detectors.stats.tails import poisson_tail

__all__ = ["Lockstep", "search"]

#: Width of a column of time, ms. Two grids, half a width apart: what one cuts the other holds.
SLOT_MS = 240_000
#: Columns beside the present one, at least and at most.
LEAST_COLUMNS, MOST_COLUMNS = 2, 5
#: Accounts of a set at least; accounts with more windows than this are busy, not in step.
LEAST = 5
MOST_WINDOWS = 10
#: Windows of an account that lie in none of the set's columns: at most this share.
OUTSIDE = 0.34
#: Columns as far back as this, ms: evenings of the same week belong together.
BACK_MS = 8 * DAY_MS


class Lockstep(Struct, array_like=True):
    """A set of accounts that act together."""

    members: list[int]
    columns: list[int]
    """Middles of the windows that they share, ms, the present one last."""
    expected: float
    """Accounts that would share them by chance."""
    tail: float
    """Probability of so many by chance, for all sets that could have been looked at."""


#: A column is its number, and this much more on the second grid, which lies half a width earlier.
_SECOND = 1 << 40


def search(active: Sequence[Account], now: int) -> Lockstep | None:
    """The most unusual set of those who act now; ``None``: there is none worth a word."""
    pool = [
        account
        for account in active
        if account.windows is not None and LEAST_COLUMNS < len(account.windows) <= MOST_WINDOWS
    ]
    if len(pool) < LEAST or not _may_agree(pool):
        return None
    columns = {account.number: _columns(account, now) for account in pool}
    everywhere = Counter(chain.from_iterable(columns.values()))
    rates = _rates(pool, columns, everywhere)
    chosen: list[int] = []
    weights: list[float] = []
    members = pool
    tests = 1.0
    best: Lockstep | None = None
    all_present = _Presence(pool, rates)
    while len(chosen) < MOST_COLUMNS:
        present = all_present if members is pool else _Presence(members, rates)
        counts = everywhere
        if members is not pool:
            counts = Counter(chain.from_iterable([columns[account.number] for account in members]))
            for one in chosen:
                for near in (-1, 0, 1):
                    counts.pop(one + near, None)
                    counts.pop((one ^ _SECOND) + near, None)
        column, weight, least = None, 1.0, 2.0
        for one in sorted([column for column, many in counts.items() if many >= LEAST]):
            many = counts[one]
            usual = present.expected(_middle(one))
            if members is pool:
                # All act in it, or nobody knows who else would: half of those who do are the measure.
                factor = max(1.0, min(3.0, 0.5 * many / max(0.5, usual)))
            else:
                others = all_present.expected(_middle(one)) - usual
                factor = max(1.0, (everywhere[one] - many + 0.5) / (others + 0.5))
            expected = usual * factor
            tail = poisson_tail(many, expected)
            if tail < least:
                column, weight, least = one, factor, tail
        if column is None:
            break
        tests *= max(4, len(counts)) / (len(chosen) + 1)
        chosen.append(column)
        weights.append(weight)
        members = [account for account in members if column in columns[account.number]]
        if len(chosen) >= LEAST_COLUMNS:
            middles = sorted(map(_middle, chosen))
            kept = [account for account in members if _outside(account, middles, now) <= OUTSIDE]
            if len(kept) >= LEAST:
                until = middles[0] + SLOT_MS // 2
                expected = 0.0
                for account in pool:
                    if account.first <= until:
                        rate, chance = rates[account.number], 1.0
                        for factor in weights:
                            one_of = rate * factor
                            if one_of < 1.0:
                                chance *= one_of
                        expected += chance
                tail = min(1.0, poisson_tail(len(kept), expected) * tests)
                if best is None or tail < best.tail:
                    best = Lockstep(
                        [account.number for account in kept], [*middles, now], expected, tail
                    )
        if len(members) < LEAST:
            break
    return best


def _may_agree(pool: Sequence[Account]) -> bool:
    """A quick look: do enough accounts agree in two of their last three earlier windows?"""
    pairs: Counter[tuple[int, int, int]] = Counter()
    for account in pool:
        windows = account.active
        second, third = windows[-2], windows[-3]
        fourth = windows[-4] if len(windows) > 3 else 0
        for shift in (0, SLOT_MS):
            one, two = (second + shift) // (2 * SLOT_MS), (third + shift) // (2 * SLOT_MS)
            pairs[shift, one, two] += 1
            if fourth:
                three = (fourth + shift) // (2 * SLOT_MS)
                pairs[shift, one, three] += 1
                pairs[shift, two, three] += 1
    return max(pairs.values()) >= LEAST


def _rates(
    pool: Sequence[Account], columns: dict[int, set[int]], everywhere: Counter[int]
) -> dict[int, float]:
    """How often each account acts, a column: of those in which the room was watched since it came."""
    slots = sorted([one for one in everywhere if one < _SECOND])
    rates = {}
    for account in pool:
        since = len(slots) - bisect_left(slots, account.active[0] // SLOT_MS)
        acted = len([one for one in columns[account.number] if one < _SECOND])
        rates[account.number] = min(0.9, acted / max(1, since))
    return rates


class _Presence:
    """How many of some accounts act in a column if each keeps its rate from its arrival on."""

    __slots__ = ("_arrivals", "_sums")

    def __init__(self, accounts: Sequence[Account], rates: dict[int, float]) -> None:
        arrived = sorted((account.first, rates[account.number]) for account in accounts)
        self._arrivals = [first for first, _ in arrived]
        self._sums = [0.0, *accumulate(rate for _, rate in arrived)]

    def expected(self, at: int) -> float:
        return self._sums[bisect_right(self._arrivals, at)]


def _columns(account: Account, now: int) -> set[int]:
    since, until = now - BACK_MS, now - SLOT_MS
    acted = [at for at in account.windows or () if since < at < until]
    found = {at // SLOT_MS for at in acted}
    found.update([(at + SLOT_MS // 2) // SLOT_MS + _SECOND for at in acted])
    return found


def _middle(column: int) -> int:
    if column < _SECOND:
        return column * SLOT_MS + SLOT_MS // 2
    return (column - _SECOND) * SLOT_MS


def _outside(account: Account, middles: Sequence[int], now: int) -> float:
    """Share of an account's windows that lie in none of the columns, nor in the present.

    Args:
        middles: of the columns, ms.
    """
    windows = [at for at in account.windows or () if at < now - SLOT_MS]
    outside = len(windows)
    for at in windows:
        for middle in middles:
            if -SLOT_MS <= at - middle <= SLOT_MS:
                outside -= 1
                break
    return outside / max(1, len(windows))
