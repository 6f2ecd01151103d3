"""Whole words in parts or in pictures, read as the characters that they stand for.

The lexicon knows single characters in disguise; of a word of which two and more are split
(“火火疒正”) or drawn, the spellings are too many to be listed, so the text is read instead. Only
texts with strokes or pictures that ordinary text does not have are read a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from detectors.text.disguise import PICTURED, SPLIT, Form

__all__ = ["Respelled", "respelled"]

#: Readings of the pictures of one text; more would be guessing.
_MOST = 48


class Respelled(Struct, frozen=True):
    """A text as it may be meant, with where each character stood in the original."""

    text: str
    form: Form
    read: list[bool]
    """Which characters were read, and did not stand there."""
    starts: list[int]
    ends: list[int]
    least: int
    """Characters of a word that must have been read: what fewer make, the lexicon knows."""


def _is_part(character: str) -> bool:
    """Is it a stroke or a part that is no word: in no place of GB 2312's first level?"""
    code = character.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


_STROKES = frozenset(character for parts in SPLIT for character in parts if _is_part(character))
#: Most texts have none of these, and one look tells.
_UNUSUAL = _STROKES | frozenset(PICTURED)
_PARTS = list(SPLIT)
_SPLITS = AhoCorasick(_PARTS, matchkind=MatchKind.LeftmostLongest)


def respelled(text: str) -> Iterator[Respelled]:
    """Other readings of a folded text; none for ordinary text."""
    if _UNUSUAL.isdisjoint(text):
        return
    if not _STROKES.isdisjoint(text):
        yield _joined(text)
    places = [place for place, character in enumerate(text) if character in PICTURED]
    if len(places) >= 2:
        yield from _drawn(text, places)


def _joined(text: str) -> Respelled:
    pieces: list[str] = []
    read: list[bool] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for index, start, end in _SPLITS.find_matches_as_indexes(text):
        pieces.append(text[done:start])
        read.extend([False] * (start - done))
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        pieces.append(SPLIT[_PARTS[index]])
        read.append(True)
        starts.append(start)
        ends.append(end)
        done = end
    pieces.append(text[done:])
    read.extend([False] * (len(text) - done))
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return Respelled("".join(pieces), "split", read, starts, ends, 1)


def _drawn(text: str, places: list[int]) -> Iterator[Respelled]:
    starts = list(range(len(text)))
    ends = [place + 1 for place in starts]
    read = [place in places for place in starts]
    for characters in islice(product(*(PICTURED[text[place]] for place in places)), _MOST):
        letters = list(text)
        for place, character in zip(places, characters, strict=True):
            letters[place] = character
        yield Respelled("".join(letters), "picture", read, starts, ends, 2)
