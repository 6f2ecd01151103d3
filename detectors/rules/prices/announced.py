"""Prices as they were announced without a condition, and viewers who report another price."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Chat, Event, Price
from detectors.match.amounts import amounts
from detectors.rules.claims.claim import ClaimMemory
from detectors.stats.latest import keep

__all__ = ["Announced", "HiddenMemory"]

MAX_ANNOUNCED = 60
MAX_REPORTS = 12
MAX_SKUS = 300
#: A sum below this is a number of something else.
LEAST_FEN = 10


class Announced(Struct):
    """A price as it was said, without a condition."""

    sku: str
    text: str
    """As folded. What sums stand in it is asked of few: only where something comes later."""
    coupon: bool
    at: int
    event: Event
    session: str
    sums: list[int] | None = None
    """The sums in the text, once somebody asked."""

    @property
    def fens(self) -> list[int]:
        """The sums that were announced."""
        if self.sums is None:
            self.sums = [one.fen for one in amounts(self.text) if one.fen >= LEAST_FEN]
        return self.sums


class HiddenMemory(ClaimMemory):
    """Beside the claims: 60 prices that were said, prices shown as free of conditions, reports."""

    announced: list[Announced] = []
    free: dict[str, Price] = {}
    """By SKU, the first sight of a price whose conditions were observed to be none."""
    reports: list[Chat] = []
    """Different viewers who report another price than was told; at most 12."""
    found: dict[str, str] = {}
    """By SKU, in which broadcast a condition that came later was found."""

    def announce(self, announced: Announced, since: int) -> None:
        """Remembers a price that was said, with those said since a time; of too many the oldest go."""
        known = self.announced
        # All are of one broadcast, in the order in which they were said.
        if known and (known[0].at < since or known[-1].session != announced.session):
            self.announced = [
                one for one in known if one.at >= since and one.session == announced.session
            ]
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
        keep(self.free, event.sku, event, MAX_SKUS)

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
        keep(self.found, sku, session, MAX_SKUS)
