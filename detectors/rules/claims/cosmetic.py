"""`cosmetic-medical`: cosmetics said to heal, sold in medical words, or beyond their class.

化妆品条例 37(1), 43 and 69, then 广告法 17 and 58. What an ordinary cosmetic may claim (moisture,
soothing, 祛痘, 去屑, 修护) is not raised; spots, whitening and hair loss need a special registration.
The words are frames of the pack; healing is composed as for other goods.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.claims.framed import FramedRule
from detectors.pack.frames import Frame
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.goods import Goods, goods_of
from detectors.rules.claims.healing import KINDS, Healing, healings
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["CosmeticMedical"]

_COSMETICS = frozenset({"cosmetics", "special_cosmetics"})
#: What is not known of goods without a card, and the way to a level that says so.
_UNKNOWN, _UNCLASSED = ["商品类别（是否化妆品）"], ["unclassed"]
#: Frames of what special cosmetics are registered for.
_LICENSED = ("special", "anti_loss")


@rule
class CosmeticMedical(FramedRule):
    id = "cosmetic-medical"
    strong: ClassVar[frozenset[str]] = KINDS

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return category is None or category in _COSMETICS

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        goods = goods_of(ctx.room, reading.utterance.sku, reading.text)
        if goods.category not in _COSMETICS:
            return []
        framed = super().find(ctx, reading)
        claims = [
            self._heals(healing, goods)
            for healing in healings(reading)
            if (healing.concept != "秘方" or goods.known)
            # A procedure that is made needless is told by its frame.
            and not (healing.hits[0].group == "medicine" and reading.kind("procedure"))
            and not self._is_registered(goods, reading, healing)
        ]
        return [*claims, *framed, *self._usable(reading, goods)]

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        warning = reading.scope.warned(claim.start, claim.end)
        if warning is not None and not frame.missing:
            ctx.decline("disclaimed", frame.concept, f"劝阻或免责：“{warning}”")
            return None
        if not goods_of(ctx.room, reading.utterance.sku, reading.text).known:
            claim.level = "watch"
            claim.because = _UNCLASSED
            claim.level_reason = ""
            claim.missing = [*_UNKNOWN, *claim.missing]
        return claim

    def _heals(self, healing: Healing, goods: Goods) -> Claim:
        return Claim(
            concept=healing.concept,
            hits=healing.hits,
            level="lead" if healing.plain and goods.known else "watch",
            because=[*([] if goods.known else _UNCLASSED), "healing"],
            says=f"{healing.says}，化妆品不得明示或暗示具有医疗作用",
            missing=[] if goods.known else _UNKNOWN,
        )

    def _usable(self, reading: Reading, goods: Goods) -> list[Claim]:
        """A disease beside “也能用”: healing is hinted at."""
        return [
            Claim(
                concept=pair.first.group.partition(".")[2] or pair.first.term,
                hits=list(pair),
                level="watch",
                because=[] if goods.known else _UNCLASSED,
                says=f"称“{pair.first.term}”“{pair.second.term}”，暗示医疗作用",
                missing=[] if goods.known else _UNKNOWN,
            )
            for pair in reading.pairs(
                reading.kind("disease"), reading.kind("usable"), after=5, before=6
            )
            if not reading.scope.warned(pair.start, pair.end)
        ]

    def _is_registered(self, goods: Goods, reading: Reading, healing: Healing) -> bool:
        """Is it a function of special cosmetics (防脱发), said of a registered one?"""
        low = min(hit.start for hit in healing.hits)
        high = max(hit.end for hit in healing.hits)
        said = reading.text[low:high]
        return any(self.has_word(slot, said) for slot in _LICENSED) and (
            (goods.known and goods.category == "special_cosmetics")
            or self.has_word("registered", reading.text)
        )
