"""Words in look-alikes and pictures, of which any number of characters are exchanged.

The lexicon knows words of which one or two characters look otherwise. Of longer ones the
spellings are too many to be listed; where a text has a picture, or a rare character that is no
word where it stands, the words that may be meant are looked up character by character.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from detectors.match.image import Image, Sections, numbers
from detectors.match.ordinary import FREQUENT_CHARACTERS, RARE, is_covered, is_han, is_stray
from detectors.match.sighting import Near, Sighting, is_near
from detectors.match.tables import EMOJI, LOOKALIKES

__all__ = ["PICTURES", "Confusions", "confusions", "pictured"]


def _inverse(entries: str) -> dict[str, str]:
    meant: dict[str, str] = {}
    for entry in entries.split():
        for shown in entry[1:]:
            meant[shown] = meant.get(shown, "") + entry[0]
    return meant


_PICTURED = _inverse(EMOJI)
_MEANT = _inverse(LOOKALIKES)
PICTURES = frozenset(_PICTURED)
_MARKS = frozenset(",!?;:。、…\n<>《》")
#: Filling characters that may stand in a word, one after the other.
_MOST_FILLED = 4


def pictured() -> dict[str, str]:
    """By picture, the characters that it is written for."""
    return dict(_PICTURED)


class _Node:
    """A node while the trie is made."""

    __slots__ = ("ending", "following")

    def __init__(self) -> None:
        self.ending = 0
        """The number of the word that ends here and one more; 0: none."""
        self.following: dict[int, _Node] = {}
        """By character."""


def confusions(words: Iterable[tuple[int, str]]) -> Sections:
    """The trie of some words, each with its number: nodes by their depth, children in order.

    Node 0 is the root; edge `e` leads to node `e + 1`, those of node `n` are `first[n]` to
    `first[n + 1]`, sorted by their characters.
    """
    root = _Node()
    longest = 0
    for number, word in words:
        if len(word) < 2 or not is_han(word[0]):
            continue
        node = root
        for character in word:
            node = node.following.setdefault(ord(character), _Node())
        node.ending = number + 1
        longest = max(longest, len(word))
    characters: list[int] = []
    first: list[int] = []
    ending: list[int] = []
    nodes = [root]
    for node in nodes:  # grows meanwhile
        first.append(len(characters))
        ending.append(node.ending)
        for code in sorted(node.following):
            characters.append(code)
            nodes.append(node.following[code])
    first.append(len(characters))
    return {
        "characters": numbers(characters),
        "first": numbers(first),
        "ending": numbers(ending),
        "longest": numbers([longest]),
    }


class Confusions:
    """Words, found where characters of a text may stand for theirs."""

    def __init__(self, image: Image, words: Sequence[str]) -> None:
        """Of what `confusions` made of `words`, by their numbers."""
        self._words = words
        self._characters = image.numbers("characters")
        self._first = image.numbers("first")
        #: As of `_Node`, by the number of a node.
        self._ending = image.numbers("ending")
        self._longest = image.numbers("longest")[0]

    def _next(self, node: int, character: str) -> int:
        """The node that a character leads to; 0: none."""
        code, last = ord(character), self._first[node + 1]
        edge = bisect_left(self._characters, code, self._first[node], last)
        return edge + 1 if edge < last and self._characters[edge] == code else 0

    def look(self, text: str, near: Near = None) -> Iterator[Sighting]:
        """The words that a text may mean.

        Args:
            near: the half-open range in which a character stands that means another; ``None``: any.
        """
        unusual = PICTURES.intersection(text).union(RARE.findall(text))
        suspect = [
            place
            for place, character in enumerate(text)
            if character in unusual and (character in _PICTURED or is_stray(text, place))
        ]
        done = -1
        for place in suspect:
            if not is_near(place, place + 1, near):
                continue
            for start in range(max(done + 1, place - self._longest), place + 1):
                done = start
                yield from self._walk(text, start, frozenset(suspect))

    def _walk(self, text: str, start: int, suspect: frozenset[int]) -> Iterator[Sighting]:
        ways: list[tuple[int, int, tuple[int, ...], int]] = [(0, start, (), 0)]
        length = len(text)
        while ways:
            node, place, changed, filled = ways.pop()
            ending = self._ending[node]
            if ending and changed:
                word = self._words[ending - 1]
                if _is_meant(text, word, changed, suspect):
                    pictured = text[changed[0]] in _PICTURED
                    yield Sighting(word, "picture" if pictured else "shape", start, place)
            if place >= length:
                continue
            character = text[place]
            following = self._next(node, character)
            if following:
                ways.append((following, place + 1, changed, filled))
            for other in _PICTURED.get(character, "") or _MEANT.get(character, ""):
                following = self._next(node, other)
                if following:
                    ways.append((following, place + 1, (*changed, place), filled))
            if (
                place > start
                and filled < _MOST_FILLED
                and not character.isalnum()
                and character not in _MARKS
            ):
                ways.append((node, place + 1, changed, filled + 1))


def _is_meant(text: str, word: str, changed: Sequence[int], suspect: frozenset[int]) -> bool:
    """Are the characters that were exchanged no words where they stand?"""
    if suspect.isdisjoint(changed):
        return False
    return not any(
        place not in suspect and (is_covered(text, place) or text[place] in FREQUENT_CHARACTERS)
        for place in changed
    )
