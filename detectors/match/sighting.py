"""A word that a text spells in disguise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

__all__ = ["BESIDE", "Form", "Near", "Sighting", "around", "is_hidden", "is_near"]

Form = Literal[
    "plain", "shape", "split", "picture", "initial", "masked", "doubled", "apart",
    "numeral", "pinyin", "sound", "echo", "context",
]  # fmt: skip
"""How a word was spelled: as it is; in characters that look alike; in parts; in pictures; with a
first letter; with a character masked or said twice; with clause marks inside; with a figure for a
numeral; in pinyin; in characters that sound alike, of which an `echo` may be chance; in any of these
ways, read by what stands around (`detectors.match.decipher`)."""

#: Characters on each side of what is hidden, or looks so, in which more is looked for: who hides one word hides
#: others beside it.
BESIDE = 16

Near = tuple[int, int] | None
"""The half-open range of a folded text in which it is looked for what is hidden; ``None``: all of it."""


class Sighting(NamedTuple):
    """Half-open offsets in the folded text."""

    term: str
    form: Form
    start: int
    end: int
    cuts: tuple[int, ...] = ()
    """Where, inside, the spelling of one character ends and that of the next begins, if known."""

    def moved(self, by: int) -> Sighting:
        """The same in a text in which that of the sighting begins so many characters on."""
        term, form, start, end, cuts = self
        return Sighting(term, form, start + by, end + by, tuple([cut + by for cut in cuts]))


def is_hidden(one: Sighting) -> bool:
    """Does the text spell the word otherwise than it is, and not by chance?"""
    if one.form == "plain":
        return one.end - one.start != len(one.term)
    return one.form not in ("echo", "numeral")


def is_near(start: int, end: int, near: Near) -> bool:
    """Does something of a half-open range stand where it is looked for what is hidden?"""
    return near is None or (start < near[1] and near[0] < end)


def around(places: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The parts of a text in which some ranges of it stand with what is `BESIDE` them, in order.

    >>> around([(30, 32), (50, 52), (90, 92)], 99)
    [(14, 68), (74, 99)]
    """
    parts: list[tuple[int, int]] = []
    for start, end in sorted(places):
        low, high = max(0, start - BESIDE), min(length, end + BESIDE)
        if parts and low <= parts[-1][1]:
            parts[-1] = parts[-1][0], max(high, parts[-1][1])
        else:
            parts.append((low, high))
    return parts
