"""What a product cost and when: the steps of its prices, as far as they were seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from detectors.alerts import PricePoint
from detectors.calendar import HOUR_MS, day_of
from detectors.events import Event, Order, Price, Product

__all__ = ["Kind", "PriceHistory", "PriceStep", "Quote", "quote_of"]

#: Longest history that is kept of one SKU, in steps; the oldest go first. A history is written
#: anew whenever it grows, so this bounds what an order costs to store.
MAX_STEPS = 800
#: Paid prices are merged into one step within this time only, so that a look-up by time stays exact.
SALES_MERGED_MS = HOUR_MS
#: How many steps back a paid price is looked for that it can be merged with.
MERGE_DEPTH = 8
#: Orders of one step that are known by name. A refund takes an order out of the history; a price
#: that more buyers paid stands whatever some of them returned.
NAMED_ORDERS = 8
#: Days of one step, after its first, of which an observation is kept.
LATER_DAYS = 2

Kind = Literal["asking", "transaction", "coupon", "deposit"]


class Quote(Struct, array_like=True, gc=False):
    """One observation of a price, whatever event it came with."""

    at: int
    sku: str
    kind: Kind
    price: int | None
    """分 for one unit; unknown where only a reference price was shown."""
    event: Event
    session: str = ""
    unit: str | None = None
    reference_price: int | None = None
    reference_label: str | None = None
    conditions: list[str] | None = None

    def continues(self, other: Quote) -> bool:
        """Is this the same offer, seen again?"""
        return (
            self.price == other.price
            and self.reference_price == other.reference_price
            and self.reference_label == other.reference_label
            and self.conditions == other.conditions
            and self.session == other.session
        )


def quote_of(event: Event) -> Quote | None:
    """The price that an event shows: a price event, a card with a price, or a paid order."""
    if isinstance(event, Price):
        return Quote(
            at=event.at,
            sku=event.sku,
            kind=event.kind,
            price=event.price,
            event=event,
            session=event.session,
            unit=event.unit,
            reference_price=event.reference_price,
            reference_label=event.reference_label,
            conditions=event.conditions,
        )
    if isinstance(event, Product):
        if event.price is None and event.reference_price is None:
            return None
        return Quote(
            at=event.at,
            sku=event.sku,
            kind="asking",
            price=event.price,
            event=event,
            session=event.session,
            reference_price=event.reference_price,
            reference_label=event.reference_label,
        )
    if isinstance(event, Order) and event.status == "paid" and event.price is not None:
        return Quote(
            at=event.at,
            sku=event.sku,
            kind="transaction",
            price=event.price,
            event=event,
            session=event.session,
        )
    return None


class PriceStep(Struct, array_like=True, gc=False):
    """An unbroken run of the same offer; of paid prices, the same price within an hour."""

    quote: Quote
    """The first observation of the run."""
    until: int
    """Time of the last observation of the run."""
    count: int = 1
    unit: str | None = None
    """What one price buys: as shown, else as last shown before; ``None``: never shown."""
    days: int = 1
    """On how many Beijing days it was observed."""
    later: list[Event] = []
    """The first observations of the last `LATER_DAYS` of these days, for the evidence."""
    orders: list[str] = []
    """The first `NAMED_ORDERS` orders that paid it, where they are known."""

    @property
    def at(self) -> int:
        return self.quote.at

    @property
    def kind(self) -> Kind:
        return self.quote.kind

    @property
    def price(self) -> int | None:
        return self.quote.price

    def is_for(self, unit: str | None) -> bool:
        """Can the price be compared with one for `unit`? An unknown unit does not speak against it."""
        return unit is None or self.unit is None or self.unit == unit

    def within(self, start: int, end: int) -> bool:
        """Was it observed in ``[start, end)``?"""
        return self.quote.at < end and self.until >= start


class PriceHistory(Struct):
    """Price steps of one SKU in the order of their first observation; at most `MAX_STEPS`."""

    steps: list[PriceStep] = []
    unit: str | None = None
    """The unit that was shown last; orders and cards do not carry one."""

    def observe(self, quote: Quote) -> None:
        """Adds a price; an offer that goes on as before only lengthens its step."""
        if quote.unit is not None and quote.kind != "transaction":
            self.unit = quote.unit
        unit = quote.unit if quote.unit is not None else self.unit
        sale = quote.kind == "transaction"
        order = quote.event.order if isinstance(quote.event, Order) else None
        for step in reversed(self.steps[-MERGE_DEPTH:]):
            known = step.quote
            if known.kind != quote.kind or step.unit != unit:
                if sale and known.kind == "asking":
                    break  # a new offer began: what is sold now is not what was sold before
                continue
            if known.continues(quote) and (not sale or abs(quote.at - known.at) <= SALES_MERGED_MS):
                if day_of(quote.at) > day_of(step.until):
                    step.days += 1
                    step.later = [*step.later, quote.event][-LATER_DAYS:]
                step.until = max(step.until, quote.at)
                step.count += 1
                if order and len(step.orders) < NAMED_ORDERS:
                    step.orders = [*step.orders, order]
                return
            if not sale:
                break
        self.steps.append(PriceStep(quote, quote.at, unit=unit, orders=[order] if order else []))
        if len(self.steps) > MAX_STEPS:
            del self.steps[: len(self.steps) - MAX_STEPS]

    def withdraw(self, order: str) -> bool:
        """Takes out an order that was paid and given back; was it known?

        A step that nobody is left to have paid goes with it.
        """
        for index in range(len(self.steps) - 1, -1, -1):
            step = self.steps[index]
            if order in step.orders:
                step.orders = [known for known in step.orders if known != order]
                step.count -= 1
                if step.count <= 0:
                    del self.steps[index]
                return True
        return False

    # Look-ups -----------------------------------------------------------------------------

    @property
    def first_at(self) -> int | None:
        """Time of the oldest observation that is kept."""
        return min((step.at for step in self.steps[:MERGE_DEPTH]), default=None)

    def between(
        self, start: int, end: int, *kinds: Kind, unit: str | None = None
    ) -> Iterator[PriceStep]:
        """Steps with a known price that were observed in ``[start, end)``, comparable with `unit`."""
        for step in self.steps:
            if (
                step.quote.kind in kinds
                and step.quote.price is not None
                and step.within(start, end)
                and step.is_for(unit)
            ):
                yield step

    def in_force(self, at: int, *kinds: Kind, unit: str | None = None) -> PriceStep | None:
        """The step that was shown last at or before `at`: the asking price then, by default."""
        wanted = kinds or ("asking",)
        best: PriceStep | None = None
        for step in reversed(self.steps):
            if best is not None and step.at <= best.at:
                break  # steps stand in the order of their beginning, but for a few late ones
            if (
                step.quote.kind in wanted
                and step.quote.price is not None
                and step.at <= at
                and step.is_for(unit)
            ):
                best = step
        return best

    def lowest(
        self,
        start: int,
        end: int,
        *kinds: Kind,
        unit: str | None = None,
        counts: Callable[[PriceStep], bool] | None = None,
    ) -> PriceStep | None:
        """The lowest step observed in ``[start, end)``, the earliest of equals."""  # fmt: skip
        best: PriceStep | None = None
        for step in self.between(start, end, *kinds, unit=unit):
            if (best is None or _fen(step) < _fen(best)) and (counts is None or counts(step)):
                best = step
        return best

    def last(
        self,
        before: int,
        *kinds: Kind,
        unit: str | None = None,
        counts: Callable[[PriceStep], bool] | None = None,
    ) -> PriceStep | None:
        """The latest step observed before a time."""  # fmt: skip
        best: PriceStep | None = None
        for step in self.between(0, before, *kinds, unit=unit):
            if (best is None or step.until >= best.until) and (counts is None or counts(step)):
                best = step
        return best

    def points(self, start: int, end: int) -> list[PricePoint]:
        """The curve between two times, for the evidence."""
        return [
            PricePoint(
                at=step.quote.at,
                until=step.until,
                kind=step.quote.kind,
                price=step.quote.price,
                event=step.quote.event.id,
                count=step.count,
                reference_price=step.quote.reference_price,
            )
            for step in self.steps
            if step.quote.price is not None and step.until >= start and step.quote.at <= end
        ]


def _fen(step: PriceStep) -> int:
    return step.quote.price or 0
