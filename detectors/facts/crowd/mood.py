"""How a chat line is meant, as the crowd's book is told of it."""

from __future__ import annotations

__all__ = ["ASKS", "MOOD", "PLAIN", "PRAISE", "plain"]

#: Above the two bits that say so stands one more than the number of words of praise that the line has;
#: nought: it does not tell (`facts.crowd.mixture`), as questions and notices do not.
PLAIN, PRAISE, ASKS = range(3)
MOOD = 3


def plain(text: str) -> int:
    """The tone of a line where no rule says how lines are meant."""
    return PLAIN | 1 << 2
