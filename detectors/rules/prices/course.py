"""The course of a price in an alert: its curve, what moves with it, and the events behind it."""

from __future__ import annotations

from detectors.alerts import PricePoint
from detectors.calendar import DAY_MS
from detectors.engine.room import RoomState
from detectors.events import Event
from detectors.stats.price_history import Kind, PriceHistory, PriceStep

__all__ = ["FOLLOW_DAYS", "curve", "followed", "moves", "once", "points", "price_at"]

#: Points of the price curve that an alert carries.
MAX_POINTS = 300
#: A reference that moves with the price is looked for in this time.
FOLLOW_DAYS = 30


def followed(history: PriceHistory, unit: str | None, at: int) -> int:
    """How often in `FOLLOW_DAYS` the reference moved together with the asking price, the same way."""
    return len(moves(history, unit, at))


def moves(history: PriceHistory, unit: str | None, at: int) -> list[tuple[PriceStep, PriceStep]]:
    """What was shown before and after each time that the reference moved with the asking price."""
    found: list[tuple[PriceStep, PriceStep]] = []
    before: PriceStep | None = None
    for step in history.between(at - FOLLOW_DAYS * DAY_MS, at + 1, "asking", unit=unit):
        if step.quote.reference_price is None:
            continue
        if before is not None:
            moved = (step.price or 0) - (before.price or 0)
            along = step.quote.reference_price - (before.quote.reference_price or 0)
            if moved * along > 0:
                found.append((before, step))
        before = step
    return found


def price_at(room: RoomState, sku: str | None, at: int, *kinds: Kind) -> PriceStep | None:
    """What was shown last of a product at a time: its asking price, by default."""
    history = room.prices.get(sku or "")
    return history.in_force(at, *kinds) if history is not None else None


def points(room: RoomState, sku: str, start: int, end: int) -> list[PricePoint]:
    """The curve of a product between two times."""
    history = room.prices.get(sku)
    return history.points(start, end)[-MAX_POINTS:] if history is not None else []


def curve(history: PriceHistory, start: int, end: int) -> list[PricePoint]:
    """The curve around the window, with the step that was in force where it begins."""
    opening = history.in_force(start)
    points = history.points(opening.at if opening is not None else start, end)
    return points[-MAX_POINTS:]


def once(events: list[Event]) -> list[Event]:
    """Each event once, in the order of time, the last one kept last."""
    last = events[-1]
    unique = {event.id: event for event in events if event.id != last.id}
    return [*sorted(unique.values(), key=lambda event: (event.at, event.id)), last]
