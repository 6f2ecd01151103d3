"""`cosmetic-medical`: cosmetics said to heal, sold in medical words, or beyond their class.

化妆品条例 37(1), 43 and 69, then 广告法 17 and 58. What an ordinary cosmetic may claim (moisture,
soothing, 祛痘, 去屑, 修护) is not raised; spots, whitening and hair loss need a special registration.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim, ClaimRule
from detectors.rules.claims.goods import Goods, goods_of
from detectors.rules.claims.healing import KINDS, Healing, healings, treats
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["CosmeticMedical"]

_COSMETICS = frozenset({"cosmetics", "special_cosmetics"})
_REGISTERED = re.compile(
    "(?<!没)(?<!没有)(?<!没拿)(?<!没办)特证|特殊化妆品|注册证|国妆特|另外一个链接|那款|别的链接|不是这[个款]"
)


#: What special cosmetics are registered for.
_SPECIAL = frozenset({"防脱", "祛斑", "淡斑", "美白"})
_LICENSED_WORDS = re.compile("防止?(?:脱发|掉发|断发)|染发|烫发|祛斑|防晒|美白")
_SENT_AWAY = re.compile("(?:去|看|到|找|挂|上|问|先去|去看|咨询)[^,。!?]{0,2}$")
_PRACTISES = re.compile("(?:执业|主治|主任|副主任)?(?:医师|医生)(?:,|。|$)")
#: Make-up hides, it does not heal.
_COVERED = re.compile("遮|盖住|盖得|妆面|底妆|粉底|妆感")
#: A mood, no effect on the skin.
_MOOD = re.compile("(?:好|真|很|太|超|被|都|挺|有点|特别|最)$")
_MOOD_AFTER = re.compile("^(?:系|我|了我|人心|的?(?:笑|声|画|风|瞬间|时刻|感|色|香|氛围|味))")


#: “医用敷料是器械，不是面膜”: what others are.
_NAMED_AS = re.compile(
    "[^,。!?]{0,4}(?:是(?:器械|械字号)|不是(?:面膜|化妆品|一回事|护肤))|大夫告诉|护士|那是医院"
)
#: What cannot be undone, and hair that grows out of its dye.
_DENIED = re.compile(
    "去不掉|不会消失|淡不了|管不了|不是一回事|长出来[^,。!?]{0,6}还是白|新发根[^。!?]{0,6}补|补染"
)


def _is_aside(reading: Reading, hit: Hit) -> bool:
    """Is the doctor only recommended, the effect only a mood?"""
    before, after = reading.text[max(0, hit.start - 4) : hit.start], reading.text[hit.end :]
    if hit.term.startswith("皮肤科"):
        return _SENT_AWAY.search(before) is not None or _PRACTISES.match(after) is not None
    if _NAMED_AS.match(after):
        return True
    if hit.term == "消毒":
        return "刮破" in before or "先" in before
    if hit.term == "治愈":
        return _MOOD.search(before) is not None or _MOOD_AFTER.match(after) is not None
    return False


def _has_licence(goods: Goods, reading: Reading) -> bool:
    return (goods.known and goods.category == "special_cosmetics") or _REGISTERED.search(
        reading.text
    ) is not None


def _is_registered(goods: Goods, reading: Reading, healing: Healing) -> bool:
    """Is it a function of special cosmetics (防脱发), said of a registered one?"""
    low = min(hit.start for hit in healing.hits)
    high = max(hit.end for hit in healing.hits)
    words = _LICENSED_WORDS.search(reading.text[low:high])
    return words is not None and _has_licence(goods, reading)


@rule
class CosmeticMedical(ClaimRule):
    id = "cosmetic-medical"
    strong: ClassVar[frozenset[str]] = KINDS | {
        "medical", "beyond", "special", "skin", "scar", "procedure",
    }  # fmt: skip

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return category is None or category in _COSMETICS

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        utterance = reading.utterance
        goods = goods_of(ctx.room, utterance.sku, reading.text)
        if goods.category not in _COSMETICS:
            return []
        unknown = [] if goods.known else ["商品类别（是否化妆品）"]
        unclassed = [] if goods.known else ["unclassed"]
        claims = [
            Claim(
                concept=healing.concept,
                hits=healing.hits,
                level="lead" if healing.plain and goods.known else "watch",
                because=[*unclassed, "healing"],
                says=f"{healing.says}，化妆品不得明示或暗示具有医疗作用",
                missing=unknown,
            )
            for healing in healings(reading)
            if (healing.concept != "秘方" or goods.known)
            # A procedure that is made needless is told below, by its name.
            and not (healing.hits[0].group == "medicine" and reading.kind("procedure"))
            and not _is_registered(goods, reading, healing)
        ]
        claims += [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if goods.known else "watch",
                because=[*unclassed, "medical"],
                says=f"化妆品使用医疗用语“{hit.term}”",
                missing=unknown,
            )
            for hit in reading.kind("medical")
            if not reading.scope.warned(hit.start, hit.end) and not _is_aside(reading, hit)
        ]
        claims += [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if goods.known else "watch",
                because=[*unclassed, "beyond"],
                says=f"“{hit.term}”超出化妆品的功效范围",
                missing=[*unknown, "功效宣称依据摘要（化妆品条例第二十二条）"],
            )
            for hit in reading.kind("beyond")
            if not _DENIED.search(reading.sentence(hit.start))
            if hit.term not in _SPECIAL or not _has_licence(goods, reading)
        ]
        claims += [
            Claim(
                concept="医美",
                hits=list(pair),
                level="lead" if goods.known else "watch",
                because=[*unclassed, "beyond"],
                says=f"与“{pair.first.term}”相比（“{pair.second.term}”），超出化妆品的功效范围",
                missing=[*unknown, "功效宣称依据摘要（化妆品条例第二十二条）"],
            )
            for pair in reading.pairs(
                reading.kind("procedure"), reading.kind("rival"), after=4, before=6
            )
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
                        because=unclassed,
                        says=f"称“{pair.first.term}”“{pair.second.term}”，暗示医疗作用",
                        missing=unknown,
                    )
                )
        pairs = [
            *reading.pairs(
                reading.kind("skin"), reading.kind("gone", "cure"), after=16, before=5, marks=2
            ),
            *(
                pair
                for pair in reading.pairs(reading.kind("skin"), reading.kind("treat"), before=2)
                if treats(reading, pair.second)
            ),
            *reading.pairs(
                reading.kind("scar"), reading.kind("fade", "gone"), after=8, before=4, marks=1
            ),
        ]
        for pair in pairs:
            if (
                pair.second.group == "cure"
                and pair.first.group in ("skin.斑", "skin.脱发")
                and _has_licence(goods, reading)
            ):
                continue
            if pair.second.term in ("清爽", "针对", "变黑") or _COVERED.search(
                reading.sentence(pair.start)
            ):
                continue
            claims.append(
                Claim(
                    concept=pair.first.group.partition(".")[2] or pair.first.term,
                    hits=list(pair),
                    level="lead" if goods.known else "watch",
                    because=[*unclassed, "beyond"],
                    says=f"宣称“{pair.first.term}”能“{pair.second.term}”，超出化妆品的功效范围",
                    missing=[*unknown, "功效宣称依据摘要（化妆品条例第二十二条）"],
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
                        because=["special"],
                        says=f"商品卡为普通化妆品，而称“{hit.term}”，须有特殊化妆品注册",
                        missing=["特殊化妆品注册证号"],
                        exemptions=[
                            Exemption(
                                clause="化妆品条例第十六条",
                                met=registered is not None,
                                why=f"同句说到“{registered.group()}”"
                                if registered
                                else "未说明已注册为特殊化妆品",
                            )
                        ],
                    )
                )
        return claims
