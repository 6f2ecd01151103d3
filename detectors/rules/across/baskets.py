"""Accounts that order in two rooms of an operator on one evening, and several products in them.

Regulars follow a shop into its other rooms, and some buyers fill a basket. Both at once, by the same
accounts on the same evening, is what an order ring does that has to sell every product of every room.
How often it happens otherwise follows from the two rooms: so many of the smaller crowd are regulars
of both, and each goes on to a second product, and from the second to a third, as often as that room's
*other* buyers do, or, being fond of the shop, a few times as often (so products are a geometric
count). The accounts that are held against this are left out of those rates, or a ring would be its own
measure; in a trade in which everybody fills baskets they say nothing. All pairs of rooms that could
have been looked at are paid for (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct

from detectors.calendar import HOUR_MS
from detectors.rules.across.handover import Broadcast
from detectors.stats.tails import poisson_tail

__all__ = ["BUY", "EVENING_MS", "FILLED", "MORE", "SEVERAL", "Baskets", "filled_again"]

#: Kinds of batches: accounts that ordered, a second product, a third one.
BUY, SEVERAL, MORE = "buy", "several", "more"
FILLED = (BUY, SEVERAL, MORE)
#: Orders within this time are of one evening, ms.
EVENING_MS = 4 * HOUR_MS
#: Products in both rooms together, at least: two more than one in each.
PRODUCTS = 4
#: Accounts that do so by chance, whatever the rooms; buyers that a room's rate is estimated beside.
BASE, PRIOR = 0.2, 10
#: The greatest share of regulars that is taken to go on to a further product.
MOST = 0.5


class Baskets(Struct):
    """Accounts that order several products in two rooms, and how many would without an arrangement."""

    names: list[str]
    expected: float
    tail: float
    """Probability of so many by chance, for all pairs of rooms."""


class _Bought(Struct):
    """What an account ordered in a room."""

    times: list[int]
    """When its first, second and third product."""
    buyers: int = 0
    """Accounts of that broadcast that had ordered by then, …"""
    several: int = 0
    """… and such as had ordered several products."""


def filled_again(
    shown: Sequence[Broadcast], *, regulars: float, usual: float, fond: float, least: int,
    tail: float,
) -> Baskets | None:  # fmt: skip
    """The most unusual set of such accounts; ``None``: ordinary buyers explain them all.

    More broadcasts only add: of each pair of rooms the sets as they grew are looked at.

    Args:
        regulars: share of the smaller crowd that buys in both rooms.
        usual: share of a room's buyers with several products, at least.
        fond: how many times as often those go on to a further product who buy in both rooms.
        least: accounts at least.
        tail: how unlikely their number has to be.
    """
    pairs = list(combinations(_by_room(shown).values(), 2))
    best: Baskets | None = None
    for first, second in pairs:
        both = sorted(
            (at, name)
            for name in first.keys() & second.keys()
            if (at := _since(first[name].times, second[name].times)) is not None
        )
        for many in range(least, len(both) + 1):
            here, there = first[both[many - 1][1]], second[both[many - 1][1]]
            expected = BASE + (1 + regulars * min(here.buyers, there.buyers)) * _chance(
                _share(here, many, usual, fond), _share(there, many, usual, fond)
            )
            chance = poisson_tail(many, expected) * len(pairs)
            if chance <= tail and (best is None or chance < best.tail):
                best = Baskets([name for _, name in both[:many]], expected, chance)
    return best


def _by_room(shown: Sequence[Broadcast]) -> dict[str, dict[str, _Bought]]:
    rooms: dict[str, dict[str, _Bought]] = {}
    for one in shown:
        for at, batch in one.batches:
            if batch.kind not in FILLED:
                continue
            room = rooms.setdefault(one.room, {})
            for entry in batch.entries:
                bought = room.setdefault(entry.name, _Bought([]))
                bought.times.append(at - entry.at)
                buyers, several = batch.size, batch.of
                if batch.kind != BUY:
                    # A third product's batch does not say how many had a second: an earlier one does.
                    buyers, several = several, buyers if batch.kind == SEVERAL else 0
                bought.buyers = max(bought.buyers, buyers)
                bought.several = max(bought.several, several)
    return rooms


def _since(first: list[int], second: list[int]) -> int | None:
    """When an account had ordered so many products in both rooms, ms; ``None``: not in one evening."""
    times = sorted([*first, *second])
    if len(times) < PRODUCTS:
        return None
    at = max(times[PRODUCTS - 1], min(first), min(second))
    return at if at - times[0] <= EVENING_MS else None


def _share(bought: _Bought, many: int, usual: float, fond: float) -> float:
    """How often a regular of both rooms goes on to a further product in this one, at most."""
    others = max(0, bought.buyers - many)
    own = (max(0, bought.several - many) + usual * PRIOR) / (others + PRIOR)
    return min(MOST, fond * max(usual, own))


def _chance(here: float, there: float) -> float:
    """Probability of two further products and more, in both rooms together.

    >>> round(_chance(0.1, 0.1), 3)
    0.028
    """
    return 1 - (1 - here) * (1 - there) * (1 + here + there)
