"""Has something stopped to come? Looked at frame by frame, against what it has shown itself.

What comes is missing for some frames also in a healthy source. It has gone when it is missing for
several times longer than ever before, and a second alarm needs several times longer than the first,
so that nothing flaps.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from connectors.rule_fields import NOUNS

__all__ = ["Absence", "Lack", "of_field", "of_kind", "of_sort"]

#: Frames with a field before its absence says anything, and frames without it in a row that do: of
#: events of one sort, and of all sorts of a kind together.
ENOUGH, RUN, RUN_OF_ALL = 20, 30, 100
#: The same of a kind of event, in frames with any event.
ENOUGH_FRAMES, RUN_FRAMES = 50, 300
#: So many times longer than any run before has a run to be.
LONGER, LONGER_OF_ALL, LONGER_FRAMES = 4, 8, 8
#: Frames of a kind without a vital field, when none ever had it.
NEVER = 50
#: Frames with the field after which the problem is over.
BACK = 3
#: The latest frames, of which few have a field that most had before.
WINDOW, MOST_BEFORE, FEW_NOW, MANY_AGAIN = 100, 0.8, 20, 50


class Lack(Struct, frozen=True):
    """A field, or a kind of event, that stopped to come or never came."""

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
    """Whether something comes, frame by frame."""

    def __init__(self, *, enough: int, run: int, longer: int, never: int | None, few: bool) -> None:
        """
        Args:
            enough: times that it came before its absence says anything.
            run: frames in a row without it that do.
            longer: so many times longer than any run before it has to be.
            never: frames after which it is told that it never came; ``None``: it may.
            few: is it a problem that it comes seldom, when it came nearly always?
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
        """Takes a frame; did it begin or end a problem?"""
        self._frames += 1
        self._recent = ((self._recent << 1) | hit) & ((1 << WINDOW) - 1)
        if hit:
            # What came before the first time is no pause.
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
        """The problem that there is."""
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
