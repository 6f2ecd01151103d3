"""`health-food-claim`: health food that heals or guarantees, and ordinary food with functions.

广告法 18: no assertion of effect or safety, no disease, no comparison with drugs, no
recommendation, and “本品不能代替药物” must be said; 食安法 78 and 79. What a registered health
food may say (its functions) is not raised. Ordinary food that claims a function is (SP2, SP19).
"""

from __future__ import annotations

import re
from typing import ClassVar

from msgspec import Struct

from detectors.events import Product, Session
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import CATEGORY_NAMES, Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.goods import FOODS, goods_of
from detectors.rules.claims.healing import KINDS, healings
from detectors.rules.claims.reading import Reading
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = ["HealthFoodClaim"]

#: After a function: it is spoken of people or habits, not of what the food does.
_ASIDE = re.compile(
    "[差低弱]就|还是|期间?|的(?:人|朋友|姐妹|家人|宝宝|女生|时候|话)|利(?!尿|水|湿)|人士|餐|要靠|得靠|靠|计划|路上|失败|灯|台灯|仪|模式|屏|贴|罩|壶|枕|床|垫|器|机|笔|书|课|霜|鞋|袋|盒|剂|桶"
)
#: Functions that no device, garment or habit is praised for.
_TAKEN = re.compile(
    "(?:提高|增强|提升|改善|调节|增加|激活|强化)[^,。!?]{0,2}(?:免疫|抵抗)|免疫调节|保健(?:作用|功效|功能)|调节[^,。!?]{0,2}内分泌|补肾|壮阳|固肾"
)
_WARNING = ("代替药物", "替代药物", "代替药品", "替代药品")


class Explanation(Struct):
    """A health food that is being explained, from start to end."""

    sku: str
    since: Product
    functions: int = 0
    """Texts in which a function was spoken of."""
    last: int = 0
    warned: bool = False


class HealthFoodMemory(ClaimMemory):
    """What all claim rules remember, and the explanation under way."""

    explanation: Explanation | None = None


@rule
class HealthFoodClaim(ClaimRule):
    id = "health-food-claim"
    State = HealthFoodMemory
    strong: ClassVar[frozenset[str]] = KINDS | {
        "function", "mild", "assertion", "advocate", "necessity", "warning", "registered", "growth",
    }  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.whole_ms = round(spec.threshold("explanation_s") * 1000)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return category is None or category == "health_food" or category in FOODS

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        utterance = reading.utterance
        goods = goods_of(ctx.room, utterance.sku, reading.text)
        self._follow(ctx, reading)
        if goods.category == "health_food":
            return self._health_food(reading, known=goods.known)
        if goods.category in FOODS:
            return self._ordinary(reading, goods.category, known=goods.known)
        if goods.category is None:
            return self._unknown_class(reading)
        return []

    # Health food --------------------------------------------------------------------------

    def _health_food(self, reading: Reading, *, known: bool) -> list[Claim]:
        lawful = reading.kind("registered")
        missing = [] if known else ["商品类别（是否保健食品）"]
        claims = [
            Claim(
                concept=healing.concept,
                hits=healing.hits,
                level="lead" if healing.plain and known else "watch",
                says=f"{healing.says}，保健食品不得涉及疾病预防、治疗功能",
                missing=missing,
            )
            for healing in healings(reading)
            if not any(_overlaps(hit, ok) for hit in healing.hits for ok in lawful)
        ]
        for kind, says in (
            ("assertion", "以“{}”断言或保证功效、安全性"),
            ("advocate", "以“{}”由专家、医生或患者推荐、证明"),
            ("necessity", "以“{}”声称健康必需"),
        ):
            claims += [
                Claim(
                    concept=hit.group.partition(".")[2] or hit.term,
                    hits=[hit],
                    level="lead" if known else "watch",
                    says=f"{says.format(hit.term)}，保健食品广告不得含有",
                    missing=missing,
                    ungated=kind == "assertion" and hit.term[0] in "无没零不",
                )
                for hit in reading.kind(kind)
            ]
        return claims

    # Ordinary food ------------------------------------------------------------------------

    def _ordinary(self, reading: Reading, category: str | None, *, known: bool) -> list[Claim]:
        if not known and len(reading.text) < 6:
            return []
        plain = [(hit, True) for hit in reading.kind("function")]
        mild = [(hit, False) for hit in reading.kind("mild")] if known else []
        name = CATEGORY_NAMES[category] if known else "普通食品（类别待查）"  # type: ignore[index]
        return [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if strong and known else "watch",
                says=f"{name}声称“{hit.term}”，属于保健功能，普通食品不得声称",
                numbers={"category": category if known else None},
            )
            for hit, strong in plain + mild
            if not reading.scope.warned(hit.start, hit.end)
            and not _ASIDE.match(reading.text[hit.end : hit.end + 6])
            and (strong or hit.form in ("plain", "pinyin", "split"))
        ]

    def _unknown_class(self, reading: Reading) -> list[Claim]:
        """What only something that is taken can be said to do, although nothing tells the class."""
        return [
            Claim(
                concept=hit.group.partition(".")[2],
                hits=[hit],
                level="watch",
                says=f"声称“{hit.term}”，属于保健功能，普通食品不得声称",
                missing=["商品类别（普通食品、保健食品）"],
                numbers={"category": None},
            )
            for hit in reading.kind("function")
            if hit.form != "echo"
            and len(reading.text) >= 6
            and _TAKEN.search(reading.text[max(0, hit.start - 4) : hit.end])
            and not reading.scope.warned(hit.start, hit.end)
            and not _ASIDE.match(reading.text[hit.end : hit.end + 6])
        ]

    # The warning that must be said --------------------------------------------------------

    def _follow(self, ctx: Context, reading: Reading) -> None:
        memory: HealthFoodMemory = ctx.state
        explanation = memory.explanation
        if explanation is None or reading.utterance.sku not in (None, explanation.sku):
            return
        if any(word in reading.text for word in _WARNING):
            explanation.warned = True
        elif reading.kind("function", "registered", *KINDS):
            explanation.functions += 1
        explanation.last = reading.utterance.at

    def on_product(self, ctx: Context, event: Product) -> None:
        memory: HealthFoodMemory = ctx.state
        explanation = memory.explanation
        if explanation is not None and (
            (event.status == "explaining" and event.sku != explanation.sku)
            or (event.status == "removed" and event.sku == explanation.sku)
        ):
            self._close(ctx, memory, explanation)
        if event.status == "explaining" and memory.explanation is None:
            card = ctx.room.cards.get(event.sku, event)
            if card.category == "health_food":
                memory.explanation = Explanation(event.sku, event, last=event.at)

    def on_session(self, ctx: Context, event: Session) -> None:
        memory: HealthFoodMemory = ctx.state
        if memory.explanation is not None:
            if event.phase == "ended":
                self._close(ctx, memory, memory.explanation)
            memory.explanation = None

    def _close(self, ctx: Context, memory: HealthFoodMemory, explanation: Explanation) -> None:
        """The explanation is over: was it whole, and was the warning anywhere in it?"""
        memory.explanation = None
        subject = f"{explanation.sku}/警示语"
        if explanation.warned or not explanation.functions:
            return
        since = explanation.since.at
        card = ctx.room.cards.get(explanation.sku, explanation.since)
        attributes = card.attributes
        if attributes is not None and any(
            word in value for value in attributes.values() for word in _WARNING
        ):
            ctx.decline("warning-on-card", subject)
            return
        if ctx.now - since < self.whole_ms or ctx.room.unwatched_ms(since, ctx.now):
            ctx.decline("explanation-not-whole", subject)
            return
        absent = attributes is not None and attributes.get("警示语") == ""
        seconds = (ctx.now - since) // 1000
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=f"{ctx.room.title_of(explanation.sku)} 未见“本品不能代替药物”",
                level="lead" if absent else "watch",
                reason=f"讲解保健食品 {seconds} 秒，{explanation.functions} 次说到功能，"
                "口播未见“本品不能代替药物”，"
                + ("商品卡也没有。" if absent else "商品卡上有无尚不知。"),
                trigger=[explanation.since],
                numbers={"explained_s": seconds, "functions": explanation.functions},
                missing=[] if absent else ["商品卡、画面上是否显著标明“本品不能代替药物”"],
                law=[basis.ref for basis in self.spec.law if "保健食品" in basis.ref],
            )
        )


def _overlaps(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end
