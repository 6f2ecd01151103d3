"""Is this the same claim in other words?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from detectors.match.fold import fold
from detectors.match.letters import letters_of
from detectors.match.phrasing import phrasing
from detectors.match.tables import EMPTY

__all__ = ["NEAR", "is_copied", "same_claim", "slots"]

#: Shorter texts are alike by chance.
SHORTEST = 8
#: Two lines are nearly the same from end to end at this ratio of their letters, of 100.
NEAR = 80.0
_NUMBER = phrasing("figures", "set-apart")
_MARKS = re.compile(rf"[^\w\u4e00-\u9fff]+|[{EMPTY}]")


def slots(text: str) -> tuple[str, tuple[str, ...]]:
    """A claim without marks and particles, its numbers masked, and those numbers."""
    numbers = tuple(_NUMBER.findall(text))
    return _MARKS.sub("", _NUMBER.sub("#", text)), numbers


def is_copied(text: str, other: str) -> bool:
    """Are two lines so long and so much the same that one is copied from the other, a few letters apart?

    >>> is_copied("不是羽绒马甲买不起，是空气锅更有性价比", "不是羽绒马甲买不起是空气锅更更有性价比")
    True
    >>> is_copied("假货！", "假货")
    False
    """
    one, two = (letters_of(fold(line).text) for line in (text, other))
    return min(len(one), len(two)) >= SHORTEST and fuzz.ratio(one, two) >= NEAR


def same_claim(text: str, known: Mapping[str, str], threshold: float) -> str | None:
    """The key of the known claim that a text repeats in other words; ``None``: it is new.

    Only claims that share a rare pair of characters are compared, and only those with the same
    numbers are the same claim: 99 元 is not 199 元.
    """
    shape, numbers = slots(text)
    if len(shape) < SHORTEST:
        return None
    shapes: dict[str, str] = {}
    common: dict[str, int] = {}
    for key, other in known.items():
        other_shape, other_numbers = slots(other)
        if other_numbers == numbers:
            shapes[key] = other_shape
            for pair in set(_pairs(other_shape)):
                common[pair] = common.get(pair, 0) + 1
    rare = sorted((pair for pair in dict.fromkeys(_pairs(shape)) if pair in common),
                  key=lambda pair: (common[pair], pair))[:6]  # fmt: skip
    candidates = {
        key: other for key, other in shapes.items() if any(pair in other for pair in rare)
    }
    best = process.extractOne(
        shape, candidates, scorer=fuzz.ratio, processor=None, score_cutoff=threshold
    )
    return str(best[2]) if best is not None else None


def _pairs(text: str) -> list[str]:
    return [text[index : index + 2] for index in range(len(text) - 1)]
