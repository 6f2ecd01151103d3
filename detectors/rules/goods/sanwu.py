"""`sanwu`: goods without producer, address and mark of inspection (三无产品).

产质法 27 and 54, 直播办法 27. The card alone is not enough: what it lacks must be lacking on the
goods too, by the host's words or by what at least three buyers report. A card on which it was
observed absent, and which was explained for minutes without the label being shown, is watched.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from detectors.alerts import Exemption, Level
from detectors.events import Chat, Product
from detectors.facts.cards.labels import absent_items, said
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.reports import Reports
from detectors.rules.goods.talk import Kind, Pairing, TalkRule
from detectors.rules.goods.unnamed import may_be_unnamed, nobody_named
from detectors.speech.utterance import Utterance

__all__ = ["Sanwu"]

#: Products whose label was read out in the room; the latest.
MAX_REVEALED = 50
#: Goods that need no label on a pack, or have none: 产质法 27(2), used goods, farm produce.
_BULK = re.compile(
    "散装|散称|散卖|裸装|称重|论斤|按斤|现炒|现做|现烤|现卤|现摘|现挖|现捞|现杀|鲜活|活体|盆栽|绿植|苗|二手|闲置|中古|古着|孤品|拍卖|"
    "自家(?:种|养|地|腌|晒|做)|自己(?:种|养|家种)|农家|土特产|非卖品|赠品"
)
#: Small makers: 产质法 2 does not reach what is not made for sale in quantity.
_HANDMADE = re.compile("手工(?:做|编|织|缝|皮|包|鞋)|手作|定制|私人订制")
#: 三无 of something else: sugar, oil, additives, reviews.
_WORDPLAY = re.compile(
    "三无(?:(?:面包|零食|酸奶|果干|饮料|食品|辅食|主播|青年|人员|少女|少年|属性|学校|小区|学历|酱油|月饼|蛋糕|饼干|麦片|护肤|配方|理念|承诺)|[^。!?]{0,8}无(?:糖|油|添加|蔗糖|色素|防腐|香精|酒精|硅油|理由|忧|效|刺激|甲醛|味|卡))"
)
_ASKED = re.compile("[吗么嘛]$")
#: A word that the label need not have (“标签没写羊绒”), what was left out of the goods.
_NOT_MARKS = re.compile("(?:年份|驰名|有机|羊绒|真皮|野生|手工)|[没不](?:加|放|兑|掺)")
#: Where the label is, how to do without it, and what comes of tearing it off.
_ELSEWHERE = re.compile(
    "(?:是|为)样[品衣]|(?:成分|洗标|标签|信息)(?:都)?(?:印|缝|贴)?在|扫码|看视频|视频(?:教程|安装)|(?:不能|不给|不支持|影响)(?:再)?退|补寄"
)
#: “没剪吊牌”, “没按吊牌价”: the label is there.
_LABEL_KEPT = re.compile(
    "没(?:有)?(?:按|照|剪|拆|撕|摘|动|碰|揭|换|改|掉|坏|损|洗掉|看清?|仔细看|注意|想到|用上?)"
)
_REQUIRED = ("厂名", "厂址")
_MARKS = ("执行标准", "合格证", "生产许可证")
_EXEMPT_CATEGORIES = frozenset({"fresh_produce", "service", "education", "finance"})


class SanwuMemory(ClaimMemory):
    """Beside the claims: buyers' reports, and the last 50 products whose label was read out."""

    reports: Reports = msgspec.field(default_factory=Reports)
    revealed: dict[str, int] = {}


#: Kinds of words that are asked about by themselves; the signs of the others must suffice together.
_NAMING = frozenset({"sanwu", "item", "blank", "unmarked", "reveal"})


@rule
class Sanwu(TalkRule):
    id = "sanwu"
    State = SanwuMemory
    by_product = True
    strong: ClassVar[frozenset[str]] = frozenset(
        {"sanwu", "item", "blank", "unmarked", "reveal", "sign"}
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "sanwu": Kind("自称是三无产品"),
        "lack": Kind("称没有厂名、厂址、合格证、标签等", negated=True, asked=False),
        "blank": Kind("称包装上什么都没有", negated=True, asked=False),
        "unmarked": Kind("称是没有标识的商品", negated=True, asked=False),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("item", "without", "lack", before=3, after=-1),
        Pairing("item", "lacking", "lack", after=6, marks=1),
    )

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.reporters = spec.count("reporters")
        self.reports_ms = spec.count("reports_min") * 60_000
        self.explained_ms = spec.count("explained_s") * 1000

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return ctx.room.category(utterance.sku) not in _EXEMPT_CATEGORIES

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return any(hit.group.partition(".")[0] in _NAMING for hit in hits) or may_be_unnamed(text)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        if not _bulk(ctx.room.cards.get(reading.utterance.sku or ""), reading.text):
            claims += self._unnamed(ctx, reading)
        sku = reading.utterance.sku
        if not claims and sku and reading.kind("reveal") and reading.utterance.speaker != "card":
            revealed = ctx.state.revealed
            revealed.pop(sku, None)
            revealed[sku] = reading.utterance.at
            while len(revealed) > MAX_REVEALED:
                del revealed[next(iter(revealed))]
            ctx.cancel_timer(sku)
        return claims

    def _unnamed(self, ctx: Context, reading: Reading) -> list[Claim]:
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if all(said(card, item) for item in _REQUIRED) or _WORDPLAY.search(reading.text):
            return []
        claims = self.weighed(reading, "unmarked", "无标识", nobody_named(reading.text))
        for claim in claims:
            claim.missing.append("实物及其包装的标识（现场检查或抽样）")
        return claims

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        sku = reading.utterance.sku
        card = ctx.room.cards.get(sku or "")
        if claim.hits[0].group.startswith("sanwu") and _WORDPLAY.search(reading.text):
            ctx.decline("other-meaning", sku or "")
            return None
        if all(said(card, item) for item in _REQUIRED):
            # The card names producer and address: the words must be about something else.
            ctx.decline("card-names-producer", sku or "")
            return None
        if _NOT_MARKS.search(reading.text[max(0, claim.start - 10) : claim.end + 6]):
            return None
        if _ELSEWHERE.search(reading.text) or reading.text.startswith("价", claim.end):
            return None
        if claim.hits[0].group.startswith("item") and _LABEL_KEPT.match(reading.text, claim.start):
            return None
        before = reading.text[claim.start - 1 : claim.start]
        if claim.admits and (
            before in ("有", "是") or _ASKED.search(reading.scope.clause_text(claim.start))
        ):
            return None  # “有没有合格证”, “没有合格证吗”
        bulk = _bulk(card, reading.text, handmade=claim.admits)
        claim.exemptions.append(_exemption(bulk))
        absent = _absent(card)
        if absent:
            claim.level = "lead"
            claim.says += f"；商品卡上{'、'.join(absent)}均未标注"
        claim.missing.append("实物及其包装的标识（现场检查或抽样）")
        return claim

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes or not _absent(card):
            return
        if ctx.room.category(event.sku) in _EXEMPT_CATEGORIES or _bulk(card, ""):
            return ctx.decline("exempt", event.sku)
        if event.status == "explaining" and event.sku not in ctx.state.revealed:
            ctx.set_timer(event.at + self.explained_ms, event.sku)
            ctx.decline("card-alone", event.sku)
        return None

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        """A product has been explained for a while and its label was not shown."""
        card = ctx.room.cards.get(key)
        absent = _absent(card)
        memory: SanwuMemory = ctx.state
        if card is None or not absent or key in memory.revealed or ctx.room.explaining != key:
            return
        if ctx.room.unwatched_ms(due - self.explained_ms, due) > self.explained_ms // 2:
            return ctx.decline("not-watched", key)
        self._raise_card(
            ctx, key, "watch", f"讲解 {self.explained_ms // 1000} 秒，其间未出示或念出标识", []
        )
        return None

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if "viewer.sanwu" not in groups or "viewer.doubt" in groups:
            return
        sku = ctx.room.explaining
        memory: SanwuMemory = ctx.state
        reports = memory.reports.add(sku or "room", event, self.reports_ms)
        if len(reports) < self.reporters:
            if reports:
                ctx.decline("few-reports", sku or "room")
            return
        absent = _absent(ctx.room.cards.get(sku or ""))
        level: Level = "lead" if absent else "watch"
        numbers = {"reporters": len(reports), "window_min": self.reports_ms // 60_000}
        shown = f"，商品卡上{'、'.join(absent)}均未标注" if absent else ""
        ctx.raise_alert(
            Finding(
                subject=sku or "room",
                subject_title=ctx.room.title_of(sku),
                level=level,
                reason=f"{numbers['window_min']} 分钟内 {len(reports)} 名互不相同的观众反映收到的商品没有厂名、厂址"
                f"或合格证等标识{shown}。",
                extent=len(reports),
                trigger=list(reports),
                numbers=dict(numbers),
                exemptions=[
                    Exemption(clause="同行集中恶意留言", met=None, why="未见同批账号的迹象，须复核")
                ],
                missing=["反映人的订单与实物照片"],
            )
        )

    def _raise_card(
        self, ctx: Context, sku: str, level: Level, seen: str, missing: list[str]
    ) -> None:
        card = ctx.room.cards[sku]
        absent = _absent(card)
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                reason=f"商品卡上{'、'.join(absent)}均未标注；{seen}。",
                trigger=[card],
                hit=f"{card.id}:label",
                numbers={"absent": len(absent), "explained_s": self.explained_ms // 1000},
                exemptions=[_exemption(None)],
                missing=missing,
            )
        )


def _absent(card: Product | None) -> list[str]:
    """The items observed absent, if producer, address and a mark of inspection are among them."""
    absent = absent_items(card, (*_REQUIRED, *_MARKS))
    if any(item not in absent for item in _REQUIRED) or len(absent) == len(_REQUIRED):
        return []
    if card is not None and any(said(card, item) for item in _MARKS):
        return []
    return absent


def _bulk(card: Product | None, text: str, *, handmade: bool = True) -> str | None:
    words = text
    if card is not None:
        words = " ".join([card.title or "", *(card.attributes or {}).values(), text])
    found = _BULK.search(words) or (_HANDMADE.search(words) if handmade else None)
    return found.group() if found is not None else None


def _exemption(bulk: str | None) -> Exemption:
    return Exemption(
        clause="产质法 27(2) 裸装、散装，二手，自产农产品",
        met=bulk is not None,
        why=f"说明了“{bulk}”" if bulk else "未见散装、二手、自产等情形",
    )
