"""`price-unmarked`: goods that are explained and can be bought, without price, name or unit.

价格法 13, 价格规定 7 and 13, 直播办法 32. What the card does not show was either not observed, which
says nothing, or observed to be absent; and what is absent on the card may be marked on the shelf,
or told in words.
"""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.events import Event, Price, Product, Session, Speech
from detectors.match.amounts import amounts
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import spec_of
from detectors.speech.utterance import Utterance

__all__ = ["PriceUnmarked"]

#: SKUs of which it is known what is marked where.
MAX_SKUS = 300
_WORDS = {"price": "价格", "name": "品名", "unit": "计价单位"}
#: What one unit of a service costs: “每小时八十元”.
_PER_UNIT = phrasing("price-tags", "per-unit")
_QUANTITY = phrasing("price-tags", "with-unit")


class Marking(Struct):
    """What is known of the marking of one SKU; each event is the latest that showed it."""

    card: Product | None = None
    """The card that last told of a price, or of its absence."""
    named: Product | None = None
    tag: Price | None = None
    since: int = 0
    """Since when it is explained with something lacking; 0: it is not."""
    lacking: list[str] = []
    private: Event | None = None
    """Words that keep the price back: “价格私我”."""
    reported: int = 0


class UnmarkedState(Struct):
    """Memory of a room: 300 SKUs at most, and those that are explained with something lacking."""

    marks: dict[str, Marking] = {}
    waiting: dict[str, int] = {}


@rule
class PriceUnmarked(Rule):
    id = "price-unmarked"
    State = UnmarkedState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.explained_ms = spec.duration_ms("explained_s")
        self.gap_ratio = spec.threshold("gap_ratio")

    def on_product(self, ctx: Context, event: Product) -> None:
        state: UnmarkedState = ctx.state
        if event.status == "explaining":
            for other in [sku for sku in state.waiting if sku != event.sku]:
                self._stop(ctx, other)
        mark = state.marks.get(event.sku)
        if mark is None:
            if not _shows_lack(event):
                return
            mark = Marking()
        self._keep(state, event.sku, mark)
        if event.price is not None or "price" in (event.absent or ()):
            mark.card = event
        if event.title is not None or "title" in (event.absent or ()):
            mark.named = event
        if event.status in ("removed", "sold_out", "listed"):
            self._stop(ctx, event.sku)
        elif event.status == "explaining" or ctx.room.explaining == event.sku:
            self._look(ctx, mark, event)

    def on_price(self, ctx: Context, event: Price) -> None:
        state: UnmarkedState = ctx.state
        if event.kind == "transaction":
            return
        mark = state.marks.get(event.sku)
        if mark is None:
            if event.price is None and event.unit is None and not event.absent:
                return
            mark = Marking()
        self._keep(state, event.sku, mark)
        if event.price is not None or event.unit is not None or event.absent:
            mark.tag = event
        if ctx.room.explaining == event.sku:
            self._look(ctx, mark, event)

    def _keep(self, state: UnmarkedState, sku: str, mark: Marking) -> None:
        state.marks.pop(sku, None)
        state.marks[sku] = mark
        while len(state.marks) > MAX_SKUS:
            oldest = next(iter(state.marks))
            del state.marks[oldest]
            state.waiting.pop(oldest, None)

    def on_session(self, ctx: Context, event: Session) -> None:
        for sku in list(ctx.state.waiting):
            self._stop(ctx, sku)

    def _look(self, ctx: Context, mark: Marking, event: Product | Price) -> None:
        """What lacks now; the time runs from when it began to."""
        sku, at = event.sku, event.at
        found = self._lacking(ctx, sku, mark)
        if not found:
            self._marked(ctx, mark, event)
            self._stop(ctx, sku)
            return
        mark.lacking = found
        if not mark.since:
            mark.since = at
            ctx.state.waiting[sku] = at
            # Marked in the last of these moments is marked in time.
            ctx.set_timer(at + self.explained_ms + 1, sku)

    def _marked(self, ctx: Context, mark: Marking, event: Product | Price) -> None:
        """Marked after all: how late it was belongs to the alert."""
        if not mark.reported:
            return
        late_s = (event.at - mark.reported) // 1_000
        mark.reported = 0
        ctx.raise_alert(
            Finding(
                subject=event.sku,
                level="info",
                reason="",
                trigger=[event],
                numbers={"marked_after_s": late_s},
                exemptions=[
                    Exemption(
                        clause="及时改正（裁量，行政处罚法第三十三条）",
                        met=True,
                        why=f"开始讲解 {late_s} 秒后标示了",
                    )
                ],
                amends=True,
            )
        )

    def _stop(self, ctx: Context, sku: str) -> None:
        if ctx.state.waiting.pop(sku, None) is not None:
            ctx.cancel_timer(sku)
        mark = ctx.state.marks.get(sku)
        if mark is not None:
            mark.since = 0
            mark.private = None

    # Told in words ------------------------------------------------------------------------

    def awaits(self, memory: UnmarkedState) -> bool:
        return bool(memory.waiting)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        state: UnmarkedState = ctx.state
        sku = utterance.sku
        if utterance.speaker == "card":
            return
        if sku not in state.waiting:
            if isinstance(utterance.event, Speech) and utterance.event.sku:
                for other in list(state.waiting):
                    self._stop(ctx, other)  # it is another product that is explained
            return
        mark = state.marks[sku]
        groups = {hit.group for hit in hits}
        text = utterance.folded.text
        if "private" in groups:
            mark.private = utterance.event
        elif "teaser" in groups:
            ctx.decline("teaser", sku)
            self._stop(ctx, sku)
        elif self._tells(text, mark.lacking):
            ctx.decline("told-in-words", sku, utterance.original[:40])
            self._stop(ctx, sku)

    # The verdict --------------------------------------------------------------------------

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        state: UnmarkedState = ctx.state
        mark = state.marks.get(key)
        if state.waiting.pop(key, None) is None or mark is None or not mark.since:
            return
        if ctx.room.explaining != key:
            mark.since = 0
            return
        if ctx.room.unwatched_ms(mark.since, due) > self.explained_ms * self.gap_ratio:
            ctx.decline("not-watched", key)
            return
        card = ctx.room.cards.get(key)
        url = card.url if card is not None else None
        title = fold((card.title if card is not None else None) or "").text
        if url == "" or self.spec.has_word("teaser", title):
            ctx.decline("teaser", key, "没有购买链接，是预告")
            return
        if card is not None and self._is_priced_by_method(card):
            ctx.decline("exempt", key, "服务项目说明了计价办法")
            return
        self._report(ctx, key, mark, due, linked=bool(url))

    def _report(self, ctx: Context, sku: str, mark: Marking, due: int, *, linked: bool) -> None:
        what = "、".join(_WORDS[item] for item in mark.lacking)
        certain = linked and mark.lacking != ["unit"]
        level: Level = "lead" if certain else "watch"
        numbers: dict[str, Number] = {
            "explained_s": self.explained_ms // 1_000,
            "missing_items": len(mark.lacking),
        }
        mark.reported = mark.since
        reason = f"讲解 {numbers['explained_s']} 秒"
        reason += "，已挂购买链接" if linked else ""
        reason += f"，观察到未标明{what}，其间卖方一侧也未说明"
        shown = (mark.card, mark.named, mark.tag, mark.private)
        unique = {event.id: event for event in shown if event is not None}
        events: list[Event] = sorted(unique.values(), key=lambda event: (event.at, event.id))
        if mark.private is not None:
            reason += "，并让买家私下询价"
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                because=[*([] if linked else ["unlinked"]), *mark.lacking],
                reason=reason + "。",
                trigger=events,
                hit=f"{sku}:{mark.since}:{what}",
                numbers=numbers,
                exemptions=[
                    unmet("上架前的预告", "未见预告、未挂链接的说明"),
                    unmet("服务按计价办法收费", "未见计价办法的说明"),
                    unmet("货架或口头已标明", "货架、口播均未见"),
                ],
                missing=[] if linked else ["是否已挂购买链接"],
                first_at=mark.since,
            )
        )

    # What is told ------------------------------------------------------------------------

    def _lacking(self, ctx: Context, sku: str, mark: Marking) -> list[str]:
        """What is observed to be absent on the card and marked nowhere else."""
        tag, found = mark.tag, []
        shown = [one for one in (mark.card, tag) if one is not None]
        absent = any(one.price is None and "price" in (one.absent or ()) for one in shown)
        if absent and all(one.price is None for one in shown):
            found.append("price")
        if mark.named is not None and not mark.named.title:
            found.append("name")
        if tag is not None and not tag.unit and (tag.unit == "" or "unit" in (tag.absent or ())):
            card = ctx.room.cards.get(sku)
            title = fold((card.title if card is not None else None) or "").text
            is_fresh = card is not None and card.category == "fresh_produce"
            told = _QUANTITY.search(title) or (card is not None and spec_of(card))
            if (is_fresh or self.spec.has_word("measured", title)) and not told:
                found.append("unit")
        return found

    def _tells(self, text: str, lacking: list[str]) -> bool:
        """Is what lacks told in these words?"""
        if "price" in lacking:
            priced = self.spec.has_word("priced", text)
            told = any(amount.marked or priced for amount in amounts(text))
            return told or self.spec.has_word("method", text) or _PER_UNIT.search(text) is not None
        return lacking == ["unit"] and _QUANTITY.search(text) is not None

    def _is_priced_by_method(self, card: Product) -> bool:
        entries = (f"{name}{value}" for name, value in (card.attributes or {}).items())
        text = fold(" ".join([card.title or "", *entries])).text
        return self.spec.has_word("method", text) or _PER_UNIT.search(text) is not None


def _shows_lack(card: Product) -> bool:
    absent = card.absent or ()
    return "price" in absent or card.title == "" or "title" in absent
