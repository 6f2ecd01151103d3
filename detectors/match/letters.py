"""The letters of a text as the model of likeness reads them: their slots, and what logits mean."""

from __future__ import annotations

import math
from bisect import bisect_right

from detectors.match.fold import fold

__all__ = [
    "AFTER",
    "BEFORE",
    "ROOT_BITS",
    "SLOTS",
    "STEP_BITS",
    "TALK_AFTER",
    "TALK_BEFORE",
    "letters_around",
    "letters_of",
    "logit_of",
    "root_of",
    "scaled",
    "share_of",
    "slots_of",
]

#: The slots of letters and pairs: the greatest prime below 2²⁰.
SLOTS = 1_048_573

#: What the letters of a pair are multiplied with, modulo `SLOTS`.
_FIRST, _SECOND = 735_133, 284_717

#: `root_of` is in parts of 2^16, a step in parts of 2^24.
ROOT_BITS = 16

STEP_BITS = 24

#: Letters before and behind a claim that tell whether it is made, and in talk, where who refuses or tells
#: of others does so farther off.
BEFORE, AFTER = 30, 40
TALK_BEFORE, TALK_AFTER = 80, 110

#: Characters in which so many letters stand, marks and blanks among them.
_WITH_MARKS = 2

_DIGITS = str.maketrans("123456789", "000000000")

#: The least logit, in thousandths, of each share of 0.001 to 0.999.
_CURVE = [round(1000 * math.log(share / (1000 - share))) for share in range(1, 1000)]


def letters_of(text: str) -> str:
    """The letters of a folded text, all digits alike.

    >>> letters_of("喝 35 天,好了")
    '喝00天好了'
    """
    return "".join(filter(str.isalnum, text)).translate(_DIGITS)


def slots_of(letters: str) -> list[int]:
    """The slots of each letter, then of each pair of neighbours."""
    codes = list(map(ord, letters))
    singles = [code * _FIRST % SLOTS for code in codes]
    pairs = [
        (first + code * _SECOND) % SLOTS for first, code in zip(singles, codes[1:], strict=False)
    ]
    return singles + pairs


def root_of(length: int) -> int:
    """What the weights of a text with so many letters are scaled by, in parts of 2^16."""
    return math.isqrt((1 << 2 * ROOT_BITS) // max(2 * length - 1, 1))


def letters_around(
    before: str, after: str, ahead: int = BEFORE, behind: int = AFTER
) -> tuple[str, str]:
    """The letters of what is said before and behind a claim that tell whether it is made, so many at most."""
    return (
        letters_of(fold(before[-_WITH_MARKS * ahead :]).text)[-ahead:],
        letters_of(fold(after[: _WITH_MARKS * behind]).text)[:behind],
    )


def scaled(total: int, step: int, bias: int, letters: str) -> int:
    """The logit, in thousandths, of some letters whose weights come to a total."""
    return (total * step * root_of(len(letters)) >> ROOT_BITS + STEP_BITS) + bias


def logit_of(share: float) -> int:
    """The least logit, in thousandths, of a share between 0 and 1.

    >>> logit_of(0.5)
    0
    """
    return _CURVE[min(max(round(1000 * share), 1), 999) - 1]


def share_of(logit: int) -> float:
    """The share that belongs to a logit in thousandths, rounded down to thousandths."""
    return bisect_right(_CURVE, logit) / 1000
