"""The spellings under which a word hides: what the lexicon looks for beside the word itself.

Only for words that a rule marks as worth hiding. Sounds, parts and pictures are not spelled out
here, they are read (`detectors.text.sounds`, `parts`, `confusion`).
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.text.ordinary import FREQUENT_CHARACTERS, is_word
from detectors.text.sighting import Form
from detectors.text.sounds import syllables
from detectors.text.tables import FREQUENT, LOOKALIKES, SYLLABLES

__all__ = ["disguises"]

_LOOKALIKES = {entry[0]: entry[1:] for entry in LOOKALIKES.split()}
#: So frequent that with a letter beside them they may be part of anything.
_EVERYWHERE = frozenset(FREQUENT[:90])
_INITIALS = {
    character: syllable[0]
    for syllable, _, characters in (entry.partition(":") for entry in SYLLABLES.split())
    for character in characters
}
#: Look-alikes of one character that are spelled out, and of both characters of a pair.
_MOST, _MOST_BOTH = 8, 6
#: Of longer words a part is mostly a word too.
_LONGEST = 6
#: From this length on, look-alikes are looked up (`detectors.text.confusion`): they are too many.
_SWAPPED = 4


def disguises(word: str) -> Iterator[tuple[str, Form]]:
    """Other spellings of a word of two characters and more, with how they were made."""
    length = len(word)
    if not 2 <= length <= _LONGEST or not any(
        "\u4e00" <= character <= "\u9fff" for character in word
    ):
        return
    if length < _SWAPPED:
        yield from _swapped(word)
    for index, character in enumerate(word):
        initial = _INITIALS.get(character)
        if (
            initial is not None
            and not syllables(word[:index] + initial)
            # Of a letter and a character that is everywhere, too many words are made (s下, c了).
            and (length > 2 or _EVERYWHERE.isdisjoint(word[:index] + word[index + 1 :]))
        ):
            yield word[:index] + initial + word[index + 1 :], "initial"
        if 0 < index < length - 1 and "\u4e00" <= character <= "\u9fff":
            # Said twice: 敏感感肌; at an end, the word itself still stands there.
            yield word[: index + 1] + word[index:], "doubled"
        if length == 3 and index == 1 and not word[0].isascii():
            # In the place of its neighbour: 敏敏肌.
            yield word[0] + word[0] + word[2], "doubled"
        if length > 2 and index > 0:
            yield word[:index] + "*" + word[index + 1 :], "masked"


def _swapped(word: str) -> Iterator[tuple[str, Form]]:
    for index, character in enumerate(word):
        for other in _LOOKALIKES.get(character, "")[:_MOST]:
            if other in FREQUENT_CHARACTERS:
                continue
            spelled = word[:index] + other + word[index + 1 :]
            if not _innocent(spelled, index):
                yield spelled, "shape"
    if len(word) == 2:
        for first in _LOOKALIKES.get(word[0], "")[:_MOST_BOTH]:
            for second in _LOOKALIKES.get(word[1], "")[:_MOST_BOTH]:
                if not is_word(first + second):
                    yield first + second, "shape"


def _innocent(spelled: str, index: int) -> bool:
    """Does the exchanged character make a word with a neighbour inside?"""
    return is_word(spelled[max(0, index - 1) : index + 1]) or is_word(spelled[index : index + 2])
