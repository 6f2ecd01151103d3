"""Do the orders of one product come by a clock, whoever else orders, and whoever fetches the orders?

Three ways in which it shows: gaps near one period, times on a grid that is kept loosely, and, where the
times are those of a source that asks at fixed times, fetches that bring the same number of orders each.
"""

from __future__ import annotations

from itertools import islice
from math import atan2, cos, hypot, pi, sin

from detectors.alerts import Number
from detectors.facts.crowd.beat import Beat, beat
from detectors.facts.crowd.fetches import FETCHED_MS, Fetches, fetches, polled
from detectors.facts.crowd.orders import period
from detectors.rule import Context, RuleSpec
from detectors.rules.crowd.order_window import Goods, Placed

__all__ = ["Evenness"]

#: Latest orders that are looked at, of other products so many that are needed, and the share of them on the same beat.
LATEST, FEW_OTHERS, SAME_BEAT = 200, 8, 0.8
#: Fetched orders further back than this are not looked at, ms, nor more than so many; they are looked at with
#: every so manyth order of the product.
FETCHES_MS, LATEST_FETCHED, EVERY = 1_800_000, 1_000, 5
#: A counter rises by what is seen of orders, so roughly.
ROUGHLY = 0.2
#: Parts of a beat that are tried, and how near a time has to be, as a share of the part.
PARTS, NEAR = 4, 0.16
#: How roughly a beat is known, as a share of it; steps in which it is looked for, as a share of `NEAR` at the end.
LOOSE, STEP = 0.08, 0.5
#: A beat fits hardly worse than another with so much of its fit.
NEARLY = 0.95
#: Prices of so large a share of the orders differ: lots of an auction.
LOTS = 0.5


class Evenness:
    """Whether orders come by a clock, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.least = spec.count("orders")
        self.period_tail = 10 ** -spec.threshold("surprise_of_period")
        self.beat_tail = 10 ** -spec.threshold("surprise_of_beat")
        self.fetches_tail = 10 ** -spec.threshold("surprise_of_fetches")

    def clock(
        self, ctx: Context, sku: str, goods: Goods, apart: list[int]
    ) -> dict[str, Number] | None:  # fmt: skip
        """The figures of what shows that these orders come by a clock; ``None``: nothing does.

        None at all (``{}``): they keep a beat that is that of whoever fetches them.

        Args:
            goods: of one product, with its orders in order of time.
            apart: the gaps between them, ms.
        """
        orders = goods.orders
        known = ctx.room.crowd.goods.get(sku)
        of = known.orders if known else 0
        length, near, tail = period(apart, self.period_tail)
        clock = tail <= self.period_tail
        # A loose beat says the same where the gaps do not any more.
        grid = None if clock else self.beat(orders, of)
        fetched = False
        if clock or grid is not None:
            fetched = self.fetched(ctx, sku, orders, length if grid is None else grid.period)
        if clock and not fetched:
            return {"period_s": round(length / 1000, 1), "gaps_near": near, "gaps": len(apart)}
        if grid is not None and not fetched:
            return {"period_s": round(grid.period / 1000, 1), "beats": grid.cells,
                    "beats_kept": grid.hit, "beats_expected": round(grid.expected, 1)}  # fmt: skip
        filled = self.filled(ctx, sku, goods, of)
        if filled is not None:
            return {"fetch_s": round(filled.every / 1000, 1), "fetches": filled.times,
                    "fetched_orders": filled.orders,
                    "fetch_spread_percent": round(100 * filled.spread),
                    "fetch_expected_percent": round(100 * filled.expected)}  # fmt: skip
        if not fetched:
            return None
        ctx.decline("fetched-on-a-beat", sku)
        return {}

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
        return None if self._is_auction(orders) else found

    def fetched(self, ctx: Context, sku: str, orders: list[Placed], beat: float) -> bool:
        """Is the beat that of whoever fetches the orders, not of whoever places them?

        A source that asks every ten seconds gives all orders the times at which it asked. The room's
        other products are on the same beat then, or on a part of it; where there are none, times
        that are multiples of one distance, with some left out or several orders at one, are fetched.

        Args:
            beat: that the orders keep, ms.
        """
        times = [placed.at for placed in orders]
        latest = islice(reversed(ctx.room.crowd.orders.values()), LATEST)
        others = [placed.at for placed in latest if placed.sku != sku and placed.at >= times[0]]
        if len(others) >= FEW_OTHERS:
            return any(
                _on_beat(others, times, beat / part) >= SAME_BEAT
                for part in range(1, PARTS + 1)
                if beat / part >= FETCHED_MS
            )
        return polled(times) is not None

    def filled(self, ctx: Context, sku: str, goods: Goods, of: int) -> Fetches | None:
        """Where orders bear the times at which they were fetched: do all fetches bring the same number?

        A beat of whoever orders cannot be seen in such times, but in how many orders each fetch brings:
        of a crowd that scatters as a Poisson count at least. All looks so far are paid for, as by `beat`.

        Args:
            of: orders of the product that the room had so far.
        """
        orders = goods.orders
        if of % EVERY or self._is_auction(orders):
            return None
        grid = polled([placed.at for placed in orders])
        if grid is None:
            return None
        since = orders[-1].at - FETCHES_MS
        latest = [placed for placed in islice(reversed(ctx.room.crowd.orders.values()), LATEST_FETCHED)
                  if placed.at >= since]  # fmt: skip
        own = [placed.at for placed in latest if placed.sku == sku]
        unusual = self.fetches_tail / max(1.0, of / self.least)
        return fetches(own, [placed.at for placed in latest], *grid,
                       unusual=unusual, complete=_is_complete(goods))  # fmt: skip

    def _is_auction(self, orders: list[Placed]) -> bool:
        return len({placed.price for placed in orders}) > LOTS * len(orders)


def _is_complete(goods: Goods) -> bool:
    """Did the counter of pieces sold rise by what is seen of orders, so that the source leaves none out?"""
    samples = [sample for sample in goods.sold if sample.at >= goods.orders[0].at]
    if len(samples) < 2:
        return False
    first, last = samples[0], samples[-1]
    pieces = sum(placed.pieces for placed in goods.orders if first.at < placed.at <= last.at)
    rise = last.high - first.low
    return rise > 0 and abs(pieces - rise) <= ROUGHLY * rise


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
