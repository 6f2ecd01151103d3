"""Words in look-alikes and pictures, of which any number of characters are exchanged.

The lexicon knows words of which one or two characters look otherwise. Of longer ones the
spellings are too many to be listed; where a text has a picture, or a rare character that is no
word where it stands, the words that may be meant are looked up character by character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from detectors.match.ordinary import FREQUENT_CHARACTERS, RARE, is_covered, is_han, is_stray
from detectors.match.sighting import Sighting
from detectors.match.tables import EMOJI, LOOKALIKES

__all__ = ["MASKS", "PICTURES", "UNUSUAL", "Confusions", "pictured"]


def _inverse(entries: str) -> dict[str, str]:
    meant: dict[str, str] = {}
    for entry in entries.split():
        for shown in entry[1:]:
            meant[shown] = meant.get(shown, "") + entry[0]
    return meant


_PICTURED = _inverse(EMOJI)
_MEANT = _inverse(LOOKALIKES)
PICTURES = frozenset(_PICTURED)
#: Written in the place of a character that is left for the reader to find.
MASKS = frozenset("*×○□■●某x?#_-")
#: What makes a text worth a closer look.
UNUSUAL = RARE | PICTURES
_MARKS = frozenset(",!?;:。、…\n<>《》")
#: Filling characters that may stand in a word, one after the other.
_MOST_FILLED = 4


def pictured() -> dict[str, str]:
    """By picture, the characters that it is written for."""
    return dict(_PICTURED)


#: A trie: characters lead to the next node, "" to the word that ends here.
_Node = dict[str, "dict[str, object] | str"]


class Confusions:
    """Words, found where characters of a text may stand for theirs."""

    def __init__(self, words: Iterable[str]) -> None:
        self._root: dict[str, object] = {}
        self._longest = 0
        for word in words:
            if len(word) < 2 or not is_han(word[0]):
                continue
            node = self._root
            for character in word:
                node = node.setdefault(character, {})  # type: ignore[assignment]
            node[""] = word
            self._longest = max(self._longest, len(word))

    def look(self, text: str) -> Iterator[Sighting]:
        """The words that a text may mean."""
        suspect = [
            place
            for place, character in enumerate(text)
            if character in _PICTURED or (character in RARE and is_stray(text, place))
        ]
        if not suspect:
            return
        done = -1
        for place in suspect:
            for start in range(max(done + 1, place - self._longest), place + 1):
                done = start
                yield from self._walk(text, start, frozenset(suspect))

    def _walk(self, text: str, start: int, suspect: frozenset[int]) -> Iterator[Sighting]:
        ways: list[tuple[dict[str, object], int, tuple[int, ...], int]] = [
            (self._root, start, (), 0)
        ]
        length = len(text)
        while ways:
            node, place, changed, filled = ways.pop()
            word = node.get("")
            if isinstance(word, str) and changed and _is_meant(text, word, changed, suspect):
                pictured = text[changed[0]] in _PICTURED
                yield Sighting(word, "picture" if pictured else "shape", start, place)
            if place >= length:
                continue
            character = text[place]
            following = node.get(character)
            if following is not None and character:
                ways.append((following, place + 1, changed, filled))  # type: ignore[arg-type]
            for other in _PICTURED.get(character, "") or _MEANT.get(character, ""):
                following = node.get(other)
                if following is not None:
                    ways.append((following, place + 1, (*changed, place), filled))  # type: ignore[arg-type]
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
