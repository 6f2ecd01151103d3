"""Tests orders whose times are those of the source's fetches: how evenly are the fetches filled?

A source that asks every half minute gives all orders the times at which it asked: the gaps are its own. How
many orders each fetch brings is still that of whoever orders. Of a crowd it is a Poisson count, or one that
is spread more (rushes); of somebody who orders by a clock it is nearly the same number each time. So the
index of dispersion, Σ (nᵢ − n̄)² / n̄, is held against its distribution, χ² with one degree less than there
are fetches (Fisher 1925; Cox and Lewis 1966), below: too even.

A source may give no more than so many at once (a page, or only the latest order), all products together;
then a crowd's counts are cut off, and even by that. So they are held against a Poisson count that is cut off
at the most that any fetch brought: where fetches mostly bring just as many, nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import exp, gcd

from msgspec import Struct

from detectors.stats.tails import poisson_tail

__all__ = ["FETCHED_MS", "Fetches", "fetches", "per_fetch", "polled"]

#: Times as they are compared, ms; the least distance at which orders are fetched together.
GRAIN_MS, FETCHED_MS = 100, 2_000
#: Of the orders that are fetched together, so many have times of their own, at most: of orders that are not
#: fetched hardly two have one time, to the millisecond.
MOST_TIMES = 0.85
#: So large a share of the times has to be that of a fetch.
ON_GRID = 0.8
#: Fetches that are held against each other, at least.
LEAST = 10
#: Who sells takes a moment for each order, so a crowd's orders are a little more even than chance, too: only
#: such a share of the spread of chance is no crowd's, however many fetches there are.
EVEN = 0.6
#: Halvings in which the rate of a crowd is found whose counts were cut off; its rate is below so many times the most.
HALVINGS, BEYOND = 40, 8


class Fetches(Struct, frozen=True):
    """How many orders the fetches brought."""

    every: int
    """ms"""
    times: int
    """Fetches, with those that brought nothing."""
    orders: int
    spread: float
    """Variance of their number as a share of its mean: one for a crowd that orders by chance."""
    expected: float
    """The same of a crowd of which such a source gives no more at once than the most that a fetch brought."""
    tail: float
    """Probability of so little by chance."""


def polled(times: Sequence[int]) -> tuple[int, int] | None:
    """The distance of the fetches, ms, and the time of one; ``None``: the times are the orders' own.

    Times that are multiples of one distance, with some left out or several orders at one, are fetched.

    Args:
        times: of orders, ms, in order.

    >>> polled([0, 0, 10_000, 10_000, 30_000, 40_000]), polled([0, 9_700, 31_900, 33_100, 40_000])
    ((10000, 0), None)

    An order that came another way changes nothing, as of a machine beside which a customer orders.

    >>> polled([0, 5_000, 8_900, 10_000, 20_000, 25_000]), polled([0, 5_000, 8_900, 10_000, 15_000])
    ((5000, 0), None)
    """
    several = len(set(times)) <= MOST_TIMES * len(times)
    # Where several come at once it is the times of those that tell: one that came another way is none.
    together = [at for at, many in Counter(times).items() if many > 1] if several else times
    for told in (together, _on_most_frequent(times)):
        distance, origin, is_left_out = _grid(told)
        if (
            distance >= FETCHED_MS
            and (several or is_left_out)
            and len(_on(times, distance, origin)) >= ON_GRID * len(times)
        ):
            return distance, origin
    return None


def _grid(times: Sequence[int]) -> tuple[int, int, bool]:
    """The distance of which all gaps are multiples, ms, 0: there is no gap; a time; and whether some gaps
    are others than the distance."""
    gaps = {round((after - before) / GRAIN_MS) for before, after in pairwise(times)} - {0}
    return GRAIN_MS * gcd(*gaps), times[0] if times else 0, len(gaps) > 1


def _on(times: Sequence[int], distance: int, origin: int) -> list[int]:
    """The times on a grid."""
    half = GRAIN_MS // 2
    return [at for at in times if (at - origin + half) % distance <= GRAIN_MS]


def _on_most_frequent(times: Sequence[int]) -> list[int]:
    """The times on the grid of the gap that is most frequent: the others came another way."""
    gaps = Counter(
        GRAIN_MS * round((after - before) / GRAIN_MS) for before, after in pairwise(times)
    )
    gaps.pop(0, None)
    if not gaps:
        return []
    distance = min(gaps, key=lambda gap: (-gaps[gap], gap))
    cells = Counter(at % distance // GRAIN_MS for at in times)
    most = max(cells.values())
    origin = next(at for at in times if cells[at % distance // GRAIN_MS] == most)
    return _on(times, distance, origin)


def per_fetch(
    times: Sequence[int], everything: Sequence[int], every: int, origin: int
) -> list[tuple[int, int]]:
    """Orders of one product, and of all, at each fetch but its first and last, which may be cut.

    Args:
        times: of the product's orders, ms, in any order.
        everything: times of all orders, those among them.
        every: distance of the fetches, ms.
        origin: time of one.

    >>> per_fetch([0, 10_000, 30_000, 40_000], [0, 10_000, 30_000, 30_000, 40_000], 10_000, 0)
    [(1, 1), (0, 0), (1, 2)]
    """
    # What was placed at a time of its own belongs to the fetch that came next.
    own, all_of_them = (Counter(-((origin + GRAIN_MS - at) // every) for at in these)
                        for these in (times, everything))  # fmt: skip
    first, last = min(own, default=0), max(own, default=0)
    return [(own[cell], all_of_them[cell]) for cell in range(first + 1, last)]


def fetches(
    times: Sequence[int], everything: Sequence[int], every: int, origin: int, *,
    unusual: float, complete: bool = False,
) -> Fetches | None:  # fmt: skip
    """How evenly the fetches are filled; ``None``: they are few, or filled as those of a crowd.

    Args:
        times: of one product's orders, ms, in any order.
        everything: times of the orders of all products, those among them.
        every: distance of the fetches, ms.
        origin: time of one.
        unusual: greatest probability that is looked at further.
        complete: is it known that no order was left out, however many came at once?

    >>> machine = [10_000 * (n // 3) for n in range(60)]
    >>> others = [10_000 * (n * n % 20) for n in range(40)]
    >>> found = fetches(machine, machine + others, 10_000, 0, unusual=1e-4)
    >>> found is not None and found.spread == 0 and found.tail < 1e-6
    True
    >>> fetches(machine, machine, 10_000, 0, unusual=1e-4)  # perhaps three is a page
    >>> fetches(machine, machine, 10_000, 0, unusual=1e-4, complete=True) is None
    False
    """
    brought = per_fetch(times, everything, every, origin)
    many, orders = len(brought), sum(own for own, _ in brought)
    if many < LEAST or not orders:
        return None
    index = many / orders * sum(own * own for own, _ in brought) - orders
    if index >= many - 1 or (tail := _tail(index, many)) > unusual:
        return None
    spread = index / (many - 1)
    if complete:
        return Fetches(every, many, orders, spread, 1.0, tail) if spread <= EVEN else None
    total, most = sum(all_of_them for _, all_of_them in brought), max(brought, key=_of_all)[1]
    # Of a crowd's orders at a fetch each is for this product by chance: so much of what is cut off is its.
    expected = 1 - orders / total * (1 - _cut_off(total / many, most))
    if expected <= 0:
        return None
    if spread > EVEN * expected or (tail := _tail(index / expected, many)) > unusual:
        return None
    return Fetches(every, many, orders, spread, expected, tail)


def _of_all(brought: tuple[int, int]) -> int:
    return brought[1]


def _tail(index: float, many: int) -> float:
    """P(χ² with 2 m degrees ≤ x) = P(Poisson count of mean x / 2 ≥ m); an odd degree is left out."""
    return poisson_tail((many - 1) // 2, index / 2)


def _cut_off(mean: float, most: int) -> float:
    """Variance as a share of the mean of a Poisson count that is cut off at `most` and has this mean then.

    >>> round(_cut_off(0.3, 1), 3), round(_cut_off(5.0, 30), 3), _cut_off(5.0, 5)
    (0.7, 1.0, 0.0)
    """
    if mean >= most:
        return 0.0
    low, high, square = mean, float(BEYOND * most), 0.0
    for _ in range(HALVINGS):
        rate = (low + high) / 2
        chance, at_most, square = exp(-rate), float(most), float(most * most)
        for count in range(most):
            at_most -= (most - count) * chance
            square -= (most * most - count * count) * chance
            chance *= rate / (count + 1)
        low, high = (rate, high) if at_most < mean else (low, rate)
    return max(0.0, square - mean * mean) / mean
