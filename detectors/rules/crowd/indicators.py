"""What is odd about the orders of one product within minutes, each by itself, and how it is said."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from itertools import islice, pairwise
from math import atan2, cos, gcd, hypot, pi, sin

from detectors.alerts import Number
from detectors.facts.crowd.beat import Beat, beat
from detectors.facts.crowd.orders import PURCHASE_MS
from detectors.rule import Context, RuleSpec
from detectors.rules.crowd.accounts import alike
from detectors.rules.crowd.order_window import (
    JUST_SEEN,
    NEVER_SEEN,
    NOT_WATCHED,
    Goods,
    Placed,
    Sample,
)
from detectors.stats.tails import binomial_tail

__all__ = ["Indicators", "said"]

#: Names of chatters that those of buyers are held against.
MAX_NAMES = 40
#: Times as they are compared, ms; the least distance at which orders are fetched together.
GRAIN_MS, FETCHED_MS = 100, 2_000
#: Orders of other products that are looked at, that are needed, and the share of them on the same beat.
OTHERS, FEW_OTHERS, SAME_BEAT = 200, 8, 0.8
#: Of the orders that are fetched together, so many have times of their own, at most: of orders that are not
#: fetched hardly two have one time, to the millisecond.
MOST_TIMES = 0.85
#: Parts of a beat that are tried, and how near a time has to be, as a share of the part.
PARTS, NEAR = 4, 0.16
#: How roughly a beat is known, as a share of it; steps in which it is looked for, as a share of `NEAR` at the end.
LOOSE, STEP = 0.08, 0.5
#: A beat fits hardly worse than another with so much of its fit.
NEARLY = 0.95
#: Prices of so large a share of the orders differ: lots of an auction.
LOTS = 0.5

#: How each indicator is told: in the first of these ways whose figure is there; the last of some needs none.
_TOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (("orders", "{span_s} 秒内同一商品 {orders} 单"),),
    "even": (
        ("gap_variation", "下单间隔的变异系数 {gap_variation}，低于 {gap_variation_limit}"),
        (
            "beats",
            "下单落在约 {period_s} 秒一拍的节拍上：{beats} 拍中 {beats_kept} 拍有单（随意下单约 {beats_expected} 拍）",
        ),
        ("period_s", "{gaps} 个下单间隔中 {gaps_near} 个都在 {period_s} 秒左右"),
        ("", "下单间隔像钟表一样均匀"),
    ),
    "names": (
        ("name_pattern", "下单账号 {name_share_percent}% 名为“{name_pattern}”加数字"),
        ("", "下单账号名出自同一模板"),
    ),
    "new": (
        (
            "new_accounts",
            "可判断的 {judged_accounts} 个下单账号中 {new_accounts} 个在下单前 {new_account_s} 秒内才首次出现",
        ),
        ("", "下单账号多为刚刚出现"),
    ),
    "again": (
        ("repeat_accounts", "{order_accounts} 个下单账号中 {repeat_accounts} 个重复下单"),
        ("", "多个账号重复下单"),
    ),
    "rise": (
        (
            "sold_rise",
            "已售数 {rise_span_s} 秒内至少增加 {sold_rise}，而在场至多 {people} 人，"
            "按 {conversion_percent}% 转化的 {rise_times} 倍也只有 {rise_limit}",
        ),
        ("", "已售数的增加超过在场人数所能购买"),
    ),
    "returned": (
        (
            "returned",
            "先后所见的 {awaited} 单里 {returned} 单在 {returned_within_h} 小时内退款或取消",
        ),
    ),
}


class Indicators:
    """The indicators beside evenness, with the thresholds of a pack; each writes its figures down."""

    def __init__(self, spec: RuleSpec) -> None:
        self.least = spec.count("orders")
        self.new_ms = spec.count("new_account_s") * 1000
        self.share = spec.threshold("new_share")
        self.usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")
        self.times = spec.threshold("rise_times")
        self.conversion = spec.threshold("conversion_ratio")
        self.beat_tail = 10 ** -spec.threshold("surprise_of_beat")
        self.least_repeaters = spec.count("repeat_accounts")
        self.repeat_share = spec.threshold("repeat_share")
        self.repeat_tail = 10 ** -spec.threshold("surprise_of_repeat")

    def beat(self, orders: list[Placed], of: int) -> Beat | None:
        """The beat that the orders keep beyond chance; lots of an auction are sold by a clock.

        Args:
            of: orders of the product that the room had so far. It was looked at as many times as
                there are windows in them: where one waits long enough, chance keeps any beat
                once, so all of them are paid for (Bonferroni).
        """
        found = beat([placed.at for placed in orders])
        if found is None or found.tail * max(1.0, of / self.least) > self.beat_tail:
            return None
        return found if len({placed.price for placed in orders}) <= LOTS * len(orders) else None

    def fetched(self, ctx: Context, sku: str, orders: list[Placed], beat: float) -> bool:
        """Is the beat that of whoever fetches the orders, not of whoever places them?

        A source that asks every ten seconds gives all orders the times at which it asked. The room's
        other products are on the same beat then, or on a part of it; where there are none, times
        that are multiples of one distance, with some left out or several orders at one, are fetched.

        Args:
            beat: that the orders keep, ms.
        """
        times = [placed.at for placed in orders]
        latest = islice(reversed(ctx.room.crowd.orders.values()), OTHERS)
        others = [placed.at for placed in latest if placed.sku != sku and placed.at >= times[0]]
        if len(others) >= FEW_OTHERS:
            return any(
                _on_beat(others, times, beat / part) >= SAME_BEAT
                for part in range(1, PARTS + 1)
                if beat / part >= FETCHED_MS
            )
        several = len(set(times)) <= MOST_TIMES * len(times)
        # Where several come at once it is the times of those that tell: one that came another way is none.
        together = [at for at, many in Tally(times).items() if many > 1] if several else times
        gaps = {round((after - before) / GRAIN_MS) for before, after in pairwise(together)} - {0}
        distance = GRAIN_MS * gcd(*gaps)
        if distance < FETCHED_MS or not (several or len(gaps) > 1):
            return False
        off = ((at - together[0] + GRAIN_MS // 2) % distance for at in times)
        return sum(rest <= GRAIN_MS for rest in off) >= SAME_BEAT * len(times)

    def templates(
        self, ctx: Context, orders: list[Placed],
        numbers: dict[str, Number],
    ) -> bool | None:  # fmt: skip
        """Do the buyers' names come from one template that the chatters' names do not?

        ``None``: they do, and so do those of the chatters so far, or too few are known.
        """
        stems = {placed.user: placed.stem for placed in orders if placed.user}
        if len(stems) < self.least // 2:
            return False
        same = [one for one in stems.values() if one is not None]
        least = self.share * len(stems)
        # Of names that differ none is that of many.
        if len(same) - len(set(same)) + 1 < least or max(Tally(same).values()) < least:
            return False
        pattern, share = alike(list(stems))
        names = ctx.room.crowd.chatters(MAX_NAMES)
        if len(names) < self.least_names or alike(names, pattern)[1] >= self.usual:
            return None
        numbers |= {"name_pattern": pattern, "name_share_percent": round(share * 100)}
        return True

    def newcomers(
        self, orders: list[Placed], numbers: dict[str, Number],
        odd: bool,
    ) -> bool:  # fmt: skip
        """Were most buyers first seen just before, or, where the orders are odd, never at all?

        Most honest buyers never write a word: that they are unknown says nothing by itself.
        """
        known = [placed.known for placed in orders]
        judged = len(known) - known.count(NOT_WATCHED)
        if judged < self.least // 2:
            return False
        new = known.count(JUST_SEEN) + (known.count(NEVER_SEEN) if odd else 0)
        if new < self.share * judged:
            return False
        numbers |= {"new_accounts": new, "judged_accounts": judged,
                    "new_account_s": self.new_ms // 1000}  # fmt: skip
        return True

    def repeaters(self, orders: list[Placed], numbers: dict[str, Number]) -> bool:
        """Did many buyers order the same thing twice? One wholesale buyer is one; sizes are one purchase."""
        users = [placed.user for placed in orders if placed.user]
        if len(users) < len(set(users)) + self.least_repeaters:
            return False
        latest: dict[str, int] = {}
        times: Tally[str] = Tally()
        for placed in orders:
            if placed.user:
                times[placed.user] += (
                    placed.at - latest.get(placed.user, -PURCHASE_MS) >= PURCHASE_MS
                )
                latest[placed.user] = placed.at
        repeated = sum(count > 1 for count in times.values())
        if repeated < self.least_repeaters or (
            binomial_tail(repeated, len(times), self.repeat_share) > self.repeat_tail
        ):
            return False
        numbers |= {"repeat_accounts": repeated, "order_accounts": len(times)}
        return True

    def outrun(
        self, goods: Goods, viewers: list[Sample], visits: list[Sample],
        numbers: dict[str, Number],
    ) -> bool:  # fmt: skip
        """Did the sales counter rise by more than the people present could have bought?"""
        if len(goods.sold) < 2 or not viewers:
            return False
        first, last = goods.sold[0], goods.sold[-1]
        rise = last.low - first.high
        # Nearly always those who are shown at last are enough: then nobody has to be looked for.
        if rise <= self.times * viewers[-1].high * self.conversion:
            return False
        people = max(sample.high for sample in viewers)
        if len(visits) > 1:
            people += max(0, visits[-1].high - visits[0].low)
        limit = self.times * people * self.conversion
        # Who buys for a shop takes dozens: pieces of orders that are seen need no more people.
        rise -= sum(placed.pieces - 1 for placed in goods.orders if placed.at >= first.at)
        if rise <= limit:
            return False
        numbers |= {
            "sold_rise": rise, "people": people, "rise_times": self.times,
            "conversion_percent": round(self.conversion * 100), "rise_limit": round(limit),
            "rise_span_s": round((last.at - first.at) / 1000),
        }  # fmt: skip
        return True


def _on_beat(others: list[int], times: list[int], beat: float) -> float:
    """The share of other times that lie where these lie on a beat, which is known roughly.

    Over a pause several beats fit times alike, as if another number of beats had passed in it; the one that
    was found is asked, too, if it fits hardly worse than the best.
    """
    start, span = times[0], max(1, times[-1] - times[0])
    step = STEP * NEAR * beat / span

    def fit(tried: float) -> tuple[float, float, float]:
        turn = 2 * pi / tried
        across = sum(sin(turn * (at - start)) for at in times)
        along = sum(cos(turn * (at - start)) for at in times)
        return hypot(across, along), tried, atan2(across, along) / turn

    def share(tried: float, middle: float) -> float:
        off = ((at - start - middle) % tried for at in others)
        return sum(min(rest, tried - rest) <= NEAR * tried for rest in off) / len(others)

    found = fit(beat)
    best = max(fit(beat * (1 + place * step))
               for place in range(-int(LOOSE / step), int(LOOSE / step) + 1))  # fmt: skip
    asked = [best, found] if found[0] >= NEARLY * best[0] else [best]
    return max(share(tried, middle) for _, tried, middle in asked)


def said(flags: list[str], numbers: Mapping[str, Number]) -> str:
    """The indicators of a window as a reason tells them."""
    parts = []
    for indicator, ways in _TOLD.items():
        words = next((words for figure, words in ways if not figure or figure in numbers), None)
        if words is not None and (indicator == "orders" or indicator in flags):
            parts.append(words.format_map(numbers))
    return "；".join(parts) + "。"
