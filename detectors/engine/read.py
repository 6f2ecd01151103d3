"""The result of reading a text: which rules are asked about it, and what each of them sees."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Mapping
from copy import copy
from types import MappingProxyType
from typing import NamedTuple

from detectors.engine.part import Part
from detectors.match.fold import Folded
from detectors.match.lexicon import Hit
from detectors.match.likeness import Likeness
from detectors.speech.passages import Run

__all__ = ["UNLIKE", "Asked", "Read", "Seen", "first_from"]

#: A text in the spelling in which a rule reads it, and the hits in it.
Seen = tuple[Folded, list[Hit]]

#: Of a text that is like no violation.
UNLIKE: Mapping[str, Likeness] = MappingProxyType({})


class Asked(NamedTuple):
    """A rule that is asked about a text."""

    rule: str
    folded: Folded
    """The text as the rule reads it, with what is disguised spelled out."""
    hits: list[Hit]


class Read:
    """A text of the seller's side, or a part of one, after reading."""

    def __init__(
        self, folded: Folded | Part, found: Mapping[str, Seen], *,
        likeness: Mapping[str, Likeness] = UNLIKE, as_written: Mapping[str, Likeness] = UNLIKE,
        asked: tuple[Asked, ...] = (),
        counted: tuple[str, ...] = (), shadow: tuple[tuple[str, str], ...] = (),
        heeded: tuple[Asked, ...] = (), rules: Container[str] | None = None,
    ) -> None:  # fmt: skip
        self._part = folded if isinstance(folded, Part) else None
        self._folded = folded
        self.found = found
        self.likeness = likeness
        """By rule, how much it is like its violations."""
        self.as_written = as_written
        """The same of a text that is read as it is meant, where it is more like them as it is written."""
        self.asked = asked
        """The rules to which its words or its likeness may say something, in their turns."""
        self.heeded = heeded
        """Those to which only some of its words say something (`Rule.on_heeded`), with these."""
        self.counted = counted
        """`asked`, and the rules that were considered and not asked."""
        self.shadow = shadow
        """What a model in the shadow says otherwise: rules that it alone `watches`, or `passes`."""
        self.rules = rules
        """The rules that may be asked about it; ``None``: all."""
        self.begins = folded.begins if isinstance(folded, Part) else 0
        """Where it stands in the text of which it is a passage …"""
        self.ends = folded.ends if isinstance(folded, Part) else len(folded.original)
        """… and where it ends there."""
        self.is_passage = isinstance(folded, Part)
        """Is it a passage of a longer text?"""
        self._own: tuple[int, int] | None = None

    @property
    def folded(self) -> Folded:
        """The text: of a passage about which nobody asks it is never made."""
        if not isinstance(self._folded, Folded):
            self._folded = self._folded.folded
        return self._folded

    def runs(self) -> tuple[Run, ...]:
        """Of a passage of which it is only guessed where clauses end: runs of them in the folded text."""
        part = self._part
        return () if part is None else tuple(map(part.shown, part.runs()))

    @property
    def news(self) -> tuple[int, int] | None:
        """Where the event's own words stand in the folded text; ``None``: all are."""
        if self._own is None:
            return None
        low, high = self._own
        return first_from(self.folded, low), first_from(self.folded, high)

    def instead(
        self, asked: tuple[Asked, ...], counted: tuple[str, ...], likeness: Mapping[str, Likeness]
    ) -> Read:
        """The same reading, with other rules that are asked about it."""
        other = copy(self)
        other.asked, other.counted, other.likeness = asked, counted, likeness
        return other

    def among(self, first: int, last: int) -> Read:
        """The same reading for a text that stands between what was said before and after it.

        Args:
            first, last: the half-open range of the event's own words in the original.
        """
        self._own = first - self.begins, last - self.begins
        self.shadow = ()
        return self


def first_from(folded: Folded, place: int) -> int:
    """The first character of a folded text that stands at a place of the original or behind it."""
    if place <= 0:
        return 0
    if folded.offsets is None:
        return min(place, len(folded.text))
    return bisect_left(folded.offsets, place)
