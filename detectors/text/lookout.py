"""Words found in a text, as they are and in disguise, whoever looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.text.confusion import UNUSUAL, Confusions
from detectors.text.disguise import disguises
from detectors.text.heard import heard_form
from detectors.text.joints import has_letters_apart, is_cut_inside, joined, letters_joined, sewn
from detectors.text.ordinary import is_word
from detectors.text.parts import STROKES, Splits
from detectors.text.sighting import Form, Sighting, is_hidden
from detectors.text.sounds import readings, sound_of

__all__ = ["Lookout", "Seen"]

_LATIN = re.compile("[a-z]")
_MASKS = "*×○□■●某"
#: A character that is left for the reader to find.
_MASK = re.compile(
    f"(?<=[\\u3400-\\u9fff])[{_MASKS}x](?=[\\u3400-\\u9fff])|(?<=[\\u3400-\\u9fff]{{2}})[{_MASKS[:-1]}](?![a-z0-9])"
)
_MASKING = frozenset(_MASKS)
#: What makes a text worth a closer look; most have none of it.
_CLOSER = UNUSUAL | STROKES | _MASKING
#: Two parts of a character side by side: no word, but a reason to look closer.
_PARTS = ""


class Seen(NamedTuple):
    """The words that stand in a text as they are, and those that it hides."""

    words: list[Sighting]
    hidden: list[Sighting]
    parted: bool = False
    """Do symbols stand between characters?"""


class Lookout:
    """Looks for words; for some of them in disguise too.

    Cost is nearly constant in the number of words (Aho and Corasick 1975); overlapping matches
    are all reported.
    """

    def __init__(self, words: Iterable[str], hidden: Iterable[str]) -> None:
        """Both are folded; `hidden` are those of `words` that are found in disguise."""
        words = list(words)
        entries: dict[str, tuple[str, Form]] = {word: (word, "plain") for word in words}
        self._hidden = list(dict.fromkeys(hidden))
        self._known = frozenset(self._hidden)
        for word in self._hidden:
            for spelled, form in disguises(word):
                entries.setdefault(spelled, (word, form))
        #: Symbols that are part of a word (“+v”), and are not to be left out of it.
        self._marks = frozenset(
            character
            for word, (_, form) in entries.items()
            for character in word
            if form == "plain" and not character.isalnum() and not character.isspace()
        )
        self._splits = Splits(self._hidden)
        for pair in self._splits.pairs:
            entries.setdefault(pair, (_PARTS, "split"))
        #: Symbols that are written in words, and are not left out from a text.
        self._symbols = frozenset(
            character for word in words for character in word if not character.isalnum()
        )
        self._entries = list(entries.values())
        self._automaton = _automaton(entries)
        sounds: dict[str, list[str]] = {}
        for word in self._hidden:
            code = sound_of(word)
            if len(code) >= 2 and not _LATIN.search(code) and code != word:
                sounds.setdefault(code, []).append(word)
        self._heard = list(sounds.values())
        self._sounds = _automaton(sounds)
        self._confusions = Confusions(self._hidden)
        self._inside = frozenset(
            word[index : index + 2] for word in self._hidden for index in range(len(word) - 1)
        )

    def words(self, text: str) -> list[Sighting]:
        """The words that stand in a text as they are."""
        if self._automaton is None:
            return []
        return [
            Sighting(self._entries[index][0], "plain", start, end)
            for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
            if self._entries[index][1] == "plain"
        ]

    def parted(self, text: str) -> list[Sighting]:
        """The words between whose characters symbols stand."""
        without = joined(text)
        if without is None:
            return []
        shown, places = without
        return [
            placed
            for placed in (_placed(one, places) for one in self.words(shown))
            if is_hidden(placed)
        ]

    def look(self, text: str) -> Seen:
        """All words of a folded text."""
        words: list[Sighting] = []
        hidden: list[Sighting] = []
        if self._automaton is None:
            return Seen(words, hidden)
        without = joined(text)
        shown, places = (text, None) if without is None else without
        is_latin = _LATIN.search(text) is not None
        if is_latin and has_letters_apart(shown):
            shown, kept = letters_joined(shown)
            places = kept if places is None else [places[place] for place in kept]
        is_suspect = False
        entries = self._entries
        for index, start, end in self._automaton.find_matches_as_indexes(shown, overlapping=True):
            word, form = entries[index]
            if places is not None:
                first, last = places[start], places[end - 1] + 1
            else:
                first, last = start, end
            if form == "plain":
                one = Sighting(word, form, first, last)
                (words if last - first == len(word) else hidden).append(one)
            elif _stands(shown, start, end, form):
                if word:
                    hidden.append(Sighting(word, form, first, last))
                else:
                    is_suspect = True
        if places is not None and not self._marks.isdisjoint(text):
            words += (one for one in self.words(text) if not self._marks.isdisjoint(one.term))
        if without is not None and not self._symbols.isdisjoint(text):
            words += [one for one in self.words(text) if not self._symbols.isdisjoint(one.term)]
        if not self._hidden:
            return Seen(words, hidden)
        is_close = not _CLOSER.isdisjoint(text)
        if is_close and not UNUSUAL.isdisjoint(text):
            hidden += self._confusions.look(text)
        if is_latin or (is_close and not _MASKING.isdisjoint(text)):
            self._fill(text, hidden)
        if is_suspect or (is_close and not STROKES.isdisjoint(text)):
            hidden += (_placed(one, places) for one in self._splits.look(shown))
        parted = sewn(text, self._inside)
        if parted is not None:
            self._mend(text, *parted, hidden)
        if self._sounds is not None:
            for one in self._listen(self._sounds, shown, places, is_latin=is_latin):
                (hidden if is_hidden(one) else words).append(one)
        return Seen(words, hidden, without is not None)

    def _fill(self, text: str, hidden: list[Sighting]) -> None:
        """Adds words of which a character is masked."""
        if _MASK.search(text) is None or self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(
            _MASK.sub("*", text), overlapping=True
        ):
            word, form = self._entries[index]
            if form == "masked":
                hidden.append(Sighting(word, form, start, end))

    def _mend(self, text: str, shown: str, places: list[int], hidden: list[Sighting]) -> None:
        """Adds words that clause marks part."""
        known = self._known
        for one in self.words(shown):
            start, end = places[one.start], places[one.end - 1] + 1
            if (
                end - start > len(one.term)
                and one.term in known
                and is_cut_inside(text, places[one.start : one.end])
            ):
                hidden.append(Sighting(one.term, "apart", start, end))

    def _listen(
        self, sounds: AhoCorasick, text: str, places: list[int] | None, *, is_latin: bool
    ) -> list[Sighting]:
        """What sounds like a word."""
        starts: list[int] | None = None
        ends: list[int] = []
        codes = ""
        if is_latin:
            read = readings(text)
            if read is not None:
                codes, starts, ends = read
        if starts is None:
            codes = sound_of(text)
        found: list[Sighting] = []
        for index, start, end in sounds.find_matches_as_indexes(codes, overlapping=True):
            low, high = (start, end) if starts is None else (starts[start], ends[end - 1])
            said = text[low:high]
            terms = self._heard[index]
            if said in terms or (high - low == 2 and is_word(said)):
                continue
            for term in terms:
                form = heard_form(text, low, high, term)
                if form is None:
                    continue
                cuts = tuple(starts[start + 1 : end]) if starts is not None else ()
                found.append(_placed(Sighting(term, form, low, high, cuts), places))
        return found


def _automaton(words: Iterable[str]) -> AhoCorasick | None:
    listed = list(words)
    return AhoCorasick(listed, matchkind=MatchKind.Standard) if listed else None


def _placed(one: Sighting, places: list[int] | None) -> Sighting:
    """A sighting in a text from which something was left out, in the text itself."""
    if places is None:
        return one
    return one._replace(
        start=places[one.start],
        end=places[one.end - 1] + 1,
        cuts=tuple(places[cut] for cut in one.cuts),
    )


def _stands(text: str, start: int, end: int, form: Form) -> bool:
    """Is a disguise what it seems, and not a piece of innocent words?"""
    if form == "initial":
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (
            (text[start].isascii() and before.isascii() and before.isalnum())
            or (text[end - 1].isascii() and after.isascii() and after.isalnum())
        )
    return not is_word(text[start - 1 : start + 1]) and not is_word(text[end - 1 : end + 1])
