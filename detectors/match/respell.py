"""A text with the words in it that are disguised spelled out as they are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from detectors.match.fold import Folded
from detectors.match.joints import fillings, single_cuts
from detectors.match.ordinary import familiarity, is_word
from detectors.match.sighting import Form, Sighting

__all__ = ["Respelled", "Respelling", "doubt", "respelling"]

#: How far a spelling may be chance: signs are none, a sound is heard more easily than meant.
_DOUBTS: dict[Form, int] = {
    "plain": 0,
    "numeral": 0,
    "apart": 1,
    "split": 1,
    "pinyin": 1,
    "sound": 3,
    "echo": 4,
}


def doubt(form: Form) -> int:
    """How doubtful a spelling is, 0: not at all."""
    return _DOUBTS.get(form, 2)


class Respelled(Struct, frozen=True):
    """The text as meant, and where the words of the text as written are in it."""

    folded: Folded
    starts: list[int]
    """Place in the new text of what began at each place of the old one."""
    ends: list[int]
    """… of what ended there."""
    forms: list[Form]
    """How each character of the new text was spelled."""
    places: frozenset[tuple[int, int]]
    """Where in the old text the words were that are spelled out."""

    def moved(self, one: Sighting) -> Sighting:
        """A sighting in the old text, in the new one."""
        return Sighting(one.term, one.form, self.starts[one.start], self.ends[one.end])

    def form_of(self, start: int, end: int) -> Form:
        """The most doubtful spelling in a range of the new text."""
        return max(self.forms[start:end], key=doubt, default="plain")


class _Unit(NamedTuple):
    """A piece of the old text and what it stands for."""

    start: int
    end: int
    meant: str
    form: Form


class Respelling:
    """What is spelled out in a text, and as what: the new text itself is made for whoever reads it."""

    __slots__ = ("_folded", "_units", "places")

    def __init__(
        self, folded: Folded, units: Sequence[_Unit], places: frozenset[tuple[int, int]]
    ) -> None:
        self._folded = folded
        self._units = units
        self.places = places
        """As of `Respelled`."""

    @property
    def text(self) -> str:
        """The letters of the new text."""
        text = self._folded.text
        pieces: list[str] = []
        done = 0
        for start, end, meant, _ in self._units:
            pieces += (text[done:start], meant)
            done = end
        return "".join((*pieces, text[done:]))

    def made(self) -> Respelled:
        """The new text with the way back to the original."""
        return _spelled(self._folded, self._units, self.places)


def respelling(
    folded: Folded, hidden: Sequence[Sighting], standing: Iterable[tuple[int, int]]
) -> Respelling | None:
    """What of a folded text is spelled out that was sighted in disguise; ``None``: nothing is meant.

    Words may share characters that they read alike. Of others that overlap the one is taken that
    explains more of the text; then the less doubtful, then the more familiar one that goes with
    its neighbours. What lies in a word that stands there as it is, is no disguise.

    Args:
        standing: where such words stand, as half-open ranges.
    """
    long = [(start, end) for start, end in standing if end - start >= 2]
    meant = [
        one for one in hidden if not any(start <= one.start < one.end <= end for start, end in long)
    ]
    text = folded.text
    strewn = list(fillings(text))
    if not meant and not strewn:
        return None
    meant.sort(
        key=lambda one: (
            one.start - one.end, doubt(one.form), -_fits(text, one), one.start, one.term,
        )
    )  # fmt: skip
    taken: dict[int, _Unit] = {}
    places = set()
    for one in meant:
        units = _units(one)
        if all(
            taken.get(place, unit)[:3] == unit[:3] for unit in units for place in range(*unit[:2])
        ):
            places.add((one.start, one.end))
            for unit in units:
                for place in range(unit.start, unit.end):
                    taken.setdefault(place, unit)
    # Symbols strewn elsewhere in such a text are no words either, nor are clauses of a character.
    if taken:
        strewn += single_cuts(text)
    for start, end in strewn:
        if taken.keys().isdisjoint(range(start, end)):
            taken[start] = _Unit(start, end, "", "plain")
    for unit in set(taken.values()):
        if unit.form == "pinyin":
            # A blank beside letters parts them from characters, and no clauses.
            for place in (unit.start - 1, unit.end):
                if text[place : place + 1] == " " and place not in taken:
                    taken[place] = _Unit(place, place + 1, "", "plain")
    return Respelling(folded, sorted(set(taken.values())), frozenset(places))


def _units(one: Sighting) -> list[_Unit]:
    """The sighting, character by character where it is known which piece is which."""
    cuts: Sequence[int] = one.cuts
    if not cuts and one.end - one.start == len(one.term):
        cuts = range(one.start + 1, one.end)
    if len(cuts) != len(one.term) - 1:
        return [_Unit(one.start, one.end, one.term, one.form)]
    return [
        _Unit(start, end, character, one.form)
        for start, end, character in zip(
            (one.start, *cuts), (*cuts, one.end), one.term, strict=True
        )
    ]


def _spelled(
    folded: Folded, units: Sequence[_Unit], places: frozenset[tuple[int, int]]
) -> Respelled:
    text = folded.text
    pieces: list[str] = []
    first: list[int] = []
    last: list[int] = []
    starts: list[int] = []
    ends: list[int] = [0]
    forms: list[Form] = []
    spelled: list[Form] = []
    known: Sequence[Form] = folded.forms or ["plain"] * len(text)
    done = 0
    for start, end, meant, form in (*units, _Unit(len(text), len(text), "", "plain")):
        for place in range(done, start):
            low, high = folded.to_original(place, place + 1)
            starts.append(len(first))
            first.append(low)
            last.append(high)
            ends.append(len(first))
            forms.append("plain")
            spelled.append(known[place])
        pieces += (text[done:start], meant)
        done = end
        low, high = folded.to_original(start, end)
        size = len(first)
        first.extend([low] * len(meant))
        last.extend([high] * len(meant))
        forms.extend([form] * len(meant))
        spelled.extend([max(known[start:end], key=doubt, default="plain")] * len(meant))
        starts.extend([size] * (end - start))
        ends.extend([size + len(meant)] * (end - start))
    starts.append(len(first))
    return Respelled(
        Folded("".join(pieces), folded.original, first, last, spelled if folded.forms else None),
        starts,
        ends,
        forms,
        places,
    )


def _fits(text: str, one: Sighting) -> int:
    """How familiar the word is, and its pairs with its neighbours."""
    before, after = text[one.start - 1 : one.start], text[one.end : one.end + 1]
    return familiarity(one.term) + is_word(before + one.term[0]) + is_word(one.term[-1] + after)
