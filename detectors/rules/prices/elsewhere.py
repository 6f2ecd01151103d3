"""`compare-unfounded`: cheaper than others, without a basis or a way to compare.

价格规定 16 and 17(2), 侵害办法 6(5): the price of a counter, a shop or a platform elsewhere has to be one
that was charged there and can be looked up; “全网最低” needs scope and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level
from detectors.events import Price, Product
from detectors.match import expression as re
from detectors.match.amounts import Amount, amounts
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.beyond import TALKED_OF
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.conditions import basis_of, states_basis
from detectors.rules.prices.dearer import dearer
from detectors.rules.prices.wording import yuan

__all__ = ["CompareUnfounded"]

#: Characters between whom one compares with and their price.
REACH = 16
_LOWEST = "，没有限定范围和时间，未见依据"
_DEARER = "，与他处价格比较，未见可核对的依据"
_OURS = re.compile("我(?!妈|爸|朋友)|咱|本店|这[边里儿]|今天(?!别|人家)")
_CHEAP_THERE = re.compile(
    "(?:才|只要|只卖|也就|还便宜|更便宜|便宜到|只需|低到|不知道|不清楚)[^,。!?]{0,4}$"
)
#: A price elsewhere that is told roughly: “四五百”, “好几千”.
_ABOUT = re.compile(
    "[一二三四五六七八九]{2}[十百千]|(?:好几|几|上|一|两|[三四五六七八九])[百千](?:多|来)?块?|大几[十百千]"
)
#: What the sum beside another seller is not: a date, a count, what they are paid.
_NOT_THEIRS = re.compile(
    "^(?:多?[斤克里度个家条件台款人次年月号层楼折])|^(?:块|元)?(?:运费|邮费|押金|定金|工资|房租|租金|进场费|扣点)"
)
#: A carrier's or a platform's name, and no price there.
_CARRIER = re.compile("快递|物流|自营|客服|618|送")
#: What the market charges today and did yesterday, with nothing of one's own.
_MARKET = re.compile(
    "^(?!.*(?:我|咱)).*(?:今天|今早|今儿|现在)[^。!?]{0,14}批发市场[^。!?]{0,30}(?:昨天|前天|下雨|走货)"
)
_OATH = re.compile("(?:要是|如果|但凡|只要)[^,。!?]{0,8}不是(?:全网|全平台|全国)?最低")
#: “找到比我便宜的那肯定是假的”: nothing is taken back.
_BET = re.compile("到[^,。!?]{0,4}比(?:我|咱|这)[^,。!?]{0,6}(?:便宜|低)[^。!?]{0,8}(?:假|不信)")
#: Of what cannot be proved, a case report says so after it.
_NO_PROOF = re.compile(
    "(?:不能|无法|未能|不曾)(?:提供|证明|说明)|提供不(?:出|了)|拿不出(?:依据|证)"
)
_BASIS = re.compile(
    r"(?:拍|截)的(?:价签|照|图|海报)|价签(?:照|[^,。!?]{0,4}拍)|照片(?:有|上|时间|在|都)|海报在|价目表(?:拍|在|贴)|价牌拍|官?网(?:站)?今天公布|网址|带时间|行情|截图|公示|成交价|发票|小票|收据|页面价|页面(?:在|就在)屏幕|订单(?:截图|号|在)|20\d\d年|二零[一二三]\S年|\d{1,2}月\d{1,2}[日号]|[一二三四五六七八九十]{1,12}月[一二三四五六七八九十]{1,12}[日号]"
)
_PROOF = ["所比价格的来源、时间、地点及同款同规格的证明"]


@rule
class CompareUnfounded(ComposedRule):
    id = "compare-unfounded"
    makes: ClassVar[Sequence[Make]] = (
        Make("全网最低", _LOWEST, ("lowest",)),
        Make("全网最低", _LOWEST, ("none",), ("lower",), after=10, before=8, marks=1,
             level="watch", ungated=True, asks=False),
        Make("他处价格", _DEARER, ("elsewhere",), ("cannot",), after=8, level="watch", ungated=True,
             asks=False),
        Make("他处价格", _DEARER, ("label",), level="watch"),
        Make("他处价格", _DEARER, ("elsewhere",), level="watch", asks=False),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground("有依据、可核对的比较", _BASIS, "说明了可核对的依据", "同句未见可核对的依据", "text"),
        Ground(
            "自家不同渠道",
            re.compile("(?:我们|咱们?|自家|自己)(?:家)?(?:自己)?的?[^,。!?]{0,5}(?:门店|体验店|实体店)|(?:都)?是咱自己家|统一定价|(?:我们?|咱们?|自家|自己)(?:家)?(?:自己)?的?(?:专柜|天猫|京东|淘宝|官网|门店|线下店|实体店|旗舰店|店铺|店(?!里))|也是我们|同价|一个价|也是这个价|(?:按|照)(?:官网|官方)?指导价"),
            "同句比较自家的另一渠道", "同句未见比较自家不同渠道的说法", "text",
        ),
        Ground(
            "不作断言",
            re.compile(
                "咱(?:这|家)?(?:没有|不搞)|(?:不敢|不能|不会|没法|(?<!名字)(?<!牌子)(?<!名)(?<!品牌)不方便)(?:乱|随便)?(?:说|保证|讲|承诺|吹)|不(?:去)?(?:跟|和)(?:别人|人家)?比|没有证据|不清楚|不知道|不评价|各有各|不保证|多少钱跟我没关系|"
                "那些说|厂商建议|建议零售价|别信|别被"
            ),
            "明说不作比较或无从断言", "同句未见保留的说法", "text",
        ),
        Ground(
            "自家从前的价格",
            re.compile("(?:我们|咱们?|本|这个)(?:直播间|店|账号|链接)[^,。!?]{0,8}(?:最低|底价)|开播以来|今年(?:以来)?最低|这个月最低"),
            "同句比较自家从前", "同句未见与自家从前价格比较的说法", "sentence",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._strong_groups |= {"part"}

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return True  # it looks for more than its table says

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading) or self._worded(reading)
        told = [one for one in claims if TALKED_OF.search(reading.text, 0, one.start)]
        if told:
            ctx.decline("quoted")
            claims = [one for one in claims if one not in told]
        for claim in claims:
            claim.ungated = claim.ungated or _OATH.search(reading.text) is not None
            claim.admits = (
                _NO_PROOF.search(reading.text) is not None or _BET.search(reading.text) is not None
            )
        return claims

    def _worded(self, reading: Reading) -> list[Claim]:
        """A comparison with others, by the parts of what is said."""
        found = dearer(reading.text)
        if found is None:
            return []
        says = _LOWEST if found.kind == "全网最低" else _DEARER
        return [
            Claim(
                concept=found.kind,
                hits=[Hit("part", reading.text[found.start : found.end], found.start, found.end)],
                level="watch",
                says=says.removeprefix("，"),
                exemptions=[ground.considered(reading, found.start) for ground in self.grounds],
                missing=_PROOF,
                ungated=found.kind == "他处价格",
                asks=False,
            )
        ]

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        hit = hits[0]
        if make.first in (("elsewhere",), ("label",)) and not make.second:
            if hit.form in ("sound", "echo"):
                return None  # “装贵” is no “专柜”
            if hit.term == "京东" and _CARRIER.match(reading.text, hit.end):
                return None
            if _MARKET.search(reading.sentence(hit.start)):
                ctx.decline("market-report")
                return None
            return self._dearer(ctx, reading, hit)
        return make.level

    def _dearer(self, ctx: Context, reading: Reading, hit: Hit) -> Level | None:
        """Is a higher price elsewhere named, or our own said to be lower than theirs?"""
        text = reading.text
        low, high = reading.scope.sentence(hit.start)
        sums = [one for one in amounts(text) if low <= one.start < high]
        theirs = self._theirs(text, hit, sums)
        if theirs is None:
            cheaper = next(
                (
                    one
                    for one in reading.kind("cheaper")
                    if 0 <= one.start - hit.end <= REACH and text[low : hit.start].endswith("比")
                ),
                None,
            )
            vague = _ABOUT.search(text, hit.end, min(high, hit.end + REACH))
            told = vague is not None and _OURS.search(text) is not None
            return "watch" if cheaper is not None or told else None
        if _CHEAP_THERE.search(text[hit.end : theirs.start]):
            return None
        ours = [one.fen for one in sums if one.start > theirs.end and one.fen > 0]
        sku = reading.utterance.sku
        history = ctx.room.prices.get(sku) if sku else None
        step = history.in_force(ctx.now) if history is not None else None
        if not ours and step is not None and step.price:
            ours = [step.price]
        if ours and min(ours) > theirs.fen:
            ctx.decline("not-dearer")
            return None
        bare = not ours and hit.group != "label"
        if bare and not reading.kind("cheaper") and not _OURS.search(text):
            ctx.decline("nothing-compared")
            return None
        return "watch"

    def _theirs(self, text: str, hit: Hit, sums: Sequence[Amount]) -> Amount | None:
        """The sum that is said to be charged there."""
        for one in sums:
            if one.start < hit.end or one.start - hit.end > REACH or one.fen < 100:
                continue
            if _OURS.search(text[hit.end : one.start]):
                return None
            if (
                text[one.start - 1 : one.start] == "双"
                or text[max(0, one.start - 3) : one.start] == "百分之"
            ) or (not one.marked and _NOT_THEIRS.match(text[one.end : one.end + 6])):
                continue
            return one
        return None

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return _PROOF

    # Shown on the card --------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.reference_label and event.reference_price is not None:
            self._shown(ctx, event, event.price, None)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.reference_label and event.reference_price is not None:
            self._shown(ctx, event, event.price, event.conditions)

    def _shown(
        self, ctx: Context, event: Product | Price, fen: int | None, conditions: list[str] | None
    ) -> None:
        label, reference = event.reference_label or "", event.reference_price or 0
        if basis_of(label) != "elsewhere":
            return
        if states_basis(conditions):
            ctx.decline("basis-stated", event.sku)
            return
        if fen is None:
            history = ctx.room.prices.get(event.sku)
            step = history.in_force(event.at) if history is not None else None
            fen = step.price if step is not None else None
        if fen is None or fen >= reference:
            return
        ctx.raise_alert(
            Finding(
                subject=event.sku,
                subject_title=ctx.room.title_of(event.sku),
                level="watch",
                reason=f"标示“{label}” {yuan(reference)} 元与售价 {yuan(fen)} 元比较，高出 "
                f"{yuan(reference - fen)} 元，未说明何时何处的价格，无从比较。",
                trigger=[event],
                hit=f"{label}:{reference}",
                numbers={
                    "reference_fen": reference, "offer_fen": fen, "excess_fen": reference - fen,
                },
                exemptions=[
                    Exemption(
                        clause="有依据、可核对的比较", met=False, why=f"仅标“{label}”，未见时间、地点"
                    )
                ],
                missing=_PROOF,
            )
        )  # fmt: skip
