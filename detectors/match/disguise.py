"""The spellings under which a word hides: what the lexicon looks for beside the word itself.

Only for words that a rule marks as worth hiding. Sounds, parts and pictures are not spelled out
here, they are read (`detectors.match.sounds`, `parts`, `confusion`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from detectors.match.ordinary import FREQUENT_CHARACTERS, is_han, is_word
from detectors.match.sighting import Form
from detectors.match.sounds import PINYIN, syllables
from detectors.match.tables import FREQUENT, LOOKALIKES

__all__ = ["disguises", "is_whole"]

#: So frequent that with a letter beside them they may be part of anything.
_EVERYWHERE = frozenset(FREQUENT[:90])
#: Look-alikes of one character that are spelled out, and of both characters of a pair.
_MOST, _MOST_BOTH = 8, 6
#: Of longer words a part is mostly a word too.
_LONGEST = 6
#: From this length on, look-alikes are looked up (`detectors.match.confusion`): they are too many.
_SWAPPED = 4


@cache
def _lookalikes() -> dict[str, str]:
    return {entry[0]: entry[1:] for entry in LOOKALIKES.split()}


def disguises(word: str) -> Iterator[tuple[str, Form]]:
    """Other spellings of a word of two characters and more, with how they were made."""
    length = len(word)
    if not 2 <= length <= _LONGEST or word.isascii():
        return
    chinese = [is_han(character) for character in word]
    if not any(chinese):
        return
    if length < _SWAPPED:
        for spelled in _swapped(word):
            yield spelled, "shape"
    for index, character in enumerate(word):
        before, after = word[:index], word[index + 1 :]
        initial = PINYIN.get(character, "")[:1]
        if (
            initial
            and not (before.isascii() and syllables(before + initial))
            # Of a letter and a character that is everywhere, too many words are made (s下, c了).
            and (length > 2 or (before or after) not in _EVERYWHERE)
        ):
            yield before + initial + after, "initial"
        if 0 < index < length - 1 and chinese[index]:
            # Said twice: 敏感感肌; at an end, the word itself still stands there.
            yield before + character + character + after, "doubled"
        if length == 3 and index == 1 and not word[0].isascii():
            # In the place of its neighbour: 敏敏肌.
            yield before + before + after, "doubled"
        if length > 2 and index > 0:
            yield before + "*" + after, "masked"


def _swapped(word: str) -> Iterator[str]:
    for index, character in enumerate(word):
        before, after = word[:index], word[index + 1 :]
        for other in _rarely(character):
            # The exchanged character makes no word with a neighbour inside.
            if not (
                (before and is_word(before[-1] + other)) or (after and is_word(other + after[0]))
            ):
                yield before + other + after
    if len(word) == 2:
        seconds = _lookalikes().get(word[1], "")[:_MOST_BOTH]
        for first in _lookalikes().get(word[0], "")[:_MOST_BOTH]:
            for second in seconds:
                if not is_word(first + second):
                    yield first + second


@cache
def _rarely(character: str) -> str:
    """The look-alikes of a character that are not frequent themselves."""
    return "".join(
        other
        for other in _lookalikes().get(character, "")[:_MOST]
        if other not in FREQUENT_CHARACTERS
    )


def is_whole(text: str, start: int, end: int, form: Form) -> bool:
    """Is a disguise what it seems, and not a piece of innocent words?"""
    if form == "initial":
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (
            (text[start].isascii() and before.isascii() and before.isalnum())
            or (text[end - 1].isascii() and after.isascii() and after.isalnum())
        )
    return not is_word(text[start - 1 : start + 1]) and not is_word(text[end - 1 : end + 1])
