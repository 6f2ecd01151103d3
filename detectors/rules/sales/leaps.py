"""A counter of pieces sold that leaps, while nothing that is seen explains it."""

from __future__ import annotations

from detectors.alerts import Number, undecided, unmet
from detectors.calendar import MINUTE_MS
from detectors.events import Counter, Event
from detectors.facts.crowd.counters import interval
from detectors.facts.crowd.sold_counters import MAX_SKUS, Leap
from detectors.rule import Context, Finding, RuleSpec
from detectors.rules.claims.memory import ClaimMemory
from detectors.rules.sales.shown import as_seen
from detectors.stats.latest import keep

__all__ = ["LeapState", "Leaps"]


class LeapState(ClaimMemory):
    """What is remembered of a room for it, beside the claims."""

    leaps: dict[str, list[Leap]] = {}
    """By product, those that wait and those that nothing explains."""
    displayed: dict[str, Counter] = {}
    """By product, the latest display of pieces sold, for the evidence."""
    settled_at: int = 0
    """When presales, deposits or other channels were last said to be counted in."""
    elsewhere_at: int = 0
    """When another scope was last spoken of (去年, 全渠道)."""


class Leaps:
    """Judges leaps, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.least = spec.count("leap_least")
        self.times = spec.threshold("leap_times")
        self.samples = spec.count("leap_samples")
        self.share = spec.threshold("leap_share")
        self.sum = spec.count("leap_sum")
        self.pieces = spec.count("leap_pieces")
        self.late_ms = spec.duration_ms("leap_late_min")
        self.wait_ms = spec.duration_ms("leap_wait_s")
        self.settled_ms = spec.duration_ms("leap_settled_min")

    def show(self, ctx: Context, event: Counter) -> None:
        """Looks at a display of pieces sold, and judges the leaps of this product that have waited long enough."""
        sku, state, crowd = event.sku, ctx.state, ctx.room.crowd
        if event.name != "sold" or not sku:
            return
        book = crowd.sold
        if interval(event) is not None:
            if len(book.shelves[sku].sold) == 1:
                state.leaps.pop(sku, None)  # counted anew
            leap = book.leap(sku, least=self.least, times=self.times, samples=self.samples)
            if leap is not None:
                before = state.displayed.get(sku)
                leap.events = [before, event] if before is not None else []
                keep(state.leaps, sku, [*state.leaps.get(sku, ()), leap], MAX_SKUS)
            keep(state.displayed, sku, event, MAX_SKUS)
        leaps = state.leaps.get(sku)
        if not leaps or sku not in book.shelves:
            return
        found = book.due(
            sku, leaps, event.at, orders=crowd.orders.values(), late_ms=self.late_ms,
            wait_ms=self.wait_ms, share=self.share, pieces=self.pieces,
        )  # fmt: skip
        if found:
            self._leaped(ctx, event, sku)
        elif any(
            event.at - leap.at >= self.wait_ms and book.awaits_stock(sku, leap) for leap in leaps
        ):
            ctx.decline("stock-unknown", sku)

    def _leaped(self, ctx: Context, event: Counter, sku: str) -> None:
        state: LeapState = ctx.state
        known = state.leaps[sku]
        leaps = [leap for leap in known if leap.judged]
        last = leaps[-1]
        said = max(state.settled_at, state.elsewhere_at)
        if said and said >= last.before - self.settled_ms:
            state.leaps[sku] = [leap for leap in known if leap is not last]
            return ctx.decline("other-scope", sku)
        if ctx.room.unwatched_ms(last.before - self.late_ms, event.at):
            state.leaps[sku] = [leap for leap in known if leap is not last]
            return ctx.decline("unwatched", sku)
        excess = sum(leap.gain - leap.bought - leap.expected for leap in leaps)
        if excess < self.sum:
            return ctx.decline("within-margin", sku)
        numbers: dict[str, Number] = {
            "leaps": len(leaps), "gained": last.gain, "bought_most": last.bought,
            "expected": last.expected, "excess": excess,
            "span_s": round((last.at - last.before) / 1000),
            "late_min": self.late_ms // MINUTE_MS,
        }  # fmt: skip
        reason = (
            f"已售数 {numbers['span_s']} 秒内至少增 {last.gain:,}，按其平日速度至多增 {last.expected:,}，"
            f"而前 {numbers['late_min']} 分钟至其后所见订单、下单数、库存减少至多说明 {last.bought:,}"
        )
        if len(leaps) > 1:
            reason += f"；这样的跳增已有 {len(leaps)} 次，共 {excess:,} 件未见来处"
        else:
            reason += f"，有 {excess:,} 件未见来处"
        seen = [one for leap in leaps[-3:] for one in leap.events if one.id != event.id]
        display = as_seen(ctx.room, event)
        trigger: list[Event] = [*{one.id: one for one in seen if one.id != display.id}.values()]
        ctx.raise_alert(
            Finding(
                subject=f"{sku}:leap",
                subject_title=ctx.room.title_of(sku),
                level="watch",
                because=["leap"],
                reason=reason + "。",
                trigger=[*trigger, display],
                hit=f"{sku}:{last.at}",
                extent=excess,
                first_at=last.before,
                numbers=numbers,
                exemptions=[
                    undecided("另一口径（全渠道、去年、累计、品牌）", "未听到预售结算、其他渠道并入；平台是否并入须核实"),
                    unmet("一单多件", f"只见下单数时，一单按 {self.pieces} 件计"),
                    unmet("计数器取整或按链接重新计数", "按显示的上下限与延迟取最有利的数，计数没有变小"),
                ],
            )
        )  # fmt: skip
