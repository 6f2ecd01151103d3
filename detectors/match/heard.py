"""Whether words that sound like a term are meant as the term, or are innocent."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from detectors.match.automaton import Match
from detectors.match.ordinary import FAMILIAR_WORDS, FREQUENT_CHARACTERS, is_rare, is_stray, is_word
from detectors.match.sighting import Form, Sighting
from detectors.match.sounds import spoken
from detectors.match.tables import PARTICLES

__all__ = ["heard_form", "is_innocent", "is_spelled_out"]

#: Letters and characters of a run that is all pinyin and no foreign word (“quanwangdiyi”).
_LONG_RUN = 8
#: Words, where they stand, of which the answer is kept: a host says the same all evening.
READINGS = 8_192
_FIGURES = dict(zip("零一二三四五六七八九", "0123456789", strict=True))


@cache
def _rivals() -> dict[str, list[str]]:
    """Familiar words by their sound."""
    rivals: dict[str, list[str]] = {}
    for word in sorted(FAMILIAR_WORDS):
        rivals.setdefault(spoken(word), []).append(word)
    return rivals


def is_innocent(said: str, term: str) -> bool:
    """Are two characters that sound like a term innocent whatever stands around them? One of those that
    are not the term's own is written too often to stand for another."""
    if len(term) != 2 or len(said) != 2:
        return False
    changed = [one for one, meant in zip(said, term, strict=True) if one != meant]
    return not any(one.isascii() for one in changed) and any(
        one in PARTICLES or one in FREQUENT_CHARACTERS for one in changed
    )


def heard_form(text: str, start: int, end: int, term: str) -> Form | None:
    """How words that sound like a term were written; ``None``: they are innocent."""
    said = text[start:end]
    if len(said) == len(term) and not said.isascii():
        return _written_form(
            text[start - 1 : start] if start else "", said, text[end : end + 1], term
        )
    if any(character.isdigit() for character in said):
        return None
    return _pinyin_form(text, start, end, said, term)


@lru_cache(maxsize=READINGS)
def _written_form(before: str, said: str, after: str, term: str) -> Form | None:
    """The form of a term of which characters are replaced one for one: only their neighbours decide."""
    text = before + said + after
    start, end = len(before), len(before) + len(said)
    changed = [index for index in range(len(term)) if said[index] != term[index]]
    if any(said[index].isascii() for index in changed):
        return _figure_form(text, start, said, term, changed)
    strays = innocent = 0
    for index in changed:
        place = start + index
        # Inside a longer word that is otherwise kept, a chance word means nothing (降雪压).
        kept = len(changed) == 1 and len(term) >= 3
        left = text[max(0, place - 1) : place + 1] if index == 0 or not kept else ""
        right = text[place : place + 2] if index == len(term) - 1 or not kept else ""
        innocent += said[index] in PARTICLES or is_word(left) or is_word(right)
        strays += is_stray(text, place)
    if innocent and (len(term) == 2 or strays <= innocent):
        return None
    if any(said[index] in FREQUENT_CHARACTERS for index in changed) and (
        len(term) == 2 or (not strays and len(changed) * 2 > len(term))
    ):
        return None  # “口令是要一样吗” sounds like 是药
    if len(changed) < len(term):
        return "sound"
    # Of a long word, in rare characters, or in ones that are no words here, that is no chance.
    if len(term) > 2 or all(is_rare(character) for character in said):
        return "sound"
    if _has_rival(text, start, end, spoken(said), term):
        return None
    return "sound" if strays else "echo"


def _has_rival(text: str, start: int, end: int, syllables: str, term: str) -> bool:
    """Does a familiar word sound so too, and go with its neighbours at least as well?"""
    if term in FAMILIAR_WORDS:
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return any(
        is_word(before + word[0]) + is_word(word[-1] + after)
        >= is_word(before + term[0]) + is_word(term[-1] + after)
        for word in _rivals().get(syllables, ())
    )


def _figure_form(text: str, start: int, said: str, term: str, changed: list[int]) -> Form | None:
    """A digit stands for its sound (“7血足”) only by itself, and beside a character."""
    if len(changed) > 1 or not said[changed[0]].isdigit():
        return None
    place = start + changed[0]
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    if any(other in ".0123456789" for other in around):
        return None
    if said[changed[0]] == _FIGURES.get(term[changed[0]]):
        return "numeral"
    return "sound"


def _pinyin_form(text: str, start: int, end: int, said: str, term: str) -> Form | None:
    """Pinyin must stand for itself, or in a long run of pinyin; the rest must be the term's own."""
    low, high = start, end
    while said[0].isascii() and low and text[low - 1].isascii() and text[low - 1].isalpha():
        low -= 1
    while (
        said[-1].isascii() and text[high : high + 1].isascii() and text[high : high + 1].isalpha()
    ):
        high += 1
    if (low, high) != (start, end) and high - low < _LONG_RUN:
        return None
    rest = [character for character in said if not character.isascii()]
    if not rest and len(term) == 2 and _has_rival(text, start, end, spoken(term), term):
        return None
    return "pinyin" if all(character in term for character in rest) else None


def is_spelled_out(
    heard: Sighting, text: str, plain: Iterable[Match], words: Iterable[Sighting]
) -> bool:
    """Do the characters that only sound right stand in a common word that is looked for, too?

    “治胃病” sounds like “治未病”, but 胃病 is what is written.
    """
    if heard.form != "sound" or heard.end - heard.start != len(heard.term):
        return False
    others = [
        place
        for place, sign in enumerate(heard.term, heard.start)
        if sign != text[place : place + 1]
    ]
    ranges = [
        *((start, end) for start, end, _ in plain if end - start == 2),
        *((one.start, one.end) for one in words if one.end - one.start == 2),
    ]
    return bool(others) and all(
        any(start <= place < end and is_word(text[start:end]) for start, end in ranges)
        for place in others
    )
