"""How evenly numbers are spread: gaps like clockwork, counters that stand still."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

__all__ = ["gaps", "variation"]


def gaps(times: Sequence[int]) -> list[int]:
    """Distances between neighbouring times.

    >>> gaps([0, 9, 18, 30])
    [9, 9, 12]
    """
    return [later - earlier for earlier, later in pairwise(times)]


def variation(values: Sequence[float]) -> float | None:
    """Coefficient of variation, σ / mean (population); ``None``: no values, or a mean of 0.

    >>> variation([9, 9, 9]), variation([]), round(variation([5, 10, 15]), 3)
    (0.0, None, 0.408)
    """
    if not values:
        return None
    mean = sum(values) / len(values)
    if mean == 0:
        return None
    return sqrt(sum([(value - mean) ** 2 for value in values]) / len(values)) / mean
