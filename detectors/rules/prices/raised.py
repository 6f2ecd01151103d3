"""`raise-then-cut`: a price that was put up shortly before, to be the base of a reduction."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption, Level, Number, undecided, unmet
from detectors.calendar import DAY_MS, HOUR_MS
from detectors.events import Event, Product
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.prices.compared import Compared, ComparingRule
from detectors.rules.prices.comparison import Comparison, Comparisons
from detectors.rules.prices.conditions import Display, basis_of, is_open, is_public_sale, spec_of
from detectors.rules.prices.course import followed, once
from detectors.rules.prices.same import other_goods
from detectors.rules.prices.spoken import SPEAKERS
from detectors.rules.prices.wording import day_and_time, yuan
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep
from detectors.stats.price_history import PriceHistory, PriceStep

__all__ = ["RaiseThenCut"]

#: SKUs whose reason for a raise is remembered.
MAX_REASONS = 500
#: A reason counts that was given within this time before or after the raise.
REASON_NEAR_MS = 3 * DAY_MS


class Reason(Struct):
    """A reason for a raise, in the seller's words."""

    at: int
    words: str
    event: Event | None = None


class RaisedState(Struct):
    """Memory of a room: the comparisons that stand."""

    comparisons: Comparisons = msgspec.field(default_factory=Comparisons)
    reasons: dict[str, Reason] = {}
    """Why a price goes up, as it was said last of each SKU; at most `MAX_REASONS`."""


class Raise(Struct, frozen=True):
    """A price that was put up before it became the base of a reduction."""

    low: PriceStep
    """The price before, as it was seen last."""
    high: PriceStep
    """The raised price, as it was seen first."""
    ends_at: int
    """When it was no longer asked, or the comparison began."""


@rule
class RaiseThenCut(ComparingRule):
    """List price up by `raise_ratio` within `lookback_days` before t0, held for less than
    `held_hours` or with fewer than `orders` sales, then used as the base.

    How long a price was held is known only within what was seen: from the last sight of the old
    price at most, from the first sight of the new one at least.
    """

    id = "raise-then-cut"
    State = RaisedState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.lookback_ms = spec.duration_ms("lookback_days")
        self.raise_ratio = float(spec.threshold("raise_ratio"))
        self.held_ms = spec.duration_ms("held_hours")
        self.follows = spec.count("reference_follows")
        self.orders = spec.count("orders")
        self.personal_ratio = float(spec.threshold("personal_discount_ratio"))
        self.stale_ms = spec.duration_ms("display_stale_hours")
        self.tolerance = float(spec.threshold("base_tolerance_ratio"))

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        sku = utterance.sku
        if sku and utterance.speaker in SPEAKERS and any(hit.group == "reason" for hit in hits):
            reason = Reason(utterance.at, utterance.original[:60], utterance.event)
            keep(ctx.state.reasons, sku, reason, MAX_REASONS)
        self.hear(ctx, utterance, hits)

    def judge(self, ctx: Context, seen: Compared) -> None:
        sku, run, event = seen.sku, seen.run, seen.event
        if run.judged == (event.session or "-"):
            return
        run.judged = event.session or "-"
        if basis_of(run.label) in ("maker", "dated", "future", "other", "elsewhere"):
            ctx.decline("other-basis", sku)
            return
        if followed(seen.history, seen.unit, event.at) >= self.follows:
            ctx.decline("follows-price", sku)  # a reference that always moves with the price
            return
        raised = self._find(seen.history, seen.unit, run.reference_fen, seen.cut_at)
        if isinstance(raised, str):
            if raised != "no-raise":
                ctx.decline(raised, sku)
            return
        self._weigh(ctx, sku, run, seen.history, seen.unit, event, raised)

    def _find(
        self, history: PriceHistory, unit: str | None, reference: int, cut_at: int
    ) -> Raise | str:
        """The raise behind a reference price, or why there is none."""
        start = cut_at - self.lookback_ms
        shown = [
            step
            for step in history.between(start, cut_at, "asking", unit=unit)
            if is_open(step.quote.conditions)
        ]
        base = reference * (1 - self.tolerance)
        # From the end: what was asked last at (about) the reference, then what was asked before.
        last = len(shown) - 1
        while last >= 0 and (shown[last].price or 0) < base:
            last -= 1
        first = last
        while first > 0 and (shown[first - 1].price or 0) >= base:
            first -= 1
        if first <= 0:
            return "no-raise"
        low, high = shown[first - 1], shown[first]
        if reference < (low.price or 0) * (1 + self.raise_ratio):
            return "no-raise"
        specs = [spec for step in (low, high) if (spec := spec_of(step.quote.event))]
        if len(specs) == 2 and specs[0] != specs[1]:
            return "other-spec"
        titles = [
            step.quote.event.title for step in (low, high) if isinstance(step.quote.event, Product)
        ]
        if len(titles) == 2 and other_goods(*titles):
            return "other-goods"
        # What was the usual price before is no raised one when a promotion ends.
        usual = sum(
            shown[index + 1].at - step.at
            for index, step in enumerate(shown[: first - 1])
            if (step.price or 0) >= base
        )
        if usual >= self.held_ms:
            return "restored-price"
        ends = shown[last + 1].at if last + 1 < len(shown) else cut_at
        return Raise(low, high, ends)

    def _weigh(
        self, ctx: Context, sku: str, run: Comparison, history: PriceHistory, unit: str | None,
        event: Event, raised: Raise,
    ) -> None:  # fmt: skip
        held_least = raised.ends_at - raised.high.at
        held_most = raised.ends_at - raised.low.until
        display = Display(history, stale_ms=self.stale_ms)
        sales = [
            step
            for step in history.between(
                run.since - self.lookback_ms, run.since, "transaction", unit=unit
            )
            if is_public_sale(step, display, personal_ratio=self.personal_ratio)
        ]
        base = run.reference_fen * (1 - self.tolerance)
        sold = sum(
            step.count
            for step in sales
            if step.within(raised.high.at, raised.ends_at) and (step.price or 0) >= base
        )
        unwatched = ctx.room.unwatched_ms(raised.low.until, raised.ends_at)
        # Few sales say something only where sales are seen at all, and nothing was missed.
        few = bool(sales) and sold < self.orders and not unwatched
        level: Level
        if held_most < self.held_ms or few:
            level, because = "lead", "brief" if held_most < self.held_ms else "few"
        elif held_least < self.held_ms:
            level, because = "watch", "unsure"
        else:
            ctx.decline(
                "held-long-enough", sku,
                f"提价后至少维持 {held_least / HOUR_MS:.1f} 小时，成交 {sold} 笔",
            )  # fmt: skip
            return
        reason_given: Reason | None = ctx.state.reasons.get(sku)
        if reason_given is not None and abs(reason_given.at - raised.high.at) > REASON_NEAR_MS:
            reason_given = None
        if reason_given is not None:
            # Whether the reason is a good one is not for a monitor.
            level, because = "watch", "reason"
        low = raised.low.price or 0
        rise = run.reference_fen - low
        numbers: dict[str, Number] = {
            "low_fen": low,
            "raised_fen": raised.high.price,
            "reference_fen": run.reference_fen,
            "offer_fen": run.offer_fen,
            "rise_fen": rise,
            "rise_percent": round(100 * rise / low, 1) if low else None,
            "low_seen_at": raised.low.until,
            "raised_at": raised.high.at,
            "cut_at": raised.ends_at,
            "held_hours": round(held_least / HOUR_MS, 1),
            "held_hours_most": round(held_most / HOUR_MS, 1),
            "orders_at_raised": sold if sales else None,
            "unwatched_ms": unwatched,
        }
        month = history.lowest(
            run.since - 30 * DAY_MS, run.since, "asking", "transaction", unit=unit,
            counts=lambda step: is_open(step.quote.conditions),
        )  # fmt: skip
        if month is not None:
            numbers["lowest_30d_fen"] = month.price
        reason = self._told(raised, run, numbers)
        opening = max(0, raised.low.at - DAY_MS)
        at_raised = [step for step in sales if step.within(raised.high.at, raised.ends_at)]
        # That sales are seen at all makes few of them a fact: an earlier one belongs to it.
        support = [*sales[:1], *at_raised[: self.orders]] if few else []
        trigger = [
            raised.low.quote.event,
            raised.high.quote.event,
            *(step.quote.event for step in support),
            run.event,
            event,
        ]
        if reason_given is not None and reason_given.event is not None:
            trigger = sorted([*trigger, reason_given.event], key=lambda one: one.at)
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                because=[because],
                reason=reason,
                trigger=once(trigger),
                hit=f"{run.reference_fen}:{run.since}:{event.session}",
                numbers=numbers,
                spans=[run.span] if run.span is not None else [],
                exemptions=self._considered(run, reason_given),
                missing=["计价单位与规格是否前后一致"] if unit is None else [],
                prices=history.points(opening, event.at)[-300:],
                first_at=raised.high.at if raised.high.quote.session == event.session else None,
            )
        )

    def _told(self, raised: Raise, run: Comparison, numbers: dict[str, Number]) -> str:
        """The raise and the reduction in words, written from their figures."""
        low = raised.low.price or 0
        held = f"至多维持 {numbers['held_hours_most']} 小时"
        if raised.ends_at - raised.low.until >= self.held_ms:
            held = f"所见维持 {numbers['held_hours']} 小时"
        if numbers["orders_at_raised"] is not None:
            held += f"、成交 {numbers['orders_at_raised']} 笔"
        reason = (
            f"标价 {yuan(low)} 元最迟于 {day_and_time(raised.high.at)} 提至 "
            f"{yuan(raised.high.price or 0)} 元（高 {numbers['rise_percent']}%），{held}，随后以 "
            f"{yuan(run.reference_fen)} 元为基准降至 {yuan(run.offer_fen)} 元"
        )
        if run.offer_fen >= low:
            reason += "，不低于提价前"
        return reason

    def _considered(self, run: Comparison, given: Reason | None) -> list[Exemption]:
        """What speaks for the operator: a reason that was given, and a promotion that had ended."""
        return [
            undecided(
                "价格规定第十七条第一款：提价有合理理由",
                f"{day_and_time(given.at)} 称“{given.words}”，是否属实须核查"
                if given is not None
                else "未观察到公示的理由（成本、供求等），须由经营者说明",
            ),
            unmet(
                "提价前 30 天内曾长期按此价销售（促销结束后恢复）",
                f"提价前未见按 {yuan(run.reference_fen)} 元连续标价 72 小时以上"
                if self.held_ms == 72 * HOUR_MS
                else "提价前未见长期按此价销售",
            ),
        ]
