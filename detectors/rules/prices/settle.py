"""`low-show-high-settle`: shown low, settled high, for the same SKU at the same time."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Number, unmet
from detectors.calendar import HOUR_MS
from detectors.events import Event, Order, Price, Product
from detectors.match.amounts import amounts
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import (
    has_freight,
    is_conditional,
    is_deposit,
    is_from_price,
    is_open,
    place_of,
)
from detectors.rules.prices.course import once, points, price_at
from detectors.rules.prices.same import has_variants
from detectors.rules.prices.wording import yuan
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep, trim

__all__ = ["LowShowHighSettle"]

MAX_SKUS = 500
#: What is shown before the price of a detail page, and before what is paid.
DETAIL, PAID = "价格规定/首页低于详情", "价格规定/低价诱骗"
#: Where the higher price was seen; of what says of no place where it stands, nobody has seen where.
_PAGE, _TILL, _UNPLACED = "详情页", "结算", "另一处"
#: The two sides of one look are captured within this time.
SAME_LOOK_MS = 10_000
_PRICE = phrasing("price-tags", "price")
_RANGE_TITLE = phrasing("price-tags", "from-title")
#: “五十九起”, “59块钱起步”; the folded text keeps the numbers as they were said.
_RANGE_SAID = phrasing("price-tags", "from-said")
#: A range of prices in a title; “2-3人” and “48-55码” are none.
_RANGE = phrasing("price-tags", "range")


class Sight(Struct):
    """A price as it stood somewhere."""

    fen: int
    since: int
    """When it was first seen at this value."""
    seen: int
    event: Event
    """The latest sight."""
    first: Event
    session: str
    unit: str | None = None
    exempt: str = ""
    """Why it is no price to hold against a higher one; empty: nothing speaks against it."""
    before_fen: int = 0
    """The price before this one, 0: none."""


class Capture(Struct):
    """Once seen: shown low here, higher there."""

    at: int
    event: Event


class PriceMismatch(Struct):
    """Captures of one pair of prices; the first and the latest are kept."""

    low_fen: int
    high_fen: int
    first: Capture
    captures: int = 1
    shown_since: int = 0
    shown: Event | None = None
    reported: bool = False


class PricePlaces(Struct):
    """Where one SKU stands: the card or shelf, the page behind it, and where nobody says."""

    shelf: Sight | None = None
    detail: Sight | None = None
    unplaced: Sight | None = None
    mismatches: dict[str, PriceMismatch] = {}
    """By kind and pair of prices; at most 8."""


class SettleState(Struct):
    """Memory of a room: 500 SKUs at most."""

    shelves: dict[str, PricePlaces] = {}
    told: dict[str, list[int]] = {}
    """By SKU: when the seller last told a new price, and the sums that were named."""
    ranges: dict[str, int] = {}
    """By SKU: when the seller said that the price is the lowest of several (“五十九起”)."""


@rule
class LowShowHighSettle(Rule):
    """A price on the shelf below the one on the page or at the till, in two captures at least
    `apart_s` apart, with nothing between that would explain it."""

    id = "low-show-high-settle"
    State = SettleState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.apart_ms = spec.duration_ms("apart_s")
        self.least_fen = spec.count("least_fen")
        self.captures = spec.count("captures")
        self.unpaid_ms = spec.duration_ms("unpaid_minutes")
        self.stale_ms = spec.duration_ms("stale_hours")

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.price is None:
            return
        exempt = ""
        title = fold(event.title).text if event.title else ""
        ranges = (value for name, value in (event.attributes or {}).items() if _PRICE.search(name))
        if _RANGE_TITLE.search(title) or _RANGE.search(title) or is_from_price(ranges):
            exempt = "from-price"
        elif has_variants(ctx.room.cards.get(event.sku)):
            exempt = "variants"
        shelf = self._shelf(ctx, event.sku)
        shelf.shelf = _see(shelf.shelf, event, event.price, None, exempt)
        self._compare_pages(ctx, event.sku, shelf, event)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.price is None or event.kind in ("coupon", "deposit"):
            return
        if event.kind == "transaction":
            self._settle(ctx, event.sku, event, event.price, event.unit, event.conditions)
            return
        exempt = _exempt(event.conditions)
        shelf = self._shelf(ctx, event.sku)
        place = place_of(event.conditions)
        if place == "shelf":
            shelf.shelf = _see(shelf.shelf, event, event.price, event.unit, exempt)
        elif place == "detail":
            shelf.detail = _see(shelf.detail, event, event.price, event.unit, exempt)
        else:
            shelf.unplaced = _see(shelf.unplaced, event, event.price, event.unit, exempt)
        self._compare_pages(ctx, event.sku, shelf, event)

    def on_order(self, ctx: Context, event: Order) -> None:
        if event.status == "paid" and event.price is not None and event.sku in ctx.state.shelves:
            self._settle(
                ctx, event.sku, event, event.price, None, None, quantity=event.quantity or 1
            )

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """“好，恢复原价一百二十九”: the price is changed openly, before the shelf shows it."""
        sku = utterance.sku
        if sku is None or utterance.speaker not in ("host", "assistant"):
            return
        text = utterance.folded.text
        if _RANGE_SAID.search(text):
            keep(ctx.state.ranges, sku, utterance.at, MAX_SKUS)
        sums = [amount.fen for amount in amounts(text)]
        if sums:
            keep(ctx.state.told, sku, [utterance.at, *sums[:4]], MAX_SKUS)

    def _shelf(self, ctx: Context, sku: str) -> PricePlaces:
        shelves: dict[str, PricePlaces] = ctx.state.shelves
        if sku not in shelves:
            keep(shelves, sku, PricePlaces(), MAX_SKUS)
        return shelves[sku]

    # Shown against shown ------------------------------------------------------------------

    def _compare_pages(self, ctx: Context, sku: str, shelf: PricePlaces, event: Event) -> None:
        self._compare(ctx, sku, _PAGE, shelf.shelf, shelf.detail, event)
        self._compare(ctx, sku, _UNPLACED, shelf.shelf, shelf.unplaced, event)

    def _compare(
        self, ctx: Context, sku: str, where: str, low: Sight | None, high: Sight | None,
        event: Event,
    ) -> None:  # fmt: skip
        if low is None or high is None or high.fen - low.fen < self.least_fen:
            return
        if low.session != high.session or abs(low.seen - high.seen) > self.unpaid_ms:
            return
        exempt = low.exempt or high.exempt or self._range_said(ctx, sku, event.at)
        if not exempt and low.unit is not None and high.unit is not None and low.unit != high.unit:
            exempt = "unit"
        if exempt:
            ctx.decline(exempt, sku, f"货架 {yuan(low.fen)} 元，{where} {yuan(high.fen)} 元")
            return
        # Where one of the two changed, the other may follow late: what stood before has to be
        # shown again after that, and what is new as well.
        older, newer = (low, high) if low.since <= high.since else (high, low)
        began = newer.since
        if older.seen <= began or newer.seen <= began:
            return
        if older.seen - max(older.since, began - SAME_LOOK_MS) < self.apart_ms:
            ctx.decline("single-capture", sku)
            return
        if self._coupon_explains(ctx, sku, low.fen):
            ctx.decline("coupon", sku)
            return
        self._found(
            ctx, sku, where, low.fen, high.fen, began, [older.first, newer.first, low.event, high.event, event],
            2, low.unit or high.unit,
        )  # fmt: skip

    # Shown against paid -------------------------------------------------------------------

    def _settle(
        self, ctx: Context, sku: str, event: Event, paid: int, unit: str | None,
        conditions: list[str] | None, *, quantity: int = 1,
    ) -> None:  # fmt: skip
        shelf = ctx.state.shelves.get(sku)
        if shelf is None:
            return
        places = (shelf.shelf, shelf.detail, shelf.unplaced)
        shown = [sight for sight in places if sight is not None]
        shown = [sight for sight in shown if event.at - sight.seen <= self.stale_ms]
        if not shown:
            return
        low = min(shown, key=lambda sight: (sight.fen, -sight.seen))
        latest = max(shown, key=lambda sight: sight.since)
        if latest.fen >= paid and latest.since >= low.since:
            # What is shown newest is no lower: the other place has not followed yet.
            low = latest
        if paid - low.fen < self.least_fen:
            shelf.mismatches.clear()
            return
        exempt = self._excuse(ctx, low, event, sku, paid, unit, conditions)
        if not exempt and quantity > 1 and paid == low.fen * quantity:
            exempt = "quantity"
        if exempt:
            ctx.decline(exempt, sku, f"展示 {yuan(low.fen)} 元，支付 {yuan(paid)} 元")
            return
        key = f"{low.fen}:{paid}"
        mismatch = shelf.mismatches.get(key)
        if mismatch is None or mismatch.shown_since != low.since:
            shelf.mismatches[key] = PriceMismatch(
                low.fen, paid, Capture(event.at, event), shown_since=low.since, shown=low.event
            )
            trim(shelf.mismatches, 8)
            ctx.decline("single-capture", sku)
            return
        first = mismatch.first.event
        if mismatch.reported or (
            isinstance(event, Order) and isinstance(first, Order) and event.order == first.order
        ):
            return  # told already, or the same order delivered again
        mismatch.captures += 1
        if (
            mismatch.captures < self.captures
            or event.at - mismatch.first.at < self.apart_ms
            or event.at - low.since < self.apart_ms
        ):
            ctx.decline("single-capture", sku)
            return
        mismatch.reported = True
        shown_event = mismatch.shown or low.event
        self._found(
            ctx, sku, _TILL, low.fen, paid, mismatch.first.at,
            [shown_event, mismatch.first.event, event], mismatch.captures, low.unit or unit,
        )  # fmt: skip

    def _excuse(
        self, ctx: Context, low: Sight, event: Event, sku: str, paid: int, unit: str | None,
        conditions: list[str] | None,
    ) -> str:  # fmt: skip
        """Why a price that is paid may lie above the one that is shown; empty: nothing says so."""
        told = ctx.state.told.get(sku)
        if exempt := low.exempt or self._range_said(ctx, sku, event.at):
            return exempt
        if unit is not None and low.unit is not None and unit != low.unit:
            return "unit"
        if not is_open(conditions):
            return "conditional"  # what was paid under other conditions than those shown
        if has_freight(conditions):
            return "freight"
        if low.before_fen >= paid and event.at - low.since <= self.unpaid_ms:
            return "ordered-before"  # paid now, ordered while the price was higher
        if told and low.seen <= told[0] <= event.at and paid in told[1:]:
            return "announced-change"
        if low.session != event.session:
            return "other-session"
        if ctx.room.unwatched_ms(low.seen, event.at):
            return "unwatched"
        return "coupon" if self._coupon_explains(ctx, sku, low.fen) else ""

    def _range_said(self, ctx: Context, sku: str, at: int) -> str:
        """The exemption, where the seller told within the lifetime of a price shown that it is
        the lowest of several."""
        said = ctx.state.ranges.get(sku)
        return "from-price" if said is not None and at - said <= self.stale_ms else ""

    def _coupon_explains(self, ctx: Context, sku: str, low_fen: int) -> bool:
        """Is the low price the one after a coupon, which not every buyer takes?"""
        coupon = price_at(ctx.room, sku, ctx.now, "coupon")
        return coupon is not None and coupon.price == low_fen

    def _found(
        self, ctx: Context, sku: str, where: str, low: int, high: int, since: int,
        trigger: list[Event], captures: int, unit: str | None,
    ) -> None:  # fmt: skip
        last = trigger[-1]
        numbers: dict[str, Number] = {
            "shown_fen": low,
            "settled_fen": high,
            "excess_fen": high - low,
            "captures": captures,
            "apart_s": (last.at - since) // 1_000,
            "where": where,
        }
        missing = ["计价单位与规格是否一致"] if unit is None else []
        if not any(isinstance(event, Price) and event.conditions is not None for event in trigger):
            missing.append("展示价有无会员、拼团等条件，是否标“起”")
        if where == _UNPLACED:
            missing.append("较高的价格标在何处（是否详情页）")
            stands = f"另一处显示 {yuan(high)} 元（何处未见）"
        else:
            stands = f"{where}价 {yuan(high)} 元"
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="watch" if where == _UNPLACED else "lead",
                reason=(
                    f"展示价 {yuan(low)} 元，{stands}，高出 {yuan(high - low)} 元；"
                    f"先后 {captures} 次所见，前后 {numbers['apart_s']} 秒"
                ),
                trigger=once(trigger),
                # The same pair of prices is one act, however many buyers pay.
                hit=f"{where}:{low}:{high}",
                numbers=numbers,
                # What is paid is no price of a detail page, and the other way round.
                law=[PAID if where == _TILL else DETAIL, "价格法/价格欺诈"],
                exemptions=[
                    unmet("“起”价，区间可见", "所见展示价未标“起”或价格区间"),
                    unmet("会员价、个人券等附条件价格", "所见展示价未附此类条件"),
                    unmet("页面缓存延迟不超过 60 秒", f"相隔 {numbers['apart_s']} 秒仍不一致"),
                    unmet("其间已公开调价", "其间未见展示价改为较高的价格"),
                ],
                missing=missing,
                prices=points(ctx.room, sku, since - HOUR_MS, last.at),
                first_at=since,
            )
        )


def _see(
    known: Sight | None, event: Price | Product, fen: int, unit: str | None, exempt: str
) -> Sight:
    """The price that stands there now."""
    if known is not None and known.fen == fen and known.session == event.session:
        known.seen = event.at
        known.event = event
        known.exempt = exempt or known.exempt
        known.unit = unit if unit is not None else known.unit
        return known
    before = known.fen if known is not None and known.session == event.session else 0
    return Sight(fen, event.at, event.at, event, event, event.session, unit, exempt, before)


def _exempt(conditions: list[str] | None) -> str:
    if is_from_price(conditions):
        return "from-price"
    if is_conditional(conditions):
        return "conditional"
    if is_deposit(conditions):
        return "deposit"
    if has_freight(conditions):
        return "freight"
    return ""
