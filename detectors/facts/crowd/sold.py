"""Sold counters beside what was bought: orders seen, the room's order counter, the stock.

A counter of pieces sold that leaps while neither orders nor stock move did not count sales of this
room. Intervals (`detectors.facts.crowd.counters.interval`) are compared, so a rounded display only
counts for what it certainly gained; orders are looked for from `late_ms` before the leap until
`wait_ms` after it, so a late or a frozen counter finds its orders. What a counter usually gains
beyond the orders (sales through other channels) is its own pace, a median over its displays.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from msgspec import Struct

from detectors.events import Counter
from detectors.facts.crowd.counters import interval
from detectors.stats.latest import keep

__all__ = ["Leap", "SoldBook"]

#: Products that are followed, displays of each, displays of the order counter, orders and leaps by product.
MAX_SKUS = 40
MAX_DISPLAYS = 40
MAX_ORDERS = 60
MAX_LEAPS = 12
#: So many of the orders that the counter gained are seen one by one: all, but for late ones.
COMPLETE = 0.8

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


class Shelf(Struct):
    """One product."""

    sold: list[Display] = []
    latest: Counter | None = None
    """The latest display of pieces sold."""
    stock: list[Display] = []
    orders: list[tuple[int, int, str]] = []
    """Orders seen: when, pieces, which."""
    leaps: list[Leap] = []


class SoldBook(Struct):
    """The products of a room, the one that was touched longest ago first."""

    shelves: dict[str, Shelf] = {}
    orders: list[Display] = []
    orders_seen: bool = False

    def shelf(self, sku: str) -> Shelf:
        shelf = self.shelves.get(sku) or Shelf()
        keep(self.shelves, sku, shelf, MAX_SKUS)
        return shelf

    def order(self, sku: str, at: int, pieces: int, order: str) -> None:
        """Somebody bought; an order that is shown as placed and as paid counts once."""
        self.orders_seen = True
        orders = self.shelf(sku).orders
        if order in [known for _, _, known in orders]:
            return
        orders.append((at, pieces, order))
        del orders[:-MAX_ORDERS]

    def show(self, counter: Counter, *, least: int, times: float, samples: int) -> None:
        """Takes a display of orders, stock or pieces sold."""
        shown = interval(counter)
        if shown is None:
            return
        display = (counter.at, *shown)
        if counter.name == "orders":
            _append(self.orders, display)
        elif counter.sku and counter.name == "stock":
            _append(self.shelf(counter.sku).stock, display)
        elif counter.sku and counter.name == "sold":
            shelf = self.shelf(counter.sku)
            before = len(shelf.leaps)
            self._sold(shelf, display, least, times, samples)
            if len(shelf.leaps) > before and shelf.latest is not None:
                shelf.leaps[-1].events = [shelf.latest, counter]
            shelf.latest = counter

    def _sold(self, shelf: Shelf, display: Display, least: int, times: float, samples: int) -> None:
        sold = shelf.sold
        if sold and display[2] < sold[-1][1]:
            shelf.sold, shelf.leaps = [display], []  # counted anew
            return
        if len(sold) >= samples:
            last = sold[-1]
            gain = display[1] - last[2]
            if gain >= least:
                pace = median(
                    (after[2] - before[2]) / max(1, after[0] - before[0])
                    for before, after in pairwise(sold)
                )
                expected = round(pace * (display[0] - last[0]))
                if gain >= times * (expected + 1):
                    shelf.leaps = [*shelf.leaps, Leap(last[0], display[0], gain, expected)]
        _append(sold, display)

    def due(
        self, shelf: Shelf, now: int, *, late_ms: int, wait_ms: int, share: float
    ) -> list[Leap]:
        """Leaps for which it was waited long enough; those that nothing explains are kept.

        Where the stock is displayed, its next display is waited for: what it lost in the meantime
        nobody knows before (`awaits_stock`).
        """
        found = []
        for leap in shelf.leaps:
            if leap.judged or now - leap.at < wait_ms or self.awaits_stock(shelf, leap):
                continue
            leap.judged = True
            start, end = leap.before - late_ms, leap.at + wait_ms
            if shelf.stock:
                end = max(end, next(at for at, _, _ in shelf.stock if at >= leap.at))
            explained = self._explained(shelf, start, end)
            if not explained:
                leap.gain = 0
                continue
            leap.bought = max(explained)
            if leap.gain - leap.bought - leap.expected < share * leap.gain:
                leap.gain = 0
            else:
                found.append(leap)
        shelf.leaps = [leap for leap in shelf.leaps if leap.gain][-MAX_LEAPS:]
        return found

    @staticmethod
    def awaits_stock(shelf: Shelf, leap: Leap) -> bool:
        """Is the stock of the product displayed, but has not been since the leap?"""
        return bool(shelf.stock) and shelf.stock[-1][0] < leap.at

    def _explained(self, shelf: Shelf, start: int, end: int) -> list[int]:
        """What each source says was bought of a product in a time, at most; none: nothing is known.

        Where every order of the room is seen one by one, those of the product say it best; else
        it may have had all orders that the room's counter gained.
        """
        room = _gain(self.orders, start, end, 1)
        stock = _gain(shelf.stock, start, end, -1)
        seen = sum(
            start <= at <= end for other in self.shelves.values() for at, _, _ in other.orders
        )
        own = sum(pieces for at, pieces, _ in shelf.orders if start <= at <= end)
        if self.orders_seen and (room is None or seen >= COMPLETE * room):
            room = None
        elif not self.orders_seen and room is None and stock is None:
            return []
        return [one for one in (own, stock, room) if one is not None]


def _append(displays: list[Display], display: Display) -> None:
    displays.append(display)
    if len(displays) > MAX_DISPLAYS:
        # Every other of the older half goes: the window stays long, the state small.
        del displays[1 : MAX_DISPLAYS // 2 : 2]


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
