"""How much of what waits is evaluated, and made durable, at one go.

A long text may take seconds to read. So that what was read is committed, that others get their
turn in between, and that the end of a process waits for no more than one of a kind, a batch of
many of them is taken in portions; both runtimes ask here.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["LONG_BYTES", "MOST_LONG_BYTES", "portion"]

#: Bytes of an ordinary event; and how many more the long ones of one portion have together at most.
LONG_BYTES, MOST_LONG_BYTES = 4_000, 40_000


def portion(lengths: Sequence[int]) -> int:
    """How many of some records, from the first on, go together; one at least, where there is any.

    Args:
        lengths: of the records, bytes.

    >>> portion([300] * 2_000), portion([300, 60_000, 60_000]), portion([60_000, 300, 300])
    (2000, 1, 3)
    """
    long = 0
    for count, length in enumerate(lengths):
        excess = max(0, length - LONG_BYTES)
        long += excess
        if count and excess and long > MOST_LONG_BYTES:
            return count
    return len(lengths)
