"""虚假抢购、假库存: pieces declared the last that are not, stock that comes back at once, and what the seller's
side itself says of such stock."""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption, Number, Span, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Counter, Event, Price, Product, Session, Speech
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.gates import EXPLAINED
from detectors.rules.sales.last_pieces import is_batch_of_sale, last_pieces, puts_up
from detectors.rules.sales.shelf import MAX_SKUS, Declared, Refill, ScarcityState, Shelf
from detectors.rules.sales.shown import as_seen, at_least, at_most, counter_of, observed
from detectors.rules.sales.wording import clause, denied, doubted, grouped
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["FakeScarcity"]

#: Declarations and refills of one SKU; the oldest go first.
MAX_DECLARED = 8
MAX_REFILLS = 4

#: “卖完了就没了”: a condition, not a fact.
_IF = phrasing("sales", "if")


@rule
class FakeScarcity(FramedRule):
    """Declared last although the stock is ample, repeatedly last, or refilled at once; or that it is said."""

    id = "fake-scarcity"
    State = ScarcityState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {
        "left",
        "last",
        "out",
        "restock",
        "released",
        "batches",
        "presale",
    }
    reads_crowd = True
    # A restock and its reason may stand sentences apart.
    heeds_events = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.surplus = spec.count("surplus")
        self.plenty = spec.count("plenty")
        self.repeats = spec.count("repeats")
        self.window_ms = spec.duration_ms("window_min")
        self.apart_ms = spec.duration_ms("apart_s")
        self.fresh_ms = spec.duration_ms("fresh_s")
        self.refill_ms = spec.duration_ms("refill_s")
        self.refills = spec.count("refills")
        self.released = spec.count("released_most")
        self.excuse_ms = spec.duration_ms("excuse_s")
        self.batch_ms = spec.duration_ms("batches_min")
        self.tolerance = spec.threshold("falling_ratio")
        self.confidence = spec.threshold("least_confidence")

    # What is said -------------------------------------------------------------------------

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes what is said of stock."""
        groups = grouped(hits)
        event = utterance.event
        sku = utterance.sku
        if "presale" in groups and sku and not isinstance(event, Speech):
            self._shelf(ctx, sku).presale = True
        if not isinstance(event, Speech):
            return
        if event.confidence is not None and event.confidence < self.confidence:
            return
        if sku is None:
            if last_pieces(utterance.folded.text, groups) is not None:
                ctx.decline("unknown-sku")
            return
        shelf = self._shelf(ctx, sku)
        if "presale" in groups:
            shelf.presale = True
        if any(is_batch_of_sale(utterance.folded.text, hit) for hit in groups.get("batches", ())):
            shelf.batches_at = ctx.now
        if ("restock" in groups and "reason" in groups) or "released" in groups:
            # A stated reason starts a new count: what was last before may well have been.
            shelf.excused_at = ctx.now
            shelf.declared.clear()
            shelf.refills.clear()
            self._explained(ctx, sku, shelf, utterance)
        elif any(puts_up(utterance.folded.text, hit) for hit in groups.get("restock", ())):
            shelf.added = event
        self._sold_out(ctx, sku, shelf, utterance, groups)
        self._declare(ctx, sku, shelf, utterance, groups)

    def _explained(self, ctx: Context, sku: str, shelf: Shelf, utterance: Utterance) -> None:
        """A reason that is given only after the alert was raised stands in it all the same."""
        after = utterance.at - shelf.raised_at
        if not shelf.raised_at or not 0 <= after <= self.excuse_ms:
            return
        who = speaker_name(utterance.event, utterance.field)
        why = (
            f"其后 {after // 1000} 秒{who}说“{utterance.original.strip()}”，是否就此作了说明须核实"
        )
        ctx.raise_alert(
            Finding(
                subject=sku,
                level="info",
                reason="",
                trigger=[utterance.event],
                exemptions=[Exemption(clause=EXPLAINED, met=True, why=why)],
                amends=True,
            )
        )

    def _sold_out(
        self, ctx: Context, sku: str, shelf: Shelf, utterance: Utterance,
        groups: dict[str, list[Hit]],
    ) -> None:  # fmt: skip
        """The host says that it is sold out: so it is, unless the stock shows otherwise."""
        text = utterance.folded.text
        for hit in groups.pop("out", ()):
            if (
                _IF.match(text, hit.end)
                or denied(text, hit.start, hit.end)
                or doubted(text, hit.start, hit.end)
            ):
                continue
            stock = counter_of(ctx.room, "stock", sku)
            shown = at_least(stock) if stock is not None else None
            if shown is None or shown <= self.released:
                shelf.out = shelf.out or utterance.event
            else:
                groups.setdefault("last", []).append(hit)
            return

    def _declare(
        self, ctx: Context, sku: str, shelf: Shelf, utterance: Utterance,
        groups: dict[str, list[Hit]],
    ) -> None:  # fmt: skip
        text = utterance.folded.text
        event = utterance.event
        found = last_pieces(text, groups)
        if found is None or not isinstance(event, Speech):
            return
        start, end, left = found
        if doubted(text, start, end):
            return ctx.decline("quoted-or-asked", sku)
        if denied(text, start, end):
            return ctx.decline("denied", sku)
        first, last = clause(text, start, end)
        if any(first <= hit.start < last for hit in groups.get("other", ())):
            return ctx.decline("other-object", sku)
        if shelf.presale:
            return ctx.decline("presale", sku)
        if shelf.batches_at and ctx.now - shelf.batches_at <= self.batch_ms:
            return ctx.decline("batches-announced", sku)
        if shelf.excused_at and ctx.now - shelf.excused_at <= self.excuse_ms:
            return ctx.decline("restock-explained", sku)
        since = ctx.now - self.window_ms
        shelf.declared = [old for old in shelf.declared if old.event.at >= since]
        if not shelf.declared:
            shelf.ordered_before = ctx.room.crowd.pieces_of(sku)
        elif ctx.now - shelf.declared[-1].event.at < self.apart_ms:
            return
        sold = counter_of(ctx.room, "sold", sku)
        declared = Declared(event, utterance.span(start, end), left, sold=sold)
        shelf.declared.append(declared)
        if len(shelf.declared) > MAX_DECLARED:
            del shelf.declared[1]
        stock = counter_of(ctx.room, "stock", sku)
        if stock is not None and ctx.now - stock.at <= self.fresh_ms:
            declared.stock = stock
        elif stock is None and sold is None:
            ctx.decline("stock-unknown", sku)
        self._weigh(ctx, sku, shelf, event)

    # What is shown ------------------------------------------------------------------------

    def on_counter(self, ctx: Context, event: Counter) -> None:
        if event.sku and event.name in ("stock", "sold"):
            shelf = ctx.state.shelves.get(event.sku)
            if event.name == "stock":
                self._stock(ctx, event.sku, shelf, event, event)
            elif shelf is not None and shelf.declared:
                self._weigh(ctx, event.sku, shelf, event)

    def on_product(self, ctx: Context, event: Product) -> None:
        shelf = ctx.state.shelves.get(event.sku)
        stock = observed(event, "stock", ctx.room)
        if stock is not None:
            self._stock(ctx, event.sku, shelf, stock, event)
        elif event.status == "sold_out":
            shelf = self._shelf(ctx, event.sku)
            shelf.out = shelf.out or event
        elif event.status in ("listed", "explaining") and shelf is not None:
            self._back(ctx, event.sku, shelf, event, None)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.kind == "deposit":
            self._shelf(ctx, event.sku).presale = True

    def on_session(self, ctx: Context, event: Session) -> None:
        ctx.state.shelves = {}

    def _stock(
        self, ctx: Context, sku: str, shelf: Shelf | None, stock: Counter, event: Event
    ) -> None:
        least = at_least(stock)
        if least == 0 and at_most(stock) == 0:
            shelf = self._shelf(ctx, sku)
            # Read again while it is sold out: the gap counts from when it ran out.
            shelf.out = shelf.out or event
            shelf.declared.clear()
            return
        if shelf is None or least is None:
            return
        self._back(ctx, sku, shelf, event, least)
        if shelf.declared:
            newest = shelf.declared[-1]
            if newest.stock is None and ctx.now - newest.event.at <= self.fresh_ms:
                newest.stock = stock
                self._weigh(ctx, sku, shelf, stock)

    # Verdicts -----------------------------------------------------------------------------

    def _back(self, ctx: Context, sku: str, shelf: Shelf, event: Event, stock: int | None) -> None:
        """It is on sale again: a refill, if it was sold out moments ago."""
        out = shelf.out
        if out is None or event.at <= out.at:
            return
        shelf.out = None
        if event.at - out.at > self.refill_ms:
            return
        if shelf.presale:
            return ctx.decline("presale", sku)
        said = None
        if stock is not None and stock <= self.released:
            said = shelf.added
            if said is None or ctx.now - said.at > self.refill_ms:
                return ctx.decline("unpaid-orders-released", sku)
        if shelf.batches_at and ctx.now - shelf.batches_at <= self.batch_ms:
            return ctx.decline("batches-announced", sku)
        if shelf.excused_at and ctx.now - shelf.excused_at <= self.refill_ms + self.excuse_ms:
            return ctx.decline("restock-explained", sku)
        since = ctx.now - self.window_ms
        shelf.refills = [old for old in shelf.refills if old.back.at >= since]
        shelf.refills.append(Refill(out, event, round((event.at - out.at) / 1000), stock, said))
        del shelf.refills[:-MAX_REFILLS]
        if len(shelf.refills) < self.refills:
            return
        gaps = "、".join(f"{refill.gap_s} 秒" for refill in shelf.refills)
        numbers: dict[str, Number] = {
            "refills": len(shelf.refills),
            "refill_s": self.refill_ms // 1000,
            "window_min": self.window_ms // MINUTE_MS,
        }
        for index, refill in enumerate(shelf.refills, 1):
            numbers[f"gap_{index}_s"] = refill.gap_s
        reason = (
            f"{numbers['window_min']} 分钟内 {numbers['refills']} 次售罄后又有货，"
            f"间隔 {gaps}，均不超过 {numbers['refill_s']} 秒"
        )
        if stock is not None:
            numbers["stock_after"] = stock
            reason += f"，最近一次补到 {stock}"
        trigger: list[Event] = []
        for refill in shelf.refills:
            seen = (refill.out, refill.said, refill.back)
            trigger += [item for item in seen if item is not None and item not in trigger]
        few = any(refill.said is not None for refill in shelf.refills)
        self._raise_shelf(
            ctx, sku, "refills", reason + "，未说明补货理由。", trigger, numbers, [], event.id,
            released="补回的是零星几件，同时听到加单的说法" if few else None,
        )  # fmt: skip

    def _weigh(self, ctx: Context, sku: str, shelf: Shelf, event: Event) -> None:
        """Compares what was declared last with the stock, and with what was sold since."""
        declared = shelf.declared
        newest = declared[-1]
        first = declared[0]
        often = len(declared) >= self.repeats
        numbers: dict[str, Number] = {
            "declared": len(declared),
            "window_min": self.window_ms // MINUTE_MS,
        }
        trigger: list[Event] = []
        stock = newest.stock
        least = at_least(stock) if stock is not None else None
        if least is not None and stock is not None:
            enough = self.plenty if newest.left is None else newest.left + self.surplus
            numbers |= {"stock": least, "left": newest.left, "surplus": self.surplus}
            if least < enough:
                ctx.decline("stock-is-low", sku)
                return self._sold_on(ctx, sku, shelf, often, numbers)
            falling = self._falling(first, least)
            # Sold on, and yet each number that was named was far too low at the time.
            named = sum(1 for item in declared if item.is_too_low(self.surplus))
            if often and (not falling or named >= self.repeats):
                numbers["repeats"] = self.repeats
                before = at_least(first.stock) if first.stock is not None else None
                reason = (
                    f"{numbers['window_min']} 分钟内{_speakers(declared)} {len(declared)} 次称"
                    f"“{newest.span.text}”等，同一商品库存仍显示 {least:,}"
                )
                if before is not None and first is not newest:
                    numbers["stock_before"] = before
                    reason += f"（首次说时 {before:,}）"
                    if falling:
                        numbers["too_low"] = named
                        reason += f"，{named} 次所称都比当时库存少 {self.surplus} 以上"
                    else:
                        fall = before - least
                        reason += f"，只减少 {fall:,}" if fall > 0 else "，没有减少"
            else:
                return ctx.decline("stock-falling" if falling else "said-too-rarely", sku)
            for item in declared:
                if item.stock is not None and item.stock.id not in {e.id for e in trigger}:
                    trigger.append(as_seen(ctx.room, item.stock))
                trigger.append(item.event)
            return self._raise_shelf(
                ctx, sku, "stock", reason + "。", trigger, numbers,
                [item.span for item in declared], newest.event.id,
            )  # fmt: skip
        self._sold_on(ctx, sku, shelf, often, numbers)

    def _falling(self, first: Declared, least: int) -> bool:
        """Has the stock really run down since the first declaration?"""
        before = at_least(first.stock) if first.stock is not None else None
        return before is not None and least < before * self.tolerance

    def _sold_on(
        self, ctx: Context, sku: str, shelf: Shelf, often: bool, numbers: dict[str, Number]
    ) -> None:
        """The stock is unknown or low: only repetition together with what was sold since counts."""
        declared = shelf.declared
        first = next((item for item in declared if item.left is not None), None)
        if not often or first is None or first.left is None:
            return
        sold = counter_of(ctx.room, "sold", sku)
        now = at_least(sold) if sold is not None else None
        more = max(0, ctx.room.crowd.pieces_of(sku) - shelf.ordered_before)
        trigger: list[Event] = [item.event for item in declared]
        earlier = at_most(first.sold) if first.sold is not None else None
        if now is not None and earlier is not None and sold is not None and first.sold is not None:
            more = max(more, now - earlier)
            if sold.at > first.event.at:
                trigger += [as_seen(ctx.room, first.sold), as_seen(ctx.room, sold)]
        held = at_most(first.stock) if first.stock is not None else None
        if more < max(first.left, held or 0) + self.surplus:
            return ctx.decline("sold-no-more-than-left", sku)
        numbers |= {"left": first.left, "sold_since": more, "surplus": self.surplus}
        self._raise_shelf(
            ctx, sku, "sold",
            f"{numbers['window_min']} 分钟内{_speakers(declared)} {len(declared)} 次称“{first.span.text}”等，"
            f"首次所称只有 {first.left}，此后仍卖出 {more}。",
            trigger, numbers, [item.span for item in declared], declared[-1].event.id,
        )  # fmt: skip

    def _raise_shelf(
        self, ctx: Context, sku: str, because: str, reason: str, trigger: list[Event],
        numbers: dict[str, Number], spans: list[Span], hit: str, *,
        released: str | None = None,
    ) -> None:  # fmt: skip
        trigger = sorted(trigger, key=lambda item: (item.at, item.rank, item.id))
        self._shelf(ctx, sku).raised_at = trigger[-1].at
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="lead",
                because=[because],
                reason=reason,
                trigger=trigger,
                hit=hit,
                numbers=numbers,
                spans=spans,
                words=next((one for one in spans if f"“{one.text}”" in reason), None),
                exemptions=[
                    unmet("返场、加库存并说明理由", "此前未听到补货的理由"),
                    unmet("未付款订单释放", released or "未听到释放未付款订单的说法"),
                    unmet("事先说明分批放货", "未听到分批的说明"),
                    unmet("预售", "未见预售或定金"),
                ],
            )
        )

    def _shelf(self, ctx: Context, sku: str) -> Shelf:
        shelves: dict[str, Shelf] = ctx.state.shelves
        shelf = shelves.get(sku) or Shelf()
        keep(shelves, sku, shelf, MAX_SKUS)
        return shelf


def _speakers(declared: list[Declared]) -> str:
    """Who declared it, each once."""
    return "、".join(dict.fromkeys(speaker_name(one.event) for one in declared))
