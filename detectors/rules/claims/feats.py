"""Claims beyond belief: what one is, and how they are found in a text.

Where a figure decides, the expression has it in its group `n`, and what is still to be believed is
written beside it, with its source. Asked of texts in which a word of the pack's groups `sign` stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from detectors.alerts import Level
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.match.sought import Sought, standing
from detectors.rules.claims.memory import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.results import MODEST

__all__ = ["DOCUMENTED", "NUMERAL", "Feat", "Feats", "N", "X"]

NUMERAL = r"(?:\d[\d,]{0,12}(?:\.\d{1,12})?[万千百wk]?|[一二两三四五六七八九十百千万几]{1,12})"
#: The figure that decides.
N = rf"(?P<n>{NUMERAL})"
#: Whatever stands within a clause.
X = "[^,;。!?]"
#: What one may look up takes the claim out of the air.
DOCUMENTED = "报告|检测|实测|标准|gb/?t|编号|可查|能查"
_ABOUT = re.compile("[一二两三四五六七八九]{2}")
#: A yield that is raised, a cost that is cut by a smaller factor than this may be a good year.
_RAISED = 1.3


class Feat(NamedTuple):
    """A claim beyond belief."""

    pattern: re.Pattern[str]
    concept: str
    says: str
    level: Level = "watch"
    least: float | None = None
    """From what figure on it is beyond belief; ``None``: in itself."""
    classes: frozenset[Category | None] | None = None
    """Of what classes of goods it counts; ``None``: of all."""
    where: re.Pattern[str] | None = None
    """What must stand in the text, too."""
    unless: re.Pattern[str] | None = None
    """What in the text makes it another thing, or one that can be checked."""
    ungated: bool = False
    """Whether it is worded as a negation."""
    plain: bool = False
    """Whether a reserve (“大概”) leaves it what it is: what is disowned, what is admitted."""


class Feats:
    """Claims beyond belief that are looked for together."""

    def __init__(self, feats: Sequence[Feat]) -> None:
        self._sought = [(one, Sought(one.pattern)) for one in feats]
        self._bits = 0
        for _, sought in self._sought:
            self._bits |= sought.bit

    def may_stand_in(self, text: str) -> bool:
        """Is any worth looking for in a text, whatever the goods?"""
        worth = standing(text)
        return bool(worth & self._bits) and any(
            worth & sought.bit and sought.may_match(text) for _, sought in self._sought
        )

    def find(self, reading: Reading, category: Category | None) -> list[Claim]:
        """Those in a text about goods of a class."""
        text = reading.text
        claims: list[Claim] = []
        worth = standing(text)
        if not worth & self._bits:
            return claims
        for one, sought in self._sought:
            if not worth & sought.bit:
                continue
            if one.classes is not None and category not in one.classes:
                continue
            if one.where is not None and not one.where.search(text):
                continue
            match = next((found for found in sought.finditer(text) if _is_beyond(one, found)), None)
            if match is None or (one.unless is not None and one.unless.search(text)):
                continue
            if not one.plain and MODEST.search(reading.scope.clause_text(match.start())):
                continue
            words = match.group()
            claims.append(
                Claim(
                    concept=one.concept,
                    hits=[Hit(f"feat.{one.concept}", words, match.start(), match.end())],
                    level=one.level,
                    says=f"“{words}”，{one.says}",
                    missing=["当事人对该说法的依据（检测报告、证书、原始数据）"],
                    ungated=one.ungated,
                    admits=one.plain,
                )
            )
        return claims


def _is_beyond(feat: Feat, match: re.Match[str]) -> bool:
    """Is the figure one that cannot be believed?"""
    groups = match.groupdict()
    if "low" in groups:
        low = _value((match["low"], groups.get("low_too")))
        high = _value((match["high"], groups.get("high_too")))
        return low is not None and high is not None and high >= low * _RAISED
    if feat.least is None:
        return True
    value = _value(tuple(groups.values()))
    return value is not None and value >= feat.least


def _value(words: Collection[str | None]) -> float | None:
    """The figure of the first group that matched."""
    for one in words:
        if one is not None:
            if _ABOUT.fullmatch(one):
                one = one[0]  # “两三度”
            found = counts(one)
            return found[0].value if found else None
    return None
