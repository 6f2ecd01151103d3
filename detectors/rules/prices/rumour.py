"""`price-hike-rumour`: a cause, a rise of prices, goods that people need, and no source.

价格法 14(3). Whether the news is made up, one room does not show: it is watched, and handed on. When
many rooms say it within a day, `price-hike-rumour-spread` rises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.across.signal import Clue
from detectors.alerts import Exemption
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.ground import Ground
from detectors.rules.claims.reading import Pair, Reading
from detectors.rules.prices.scare import scare

__all__ = ["GOODS", "PriceHikeRumour"]

HOUR_MS = 3_600_000
SPREAD = "price-hike-rumour-spread"
#: Hearsay is how a rumour spreads: it does not excuse whoever passes it on.
_HEARSAY = (
    "听说",
    "据说",
    "网上",
    "外面",
    "外边",
    "传言",
    "人家",
    "群里",
    "到处",
    "他们",
    "同行",
    "所谓",
)
#: A price that will stand one day, without a word for its rise: “过两天八块一斤”.
_LATER_PRICE = re.compile(
    r"(?:明天起?|后天|大后天|过[一两几三]天|下周|下个?月|下半年|到时候|月底|年底|明年(?:开春)?|过年|春节|马上|立马|回头|以后|接下来)[^,。!?]{0,8}?(?:"
    r"(?:[\d一二两三四五六七八九十百千]{1,12})(?:块|元|毛)?(?:钱)?(?:一|/|每)?(?:斤|公斤|盒|袋|包|吨|提|瓶|桶|个|箱|升)"
    r"|(?:一|每)(?:斤|公斤|盒|袋|包|吨|提|瓶|桶|个|箱|升)[^,。!?]{0,3}[\d一二两三四五六七八九十百千]{1,12}"
    r"|破[\d一二两三四五六七八九十百千]{1,12}|变[\d一二两三四五六七八九十百千]{1,12})"
)
#: What calls for hoarding: that something runs out is no talk of its price otherwise.
_HOARD = re.compile(
    "囤|屯|抢|多备|备点|备足|备上|备着|赶紧|赶快|抓紧|趁现在|趁早|有钱|都买不|都抢不"
)
#: What has the character of goods and is none.
_NO_GOODS = re.compile(
    "[厘毫纳分玉千平立\\d一二三四五六七八九十百几]米|米(?:白|色|老鼠|奇|兰)|面(?:膜|料|霜|部|对|子|前|积|板|向|试|相|世|临)|[方表里外地上下后前桌水封正反棉]面|(?:加|润滑|汽|柴|机|精|防晒|护发|卸妆|石)油|油(?:性|皮|腻|漆)|药(?:监|店员|妆)|农药|(?:鸡|鸭|蛋|肉)(?:汤|毛|血|眼)|蛋(?:白|卷|糕)|(?:肌|赘|多|长)肉|盐(?:焗|酸)|菜(?:鸟|单|板|刀)"
)
#: “粮食局的朋友”: no source that anybody could ask.
_SOMEBODY_THERE = re.compile("(?:里|那边|上班)?的?(?:亲戚|朋友|同学|哥们|熟人|人|内部|领导|叔|表)")
_NO_RISE = re.compile(
    "涨粉|涨潮|水涨|高涨|涨停|上涨空间|涨知识|涨姿势|(?:不|没|别|未)[^,。!?]{0,2}[涨贵翻]|膨涨|涨奶"
)
#: Goods that people need, by the last part of the group's name.
GOODS = {
    "rice": "大米", "flour": "面粉", "grain": "粮食", "oil": "食用油", "salt": "食盐", "sugar": "食糖",
    "meat": "肉类", "egg": "鸡蛋", "vegetable": "蔬菜", "milk": "奶粉", "water": "饮用水",
    "mask": "口罩", "disinfectant": "消毒用品", "medicine": "药品", "paper": "纸巾", "fuel": "燃料",
    "farm": "农资", "food": "食品", "infant": "婴幼儿食品", "produce": "生鲜农产品",
    "device": "防护、医疗用品", "tea": "茶叶", "liquor": "酒", "fruit": "水果", "seafood": "水产", "spice": "调味品",
    "stand_by": "应急用品",
}  # fmt: skip
#: Classes of goods that people need, where none is named: only beside a grave cause.
_CLASSES: dict[Category, str] = {
    "food": "food", "infant_food": "infant", "fresh_produce": "produce", "drug": "medicine",
    "medical_device": "device", "agricultural_input": "farm",
}  # fmt: skip
_GROUNDS = (
    Ground(
        "自家成本、活动结束的调价",
        re.compile(
            "贵了[一二两三四五六七八九][毛块分]|自己贴(?:进去|了)|跟大家说一声|恢复原价|活动(?:结束|价|最后)|优惠结束|(?:我们|咱家?|本店)[^,。!?]{0,4}(?:涨了?|调)[^,。!?]{0,6}(?:毛|块|分)|每年都[涨调]|产量[少低](?:[^,。!?]{0,3},[^,。!?]{0,2}|[^,。!?]{0,5})(?:所以|卖得|价格)|成本表|包装(?:贵|涨)|袋子贵|运费(?!一)[^,。]{0,3}涨|人工[^,。]{0,3}涨"
        ),
        "话里说到自家的成本或活动",
        "同句未见自家成本、活动结束的说法",
    ),
    Ground(
        "辟谣、劝人理性",
        re.compile(
            "一律销毁|举报|只剩[^,。!?]{1,6}卖完|都不能发|不构成|发声明|没这回事|不跟你喊涨|还会回来|明天船|会下来|公示栏|没停产|听风就是雨|合同写着|(?:咱|我们|可|千万|大家)[^,。!?]{0,4}(?:不能|不敢|别|不可以)[^,。!?]{0,4}(?:干|学|做|搞|说这|传|碰)|别信|别瞎传|别乱传|别听|(?:^(?!.*(?:当事人|经查|通报|被罚|罚款)).*?)谣言|辟谣|造谣的?(?:要|会|是)|假的|不(?:会|用|必|要|可能(?!不))[^,。!?]{0,4}(?:涨|囤|抢)|(?<!不可能)(?<!不会)(?<!能)不涨|(?<!趁)(?<!趁着)(?<!趁还)(?<!还)没[^,。!?]{0,3}涨|涨不了|不缺|供应(?:正常|充足|没问题)|理性|够吃|管够|照常卖|稳定"
        ),
        "是辟谣或劝人不要抢购",
        "同句未见辟谣",
    ),
)  # fmt: skip


def _around(reading: Reading, hit: Hit) -> str:
    return reading.text[max(0, hit.start - 4) : hit.end + 4]


class Rumours(ClaimMemory):
    """Beside the claims, when each of the goods was last handed on: at most once an hour."""

    signalled: dict[str, int] = {}


@rule
class PriceHikeRumour(ClaimRule):
    id = "price-hike-rumour"
    State = Rumours
    strong: ClassVar[frozenset[str]] = frozenset({"hike", "cause", "scare", "stir"})
    #: The spread over rooms has a rule of its own.
    worded: ClassVar[bool] = False

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.reach = spec.count("reach_characters")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        pair = self._pair(reading)
        goods = self._goods(ctx, reading, pair.first) if pair is not None else None
        if pair is None:
            found = scare(reading.text)
            if found is None:
                return []
            kinds = "stir", "cause.grave" if found.grave else "stir"
            pair = Pair(
                *(
                    Hit(kind, reading.text[slice(*place)], *place)
                    for kind, place in zip(kinds, found[:2], strict=True)
                )
            )
            # Without a mark between clauses the sentence says little of what belongs together.
            named = reading.kind("good") or [
                hit for hit in reading.kind("thing") if not _NO_GOODS.search(_around(reading, hit))
            ]
            goods = named[0].group.partition(".")[2] if named else None
        category = ctx.room.category(reading.utterance.sku)
        if goods is None and category is not None and pair.second.group == "cause.grave":
            goods = _CLASSES.get(category)
        if goods is None:
            ctx.decline("no-essential-goods")
            return []
        low, high = reading.scope.sentence(pair.start)
        source = next(
            (
                hit
                for hit in reading.kind("source")
                if low <= hit.start < high and not _SOMEBODY_THERE.match(reading.text, hit.end)
            ),
            None,
        )
        return [
            Claim(
                concept=goods,
                hits=list(pair),
                level="watch",
                says=f"以“{pair.second.term}”称{GOODS[goods]}要涨价，同句未见可核实的来源",
                exemptions=[
                    Exemption(
                        clause="有可核实的来源",
                        met=source is not None,
                        why=f"同句提到“{source.term}”" if source is not None else "同句未提到来源",
                    ),
                    *(ground.considered(reading) for ground in _GROUNDS),
                ],
                missing=["涨价信息的来源与真伪", "该商品在当地的实际库存、进销价格"],
                numbers={"goods": GOODS[goods], "cause": pair.second.term},
                # Denials are a ground above, which knows “什么都得涨” and “我还能骗你们吗”.
                ungated=True,
                asks=not reading.text.rstrip("?").endswith(("信吗", "信不信", "信不")),
                admits=True,
            )
        ]

    def _pair(self, reading: Reading) -> Pair | None:
        """What is said of prices, and the cause that is named for it."""
        reach = self.reach
        pairs = reading.pairs(
            reading.kind("hike"), reading.kind("cause"), after=reach, before=reach, marks=3
        )
        if pairs:
            return pairs[0]
        grave = [hit for hit in reading.kind("cause") if hit.group == "cause.grave"]
        later = [
            Hit("later", match.group(), match.start(), match.end())
            for match in _LATER_PRICE.finditer(reading.text)
        ]
        bare = [hit for hit in reading.kind("bare") if not _NO_RISE.search(_around(reading, hit))]
        scare = reading.kind("scare") if _HOARD.search(reading.text) or later else []
        pairs = reading.pairs([*bare, *later, *scare], grave, after=reach, before=reach, marks=4)
        return pairs[0] if pairs else None

    def _goods(self, ctx: Context, reading: Reading, hike: Hit) -> str | None:
        """The goods that are named in the sentence, else those on screen."""
        sentence = reading.scope.sentence(hike.start)
        named = [
            hit
            for hit in reading.kind("good")
            if reading.scope.sentence(hit.start) == sentence
        ]  # fmt: skip
        if named:
            nearest = min(named, key=lambda hit: (abs(hit.start - hike.start), hit.start))
            return nearest.group.partition(".")[2]
        card = ctx.room.cards.get(reading.utterance.sku or "")
        title = fold((card.title if card is not None else None) or "").text
        for group, terms in self.spec.patterns.items():
            if group.startswith("good.") and any(term in title for term in terms):
                return group.partition(".")[2]
        return None

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        if quoted.startswith(_HEARSAY):
            considered = [
                *claim.exemptions,
                Exemption(clause="转述他人", met=False, why=f"转述（“{quoted}”）也是散布"),
            ]
            return self._raise(ctx, memory, reading, claim, subject, considered)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        if not super()._raise(ctx, memory, reading, claim, subject, considered):
            return False
        rumours: Rumours = ctx.state
        event = reading.utterance.event
        last = rumours.signalled.get(claim.concept)
        if last is None or not 0 <= event.at - last < HOUR_MS:
            rumours.signalled[claim.concept] = event.at
            words = self._quote(reading, claim)
            ctx.clue(Clue(to=SPREAD, cluster=claim.concept, event=event, words=words))
        return True
