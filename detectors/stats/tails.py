"""How unusual a count is: tail probabilities, and several of them put together."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log, log10

__all__ = [
    "binomial_tail",
    "combined",
    "negative_binomial",
    "negative_binomial_tail",
    "poisson_tail",
    "surprise",
]

#: The least probability that is told apart: beyond it a model of a crowd says nothing any more.
LEAST = 1e-12
#: Covariance of two terms −2 ln p for tests whose normal scores correlate by ρ: Kost and McDermott
#: (2002), 3.263 ρ + 0.710 ρ² + 0.027 ρ³.
_COVARIANCE = (3.263, 0.710, 0.027)


def poisson_tail(count: int, mean: float) -> float:
    """Probability that a Poisson count with this mean is at least `count`.

    >>> round(poisson_tail(3, 1.0), 4), poisson_tail(0, 5.0)
    (0.0803, 1.0)
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return LEAST
    if count <= mean:
        # The bulk lies above: one less what lies below, from the greatest down.
        below, index = 0.0, count - 1
        term = exp(index * log(mean) - mean - lgamma(count))
        while index >= 0 and term > below * 1e-9:
            below += term
            term *= index / mean
            index -= 1
        return max(LEAST, min(1.0, 1.0 - below))
    term = exp(count * log(mean) - mean - lgamma(count + 1))
    total, index = 0.0, count
    while term > total * 1e-9 and index < count + 400:
        total += term
        index += 1
        term *= mean / index
    return max(LEAST, min(1.0, total))


def binomial_tail(count: int, trials: int, share: float) -> float:
    """Probability of at least `count` successes in so many trials.

    >>> round(binomial_tail(8, 10, 0.5), 4), binomial_tail(0, 10, 0.5)
    (0.0547, 1.0)
    """
    if count <= 0:
        return 1.0
    if share <= 0:
        return LEAST
    if share >= 1 or count > trials:
        return 1.0 if count <= trials else LEAST
    odds = share / (1 - share)
    logarithm = (
        lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
        + count * log(share) + (trials - count) * log(1 - share)
    )  # fmt: skip
    term, total = exp(logarithm), 0.0
    for index in range(count, trials + 1):
        total += term
        if term < total * 1e-9 and index > trials * share:
            break
        term *= (trials - index) / (index + 1) * odds
    return max(LEAST, min(1.0, total))


def negative_binomial(count: int, mean: float, dispersion: float) -> float:
    """ln of the probability of a count with variance m + `dispersion` · m².

    A Poisson count whose mean is itself spread (a gamma distribution, coefficient of variation
    √`dispersion`) from one case to another: Greenwood and Yule 1920.

    >>> round(negative_binomial(0, 1.0, 1.0), 4)  # geometric: one half
    -0.6931
    """
    shape = 1 / dispersion
    return (
        lgamma(count + shape) - lgamma(shape) - lgamma(count + 1)
        + shape * log(shape / (shape + mean)) + count * log(mean / (shape + mean))
    )  # fmt: skip


def negative_binomial_tail(count: int, mean: float, dispersion: float) -> float:
    """Probability of at least such a count with variance m + `dispersion` · m².

    >>> round(negative_binomial_tail(3, 1.0, 1.0), 4), negative_binomial_tail(0, 5.0, 0.1)
    (0.125, 1.0)
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return LEAST
    shape = 1 / dispersion
    ratio = mean / (shape + mean)
    total, index = 0.0, count
    if count <= mean:
        # The bulk lies above: one less what lies below, from the greatest down.
        index -= 1
        term = exp(negative_binomial(index, mean, dispersion))
        while index >= 0 and term > total * 1e-9:
            total += term
            term *= index / ((index - 1 + shape) * ratio)
            index -= 1
        return max(LEAST, min(1.0, 1.0 - total))
    term = exp(negative_binomial(count, mean, dispersion))
    while term > total * 1e-9:
        total += term
        term *= (index + shape) / (index + 1) * ratio
        index += 1
    return max(LEAST, min(1.0, total))


def combined(tails: Iterable[float], correlation: float = 0.0) -> float:
    """The tail probability of several together: Fisher's method, as Brown (1975) makes it hold for
    tests that depend on each other, with the covariances of Kost and McDermott (2002).

    Args:
        correlation: of the tests' normal scores, each with each; 0: they are independent.

    >>> round(combined([0.01, 0.02]), 5), combined([0.01])
    (0.0019, 0.01)
    >>> combined([0.01, 0.02], correlation=0.3) > combined([0.01, 0.02])
    True
    """
    found = [min(1.0, max(LEAST, tail)) for tail in tails]
    count = len(found)
    if count < 2:
        return found[0] if found else 1.0
    covariance = sum(
        factor * correlation**power for power, factor in enumerate(_COVARIANCE, start=1)
    )
    mean, variance = 2.0 * count, 4.0 * count + count * (count - 1) * covariance
    scale = variance / (2 * mean)
    freedom = 2 * mean * mean / variance
    return _chi_square_tail(-2 * sum(map(log, found)) / scale, freedom)


def _chi_square_tail(value: float, freedom: float) -> float:
    """By the recurrence from an even number of degrees, between two of them in the logarithm."""
    low = max(2, 2 * int(freedom // 2))
    first = _even_chi_square_tail(value, low)
    if freedom - low < 1e-9:
        return first
    second = _even_chi_square_tail(value, low + 2)
    share = (freedom - low) / 2
    return max(LEAST, exp((1 - share) * log(first) + share * log(second)))


def _even_chi_square_tail(value: float, freedom: int) -> float:
    term = total = exp(-value / 2)
    for index in range(1, freedom // 2):
        term *= value / 2 / index
        total += term
    return max(LEAST, min(1.0, total))


def surprise(tail: float) -> float:
    """A tail probability as a number that grows: 3.0 is one in a thousand.

    >>> surprise(0.001)
    3.0
    """
    return round(-log10(max(LEAST, tail)), 1)
