"""What a room remembers of its prices, to know a swing and the words that explain it."""

from __future__ import annotations

import math

from msgspec import Struct

from detectors.alerts import Number
from detectors.calendar import HOUR_MS
from detectors.events import Event
from detectors.match.amounts import amounts
from detectors.rules.prices.conditions import has_freight
from detectors.stats.price_course import Level, Shift, spread
from detectors.stats.price_history import Quote

__all__ = [
    "GROUPS",
    "MAX_NAMED",
    "NAMED_RATIO",
    "Course",
    "PendingSwing",
    "SwingState",
    "adds_condition",
    "is_struck_out",
    "usual",
]

MAX_NAMED = 40

#: A sum within this share of a price names it: “四十块” for 39.90.
NAMED_RATIO = 0.01

#: What is announced: a change either way, a fall, a rise, a rise at a later time.
GROUPS = ("announced", "lowered", "raised", "later")


class PendingSwing(Struct):
    """A swing that waits a moment for words that may explain it."""

    event: Event
    """The first sight of the new price."""
    up: bool
    since: int
    """An announcement from here on explains the swing, ms."""
    reason: str
    numbers: dict[str, Number]
    before: Event | None


class Course(Struct):
    """How the price of one SKU, unit and kind went: at most `MAX_LEVELS` levels."""

    levels: list[Level]
    sightings: int = 1
    """How often the price was seen, whatever it was."""
    reference: int | None = None
    """The struck-out price that was shown with it last."""
    conditions: list[str] | None = None
    title: str | None = None
    """The title of the card when the price was seen last."""
    low: int = 0
    high: int = 0
    """The least and the greatest price that was ever seen, 分."""
    told: list[int] = []
    """Prices that alerts told of, 分; at most `MAX_LEVELS`."""
    oscillated_at: int = 0
    """When an oscillation was last told."""
    pending: PendingSwing | None = None


class SwingState(Struct):
    """Memory of a room: `MAX_COURSES` courses, and what was announced by SKU."""

    courses: dict[str, Course] = {}
    said: dict[str, list[int]] = {}
    """By SKU (“”: the whole room), when a word of each group of `GROUPS` was last said, ms."""
    named: list[tuple[int, str, str]] = []
    """The last texts that may name a price: time, SKU or “”, folded text; at most `MAX_NAMED`."""
    waiting: list[str] = []
    """Keys of the courses with a swing that waits."""
    away: dict[str, int] = {}
    """Goods that are sold out or taken off the list, and since when."""

    def announced(self, sku: str, fen: int, *, up: bool, since: int, later_ms: int) -> bool:
        """Did the seller's side announce a change of this direction, of the SKU or the room?

        Or name the new price: whoever says “现在三十九块九” has said what changes.

        Args:
            since: words that were said earlier do not count, ms.
            later_ms: how much earlier a rise may have been announced for later (“明天恢复”).
        """
        place = 2 if up else 1
        for one in (sku, ""):
            said = self.said.get(one)
            if said is not None and max(said[0], said[place]) >= since:
                return True
        if any(
            at >= since
            and about in (sku, "")
            and any(abs(one.fen - fen) <= NAMED_RATIO * fen for one in amounts(text))
            for at, about, text in self.named
        ):
            return True
        # “明天恢复” is said of one product; of the whole room it would explain every price for days.
        said = self.said.get(sku)
        return up and said is not None and said[3] >= since - later_ms


def adds_condition(course: Course, quote: Quote) -> bool:
    """Is the new price shown with a condition that the old one did not have?"""
    known = set(course.conditions or ())
    added = [one for one in quote.conditions or () if one not in known]
    return any(not has_freight([one]) for one in added)


def is_struck_out(course: Course, quote: Quote, before: Level) -> bool:
    """Does a struck-out price that was not shown before come with a lower price?

    A struck-out price that stands beside the goods at all times announces nothing; the old price
    struck out does.
    """
    fen, reference = quote.price or 0, quote.reference_price
    if reference is None or reference <= fen or fen >= before.fen:
        return False
    return reference != course.reference or abs(math.log(reference / before.fen)) <= 0.03


def usual(found: Shift, levels: list[Level], floor: float) -> dict[str, Number]:
    """What was usual, since when, how often it was seen, and how far the price is from it.

    Args:
        floor: the least deviation that is taken for usual, as a logarithm.
    """
    deviation = max(spread(levels, found), floor)
    return {
        "usual_fen": found.usual,
        "usual_since": found.since,
        "usual_seen": found.seen,
        "watched_hours": round(found.watched_ms / HOUR_MS, 1),
        "z": round(found.away / deviation, 1),
    }
