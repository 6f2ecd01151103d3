"""Words found in a text, as they are and in disguise, whoever looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.match.confusion import UNUSUAL, Confusions
from detectors.match.disguise import disguises
from detectors.match.heard import heard_form
from detectors.match.joints import (
    cuts_of,
    has_letters_apart,
    is_between_words,
    is_cut_inside,
    joined,
    letters_joined,
    sewn,
)
from detectors.match.ordinary import COMMON_PAIRS, is_word
from detectors.match.parts import STROKES, Splits
from detectors.match.sighting import Form, Sighting, is_hidden
from detectors.match.sounds import readings, sound_of
from detectors.match.tables import COMMON

__all__ = ["Lookout", "Match", "Seen"]

_LATIN = re.compile("[a-z]")
_MASKS = "*×○□■●某"
#: A character that is left for the reader to find.
_MASK = re.compile(
    f"(?<=[\\u3400-\\u9fff])[{_MASKS}x](?=[\\u3400-\\u9fff])|(?<=[\\u3400-\\u9fff]{{2}})[{_MASKS[:-1]}](?![a-z0-9])"
)
_MASKING = frozenset(_MASKS)
#: Nothing is hidden with these but by their sound, or by clause marks.
_ORDINARY = frozenset(COMMON) - UNUSUAL - STROKES - _MASKING | frozenset("0123456789,!?;:。、…\n<>")
#: What makes a text worth a closer look; most have none of it. An expression, since its table is
#: small: the sets lie all over the memory, and a host speaks too seldom to keep them at hand.
_NOTABLE = re.compile(f"[^{re.escape(''.join(sorted(_ORDINARY)))}]")
#: Two parts of a character side by side: no word, but a reason to look closer.
_PARTS = ""


Match = tuple[int, int, int]
"""The number of a word, and half-open offsets."""
#: In the order in which an automaton finds them.
_turn = itemgetter(2, 1)


class Seen(NamedTuple):
    """The words that stand in a text as they are, and those that it hides."""

    plain: Sequence[Match]
    """All there is, where nothing is hidden: most texts are no more than that."""
    words: Sequence[Sighting] = ()
    """Otherwise, the words that stand there."""
    hidden: Sequence[Sighting] = ()
    parted: bool = False
    """Do symbols stand between characters?"""


class Lookout:
    """Looks for words; for some of them in disguise too.

    Cost is nearly constant in the number of words (Aho and Corasick 1975); overlapping matches
    are all reported.
    """

    def __init__(self, words: Iterable[str], hidden: Iterable[str]) -> None:
        """Both are folded; `hidden` are those of `words` that are found in disguise."""
        words = list(dict.fromkeys(words))
        #: Symbols that are part of a word (“+v”), and are not to be left out of it.
        self._marks = frozenset(
            character
            for character in set().union(*words)
            if not character.isalnum() and not character.isspace()
        )
        entries: dict[str, tuple[str, Form]] = {word: (word, "plain") for word in words}
        self._hidden = list(dict.fromkeys(hidden))
        self._known = frozenset(self._hidden)
        for word in self._hidden:
            # Of one form there is one entry, however many spellings it has.
            forms: dict[Form, tuple[str, Form]] = {}
            for spelled, form in disguises(word):
                if spelled not in entries:
                    entries[spelled] = forms.get(form) or forms.setdefault(form, (word, form))
        self._splits = Splits(self._hidden)
        for pair in self._splits.pairs:
            entries.setdefault(pair, (_PARTS, "split"))
        #: Symbols that are written in words, and are not left out from a text.
        self._symbols = frozenset(
            character for character in set().union(*words) if not character.isalnum()
        )
        #: Entries from this one on are disguises, in order: an automaton is made faster so.
        self._disguises = len(words)
        ordinary: list[str] = []
        rare: list[str] = []
        for spelled in sorted(islice(entries, len(words), None)):
            (rare if _NOTABLE.search(spelled) else ordinary).append(spelled)
        self._entries = [entries[spelled] for spelled in (*words, *ordinary, *rare)]
        self._automaton = _automaton([*words, *ordinary])
        #: Disguises that hold what makes a text worth a closer look, and their place among the
        #: entries: half of all, and no ordinary text has any.
        self._rare = _automaton(rare)
        self._first_rare = len(words) + len(ordinary)
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

    def matches(self, text: str) -> list[Match]:
        """The words that stand in a text as they are, by their numbers in the order given."""
        if self._automaton is None:
            return []
        first = self._disguises
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return [match for match in found if match[0] < first]

    def words(self, text: str) -> list[Sighting]:
        """The words that stand in a text as they are."""
        return self._sightings(self.matches(text))

    def _sightings(self, matches: Iterable[Match]) -> list[Sighting]:
        entries = self._entries
        return [Sighting(entries[index][0], "plain", start, end) for index, start, end in matches]

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

    def sounding(self, text: str) -> list[Sighting]:
        """The words that characters of a text sound like, by chance or not."""
        if self._sounds is None:
            return []
        return [
            Sighting(term, "echo", start, end)
            for index, start, end in self._sounds.find_matches_as_indexes(
                sound_of(text), overlapping=True
            )
            if text[start:end] not in self._heard[index]
            for term in self._heard[index]
        ]

    def look(self, text: str) -> Seen:
        """All words of a folded text."""
        if self._automaton is None:
            return Seen(())
        shown, places = text, None
        without = None
        is_latin = is_close = False
        if _NOTABLE.search(text) is not None:
            is_close = True
            without = joined(text)
            if without is not None:
                shown, places = without
            is_latin = _LATIN.search(text) is not None
            if is_latin and has_letters_apart(shown):
                shown, kept = letters_joined(shown)
                places = kept if places is None else [places[place] for place in kept]
        found = self._automaton.find_matches_as_indexes(shown, overlapping=True)
        first = self._disguises
        plain = [match for match in found if match[0] < first]
        if is_close and (rare := self._rare_in(shown)):
            found = sorted([*found, *rare], key=_turn)
        words: list[Sighting] = []
        hidden: list[Sighting] = []
        is_suspect = False
        if len(plain) < len(found):
            is_suspect = self._unmask(shown, places, found, hidden)
        if places is not None:
            for one in (_placed(one, places) for one in self._sightings(plain)):
                (words if one.end - one.start == len(one.term) else hidden).append(one)
            plain = []
            if not self._marks.isdisjoint(text):
                words += [one for one in self.words(text) if not self._marks.isdisjoint(one.term)]
        if without is not None and not self._symbols.isdisjoint(text):
            words += [one for one in self.words(text) if not self._symbols.isdisjoint(one.term)]
        if self._hidden:
            if is_close:
                if not UNUSUAL.isdisjoint(text):
                    hidden += self._confusions.look(text)
                if is_latin or not _MASKING.isdisjoint(text):
                    self._fill(text, hidden)
            if is_suspect or (is_close and not STROKES.isdisjoint(text)):
                hidden += (_placed(one, places) for one in self._splits.look(shown))
            parted = sewn(text, self._inside)
            if parted is not None:
                self._mend(text, *parted, hidden)
            heard = self._listen(shown, places, is_latin=is_latin)
            if plain and (hidden or heard):
                words = self._sightings(plain)
                plain = []
            for one in heard:
                (hidden if is_hidden(one) else words).append(one)
        return Seen(plain, words, hidden, without is not None and bool(self._hidden))

    def _rare_in(self, text: str) -> list[Match]:
        """Disguises with characters that an ordinary text has none of."""
        if self._rare is None:
            return []
        first = self._first_rare
        found = self._rare.find_matches_as_indexes(text, overlapping=True)
        return [(first + index, start, end) for index, start, end in found]

    def _unmask(
        self, text: str, places: list[int] | None, found: Iterable[Match], hidden: list[Sighting]
    ) -> bool:
        """Adds the disguises among what was found; true if two parts of a character are, too."""
        is_suspect = False
        for index, start, end in found:
            word, form = self._entries[index]
            if form != "plain" and _stands(text, start, end, form):
                if word:
                    hidden.append(_placed(Sighting(word, form, start, end), places))
                else:
                    is_suspect = True
        return is_suspect

    def _fill(self, text: str, hidden: list[Sighting]) -> None:
        """Adds words of which a character is masked."""
        if _MASK.search(text) is None:
            return
        for index, start, end in self._rare_in(_MASK.sub("*", text)):
            word, form = self._entries[index]
            if form == "masked":
                hidden.append(Sighting(word, form, start, end))

    def _mend(self, text: str, shown: str, places: list[int], hidden: list[Sighting]) -> None:
        """Adds words that clause marks part.

        Where several words are parted so, no chance has parted them.
        """
        known = self._known
        parted = [
            one
            for one in self.words(shown)
            if places[one.end - 1] - places[one.start] >= len(one.term) and one.term in known
        ]
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

    def _listen(self, text: str, places: list[int] | None, *, is_latin: bool) -> list[Sighting]:
        """What sounds like a word."""
        found: list[Sighting] = []
        if self._sounds is None:
            return found
        starts: list[int] | None = None
        ends: list[int] = []
        codes = ""
        if is_latin:
            read = readings(text)
            if read is not None:
                codes, starts, ends = read
        if starts is None:
            codes = sound_of(text)
        known, heard = COMMON_PAIRS, self._heard
        matches = self._sounds.find_matches_as_indexes(codes, overlapping=True)
        if starts is None:
            # A common word is itself.
            matches = [match for match in matches if text[match[1] : match[2]] not in known]
        for index, start, end in matches:
            low, high = (start, end) if starts is None else (starts[start], ends[end - 1])
            said = text[low:high]
            # So is the word that is looked for.
            if said in heard[index] or said in known:
                continue
            for term in heard[index]:
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
