"""What is odd about the orders of one product within minutes, each by itself, and how it is said."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping

from detectors.alerts import Number
from detectors.facts.crowd.accounts import stem
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

#: How each indicator is told: in the first of these ways whose figure is there; the last of some needs none.
_TOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (("orders", "{span_s} 秒内同一商品 {orders} 单"),),
    "even": (
        ("gap_variation", "下单间隔的变异系数 {gap_variation}，低于 {gap_variation_limit}"),
        (
            "beats",
            "下单落在约 {period_s} 秒一拍的节拍上：{beats} 拍中 {beats_kept} 拍有单（随意下单约 {beats_expected} 拍）",
        ),
        (
            "fetches",
            "订单每 {fetch_s} 秒汇总一次，{fetches} 次共 {fetched_orders} 单，"
            "各次单数的方差只有均值的 {fetch_spread_percent}%（随意下单约 {fetch_expected_percent}%）",
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
        self.new_ms = spec.duration_ms("new_account_s")
        self.share = spec.threshold("new_share")
        self.usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")
        self.times = spec.threshold("rise_times")
        self.conversion = spec.threshold("conversion_ratio")
        self.least_repeaters = spec.count("repeat_accounts")
        self.repeat_share = spec.threshold("repeat_share")
        self.repeat_tail = 10 ** -spec.threshold("surprise_of_repeat")

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
        pattern, share = alike(list(stems.values()))
        names = ctx.room.crowd.chatters(MAX_NAMES)
        if len(names) < self.least_names or alike(list(map(stem, names)), pattern)[1] >= self.usual:
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
        numbers: dict[str, Number], *, widest: bool = False,
    ) -> bool:  # fmt: skip
        """Did the sales counter rise by more than the people present could have bought?

        Args:
            widest: by all that its rounded displays leave open, not by what is sure.
        """
        if len(goods.sold) < 2 or not viewers:
            return False
        first, last = goods.sold[0], goods.sold[-1]
        rise = last.high - first.low if widest else last.low - first.high
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


def said(flags: list[str], numbers: Mapping[str, Number]) -> str:
    """The indicators of a window as a reason tells them."""
    parts = []
    for indicator, ways in _TOLD.items():
        words = next((words for figure, words in ways if not figure or figure in numbers), None)
        if words is not None and (indicator == "orders" or indicator in flags):
            parts.append(words.format_map(numbers))
    return "；".join(parts) + "。"
