"""How a chat line is meant, and what a line of the platform says, as the crowd's book is told of them."""

from __future__ import annotations

__all__ = ["ASKS", "BUYS", "LOOKS", "MOOD", "PLAIN", "PRAISE", "TELLS", "plain"]

#: Above the two bits that say so stands one more than the number of words of praise that the line has;
#: nought: it does not tell (`facts.crowd.mixture`), as questions and notices do not.
PLAIN, PRAISE, ASKS = range(3)
MOOD = 3
#: What a line of the platform says: somebody buys, or goes to; somebody looks at what is sold (the book
#: counts such lines); something that a rule is asked about.
BUYS, LOOKS, TELLS = 1, 2, 4


def plain(text: str) -> int:
    """The tone of a line where no rule says how lines are meant."""
    return PLAIN | 1 << 2
