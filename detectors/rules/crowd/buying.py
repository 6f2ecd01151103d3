"""Lines of the platform that somebody goes to buy (“去购买”), held against what is sold.

Such lines and sales are of one making: the lines are spread over a broadcast as its sales are, some
for each. Two things are unlikely then. *When*: sales went on and no line came, and then all lines
come in one part of the broadcast (Pólya's urn, which knows that part's share of the sales only as
well as they are many). *How many*: far more lines than look on for one buyer. Lines come in bunches,
and so do sales, so several count as one.
"""

from __future__ import annotations

from math import exp, lgamma, log10

from detectors.alerts import Number, undecided
from detectors.calendar import MINUTE_MS
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.signals import Signals
from detectors.facts.crowd.writers import BUYING_STEP
from detectors.rule import Context, Finding, RuleSpec
from detectors.stats.tails import LEAST, poisson_tail

__all__ = ["BUYING", "BuyingLines"]

#: The subject of the alert, which is no product.
BUYING = "crowd:buying"
#: Of the chance of a wrong alarm, what each signal may take.
SHARES = {"buying-lines": 0.9, "buying-per-sale": 0.1}


class BuyingLines:
    """The lines of a broadcast, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.least = spec.count("buying_lines")
        self.of_one = spec.threshold("buying_lines_of_one")
        self.sales_of_slot = spec.count("buying_sales_of_slot")
        self.per_sale = spec.threshold("buying_lines_per_sale")
        self.watch_from = spec.threshold("surprise_of_buying")

    def weigh(self, ctx: Context, known: float) -> float | None:
        """Raises an alert where lines and sales do not go together.

        Args:
            known: how unusual they were when they were last raised; 0: they were not.

        Returns:
            How unusual they are, if it was raised.
        """
        crowd = ctx.room.crowd
        kept, lines = crowd.buying, crowd.head.buying
        if lines < self.least or lines % BUYING_STEP:
            return None
        if not _sales_are_seen(crowd):
            ctx.decline("insufficient-history", BUYING, "看不到成交或已售数")
            return None
        slots = crowd.head.sales
        first = min(slot for slot, (_, said) in slots.items() if said)
        before = sum(sales for slot, (sales, _) in slots.items() if slot < first)
        inside = sum(sales for slot, (sales, _) in slots.items() if slot >= first)
        signals = Signals()
        # Ten sales in one minute are hardly more occasions for a line than four.
        some = self.sales_of_slot
        without = sum(min(some, sales) for slot, (sales, _) in slots.items() if slot < first)
        beside = sum(min(some, sales) for slot, (sales, _) in slots.items() if slot >= first)
        if without:
            signals.add("buying-lines", lines, lines * (beside + 1) / (beside + without + 2),
                        max(LEAST, _all_inside(lines / self.of_one, beside, without)))  # fmt: skip
        expected = self.per_sale * (inside + 1)
        many = poisson_tail(round(lines / self.of_one), expected / self.of_one)
        signals.add("buying-per-sale", lines, expected, many)
        # Either is enough; that two were tried is paid for, mostly by the second (Bonferroni's
        # correction with weights), which says nothing or much.
        total = round(max(one.surprise + log10(SHARES[one.name]) for one in signals.found), 1)
        if total < self.watch_from or (known and total < 2 * known):
            return None
        minutes = max(1, round((kept[-1].at - kept[0].at) / MINUTE_MS))
        numbers: dict[str, Number] = {
            "lines": lines, "sales_before": before, "sales_during": inside, "minutes": minutes,
            "surprise": total,
        }  # fmt: skip
        earlier = f"此前成交 {before} 件时一条也没有，" if before else ""
        ctx.raise_alert(
            Finding(
                subject=BUYING,
                subject_title="“去购买”提示",
                level="watch",
                because=["buying"],
                reason=f"{minutes} 分钟内出现 {lines} 条“去购买”一类的提示，{earlier}其间成交 {inside} 件："
                f"提示与成交不相应，普通情形下的机会约为 10 的 {total:.0f} 次方分之一。",
                trigger=[*kept],
                hit=f"buying:{kept[-1].id}",
                extent=lines,
                numbers=numbers,
                exemptions=[
                    undecided("平台后来才开始显示此类提示", "无法从所见判断，须向平台核实"),
                ],
            )
        )  # fmt: skip
        return total


def _sales_are_seen(crowd: Crowd) -> bool:
    """Does this room show what is sold? Where it does not, none seen says nothing."""
    return any(sales for sales, _ in crowd.head.sales.values()) or any(
        goods.sold >= 0 for goods in crowd.goods.values()
    )


def _all_inside(lines: float, inside: int, outside: int) -> float:
    """Chance that all lines fall into the part with so many of the sales (Pólya's urn).

    >>> round(_all_inside(5, 4, 20), 5)
    0.00088
    """
    a, b = inside + 1, outside + 1
    return exp(lgamma(a + lines) - lgamma(a) + lgamma(a + b) - lgamma(a + b + lines))
