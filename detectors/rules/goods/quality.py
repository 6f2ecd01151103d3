"""`pass-off-quality`: another material, less weight, second quality or used goods passed off as better.

产质法 39 and 50, 直播办法 33(2). The card's own material against speech or title; the words of
sellers who admit it; at least three independent buyers who report it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from detectors.alerts import Exemption
from detectors.events import Chat, Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.sought import Sought
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.adulterants import may_be_substituted, substituted
from detectors.rules.goods.frames import passed_off
from detectors.rules.goods.held import Held, HeldMemory, HeldRule
from detectors.rules.goods.inferior import AS_IT_IS, passed_off_as_better
from detectors.rules.goods.materials import materials, may_name_materials, related
from detectors.rules.goods.mismatch import contradiction, likened
from detectors.rules.goods.reports import Reports
from detectors.rules.goods.shortage import less_than_marked, may_be_short, short
from detectors.rules.goods.slots import material_slots
from detectors.rules.goods.talk import Kind, Pairing, of_others, spurned
from detectors.rules.goods.titles import contradicted_title
from detectors.rules.goods.weighing import TOLD, paused
from detectors.speech.utterance import Utterance

__all__ = ["PassOffQuality"]

#: Said of goods as they are; on the card they are treated, used, second quality.
_CONDITIONS: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (
        re.compile("全新|未拆封|原封|没拆过|没用过|新机|正品新"),
        re.compile("翻新|官翻|二手|拆机|样机|展示机|返修|九成新|9成新|8成新|成色"),
        "成色",
    ),
    (
        re.compile("天然(?!乳胶|橡胶|植物|成分)|a货|纯天然|无优化|未经处理|没处理|原矿"),
        re.compile(
            "b货|c货|b\\+c|酸洗|注胶|充胶|染色|优化处理|处理过|合成|人工|人造|仿|压制|再造|镀膜|热处理|充填"
        ),
        "处理",
    ),
    (
        re.compile("原切|整切|整块牛排|整肉|原肉"),
        re.compile("调理|合成|拼接|重组|腌制|滚揉|卡拉胶|复合"),
        "原切",
    ),
    (
        re.compile("一等品|优等品|正品|一级品"),
        re.compile("次品|等外|瑕疵|残次|副牌|二等品|b级|处理品"),
        "品级",
    ),
)
_HONEST = re.compile(
    r"就是(?:指|说)?(?:完全)?没有?(?:经过)?(?:染|注|充|灌|烧|优化|处理)|鞋面[^。!?]{0,14}(?:鞋底|内里|鞋里|里子)|(?:桌腿|床脚|框架)[^。!?]{0,8}(?:台面|面板)|大小(?:混|都有|不一)|(?<!实测)额定|换算|超市(?:是|卖|装)|官方写|差[^,。!?]{1,3}补|另外?称|写在(?:标题|详情|页面)|讲给(?:大家|你们)听|详情页|标签上?写|写了的|写着的|说清楚|吃素|如实|写得清楚|标得清楚|明说|跟大家说|介意|所以(?:才)?(?:这个|便宜)|便宜在|价格也(?:是|就)|没有冒充|不冒充|不骗|整批退|不合格(?:的|就)?(?:退|不收|不要|销毁)|拍(?:图|照)|少[一二两三\d]{1,12}(?:斤|两)补|(?:不合格)?(?:的)?名单|通报里|买[^,。!?]{1,3}(?:先|要)看|(?<!根本)(?<!其实)(?<!压根)不是(?:真|原切|原[装厂]|纯|头层|实木|足[金银]|天然|全新|正品|羊绒|羊毛|真丝|鹅绒|野生|手工|和田|翡翠|黄金|新的|大牌|整切|鲜)[^,。!?]{0,4}(?:,|。|$|的|啊|哈)|所以[^,。!?]{0,5}(?:块|元|一片|一斤|便宜)"
)
#: What is mixed to be eaten together adulterates nothing.
_MIXED = re.compile("杂粮|八宝|谷物|燕麦|藜麦|坚果|果干|果仁|混合|口味|拼配|配方|配料")
#: A concentrate is thinned to be drunk or used.
_THINNED = re.compile(
    "红烧|料汁|碗汁|的汁|勾芡|焖|炖|炒菜|蘸|浓缩|原液|原浆汁|稀释|兑水(?:后|再)?(?:喝|饮|用|冲|泡|洗|拖|擦|喷|浇|刷|煮|就能|就可以|服)|(?:要|得|记得|需要?|可以)兑水|[一1]比[一二三四五六七八九十百\\d]{1,12}兑水|冲(?:着|泡)?喝"
)
#: Gold of fewer carats, or plated, that goes as gold of more.
_CARATS = re.compile(
    "(?P<there>[\\d一二三四五六七八九十]{1,3}k|镀金|包金|九二五|925)的?[^。!?]{0,8}?(?<![别不])(?:按|当|说成?|写成?|报成?|讲成?|标成?)(?:的是|作|是)?(?P<said>足金|千足金?|纯金|黄金|真金|十八k|18k|足银|纯银|千足银)[^,。!?]{0,3}(?:卖|讲|报|发|说|标|$|,)"
)
#: Liquid food that is stirred together from what it is not.
_STIRRED = re.compile(
    "(?:酱油|散醋|醋|料酒|黄酒|蜂蜜|香油|麻油|果汁|牛奶|豆浆|花生油|辣椒油)(?!酸)[^。!?]{0,8}?(?:色素|味精|冰醋酸|酒精|香精|糖精|白?糖水|糖浆|甜蜜素|酱色|焦糖色|大豆油)[^,。!?]{0,10}?(?:兑|勾|调|熬|冲|配)(?:兑)?(?:的|出来|成)"
)
_QUICK_CARATS, _QUICK_STIRRED = Sought(_CARATS), Sought(_STIRRED)
_QUICK_SAID = tuple(Sought(said) for said, _, _ in _CONDITIONS)
_WATERED = frozenset({"糖", "兑水", "兑了水", "水", "兑点", "兑了", "加点", "加了"})
_SOLD_AS = re.compile("当[^,。!?]{1,8}(?:卖|发|出)|冒充|充当|(?:喝|尝|看|分)不出|没人(?:知道|发现)")
_MATERIAL_SAYS = re.compile("仿|款|色|风|感|系|级别|同款|纹")
_TOLD_OF = re.compile(
    "瑕疵(?:品|款|处理)?(?:价|特价|都|我|会|已经)?(?:跟|给|和)?(?:大家|你们)?(?:说|讲|标)(?:清楚|明白|明)?|介意(?:的)?(?:勿|别|慎)拍|说清楚|明说|如实|微瑕处理|瑕疵处理|瑕疵福利|清仓瑕疵"
)

_AS_IT_IS = re.compile(AS_IT_IS)
_OPENLY = re.compile(f"{TOLD}|{AS_IT_IS}")

#: By term, the characters before and after it that make another word of it.
_LONGER: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "胶": (frozenset("阿桃鱼龟鹿硅橡乳"), frozenset("原囊")),
    "水": (frozenset("薪墨"), frozenset("果晶")),
    "少写": (frozenset("多"), frozenset()),
    "少用": (frozenset("多"), frozenset()),
    "少放": (frozenset("多"), frozenset()),
    "少打": (frozenset("多"), frozenset()),
    "拼接肉": (frozenset(), frozenset("色粉")),
}

#: Kinds of words that are looked for in what is written against what is there.
_TURNED = frozenset({"really", "inferior", "fakemat"})


def _may_be_admitted(text: str, hits: list[Hit]) -> bool:
    """Can it be said that goods are worse than they are sold as?"""
    named = {hit.group.partition(".")[0] for hit in hits}
    return (
        not named.isdisjoint(PassOffQuality.kinds)
        or any(one.first in named and one.second in named for one in PassOffQuality.pairings)
        or (not named.isdisjoint(_TURNED) and _is_framed(text))
        or passed_off_as_better(text) is not None
        or (may_be_short(text) and short(paused(text)) is not None)
        or (may_be_substituted(text) and substituted(text) is not None)
        or _QUICK_CARATS.search(text) is not None
        or _QUICK_STIRRED.search(text) is not None
    )


def _is_other_word(text: str, hit: Hit) -> bool:
    """Does the term stand in a longer word (“阿胶”, “多少写”, “拼接肉色”)?"""
    around = _LONGER.get(hit.term)
    if around is None:
        return False
    before, after = around
    return text[hit.start - 1 : hit.start] in before or text[hit.end : hit.end + 1] in after


def _is_framed(text: str) -> bool:
    """Is something written against what is there (“标五百克，其实四百二”)?"""
    said = paused(text)
    return passed_off(said) is not None or less_than_marked(said) is not None


def _may_contradict(text: str) -> bool:
    """Can it be said of the goods what their card does not show?"""
    return may_name_materials(text) or any(said.may_match(text) for said in _QUICK_SAID)


class QualityMemory(HeldMemory):
    """Beside what is held: buyers' reports."""

    reports: Reports = msgspec.field(default_factory=Reports)


@rule
class PassOffQuality(HeldRule):
    id = "pass-off-quality"
    State = QualityMemory
    strong: ClassVar[frozenset[str]] = frozenset(
        {
            "material",
            "condition",
            "inferior",
            "adulterate",
            "short",
            "swap",
            "passoff",
            "fakemat",
            "really",
            "sign",
            "shown",
            "weight",
        }
    )
    heard = 3
    kinds: ClassVar[dict[str, Kind]] = {
        "passoff": Kind("话里说到以次充好、以假充真", "lead"),
        "adulterate": Kind("话里说到掺杂、掺假", "lead"),
        "short": Kind("话里说到短斤少两、偷减用料", "lead", asked=False),
        "swap": Kind("话里说到发的货与展示的不同", "lead"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("inferior", "as", "passoff", after=10, before=6, marks=1),
        Pairing("inferior", "mixed", "passoff", after=8, before=10, marks=1),
        Pairing("fakemat", "as", "passoff", after=10, before=3, marks=1),
        Pairing("stuff", "mixed", "adulterate", after=4, before=12, marks=1),
        Pairing("weight", "less", "short", after=10, before=4, marks=1),
        Pairing("shown", "sent", "swap", after=14, before=12, marks=2),
    )

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.reporters = spec.count("reporters")
        self.reports_ms = spec.count("reports_min") * 60_000

    def waits(self, claim: Claim) -> bool:
        return claim.concept in ("材质", "成色", "处理", "原切", "品级")

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return _may_be_admitted(text, hits) or _may_contradict(text)

    def is_worth(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> bool:
        text = utterance.folded.text
        if _may_be_admitted(text, hits):
            return True
        card = ctx.room.cards.get(utterance.sku or "")
        return card is not None and bool(card.attributes) and _may_contradict(text)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        if not claims:
            claims += self._framed(reading)
        if not claims:
            claims += self._imitated(reading)
        if not claims:
            claims += self._stretched(reading)
        claims += self.weighed(reading, "passoff", "以次充好", passed_off_as_better(reading.text))
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if reading.utterance.speaker == "card" or card is None or not card.attributes:
            return claims
        # Of a blend named with its shares, what was put too low was named to be honest.
        found = list(material_slots(reading.text, card))
        if not any(slot.agrees for slot in found):
            claims += [contradiction(reading, slot) for slot in found]
        if not claims:
            likened(ctx, reading)
        for said_as, shown_as, concept in _CONDITIONS:
            match = said_as.search(reading.text)
            shown = next(
                (value for value in card.attributes.values() if shown_as.search(fold(value).text)),
                "",
            )
            if match is not None and shown and not _names(shown_as, reading.text):
                claims.append(self._condition(concept, match, shown))
        return claims

    def _framed(self, reading: Reading) -> list[Claim]:
        """What is written against what is there, in words (“标五百克，其实四百二”)."""
        if not reading.kind("really", "inferior", "fakemat") or _HONEST.search(reading.text):
            return []
        said = paused(reading.text)
        place = passed_off(said) or less_than_marked(said)
        if place is not None and _AS_IT_IS.search(said):
            return []
        return [] if place is None else [self._admission(reading, *place)]

    def _imitated(self, reading: Reading) -> list[Claim]:
        """Gold of fewer carats sold as more, liquids stirred together from what they are not."""
        carats = _QUICK_CARATS.search(reading.text)
        if carats is not None and carats["there"].replace("十八", "18") == carats["said"].replace(
            "十八", "18"
        ):
            carats = None
        found = carats or _QUICK_STIRRED.search(reading.text)
        # Asked last: hardly any text gets so far, and it is the dearest question.
        if found is None or _HONEST.search(reading.text):
            return []
        return [self._admission(reading, *found.span())]

    def _stretched(self, reading: Reading) -> list[Claim]:
        """Goods that hold what their kind is stretched with, or less than is said; not told to buyers."""
        text = reading.text
        found = substituted(text) if may_be_substituted(text) else None
        place = None if found is None else (found.start, found.end)
        said = paused(text)
        if place is None and may_be_short(text):
            place = short(said)
        if place is None or _HONEST.search(said) or _OPENLY.search(said):
            return []
        return [self._admission(reading, *place)]

    def _admission(self, reading: Reading, start: int, end: int) -> Claim:
        words = reading.text[start:end]
        named = [
            hit
            for hit in reading.kind("really", "inferior", "fakemat", "good")
            if start <= hit.start and hit.end <= end
        ]
        return Claim(
            concept="以次充好",
            hits=named or [Hit("passoff.以次充好", words, start, end)],
            level="watch",
            says=f"“{words}”，说到所写所标与实物不同",
            exemptions=[of_others(spurned(reading, start, end))],
            missing=["抽样检验、进货凭证"],
            ungated=True,
            admits=True,
            asks=False,
        )  # fmt: skip

    def _condition(self, concept: str, match: re.Match[str], shown: str) -> Claim:
        return Claim(
            concept=concept,
            hits=[Hit(f"condition.{concept}", match.group(), match.start(), match.end())],
            level="lead",
            says=f"所称“{match.group()}”，商品卡写明“{shown}”",
            missing=["实物检验、鉴定"],
            numbers={"spoken_words": match.group(), "shown_words": shown},
        )

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return ctx.room.category(utterance.sku) not in (
            "agricultural_input",
            "service",
            "education",
            "finance",
        )

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        if _HONEST.search(reading.text) and claim.hits[0].group.startswith(
            ("fakemat", "inferior", "stuff", "weight")
        ):
            return None
        if "混纺" in reading.text and any(hit.term.startswith("混") for hit in claim.hits):
            return None
        if any(_is_other_word(reading.text, hit) for hit in claim.hits):
            return None
        if claim.hits[0].term.startswith("掺") and _MIXED.search(reading.text):
            return None
        if (
            {hit.term for hit in claim.hits} <= _WATERED
            and _THINNED.search(reading.text)
            and not _SOLD_AS.search(reading.text)
        ):
            return None
        told = _TOLD_OF.search(reading.text)
        # Before the warning: “介意勿拍” is said of what is told.
        claim.exemptions.insert(
            0,
            Exemption(
                clause="明示瑕疵、处理品", met=told is not None,
                why=f"已说明“{told.group()}”" if told else "同句未见向买家明示的话",
            ),
        )  # fmt: skip
        claim.missing.append("抽样检验、进货凭证")
        return claim

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees and slot.attribute == held.concept
            for slot in material_slots(utterance.folded.text, card)
        )

    def on_product(self, ctx: Context, event: Product) -> None:
        """The title against its own composition, and the card's material and condition."""
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.title:
            return
        title = fold(card.title).text
        within = contradicted_title(title)
        if within is not None:
            return self._raise_title(ctx, card, *within)
        if not card.attributes:
            return
        shown = said(card, "材质")
        on_card = materials(fold(shown).text, shown=True) if shown else []
        pairs = [
            (one, [two for two in on_card if two.path[0] == one.path[0]])
            for one in materials(title)
        ]
        for spoken, family in pairs:
            if not family or any(related(two.path, spoken.path) for two in family):
                continue
            if spoken.part:
                continue
            if _MATERIAL_SAYS.match(title[spoken.end :]):
                words = title[spoken.start : spoken.end + 2]
                ctx.decline("exempt", card.sku, f"仿款、颜色、风格：“{words}”")
                continue
            return self._raise_title(ctx, card, title[spoken.start : spoken.end], shown, "材质")
        for said_as, shown_as, concept in _CONDITIONS:
            match = said_as.search(title)
            value = next(
                (one for one in card.attributes.values() if shown_as.search(fold(one).text)), ""
            )
            if match is not None and value and not shown_as.search(title):
                return self._raise_title(ctx, card, match.group(), value, concept)
        return None

    def _raise_title(
        self, ctx: Context, card: Product, words: str, shown: str, concept: str
    ) -> None:
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="lead",
                because=["title"],
                reason=f"商品标题称“{words}”，同一{'标题' if shown in fold(card.title or '').text else '商品卡'}的{concept}为“{shown}”，两者不符。",
                trigger=[card],
                hit=f"title:{words}:{shown}",
                numbers={"title_words": words, "shown_words": shown},
                exemptions=[
                    Exemption(
                        clause="仿款、颜色、风格", met=False, why="未见仿款、颜色或风格的说法"
                    ),
                    Exemption(clause="明示瑕疵、处理品", met=False, why="标题没有明示"),
                ],
                missing=["实物检验、鉴定"],
            )
        )

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if "viewer.quality" not in groups or "viewer.doubt" in groups:
            return
        subject = ctx.room.explaining or "room"
        memory: QualityMemory = ctx.state
        reports = memory.reports.add(subject, event, self.reports_ms)
        if len(reports) < self.reporters:
            if reports:
                ctx.decline("few-reports", subject)
            return
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=ctx.room.title_of(ctx.room.explaining),
                level="watch",
                because=["reports"],
                reason=f"{self.reports_ms // 60_000} 分钟内 {len(reports)} 名互不相同的观众反映收到的商品材质、重量或品级不对。",
                trigger=list(reports),
                extent=len(reports),
                numbers={"reporters": len(reports), "window_min": self.reports_ms // 60_000},
                exemptions=[
                    Exemption(
                        clause="同行集中恶意留言",
                        met=None,
                        why="只按账号互不相同计，是否同批账号须核实",
                    )
                ],
                missing=["反映人的订单与实物、抽样检验"],
            )
        )


def _names(pattern: re.Pattern[str], text: str) -> bool:
    """Do the words themselves name the condition, and not only to deny it?"""
    return any(
        not re.search("(?:不是|没有|非|不卖|绝不是)[^,。!?]{0,2}$", text[: match.start()])
        for match in pattern.finditer(text)
    )
