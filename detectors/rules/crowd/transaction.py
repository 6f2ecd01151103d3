"""虚构交易、刷单: orders like clockwork, from accounts of one making, more than the audience; orders
that come back at once or again and again; lines about buying that no sale follows."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection

from msgspec import Struct

from detectors.alerts import CrowdEvidence, Exemption, Level, Number
from detectors.events import Chat, Counter, Event, Order, Price, Product, Session
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.beat import Beat, beat
from detectors.facts.crowd.orders import period
from detectors.facts.crowd.signals import shown
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.crowd.accounts import alike, of_template
from detectors.rules.crowd.buying import BUYING, BuyingLines
from detectors.rules.crowd.returns import Returns
from detectors.speech.utterance import Utterance
from detectors.stats.spread import gaps, variation
from detectors.stats.tails import binomial_tail

__all__ = ["FakeTransaction"]

#: SKUs that are followed; orders, samples of a counter and whole events of each; orders whose
#: refund is awaited; names of chatters.
MAX_SKUS = 8
MAX_ORDERS = 40
MAX_SAMPLES = 40
MAX_EVENTS = 6
MAX_AWAITED = 40
MAX_NAMES = 40
#: Orders further back than this say nothing about how evenly they come, ms.
EVEN_MS = 1_800_000
#: Samples of a counter closer together than this replace each other.
SAMPLE_MS = 15_000
HOUR_MS = 3_600_000
#: Prices of so large a share of the orders differ: lots of an auction.
LOTS = 0.5
#: A link put up this close to the hour was put up on the hour.
ON_THE_HOUR_MS = 60_000

#: How a buyer was known at the time of the order.
KNOWN, JUST_SEEN, NEVER_SEEN, NOT_WATCHED = range(4)


class _Placed(Struct, array_like=True):
    at: int
    order: str
    user: str
    known: int
    pieces: int = 1
    price: int | None = None


class _Sample(Struct, array_like=True):
    """A displayed counter as an interval."""

    at: int
    low: int
    high: int


class _Goods(Struct):
    """The orders of one SKU in the window."""

    orders: list[_Placed] = []
    sold: list[_Sample] = []
    events: list[Order] = []
    counters: list[Counter] = []
    """First and latest display of the sales counter in the window."""
    awaited: dict[str, bool] = {}
    """Orders of a conspicuous window: was the money returned?"""
    awaited_at: int = 0
    flags: list[str] = []
    """Indicators of that window."""
    numbers: dict[str, int | float | str | bool | None] = {}
    """Its figures, for a verdict that waits for the money."""
    raised_at: int = 0
    raised: list[str] = []
    empty: bool = False
    """It is sold out."""
    rush_at: int = 0
    """When something was announced or opened that makes people buy at once."""


class TransactionState(Struct):
    """At most `MAX_SKUS` SKUs, the audience of the window, and who was seen before."""

    goods: dict[str, _Goods] = {}
    viewers: list[_Sample] = []
    visits: list[_Sample] = []
    rush_at: int = 0
    """The same for the whole room."""
    buying: list[Chat] = []
    """System lines about buying: the first ones, and the latest."""
    buying_lines: int = 0
    returns: dict[str, float] = {}
    """How unusual the orders that came back were when they were last raised, by subject."""


@rule
class FakeTransaction(Rule):
    """At least two independent indicators on the orders of one SKU within minutes."""

    id = "fake-transaction"
    State = TransactionState
    reads_crowd = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.window_ms = spec.count("window_min") * 60_000
        self.least = spec.count("orders")
        self.even = spec.threshold("gap_variation")
        self.share = spec.threshold("new_share")
        self.new_ms = spec.count("new_account_s") * 1000
        self.usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")
        self.times = spec.threshold("rise_times")
        self.conversion = spec.threshold("conversion_ratio")
        self.returned = spec.threshold("returned_share")
        self.return_ms = spec.count("returned_within_h") * HOUR_MS
        self.rush_ms = spec.count("rush_min") * 60_000
        self.period_tail = 10 ** -spec.threshold("surprise_of_period")
        self.beat_tail = 10 ** -spec.threshold("surprise_of_beat")
        self.repeaters = spec.count("repeat_accounts")
        self.repeat_share = spec.threshold("repeat_share")
        self.repeat_tail = 10 ** -spec.threshold("surprise_of_repeat")
        self.returns = Returns(spec)
        self.buying_words = tuple(spec.patterns["buying"])
        self.buying = BuyingLines(spec)
        self.rush_gap_ms = spec.count("rush_gap_s") * 1000

    # Who is there -------------------------------------------------------------------------

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if event.role == "system" and any(word in event.text for word in self.buying_words):
            state: TransactionState = ctx.state
            ctx.room.crowd.buying(event)
            state.buying_lines += 1
            state.buying.append(event)
            if len(state.buying) > 2 * MAX_EVENTS:
                del state.buying[MAX_EVENTS]
            known = state.returns.get(BUYING, 0.0)
            found = self.buying.weigh(ctx, state.buying, state.buying_lines, known)
            if found is not None:
                state.returns[BUYING] = found

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
            if len(goods.orders) >= self.least:
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
        if event.conditions and any("团" in condition for condition in event.conditions):
            self._goods(ctx.state, event.sku).rush_at = event.at

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        if utterance.speaker == "card" and utterance.sku:
            self._goods(ctx.state, utterance.sku).rush_at = ctx.now
        else:
            ctx.state.rush_at = ctx.now

    def on_session(self, ctx: Context, event: Session) -> None:
        state: TransactionState = ctx.state
        state.viewers = []
        state.visits = []
        state.rush_at = 0
        state.buying = []
        state.buying_lines = 0
        for sku in [sku for sku, goods in state.goods.items() if not goods.awaited]:
            del state.goods[sku]
        for goods in state.goods.values():
            goods.orders, goods.sold, goods.events, goods.counters = [], [], goods.events[-2:], []

    def _stock(self, goods: _Goods, stock: int, at: int) -> None:
        if stock == 0:
            goods.empty = True
        elif goods.empty:
            goods.empty = False
            goods.rush_at = at

    def _goods(self, state: TransactionState, sku: str) -> _Goods:
        goods = state.goods.pop(sku, None)
        if goods is None:
            goods = _Goods()
            while len(state.goods) >= MAX_SKUS:
                del state.goods[next(iter(state.goods))]
        state.goods[sku] = goods
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

    def _sample(self, samples: list[_Sample], event: Counter) -> bool:
        """Keeps a counter's display; not when only one of its bounds is known."""
        if event.low is not None or event.high is not None:
            low, high = event.low, event.high
        else:
            low = high = event.value
        if low is None or high is None:
            return False
        while samples and samples[0].at < event.at - self.window_ms:
            del samples[0]
        if len(samples) > 1 and event.at - samples[-2].at < SAMPLE_MS:
            samples[-1] = _Sample(event.at, low, high)
        else:
            samples.append(_Sample(event.at, low, high))
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
        if any(placed.order == event.order for placed in orders):
            return
        known = self._known(ctx, event)
        pieces = event.quantity or 1
        orders.append(_Placed(event.at, event.order, event.user or "", known, pieces, event.price))
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

    def _return(self, ctx: Context, event: Order, goods: _Goods) -> None:
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

    def _weigh(self, ctx: Context, sku: str, goods: _Goods) -> None:
        state: TransactionState = ctx.state
        orders = goods.orders
        since = ctx.now - self.window_ms
        recent = [placed for placed in orders if placed.at >= since]
        length, near, tail = period(gaps([placed.at for placed in orders]))
        clock = tail <= self.period_tail
        # A loose beat says the same where the gaps do not any more.
        grid = None if clock else self._beat(orders)
        like_a_clock = clock or grid is not None
        if len(recent) >= self.least:
            orders = recent
        elif len(orders) < self.least or not like_a_clock:
            return
        start = orders[0].at
        if ctx.room.unwatched_ms(start, ctx.now):
            return ctx.decline("unwatched", sku)
        rush_at = max(goods.rush_at, state.rush_at)
        rush = bool(rush_at) and rush_at <= ctx.now and start - rush_at <= self.rush_ms
        numbers: dict[str, int | float | str | bool | None] = {
            "orders": len(orders), "span_s": round((orders[-1].at - start) / 1000),
        }  # fmt: skip
        flags = []
        # In an announced rush orders come as fast as they are taken, which is evenly: that tells
        # something only when the money goes back.
        withheld: dict[str, int | float | str | bool | None] = {}
        even = variation(gaps([placed.at for placed in orders]))
        if like_a_clock or (even is not None and even < self.even):
            found: dict[str, Number] = {}
            if even is not None and even < self.even:
                found = {"gap_variation": round(even, 3), "gap_variation_limit": self.even}
            if clock:
                found |= {"period_s": round(length / 1000, 1), "gaps_near": near,
                          "gaps": len(goods.orders) - 1}  # fmt: skip
            elif grid is not None:
                found |= {"period_s": round(grid.period / 1000, 1), "beats": grid.cells,
                          "beats_kept": grid.hit, "beats_expected": round(grid.expected, 1)}  # fmt: skip
            if rush and orders[-1].at - start < self.rush_gap_ms * (len(orders) - 1):
                withheld |= found
                ctx.decline("announced-rush", sku)
            else:
                flags.append("even")
                numbers |= found
        if self._outrun(state, goods, numbers):
            if rush:
                ctx.decline("announced-rush", sku)
            else:
                flags.append("rise")
        if self._templates(ctx, orders, numbers):
            flags.append("names")
        elif not rush and self._newcomers(orders, numbers, bool(flags)):
            flags.append("new")
        if self._repeaters(orders, numbers):
            flags.append("again")
        if not flags and not withheld:
            return
        if goods.awaited_at < since:
            goods.awaited, goods.flags, goods.numbers = {}, [], {}
        goods.numbers = {**goods.numbers, **numbers, **withheld}
        goods.awaited_at = ctx.now
        for placed in orders:
            goods.awaited.setdefault(placed.order, False)
        while len(goods.awaited) > MAX_AWAITED:
            del goods.awaited[next(iter(goods.awaited))]
        waiting = ["even"] if withheld else []
        goods.flags = list(dict.fromkeys([*goods.flags, *flags, *waiting]))
        if len(flags) < 2:
            return ctx.decline("one-indicator", sku)
        self._conclude(ctx, sku, goods, flags, None, numbers)

    def _beat(self, orders: list[_Placed]) -> Beat | None:
        """The beat that the orders keep beyond chance; lots of an auction are sold by a clock."""
        if len({placed.price for placed in orders}) > LOTS * len(orders):
            return None
        found = beat([placed.at for placed in orders])
        return found if found is not None and found.tail <= self.beat_tail else None

    def _templates(
        self, ctx: Context, orders: list[_Placed],
        numbers: dict[str, int | float | str | bool | None],
    ) -> bool:  # fmt: skip
        """Do the buyers' names come from one template that the chatters' names do not?"""
        users = list(dict.fromkeys(placed.user for placed in orders if placed.user))
        names = ctx.room.crowd.chatters(MAX_NAMES)
        if len(users) < self.least // 2 or len(names) < self.least_names:
            return False
        pattern, share = alike(users)
        usual = alike(names, pattern)[1]
        if share < self.share or usual >= self.usual:
            return False
        numbers |= {"name_pattern": pattern, "name_share_percent": round(share * 100)}
        return True

    def _newcomers(
        self, orders: list[_Placed], numbers: dict[str, int | float | str | bool | None],
        odd: bool,
    ) -> bool:  # fmt: skip
        """Were most buyers first seen just before, or, where the orders are odd, never at all?

        Most honest buyers never write a word: that they are unknown says nothing by itself.
        """
        judged = [placed.known for placed in orders if placed.known != NOT_WATCHED]
        if len(judged) < self.least // 2:
            return False
        new = sum(known == JUST_SEEN or (odd and known == NEVER_SEEN) for known in judged)
        if new < self.share * len(judged):
            return False
        numbers |= {"new_accounts": new, "judged_accounts": len(judged),
                    "new_account_s": self.new_ms // 1000}  # fmt: skip
        return True

    def _repeaters(self, orders: list[_Placed], numbers: dict[str, Number]) -> bool:
        """Did many buyers order the same thing twice? One wholesale buyer is one."""
        times = Tally(placed.user for placed in orders if placed.user)
        repeated = sum(count > 1 for count in times.values())
        if repeated < self.repeaters or (
            binomial_tail(repeated, len(times), self.repeat_share) > self.repeat_tail
        ):
            return False
        numbers |= {"repeat_accounts": repeated, "order_accounts": len(times)}
        return True

    def _outrun(
        self, state: TransactionState, goods: _Goods,
        numbers: dict[str, int | float | str | bool | None],
    ) -> bool:  # fmt: skip
        """Did the sales counter rise by more than the people present could have bought?"""
        if len(goods.sold) < 2 or not state.viewers:
            return False
        first, last = goods.sold[0], goods.sold[-1]
        # Who buys for a shop takes dozens: pieces of orders that are seen need no more people.
        many = sum(placed.pieces - 1 for placed in goods.orders if placed.at >= first.at)
        rise = last.low - first.high - many
        people = max(sample.high for sample in state.viewers)
        if len(state.visits) > 1:
            people += max(0, state.visits[-1].high - state.visits[0].low)
        limit = self.times * people * self.conversion
        if rise <= limit:
            return False
        numbers |= {
            "sold_rise": rise, "people": people, "rise_times": self.times,
            "conversion_percent": round(self.conversion * 100), "rise_limit": round(limit),
            "rise_span_s": round((last.at - first.at) / 1000),
        }  # fmt: skip
        return True

    def _conclude(
        self, ctx: Context, sku: str, goods: _Goods, flags: list[str], refund: Order | None,
        numbers: dict[str, int | float | str | bool | None],
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
        if refund is not None and goods.events and refund.session != goods.events[-1].session:
            # Money comes back after the broadcast; the alert stays that of the broadcast.
            trigger.remove(goods.events[-1])
            trigger.append(goods.events[-1])
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                reason=_reason(flags, numbers),
                trigger=trigger,
                hit=f"{sku}:{goods.raised_at}",
                extent=len(flags),
                numbers=numbers,
                exemptions=[
                    Exemption(clause="预告的秒杀、整点上架、拼团、补货", met=False,
                              why="未听到预告，或预告之外仍有所列迹象"),
                    Exemption(clause="平台取整、合并的计数", met=False, why="按显示的上下限计算"),
                ],
                crowd=self._buyers(ctx.room.crowd, goods, flags, numbers),
            )
        )  # fmt: skip

    def _buyers(
        self, crowd: Crowd, goods: _Goods, flags: list[str], numbers: dict[str, Number]
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


def _reason(flags: list[str], numbers: dict[str, int | float | str | bool | None]) -> str:
    parts = []
    if "orders" in numbers:
        parts.append(f"{numbers['span_s']} 秒内同一商品 {numbers['orders']} 单")
    if "even" in flags and "gap_variation" in numbers:
        parts.append(
            f"下单间隔的变异系数 {numbers['gap_variation']}，低于 {numbers['gap_variation_limit']}"
        )
    elif "even" in flags and "beats" in numbers:
        parts.append(
            f"下单落在约 {numbers['period_s']} 秒一拍的节拍上：{numbers['beats']} 拍中 {numbers['beats_kept']} 拍有单"
            f"（随意下单约 {numbers['beats_expected']} 拍）"
        )
    elif "even" in flags and "period_s" in numbers:
        parts.append(
            f"{numbers['gaps']} 个下单间隔中 {numbers['gaps_near']} 个都在 {numbers['period_s']} 秒左右"
        )
    elif "even" in flags:
        parts.append("下单间隔像钟表一样均匀")
    if "names" in flags and "name_pattern" in numbers:
        parts.append(
            f"下单账号 {numbers['name_share_percent']}% 名为“{numbers['name_pattern']}”加数字"
        )
    elif "names" in flags:
        parts.append("下单账号名出自同一模板")
    if "new" in flags and "new_accounts" in numbers:
        parts.append(
            f"可判断的 {numbers['judged_accounts']} 个下单账号中 {numbers['new_accounts']} 个"
            f"在下单前 {numbers['new_account_s']} 秒内才首次出现"
        )
    elif "new" in flags:
        parts.append("下单账号多为刚刚出现")
    if "again" in flags and "repeat_accounts" in numbers:
        parts.append(
            f"{numbers['order_accounts']} 个下单账号中 {numbers['repeat_accounts']} 个重复下单"
        )
    elif "again" in flags:
        parts.append("多个账号重复下单")
    if "rise" in flags and "sold_rise" in numbers:
        parts.append(
            f"已售数 {numbers['rise_span_s']} 秒内至少增加 {numbers['sold_rise']}，而在场至多 {numbers['people']} 人，"
            f"按 {numbers['conversion_percent']}% 转化的 {numbers['rise_times']} 倍也只有 {numbers['rise_limit']}"
        )
    elif "rise" in flags:
        parts.append("已售数的增加超过在场人数所能购买")
    if "returned" in flags and "returned" in numbers:
        parts.append(
            f"其中 {numbers['awaited']} 单里 {numbers['returned']} 单在 {numbers['returned_within_h']} 小时内退款或取消"
        )
    return "；".join(parts) + "。"
