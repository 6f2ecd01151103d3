"""A frame at work: where its slots stand in a text as it asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from detectors.match.lexicon import Hit
from detectors.match.places import compatible, places_in
from detectors.match.typed import figure
from detectors.pack.frames import END, PLACE, TYPED, Frame, FrameError, Step
from detectors.rules.claims.reading import Reading, is_chance

__all__ = ["FrameMatcher", "is_end"]

_SENTENCE_ENDS = frozenset("。!?\n")
_CLAUSE_MARKS = frozenset(",;:")
_ENDS = _SENTENCE_ENDS | _CLAUSE_MARKS | frozenset("、 …")
#: Words of this many characters or more are not matched by sound by chance.
_LONG = 4
#: Spellings that hide nothing.
_OPEN = frozenset({"plain", "echo", "numeral"})


class _Place(NamedTuple):
    """A slot of a sequence, and the gap allowed before it."""

    slot: str
    gap: int
    marks: int
    asked: bool
    optional: bool


class FrameMatcher:
    """Finds one frame in texts."""

    def __init__(self, frame: Frame) -> None:
        """
        Raises:
            FrameError: the frame asks for nothing, or for a gap that no slot follows.
        """
        self.frame = frame
        self.needs = frozenset(frame.slots)
        """Slots that must all be hit."""
        self.figures = tuple(dict.fromkeys(frame.figures))
        """Kinds of figures that the text must contain, too."""
        self._places = _places(frame)
        self._not_before, self._before, self._not_next, self._next = (
            {slot: tuple(words) for slot, words in beside.items()}
            for beside in (frame.not_before, frame.before, frame.not_next, frame.next)
        )
        if not self.needs:
            raise FrameError(f"frame {frame.id!r} has no slot of words", frame.id)
        #: (first slot, second slot, most characters from a hit of the first to one of the second); in a
        #: frame of free order the second may also come before the first.
        self._reaches = _reaches(frame, self._places)

    def may_stand(self, kinds: Mapping[str, Sequence[Hit]]) -> bool:
        """False if no hits are near enough to each other. A quick test before `find`.

        Args:
            kinds: hits by kind, at least all that `find` will use.
        """
        is_free = bool(self.frame.all)
        for first, second, gap in self._reaches:
            near = kinds[second]
            for one in kinds[first]:
                low, end = one.start - gap, one.end
                high = end + gap
                if any(
                    end <= two.start <= high or (is_free and low <= two.end <= one.start)
                    for two in near
                ):
                    break
            else:
                return False
        return True

    def find(self, reading: Reading) -> Iterator[tuple[Hit, ...]]:
        """Yields the hits of the frame's slots for each place where the frame matches."""
        if not self.needs <= reading.kinds.keys():
            return
        for hits in self._together(reading) if self.frame.all else self._in_order(reading):
            if self._rises(reading.text, hits):
                yield hits

    def _in_order(self, reading: Reading) -> Iterator[tuple[Hit, ...]]:
        reached = -1
        first = self._places[0]
        for hit in reading.slot(first.slot):
            if hit.start < reached or not self._stands(reading.text, hit, first.slot):
                continue
            rest = self._follow(reading, 1, (hit,))
            if rest is not None:
                reached = (rest[-1] if rest else hit).end
                yield (hit, *rest)

    def _follow(
        self, reading: Reading, index: int, found: tuple[Hit, ...]
    ) -> tuple[Hit, ...] | None:
        """The nearest hits for the places from `index` on, after those in `found`; ``None``: no match."""
        if index == len(self._places):
            return ()
        place, last = self._places[index], found[-1]
        for hit in reading.slot(place.slot):
            if (
                last.end <= hit.start <= last.end + place.gap
                and _may_stand_between(reading.text[last.end : hit.start], place)
                and self._stands(reading.text, hit, place.slot)
                and not self._is_parted(reading, last.end, hit.start)
                and not (self.frame.apart and _is_same_as_before(hit, found))
            ):
                rest = self._follow(reading, index + 1, (*found, hit))
                if rest is not None:
                    return (hit, *rest)
        return self._follow(reading, index + 1, found) if place.optional else None

    def _together(self, reading: Reading) -> Iterator[tuple[Hit, ...]]:
        """Slots in any order: for each hit of the first, the nearest hits of the others."""
        key, *others = self.frame.all
        done: set[tuple[Hit, ...]] = set()
        for hit in reading.slot(key):
            if not self._stands(reading.text, hit, key):
                continue
            found = [hit]
            for slot in others:
                near = [
                    other
                    for other in reading.slot(slot)
                    if self._stands(reading.text, other, slot)
                    and self._is_near(reading.text, hit, other)
                    and not self._is_parted(
                        reading, min(hit.end, other.end), max(hit.start, other.start)
                    )
                ]
                if not near:
                    break
                found.append(
                    min(near, key=lambda other: (is_chance(other), abs(other.start - hit.start)))
                )
            else:
                hits = tuple(sorted(found, key=lambda one: one.start))
                if hits not in done:
                    done.add(hits)
                    yield hits

    def _is_near(self, text: str, one: Hit, other: Hit) -> bool:
        low, high = (one.end, other.start) if one.start < other.start else (other.end, one.start)
        return 0 <= high - low <= self.frame.within and _SENTENCE_ENDS.isdisjoint(text[low:high])

    def _is_parted(self, reading: Reading, low: int, high: int) -> bool:
        """True if a word of `but` stands between two words of the frame."""
        return any(
            low <= hit.start and hit.end <= high
            for slot in self.frame.but
            for hit in reading.slot(slot)
        )

    def _stands(self, text: str, hit: Hit, slot: str) -> bool:
        """True if the neighbouring words, `hidden` and `least` of the frame allow this hit."""
        if slot in self.frame.hidden and not _is_hidden(hit):
            return False
        if slot in self._not_before and text.endswith(self._not_before[slot], 0, hit.start):
            return False
        if slot in self._before and not text.endswith(self._before[slot], 0, hit.start):
            return False
        if slot in self._not_next and text.startswith(self._not_next[slot], hit.end):
            return False
        if slot in self._next and not (
            text.startswith(self._next[slot], hit.end)
            or (END in self._next[slot] and is_end(text, hit.end))
        ):
            return False
        least = self.frame.least.get(slot)
        return least is None or (figure(text, hit) or 0) >= least

    def _rises(self, text: str, hits: tuple[Hit, ...]) -> bool:
        """True if the greatest figure is at least `rise` times the smallest."""
        if not self.frame.rise:
            return True
        figures = [figure(text, hit) or 0 for hit in hits if hit.group in TYPED]
        return max(figures) >= min(figures) * self.frame.rise


def is_end(text: str, place: int) -> bool:
    """True if a clause ends at this place of a folded text."""
    return place >= len(text) or text[place] in _ENDS


def _is_hidden(hit: Hit) -> bool:
    """True if the word is written in disguise. A short homophone does not count: it occurs by chance."""
    return hit.form not in _OPEN and not (hit.form == "sound" and len(hit.term) < _LONG)


def _is_same_as_before(hit: Hit, found: tuple[Hit, ...]) -> bool:
    """True if a hit may be the place named last, or is of a kind that was named before."""
    if hit.group != PLACE:
        return "." in hit.group and any(one.group == hit.group for one in found)
    last = next((one for one in reversed(found) if one.group == PLACE), None)
    if last is None:
        return False
    return compatible(places_in(last.term)[0].path, places_in(hit.term)[0].path)


def _may_stand_between(text: str, place: _Place) -> bool:
    if not text:
        return True
    if place.asked:
        text = text.replace("?", "")
    marks = sum(map(_CLAUSE_MARKS.__contains__, text))
    return _SENTENCE_ENDS.isdisjoint(text) and marks <= place.marks


def _reaches(frame: Frame, places: Sequence[_Place]) -> list[tuple[str, str, int]]:
    if frame.all:
        key, *others = frame.all
        pairs = [(key, other, frame.within) for other in others]
    else:
        pairs = [
            (one.slot, two.slot, two.gap)
            for one, two in pairwise(places)
            if not (one.optional or two.optional)
        ]
    return [one for one in pairs if not (one[0] in TYPED or one[1] in TYPED)]


def _places(frame: Frame) -> list[_Place]:
    places: list[_Place] = []
    gap = marks = 0
    asked = False
    for item in frame.seq:
        if isinstance(item, Step):
            gap, marks, asked = gap + item.gap, marks + item.marks, asked or item.asked
            if not item.optional:
                continue
        slot = item.optional if isinstance(item, Step) else item
        places.append(_Place(slot, gap, marks, asked, isinstance(item, Step)))
        # What stands before a slot that is missing stands before the next one.
        if not isinstance(item, Step):
            gap = marks = 0
            asked = False
    if frame.seq and (gap or marks or places[0].optional):
        raise FrameError(f"frame {frame.id!r} begins or ends with what may be missing", frame.id)
    return places
