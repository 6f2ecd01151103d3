"""The reviews of a room's products, each as it was last seen: the latest 600, by their ids."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from rapidfuzz import fuzz, process

from detectors.events import Review
from detectors.match.fold import fold
from detectors.match.letters import letters_of
from detectors.match.similarity import NEAR
from detectors.stats.latest import trim

__all__ = ["Reviews", "Seen"]

#: Reviews of a room that are remembered; the one seen longest ago goes first.
MAX_REVIEWS = 600
#: What one takes in memory, about.
BYTES = 950
#: Texts of fewer letters are the same by chance.
LONG = 10


class Seen(Struct):
    """A review as it was last seen."""

    first: Review
    seen_at: int
    """When it was last there, ms."""
    sku: str = ""
    rating: int | None = None
    text: str = ""
    """The rating and the words that it was last seen with."""
    gone: Review | None = None
    """That it is gone, if it is."""
    letters: str = ""
    """Of its words as it was first seen, where there are enough to compare it by."""
    copied: str = ""
    """The earliest review of the product in nearly the same words; empty: it is the first."""


class Reviews:
    """By id, the one seen longest ago first."""

    __slots__ = ("_changed", "known")

    def __init__(self) -> None:
        self.known: dict[str, Seen] = {}
        self._changed = False

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return BYTES * len(self.known)

    def take(self, event: Review) -> None:
        """Takes up that a review is there, or gone; of one that was never seen the latter says nothing."""
        seen = self.known.pop(event.review, None)
        if event.phase == "gone":
            if seen is None:
                return
            seen.gone = event
        else:
            if seen is None:
                seen = Seen(event, event.at)
            seen.seen_at, seen.gone = event.at, None
            seen.sku = event.sku or seen.sku
            if event.rating is not None:
                seen.rating = event.rating
            if event.text:
                seen.text = event.text
            if seen.text and not seen.letters:
                self._compare(seen)
        self.known[event.review] = seen
        trim(self.known, MAX_REVIEWS)
        self._changed = True

    def _compare(self, seen: Seen) -> None:
        """Finds the earliest review of the product in nearly the same words."""
        letters = letters_of(fold(seen.text).text)
        if len(letters) < LONG:
            return
        seen.letters = letters
        firsts = {
            review: one.letters
            for review, one in self.known.items()
            if one.letters and not one.copied and one.sku == seen.sku
        }
        best = process.extractOne(
            letters, firsts, scorer=fuzz.ratio, processor=None, score_cutoff=NEAR
        )
        if best is not None:
            seen.copied = str(best[2])

    def of(self, sku: str) -> list[Seen]:
        """The reviews of a product."""
        return [seen for seen in self.known.values() if seen.sku == sku]

    # As a part ----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed, self._changed = self._changed, False
        return {"reviews"} if changed else set()

    def part_names(self) -> list[str]:
        """Names of all parts."""
        return ["reviews"] if self.known else []

    def take_part(self, body: bytes) -> None:
        """Takes back the part.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        self.known = msgspec.msgpack.decode(body, type=dict[str, Seen])
