"""A part of a text that is read at one go, and the words in it: made for the rules that are asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from detectors.match.fold import Folded
from detectors.match.found import Words
from detectors.match.lexicon import Hit
from detectors.speech.passages import (
    SHORTEST_RUN,
    Run,
    moved,
    part_of,
    place_behind,
    runs_of,
    with_commas,
)

__all__ = ["OwnedHits", "Part", "PartReaders", "PartWords", "Standing"]


class Part:
    """A range of a text with commas where clauses end in it."""

    def __init__(
        self, view: Folded, low: int, high: int, commas: Iterable[int], joints: Mapping[int, int]
    ) -> None:
        """
        Args:
            low, high: the half-open range.
            commas: places in the text where clauses end without a mark, in their order.
            joints: as of `Passages`.
        """
        self.view = view
        self.low, self.high = low, high
        if low == 0 and high == len(view.text):
            self.begins, self.ends = 0, len(view.original)
        else:
            self.begins, self.ends = view.to_original(low, high)
        self._commas = commas
        self._joints = joints

    @cached_property
    def commas(self) -> list[int]:
        """The clause marks in this part, by their places in the whole text."""
        return [place for place in self._commas if self.low < place < self.high]

    @cached_property
    def _inside(self) -> list[int]:
        return [place - self.low for place in self.commas]

    @cached_property
    def folded(self) -> Folded:
        """The part as a folded text of its own."""
        part, _ = part_of(self.view, self.low, self.high)
        return with_commas(part, self._inside)

    def text(self) -> str:
        """Its folded text."""
        return self.folded.text

    def hits(self, hits: Iterable[Hit]) -> list[Hit]:
        """The hits of the whole text that lie in this part, with their places in the part."""
        low, high = self.low, self.high
        inside = [hit for hit in hits if low <= hit.start and hit.end <= high]
        return moved(inside, self.commas, low) if inside else inside

    def runs(self, shortest: int = SHORTEST_RUN, after: int = 0) -> list[Run]:
        """The runs of its clauses, without its commas.

        Args:
            shortest: the characters of such a run, at least.
            after: only those that end behind this place of the text.
        """
        return runs_of(self._joints, self.low, self.high, shortest, after - self.low)

    def shown(self, run: Run) -> Run:
        """A run of clauses as it stands in it."""
        inside = self._inside
        return Run(
            place_behind(run.start, inside), place_behind(run.end - 1, inside) + 1, run.apart
        )


class OwnedHits:
    """The hits of some owners in one spelling of a text, handed out part by part."""

    def __init__(self, owned: Mapping[str, Sequence[Hit]]) -> None:
        self._hits = [(owner, hit) for owner, hits in owned.items() for hit in hits]
        by_start = sorted((hit.start, turn) for turn, (_, hit) in enumerate(self._hits))
        self._starts = [start for start, _ in by_start]
        self._turns = [turn for _, turn in by_start]

    def inside(self, part: Part) -> dict[str, tuple[Folded, list[Hit]]]:
        """A part as those owners read it whose hits lie in it, each with these, in the order given."""
        low, high = bisect_left(self._starts, part.low), bisect_left(self._starts, part.high)
        begun = [self._hits[turn] for turn in sorted(self._turns[low:high])]
        found: dict[str, tuple[Folded, list[Hit]]] = {}
        for owner, hit in begun:
            if hit.end <= part.high:
                found.setdefault(owner, (part.folded, []))[1].append(hit)
        return {
            owner: (view, moved(hits, part.commas, part.low))
            for owner, (view, hits) in found.items()
        }


class Standing:
    """Where words stand in one spelling of a text, of those rules that read it part by part so."""

    def __init__(self, found: Words, view: Folded, readers: Container[str], mask: int) -> None:
        """
        Args:
            found: all words of the text.
            view: the spelling.
            readers: the rules that read texts part by part.
            mask: those as bits of the lexicon.
        """
        self._found, self._view, self._readers = found, view, readers
        is_written = view is found.folded
        self._sure, self._all = found.ranges(mask) if is_written else ([], [])
        self._is_sure = is_written and not found.views

    @cached_property
    def _others(self) -> list[tuple[int, int]]:
        """Where words stand of rules of which it has to be looked how they read the text."""
        if self._is_sure:
            return []
        found, view = self._found, self._view
        owners = [owner for owner in found.views if owner in self._readers]
        found.gather(owners)
        places: dict[tuple[int, int], None] = {}
        for owner in owners:
            seen = found.get(owner)
            if seen is not None and seen[0] is view:
                places.update(((hit.start, hit.end), None) for hit in seen[1])
        return list(places)

    def any_in(self, low: int, high: int) -> bool:
        """Does one stand in a half-open range?"""
        for start, end in self._sure:
            if low <= start and end <= high:
                return True
        return any(low <= start and end <= high for start, end in self._others)

    @cached_property
    def _inside(self) -> frozenset[int]:
        """The places inside the words of which whose they are is sure."""
        return _places_inside(self._sure)

    @cached_property
    def _inside_any(self) -> frozenset[int]:
        """The places inside any word that stands there as it is."""
        return _places_inside(self._all)

    def covers(self, place: int) -> bool:
        """Does a place lie inside a word?"""
        if place in self._inside:
            return True
        if self._is_sure or (self._all and place not in self._inside_any):
            return False
        return any(start < place < end for start, end in self._others)


def _places_inside(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    return frozenset(place for start, end in ranges for place in range(start + 1, end))


class PartReaders(Container[str]):
    """The rules that read a part of a text in its spelling."""

    def __init__(
        self, found: Words, view: Folded, readers: Container[str], *, is_meant: bool
    ) -> None:
        """
        Args:
            is_meant: whether those read it so of which no word stands in the text.
        """
        self._found, self._view, self._readers = found, view, readers
        self._is_meant = is_meant

    def __contains__(self, rule: object) -> bool:
        if not isinstance(rule, str) or rule not in self._readers:
            return False
        seen = self._found.get(rule)
        return self._is_meant if seen is None else seen[0] is self._view


class PartWords(Mapping[str, tuple[Folded, list[Hit]]]):
    """The words that stand in a part of a text, by the rules that read it in this spelling."""

    def __init__(self, found: Words, part: Part, readers: PartReaders) -> None:
        self._found, self._part, self._readers = found, part, readers

    def __getitem__(self, rule: str) -> tuple[Folded, list[Hit]]:
        hits = self._part.hits(self._found[rule][1]) if rule in self._readers else []
        if not hits:
            raise KeyError(rule)
        return self._part.folded, hits

    def __iter__(self) -> Iterator[str]:
        return (rule for rule in self._found if rule in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        # Of a part in which no word stands nothing is read.
        return True
