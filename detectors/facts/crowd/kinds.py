"""Kinds of lines, and how many of each an account wrote, as one number."""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "BITS",
    "COUNTS",
    "KINDS",
    "LONG",
    "LONG_ALIKE",
    "LONG_LINES",
    "MASK",
    "MOST",
    "PRAISE",
    "REST",
    "SENTENCES",
    "SHORT",
    "STEPS",
    "STRONG",
    "kind_of",
    "unpacked",
]

#: Kinds of lines. All but the first *tell*: they are what hired accounts are hired for.
REST, LONG, LONG_ALIKE, SHORT, PRAISE, STRONG = range(6)
KINDS = 6
#: Long lines of praise, or like others': what a crew writes, and what many write at once of a product that
#: they have at home.
SENTENCES = (LONG_ALIKE, PRAISE, STRONG)
LONG_LINES = (LONG, *SENTENCES)
#: Lines of an account that count, so that each kind has five bits of the account's number (and two more:
#: lines that did not count at first).
MOST = 15
BITS = 5
MASK = (1 << BITS) - 1
#: The counts of an account without its marks; what a line of each kind adds.
COUNTS = (1 << BITS * KINDS) - 1
STEPS = tuple(1 << BITS * kind for kind in range(KINDS))


def kind_of(long: bool, praise: int, alike: bool) -> int:
    """The kind of a line.

    Args:
        praise: how many words of praise it has.
        alike: does it share a run of letters with another account's line?
    """
    if not long:
        return SHORT if praise else REST
    if praise > 1 or (praise and alike):
        return STRONG
    if praise:
        return PRAISE
    return LONG_ALIKE if alike else LONG


@lru_cache(maxsize=16_384)
def unpacked(cell: int) -> tuple[int, ...]:
    """Lines by kind."""
    return tuple(cell >> BITS * kind & MASK for kind in range(KINDS))
