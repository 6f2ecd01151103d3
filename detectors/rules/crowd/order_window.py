"""The orders of one product within minutes, and the counters beside them, as `fake-transaction` keeps them."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Number
from detectors.events import Counter, Order
from detectors.facts.crowd.counters import interval

__all__ = [
    "JUST_SEEN",
    "KNOWN",
    "NEVER_SEEN",
    "NOT_WATCHED",
    "Goods",
    "Placed",
    "Sample",
    "sample_of",
]

#: How a buyer was known at the time of the order.
KNOWN, JUST_SEEN, NEVER_SEEN, NOT_WATCHED = range(4)


class Placed(Struct, array_like=True):
    at: int
    order: str
    user: str
    known: int
    pieces: int = 1
    price: int | None = None
    stem: str | None = None
    """Of the buyer's name, without the number at its end; ``None``: it has none."""


class Sample(Struct, array_like=True):
    """A displayed counter as an interval."""

    at: int
    low: int
    high: int


def sample_of(event: Counter) -> Sample | None:
    """A counter's display; ``None`` when one of its bounds is unknown."""
    shown = interval(event)
    return Sample(event.at, *shown) if shown is not None else None


class Goods(Struct):
    """The orders of one SKU in the window."""

    orders: list[Placed] = []
    sold: list[Sample] = []
    events: list[Order] = []
    counters: list[Counter] = []
    """First and latest display of the sales counter in the window."""
    awaited: dict[str, bool] = {}
    """Orders of a conspicuous window: was the money returned?"""
    awaited_at: int = 0
    flags: list[str] = []
    """Indicators of that window."""
    numbers: dict[str, Number] = {}
    """Its figures, for a verdict that waits for the money."""
    raised_at: int = 0
    raised: list[str] = []
    quiet: int = -1
    """Place of the first order of the window at the latest look, if that found nothing; −1: it did, or
    somebody ordered since."""
    empty: bool = False
    """It is sold out."""
    rush_at: int = 0
    """When something was announced or opened that makes people buy at once."""
