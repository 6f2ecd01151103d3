"""Words pulled apart: by symbols, by clause marks, letter by letter.

Each function gives the text without what stands between, and the place in the given text of each
character that is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import pairwise

from detectors.match import expression as re
from detectors.match.ordinary import is_stray, is_word

__all__ = [
    "cuts_of",
    "fillings",
    "has_letters_apart",
    "is_between_words",
    "is_cut_inside",
    "joined",
    "letters_joined",
    "sewn",
    "single_cuts",
]

_HAN = "\u3400-\u9fff"
#: What may stand between the characters of one word; clause marks may not.
_FILLING = "[^" + _HAN + r"a-z0-9,!?;:。、…\n<>《》\ue000-\uf8ff]{1,6}"
#: Any character of a filling: most texts have none, and need not be searched for joints.
_MARK = re.compile(_FILLING[: _FILLING.index("{")])
_JOINT = re.compile(
    f"(?<=[{_HAN}]){_FILLING}(?=[{_HAN}a-z0-9])|(?<=[a-z0-9])(?!%){_FILLING}(?=[{_HAN}])"
)
#: A clause mark.
_CUT = re.compile("[,!?;:。、….] ?")
#: Characters one by one between clause marks, three at least.
_ONE_BY_ONE = re.compile(
    f"(?<=[{_HAN}])[,;:。、….] ?(?:[{_HAN}a-z0-9]{{1,2}}[,;:。、….] ?)+(?=[{_HAN}a-z0-9])"
)
#: Symbols that are read as words.
_MEANING = frozenset("+➕%=&@")
_LETTERS_APART = re.compile(
    f"(?<![a-z])[a-z](?:[^{_HAN}a-z0-9,!?;:。、…\\n]{{1,2}}[a-z](?![a-z]))+"
)

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


def joined(text: str, kept: Set[str] = frozenset()) -> tuple[str, list[int]] | None:
    """Without symbols between characters, but with those of `kept`; ``None``: there are none."""
    if _MARK.search(text) is None or _JOINT.search(text) is None:
        return None
    return _without(text, _JOINT, kept)


def _without(text: str, between: re.Pattern[str], kept: Set[str]) -> tuple[str, list[int]]:
    """A text of which the matches of an expression keep only some characters, and their places."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in between.finditer(text):
        start, end = match.span()
        pieces.append(text[done:start])
        places.extend(range(done, start))
        for index in range(start, end):
            if text[index] in kept:
                pieces.append(text[index])
                places.append(index)
        done = end
    pieces.append(text[done:])
    places.extend(range(done, len(text)))
    return "".join(pieces), places


def fillings(text: str) -> Iterator[tuple[int, int]]:
    """Where symbols, more than blanks, stand between the characters of a text."""
    for match in _JOINT.finditer(text):
        symbols = match.group().strip()
        if symbols and _MEANING.isdisjoint(symbols):
            yield match.span()


def single_cuts(text: str) -> Iterator[tuple[int, int]]:
    """The clause marks between characters that stand one by one: “三、十,年”."""
    for match in _ONE_BY_ONE.finditer(text):
        for mark in _CUT.finditer(text, match.start(), match.end()):
            yield mark.span()


def sewn(text: str, inside: Set[str]) -> tuple[str, list[int]] | None:
    """Without clause marks between two characters that stand side by side in a word.

    `inside` holds the pairs of characters of the words in question.
    """
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _CUT.finditer(text):
        start, end = match.span()
        if text[start - 1 : start] + text[end : end + 1] in inside:
            pieces.append(text[done:start])
            places.extend(range(done, start))
            done = end
    if not done:
        return None
    pieces.append(text[done:])
    places.extend(range(done, len(text)))
    return "".join(pieces), places


def is_cut_inside(text: str, places: list[int]) -> bool:
    """Do the clause marks between these characters of a text part what is one word?

    Not where a clause may end: “价格下降，压力也小” has no 降压.
    """
    cuts = cuts_of(places)
    if any(after - before == 1 for before, after in pairwise(cuts)):
        # A character by itself between two marks.
        return True
    if is_between_words(text, places):
        return False
    for index in cuts:
        left, right = places[index - 1], places[index]
        if not (is_stray(text, left) or is_stray(text, right)):
            return False
    return bool(cuts)


def cuts_of(places: list[int]) -> list[int]:
    """Which of these characters stand after a clause mark, by their index."""
    return [index for index in range(1, len(places)) if places[index] - places[index - 1] > 1]


def is_between_words(text: str, places: list[int]) -> bool:
    """Does a clause end there, with a word before the mark or after it?"""
    return any(
        is_word(text[max(0, places[index - 1] - 1) : places[index - 1] + 1])
        or is_word(text[places[index] : places[index] + 2])
        for index in cuts_of(places)
    )


def has_letters_apart(text: str) -> bool:
    """Are there Latin letters one by one?"""
    return _LETTERS_APART.search(text) is not None


def letters_joined(text: str) -> tuple[str, list[int]]:
    """Without what stands between letters that are written one by one: “z h i”."""
    return _without(text, _LETTERS_APART, _LETTERS)
