"""What ordinary text looks like: words of two characters, characters that stand alone, rare ones.

A disguise that is an innocent word of its own is none; a character that is no word where it
stands is a sign of one.
"""

from __future__ import annotations

import re

from detectors.match.tables import (
    ALONE,
    COMMON,
    FAMILIAR,
    FREQUENT,
    HERBS,
    IMITATED,
    PAIRS,
    TRADE,
    USED_ALONE,
)

__all__ = [
    "FAMILIAR_WORDS",
    "FREQUENT_CHARACTERS",
    "RARE",
    "familiarity",
    "is_alone",
    "is_covered",
    "is_han",
    "is_rare",
    "is_stray",
    "is_word",
]


def _seconds() -> dict[str, str]:
    seconds: dict[str, str] = {}
    trade = TRADE + HERBS + IMITATED
    pairs = (trade[index : index + 2] for index in range(0, len(trade), 2))
    for entry in (*PAIRS.split(), *pairs):
        seconds[entry[0]] = seconds.get(entry[0], "") + entry[1:]
    return seconds


def _but(common: str) -> re.Pattern[str]:
    """Any Chinese character but some."""
    first = "\u3400"
    ranges = []
    for character in (*sorted(one for one in set(common) if "\u3400" <= one <= "\u9fff"), "\ua000"):
        if first < character:
            ranges.append(f"{first}-{chr(ord(character) - 1)}")
        first = chr(ord(character) + 1)
    return re.compile(f"[{''.join(ranges)}]")


#: Words of two characters, and such as often stand side by side: by the first, all seconds. A set of
#: the pairs would be thirty times as large.
_SECONDS = _seconds()
FAMILIAR_WORDS = frozenset(FAMILIAR[index : index + 2] for index in range(0, len(FAMILIAR), 2))
_ALONE = frozenset(ALONE + USED_ALONE)
FREQUENT_CHARACTERS = frozenset(FREQUENT)
#: Characters that few texts have: one look tells that a text needs no closer one. An expression: a set
#: of 24,000 takes 3 MB.
RARE = _but(COMMON)


def is_han(character: str) -> bool:
    """Is it a Chinese character?"""
    return "\u4e00" <= character <= "\u9fff"


def is_word(pair: str) -> bool:
    """Are these two characters a common word, or often side by side?"""
    return len(pair) == 2 and pair[1] in _SECONDS.get(pair[0], "")


def familiarity(word: str) -> int:
    """How familiar a word is: how many of its pairs are common, and familiar words count twice."""
    pairs = [word[index : index + 2] for index in range(len(word) - 1)]
    return sum(is_word(pair) + (pair in FAMILIAR_WORDS) for pair in pairs)


def is_rare(character: str) -> bool:
    """Is this character none of the 3,755 most used ones (the first level of GB 2312)?"""
    code = character.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


def is_alone(character: str) -> bool:
    """Is this character often a word by itself?"""
    return character in _ALONE


def is_covered(text: str, place: int) -> bool:
    """Is the character at a place part of a common word there?"""
    character = text[place]
    return (place > 0 and character in _SECONDS.get(text[place - 1], "")) or (
        place + 1 < len(text) and text[place + 1] in _SECONDS.get(character, "")
    )


def is_stray(text: str, place: int) -> bool:
    """Is the character at a place no word, neither with a neighbour nor alone?"""
    return text[place] not in _ALONE and not is_covered(text, place)
