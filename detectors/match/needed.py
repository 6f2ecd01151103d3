"""What any match of an expression must hold: words, derived from how the expression is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from msgspec import Struct

from detectors.match.expression import Expression
from detectors.match.frequency import frequency

__all__ = ["NOTHING", "AllOf", "AnyOf", "Need", "need_of", "needed", "rarest"]

#: Words that are put together from the alternatives of an expression, at one place of it.
_MOST = 2_500
#: Characters of a word; longer ones are no rarer.
_LONGEST = 4


class AllOf(Struct, frozen=True):
    """What an expression needs one after the other."""

    of: tuple[Need, ...]


class AnyOf(Struct, frozen=True):
    """What its alternatives need."""

    of: tuple[Need, ...]


#: What must stand in a text: one of some words, or all of several needs, or any of them.
Need = frozenset[str] | AllOf | AnyOf
#: Nothing is known that must.
NOTHING = AllOf(())


def needed(pattern: Expression) -> frozenset[str] | None:
    """Words of which any match of an expression holds at least one; ``None``: there are none such.

    >>> sorted(needed(re.compile("(?:稳|保)赚.{0,4}(?:万|千)|只涨不跌"))), needed(re.compile("a?.*"))
    (['保赚', '只涨不跌', '稳赚'], None)
    """
    return rarest(need_of(pattern))


def need_of(pattern: Expression) -> Need:
    """All that any match of an expression holds, as far as it is known."""
    if pattern.flags & (re.IGNORECASE | re.VERBOSE):
        return NOTHING
    return _of_sequence(_parser.parse(pattern.pattern, pattern.flags))


def rarest(need: Need) -> frozenset[str] | None:
    """Of what is needed, the words of which one is least often met with; ``None``: there are none."""
    if isinstance(need, frozenset):
        return need
    sets = [rarest(part) for part in need.of]
    if isinstance(need, AllOf):
        return min((words for words in sets if words is not None), key=frequency, default=None)
    known = [words for words in sets if words is not None]
    return None if len(known) < len(sets) else _shortest(frozenset().union(*known))


def _of_sequence(items: Sequence[Any]) -> Need:
    """What must stand where a sequence matches."""
    needs: list[Need] = []
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
            needs.append(_within(operator, given))
    return _all((*needs, _one_of(run)))


def _within(operator: Any, given: Any) -> Need:
    """The same of an item of a sequence."""
    if operator is sre.SUBPATTERN:
        _, added, removed, inner = given
        return NOTHING if added or removed else _of_sequence(inner)
    if operator is sre.BRANCH:
        return _any(map(_of_sequence, given[1]))
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and given[0] > 0:
        return _of_sequence(given[2])
    return NOTHING


def _one_of(words: set[str]) -> Need:
    """One of some words; of the empty word there is one everywhere."""
    return NOTHING if "" in words else _shortest(word[:_LONGEST] for word in words)


def _all(needs: Iterable[Need]) -> Need:
    parts: dict[Need, None] = {}
    for need in needs:
        parts.update(dict.fromkeys(need.of if isinstance(need, AllOf) else (need,)))
    return next(iter(parts)) if len(parts) == 1 else AllOf(tuple(parts))


def _any(needs: Iterable[Need]) -> Need:
    """Sets of words of which any will do are one set."""
    words: set[str] = set()
    ways: dict[Need, None] = {}
    for need in needs:
        if need == NOTHING:
            return NOTHING
        for way in need.of if isinstance(need, AnyOf) else (need,):
            if isinstance(way, frozenset):
                words |= way
            else:
                ways[way] = None
    found: tuple[Need, ...] = (*([_shortest(words)] if words else []), *ways)
    return found[0] if len(found) == 1 else AnyOf(found)


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


def _shortest(words: Iterable[str]) -> frozenset[str]:
    """Words without those that hold another: they say nothing more."""
    found = frozenset(words)
    sizes = sorted({len(word) for word in found})
    return frozenset(
        word
        for word in found
        if not any(
            word[low : low + size] in found
            for size in sizes
            if size < len(word)
            for low in range(len(word) - size + 1)
        )
    )
