"""Expressions that are asked only where a text holds the words that any match of theirs must hold.

A long expression of many alternatives is dear, and hardly ever matches. From how it is made we
derive words of which each match holds at least one; all of them are looked for at one go (Aho and
Corasick 1975), and where none stands the expression need not be asked. Where one stands, so must
all else that the alternative needs to which it belongs (“喝” and a number and a measure).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from detectors.text.tables import COMMON

__all__ = ["Sought", "may_match", "needed"]

#: Words that are put together from the alternatives of an expression, at one place of it.
_MOST = 2_500
#: Characters of a word; longer ones are no rarer.
_LONGEST = 4
#: The share of texts with a character, by its rank in the language: about as Zipf has it.
_SHARE = {character: 1.5 / (rank + 8) for rank, character in enumerate(COMMON)}
_RARE = 0.002

#: Words of which one must stand; ``None``: nothing is known that must.
Needed = frozenset[str] | None


class _All(Struct, frozen=True):
    """What an expression needs one after the other."""

    of: tuple[_Need, ...]


class _Any(Struct, frozen=True):
    """What its alternatives need."""

    of: tuple[_Need, ...]


#: What must stand in a text: one of some words, or all of several needs, or any of them; nothing
#: is known that must: `_NOTHING`.
_Need = frozenset[str] | _All | _Any
_NOTHING = _All(())

#: The same in bits, one a set of words: those of which all are needed, and what else is, each any
#: of some.
_Bits = tuple[int, tuple[tuple["_Bits", ...], ...]]


class Sought:
    """An expression with the words that it needs. It is asked as an expression is.

    The words are derived when it is first asked: most expressions never are.
    """

    __slots__ = ("_answered", "_words", "pattern")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self._words: _Words | None = None
        #: The last text and the answer: whoever asks whether it is worth it, asks again.
        self._answered: tuple[str, bool] = ("", False)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match."""
        return self.pattern.search(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches."""
        return self.pattern.finditer(text) if self.may_match(text) else iter(())

    def may_match(self, text: str) -> bool:
        """Is it worth asking?"""
        last, answer = self._answered
        if last is text:
            return answer
        words = self._words
        if words is None:
            words = self._words = _words_of((self.pattern,))
        answer = words.stand_in(text)
        self._answered = text, answer
        return answer


class _Words:
    """Words of which one must stand in a text, and what must stand beside it."""

    def __init__(self, needed: Needed, needs: Iterable[_Need] = ()) -> None:
        self._needed = needed
        self._need = _any(needs)

    @cached_property
    def _automaton(self) -> AhoCorasick | None:
        # Leftmost, one at a time: it only matters whether there is any.
        return AhoCorasick(sorted(self._needed or ()), matchkind=MatchKind.LeftmostFirst)

    @cached_property
    def _all(self) -> tuple[AhoCorasick, list[int], _Bits] | None:
        """All words, the sets to which each belongs, and what is needed; ``None``: no more is known."""
        if isinstance(self._need, frozenset) or self._need == _NOTHING:
            return None
        bits: dict[frozenset[str], int] = {}
        need = _in_bits(self._need, bits)
        belongs: dict[str, int] = {}
        for words, bit in bits.items():
            for word in words:
                belongs[word] = belongs.get(word, 0) | bit
        automaton = AhoCorasick(list(belongs), matchkind=MatchKind.Standard)
        return automaton, list(belongs.values()), need

    def stand_in(self, text: str) -> bool:
        if self._needed is None:
            return True
        automaton = self._automaton
        if automaton is None or not automaton.find_matches_as_indexes(text):
            return False
        known = self._all
        if known is None:
            return True
        every, belongs, need = known
        found = 0
        for index, _, _ in every.find_matches_as_indexes(text, overlapping=True):
            found |= belongs[index]
        return _is_met(need, found)


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


def _in_bits(need: _Need, bits: dict[frozenset[str], int]) -> _Bits:
    """A need in bits, of which new ones are added for new sets of words."""
    if isinstance(need, frozenset):
        return bits.setdefault(need, 1 << len(bits)), ()
    if isinstance(need, _Any):
        return 0, (tuple(_in_bits(way, bits) for way in need.of),)
    parts = [_in_bits(part, bits) for part in need.of]
    every = 0
    for bit, _ in parts:
        every |= bit
    return every, tuple(ways for _, others in parts for ways in others)


def may_match(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    """Is any of these expressions worth asking about a text?"""
    return _words_of(tuple(patterns)).stand_in(text)


@lru_cache(maxsize=1_000)
def _words_of(patterns: tuple[re.Pattern[str], ...]) -> _Words:
    found: set[str] = set()
    needs = []
    for pattern in patterns:
        words = needed(pattern)
        if words is None:
            return _Words(None)
        found |= words
        needs.append(_need_of(_parser.parse(pattern.pattern, pattern.flags)))
    return _Words(_shortest(found), needs)


def _shortest(words: Iterable[str]) -> frozenset[str]:
    """Words without those that hold another: they say nothing more."""
    found = frozenset(words)
    return frozenset(
        word
        for word in found
        if not any(
            word[low:high] in found
            for low in range(len(word))
            for high in range(low + 1, len(word) + 1)
            if high - low < len(word)
        )
    )


@lru_cache(maxsize=1_000)
def needed(pattern: re.Pattern[str]) -> Needed:
    """Words of which any match of an expression holds at least one; ``None``: there are none such.

    >>> sorted(needed(re.compile("(?:稳|保)赚.{0,4}(?:万|千)|只涨不跌"))), needed(re.compile("a?.*"))
    (['保赚', '只涨不跌', '稳赚'], None)
    """
    if pattern.flags & (re.IGNORECASE | re.VERBOSE):
        return None
    found = _of_sequence(_parser.parse(pattern.pattern, pattern.flags))
    return None if found is None else frozenset(found)


def _of_sequence(items: Sequence[Any]) -> set[str] | None:
    """The rarest set of words of which one must stand where a sequence matches."""
    best: set[str] | None = None
    run: set[str] = {""}
    for operator, given in items:
        if operator in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
            continue
        exact = _exactly(operator, given)
        if exact is not None:
            if len(run) * len(exact) <= _MOST:
                run = {(one + two)[: 2 * _LONGEST] for one in run for two in exact}
                if any(len(one) == 2 * _LONGEST for one in run):
                    # What follows may stand a little farther off: a new run begins.
                    best, run = _rarer(best, run), {""}
                continue
            best, run = _rarer(best, run), exact
            continue
        best = _rarer(best, run)
        run = {""}
        best = _rarer(best, _within(operator, given))
    return _rarer(best, run)


def _need_of(items: Sequence[Any]) -> _Need:
    """What must stand where a sequence matches."""
    needs: list[_Need] = []
    run: set[str] = {""}
    for operator, given in items:
        if operator in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
            continue
        exact = _exactly(operator, given)
        if exact is not None and len(run) * len(exact) <= _MOST:
            run = {(one + two)[: 2 * _LONGEST] for one in run for two in exact}
            if not any(len(one) == 2 * _LONGEST for one in run):
                continue
            exact = {""}
        needs.append(_one_of(run))
        run = {""} if exact is None else exact
        if exact is None:
            needs.append(_need_within(operator, given))
    return _all((*needs, _one_of(run)))


def _need_within(operator: Any, given: Any) -> _Need:
    """The same of an item of a sequence."""
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = given
        return _NOTHING if added or removed else _need_of(inner)
    if operator is sre.BRANCH:
        return _any(map(_need_of, given[1]))
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and given[0] > 0:
        return _need_of(given[2])
    return _NOTHING


def _one_of(words: set[str]) -> _Need:
    """One of some words; of the empty word there is one everywhere."""
    return _NOTHING if "" in words else _shortest(word[:_LONGEST] for word in words)


def _all(needs: Iterable[_Need]) -> _Need:
    parts: dict[_Need, None] = {}
    for need in needs:
        parts.update(dict.fromkeys(need.of if isinstance(need, _All) else (need,)))
    return next(iter(parts)) if len(parts) == 1 else _All(tuple(parts))


def _any(needs: Iterable[_Need]) -> _Need:
    """Sets of words of which any will do are one set."""
    words: set[str] = set()
    ways: dict[_Need, None] = {}
    for need in needs:
        if need == _NOTHING:
            return _NOTHING
        for way in need.of if isinstance(need, _Any) else (need,):
            if isinstance(way, frozenset):
                words |= way
            else:
                ways[way] = None
    found: tuple[_Need, ...] = (*([_shortest(words)] if words else []), *ways)
    return found[0] if len(found) == 1 else _Any(found)


def _exactly(operator: Any, given: Any) -> set[str] | None:
    """All texts that an item matches, if they are few; ``None``: they are not."""
    if operator is sre.LITERAL:
        return {chr(given)}
    if operator is sre.IN:
        found: set[str] = set()
        for kind, value in given:
            if kind is sre.LITERAL:
                found.add(chr(value))
            elif kind is sre.RANGE and value[1] - value[0] < 40:
                found |= {chr(code) for code in range(value[0], value[1] + 1)}
            elif kind is sre.CATEGORY and value is sre.CATEGORY_DIGIT:
                # Those that folded texts have.
                found |= set("0123456789")
            else:
                return None
        return found if len(found) <= _MOST else None
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = given
        return None if added or removed else _all_of(inner)
    if operator is sre.BRANCH:
        every: set[str] = set()
        for branch in given[1]:
            one = _all_of(branch)
            if one is None:
                return None
            every |= one
        return every if len(every) <= _MOST else None
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        low, high, inner = given
        if high == 1 or low == high <= 3:
            one = _all_of(inner)
            if one is None:
                return None
            if low == 0:
                return {"", *one}
            every = {""}
            for _ in range(low):
                every = {before + after for before in every for after in one}
                if len(every) > _MOST:
                    return None
            return every
    return None


def _all_of(items: Sequence[Any]) -> set[str] | None:
    every = {""}
    for operator, given in items:
        if operator in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
            continue
        one = _exactly(operator, given)
        if one is None or len(every) * len(one) > _MOST:
            return None
        every = {before + after for before in every for after in one}
    return every


def _within(operator: Any, given: Any) -> set[str] | None:
    """Words of which one must stand where an item matches."""
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = given
        return None if added or removed else _of_sequence(inner)
    if operator is sre.BRANCH:
        every: set[str] = set()
        for branch in given[1]:
            one = _of_sequence(branch)
            if one is None:
                return None
            every |= one
        return every
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and given[0] > 0:
        return _of_sequence(given[2])
    return None


def _rarer(one: set[str] | None, two: set[str] | None) -> set[str] | None:
    """Of two sets, the one that is met with less often; one with the empty word says nothing."""
    if two is None or "" in two:
        return one
    two = {word[:_LONGEST] for word in two}
    return two if one is None or _met(two) < _met(one) else one


def _met(words: Iterable[str]) -> float:
    """About how often any of some words is met with."""
    total = 0.0
    for word in words:
        share = 1.0
        for character in word:
            share *= _SHARE.get(character, _RARE) / 4
        total += share
    return total
