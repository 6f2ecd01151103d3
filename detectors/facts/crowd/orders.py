"""Who ordered what, and what came back: the orders of a room by account and by product."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import islice
from math import e as _E
from operator import le

from msgspec import Struct

from detectors.facts.crowd.account import Account
from detectors.stats.tails import binomial_tail

__all__ = ["MOST_ORDERS", "PURCHASE_MS", "Goods", "Placed", "note", "period", "returned_expected"]

#: Orders by one account that are told apart.
MOST_ORDERS = 8
#: Orders of one product by one account within this time are one purchase: sizes to try on, ms.
PURCHASE_MS = 180_000
#: How near a gap has to come to a period, as a share of the period.
NEAR = 0.08
#: The greatest of several gaps near one period, as a multiple of the least, and a little more.
_WIDE = (1 + NEAR) / (1 - NEAR) + 1e-9
#: Shortest period that is told from the grain of the times, ms.
SHORTEST_MS = 3_000


class Placed(Struct, array_like=True, gc=False):
    """An order."""

    order: str
    at: int
    account: int
    """Number of the buyer's account; −1: unknown."""
    sku: str
    returned: int = 0
    """When it was refunded or cancelled, ms; 0: it was not."""
    pieces: int = 1


class Goods(Struct, array_like=True):
    """One product: how many ordered it, and how many of them took it back within hours."""

    orders: int = 0
    quick: int = 0
    sold: int = -1
    """The sales counter as last shown; −1: it was not."""
    pieces: int = 0
    """Pieces that were ordered: an order that is shown as placed and as paid counts once."""


def returned_expected(buyers: list[int], share: float) -> float:
    """Accounts that return two orders or more by chance.

    Args:
        buyers: accounts by how many orders they placed.
        share: of orders that are returned in this room.
    """
    return sum(
        accounts * binomial_tail(2, orders, share)
        for orders, accounts in enumerate(buyers)
        if orders > 1 and accounts
    )


def period(gaps: list[int], beyond: float = 1.0) -> tuple[float, int, float]:
    """The period near which most gaps lie, ms; how many do; and the tail probability of so many.

    Robust against real orders in between, which the spread of all gaps is not: of a crowd that
    orders by chance (gaps of an exponential distribution) at most 2 `NEAR` / e of all gaps lie
    near any one period, whatever its mean. All periods that were tried are paid for. What cannot be as
    unlikely as `beyond` is not told apart: its probability is one.

    >>> found = period([5_000, 5_100, 900, 4_950, 12_000, 5_050, 4_900, 5_000, 300, 5_150])
    >>> found[1], found[2] < 1e-4
    (7, True)
    """
    ordered = sorted(gaps)
    size = len(ordered)
    if beyond < 1.0:
        # So many gaps near one period lie within these factors of each other.
        least = _least(size, beyond) - 1
        start = bisect_left(ordered, (1 - NEAR) * SHORTEST_MS)
        if not any(map(le, ordered[start + least :], [_WIDE * gap for gap in ordered[start:]])):
            return 0.0, 0, 1.0
    first = bisect_left(ordered, SHORTEST_MS)
    best, near, tried, low, high = 0, 0, 0, 0, first
    for candidate in islice(ordered, first, None):
        tried += 1
        while ordered[low] < (1 - NEAR) * candidate:
            low += 1
        while high < size and ordered[high] <= (1 + NEAR) * candidate:
            high += 1
        if high - low > near:
            best, near = candidate, high - low
    if not near:
        return 0.0, 0, 1.0
    return float(best), near, min(1.0, _chance(near, size) * tried)


@lru_cache(maxsize=4_096)
def _chance(near: int, gaps: int) -> float:
    """Probability that so many of the gaps of a crowd that orders by chance lie near one period."""
    return binomial_tail(near, gaps, 2 * NEAR / _E)


@lru_cache(maxsize=256)
def _least(gaps: int, beyond: float) -> int:
    """Gaps near one period from which on they are as unlikely as that."""
    return next((near for near in range(1, gaps + 1) if _chance(near, gaps) <= beyond), gaps + 1)


def note(account: Account, sku: str, buyers: list[int]) -> None:
    """Counts an order with its buyer."""
    many = account.orders
    if many < MOST_ORDERS:
        if many:
            buyers[many] -= 1
        buyers[many + 1] += 1
    account.orders = many + 1
    if sku not in account.skus:
        account.skus.append(sku)
        if len(account.skus) > MOST_ORDERS:
            del account.skus[0]
