"""`medical-claim`: ordinary goods said to prevent or heal a disease, or sold in medical words.

广告法 17 for whatever is no drug, device or medical service; 食安法 71 and 73 for food. Health
food and cosmetics have rules of their own; drugs and devices are outside.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.match import expression as re
from detectors.rule import Context, rule
from detectors.rules.claims.claim import CATEGORY_NAMES, Claim, ClaimRule
from detectors.rules.claims.functions import FUNCTION_KINDS, Function, functions
from detectors.rules.claims.goods import FOODS, Goods, goods_of
from detectors.rules.claims.healing import KINDS, healings, taken
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["MedicalClaim"]

_OUTSIDE = frozenset(
    {"drug", "medical_device", "health_food", "cosmetics", "special_cosmetics", "finance",
     "education", "agricultural_input"}
)  # fmt: skip
_BODILY = frozenset(
    {
        "food",
        "fresh_produce",
        "infant_food",
        "alcohol",
        "home",
        "other",
        "clothing",
        "jewellery",
        "electronics",
    }
)


#: Of goods that nobody takes, such a word counts only where an effect is promised.
_PROMISED = re.compile(
    "能|可以|可|会|帮|戴|穿|睡|躺|贴|坐|照|吸|闻|熏|使|让|养|改善|促进|提高|增强"
)


@rule
class MedicalClaim(ClaimRule):
    id = "medical-claim"
    strong: ClassVar[frozenset[str]] = KINDS | FUNCTION_KINDS | {"bodily"}

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        if ctx.room.category(utterance.sku) in _OUTSIDE:
            ctx.decline("other-class")
            return False
        return True

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        utterance = reading.utterance
        goods = goods_of(ctx.room, utterance.sku, reading.text)
        if goods.category in _OUTSIDE:
            return []
        claims = []
        about = (
            f"而商品卡所标类别为{CATEGORY_NAMES[goods.category]}，"
            if goods.known
            else "未见商品卡标出类别，除药品、医疗器械外"
        )
        for healing in healings(reading):
            if goods.category == "clothing" and healing.hits[0].term.startswith("不怕冷"):
                continue  # that is what a coat is for
            if not healing.plain and goods.known and goods.category not in _BODILY:
                continue
            if healing.concept == "药物" and goods.category is None and not taken(reading.text):
                continue  # somebody's own medicines
            if healing.concept == "秘方" and goods.category not in FOODS:
                continue
            law = self._bases(goods)
            claims.append(
                Claim(
                    concept=healing.concept,
                    hits=healing.hits,
                    level="lead" if healing.plain and goods.known else "watch",
                    because=[] if goods.known else ["unclassed"],
                    says=f"{healing.says}，{about}不得涉及疾病预防、治疗",
                    law=law,
                    missing=[] if goods.known else ["商品类别（普通食品、保健食品、化妆品、药械）"],
                    numbers={"category": goods.category if goods.known else None},
                    # The pain that is gone is worded as a negation, and so is what is barred.
                    ungated=healing.hits[0].group.startswith("relief")
                    or healing.hits[-1].term in ("拒绝", "杜绝"),
                )
            )
        return claims or self._functions(reading, goods)

    def bases_of_goods(self, ctx: Context, reading: Reading) -> list[str]:
        return self._bases(goods_of(ctx.room, reading.utterance.sku, reading.text))

    def _bases(self, goods: Goods) -> list[str]:
        return [
            basis.ref
            for basis in self.spec.law
            if not basis.ref.startswith(("食安法/", "食播规定/"))
            or goods.category in FOODS
            or goods.category is None
        ]

    def _functions(self, reading: Reading, goods: Goods) -> list[Claim]:
        """What beds, clothes, stones and machines are said to do to a body, as if they were devices."""
        if not goods.known or goods.category in FOODS:
            # Food has a rule of its own; without a class it is the same claim, made once.
            return []
        return [
            Claim(
                concept=one.concept,
                hits=one.hits,
                level="watch",
                because=["function"],
                says=f"称“{one.says}”，而商品卡所标类别为{CATEGORY_NAMES[goods.category]}，不得使用易与药品、医疗器械混淆的用语",
                law=[
                    basis.ref
                    for basis in self.spec.law
                    if not basis.ref.startswith(("食安法/", "食播规定/"))
                ],
                numbers={"category": goods.category},
            )
            for one in (
                *(one for one in functions(reading) if one.heals and "整体质" not in one.says),
                *(
                    Function(hit.term, [hit], True, hit.term)
                    for hit in reading.kind("bodily")
                    if hit.form not in ("sound", "echo")
                    and _PROMISED.search(reading.text[max(0, hit.start - 8) : hit.start])
                ),
            )
            if not reading.scope.warned(one.hits[0].start, one.hits[-1].end)
        ]
