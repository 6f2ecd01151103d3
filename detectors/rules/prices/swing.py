"""`price-swing`: a price that jumps as it never did before. A statistical signal, no violation."""

from __future__ import annotations

import math

from msgspec import Struct

from detectors.alerts import Exemption, Number
from detectors.events import Event, Order, Price, Product
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import is_deposit, is_promoted
from detectors.rules.prices.wording import yuan
from detectors.stats.price_history import Quote, quote_of
from detectors.stats.robust import robust_z
from detectors.text.amounts import DAY_MS
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = ["PriceSwing"]

MAX_SERIES = 1_000
#: Changes and levels of one series that are remembered.
MAX_CHANGES = 60
MAX_LEVELS = 40


class Series(Struct):
    """The distinct prices of one SKU, unit and kind."""

    fen: int
    """The latest price."""
    seen: int
    """When it was last seen."""
    event: Event
    changes: list[float] = []
    """Logarithms of price over price before, of distinct changes; at most `MAX_CHANGES`."""
    sightings: int = 1
    """How often the price was seen, whatever it was."""
    levels: list[int] = []
    """Prices that were taken, the latest last; at most `MAX_LEVELS`."""


class SwingState(Struct):
    """Memory of a room: `MAX_SERIES` series, and when a promotion was announced by SKU."""

    series: dict[str, Series] = {}
    announced: dict[str, int] = {}
    """Until when a change of the SKU's price was announced, ms; “” for the whole room."""


@rule
class PriceSwing(Rule):
    """Robust z of the logarithm of a price change, over the distinct changes of the series.

    What was announced is masked: coupons, deposits, conditions, 秒杀 in words, a price cut from
    a shown reference, another unit. So is the return to a price that was taken before, and a
    price that was not seen for so long that nothing is sudden about its change.
    """

    id = "price-swing"
    State = SwingState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.z = float(spec.threshold("z"))
        self.least = math.log1p(float(spec.threshold("least_change_ratio")))
        self.floor = float(spec.threshold("spread_floor"))
        self.floor_young = float(spec.threshold("spread_floor_young"))
        self.sightings = spec.count("sightings")
        self.young = spec.count("young_changes")
        self.stale_ms = spec.count("stale_days") * DAY_MS
        self.announced_ms = spec.count("announced_minutes") * 60_000
        self.gap_ms = spec.count("gap_minutes") * 60_000
        self.level_ratio = float(spec.threshold("known_level_ratio"))

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        announced: dict[str, int] = ctx.state.announced
        sku = utterance.sku or ""
        announced.pop(sku, None)
        announced[sku] = utterance.at + self.announced_ms
        while len(announced) > MAX_SERIES:
            del announced[next(iter(announced))]

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.price is not None:
            quote = quote_of(event)
            if quote is not None:
                self._see(ctx, quote)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.price is not None and event.kind in ("asking", "transaction"):
            quote = quote_of(event)
            if quote is not None:
                self._see(ctx, quote)

    def on_order(self, ctx: Context, event: Order) -> None:
        quote = quote_of(event)
        if quote is not None:
            self._see(ctx, quote)

    def _see(self, ctx: Context, quote: Quote) -> None:
        fen = quote.price
        if not fen:
            return  # free, or unknown: no ratio
        sku = quote.sku
        if is_deposit(quote.conditions):
            return
        unit = quote.unit if quote.unit is not None else ctx.room.prices[sku].unit
        key = f"{sku}\t{quote.kind}\t{unit or ''}"
        all_series: dict[str, Series] = ctx.state.series
        series = all_series.get(key)
        if series is None:
            all_series[key] = Series(fen, quote.at, quote.event, levels=[fen])
            while len(all_series) > MAX_SERIES:
                del all_series[next(iter(all_series))]
            return
        series.sightings += 1
        if fen == series.fen:
            series.seen = quote.at
            return
        change = math.log(fen / series.fen)
        if is_promoted(quote.conditions):
            ctx.decline("announced", sku)
            return  # a price with conditions is no step of the series
        self._judge(ctx, quote, series, fen, change)
        series.changes.append(change)
        del series.changes[:-MAX_CHANGES]
        if fen in series.levels:
            series.levels.remove(fen)
        series.levels.append(fen)
        del series.levels[:-MAX_LEVELS]
        series.fen, series.seen, series.event = fen, quote.at, quote.event

    def _judge(self, ctx: Context, quote: Quote, series: Series, fen: int, change: float) -> None:
        if abs(change) < self.least:
            return
        sku = quote.sku
        if len(series.changes) < self.young:
            # Few changes tell little about the spread: the bar is the greatest of them.
            largest = max((abs(known) for known in series.changes), default=0.0)
            z = change / max(self.floor_young, largest)
        else:
            z = robust_z(change, series.changes, floor=self.floor)
        if abs(z) < self.z:
            return
        reason = self._mask(ctx, quote, series, fen)
        if not reason and series.sightings - 1 < self.sightings:
            reason = "insufficient-history"
        if reason:
            ctx.decline(reason, sku)
            return
        percent = round(100 * (fen / series.fen - 1), 1)
        numbers: dict[str, Number] = {
            "price_fen": fen,
            "before_fen": series.fen,
            "change_percent": percent,
            "z": round(z, 1),
            "changes": len(series.changes),
            "sightings": series.sightings - 1,
            "kind": quote.kind,
        }
        history = ctx.room.prices[sku]
        before = (
            f"偏离此前 {len(series.changes)} 次变动的常态"
            if series.changes
            else f"此前 {numbers['sightings']} 次所见没有变动"
        )
        what = "成交价" if quote.kind == "transaction" else "标价"
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="info",
                reason=(
                    f"{what}由 {yuan(series.fen)} 元变为 {yuan(fen)} 元（{percent:+}%），"
                    f"{before}（稳健 z = {numbers['z']}），未见促销、改价的说明"
                ),
                trigger=[series.event, quote.event],
                numbers=numbers,
                exemptions=[
                    Exemption(
                        clause="公告过的秒杀、促销、改价", met=False, why="变动前没有听到、看到公告"
                    ),
                    Exemption(
                        clause="券后价、定金、满减价，规格变化",
                        met=False,
                        why="只与同一种价、同一规格的此前价格比较",
                    ),
                ],
                missing=["规格是否前后一致"] if quote.unit is None and history.unit is None else [],
                prices=history.points(quote.at - 30 * DAY_MS, quote.at)[-300:],
            )
        )

    def _mask(self, ctx: Context, quote: Quote, series: Series, fen: int) -> str:
        """Why a change is nothing to look at; empty: it is."""
        sku = quote.sku
        announced: dict[str, int] = ctx.state.announced
        if max(announced.get(sku, 0), announced.get("", 0)) >= quote.at:
            return "announced"
        if fen < series.fen and quote.reference_price is not None and quote.reference_price > fen:
            return "announced"
        if any(abs(math.log(fen / level)) <= self.level_ratio for level in series.levels):
            return "known-level"
        history = ctx.room.prices[sku]
        if quote.kind == "transaction":
            shown = history.in_force(quote.at, "asking", "coupon", unit=quote.unit or history.unit)
            if shown is not None and shown.price and abs(math.log(fen / shown.price)) < self.least:
                return "as-shown"
        if quote.at - series.seen > self.stale_ms:
            return "not-sudden"
        if ctx.room.unwatched_ms(series.seen, quote.at) > self.gap_ms:  # with its announcement
            return "unwatched"
        return ""
