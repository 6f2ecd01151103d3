"""A text with the words in it that are disguised spelled out as they are meant."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from detectors.text.fold import Folded
from detectors.text.ordinary import familiarity, is_word
from detectors.text.sighting import Form, Sighting

__all__ = ["Respelled", "doubt", "respelled"]

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


def respelled(
    folded: Folded, hidden: Sequence[Sighting], words: Sequence[Sighting]
) -> Respelled | None:
    """A folded text with what was sighted in disguise spelled out; ``None``: nothing is meant.

    Of words that overlap the longer one is taken; of equally long ones the less doubtful, then the
    more familiar one that goes with its neighbours. `words` stand there as they are: what lies in one of them is
    no disguise.
    """
    meant = [
        one
        for one in hidden
        if not any(
            word.form == "plain"
            and word.start <= one.start < one.end <= word.end
            and word.end - word.start >= 2
            for word in words
        )
    ]
    if not meant:
        return None
    text = folded.text
    meant.sort(
        key=lambda one: (
            -len(one.term), doubt(one.form), -_fits(text, one), one.start, one.end, one.term,
        )
    )  # fmt: skip
    chosen: list[Sighting] = []
    for one in meant:
        if all(one.end <= other.start or other.end <= one.start for other in chosen):
            chosen.append(one)
    chosen.sort(key=lambda one: one.start)
    pieces: list[str] = []
    first: list[int] = []
    last: list[int] = []
    starts: list[int] = []
    ends: list[int] = [0]
    forms: list[Form] = []
    done = 0
    size = 0
    for start, end, word, form in [
        *((one.start, one.end, one.term, one.form) for one in chosen),
        (len(text), len(text), "", "plain"),
    ]:
        for place in range(done, start):
            low, high = folded.to_original(place, place + 1)
            first.append(low)
            last.append(high)
            starts.append(size)
            size += 1
            ends.append(size)
            forms.append("plain")
        pieces += (text[done:start], word)
        if word:
            one_by_one = end - start == len(word)
            low, high = folded.to_original(start, end)
            for index in range(len(word)):
                if one_by_one:
                    low, high = folded.to_original(start + index, start + index + 1)
                first.append(low)
                last.append(high)
                forms.append(form)
            for place in range(start, end):
                starts.append(size + (place - start if one_by_one else 0))
                ends.append(size + (place - start + 1 if one_by_one else len(word)))
            size += len(word)
        done = end
    starts.append(size)
    return Respelled(
        Folded("".join(pieces), folded.original, first, last),
        starts,
        ends,
        forms,
        frozenset((one.start, one.end) for one in chosen),
    )


def _fits(text: str, one: Sighting) -> int:
    """How familiar the word is, and its pairs with its neighbours."""
    before, after = text[one.start - 1 : one.start], text[one.end : one.end + 1]
    return familiarity(one.term) + is_word(before + one.term[0]) + is_word(one.term[-1] + after)
