"""Functions ascribed to goods: a part or force of the body, and what is said to be done to it.

“调理脾胃”, “净化血液”, “毒素排出来”: found by composition, as healing is. The rules about health
share it; whether it is lawful depends on the class of the product.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rules.claims.reading import Reading

__all__ = ["FUNCTION_KINDS", "Function", "functions", "is_terse"]

#: Kinds of groups that a function may begin from.
FUNCTION_KINDS = frozenset({"part"})
#: What a cushion, a lamp or a doctor does about a part of the body: nothing is healed.
_ASIDE = re.compile(
    "环境|压力|负担|支撑|检查|体检|疾病险|保险|门诊|医院|医生|大夫|穴位图|模型|结构|知识|科普|课程|书|枕芯|拉链|皮肤状态"
)
#: Liver and lungs that are eaten.
_MEAT = re.compile("[猪鸡牛羊鸭鹅鱼鲜卤炒]$")
#: Characters of a text that may be a mere list of functions.
_TERSE = 20


class Function(NamedTuple):
    """A function: its concept, its words, and whether it heals more than it keeps."""

    concept: str
    hits: list[Hit]
    heals: bool
    says: str


def functions(reading: Reading) -> list[Function]:
    """The functions that a text composes, those that heal first."""
    found = []
    for kind, before, after in (("mend", 6, 8), ("keep", 4, 2)):
        for pair in reading.pairs(
            reading.kind("part"), reading.kind(kind), before=before, after=after
        ):
            low, high = reading.scope.clause(pair.start)
            if _ASIDE.search(reading.text[low : max(high, pair.end)]):
                continue
            if len(pair.first.term) == 1 and _MEAT.search(reading.text[: pair.first.start]):
                continue
            if len(pair.second.term) == 1 and pair.second.end != pair.first.start:
                # A single character is the verb only where it has this object: 养胃黏膜.
                continue
            concept = pair.first.group.partition(".")[2]
            words = reading.text[pair.start : pair.end]
            found.append(Function(concept, list(pair), kind == "mend", words))
    return found


def is_terse(reading: Reading, hits: list[Hit]) -> bool:
    """Is the text little more than these words, as on a label, in a list or a notice?"""
    signs = sum(character.isalnum() for character in reading.text)
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    return signs <= _TERSE and 2 * len(covered) >= signs
