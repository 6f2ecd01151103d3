"""Words found by their sound, where a text does not say more likely what it says.

Any two syllables sound like some word that is looked for, and nearly all of that is chance. Who hides
a word in others that sound alike writes what nobody says: what is written is much less likely than
what is meant. Where two characters are about as likely, or likelier, they are what is meant. Of three it
is no chance that they sound like a word; and packs name words of which everybody knows the others (痛疯).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain

from detectors.match.automaton import Find, automaton, finder
from detectors.match.heard import heard_form, is_innocent
from detectors.match.image import Image, Sections, numbers
from detectors.match.language import MARK, Language, shown
from detectors.match.ordinary import is_word
from detectors.match.sighting import Near, Sighting
from detectors.match.sounds import readings, sound_of

__all__ = ["Listening", "listening"]

_FIGURE = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
_LATIN = re.compile("[a-z]")
#: Spellings of which it is kept what they may stand for by their sound: most of what is said sounds
#: like some word that is looked for, and most of that is the word itself, or innocent wherever it stands.
SAID = 20_000
#: So much less likely must two characters be than the word that they sound like, tenths of a nat. Of
#: 1,238 places of ordinary lines 4 in 100 are, of 1,295 words that were hidden so all.
UNLIKELY = 20
#: Characters of a word that others sound like by chance.
SHORT = 2
#: Characters around a place that decide how likely it is.
AROUND = 2


def listening(words: Iterable[tuple[int, str]], heard: Container[str]) -> Sections:
    """The tables of `Listening`, of some words, each with its number.

    Args:
        heard: those that two characters mean which only sound so, however likely they are.
    """
    words = list(words)
    sounds: dict[str, list[int]] = {}
    for number, word in words:
        code = sound_of(word)
        # Of a figure nothing is hidden that sounds like it: “周五晚八点” is no 五万八.
        if len(code) >= 2 and not (_LATIN.search(code) or _FIGURE.fullmatch(word)) and code != word:
            sounds.setdefault(code, []).append(number)
    return {
        "automaton": automaton(sounds),
        "words": numbers(chain.from_iterable(sounds.values())),
        "ends": numbers(accumulate(map(len, sounds.values()))),
        "sure": numbers(number for number, word in words if word in heard),
    }


class Listening:
    """Finds what sounds like some words."""

    def __init__(
        self, image: Image, words: Sequence[str], language: Callable[[], Language] | None
    ) -> None:
        """Of what `listening` made of `words`, by their numbers.

        Args:
            language: tells what is likely to be said; ``None``: nothing is weighed.
        """
        self._image = image
        self._listed = words
        #: By the number of a sound, where the numbers of the words end that sound so.
        self._ends = image.numbers("ends")
        self._numbers = image.numbers("words")
        self._language = language
        #: Words that are heard, however likely it is what is written: everybody knows that for them.
        self._sure = frozenset(words[number] for number in image.numbers("sure"))
        #: By characters as they are written, the words that they may stand for by their sound.
        self._meant: dict[str | tuple[str, int], tuple[str, ...]] = {}
        #: By characters with those around, and the word that they sound like: is that said more likely?
        self._weighed: dict[tuple[str, str, str, str], bool] = {}

    @cached_property
    def _find(self) -> Find:
        return finder(self._image.copied("automaton"))

    def _words(self, sound: int) -> list[str]:
        """The words that sound so."""
        ends = self._ends
        inside = self._numbers[ends[sound - 1] if sound else 0 : ends[sound]]
        return [self._listed[number] for number in inside]

    def sounding(self, text: str) -> list[Sighting]:
        """The words that characters of a text sound like, by chance or not."""
        sounding = []
        for start, end, index in self._find(sound_of(text)):
            heard = self._words(index)
            if text[start:end] not in heard:
                sounding += [Sighting(term, "echo", start, end) for term in heard]
        return sounding

    def listen(self, text: str, *, is_latin: bool, near: Near = None) -> list[Sighting]:
        """What sounds like a word, and is not said more likely as it is.

        Args:
            near: the half-open range in which that is looked for; of a text with letters in it, all.
        """
        found: list[Sighting] = []
        starts: list[int] | None = None
        ends: list[int] = []
        codes = ""
        if is_latin:
            read = readings(text)
            if read is not None:
                codes, starts, ends = read
        begins, stops = near or (0, len(text))
        if starts is None:
            codes = sound_of(text[begins:stops])
        meant = self._meant
        for start, end, index in self._find(codes):
            low, high = (
                (start + begins, end + begins) if starts is None else (starts[start], ends[end - 1])
            )
            said = text[low:high]
            # Letters may be read as several sounds, characters as one only.
            key = said if starts is None else (said, index)
            heard = meant.get(key)
            if heard is None:
                heard = meant[key] = self._meant_by(said, index)
            for term in heard:
                form = heard_form(text, low, high, term)
                if form is None or (form == "sound" and self._is_said(text, low, high, term)):
                    continue
                cuts = tuple(starts[start + 1 : end]) if starts is not None else ()
                found.append(Sighting(term, form, low, high, cuts))
        return found

    def _meant_by(self, said: str, sound: int) -> tuple[str, ...]:
        """The words that characters which sound so may stand for, whatever stands around them."""
        heard = self._words(sound)
        if len(self._meant) >= SAID:
            self._meant.clear()
        # A common word is itself, and so is one that is looked for.
        if is_word(said) or said in heard:
            return ()
        return tuple(term for term in heard if not is_innocent(said, term))

    def _is_said(self, text: str, start: int, end: int, term: str) -> bool:
        """Are two characters about as likely as a word that they sound like, where they stand?"""
        if self._language is None or len(term) != SHORT or end - start != SHORT:
            return False
        if term in self._sure:
            return False
        before, said = text[max(0, start - AROUND) : start], text[start:end]
        after = text[end : end + AROUND]
        key = before, said, after, term
        known = self._weighed.get(key)
        if known is None:
            if len(self._weighed) >= SAID:
                self._weighed.clear()
            cost = self._language().whole_cost
            # Where a text begins, a mark is what stands before.
            before = before if start >= AROUND else MARK + before
            more = cost(shown(before + said + after)) - cost(shown(before + term + after))
            known = self._weighed[key] = more <= UNLIKELY
        return known
