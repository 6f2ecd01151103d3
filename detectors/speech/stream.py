"""The speech of one speaker in a room as one stream, whatever a recogniser cut.

An event of speech goes on where the one before ended, if there is no pause between them. It is read
with the end of what was said before and, where its last words may mean something else with what
comes, with the beginning of what is said next. A claim belongs to the event in which it ends, so that
it is found once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from detectors.events import Speech
from detectors.match.fold import fold
from detectors.speech.clauses import BEFORE, is_joint, load_clause_ends

__all__ = ["PAUSE_MS", "Joined", "Stream", "StreamPart", "ends_at", "follows", "is_ended", "joined"]

#: A longer silence ends what is said, ms.
PAUSE_MS = 1_500
#: What a character takes, ms, where the end of an event is not told: five a second.
PACE_MS = 200
#: From so long a silence on, ms, a clause has ended.
BREATH_MS = 400
#: Characters before and after an event's text that are read with it.
TAIL, HEAD = 48, 28
#: Events before one that are read with it, at most.
EVENTS = 8
#: Logits, in parts of `clauses.SCALE`, from which a sentence surely ends where two events meet.
SURE = 100
#: The same, from which a comma stands where they meet: a recogniser cuts between clauses more often than
#: talk without marks ends one.
COMMA = -60
#: Characters on each side of a place by which that is judged.
BESIDE = BEFORE + 1
#: Places where two events meet of which that is kept: each is asked of as often as one of them is read.
SEAMS = 1_024
#: What ends a text so that nothing said next belongs to the sentence.
ENDS = tuple("。！？!?…；;")


class StreamPart(NamedTuple):
    """What of one event stands in a joined text."""

    event: Speech
    start: int
    end: int
    """Half-open range of the joined text."""
    begins: int
    """Where it begins in the event's own text."""


class Joined(NamedTuple):
    """The text of an event between those before and after it."""

    text: str
    first: int
    last: int
    """The half-open range of the event's own text."""
    parts: tuple[StreamPart, ...]

    @property
    def seams(self) -> list[int]:
        """Where a comma stands between two events."""
        return [
            part.end
            for part, behind in zip(self.parts, self.parts[1:], strict=False)
            if behind.start > part.end
        ]


class Stream(Struct):
    """What one speaker of a room has said of late."""

    said: list[Speech] = []
    """The latest events that follow one another, the oldest first: as many as make a tail."""
    waits: bool = False
    """Is the last of them not read yet, since what follows may change what it means?"""
    due: int = 0
    """Event time, ms, at which it is read whatever follows."""
    sku: str | None = None
    """The product on screen when it was said."""
    begins: bool = False
    """Is the last of them read with those before it?"""
    says: bool = False
    """Do words of the last one mean something to a rule?"""
    raised: dict[str, tuple[str, int]] = {}
    """By rule, the event in which a finding was raised last, and up to where in its text."""

    def add(self, event: Speech, *, goes_on: bool) -> None:
        """Takes up an event, that follows on the last one or begins anew."""
        if not goes_on:
            self.said = []
        self.said.append(event)
        while len(self.said) > 2 and (
            len(self.said) > EVENTS or sum(len(one.text) for one in self.said[1:-1]) >= TAIL
        ):
            del self.said[0]
        if self.raised:
            known = {one.id for one in self.said}
            self.raised = {rule: one for rule, one in self.raised.items() if one[0] in known}

    def raised_in(self, parts: Sequence[StreamPart]) -> dict[str, int]:
        """By rule, up to where in a joined text findings were raised."""
        places = {part.event.id: part.start - part.begins for part in parts}
        return {
            rule: places[event] + end
            for rule, (event, end) in self.raised.items()
            if event in places
        }

    def note_raised(self, event: Speech, ends: Mapping[str, int]) -> None:
        """Notes up to where in an event's text rules have raised findings."""
        for rule, end in ends.items():
            self.raised[rule] = event.id, end


def ends_at(event: Speech) -> int:
    """When an event ended, ms; told, or by the usual pace of its text."""
    if event.until is not None and event.until >= event.at:
        return event.until
    return event.at + PACE_MS * len(event.text)


def follows(before: Speech, event: Speech) -> bool:
    """Does an event go on where another ended?

    >>> one = Speech(id="a", platform="p", room="r", session="s", at=0, until=2000, text="能根治糖")
    >>> two = Speech(id="b", platform="p", room="r", session="s", at=3000, text="尿病的茶")
    >>> follows(one, two)
    True
    """
    return (
        before.session == event.session
        and before.at < event.at
        and event.at - ends_at(before) <= PAUSE_MS
    )


def is_ended(before: Speech, event: Speech) -> bool:
    """Does a sentence surely end between an event and the one that follows on it?"""
    if before.text.rstrip().endswith(ENDS):
        return True
    return not _has_breath(before, event) and _ends(before, event)[1] >= SURE


def joined(before: Sequence[Speech], event: Speech, after: Speech | None) -> Joined:
    """The text of an event with what was said before it, the oldest first, and after it."""
    pieces: list[str] = []
    parts: list[StreamPart] = []
    length = 0

    def put(one: Speech, low: int, high: int, follows: Speech | None) -> None:
        nonlocal length
        if follows is not None and (_has_breath(follows, one) or _ends(follows, one)[0] >= COMMA):
            pieces.append("，")
            length += 1
        pieces.append(one.text[low:high])
        parts.append(StreamPart(one, length, length + high - low, low))
        length += high - low

    lacking = TAIL
    tail: list[tuple[Speech, int]] = []
    for one in reversed(before):
        if lacking <= 0:
            break
        tail.append((one, max(0, len(one.text) - lacking)))
        lacking -= len(one.text)
    last = None
    for one, low in reversed(tail):
        put(one, low, len(one.text), last)
        last = one
    put(event, 0, len(event.text), last)
    own = parts[-1]
    if after is not None:
        put(after, 0, min(HEAD, len(after.text)), event)
    return Joined("".join(pieces), own.start, own.end, tuple(parts))


def _ends(before: Speech, event: Speech) -> tuple[int, int]:
    """How likely a clause and a sentence end between two events, in parts of `clauses.SCALE`."""
    return _ends_between(before.text[-BESIDE:], event.text[:BESIDE])


@lru_cache(maxsize=SEAMS)
def _ends_between(before: str, after: str) -> tuple[int, int]:
    head, tail = fold(before).text, fold(after).text
    if not head or not tail or is_joint(head + tail, len(head)):
        return -SURE, -SURE
    ends = load_clause_ends().read(head + tail)
    return ends.clause[len(head)], ends.sentence[len(head)]


def _has_breath(before: Speech, event: Speech) -> bool:
    return before.until is not None and event.at - before.until >= BREATH_MS
