"""虚构交易、刷单: orders like clockwork, from accounts of one making, more than the audience; orders
that come back at once or again and again; lines about buying that no sale follows; and what the seller's
side itself says of such orders."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Collection
from operator import attrgetter
from typing import ClassVar

from detectors.alerts import CrowdEvidence, Level, Number, unmet
from detectors.calendar import HOUR_MS, MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Counter, Event, Order, Price, Product, Session
from detectors.facts.crowd import BUYS, Crowd
from detectors.facts.crowd.accounts import stem
from detectors.facts.crowd.signals import shown
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import ClaimMemory
from detectors.rules.crowd.accounts import of_template
from detectors.rules.crowd.buying import BUYING, BuyingLines
from detectors.rules.crowd.evenness import Evenness
from detectors.rules.crowd.indicators import Indicators, said
from detectors.rules.crowd.order_window import (
    JUST_SEEN,
    KNOWN,
    NEVER_SEEN,
    NOT_WATCHED,
    Goods,
    Placed,
    Sample,
    sample_of,
)
from detectors.rules.crowd.returns import Returns
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep, trim
from detectors.stats.spread import gaps, variation

__all__ = ["FakeTransaction"]

#: Terms of a price at which people buy together.
_GROUP = phrasing("price-tags", "group")
#: SKUs that are followed; orders, samples of a counter and whole events of each; orders whose
#: refund is awaited.
MAX_SKUS = 8
MAX_ORDERS = 40
MAX_SAMPLES = 40
MAX_EVENTS = 6
MAX_AWAITED = 40
#: Orders further back than this say nothing about how evenly they come, ms.
EVEN_MS = 1_800_000
#: Samples of a counter closer together than this replace each other.
SAMPLE_MS = 15_000
#: A link put up this close to the hour was put up on the hour.
ON_THE_HOUR_MS = MINUTE_MS
_at = attrgetter("at")


class TransactionState(ClaimMemory):
    """Beside the claims at most `MAX_SKUS` SKUs, the audience of the window, and who was seen before."""

    goods: dict[str, Goods] = {}
    viewers: list[Sample] = []
    visits: list[Sample] = []
    rush_at: int = 0
    """The same for the whole room."""
    returns: dict[str, float] = {}
    """How unusual the orders that came back were when they were last raised, by subject."""


@rule
class FakeTransaction(FramedRule):
    """At least two independent indicators on the orders of one SKU within minutes, or that it is said."""

    id = "fake-transaction"
    State = TransactionState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"rush"}
    follows_stream = True
    reads_crowd = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.window_ms = spec.duration_ms("window_min")
        self.least = spec.count("orders")
        self.even = spec.threshold("gap_variation")
        self.new_ms = spec.duration_ms("new_account_s")
        self.returned = spec.threshold("returned_share")
        self.return_ms = spec.duration_ms("returned_within_h")
        self.rush_ms = spec.duration_ms("rush_min")
        self.indicators = Indicators(spec)
        self.evenness = Evenness(spec)
        self.returns = Returns(spec)
        self.buying_words = tuple(spec.patterns["buying"])
        self.platform_words = dict.fromkeys(self.buying_words, BUYS)
        self.buying = BuyingLines(spec)
        self.rush_gap_ms = spec.duration_ms("rush_gap_s")

    # Who is there -------------------------------------------------------------------------

    def on_platform_chat(self, ctx: Context, event: Chat) -> None:
        if any(word in event.text for word in self.buying_words):
            told = ctx.state.returns
            found = self.buying.weigh(ctx, told.get(BUYING, 0.0))
            if found is not None:
                told[BUYING] = found

    def on_counter(self, ctx: Context, event: Counter) -> None:
        state: TransactionState = ctx.state
        if event.name == "viewers":
            self._sample(state.viewers, event)
        elif event.name == "visits":
            self._sample(state.visits, event)
        elif event.sku and event.name == "sold":
            goods = state.goods.get(event.sku)
            if goods is None:
                goods = self._goods(state, event.sku)
            if self._sample(goods.sold, event):
                goods.counters = [*goods.counters[:1], event]
                if goods.counters[0].at < goods.sold[0].at:
                    goods.counters = [event]
            if len(goods.orders) >= self.least and not self._is_quiet(state, goods, event.at):
                self._weigh(ctx, event.sku, goods)
        elif event.sku and event.name == "stock":
            low = event.value if event.value is not None else event.low
            if low is not None:
                self._stock(self._goods(state, event.sku), low, event.at)

    def on_product(self, ctx: Context, event: Product) -> None:
        state: TransactionState = ctx.state
        goods = self._goods(state, event.sku)
        if event.status == "sold_out" or event.stock == 0:
            goods.empty = True
        elif event.stock is not None or event.status in ("listed", "explaining"):
            self._stock(goods, event.stock or 1, event.at)
            late = event.at % HOUR_MS
            if event.status == "listed" and min(late, HOUR_MS - late) <= ON_THE_HOUR_MS:
                goods.rush_at = event.at

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.conditions and any(map(_GROUP.search, event.conditions)):
            self._goods(ctx.state, event.sku).rush_at = event.at

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes that a reason for many orders at once is told of."""
        if not utterance.has_new("rush", hits):
            return
        if utterance.speaker == "card" and utterance.sku:
            self._goods(ctx.state, utterance.sku).rush_at = ctx.now
        else:
            ctx.state.rush_at = ctx.now

    def on_session(self, ctx: Context, event: Session) -> None:
        state: TransactionState = ctx.state
        state.viewers, state.visits, state.rush_at = [], [], 0
        for sku in [sku for sku, goods in state.goods.items() if not goods.awaited]:
            del state.goods[sku]
        for goods in state.goods.values():
            goods.orders, goods.sold, goods.events, goods.counters = [], [], goods.events[-2:], []

    def _stock(self, goods: Goods, stock: int, at: int) -> None:
        if stock == 0:
            goods.empty = True
        elif goods.empty:
            goods.empty = False
            goods.rush_at = at

    def _goods(self, state: TransactionState, sku: str) -> Goods:
        goods = state.goods.get(sku) or Goods()
        keep(state.goods, sku, goods, MAX_SKUS)
        # The one that was touched longest ago is first: what it remembers may be over.
        idle = next(iter(state.goods.values()))
        if (
            idle.orders
            and goods.orders
            and goods.orders[-1].at - idle.orders[-1].at > self.window_ms
        ):
            idle.orders, idle.sold, idle.counters = [], [], []
            idle.events = idle.events[-2:] if idle.awaited else []
        return goods

    def _sample(self, samples: list[Sample], event: Counter) -> bool:
        """Keeps a counter's display; not when only one of its bounds is known."""
        sample = sample_of(event)
        if sample is None:
            return False
        while samples and samples[0].at < event.at - self.window_ms:
            del samples[0]
        if len(samples) > 1 and event.at - samples[-2].at < SAMPLE_MS:
            samples[-1] = sample
        else:
            samples.append(sample)
        if len(samples) > MAX_SAMPLES:
            del samples[1]
        return True

    # Orders -------------------------------------------------------------------------------

    def on_order(self, ctx: Context, event: Order) -> None:
        state: TransactionState = ctx.state
        goods = self._goods(state, event.sku)
        if event.status in ("refunded", "cancelled"):
            return self._return(ctx, event, goods)
        orders = goods.orders
        if event.order in [placed.order for placed in orders]:
            return
        known = self._known(ctx, event)
        pieces = event.quantity or 1
        user = event.user or ""
        orders.append(Placed(event.at, event.order, user, known, pieces, event.price, stem(user)))
        goods.quiet = -1
        since = event.at - max(self.window_ms, EVEN_MS)
        while orders[0].at < since or len(orders) > MAX_ORDERS:
            del orders[0]
        goods.events.append(event)
        # Few orders are not going to be judged: the whole events are for the evidence only.
        most = MAX_EVENTS if len(orders) * 2 >= self.least else 2
        while len(goods.events) > most:
            del goods.events[most // 2]
        if len(orders) >= self.least:
            self._weigh(ctx, event.sku, goods)

    def _known(self, ctx: Context, event: Order) -> int:
        """How the buyer was known when the order came; the crowd's book has it already."""
        crowd = ctx.room.crowd
        account = crowd.accounts.get(event.user or "")
        if account is None:
            return NOT_WATCHED
        if event.at - account.first >= self.new_ms:
            return KNOWN
        if event.at - crowd.head.watched < self.new_ms:
            return NOT_WATCHED
        return JUST_SEEN if account.first < event.at else NEVER_SEEN

    def _return(self, ctx: Context, event: Order, goods: Goods) -> None:
        awaited = goods.awaited
        if event.order not in awaited or event.at - goods.awaited_at > self.return_ms:
            self.returns.weigh(ctx, event, goods.events, ctx.state.returns)
            if awaited and event.at - goods.awaited_at > self.return_ms:
                goods.awaited = {}
            return
        awaited[event.order] = True
        returned = sum(awaited.values())
        if (
            len(awaited) >= self.least
            and returned >= self.returned * len(awaited)
            and "returned" not in goods.flags
        ):
            goods.flags = [*goods.flags, "returned"]
            self._conclude(ctx, event.sku, goods, goods.flags, event, dict(goods.numbers))

    # The verdict --------------------------------------------------------------------------

    def _is_quiet(self, state: TransactionState, goods: Goods, now: int) -> bool:
        """Do the same orders stand in the window as when nothing was found, and may they have been placed?"""
        place, orders = goods.quiet, goods.orders
        return (
            0 <= place < len(orders)
            and place == bisect_left(orders, now - self.window_ms, key=_at)
            and not self.indicators.outrun(goods, state.viewers, state.visits, {})
        )

    def _weigh(self, ctx: Context, sku: str, goods: Goods) -> None:
        state: TransactionState = ctx.state
        orders = goods.orders
        since = ctx.now - self.window_ms
        times = [placed.at for placed in orders]
        place, apart = bisect_left(times, since), gaps(times)
        by_clock = self.evenness.clock(ctx, sku, goods, apart)
        quiet = by_clock is None
        if len(orders) - place >= self.least:
            orders, apart = orders[place:], apart[place:]
        elif len(orders) < self.least or not by_clock:
            goods.quiet = place if quiet else -1
            return
        start = orders[0].at
        if ctx.room.unwatched_ms(start, ctx.now):
            return ctx.decline("unwatched", sku)
        rush_at = max(goods.rush_at, state.rush_at)
        rush = bool(rush_at) and rush_at <= ctx.now and start - rush_at <= self.rush_ms
        numbers: dict[str, Number] = {
            "orders": len(orders), "span_s": round((orders[-1].at - start) / 1000),
        }  # fmt: skip
        flags = []
        # In an announced rush orders come as fast as they are taken, which is evenly: that tells
        # something only when the money goes back.
        withheld: dict[str, Number] = {}
        even = variation(apart)
        if by_clock or (even is not None and even < self.even):
            found: dict[str, Number] = {}
            if even is not None and even < self.even:
                found = {"gap_variation": round(even, 3), "gap_variation_limit": self.even}
            found |= by_clock or {}
            if rush and orders[-1].at - start < self.rush_gap_ms * (len(orders) - 1):
                withheld |= found
                ctx.decline("announced-rush", sku)
            else:
                flags.append("even")
                numbers |= found
        if self.indicators.outrun(goods, state.viewers, state.visits, numbers):
            if rush:
                ctx.decline("announced-rush", sku)
            else:
                flags.append("rise")
        elif self.indicators.outrun(goods, state.viewers, state.visits, {}, widest=True):
            ctx.decline("rounded-counter", sku)
        names = self.indicators.templates(ctx, orders, numbers)
        if names:
            flags.append("names")
        elif not rush and self.indicators.newcomers(orders, numbers, bool(flags)):
            flags.append("new")
        if self.indicators.repeaters(orders, numbers):
            flags.append("again")
        if not flags and not withheld:
            goods.quiet = place if quiet and names is not None else -1
            return
        if goods.awaited_at < since:
            goods.awaited, goods.flags, goods.numbers = {}, [], {}
        seen = {**numbers, **withheld}
        # Figures are those of one window: of the one that shows most, and of that the fullest.
        is_fuller = {*flags, *(["even"] if withheld else [])}.issuperset(goods.flags) and (
            len(orders) >= int(goods.numbers.get("orders") or 0)
        )
        goods.numbers = seen if is_fuller else {**seen, **goods.numbers}
        goods.awaited_at = ctx.now
        for placed in orders:
            goods.awaited.setdefault(placed.order, False)
        trim(goods.awaited, MAX_AWAITED)
        waiting = ["even"] if withheld else []
        goods.flags = list(dict.fromkeys([*goods.flags, *flags, *waiting]))
        if len(flags) < 2:
            return ctx.decline("one-indicator", sku)
        self._conclude(ctx, sku, goods, flags, None, numbers)

    def _conclude(
        self, ctx: Context, sku: str, goods: Goods, flags: list[str], refund: Order | None,
        numbers: dict[str, Number],
    ) -> None:  # fmt: skip
        if len(flags) < 2:
            return
        again = ctx.now - goods.raised_at >= self.window_ms
        if goods.raised_at and not again and set(flags) <= set(goods.raised):
            return
        goods.raised = list(dict.fromkeys([*([] if again else goods.raised), *flags]))
        goods.raised_at = ctx.now
        if refund is not None:
            numbers |= {
                "returned": sum(goods.awaited.values()), "awaited": len(goods.awaited),
                "returned_within_h": self.return_ms // HOUR_MS,
            }  # fmt: skip
        strong = "even" in flags or "returned" in flags
        level: Level = "lead" if strong else "watch"
        trigger: list[Event] = [*goods.counters, *goods.events]
        if refund is not None:
            trigger = [*trigger, refund]
        trigger.sort(key=lambda item: (item.at, item.rank, item.id))
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                because=[*flags, "indicators"],
                reason=said(flags, numbers),
                trigger=trigger,
                # Money comes back after the broadcast; the alert stays that of the broadcast.
                session=goods.events[-1].session if goods.events else None,
                hit=f"{sku}:{goods.raised_at}",
                extent=len(flags),
                numbers=numbers,
                exemptions=[
                    unmet("预告的秒杀、整点上架、拼团、补货", "所列迹象不在听到的预告之内"),
                    unmet("平台取整、合并的计数", "按显示的上下限计算"),
                    unmet("平台定时汇总的订单", "所列迹象不只是时间落在取数的整拍上"),
                ],
                crowd=self._buyers(ctx.room.crowd, goods, flags, numbers),
            )
        )  # fmt: skip

    def _buyers(
        self, crowd: Crowd, goods: Goods, flags: list[str], numbers: dict[str, Number]
    ) -> CrowdEvidence | None:  # fmt: skip
        """Who placed the orders of a conspicuous window; ``None``: it was never shown."""
        orders = [placed for order in goods.awaited
                  if (placed := crowd.orders.get(order)) is not None and placed.account >= 0]  # fmt: skip
        if not orders:
            return None
        times = Tally(placed.account for placed in orders)
        groups: dict[str, Collection[int]] = {"orders": times}
        if "again" in flags:
            groups["again"] = {account for account, count in times.items() if count > 1}
        if "returned" in flags:
            groups["returned"] = {placed.account for placed in orders if placed.returned}
        if "names" in flags and "name_pattern" in numbers:
            groups["names"] = of_template(crowd, times, numbers["name_pattern"])
        return shown(crowd, times, [], groups=groups)
