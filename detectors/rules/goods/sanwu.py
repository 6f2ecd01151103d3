"""`sanwu`: goods without producer, address and mark of inspection (三无产品).

产质法 27 and 54, 直播办法 27. The card alone is not enough: what it lacks must be lacking on the
goods too, by the host's words or by what at least three buyers report. A card on which it was
observed absent, and which was explained for minutes without the label being shown, is watched.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from detectors.alerts import Exemption, Level
from detectors.events import Product
from detectors.facts.cards.labels import absent_items, said
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.reports import Reported, Reports
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["Sanwu"]

#: Products whose label was read out in the room; the latest.
MAX_REVEALED = 50
_REQUIRED = ("厂名", "厂址")
_MARKS = ("执行标准", "合格证", "生产许可证")
_EXEMPT_CATEGORIES = frozenset({"fresh_produce", "service", "education", "finance"})


class SanwuMemory(ClaimMemory):
    """Beside the claims: buyers' reports, and the last 50 products whose label was read out."""

    reports: Reports = msgspec.field(default_factory=Reports)
    revealed: dict[str, int] = {}


#: The group of words by which a host reads a label out.
_REVEAL = "reveal"


@rule
class Sanwu(Reported):
    id = "sanwu"
    State = SanwuMemory
    strong: ClassVar[frozenset[str]] = frozenset({_REVEAL})
    reported = "viewer.sanwu"
    reports_say = "收到的商品没有厂名、厂址或合格证等标识"
    proof = "反映人的订单与实物照片"

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.explained_ms = spec.duration_ms("explained_s")

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return ctx.room.category(utterance.sku) not in _EXEMPT_CATEGORIES

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        sku = reading.utterance.sku
        if not claims and sku and reading.kind(_REVEAL) and reading.utterance.speaker != "card":
            keep(ctx.state.revealed, sku, reading.utterance.at, MAX_REVEALED)
            ctx.cancel_timer(sku)
        return claims

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        sku = reading.utterance.sku
        card = ctx.room.cards.get(sku or "")
        if all(said(card, item) for item in _REQUIRED):
            # The card names producer and address: the words must be about something else.
            ctx.decline("card-names-producer", sku or "")
            return None
        claim.exemptions.append(
            _exemption(self._bulk(card, reading.text, handmade=frame.admission))
        )
        absent = _absent(card)
        if absent:
            claim.level = "lead"
            claim.says += f"；商品卡上{'、'.join(absent)}均未标注"
        return claim

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes or not _absent(card):
            return
        if ctx.room.category(event.sku) in _EXEMPT_CATEGORIES or self._bulk(card, ""):
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
            ctx,
            key,
            "watch",
            f"讲解 {self.explained_ms // 1000} 秒，其间未听到念出标识，画面上有无没有看到",
            [],
        )
        return None

    def of_reports(self, ctx: Context, subject: str) -> tuple[str, Level, str]:
        absent = _absent(ctx.room.cards.get(subject))
        if not absent:
            return subject, "watch", ""
        return subject, "lead", f"，商品卡上{'、'.join(absent)}均未标注"

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
                because=["card"],
            )
        )

    def _bulk(self, card: Product | None, text: str, *, handmade: bool = False) -> str | None:
        """The word by which goods are such as need no label, on the card or in what is said."""
        words = text
        if card is not None:
            words = " ".join([card.title or "", *(card.attributes or {}).values(), text])
        groups = ("bulk", "handmade") if handmade else ("bulk",)
        return next(
            (word for group in groups for word in self.spec.patterns[group] if word in words), None
        )


def _absent(card: Product | None) -> list[str]:
    """The items observed absent, if producer, address and a mark of inspection are among them."""
    absent = absent_items(card, (*_REQUIRED, *_MARKS))
    if any(item not in absent for item in _REQUIRED) or len(absent) == len(_REQUIRED):
        return []
    if card is not None and any(said(card, item) for item in _MARKS):
        return []
    return absent


def _exemption(bulk: str | None) -> Exemption:
    return Exemption(
        clause="产质法第二十七条第二款（裸装、散装，二手，自产农产品）",
        met=bulk is not None,
        why=f"说明了“{bulk}”" if bulk else "未见散装、二手、自产等情形",
    )
