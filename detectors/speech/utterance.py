"""What the seller's side said or wrote, as the text rules see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Chat, Product, Session, Speech
from detectors.match.fold import Folded
from detectors.match.lexicon import Hit
from detectors.match.likeness import Likeness
from detectors.speech.passages import Run
from detectors.speech.stream import StreamPart

__all__ = ["BREATH", "SEAM", "Utterance"]

#: Characters before and after a claim in which what the speaker says there is looked at, at most: of a text
#: of the contract with 20,000 characters every claim would be judged by all of it.
BREATH = 400
#: Stands in a quote where one event ends and the next begins: nobody said a mark there.
SEAM = " / "


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
    """Where it stands in the field, or in the joined text, if it is a part of a longer one."""
    fresh: int = 0
    """Where in the folded text begins what the rule has not raised yet: passages share words."""

    is_passage: bool = False
    """Is it a passage of speech, of which it is only guessed where it begins and ends?"""
    find_runs: Callable[[], tuple[Run, ...]] = tuple
    """Finds the runs of clauses of a passage that may be what was said in one go: few are asked for."""
    news: tuple[int, int] | None = None
    """Where the event's own words stand in it, as a half-open range of the folded text; ``None``:
    all are. What was said before and after helps to understand them."""
    parts: tuple[StreamPart, ...] = ()
    """Of speech that is read with what was said before and after it: whose words stand where in the
    joined text."""

    @property
    def at(self) -> int:
        return self.event.at

    @property
    def runs(self) -> tuple[Run, ...]:
        """Of a passage: the runs of clauses that may be what was said in one go."""
        return self.find_runs()

    @property
    def original(self) -> str:
        """What was said or written; of a long text, this part, without what stands around it."""
        if self.news is None:
            return self.folded.original
        first, last = self.folded.to_original(*self.news)
        return self.folded.original[first:last]

    @property
    def first(self) -> int:
        """Where the event's own words begin in the field."""
        for part in self.parts:
            if part.event.id == self.event.id:
                return max(0, self.begins - part.start) + part.begins
        return self.begins

    @property
    def news_range(self) -> tuple[int, int]:
        """The half-open range of the folded text without what stands around it."""
        return (0, len(self.folded.text)) if self.news is None else self.news

    def is_new(self, end: int) -> bool:
        """Do words that end here belong to this event, and not to one before or after it?"""
        return self.news is None or self.news[0] < end <= self.news[1]

    def has_new(self, group: str, hits: Iterable[Hit]) -> bool:
        """Is there a word of a group that belongs to this event?"""
        return any(hit.group == group and self.is_new(hit.end) for hit in hits)

    @property
    def own(self) -> str:
        """The folded text without what stands around it."""
        low, high = self.news_range
        return self.folded.text[low:high]

    def goes_on(self, start: int, end: int) -> bool:
        """Do words that begin in this event end in what is said next?"""
        return self.news is not None and start < self.news[1] < end

    def span(self, start: int, end: int) -> Span:
        """The original words of a range of the folded text; of words that several events share, those
        of the last."""
        return self.spans(start, end)[-1]

    def spans(self, start: int, end: int) -> list[Span]:
        """The original words of a range of the folded text, by the events in which they stand."""
        first, last = self.folded.to_original(start, end)
        if not self.parts:
            words = self.folded.original[first:last]
            first, last = self.begins + first, self.begins + last
            return [Span(event=self.event.id, start=first, end=last, text=words, field=self.field)]
        first, last = self.begins + first, self.begins + last
        found = []
        for part in self.parts:
            low, high = max(first, part.start), min(last, part.end)
            if low < high:
                low, high = part.begins + low - part.start, part.begins + high - part.start
                words = part.event.text[low:high]
                found.append(
                    Span(event=part.event.id, start=low, end=high, text=words, field=self.field)
                )
        return found or [Span(event=self.event.id, start=0, end=0, text="", field=self.field)]

    def quote(self, start: int, end: int) -> str:
        """The original words of a range of the folded text as they are quoted: of several events with
        `SEAM` between them, without the comma by which they are read together."""
        words = [span.text.strip(" ，,") for span in self.spans(start, end)]
        return SEAM.join(filter(None, words))

    def breath(self, start: int, end: int) -> tuple[str, str, str]:
        """What the speaker says before, in and after a range of the folded text, in the events that are
        read together, whatever passage of them this is; as it was said, but what is hidden in this
        passage as it is meant. Of what stands before and after, `BREATH` characters at most."""
        folded, begins = self.folded, self.begins
        text = getattr(self.event, "text", None)
        if not isinstance(text, str) or self.field != "text":
            text, begins = folded.original, 0
        if self.parts:
            ahead, rest = self.parts[0], self.parts[-1]
            text, reached = ahead.event.text[: ahead.begins], 0
            for part in self.parts:
                text += "，" * (part.start - reached)
                text += part.event.text[part.begins : part.begins + part.end - part.start]
                reached = part.end
            text += rest.event.text[rest.begins + rest.end - rest.start :]
            begins += ahead.begins
        if not folded.is_deciphered:
            first, last = (begins + one for one in folded.to_original(start, end))
            before, said, after = text[:first], text[first:last], text[last:]
        else:
            before = text[:begins] + folded.as_read(0, start)
            said = folded.as_read(start, end)
            after = folded.as_read(end, len(folded.text)) + text[begins + len(folded.original) :]
        return before[-BREATH:], said, after[:BREATH]

    def events(self, start: int, end: int) -> list[Speech | Chat | Product | Session]:
        """The events in which a range of the folded text stands; its own is the last."""
        first, last = self.folded.to_original(start, end)
        first, last = self.begins + first, self.begins + last
        others: list[Speech | Chat | Product | Session] = [
            part.event
            for part in self.parts
            if part.start < last and first < part.end and part.event.id != self.event.id
        ]
        return [*others, self.event]
