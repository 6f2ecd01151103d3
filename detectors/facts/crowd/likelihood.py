"""How much likelier it is that a hired account writes what an account wrote than one of this room.

The shares of the kinds of an account's lines scatter around those of the room, or around those of a sort
of hired accounts (Dirichlet-multinomial). The ratio of both is the account's likelihood ratio; that of a
crowd of which a share ε is hired is Π (1 − ε + ε · LRᵢ).
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from functools import lru_cache
from math import exp, log, log1p
from operator import mul

from detectors.facts.crowd.kinds import LONG_LINES, MOST, unpacked

__all__ = ["HIRED", "LEAST_CROWD", "UNUSUAL", "Terms", "in_common"]

#: How much the shares of one ordinary account agree with the room's, and of hired ones with theirs:
#: sums of the parameters of their Dirichlet distributions.
AGREEMENT, AGREEMENT_HIRED = 15.0, 8.0
#: Sorts of hired accounts: shares of the kinds. Writers of sentences and of short lines, each also
#: with ordinary lines in between.
SORTS = (
    (0.20, 0.1925, 0.154, 0.03, 0.154, 0.2695),
    (0.50, 0.1175, 0.094, 0.03, 0.094, 0.1645),
    (0.25, 0.025, 0.02, 0.65, 0.02, 0.035),
    (0.50, 0.02, 0.016, 0.42, 0.016, 0.028),
)
#: Shares of the accounts that may be hired. Of those who write within some minutes it may be a third.
HIRED = (0.02, 0.08, 0.3)
#: The greatest logarithm of one account's likelihood ratio.
CAP = 8.0
#: An account is unusual from this logarithm of its ratio on.
UNUSUAL = 1.5
#: Accounts that count no more than the next one, however unusual they are; so many have to be unusual.
SPARED, LEAST_CROWD = 2, 3
#: How much the count of long lines of a quarter of an hour scatters between windows and rooms beyond a Poisson
#: count: its variance is m + `SCATTER` · m².
SCATTER = 0.15
_MANY = len(HIRED)
#: What sparing accounts adds at most: of those that speak against it.
_SPARED_MOST = 1e-9 - SPARED * log1p(-HIRED[-1])


def _rising(shares: tuple[float, ...], agreement: float) -> tuple[list[list[float]], list[float]]:
    """ln Γ(α + k) − ln Γ(α) for each kind and k, and the same of the sum of all α."""
    rows = []
    for alpha in (*(max(0.02, agreement * share) for share in shares), agreement):
        row = [0.0]
        for lines in range(MOST + 2):
            row.append(row[-1] + log(alpha + lines))
        rows.append(row)
    return rows[:-1], rows[-1]


_HIRED_RISING = [_rising(sort, AGREEMENT_HIRED) for sort in SORTS]


class Terms:
    """Terms of an account by its cell, where the kinds have these shares."""

    __slots__ = ("_by_cell", "_rows")

    def __init__(self, shares: tuple[float, ...]) -> None:
        self._rows = _differences(shares)
        #: Each room has terms of its own, so their numbers are packed: a third of what tuples take.
        self._by_cell: dict[int, tuple[float, array[float], array[float]]] = {}

    @property
    def count(self) -> int:
        """Cells whose terms are at hand."""
        return len(self._by_cell)

    def weight(self, cell: int) -> float:
        """ln LR of the sort of hired accounts that fits best."""
        return (self._by_cell.get(cell) or self._of(cell))[0]

    def crowd(self, cells: Mapping[int, int]) -> tuple[float, float]:
        """ln of Π (1 − ε + ε · LRᵢ), of the sort and share ε that fit best; and that share.

        The `SPARED` most unusual accounts count no more than the next one.

        Args:
            cells: what accounts wrote, to how many did.
        """
        known = self._by_cell
        found = [(known.get(cell) or self._of(cell), many) for cell, many in cells.items()]
        if sum([many for (weight, _, _), many in found if weight > UNUSUAL]) < LEAST_CROWD:
            return 0.0, HIRED[0]
        accounts_of = list(cells.values())
        sums = [
            sum(map(mul, accounts_of, parts))
            for parts in zip(*[parts for (_, _, parts), _ in found], strict=True)
        ]
        best, fits = 0.0, HIRED[0]
        for sort in range(len(SORTS)):
            rest = sums[sort * _MANY : (sort + 1) * _MANY]
            if max(rest) + _SPARED_MOST <= best:
                continue
            left = SPARED
            for (_, _, parts), accounts in sorted(found, key=lambda one: -one[0][1][sort]):
                few = min(left, accounts)
                left -= few
                # Those who count no more than the next one does count as often as that one.
                again = SPARED if few < accounts else 0
                for share in range(_MANY):
                    part = parts[sort * _MANY + share]
                    rest[share] += again * max(0.0, part) - few * part
                if again:
                    break
            for hired, total in zip(HIRED, rest, strict=True):
                if total > best:
                    best, fits = total, hired
        return best, fits

    def _of(self, cell: int) -> tuple[float, array[float], array[float]]:
        """The greatest ln LR; ln LR for each sort; ln(1 − ε + ε·LR) for each sort and share ε."""
        a, b, c, d, e, f = unpacked(cell)
        telling = b + c + d + e + f
        lines = a + telling
        # Ordinary lines speak for nobody's being hired, however few of them the room is taken to write:
        # what is usual of the other kinds is a high estimate, and the rest of it is what is left.
        ratios = [
            min(
                CAP,
                min(0.0, rest[a] - whole[lines] + whole[telling]) - whole[telling]
                + long[b] + alike[c] + short[d] + praise[e] + strong[f],
            )
            for (rest, long, alike, short, praise, strong), whole in self._rows
        ]  # fmt: skip
        more = [exp(ratio) - 1 for ratio in ratios]
        parts = array("d", [log1p(share * one) for one in more for share in HIRED])
        known = self._by_cell[cell] = max(ratios), array("d", ratios), parts
        return known


@lru_cache(maxsize=64)
def _differences(shares: tuple[float, ...]) -> list[tuple[list[array[float]], array[float]]]:
    """What of a likelihood ratio each count of a kind, and of all kinds, comes to, for each sort.

    Every room begins with the usual shares, so they are worked out once.
    """
    usual, whole = _rising(shares, AGREEMENT)
    rows, wholes = [], []
    for hired, of_all in _HIRED_RISING:
        rows.append([array("d", (one - other for one, other in zip(row, known, strict=True))) for row, known in zip(hired, usual, strict=True)])  # fmt: skip
        wholes.append(array("d", (one - other for one, other in zip(of_all, whole, strict=True))))
    return list(zip(rows, wholes, strict=True))


def in_common(cells: Mapping[int, int], shares: tuple[float, ...]) -> float:
    """ln of what is gained where everybody wrote more long lines than usual, and nobody is hired.

    How much of a window is long lines differs from window to window, so a rate f times the usual one,
    the same for all, is a priori as likely as a gamma distribution of variance `SCATTER` has it (their
    counts are negative binomial then). What the best f gains is no evidence of a crew. A crew of few gains
    little by it: its lines are many of theirs, and few of all.

    Args:
        cells: what accounts wrote, to how many did.
    """
    found = whole = 0
    for cell, many in cells.items():
        lines = unpacked(cell)
        whole += many * sum(lines)
        found += many * sum(lines[kind] for kind in LONG_LINES)
    usual = whole * sum(shares[kind] for kind in LONG_LINES)
    shape = 1 / SCATTER
    times = (found + shape - 1) / (usual + shape)
    if times <= 1:
        return 0.0
    return max(0.0, (found + shape - 1) * log(times) - (times - 1) * (usual + shape))
