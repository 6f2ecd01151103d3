"""`counterfeit-hint`: 高仿, A货, 原单, 剪标 and the like said of the goods on sale.

产质法 39 and 50, 直播办法 33 and 61. The words are frames of the pack. What is here compares prices: slang
alone is watched; with a brand and a price far below its reference it is a lead. Three independent
buyers who report a fake are watched too.
"""

from __future__ import annotations

import msgspec

from detectors.alerts import Level
from detectors.facts.cards.labels import says_none
from detectors.match.amounts import amounts
from detectors.pack.frames import Frame
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.reports import Reported, Reports
from detectors.rules.prices.wording import yuan

__all__ = ["CounterfeitHint"]

#: The frame of a price beside that of the genuine article, and the one that only jade has another meaning of.
_GAP, _GRADE = "cheaper-than-genuine", "a-goods"


class CounterfeitMemory(ClaimMemory):
    """Beside the claims: buyers' reports."""

    reports: Reports = msgspec.field(default_factory=Reports)


@rule
class CounterfeitHint(Reported):
    id = "counterfeit-hint"
    State = CounterfeitMemory
    reported = "viewer.fake"
    reports_say = "买到假货"
    proof = "反映人的订单与实物、商标权利人的鉴别意见"

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.cheap = spec.threshold("cheap_ratio")

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        sku = reading.utterance.sku
        named = reading.kind("brand", "hinted")
        if frame.id == _GRADE and ctx.room.category(sku) == "jewellery" and not named:
            ctx.decline("jade-grade", sku or "")
            return None
        if frame.id == _GAP and not self._is_far_cheaper(reading.text, claim):
            ctx.decline("not-above", sku or "")
            return None
        self._weigh_price(ctx, reading, claim)
        return claim

    def _is_far_cheaper(self, text: str, claim: Claim) -> bool:
        """“正品八千，我这儿八百”: is the second sum a small share of the first?"""
        sums = [one for one in amounts(text) if one.start >= claim.start]
        return any(0 < one.fen < sums[0].fen * self.cheap for one in sums[1:])

    def _weigh_price(self, ctx: Context, reading: Reading, claim: Claim) -> None:
        """Slang, a brand, and a price below a share of its reference make a lead."""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        brands = reading.kind("brand")
        if card is None:
            return
        named = card.brand if card.brand and not says_none(card.brand) else None
        brand = named or (brands[0].term if brands else None)
        history = ctx.room.prices.get(card.sku)
        price, reference = card.price, card.reference_price
        if history is not None:
            for step in history.steps[-20:]:
                if step.kind in ("asking", "coupon") and step.price is not None:
                    price = step.price
                if step.quote.reference_price is not None:
                    reference = step.quote.reference_price
        if not brand or not price or not reference or price >= reference * self.cheap:
            return
        claim.level = "lead"
        claim.numbers |= {
            "price_fen": price, "reference_fen": reference, "cheap_ratio": self.cheap, "brand": brand,
        }  # fmt: skip
        claim.says += f"；牌子“{brand}”，售价 {yuan(price)} 元，不到参考价 {yuan(reference)} 元的 {self.cheap:.0%}"

    def of_reports(self, ctx: Context, subject: str) -> tuple[str, Level, str]:
        return f"{subject}/观众反映", "watch", "。观众的话不等于事实，须核实"
