"""`confusion`: goods that lean on somebody else's brand: “平替”, “原厂”, “同一条生产线”.

反法 7 (before 2025-10-15: 6). A brand is named with words that tie the goods to it, and nothing
shows that the seller may: these are frames of the pack. Whether the brand is the seller's own, or a
thing to eat, is asked here.
"""

from __future__ import annotations

from detectors.claims.framed import FramedRule
from detectors.pack.frames import Frame
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.rivals.brands import is_food

__all__ = ["Confusion"]

#: Slots: the brand that is leant on, a name that only resembles one, what ties goods to a brand.
_BRAND, _MIMIC, _TIES = "brand", "mimic", ("tie", "source")


@rule
class Confusion(FramedRule):
    id = "confusion"

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        for hit in claim.hits:
            if hit.group == _MIMIC and hit.form != "plain":
                # “华威手机” is heard where “华为手机” was said: it matters only what ties the goods to it.
                claim.level = "watch"
                claim.because.append("misheard")
                return claim if reading.kind(*_TIES) else None
        brand = next((hit for hit in claim.hits if hit.group == _BRAND), None)
        if brand is None:
            return claim
        if is_food(reading.text, brand, ctx.room.category(reading.utterance.sku)):
            ctx.decline("everyday")
            return None
        card = ctx.room.cards.get(reading.utterance.sku or "")
        seller = ctx.room.seller
        shown = [
            name.lower()
            for name in (
                card.brand if card is not None else None,
                card.shop if card is not None else None,
                seller.name if seller is not None else None,
            )
            if name
        ]
        if any(brand.term in name for name in shown):
            ctx.decline("own-brand")
            return None
        if not shown:
            # A lead needs an entity that was seen, and is not the brand's.
            claim.level = "watch"
            claim.because.append("unseen")
        return claim
