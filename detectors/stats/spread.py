"""How evenly numbers are spread: gaps like clockwork, counters that stand still."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from operator import mul

__all__ = ["gaps", "variation"]


def gaps(times: Sequence[int]) -> list[int]:
    """Distances between neighbouring times.

    >>> gaps([0, 9, 18, 30])
    [9, 9, 12]
    """
    return [later - earlier for earlier, later in pairwise(times)]


def variation(values: Sequence[int]) -> float | None:
    """Coefficient of variation, σ / mean (population); ``None``: no values, or a mean of 0.

    >>> variation([9, 9, 9]), variation([]), round(variation([5, 10, 15]), 3)
    (0.0, None, 0.408)
    """
    if not values:
        return None
    total = sum(values)
    if total == 0:
        return None
    # Of whole numbers the sum of squares is exact, so nothing is lost in the difference.
    return sqrt(len(values) * sum(map(mul, values, values)) - total * total) / total
