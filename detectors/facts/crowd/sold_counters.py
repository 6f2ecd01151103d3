"""Sold counters beside what was bought: orders seen, the room's order counter, the stock.

A counter of pieces sold that leaps while neither orders nor stock move did not count sales of this
room. Intervals (`detectors.facts.crowd.counters.interval`) are compared, so a rounded display only
counts for what it certainly gained; orders are looked for from `late_ms` before the leap until
`wait_ms` after it, so a late or a frozen counter finds its orders. What a counter usually gains
beyond the orders (sales through other channels) is its own pace, a median over its displays. Where
the stocks of a room lose what its counters gain, the stock of the product says what was bought;
else what is most favourable to the seller does.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from statistics import median

from msgspec import Struct

from detectors.events import Counter
from detectors.facts.crowd.orders import Placed
from detectors.stats.latest import keep

__all__ = ["MAX_SKUS", "Leap", "SoldBook"]

#: Most products followed, displays kept of each (and one more), and leaps kept of each.
MAX_SKUS = 40
MAX_DISPLAYS = 40
MAX_LEAPS = 12
#: Estimated memory of a display and of a product, bytes.
BYTES, SHELF_BYTES = 150, 350
#: So many of the orders that the counter gained are seen one by one: all, but for late ones.
COMPLETE = 0.8
#: The stock of a product follows its sales where it lost so many times what was sold; of fewer pieces nothing is said.
LOST_LEAST, LOST_MOST, FOLLOWED = 0.7, 1.4, 6

Display = tuple[int, int, int]
"""When, at least, at most."""


class Leap(Struct, array_like=True):
    """A gain of the counter between two displays."""

    before: int
    at: int
    gain: int
    """At least."""
    expected: int
    """What its own pace explains, at most."""
    bought: int = 0
    """What orders or the stock explain, at most."""
    judged: bool = False
    events: list[Counter] = []
    """The displays before and after it."""


class Shelf(Struct, array_like=True):
    """What was displayed of one product."""

    sold: list[Display] = []
    stock: list[Display] = []


class SoldBook(Struct, array_like=True):
    """What was displayed in a broadcast: by product, the one that was shown longest ago first."""

    shelves: dict[str, Shelf] = {}
    orders: list[Display] = []
    """Of the room's order counter."""
    orders_seen: bool = False
    """Was any order seen by itself?"""

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        shown = sum(len(shelf.sold) + len(shelf.stock) for shelf in self.shelves.values())
        return BYTES * (shown + len(self.orders)) + SHELF_BYTES * len(self.shelves)

    def show(self, name: str, sku: str | None, at: int, shown: tuple[int, int]) -> bool:
        """Takes a display of orders, stock or pieces sold; ``False``: it is another counter's."""
        display = (at, *shown)
        if name == "orders":
            _append(self.orders, display)
        elif not sku or name not in ("sold", "stock"):
            return False
        else:
            shelf = self.shelves.get(sku) or Shelf()
            keep(self.shelves, sku, shelf, MAX_SKUS)
            if name == "stock":
                _append(shelf.stock, display)
            elif shelf.sold and shown[1] < shelf.sold[-1][1]:
                shelf.sold = [display]  # counted anew
            else:
                _append(shelf.sold, display)
        return True

    def leap(self, sku: str, *, least: int, times: float, samples: int) -> Leap | None:
        """The gain of the latest display of a product, where it is far beyond the counter's pace."""
        *sold, display = self.shelves[sku].sold
        if len(sold) < samples:
            return None
        last = sold[-1]
        gain = display[1] - last[2]
        if gain < least:
            return None
        pace = median(
            (after[2] - before[2]) / max(1, after[0] - before[0])
            for before, after in pairwise(sold)
        )
        expected = round(pace * (display[0] - last[0]))
        if gain < times * (expected + 1):
            return None
        return Leap(last[0], display[0], gain, expected)

    def due(
        self, sku: str, leaps: list[Leap], now: int, *, orders: Iterable[Placed], late_ms: int,
        wait_ms: int, share: float, pieces: int,
    ) -> list[Leap]:  # fmt: skip
        """Leaps of a product for which it was waited long enough; of `leaps` those go that something explains.

        Where the stock is displayed, its next display is waited for: what it lost in the meantime
        nobody knows before (`awaits_stock`).

        Args:
            orders: of the room, seen one by one.
            pieces: that an order may have, where orders are only counted.
        """
        found, shelf = [], self.shelves[sku]
        for leap in leaps:
            if leap.judged or now - leap.at < wait_ms or self.awaits_stock(sku, leap):
                continue
            leap.judged = True
            start, end = leap.before - late_ms, leap.at + wait_ms
            if shelf.stock:
                end = max(end, next(at for at, _, _ in shelf.stock if at >= leap.at))
            explained = self._explained(sku, orders, leap, start, end, pieces)
            if not explained:
                leap.gain = 0
                continue
            leap.bought = max(explained)
            if leap.gain - leap.bought - leap.expected < share * leap.gain:
                leap.gain = 0
            else:
                found.append(leap)
        leaps[:] = [leap for leap in leaps if leap.gain][-MAX_LEAPS:]
        return found

    def awaits_stock(self, sku: str, leap: Leap) -> bool:
        """Is the stock of the product displayed, but has not been since the leap?"""
        stock = self.shelves[sku].stock
        return bool(stock) and stock[-1][0] < leap.at

    def _explained(
        self, sku: str, orders: Iterable[Placed], leap: Leap, start: int, end: int, pieces: int
    ) -> list[int]:
        """What each source says was bought of a product in a time, at most; none: nothing is known.

        Where every order of the room is seen one by one, those of the product say it best, and its stock does
        where stocks follow the sales of this room; else it may have had all orders that the room's counter
        gained, of so many pieces each.
        """
        room = _gain(self.orders, start, end, 1)
        stock = _gain(self.shelves[sku].stock, start, end, -1)
        seen = [placed for placed in orders if start <= placed.at <= end]
        own = sum(placed.pieces for placed in seen if placed.sku == sku)
        is_witness = stock is not None and self._follows(sku, leap, start, end)
        if is_witness or (self.orders_seen and (room is None or len(seen) >= COMPLETE * room)):
            room = None
        elif not self.orders_seen and room is None and stock is None:
            return []
        counted = None if room is None else pieces * room
        return [one for one in (own, stock, counted) if one is not None]

    def _follows(self, sku: str, leap: Leap, start: int, end: int) -> bool:
        """Do stocks of this room lose what is sold, and was this one not put up in a time?

        Before the leap the product itself tells it; and others do, of which one may be counted
        elsewhere, too.
        """
        if _risen(self.shelves[sku].stock, start, end):
            return False
        follow = strays = 0
        for other, shelf in self.shelves.items():
            until = leap.before if other == sku else end
            sold = [one for one in shelf.sold if one[0] <= until]
            stock = [one for one in shelf.stock if one[0] <= until]
            if len(sold) < 2 or len(stock) < 2:
                continue
            begin, last = max(sold[0][0], stock[0][0]), min(sold[-1][0], stock[-1][0])
            gained, lost = _gain(shelf.sold, begin, last, 1), _gain(shelf.stock, begin, last, -1)
            if not gained or lost is None or gained < FOLLOWED or _risen(stock, begin, last):
                continue
            if LOST_LEAST * gained <= lost <= LOST_MOST * gained:
                follow += 1
            else:
                strays += 1
        return follow > strays


def _risen(stock: list[Display], start: int, end: int) -> bool:
    """Was more put up in a time, as far as its displays say?"""
    within = [one for one in stock if start <= one[0] <= end]
    return any(later[1] > earlier[2] for earlier, later in pairwise(within))


def _append(displays: list[Display], display: Display) -> None:
    if len(displays) > MAX_DISPLAYS:
        # Every other of the older half goes: the window stays long, the state small.
        del displays[1 : MAX_DISPLAYS // 2 : 2]
    displays.append(display)


def _gain(displays: list[Display], start: int, end: int, sign: int) -> int | None:
    """What a counter gained (stock: lost) in a time at most; ``None``: unknown.

    A stock that is put up in between lost what it lost before and after that.
    """
    before = [one for one in displays if one[0] <= start] or displays[:1]
    after = [one for one in displays if one[0] <= end]
    if not before or not after or after[-1][0] <= start or before[-1][0] > end:
        return None
    first, last = before[-1], after[-1]
    if sign > 0:
        return max(0, last[2] - first[1])
    within = [one for one in displays if first[0] <= one[0] <= last[0]]
    lost, begin = 0, first
    for earlier, later in pairwise(within):
        if later[1] > earlier[2]:
            lost += max(0, begin[2] - earlier[1])
            begin = later
    return lost + max(0, begin[2] - last[1])
