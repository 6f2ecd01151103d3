"""Rules that consist of words: some that must be said, some that must stand near, some that exempt.

The gates are those of the claim rules: who speaks, negation, quotation, recognition, repetition.
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.alerts import Exemption, unmet
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.pack.words import WordsExemption
from detectors.rule import Context, RuleSpec, kind
from detectors.rules.claims.claim import CATEGORY_NAMES, Claim, ClaimRule
from detectors.rules.claims.reading import Reading

__all__ = ["WordsRule"]


@kind("words")
class WordsRule(ClaimRule):
    """What `words` of the pack entry says. It remembers claims as the claim rules do."""

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        if spec.words is None:
            raise KeyError("words")
        for group in spec.words.groups:
            if group not in spec.patterns:
                raise KeyError(group)
        self.words = spec.words
        self._strong_groups = frozenset(spec.words.find)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        words = self.words
        category = ctx.room.category(reading.utterance.sku)
        if words.category and category is not None and category not in words.category:
            return []
        claims = []
        for hit in self._hits(reading, words.find):
            needed = [self._near(reading, hit, group) for group in words.requires]
            if not all(needed):
                continue
            doubtful = bool(words.category) and category is None
            claims.append(
                Claim(
                    concept=hit.term,
                    hits=[hit, *(other for other in needed if other is not None)],
                    level="watch" if doubtful and words.level == "lead" else words.level,
                    says=words.says + self._about(category),
                    exemptions=[self._exemption(reading, hit, clause) for clause in words.exempt],
                    missing=["商品类别（商品卡未载明）"] if doubtful else [],
                )
            )
        return claims

    def _hits(self, reading: Reading, groups: Sequence[str]) -> list[Hit]:
        return [hit for hit in reading.hits if hit.group in groups]

    def _near(self, reading: Reading, hit: Hit, group: str) -> Hit | None:
        within = self.words.within
        pairs = reading.pairs(
            [hit], self._hits(reading, [group]), after=within, before=within, marks=1
        )
        return pairs[0].second if pairs else None

    def _exemption(self, reading: Reading, hit: Hit, wanted: WordsExemption) -> Exemption:
        low, high = reading.scope.sentence(hit.start)
        found = next(
            (
                other
                for other in self._hits(reading, [wanted.group])
                if low <= other.start and other.end <= high
            ),
            None,
        )
        if found is None:
            return unmet(wanted.clause, "同句未见这类说法")
        said = f"同句说了“{found.term}”"
        return Exemption(
            clause=wanted.clause, met=True, why=f"{wanted.why}：{said}" if wanted.why else said
        )

    def _about(self, category: Category | None) -> str:
        return f"（{CATEGORY_NAMES[category]}）" if self.words.category else ""
