"""Has a field, or a kind of event, stopped coming? Each is measured against its own past.

In a healthy source, too, a field is missing for some frames. It counts as gone when it has been
missing several times longer than ever before; a second alarm needs a run several times longer than
the first, so that the alarm does not flap.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from connectors.rule_fields import NOUNS

__all__ = ["Absence", "Lack", "of_field", "of_kind", "of_sort"]

#: Frames that must have had a field before its absence counts; frames in a row without it that raise
#: the problem, for one sort of event (`RUN`) and for all sorts of a kind together (`RUN_OF_ALL`).
ENOUGH, RUN, RUN_OF_ALL = 20, 30, 100
#: The same two numbers for a kind of event, counted in frames with any event.
ENOUGH_FRAMES, RUN_FRAMES = 50, 300
#: A run without the field must be this many times longer than any run before it.
LONGER, LONGER_OF_ALL, LONGER_FRAMES = 4, 8, 8
#: Frames of a kind after which a vital field that never came is a problem.
NEVER = 50
#: Frames with the field after which the problem is over.
BACK = 3
#: `WINDOW` latest frames: a field that at least `MOST_BEFORE` of all frames had, and `FEW_NOW` of the
#: window or fewer have, is a problem (`few`) until `MANY_AGAIN` of the window have it.
WINDOW, MOST_BEFORE, FEW_NOW, MANY_AGAIN = 100, 0.8, 20, 50


class Lack(Struct, frozen=True):
    """A field, or a kind of event, that stopped coming or never came."""

    kind: str
    field: str
    """Empty: the kind itself."""
    what: Literal["gone", "never", "few"]
    since: int | None
    """When it last came, wall clock, ms; ``None``: never."""
    missed: int
    """Frames without it since; of `few`, among the latest hundred."""

    def __str__(self) -> str:
        many = NOUNS[self.kind][1]
        since = ""
        if self.since is not None:
            moment = dt.datetime.fromtimestamp(self.since / 1000, dt.UTC).astimezone()
            since = f" since {moment:%Y-%m-%d %H:%M}"
        if not self.field:
            return f"no {many}{since}: {self.missed} frames brought only other things"
        if self.what == "few":
            return f"few {many} have a {self.field} now: {WINDOW - self.missed} of {WINDOW} frames"
        if self.what == "never":
            return f"no {self.field} so far in {self.missed} frames with {many}"
        return f"{many} have no {self.field}{since}: {self.missed} frames"


class Absence:
    """Whether one field, or one kind of event, comes, frame by frame."""

    def __init__(self, *, enough: int, run: int, longer: int, never: int | None, few: bool) -> None:
        """
        Args:
            enough: frames that must have had it before its absence counts.
            run: frames in a row without it that are a problem, at least.
            longer: such a run must also be this many times longer than any before it.
            never: frames after which “it never came” is a problem; ``None``: never a problem.
            few: whether coming seldom is a problem for what came nearly always.
        """
        self._few = few
        self._enough, self._shortest, self._longer, self._never = enough, run, longer, never
        self.hits = 0
        """Frames in which it came."""
        self._misses = 0
        """In a row, since the latest hit."""
        self._longest = 0
        self._last_at: int | None = None
        self._back = 0
        self._recent = 0
        """The latest frames as bits."""
        self._frames = 0
        self.what: Literal["gone", "never", "few"] | None = None

    def take(self, hit: bool, at: int) -> bool:
        """Takes a frame; true if a problem began or ended with it."""
        self._frames += 1
        self._recent = ((self._recent << 1) | hit) & ((1 << WINDOW) - 1)
        if hit:
            # Frames before the first hit are no pause.
            if self.hits and self._misses > self._longest:
                self._longest = self._misses
            self.hits += 1
            self._misses, self._last_at = 0, at
        else:
            self._misses += 1
        if self.what is not None:
            return self._end(hit)
        return not hit and self._begin()

    def lack(self, kind: str, field: str) -> Lack | None:
        """The problem, as of the latest frame; ``None``: there is none."""
        if self.what is None:
            return None
        few = self.what == "few"
        missed = WINDOW - self._recent.bit_count() if few else self._misses
        return Lack(kind, field, self.what, self._last_at, missed)

    def _begin(self) -> bool:
        if self.hits >= self._enough and self._misses >= max(
            self._shortest, self._longer * self._longest
        ):
            self.what = "gone"
        elif self._never is not None and not self.hits and self._misses >= self._never:
            self.what = "never"
        elif (
            self._few
            and self._frames >= 3 * WINDOW
            and self.hits >= MOST_BEFORE * (self._frames - WINDOW)
        ):
            recent = self._recent.bit_count()
            if recent <= FEW_NOW and self.hits - recent >= MOST_BEFORE * (self._frames - WINDOW):
                self.what = "few"
        self._back = 0
        return self.what is not None

    def _end(self, hit: bool) -> bool:
        self._back += hit
        if self.what == "few":
            if self._recent.bit_count() < MANY_AGAIN:
                return False
        elif self._back < BACK:
            return False
        self.what = None
        return True


def of_sort() -> Absence:
    """For a field of events of one sort, such as cards that are explained."""
    return Absence(enough=ENOUGH, run=RUN, longer=LONGER, never=None, few=True)


def of_field(*, vital: bool) -> Absence:
    """For a field of events of one kind; of a vital one it is also a problem that it never comes."""
    never = NEVER if vital else None
    return Absence(enough=ENOUGH, run=RUN_OF_ALL, longer=LONGER_OF_ALL, never=never, few=False)


def of_kind() -> Absence:
    """For a kind of event."""
    return Absence(
        enough=ENOUGH_FRAMES, run=RUN_FRAMES, longer=LONGER_FRAMES, never=None, few=False
    )
