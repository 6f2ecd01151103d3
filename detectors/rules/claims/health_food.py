"""`health-food-claim`: health food that heals or guarantees, and ordinary food with functions.

广告法 18: no assertion of effect or safety, no disease, no comparison with drugs, no
recommendation, and “本品不能代替药物” must be said; 食安法 78 and 79. What a registered health
food may say (its functions) is not raised. Ordinary food that claims a function is (SP2, SP19).
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detectors.events import Chat, Product, Session, Speech
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import CATEGORY_NAMES, Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.functions import FUNCTION_KINDS, Function, functions, is_terse
from detectors.rules.claims.goods import FOODS, Goods, goods_of
from detectors.rules.claims.healing import KINDS, exposed, healings
from detectors.rules.claims.health_food_ways import NOT_POSING, POSING, SAID, UNADVISED
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["HealthFoodClaim"]

#: After a function: it is spoken of people or habits, not of what the food does.
_ASIDE = re.compile(
    "(?:糖|饼干|咖啡|茶|胶囊|产品)[^,。!?]{0,4}(?:没有|不含|没加|没添加|检出|查出)[^,。!?]{0,6}(?:成分|西药|西布曲明|酚酞|药)|[差低弱]就|那一栏|一栏|片不是我|还(?:是|得|要|需|靠)|(?:那|这)?(?:都)?是(?:老话|老说法|传说)|期间?|的(?:人|朋友|姐妹|家人|宝宝|女生|时候|话)|利(?!尿|水|湿)|人士|餐|要靠|得靠|靠|计划|路上|失败|灯|台灯|仪|模式|屏|贴|罩|壶|枕|床|垫|器|机|笔|书|课|霜|鞋|袋|盒|剂|桶"
)
#: Words that are as often spoken of people, food or sport: a promise must stand beside them.
_COMMON = re.compile(
    "减肥|减脂|瘦身|减重|燃脂|掉肉|瘦腰|瘦肚|瘦肚子|排便|宿便|长个|长高|增高|窜个|蹿个|"
    "蹿了|窜了|助长|安眠|睡眠质量|记忆力|脑力|气血|内分泌|免疫力|抵抗力|不生病|少生病|不感冒|"
    "不容易生病|黑发|骨密度|解酒|醒酒|血液循环|微循环|腰不酸|老得快|老得慢|不显老|皮肤水润|"
    "改善皮肤|气色红润|刮油|下奶|恢复体力|视觉疲劳|护眼|护肺|补血|补气|增强体质|强身健体|抗糖|"
    "抗氧化|丰胸|二次发育|肠胃|湿气|毒素|清热|菌群|美白|祛斑|淡斑|去火|下火|除湿|清体|养颜|"
    "温补|暖胃|解毒|祛火|败火|小肚子没|男人喝了|老公喝了"
)
#: Of food, too, these alone claim nothing.
_NOUNS = frozenset({"毒素", "湿气", "肠胃", "菌群"})
_PROMISED_BEFORE = re.compile(
    "(?:能|可以|可|会|帮你|帮助|让你|让孩子|让娃|促进|提高|提升|增强|改善|增加|激活|强化|调节|调理|补充|有助于?|有利于?|快速|轻松|迅速|告别|解决|专攻|保健|排|清|祛|去|养|"
    "(?:喝|吃|贴|穿|泡|戴|枕|抹)(?:它|这个|完|了|着|上)(?:就|都|能)?)[^,。!?]{0,2}$"
)
_PROMISED_AFTER = re.compile(
    "^(?:神器|必备|利器|效果|功效|作用|功能|见效|有效|提升|提高|增强|改善|加快|变好|变强|更强|更好|上来|足了|好了|杠杠|翻倍|拉满|满满|一把好手|必喝|必吃|就靠)"
)
#: Characters after “有助于” in which the function stands that it is said of.
_REGISTERED = 8
_WISHED = re.compile("祝|祝愿|希望(?:大家|家人|你们)|愿(?:大家|家人|你们)|恭喜")
#: “我减肥呢” is the host's own affair, unless the goods have done it.
_PERSON = re.compile("(?:我|她|他|你们|大家|主播|家人们)(?:在|要|想|正|正在|最近|也|还|都){0,6}$")
_OWING = re.compile("靠|多亏|喝它|吃它|就喝|就吃|就用|喝的|吃的")
#: What a health food does that keeps no function, but mends a body.
_MENDS = re.compile(
    "修复|再生|新生|净化|溶解|逆转|疏通|打通|清除|祛除|激活|唤醒|重建|重启|清洗|软化|愈合|解毒|变年轻"
)
_WARNING = ("代替药物", "替代药物", "代替药品", "替代药品")


#: Texts that speak of a function, which an alert shows.
MAX_HEARD = 5


class Explanation(Struct):
    """A health food that is being explained, from start to end."""

    sku: str
    since: Product
    functions: int = 0
    """Texts in which a function was spoken of."""
    last: int = 0
    warned: bool = False
    heard: list[Speech | Chat | Product | Session] = []
    """The first of those texts, at most `MAX_HEARD`."""


class HealthFoodMemory(ClaimMemory):
    """What all claim rules remember, and the explanation under way."""

    explanation: Explanation | None = None


#: Bases that hold for one kind of goods alone.
_HEALTH_FOOD_ONLY = frozenset({"广告法/保健食品", "食安法/保健食品标签", "食安法/保健食品广告"})
_ORDINARY_ONLY = frozenset({"广告法/非医疗宣称治疗"})


@rule
class HealthFoodClaim(ClaimRule):
    id = "health-food-claim"
    State = HealthFoodMemory
    strong: ClassVar[frozenset[str]] = KINDS | FUNCTION_KINDS | {
        "function", "mild", "assertion", "advocate", "necessity", "warning", "registered", "growth", "sign",
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
        if exposed(reading.text):
            ctx.decline("reported")
            return []
        if goods.category == "health_food":
            return self._on(self._health_food(reading, known=goods.known), _ORDINARY_ONLY, goods)
        if goods.category in FOODS:
            claims = self._ordinary(reading, goods.category, known=goods.known)
            if not claims and any(True for _ in healings(reading)):
                # That ordinary food heals is medical-claim's to say, likeness to its violations or not.
                reading.is_weighed = True
            return self._on(claims, _HEALTH_FOOD_ONLY, goods)
        if goods.category is None:
            return self._unknown_class(reading)
        return []

    def bases_of_goods(self, ctx: Context, reading: Reading) -> list[str] | None:
        category = ctx.room.category(reading.utterance.sku)
        if category is None:
            return None
        others = _ORDINARY_ONLY if category == "health_food" else _HEALTH_FOOD_ONLY
        return [one.ref for one in self.spec.law if one.ref not in others]

    def _on(self, claims: list[Claim], others: frozenset[str], goods: Goods) -> list[Claim]:
        """Claims without the bases for other goods than those that the card shows."""
        for claim in claims:
            if goods.known and claim.law is None:
                claim.law = [one.ref for one in self.spec.law if one.ref not in others]
        return claims

    # Health food --------------------------------------------------------------------------

    def _health_food(self, reading: Reading, *, known: bool) -> list[Claim]:
        lawful = reading.kind("registered")
        unclassed = [] if known else ["unclassed"]
        missing = [] if known else ["商品类别（是否保健食品）"]
        claims = [
            Claim(
                concept=healing.concept,
                hits=healing.hits,
                level="lead" if healing.plain and known else "watch",
                because=[*unclassed, "healing"],
                says=f"{healing.says}，保健食品不得涉及疾病预防、治疗功能",
                missing=missing,
            )
            for healing in healings(reading)
            if not any(
                _overlaps(hit, ok) or 0 <= hit.start - ok.end <= _REGISTERED
                for hit in healing.hits
                for ok in lawful
            )
        ]
        claims += [
            Claim(
                concept=concept,
                hits=[Hit(f"said.{concept}", match.group(), match.start(), match.end())],
                level="lead" if known else "watch",
                because=unclassed,
                says=f"“{match.group()}”，{says}",
                missing=missing,
                ungated=concept != "比较",
                admits=concept == "警示语",
            )
            for pattern, concept, says in SAID
            if (match := pattern.search(reading.text)) is not None
            and not (concept == "荐证" and UNADVISED.search(reading.text))
        ]
        claims += [
            Claim(
                concept=one.concept,
                hits=one.hits,
                level="watch",
                because=unclassed,
                says=f"以“{one.says}”描述功效，不是保健食品可以声称的保健功能",
                missing=missing,
            )
            for one in functions(reading)
            if one.heals and _MENDS.search(one.says) and not lawful
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
                    because=[*unclassed, kind],
                    says=f"{says.format(hit.term)}，保健食品广告不得含有",
                    missing=missing,
                    ungated=kind == "assertion" and hit.term[0] in "无没零不",
                )
                for hit in reading.kind(kind)
                # Of a notice about others nothing is claimed of the goods.
                if not exposed(reading.text)
            ]
        return claims

    # Ordinary food ------------------------------------------------------------------------

    def _ordinary(self, reading: Reading, category: str | None, *, known: bool) -> list[Claim]:
        if not known and len(reading.text) < 6:
            return []
        plain = [(hit, True) for hit in reading.kind("function")]
        mild = [(hit, False) for hit in reading.kind("mild")] if known else []
        because = ["function"] if known else ["unclassed"]
        name = CATEGORY_NAMES[category] if known else "普通食品（类别待查）"  # type: ignore[index]
        claims = [
            Claim(
                concept=hit.group.partition(".")[2] or hit.term,
                hits=[hit],
                level="lead" if strong and known else "watch",
                because=because,
                says=f"{name}声称“{hit.term}”，属于保健功能，普通食品不得声称",
                numbers={"category": category if known else None},
            )
            for hit, strong in plain + mild
            if not _is_aside(reading, hit)
            and (strong or hit.form in ("plain", "pinyin", "split"))
            and (hit.term not in _NOUNS or _is_promised(reading, hit))
        ]
        posing = POSING.search(reading.text) if known else None
        if posing is not None and not NOT_POSING.search(reading.text):
            claims.append(
                Claim(
                    concept="冒充保健食品",
                    hits=[Hit("said.冒充保健食品", posing.group(), posing.start(), posing.end())],
                    level="lead",
                    says=f"“{posing.group()}”，把普通食品当作保健食品推销",
                    ungated=True,
                    admits=True,
                )
            )
        claims += [
            Claim(
                concept=one.concept,
                hits=one.hits,
                level="lead" if one.heals and known else "watch",
                because=because,
                says=f"{name}声称“{one.says}”，属于保健功能，普通食品不得声称",
                numbers={"category": category if known else None},
            )
            for one in self._composed(reading)
            if (known or one.heals) and not _is_aside(reading, *one.hits)
        ]
        return claims or ([] if known else self._unknown_class(reading))

    def _unknown_class(self, reading: Reading) -> list[Claim]:
        """What goods of any class but health food may not be said to do; the class is to be found."""
        stated = [hit for hit in reading.kind("function") if _is_promised(reading, hit)]
        composed = self._composed(reading)
        listed = reading.kind("function", "mild")
        ills = reading.kind("disease", "symptom", "value") if listed else []
        if is_terse(reading, [*listed, *ills, *(hit for one in composed for hit in one.hits)]):
            stated = listed
        else:
            composed = [one for one in composed if one.heals]
        found = [Function(_concept(hit), [hit], False, hit.term) for hit in stated] + composed
        return [
            Claim(
                concept=one.concept,
                hits=one.hits,
                level="watch",
                because=["unclassed"],
                says=f"声称“{one.says}”，属于保健功能，非保健食品不得声称",
                missing=["商品类别（普通食品、保健食品）、批准的功能"],
            )
            for one in found
            if not any(_is_slight(hit) for hit in one.hits) and not _is_aside(reading, *one.hits)
        ]

    def _composed(self, reading: Reading) -> list[Function]:
        """Functions that are not already told as the healing of something, by `medical-claim`."""
        healed = {hit.start for healing in healings(reading) for hit in healing.hits}
        return [
            one for one in functions(reading) if healed.isdisjoint(hit.start for hit in one.hits)
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
            if len(explanation.heard) < MAX_HEARD:
                explanation.heard.append(reading.utterance.event)
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
                reason=f"保健食品在商品卡上标为讲解中 {seconds} 秒，其间 {explanation.functions} 次说到功能，"
                "口播未见“本品不能代替药物”，"
                + ("商品卡也没有。" if absent else "商品卡上有无尚不知。"),
                trigger=sorted(
                    {one.id: one for one in (explanation.since, *explanation.heard)}.values(),
                    key=lambda one: (one.at, one.rank, one.id),
                ),
                hit=f"{explanation.since.id}:unwarned",
                because=["unwarned"],
                numbers={"explained_s": seconds, "functions": explanation.functions},
                missing=[] if absent else ["商品卡、画面上是否显著标明“本品不能代替药物”"],
                law=[basis.ref for basis in self.spec.law if "保健食品" in basis.ref],
            )
        )


def _overlaps(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end


def _concept(hit: Hit) -> str:
    return hit.group.partition(".")[2] or hit.term


def _is_aside(reading: Reading, *hits: Hit) -> bool:
    """Is it spoken of people or habits, in a wish or in a warning?"""
    start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
    low, high = reading.scope.sentence(start)
    if _WISHED.search(reading.text[low:start]):
        return True
    if (
        any(_COMMON.fullmatch(hit.term) for hit in hits)
        and _PERSON.search(reading.text[low:start])
        and not _OWING.search(reading.text[start:high])
    ):
        return True
    return (
        reading.scope.warned(start, end) is not None
        or _ASIDE.match(reading.text[end : end + 6]) is not None
    )


def _is_slight(hit: Hit) -> bool:
    """Is it too little to say so of goods that nobody knows: two characters that sound alike?"""
    return hit.form == "echo" or (hit.form == "sound" and len(hit.term) == 2)


def _is_promised(reading: Reading, hit: Hit) -> bool:
    """Is a function claimed of the goods, and not merely mentioned?"""
    if _COMMON.fullmatch(hit.term) is None:
        return True
    low = reading.scope.clause(hit.start)[0]
    return (
        _PROMISED_BEFORE.search(reading.text[low : hit.start]) is not None
        or _PROMISED_AFTER.match(reading.text[hit.end :]) is not None
    )
