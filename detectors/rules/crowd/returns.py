"""Orders that come back: accounts that do so again and again, and products that come back at once.

Products differ in how often they come back (sizes, wrong colours), so the count of one of them is
no Poisson count, however well the room's mean is known: it is taken for negative binomial, which is
a Poisson count whose mean is spread over the products by a gamma distribution (Greenwood and Yule 1920;
for shares of counts beside it Williams, “Extra-binomial variation in logistic linear models”, 1982).
The coefficient of variation of the products is the root of `returned_dispersion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from detectors.alerts import Number, unmet
from detectors.events import Event, Order
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.orders import PURCHASE_MS, returned_expected
from detectors.facts.crowd.signals import Signals, shown
from detectors.rule import Context, Finding, RuleSpec
from detectors.rules.crowd.signal_wording import figures
from detectors.stats.latest import trim
from detectors.stats.tails import negative_binomial_tail, poisson_tail, surprise

__all__ = ["RETURNS", "Returns"]

#: The subject of an alert on accounts, whatever they ordered.
RETURNS = "crowd:returns"
#: Subjects that are remembered.
MOST = 8
#: Accounts are looked at more closely from this surprise on.
TOLD_APART = 1.0
#: Orders of a product from which its share of returns says something.
LEAST_ORDERS = 20


class Returns:
    """What came back in a room, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.again_base = spec.threshold("returned_again_base")
        self.quick_share = spec.threshold("returned_quick_share")
        self.dispersion = spec.threshold("returned_dispersion")
        self.correlation = spec.threshold("correlation")
        self.watch_from = spec.threshold("surprise_for_watch")
        self.lead_from = spec.threshold("surprise_for_lead")

    def weigh(
        self, ctx: Context, refund: Order, events: Sequence[Order], told: dict[str, float]
    ) -> None:
        """Raises an alert where more comes back than in this room's ordinary trade.

        Args:
            events: orders of the product, for the evidence.
            told: how unusual it was when it was last raised, by subject; is brought up to date.
        """
        crowd = ctx.room.crowd
        if not crowd.returns_have_grown(refund):
            return  # it says nothing new by itself: the next one that does is weighed
        known = crowd.goods.get(refund.sku)
        signals = Signals()
        # Most refunds are ordinary by any count: only where they are not, purchases are told apart.
        returning: dict[int, None] = {}
        if crowd.returning and (
            surprise(self._again_tail(crowd, len(crowd.returning), *crowd.orders_of_others())[1])
            >= TOLD_APART
        ):
            returning = _purchases_returned(crowd)
        if returning:
            head = crowd.head
            theirs = [crowd.by_number[number] for number in returning]
            expected, tail = self._again_tail(
                crowd, len(returning),
                head.ordered - sum(account.orders for account in theirs),
                head.returned - sum(account.returned for account in theirs),
            )  # fmt: skip
            signals.add("returned-again", len(returning), expected, tail)
        if known is not None and known.quick:
            share = max(self.quick_share, _usual_quick(crowd, refund.sku))
            expected = 1 + share * known.orders
            tail = negative_binomial_tail(known.quick, expected, self.dispersion)
            signals.add("returned-quick", known.quick, expected, tail)
        total = signals.surprise(self.correlation)
        strong = signals.above(2.0)
        if total < self.watch_from or not strong:
            return
        names = {one.name for one in strong}
        subject = refund.sku if "returned-quick" in names else RETURNS
        before = told.get(subject, 0.0)
        if before and total < before + 2:
            return
        told[subject] = total
        trim(told, MOST)
        groups: dict[str, dict[int, None]] = {}
        if "returned-again" in names:
            groups["returned-again"] = returning
        if "returned-quick" in names:
            groups["returned-quick"] = {
                placed.account: None
                for placed in crowd.orders.values()
                if placed.sku == refund.sku and placed.returned and placed.account >= 0
            }
        group = {number: None for members in groups.values() for number in members}
        numbers: dict[str, Number] = {"surprise": total, **figures(strong)}
        if known is not None:
            numbers["orders"] = known.orders
        reason = "；".join(
            _RETURNS[one.name].format(
                value=one.value, expected=one.expected, orders=known.orders if known else 0
            )
            for one in strong
        )
        trigger: list[Event] = [refund, *events]
        trigger.sort(key=lambda item: (item.at, item.rank, item.id))
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=ctx.room.title_of(subject) if subject != RETURNS else "反复下单又退款的账号",
                level="lead" if total >= self.lead_from else "watch",
                because=["returns"],
                reason=reason + f"；综合起来，普通买家出现这种情形的机会约为 10 的 {total:.0f} 次方分之一。",
                trigger=trigger,
                hit=f"returns:{refund.id}",
                # Money comes back after the broadcast; the alert stays that of the broadcast.
                session=events[-1].session if events else None,
                extent=round(total * 10),
                numbers=numbers,
                exemptions=[
                    unmet("正常的退货、退款（多拍尺码、不合适）", "所见退回超过普通退货的比例，见理由"),
                ],
                crowd=shown(crowd, group, strong, groups=groups),
            )
        )  # fmt: skip

    def _again_tail(
        self, crowd: Crowd, accounts: int, ordered: int, returned: int
    ) -> tuple[float, float]:  # fmt: skip
        """How many accounts are usual that took two purchases back, and the chance of so many.

        Args:
            ordered: orders of the other accounts, and of them those that came back.
        """
        share = min(0.9, (returned + 1) / max(10, ordered + 10))
        expected = self.again_base + returned_expected(crowd.head.buyers, share)
        return expected, poisson_tail(accounts, expected)


def _purchases_returned(crowd: Crowd) -> dict[int, None]:
    """Accounts that took back two purchases; several sizes of one product are one."""
    found: dict[int, None] = {}
    for number in crowd.returning:
        sku, latest = "", 0
        for placed in reversed([*crowd.orders_of(number)]):
            if not placed.returned:
                continue
            if sku and (placed.sku != sku or placed.at - latest > PURCHASE_MS):
                found[number] = None
            sku, latest = placed.sku, placed.at
    return found


def _usual_quick(crowd: Crowd, sku: str) -> float:
    """Share of orders that come back at once among this room's other products: their median.

    Where a whole trade sends much back (clothes), a product of thousands of orders is not held
    against what is usual elsewhere; a median, since a campaign may be at work on some of them.
    """
    shares = [
        goods.quick / goods.orders
        for other, goods in crowd.goods.items()
        if other != sku and goods.orders >= LEAST_ORDERS
    ]
    return median(shares) if shares else 0.0


#: What a signal says, in words.
_RETURNS = {
    "returned-again": "{value:g} 个账号各有两单以上退款或取消（按本直播间退款比例约 {expected:g} 个）",
    "returned-quick": "该商品 {orders} 单中 {value:g} 单在六小时内退款或取消（普通约 {expected:g} 单）",
}
