"""Words found in a text, as they are and in disguise, whoever looks for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain
from operator import itemgetter
from typing import NamedTuple

from detectors.match.automaton import Find, Match, Which, automaton, finder, which
from detectors.match.confusion import PICTURES, Confusions, confusions
from detectors.match.disguise import disguises, is_whole
from detectors.match.heard import is_spelled_out
from detectors.match.image import Image, Sections, numbers, prefixed, texts
from detectors.match.inside import Inside, number_of
from detectors.match.joints import (
    cuts_of,
    has_letters_apart,
    is_between_words,
    is_cut_inside,
    joined,
    letters_joined,
    sewn,
)
from detectors.match.language import Language
from detectors.match.listening import Listening, listening
from detectors.match.parts import STROKES, Splits, splits, telling_pairs
from detectors.match.sighting import Form, Near, Sighting, around, is_hidden, is_near
from detectors.match.tables import COMMON

__all__ = ["Lookout", "Seen", "lookout"]

_LATIN = re.compile("[a-z]")
_MASKS = "*×○□■●某"
#: A character that is left for the reader to find.
_MASK = re.compile(
    f"(?<=[\\u3400-\\u9fff])[{_MASKS}x](?=[\\u3400-\\u9fff])|(?<=[\\u3400-\\u9fff]{{2}})[{_MASKS[:-1]}](?![a-z0-9])"
)
_MASKING = frozenset(_MASKS)
#: Nothing is hidden with these but by their sound, or by clause marks.
_ORDINARY = frozenset(COMMON) - PICTURES - STROKES - _MASKING | frozenset(
    "0123456789,!?;:。、…\n<>"
)
#: What makes a text worth a closer look; most have none of it. An expression, since its table is
#: small: the sets lie all over the memory, and a host speaks too seldom to keep them at hand.
_NOTABLE = re.compile(f"[^ {re.escape(''.join(sorted(_ORDINARY)))}]")
#: What disguises hold of that. They are kept apart by it: where a text has none of it, they are not
#: looked for, nor read from the image.
_HELD = {
    "letters": _LATIN,
    "masks": re.compile(r"\*"),
    "others": re.compile(f"[^ a-z*{re.escape(''.join(sorted(_ORDINARY)))}]"),
}
#: In the order in which an automaton finds them.
_turn = itemgetter(1, 0)
#: How a disguise may be made; an entry of the table holds one's place here.
_FORMS: tuple[Form, ...] = ("shape", "split", "initial", "masked", "doubled")


class Seen(NamedTuple):
    """The words that stand in a text as they are, and those that it hides."""

    plain: Sequence[Match]
    """The words that stand there as they are."""
    words: Sequence[Sighting] = ()
    """Words with symbols in them, where others were left out; and what only sounds like a word by chance."""
    hidden: Sequence[Sighting] = ()
    parted: bool = False
    """Do symbols stand between characters?"""


def lookout(
    words: Iterable[str], hidden: Iterable[str], heard: Container[str] = frozenset()
) -> Sections:
    """The tables of a `Lookout`.

    Args:
        words: what it looks for, folded.
        hidden: those of `words` that are found in disguise.
        heard: those of `hidden` that two characters mean which only sound so.
    """
    words = list(dict.fromkeys(words))
    hidden = list(dict.fromkeys(hidden))
    number = {word: index for index, word in enumerate(words)}
    entries: dict[str, int] = {}
    known = set(words)
    for word in hidden:
        entry = number[word] * len(_FORMS)
        for spelled, form in disguises(word):
            if spelled not in known:
                entries.setdefault(spelled, entry + _FORMS.index(form))
    parts = len(words) * len(_FORMS) + _FORMS.index("split")
    for pair in telling_pairs(hidden):
        if pair not in known:
            entries.setdefault(pair, parts)
    ordinary: list[str] = []
    rare: dict[str, list[str]] = {held: [] for held in _HELD}
    for spelled in sorted(entries):
        held = next((held for held, sign in _HELD.items() if sign.search(spelled)), None)
        (ordinary if held is None else rare[held]).append(spelled)
    numbered = [(number[word], word) for word in hidden]
    characters = set().union(*words)
    return {
        "automaton": automaton([*words, *ordinary]),
        # Half of all disguises hold what makes a text worth a closer look: no ordinary text has any.
        **prefixed("rare", {held: automaton(listed) for held, listed in rare.items()}),
        "entries": numbers(entries[spelled] for spelled in chain(ordinary, *rare.values())),
        "counts": numbers((len(words), len(ordinary), *map(len, rare.values()))),
        # Symbols that are part of a word (“+v”), and are not to be left out of it.
        "symbols": texts(sorted(one for one in characters if not one.isalnum())),
        "symbolic": numbers(number[word] for word in words if not word.isalnum()),
        "hides": numbers(word in entered for entered in [set(hidden)] for word in words),
        "inside": numbers(
            sorted(
                {
                    number_of(word[index], word[index + 1])
                    for word in hidden
                    for index in range(len(word) - 1)
                }
            )
        ),
        **prefixed("heard", listening(numbered, heard)),
        **prefixed("confusions", confusions(numbered)),
        **prefixed("splits", splits(numbered)),
    }


class Lookout:
    """Looks for words; for some of them in disguise too.

    Cost is nearly constant in the number of words (Aho and Corasick 1975); overlapping matches
    are all reported.
    """

    def __init__(
        self, image: Image, words: Sequence[str], language: Callable[[], Language] | None = None
    ) -> None:
        """Of what `lookout` made of `words`.

        Args:
            language: tells what is likely to be said; ``None``: what sounds like a word is not weighed.
        """
        self._image = image
        self._words = words
        self._disguises, *many = accumulate(image.numbers("counts"))
        #: By what disguises hold that no ordinary text has, the number of the first of them.
        self._rare = dict(zip(_HELD, many, strict=False))
        self._finds_rare: dict[str, Find] = {}
        #: By the number of a disguise: the number of its word, times the number of forms, and that
        #: of its form. Disguises are numbered behind the words.
        self._entries = image.numbers("entries")
        self._find = finder(image.copied("automaton"))
        #: Symbols that are written in words, and are not left out from a text; without blanks.
        self._symbols = frozenset(image.texts("symbols"))
        self._marks = frozenset(one for one in self._symbols if not one.isspace())
        self._hides = image.numbers("hides")
        self._is_hiding = any(self._hides)
        self._inside = Inside(image.numbers("inside"))
        self.listening = Listening(image.under("heard"), words, language)
        """Finds what sounds like the words."""
        self._splits = Splits(image.under("splits"), words)
        self._confusions = Confusions(image.under("confusions"), words)
        self._last: tuple[str, Near, Seen] = "", None, self._looked("")

    @cached_property
    def _symbolic(self) -> tuple[list[int], Which]:
        """The words with symbols in them, and what tells which of those stand in a text."""
        listed = list(self._image.numbers("symbolic"))
        return listed, which(self._words[number] for number in listed)

    def _with_symbols(self, text: str, symbols: frozenset[str]) -> list[Sighting]:
        """The words that stand in a text with one of some symbols in them."""
        if symbols.isdisjoint(text):
            return []
        listed, standing = self._symbolic
        found = ((self._words[listed[index]], start, end) for index, start, end in standing(text))
        return [
            Sighting(word, "plain", start, end)
            for word, start, end in found
            if not symbols.isdisjoint(word)
        ]

    def matches(self, text: str) -> list[Match]:
        """The words that stand in a text as they are, by their numbers in the order given."""
        first = self._disguises
        return [match for match in self._find(text) if match[2] < first]

    def number_of(self, word: str) -> int | None:
        """The number of a word; ``None``: it is none of those given.

        The automaton tells it: a table of all words by their numbers would take more than that does.
        """
        size = len(word)
        found = (number for start, end, number in self.matches(word) if end - start == size)
        return next(found, None)

    def words(self, text: str) -> list[Sighting]:
        """The words that stand in a text as they are."""
        return self.sightings(self.matches(text))

    def sightings(self, matches: Iterable[Match]) -> list[Sighting]:
        """What was found, as words."""
        words = self._words
        return [Sighting(words[index], "plain", start, end) for start, end, index in matches]

    def parted(self, text: str) -> list[Sighting]:
        """The words between whose characters symbols stand."""
        without = joined(text)
        if without is None:
            return []
        shown, places = without
        return self._stitched(self.matches(shown), places)[1]

    def look(self, text: str, near: Near = None) -> Seen:
        """All words of a folded text. Whoever asks for the same one again gets what was seen.

        Args:
            near: the half-open range of which something stands in each disguise that is looked for;
                ``None``: the whole.
        """
        last, of, seen = self._last
        if last != text or of != near:
            seen = self._looked(text, near)
            self._last = text, near, seen
        return seen

    def _looked(self, text: str, near: Near = None) -> Seen:
        shown, places = text, None
        without = None
        is_latin = False
        is_close = _NOTABLE.search(text) is not None
        # Blanks, which many recognisers write, part words, and hide nothing else.
        if is_close or " " in text:
            without = joined(text)
            if without is not None:
                shown, places = without
        if is_close:
            is_latin = _LATIN.search(text) is not None
            if is_latin and has_letters_apart(shown):
                shown, kept = letters_joined(shown)
                places = kept if places is None else [places[place] for place in kept]
        found = self._find(shown)
        first = self._disguises
        plain = [match for match in found if match[2] < first]
        if is_close and (rare := self._rare_in(shown)):
            found = sorted([*found, *rare], key=_turn)
        words: list[Sighting] = []
        hidden: list[Sighting] = []
        suspect: list[tuple[int, int]] = []
        if len(plain) < len(found):
            suspect = self._unmask(shown, places, found, hidden)
        if places is not None:
            plain, parted_words = self._stitched(plain, places)
            hidden += parted_words
            words += self._with_symbols(text, self._marks if without is None else self._symbols)
        if self._is_hiding:
            if is_close:
                hidden += self._confusions.look(text, near)
                if is_latin or not _MASKING.isdisjoint(text):
                    self._fill(text, hidden)
            if is_close and not STROKES.isdisjoint(text):
                strokes = (at for at, character in enumerate(shown) if character in STROKES)
                suspect += ((at, at + 1) for at in strokes)
            # Where something was left out, places are others; what is found is looked at in the end.
            part = near if places is None else None
            suspect = [one for one in suspect if is_near(*one, part)]
            for low, high in around(suspect, len(shown)):
                for one in self._splits.look(shown[low:high]):
                    hidden.append(_placed(one.moved(low), places))
            parted = sewn(text, self._inside)
            if parted is not None:
                self._mend(text, *parted, hidden)
            for heard in self.listening.listen(shown, is_latin=is_latin, near=part):
                one = _placed(heard, places)
                if not is_spelled_out(one, text, plain, words):
                    (hidden if is_hidden(one) else words).append(one)
        hidden = [one for one in hidden if is_near(one.start, one.end, near)]
        return Seen(plain, words, hidden, without is not None and self._is_hiding)

    def _stitched(
        self, matches: Iterable[Match], places: Sequence[int]
    ) -> tuple[list[Match], list[Sighting]]:
        """The words of a text from which something was left out, in the text itself: those that stand
        there all the same, and those in which it stood."""
        whole: list[Match] = []
        parted: list[Sighting] = []
        for start, end, index in matches:
            low, high = places[start], places[end - 1] + 1
            if high - low == end - start:
                whole.append((low, high, index))
            else:
                parted.append(Sighting(self._words[index], "plain", low, high))
        return whole, parted

    def _rare_in(self, text: str) -> list[Match]:
        """Disguises with characters that an ordinary text has none of."""
        found: list[Match] = []
        for held, first in self._rare.items():
            if _HELD[held].search(text) is not None:
                find = self._finds_rare.get(held)
                if find is None:
                    find = finder(self._image.copied(f"rare.{held}"))
                    self._finds_rare[held] = find
                found += [(start, end, first + index) for start, end, index in find(text)]
        return found

    def _unmask(
        self, text: str, places: list[int] | None, found: Iterable[Match], hidden: list[Sighting]
    ) -> list[tuple[int, int]]:
        """Adds the disguises among what was found; returns where two parts of a character stand."""
        suspect: list[tuple[int, int]] = []
        first, words = self._disguises, self._words
        for start, end, index in found:
            if index < first:
                continue
            number, form = self._entry(index)
            if is_whole(text, start, end, form):
                if number < first:
                    hidden.append(_placed(Sighting(words[number], form, start, end), places))
                else:
                    suspect.append((start, end))
        return suspect

    def _entry(self, index: int) -> tuple[int, Form]:
        """The number of the word of a disguise, and how it is disguised; no word's: two parts of a
        character side by side."""
        number, form = divmod(self._entries[index - self._disguises], len(_FORMS))
        return number, _FORMS[form]

    def _fill(self, text: str, hidden: list[Sighting]) -> None:
        """Adds words of which a character is masked."""
        if _MASK.search(text) is None:
            return
        for start, end, index in self._rare_in(_MASK.sub("*", text)):
            number, form = self._entry(index)
            if form == "masked":
                hidden.append(Sighting(self._words[number], form, start, end))

    def _mend(self, text: str, shown: str, places: list[int], hidden: list[Sighting]) -> None:
        """Adds words that clause marks part.

        Where several words are parted so, no chance has parted them.
        """
        hides = self._hides
        parted = self.sightings(
            match
            for match in self.matches(shown)
            if places[match[1] - 1] - places[match[0]] >= match[1] - match[0] and hides[match[2]]
        )
        cuts: dict[int, None] = {}
        sure = []
        for one in parted:
            inside = places[one.start : one.end]
            sure.append(is_cut_inside(text, inside))
            if sure[-1] or not is_between_words(text, inside):
                cuts.update((inside[index], None) for index in cuts_of(inside))
        for one, is_sure in zip(parted, sure, strict=True):
            inside = places[one.start : one.end]
            if is_sure or (len(cuts) > 1 and not is_between_words(text, inside)):
                hidden.append(Sighting(one.term, "apart", inside[0], inside[-1] + 1))


def _placed(one: Sighting, places: list[int] | None) -> Sighting:
    """A sighting in a text from which something was left out, in the text itself."""
    if places is None:
        return one
    term, form, start, end, cuts = one
    cuts = tuple([places[cut] for cut in cuts]) if cuts else ()
    return Sighting(term, form, places[start], places[end - 1] + 1, cuts)
