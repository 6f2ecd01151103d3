"""`cosmetic-medical`: cosmetics said to heal, sold in medical words, or beyond their class.

化妆品条例 37(1), 43 and 69, then 广告法 17 and 58. What an ordinary cosmetic may claim (moisture,
soothing, 祛痘, 去屑, 修护) is not raised; spots, whitening and hair loss need a special registration.
"""

from __future__ import annotations

import re
from typing import ClassVar

from detectors.alerts import Exemption
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim, ClaimRule
from detectors.rules.claims.goods import goods_of
from detectors.rules.claims.healing import KINDS, healings
from detectors.rules.claims.reading import Reading
from detectors.text.utterance import Utterance

__all__ = ["CosmeticMedical"]

_COSMETICS = frozenset({"cosmetics", "special_cosmetics"})
_REGISTERED = re.compile("特证|特殊化妆品|注册证|国妆特|另外一个链接|那款|别的链接|不是这[个款]")


@rule
class CosmeticMedical(ClaimRule):
    id = "cosmetic-medical"
    strong: ClassVar[frozenset[str]] = KINDS | {"medical", "beyond", "special", "skin"}

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return category is None or category in _COSMETICS

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        utterance = reading.utterance
        goods = goods_of(ctx.room, utterance.sku, reading.text)
        if goods.category not in _COSMETICS:
            return []
        unknown = [] if goods.known else ["商品类别（是否化妆品）"]
        claims = [
            Claim(
                concept=healing.concept,
                hits=healing.hits,
                level="lead" if healing.plain and goods.known else "watch",
                says=f"{healing.says}，化妆品不得明示或暗示具有医疗作用",
                missing=unknown,
            )
            for healing in healings(reading)
            if healing.concept != "秘方" or goods.known
        ]
        claims += [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if goods.known else "watch",
                says=f"化妆品使用医疗用语“{hit.term}”",
                missing=unknown,
            )
            for hit in reading.kind("medical")
            if not reading.scope.warned(hit.start, hit.end)
        ]
        claims += [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if goods.known else "watch",
                says=f"“{hit.term}”超出化妆品的功效范围",
                missing=[*unknown, "功效宣称依据摘要（化妆品条例 22）"],
            )
            for hit in reading.kind("beyond")
        ]
        for pair in reading.pairs(
            reading.kind("disease"), reading.kind("usable"), after=5, before=6
        ):
            if not reading.scope.warned(pair.start, pair.end):
                claims.append(
                    Claim(
                        concept=pair.first.group.partition(".")[2] or pair.first.term,
                        hits=list(pair),
                        level="watch",
                        says=f"称“{pair.first.term}”“{pair.second.term}”，暗示医疗作用",
                        missing=unknown,
                    )
                )
        for pair in reading.pairs(
            reading.kind("skin"), reading.kind("gone", "cure"), after=16, before=5, marks=2
        ):
            claims.append(
                Claim(
                    concept=pair.first.group.partition(".")[2] or pair.first.term,
                    hits=list(pair),
                    level="lead" if goods.known else "watch",
                    says=f"宣称“{pair.first.term}”能“{pair.second.term}”，超出化妆品的功效范围",
                    missing=[*unknown, "功效宣称依据摘要（化妆品条例 22）"],
                )
            )
        if goods.known and goods.category == "cosmetics":
            for hit in reading.kind("special"):
                sentence = reading.sentence(hit.start)
                registered = _REGISTERED.search(sentence)
                claims.append(
                    Claim(
                        concept="特殊功效",
                        hits=[hit],
                        level="watch",
                        says=f"商品卡为普通化妆品，而称“{hit.term}”，须有特殊化妆品注册",
                        missing=["特殊化妆品注册证号"],
                        exemptions=[
                            Exemption(
                                clause="化妆品条例 16",
                                met=registered is not None,
                                why=f"同句说到“{registered.group()}”"
                                if registered
                                else "未说明已注册为特殊化妆品",
                            )
                        ],
                    )
                )
        return claims
