"""The orders that an alert may have counted, for the report: all of the same product around its triggers.

An alert keeps some of the orders that it stands on, with the figures over all of them. Whoever wants to
follow the figures needs the time of each.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from detectors.events import Order
from monitor.desk.formats import yuan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.alerts import Alert
    from detectors.events import Event
    from monitor.desk.formats import Formats

__all__ = ["OrderTimes"]

#: Before the first trigger and behind the last, ms: what an alert has as its context.
AROUND_MS = 120_000
#: Orders of one alert that are listed; all are in `data/events/orders.csv`.
MOST = 300


class _Wanted(Struct):
    """Orders of one alert."""

    skus: set[str]
    from_: int
    until: int
    orders: list[Order]
    total: int = 0


class OrderTimes:
    """Collects them, over all events of a bundle."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._wanted: dict[str, _Wanted] = {}
        self._by_room: dict[tuple[str, str], list[_Wanted]] = {}
        for alert in alerts:
            hits = [event for event in alert.evidence.trigger if isinstance(event, Order)]
            if not hits or alert.evidence.rooms:
                continue
            times = [event.at for event in hits]
            wanted = self._wanted[alert.id] = _Wanted(
                {event.sku for event in hits}, min(times) - AROUND_MS, max(times) + AROUND_MS, []
            )
            self._by_room.setdefault((alert.platform, alert.room), []).append(wanted)

    def note(self, event: Event) -> None:
        """Takes an event, as this bundle may show it."""
        if not isinstance(event, Order):
            return
        for wanted in self._by_room.get((event.platform, event.room), ()):
            if event.sku in wanted.skus and wanted.from_ <= event.at <= wanted.until:
                wanted.total += 1
                if len(wanted.orders) < MOST:
                    wanted.orders.append(event)

    def told(self, alert: Alert, f: Formats) -> dict[str, Any] | None:
        """The list of an alert; ``None``: it stands on no orders, or none of them is left."""
        wanted = self._wanted.get(alert.id)
        if wanted is None or not wanted.orders:
            return None
        triggers = {event.id for event in alert.evidence.trigger}
        # What was sent twice is one order.
        orders = sorted(
            {one.id: one for one in wanted.orders}.values(), key=lambda one: (one.at, one.id)
        )
        apart = ["", *(f"{(new.at - old.at) / 1_000:.3f}" for old, new in pairwise(orders))]
        return {
            "left_out": wanted.total - len(wanted.orders),
            "rows": [
                {
                    "time": f.full(one.at), "apart": seconds, "sku": one.sku,
                    "status": f.language.say(f"order.{one.status}"),
                    "quantity": "" if one.quantity is None else str(one.quantity),
                    "price": "" if one.price is None else yuan(one.price),
                    "who": one.user or "未知",
                    "trigger": one.id in triggers,
                }
                for one, seconds in zip(orders, apart, strict=True)
            ],
        }  # fmt: skip
