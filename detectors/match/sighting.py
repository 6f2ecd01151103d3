"""A word that a text spells in disguise."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Form", "Sighting", "is_hidden"]

Form = Literal[
    "plain", "shape", "split", "picture", "initial", "masked", "doubled", "apart",
    "numeral", "pinyin", "sound", "echo", "context",
]  # fmt: skip
"""How a word was spelled: as it is; in characters that look alike; in parts; in pictures; with a
first letter; with a character masked or said twice; with clause marks inside; with a figure for a
numeral; in pinyin; in characters that sound alike, of which an `echo` may be chance; in any of these
ways, read by what stands around (`detectors.match.decipher`)."""


class Sighting(NamedTuple):
    """Half-open offsets in the folded text."""

    term: str
    form: Form
    start: int
    end: int
    cuts: tuple[int, ...] = ()
    """Where, inside, the spelling of one character ends and that of the next begins, if known."""


def is_hidden(one: Sighting) -> bool:
    """Does the text spell the word otherwise than it is, and not by chance?"""
    if one.form == "plain":
        return one.end - one.start != len(one.term)
    return one.form not in ("echo", "numeral")
