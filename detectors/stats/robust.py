"""Robust centre and spread: a few wild values move neither the median nor the MAD."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["median", "median_absolute_deviation", "robust_z"]

#: Makes the MAD of normal data its standard deviation: 1 / Φ⁻¹(3/4).
CONSISTENCY = 1.4826


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, the mean of the two in the middle.

    >>> median([3.0, 1.0, 100.0])
    3.0

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def median_absolute_deviation(values: Sequence[float]) -> float:
    """Median distance from the median (MAD), not scaled.

    >>> median_absolute_deviation([1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0])
    1.0
    """
    centre = median(values)
    return median([abs(value - centre) for value in values])


def robust_z(value: float, sample: Sequence[float], *, floor: float) -> float:
    """How many robust standard deviations `value` lies from the median of `sample`.

    `floor` bounds the deviation from below: a price that never moved before has no spread, and
    its first change would be infinitely far away. An empty sample counts as centred on zero.

    >>> round(robust_z(2.3, [0.1, -0.1, 0.1, -0.1], floor=0.1), 2)
    15.51
    """
    if not sample:
        return value / floor
    spread = max(CONSISTENCY * median_absolute_deviation(sample), floor)
    return (value - median(sample)) / spread
