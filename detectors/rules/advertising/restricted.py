"""`restricted-goods-ad`: tobacco, alcohol said to be drunk or to do good, food in place of breast milk.

广告法 22 (tobacco: any advertisement), 23 (alcohol: urging, drinking, driving, effects), 20 (what
is said to replace breast milk).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make, is_about
from detectors.rules.advertising.restricted_ways import (
    BENEFIT,
    DRIVING,
    MILK,
    NURSED,
    PRESSED,
    PUFFED,
    RAISED,
    SMOKED,
    URGED,
)
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading

__all__ = ["RestrictedGoodsAd"]

_ALCOHOL = re.compile(
    "[白红啤黄米果药烈粮洋名好泡]酒(?!杯|店|窝|精|酿|吧|会|曲)|酱香|清香型|浓香|这(?:个|款|瓶|杯|坛|种)?酒|那酒|我们?家?酒|酒(?:喝|不|很|真|一|就|是|劲|量|后)|喝酒|饮酒|葡萄酒|威士忌|白兰地|伏特加|鸡尾酒|茅台|五粮液|二锅头|"
    "原浆|窖藏|微醺|\\d{1,12}度(?:的)?(?:白|酱|酒)|精酿|扎啤"
)
_NO_ALCOHOL = re.compile(
    "料酒|酒酿|啤酒鸭|酒杯|醒酒器|可乐|奶茶|喝茶|喝水|果汁|酒店|开瓶器|酒架|酒柜"
)
_ASHTRAY = re.compile(
    "雪茄盒|雪茄柜|不含烟|烟灰缸|打火机|油烟|烟味|烟熏|戒烟(?!糖也|.{0,4}款)|香烟盒|烟盒|烟雾|无烟|禁烟|吸烟有害|抽油|抽根烟|抽支烟|去抽烟|别抽烟|不抽烟|少抽|烟花|烟台|炊烟|烟酰胺|烟火|烟草局|二手烟"
)
_FINE = re.compile(
    "没(?:多大)?事|不带晃|不晃|稳得很|也(?:能|可以|行)|照样|不影响|查不|解渴|都行|不算|放心"
)
_POURED = re.compile(
    "(?:整|炫|造|喝|干|走|来|抿|嘬|滋)(?:上|它|他)?(?:[一二两三四五几半]|\\d)(?:个(?!月)|瓶|杯|口|两|斤|罐|盅|碗|箱|盏)(?!装)"
)
_FOR_INFANTS: frozenset[Category | None] = frozenset({"infant_food", "food", None})
_WORKED = re.compile(
    "(?:[\\d一二两三四五六七八九十几半]{1,12})(?:多)?(?:年|天|个月|辈子)|活|一番|什么|啥"
)
_SALE = re.compile(
    "拍|链接|上车|下单|扣1|便宜|特价|包邮|到货|口味|新口|新款|想要|来一|一条|一包|一盒|一支|囤|送|顺|舒服|好抽|劲|抽着|带走|批发|价|现货|秒|盒|条|口"
)


@rule
class RestrictedGoodsAd(ComposedRule):
    id = "restricted-goods-ad"
    makes: ClassVar[Sequence[Make]] = (
        Make("烟草", "，烟草制品不得作广告", ("vape", "slang"), level="lead", asks=False),
        Make("烟草", "，烟草制品不得作广告", ("tobacco",), where=_SALE),
        Make("烟草", "，烟草制品不得作广告", ("smoke",), where=_SALE),
        Make("母乳代用品", "，声称替代母乳", ("breast",), ungated=True),
        Make("母乳代用品", "，声称替代母乳", ("replace",), ("milk",), after=5, ungated=True),
        Make("酒驾", "，把饮酒与驾驶联系起来", ("car",), ("drink",), after=8, before=8, marks=1, where=_FINE, ungated=True),
        Make("劝酒", "，诱导、怂恿饮酒，或出现饮酒的动作", ("pour",), where=_POURED, ungated=True),
        Make("劝酒", "，诱导、怂恿饮酒，或出现饮酒的动作", ("urge",), ungated=True),
        Make("酒驾", "，把饮酒与驾驶联系起来", ("drive",), ungated=True),
        Make("饮酒功效", "，明示或暗示饮酒有消除紧张、增加体力等功效", ("effect",)),
        Make("烟草", "，烟草制品不得作广告", ("smoking",), where=SMOKED, asks=False, whole=True),
        Make("母乳代用品", "，声称替代母乳", ("nursing",), where=MILK, ungated=True, whole=True),
        Make("酒驾", "，把饮酒与驾驶联系起来", ("driving",), where=DRIVING, ungated=True, whole=True),
        Make("劝酒", "，诱导、怂恿饮酒，或出现饮酒的动作", ("drinking",), where=URGED, ungated=True, asks=False, whole=True),
        Make("劝酒", "，诱导饮酒，或暗示饮酒的功效", ("drinking", "raising"), where=RAISED, asks=False, whole=True),
        Make("饮酒功效", "，明示或暗示饮酒有消除紧张、增加体力等功效", ("drinking",), where=BENEFIT, whole=True),
        Make("母乳代用品", "，声称替代母乳", ("sign", "nursing"), where=NURSED, ungated=True, asks=False, whole=True),
        Make("劝酒", "，诱导、怂恿饮酒", ("sign", "drinking"), where=PRESSED, ungated=True, asks=False, whole=True),
        Make("烟草", "，烟草制品不得作广告", ("sign", "smoking", "tobacco", "smoke"), where=PUFFED, asks=False, whole=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "劝阻、提示",
            re.compile(
                "(?:别|少|莫)(?:再)?(?:喝(?!酒的)|劝酒|硬劝|干)(?![^。!?]{0,60}(?:满上|没事|别家))|不表演|治不了|白开水|枸杞水|以茶代酒|太多了|举报|平台(?:禁止|不许)|出人命|(?<!别)不喝(?:给|,| |$)|不会喝酒的[^,。!?没不]{0,3}(?:看|可以|就|拍)|(?:都|也)不行|越喝越难受|干不了|不许播|照办|抽纸|不(?:代替|能代替|能替代)母乳|代替不了|我奶奶|摆件|烟收纳盒|戒烟(?:糖|贴)(?!那)|[三四五六]千k|更别说|开盖有奖|兑奖|酒量(?:不行|差|浅|一般)|(?:不|没|没有|从不|从来不|不能|不会|不许|不准|不可|禁止|别|拒绝)(?:再)?(?:卖|上架|售卖|销售|碰|做|上|经营|出售|链接|发)(?:过|任何)?[^,。!?]{0,3}(?:电子烟|烟(?!味|灰|台|熏)|烟弹|雾化)|电子烟(?:我们|咱们?|本店|这里|平台)?(?:也|都|是|真)?(?:不|没|没有|从不)(?:卖|上|做|碰|让|能|可以|许)|一喝就|(?:我|主播)?(?:就)?不喝(?:了)?(?:$|[,。])|有害(?:健康)?|理性(?:消费|饮酒)|适量(?:饮|就好|为宜)|未成年人?(?:不|禁|请)|(?:别|禁止?|切勿|莫|请勿|不要|不能|不劝|不提倡)(?:大家)?(?:喝酒|饮酒|酒驾|贪杯|过量|多喝|开车)|开车不|喝酒不|"
                "不劝|不能喝|不让(?:喝|卖|上)|不卖烟|不允许|不能卖|(?:不能|不可以|无法|不要)(?:代替|替代)|母乳(?:是|喂养)?(?:宝宝|婴儿)?[^,。!?]{0,6}(?:最好|优先|理想|不足请|第一)|(?:含|存|装|喂|吸|挤|储|追|下)母乳的?(?:妈妈|袋|瓶|$)|(?:吸奶|储奶|溢乳|哺乳)|咨询医生|医生指导|听医生的"
            ),
            "说的是劝阻、法定提示",
            "没有劝阻或法定提示",
        ),
        Ground(
            "用具、餐食",
            _NO_ALCOHOL,
            "说的是用具、调味或其他饮料",
            "不是用具、调味",
        ),
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        laws = {
            "烟草": "广告法/烟草",
            "母乳代用品": "广告法/母乳代用品",
        }
        claims = super().find(ctx, reading)
        for claim in claims:
            claim.law = [laws.get(claim.concept, "广告法/酒类"), "直播办法/广告义务"]
        return claims

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        category = ctx.room.category(reading.utterance.sku)
        sentence = reading.sentence(hits[0].start)
        match make.concept:
            case "烟草":
                if _ASHTRAY.search(sentence) and category != "tobacco":
                    ctx.decline("everyday")
                    return None
                if make.first == ("smoke",) and category != "tobacco":
                    return None
                if make.where is PUFFED and category != "tobacco":
                    return None
                if make.whole and category != "tobacco":
                    return "watch" if category in (None, "other") else None
                return make.level
            case "母乳代用品":
                if make.whole and category not in _FOR_INFANTS:
                    ctx.decline("other-class")
                    return None
                return make.level
            case _:
                if _WORKED.match(reading.text, hits[0].end):
                    # “在酒厂干了二十年”: nobody drank.
                    ctx.decline("everyday")
                    return None
                if not is_about(ctx.room, reading, frozenset({"alcohol"}), _ALCOHOL):
                    ctx.decline("other-class")
                    return None
                return "lead" if category == "alcohol" else "watch"

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        if make.concept == "劝酒":
            return ["画面：是否出现饮酒的动作"]
        return ["商品及其包装、注册信息"]
