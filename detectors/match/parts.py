"""Characters written in parts (“火火疒正”, “月巴”), read as the words that they make.

Words and texts are both taken apart down to the strokes, so that whatever was split, and however
far, is one string. Only a text that has strokes, or two parts side by side that are no word, is
taken apart.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain

from detectors.match.automaton import Find, automaton, finder
from detectors.match.fold import fold
from detectors.match.image import Image, Sections, numbers, texts
from detectors.match.ordinary import is_covered, is_rare, is_word
from detectors.match.sighting import Sighting
from detectors.match.tables import SPLITS

__all__ = ["STROKES", "Splits", "looks", "splits", "taken_apart", "telling_pairs", "ways"]

#: Ways in which one word may be taken apart; more would be noise.
_MOST = 16
_DEPTH = 3
#: Parts that are no words: most texts have none. Folded as texts are, or the rare ones (圡) would
#: never be met.
STROKES = frozenset(
    filter(is_rare, fold("".join({*chain.from_iterable(e[1:] for e in SPLITS.split())})).text)
)


# Most texts are never taken apart: the tables for it wait until the first that is.
@cache
def _ways() -> dict[str, list[str]]:
    """By character, the ways in which it is written in parts."""
    spelled = {ord(part): folded for part in set(SPLITS) if (folded := fold(part).text) != part}
    return {
        entry[0]: list(dict.fromkeys(parts[1:].split("/")))
        for entry, parts in zip(SPLITS.split(), SPLITS.translate(spelled).split(), strict=True)
    }


def _radicals() -> dict[str, str]:
    """A radical and the character it comes from are one part: the former by the latter."""
    radicals: dict[str, str] = {}
    for first, *others in _ways().values():
        for second in others:
            differing = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]]
            if len(first) == len(second) and len(differing) == 1:
                one, two = differing[0]
                if is_rare(two) and not is_rare(one):
                    radicals.setdefault(two, one)
    return radicals


@cache
def _leaves() -> dict[str, str]:
    """By character, its strokes."""
    known, radicals = _ways(), _radicals()

    @cache
    def leaf(character: str, depth: int = _DEPTH) -> str:
        if not depth or character not in known:
            return radicals.get(character, character)
        return "".join([leaf(part, depth - 1) for part in known[character][0]])

    leaves = {character: leaf(character) for character in known}
    leaves.update({radical: leaves.get(whole, whole) for radical, whole in radicals.items()})
    return leaves


def ways(character: str) -> list[str]:
    """The ways in which a character is written in parts, the usual one first."""
    return _ways().get(character, [])


def taken_apart(text: str) -> tuple[str, dict[int, int], dict[int, int]]:
    """A text in strokes; and by place in it, which character of the text begins there, and the one
    after that which ends there."""
    leaves = _leaves()
    pieces = [leaves.get(character, character) for character in text]
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    place = 0
    for index, piece in enumerate(pieces):
        starts[place] = index
        place += len(piece)
        ends[place] = index + 1
    return "".join(pieces), starts, ends


def _apart(text: str) -> str:
    leaves = _leaves()
    return "".join([leaves.get(character, character) for character in text])


#: What strokes make, by the place where it begins, and by character: where it ends, and which of
#: the character's ways it is.
_Made = dict[int, dict[str, list[tuple[int, int]]]]


def splits(words: Iterable[tuple[int, str]]) -> Sections:
    """The tables of `Splits`, of some words, each with its number."""
    begins: dict[str, list[tuple[int, str]]] = {}
    for number, word in words:
        if len(word) >= 2 and not _ways().keys().isdisjoint(word):
            begins.setdefault(word[:2], []).append((number, word))
    listed = list(
        dict.fromkeys(chain.from_iterable(word for group in begins.values() for _, word in group))
    )
    known = [looks(character) for character in listed]
    return {
        "words": numbers(number for pair in sorted(begins) for number, _ in begins[pair]),
        "characters": texts(listed),
        "looks": numbers(map(len, known)),
        "automaton": automaton(chain.from_iterable(known)),
    }


def telling_pairs(words: Iterable[str]) -> Iterator[str]:
    """Parts of characters side by side that are no words: a reason to look closer."""
    apart = (word for word in words if len(word) >= 2 and not _ways().keys().isdisjoint(word))
    for character in dict.fromkeys(chain.from_iterable(apart)):
        yield from _pairs(character)


class Splits:
    """Words as they look in parts.

    A word has as many looks as its characters have ways together: too many to be listed. What is
    looked for are characters; the words that they make are looked up by their first two.
    """

    def __init__(self, image: Image, words: Sequence[str]) -> None:
        """Of what `splits` made of `words`, by their numbers."""
        self._listed = words
        #: Sorted by the first two characters of the words.
        self._numbers = image.numbers("words")
        self._image = image

    @cached_property
    def _apart(self) -> Find:
        return finder(self._image.copied("automaton"))

    @cached_property
    def _many(self) -> dict[str, int]:
        """By character, how many looks it has."""
        return dict(zip(self._image.texts("characters"), self._image.numbers("looks"), strict=True))

    @cached_property
    def _ways(self) -> list[tuple[str, int]]:
        """By the number of a look: the character, and which of its ways it is."""
        return [(character, way) for character, many in self._many.items() for way in range(many)]

    @cached_property
    def _begun(self) -> dict[str, tuple[int, int]]:
        """By two characters, where the words that begin with them lie among the sorted ones."""
        pairs = [self._listed[number][:2] for number in self._numbers]
        begins = {pair: place for place, pair in reversed(list(enumerate(pairs)))}
        return {pair: (begins[pair], place) for place, pair in enumerate(pairs, 1)}

    @cached_property
    def _longest(self) -> int:
        """The characters of the longest word."""
        return max((len(self._listed[number]) for number in self._numbers), default=0)

    def look(self, text: str) -> Iterator[Sighting]:
        """The words that a text spells in parts."""
        if not len(self._numbers):
            return
        apart, starts, ends = taken_apart(text)
        places = list(starts)
        made: _Made = {}
        ways = self._ways
        #: Where characters begin that are made of parts of others, or of more than one.
        parted: list[int] = []
        for low, high, index in self._apart(apart):
            character, way = ways[index]
            made.setdefault(low, {}).setdefault(character, []).append((high, way))
            if ends.get(high, 0) - starts.get(low, len(text)) != 1:
                parted.append(low)
        if not parted:
            return
        parted.sort()
        longest = self._longest
        known = {character for begun in made.values() for character in begun}
        for low, start in starts.items():
            next_parted = bisect_left(parted, low)
            if next_parted == len(parted):
                break
            # Of a word that begins here every character before that one stands as it is.
            whole = bisect_right(places, parted[next_parted]) - 1 - start
            if whole >= longest:
                continue
            for word, cuts, high in self._words(low, made, whole, known):
                end = ends.get(high)
                if end is None or end - start <= len(word):
                    continue
                if _is_written_apart(text, start, end, word):
                    inside = [starts.get(cut, -1) for cut in cuts]
                    yield Sighting(
                        word, "split", start, end, tuple(inside) if min(inside) >= 0 else ()
                    )

    def _words(
        self, low: int, made: _Made, whole: int, known: set[str]
    ) -> Iterator[tuple[str, list[int], int]]:
        """The words that begin at a place, where their characters part, and where they end.

        Args:
            whole: so many characters from there on stand as they are; words of no more are passed over.
            known: all characters that are made anywhere in the text.
        """
        listed, numbers, begun = self._listed, self._numbers, self._begun
        for first, ways in made.get(low, {}).items():
            follow = {second: None for place, _ in ways for second in made.get(place, ())}
            for second in follow:
                begins, ends = begun.get(first + second, (0, 0))
                for word in map(listed.__getitem__, numbers[begins:ends]):
                    if len(word) <= whole or not known.issuperset(word):
                        continue
                    # Ways to the next character: where characters ended, and the way's number.
                    spelled: list[tuple[list[int], int]] = [([low], 0)]
                    for character in word:
                        many = self._many[character]
                        spelled = [
                            ([*places, high], number * many + way)
                            for places, number in spelled
                            for high, way in made.get(places[-1], {}).get(character, ())
                        ]
                        if not spelled:
                            break
                    for places, number in spelled:
                        if number < _MOST:
                            yield word, places[1:-1], places[-1]


def looks(character: str) -> list[str]:
    """A character in strokes, as it is and by each of its ways."""
    return list(dict.fromkeys([_apart(character), *map(_apart, _ways().get(character, ()))]))


def _pairs(character: str) -> Iterator[str]:
    for way in _ways().get(character, ()):
        if len(way) <= 3 and STROKES.isdisjoint(way) and not is_word(way):
            yield way


def _is_written_apart(text: str, start: int, end: int, word: str) -> bool:
    """Are the parts parts, and no words with each other or with their neighbours?"""
    parts = [place for place in range(start, end) if text[place] not in word]
    if not parts:
        # 火火 for 炎 has no other character; 口口 is no word.
        parts = list(range(start, end))
    if any(text[place] in STROKES for place in parts):
        return True
    if is_word(text[start - 1 : start + 1]) or is_word(text[end - 1 : end + 1]):
        return False
    return 2 * sum(not is_covered(text, place) for place in parts) >= len(parts)
