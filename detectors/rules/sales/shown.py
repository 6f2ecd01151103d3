"""Displayed numbers as intervals: what a counter says at least, and at most."""

from __future__ import annotations

from detectors.engine.room import RoomState
from detectors.events import Counter, Event, Product

__all__ = ["as_seen", "at_least", "at_most", "counter_of", "observed"]


def at_least(counter: Counter) -> int | None:
    """The lower bound of what is displayed; ``None``: unknown."""
    return counter.value if counter.value is not None else counter.low


def at_most(counter: Counter) -> int | None:
    """The upper bound of what is displayed; ``None``: unknown (“1万+” has no upper bound)."""
    return counter.high if counter.low is not None or counter.high is not None else counter.value


def counter_of(room: RoomState, name: str, sku: str | None) -> Counter | None:
    """The latest counter of that name, of a SKU or of the room."""
    return room.counters.get(f"{name}/{sku}" if sku else name)


def observed(event: Counter | Product, name: str, room: RoomState) -> Counter | None:
    """The counter `name` that an event shows, whether by itself or on a card."""
    if isinstance(event, Product):
        value = event.stock if name == "stock" else event.sold
        return None if value is None else counter_of(room, name, event.sku)
    return event if event.name == name and event.sku else None


def as_seen(room: RoomState, counter: Counter) -> Event:
    """The event that a counter was read from: the card, as long as it is the one on display."""
    card = room.cards.get(counter.sku) if counter.sku else None
    return card if card is not None and card.id == counter.id else counter
