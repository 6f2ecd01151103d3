"""Expressions that are asked only where a text holds the words that any match of theirs must hold.

A long expression of many alternatives is dear, and hardly ever matches. From how it is made we
derive words of which each match holds at least one (`needed`). While rules are asked about a text,
the words of all expressions are looked for in it at one go (Aho and Corasick 1975), once, however
many are asked. Where one of its words stands, so must all else that the alternative needs to which
it belongs (“喝” and a number and a measure), or the expression need not be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.match.needed import NOTHING, AnyOf, Need, need_of, needed, rarest

__all__ = ["Sought", "hold", "needed_words", "standing"]

#: What is needed, in bits, one a set of words: those of which all are, and what else is, each any
#: of some.
_Bits = tuple[int, tuple[tuple["_Bits", ...], ...]]


class _Words:
    """The words that one expression needs."""

    def __init__(self, need: Need) -> None:
        self._need = need
        self._rarest = rarest(need)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        # Leftmost, one at a time: it only matters whether there is any.
        return AhoCorasick(sorted(self._rarest or ()), matchkind=MatchKind.LeftmostFirst)

    @cached_property
    def _all(self) -> tuple[AhoCorasick, list[int], _Bits] | None:
        """All words, the sets to which each belongs, and what is needed; ``None``: no more is known."""
        if isinstance(self._need, frozenset) or self._need == NOTHING:
            return None
        bits: dict[frozenset[str], int] = {}
        need = _in_bits(self._need, bits)
        belongs: dict[str, int] = {}
        for words, bit in bits.items():
            for word in words:
                belongs[word] = belongs.get(word, 0) | bit
        automaton = AhoCorasick(list(belongs), matchkind=MatchKind.Standard)
        return automaton, list(belongs.values()), need

    def one_stands_in(self, text: str) -> bool:
        """Does any of the rarest?"""
        return self._rarest is None or bool(self._automaton.find_matches_as_indexes(text))

    def all_stand_in(self, text: str) -> bool:
        """Does all that is needed?"""
        known = self._all
        if known is None:
            return True
        automaton, belongs, need = known
        found = 0
        for index, _, _ in automaton.find_matches_as_indexes(text, overlapping=True):
            found |= belongs[index]
        return _is_met(need, found)


class _Tables(NamedTuple):
    """The words of several expressions."""

    size: int
    """Of so many."""
    words: dict[str, int]
    """Each, and the expressions that need it, as bits."""
    automaton: AhoCorasick
    belongs: list[int]
    """Those, by the number of a word."""
    always: int
    """Those that need none."""


class _Every:
    """The words of all expressions that are sought, and the text that is read at present."""

    def __init__(self) -> None:
        #: A bit for each expression.
        self._bits: dict[re.Pattern[str], int] = {}
        self._tables: _Tables | None = None
        #: The text, and the expressions of which a word stands in it, once anybody asked.
        self.held: tuple[str, int | None] = ("", 0)

    def bit_of(self, pattern: re.Pattern[str]) -> int:
        """The bit of an expression; a new one counts from the next look on."""
        return self._bits.setdefault(pattern, 1 << len(self._bits))

    def look(self, text: str) -> int:
        """The expressions of which a word stands in a text, as bits."""
        _, _, automaton, belongs, found = self.tables
        for index, _, _ in automaton.find_matches_as_indexes(text, overlapping=True):
            found |= belongs[index]
        return found

    @property
    def tables(self) -> _Tables:
        """The words of all expressions known by now."""
        tables = self._tables
        return tables if tables is not None and tables.size == len(self._bits) else self.make()

    def make(self) -> _Tables:
        """Derives them."""
        always = 0
        belongs: dict[str, int] = {}
        bits = dict(self._bits)
        for pattern, bit in bits.items():
            words = needed(pattern)
            if words is None:
                always |= bit
            for word in words or ():
                belongs[word] = belongs.get(word, 0) | bit
        automaton = AhoCorasick(list(belongs), matchkind=MatchKind.Standard)
        self._tables = _Tables(len(bits), belongs, automaton, list(belongs.values()), always)
        return self._tables


_EVERY = _Every()


class Sought:
    """An expression with the words that it needs. It is asked as an expression is."""

    __slots__ = ("_answered", "_words", "bit", "pattern")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.bit = _EVERY.bit_of(pattern)
        """Its place among those of `standing`."""
        self._words: _Words | None = None
        #: The last text of which more was asked than its words, and the answer: whoever asks
        #: whether it is worth it, asks again.
        self._answered: tuple[str, bool] = ("", False)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match."""
        return self.pattern.search(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches."""
        return self.pattern.finditer(text) if self.may_match(text) else iter(())

    def may_match(self, text: str) -> bool:
        """Is it worth asking?"""
        held, found = _EVERY.held
        is_held = held is text
        if is_held:
            if found is None:
                found = standing(text)
            if not found & self.bit:
                return False
        last, answer = self._answered
        if last is text:
            return answer
        words = self._words
        if words is None:
            # Derived when it is first asked: most expressions never are.
            words = self._words = _Words(need_of(self.pattern))
        answer = (is_held or words.one_stands_in(text)) and words.all_stand_in(text)
        self._answered = text, answer
        return answer


def hold(text: str, found: int | None = None) -> None:
    """The text that is read from now on: what is looked for in it, is looked for once.

    Args:
        found: what `standing` said of it before.
    """
    if _EVERY.held[0] is not text:
        _EVERY.held = text, found


def standing(text: str) -> int:
    """The expressions of which a needed word stands in a text, by their bits."""
    held, found = _EVERY.held
    if held is not text:
        return _EVERY.look(text)
    if found is None:
        found = _EVERY.look(text)
        _EVERY.held = text, found
    return found


def needed_words() -> tuple[dict[str, int], int]:
    """The words of all expressions known by now, with those that need each, as bits; and those that need none."""
    return _EVERY.tables.words, _EVERY.tables.always


def _is_met(need: _Bits, found: int) -> bool:
    every, others = need
    if every & found != every:
        return False
    for ways in others:
        for way in ways:
            if _is_met(way, found):
                break
        else:
            return False
    return True


def _in_bits(need: Need, bits: dict[frozenset[str], int]) -> _Bits:
    """A need in bits, of which new ones are added for new sets of words."""
    if isinstance(need, frozenset):
        return bits.setdefault(need, 1 << len(bits)), ()
    if isinstance(need, AnyOf):
        return 0, (tuple(_in_bits(way, bits) for way in need.of),)
    parts = [_in_bits(part, bits) for part in need.of]
    every = 0
    for bit, _ in parts:
        every |= bit
    return every, tuple(ways for _, others in parts for ways in others)
