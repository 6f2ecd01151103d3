"""Prices as they were announced without a condition, and viewers who report another price."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Chat, Event, Price
from detectors.rules.claims.claim import ClaimMemory

__all__ = ["Announced", "HiddenMemory"]

MAX_ANNOUNCED = 60
MAX_REPORTS = 12
MAX_SKUS = 300


class Announced(Struct):
    """A price as it was said, without a condition."""

    sku: str
    fens: list[int]
    coupon: bool
    at: int
    event: Event
    session: str


class HiddenMemory(ClaimMemory):
    """Beside the claims: 60 prices that were said, prices shown as free of conditions, reports."""

    announced: list[Announced] = []
    free: dict[str, Price] = {}
    """By SKU, the first sight of a price whose conditions were observed to be none."""
    reports: list[Chat] = []
    """Different viewers who report another price than was told; at most 12."""
    found: dict[str, str] = {}
    """By SKU, in which broadcast a condition that came later was found."""

    def announce(self, announced: Announced) -> None:
        """Remembers a price that was said; of too many the oldest go."""
        self.announced.append(announced)
        del self.announced[:-MAX_ANNOUNCED]

    def earlier(self, sku: str | None, session: str, since: int, until: int) -> list[Announced]:
        """What was announced of a product in a broadcast and a time, the latest first."""
        return [
            one
            for one in reversed(self.announced)
            if one.sku == sku and one.session == session and since <= one.at <= until
        ]

    def show_free(self, event: Price) -> None:
        """A price is shown, and observed to have no conditions."""
        self.free.pop(event.sku, None)
        self.free[event.sku] = event
        while len(self.free) > MAX_SKUS:
            del self.free[next(iter(self.free))]

    def report(self, event: Chat) -> None:
        """A viewer reports another price; each once in a broadcast."""
        others = [
            one for one in self.reports if one.user != event.user and one.session == event.session
        ]
        self.reports = [*others[1 - MAX_REPORTS :], event]

    def reported(self, session: str) -> int:
        """How many viewers reported another price in a broadcast."""
        return sum(one.session == session for one in self.reports)

    def note(self, sku: str, session: str) -> None:
        """A condition that came later was found."""
        self.found.pop(sku, None)
        self.found[sku] = session
        while len(self.found) > MAX_SKUS:
            del self.found[next(iter(self.found))]
