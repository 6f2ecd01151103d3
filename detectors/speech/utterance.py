"""What the seller's side said or wrote, as the text rules see it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Chat, Product, Session, Speech
from detectors.match.fold import Folded
from detectors.match.likeness import Likeness

__all__ = ["Utterance"]


class Utterance(Struct, frozen=True):
    """One text of the seller's side: speech, a host's chat line, a card's title or attribute."""

    event: Speech | Chat | Product | Session
    field: str
    """`text`, `title` or `attributes.<name>`"""
    folded: Folded
    sku: str | None
    """The product it is about, as far as observed."""
    speaker: str
    """`host`, `assistant`, `guest`, `card`, or `unknown`"""
    likeness: Mapping[str, Likeness] = {}
    """By rule, how much the text is like its labelled violations."""
    begins: int = 0
    """Where it stands in the field, if it is a part of a long text."""
    fresh: int = 0
    """Where in the folded text begins what the rule has not raised yet: passages share words."""

    is_passage: bool = False
    """Is it a passage of speech, of which it is only guessed where it begins and ends?"""

    @property
    def at(self) -> int:
        return self.event.at

    @property
    def original(self) -> str:
        """What was said or written; of a long text, this part."""
        return self.folded.original

    def span(self, start: int, end: int) -> Span:
        """The original words of a range of the folded text."""
        first, last = self.folded.to_original(start, end)
        return Span(
            event=self.event.id,
            start=self.begins + first,
            end=self.begins + last,
            text=self.folded.original[first:last],
            field=self.field,
        )
