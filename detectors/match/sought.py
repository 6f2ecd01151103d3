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

import msgspec
from msgspec import Struct

from detectors.match import expression
from detectors.match.automaton import Which, automaton, finder, which
from detectors.match.expression import Expression
from detectors.match.image import Image, Sections, numbers
from detectors.match.needed import NOTHING, AnyOf, Need, need_of, needed

__all__ = ["NeededWords", "Sought", "hold", "needed_words", "standing"]

#: What is needed, in bits, one a set of words: those of which all are, and what else is, each any
#: of some.
_Bits = tuple[int, tuple[tuple["_Bits", ...], ...]]


class _Words:
    """The words that one expression needs; what they are found with is made when it is asked for.

    What they were derived from does not stay: the words themselves take more than what finds them.
    """

    def __init__(self, pattern: Expression) -> None:
        self._pattern = pattern

    @cached_property
    def _one(self) -> Which | None:
        """Finds the rarest; ``None``: there are none."""
        words = needed(self._pattern)
        return None if words is None else which(sorted(words))

    @cached_property
    def _all(self) -> tuple[Which, list[int], _Bits] | None:
        """All words, the sets to which each belongs, and what is needed; ``None``: no more is known."""
        known = need_of(self._pattern)
        if isinstance(known, frozenset) or known == NOTHING:
            return None
        bits: dict[frozenset[str], int] = {}
        need = _in_bits(known, bits)
        belongs: dict[str, int] = {}
        for words, bit in bits.items():
            for word in words:
                belongs[word] = belongs.get(word, 0) | bit
        return which(belongs), list(belongs.values()), need

    def one_stands_in(self, text: str) -> bool:
        """Does any of the rarest?"""
        return self._one is None or bool(self._one(text))

    def all_stand_in(self, text: str) -> bool:
        """Does all that is needed?"""
        known = self._all
        if known is None:
            return True
        standing, belongs, need = known
        found = 0
        for index, _, _ in standing(text):
            found |= belongs[index]
        return _is_met(need, found)


class _Registry:
    """All expressions that are sought, as modules declare them, and the text that is read at present."""

    def __init__(self) -> None:
        #: A bit for each expression.
        self.bits: dict[tuple[str, int], int] = {}
        #: The text, and the expressions of which a word stands in it.
        self.held: tuple[str, int] = ("", 0)

    def bit_of(self, pattern: Expression) -> int:
        """The bit of an expression."""
        return self.bits.setdefault((pattern.pattern, int(pattern.flags)), 1 << len(self.bits))


_REGISTRY = _Registry()


class _Table(Struct, frozen=True, array_like=True):
    """Which expressions need which words."""

    expressions: list[tuple[str, int]]
    """Sources and flags."""
    always: list[int]
    """Those that need none, by their numbers; so below."""
    sets: list[list[int]]
    """Expressions that need the same word, each such set once."""


def needed_words() -> Sections:
    """The tables of `NeededWords`, of all expressions that are known by now."""
    expressions = list(_REGISTRY.bits)
    always: list[int] = []
    belongs: dict[str, list[int]] = {}
    for number, (source, flags) in enumerate(expressions):
        words = needed(expression.Pattern(source, flags))
        if words is None:
            always.append(number)
        for word in words or ():
            belongs.setdefault(word, []).append(number)
    sets: dict[tuple[int, ...], int] = {}
    listed = sorted(belongs)
    of_words = [sets.setdefault(tuple(belongs[word]), len(sets)) for word in listed]
    table = _Table(expressions, always, [list(one) for one in sets])
    return {
        "automaton": automaton(listed),
        "sets": numbers(of_words),
        "table": msgspec.msgpack.encode(table),
    }


class NeededWords:
    """The words of all expressions that are sought, looked for in a text at one go."""

    def __init__(self, image: Image) -> None:
        """Of what `needed_words` made."""
        self._find = finder(image.copied("automaton"))
        self._sets = image.numbers("sets")
        table = image.decoded("table", _Table)
        # Bits are given as modules are imported, so they are another in each process.
        bits = [_REGISTRY.bits.get(key, 0) for key in table.expressions]
        known = 0
        for bit in bits:
            known |= bit
        self._bits = [sum({bits[number] for number in one}) for one in table.sets]
        self._always = sum({bits[number] for number in table.always})
        self._known = known
        self._size = 0

    def look(self, text: str) -> int:
        """The expressions of which a word stands in a folded text, as bits (`Sought.bit`)."""
        if len(_REGISTRY.bits) != self._size:
            # An expression that was declared since the tables were made is always worth asking.
            self._size = len(_REGISTRY.bits)
            self._always |= sum(_REGISTRY.bits.values()) & ~self._known
        found, sets, bits = self._always, self._sets, self._bits
        for _, _, word in self._find(text):
            found |= bits[sets[word]]
        return found


class Sought:
    """An expression with the words that it needs. It is asked as an expression is."""

    __slots__ = ("_answered", "_words", "bit", "pattern")

    def __init__(self, pattern: Expression) -> None:
        self.pattern = pattern
        self.bit = _REGISTRY.bit_of(pattern)
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
        held, found = _REGISTRY.held
        is_held = held is text
        if is_held and not found & self.bit:
            return False
        last, answer = self._answered
        if last is text:
            return answer
        words = self._words
        if words is None:
            # Derived when it is first asked: most expressions never are.
            words = self._words = _Words(self.pattern)
        answer = (is_held or words.one_stands_in(text)) and words.all_stand_in(text)
        self._answered = text, answer
        return answer


def hold(text: str, found: int) -> None:
    """The text that is read from now on, and what `NeededWords.look` says of it."""
    _REGISTRY.held = text, found


def standing(text: str) -> int:
    """The expressions of which a needed word stands in a text, by their bits: all, if it is not held."""
    held, found = _REGISTRY.held
    return found if held is text else -1


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
