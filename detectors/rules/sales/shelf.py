"""What `fake-scarcity` remembers of a product: what was declared of it, and how its stock came back."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Counter, Event, Speech
from detectors.rules.claims.memory import ClaimMemory
from detectors.rules.sales.shown import at_least

__all__ = ["MAX_SKUS", "Declared", "Refill", "ScarcityState", "Shelf"]

#: Products that are followed; the one touched longest ago goes first.
MAX_SKUS = 20


class Declared(Struct):
    """“只剩 n 单”, as it was said."""

    event: Speech
    span: Span
    left: int | None
    """n; ``None``: no number (“马上没了”)."""
    stock: Counter | None = None
    """The stock displayed at the time, or next after it."""
    sold: Counter | None = None
    """The sales displayed at the time."""

    def is_too_low(self, surplus: int) -> bool:
        """Were so many pieces more in stock than the number that was named?"""
        least = at_least(self.stock) if self.stock is not None else None
        return least is not None and self.left is not None and least >= self.left + surplus


class Refill(Struct):
    """Sold out, and back within moments."""

    out: Event
    back: Event
    gap_s: int
    stock: int | None
    said: Event | None = None
    """The host's “再加五单”, where so few came back that only these words make it a refill."""


class Shelf(Struct):
    """What was said of one SKU, and what happened to its stock."""

    declared: list[Declared] = []
    refills: list[Refill] = []
    out: Event | None = None
    """Since when it is sold out: a card, a stock of 0, or the host's words."""
    excused_at: int = 0
    """When a restock was last announced with its reason."""
    raised_at: int = 0
    """When the latest alert of it was raised."""
    batches_at: int = 0
    """When sale in batches was announced."""
    presale: bool = False
    added: Event | None = None
    """When the host last said, without a reason, that so many pieces are put up again."""
    ordered_before: int = 0
    """Pieces that the crowd's book had when the first declaration that still counts was made."""


class ScarcityState(ClaimMemory):
    """At most `MAX_SKUS` shelves, beside the claims."""

    shelves: dict[str, Shelf] = {}
