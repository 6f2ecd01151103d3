"""Texts on which an expression may take long, derived from its parse tree.

`re` tries the ways through an expression one after the other. A text is read in more than linear
time where two places of the expression that loop can share it in many ways: some word leads from
the first loop to the second, and both also read it without moving on (Weber and Seidl 1991 call
that IDA; where the two are one and the same place, EDA, the time is exponential). `search` and
`finditer` add a loop of their own: they begin anywhere. So we build the automaton of an expression,
look for such words, and repeat them.

Lookarounds and references are taken for what lets everything through; what the words found are
worth, only measuring says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["Hostile", "hostile_texts"]

#: A repeat that may go on as long as this counts as one without end.
ENDLESS = 48
#: Copies of what must stand several times that are written out, in states.
WRITTEN_OUT = 400
#: Characters that stand for all those that an expression does not name.
ORDINARY = "的7a ,。%\nQ-.!😀"
#: Members of a class that are tried.
MEMBERS = 4
#: Pairs and triples of steps that are looked at for one word.
MOST_LOOKS = 30_000
#: Of one expression.
MOST_WORDS = 24
#: Between two loops.
MOST_SHARED = 3
#: What a loop of `search` reads.
ANYTHING: tuple[Any, ...] = ((sre.ANY_ALL, None),)


@dataclass(frozen=True)
class Hostile:
    """A text that grows: `before`, many times `word`, `after`."""

    before: str
    word: str
    after: str = ""

    def of(self, length: int) -> str:
        """The text with about so many characters."""
        times = max(1, length // len(self.word))
        return self.before + self.word * times + self.after


@dataclass
class _Automaton:
    """Places, with steps that read nothing and steps that read one character of a class."""

    ignore_case: bool
    dot_all: bool
    free: list[list[int]] = field(default_factory=list)
    reads: list[list[tuple[tuple[Any, ...], int]]] = field(default_factory=list)
    loops: list[int] = field(default_factory=list)

    def place(self) -> int:
        self.free.append([])
        self.reads.append([])
        return len(self.free) - 1

    def sequence(self, items: Iterable[Any], start: int) -> int:
        for operator, given in items:
            start = self.item(operator, given, start)
        return start

    def item(self, operator: Any, given: Any, start: int) -> int:
        if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            end = self.place()
            accepted = given if operator is sre.IN else ((operator, given),)
            self.reads[start].append((tuple(accepted), end))
            return end
        if operator is sre.SUBPATTERN:
            return self.sequence(given[3], start)
        if operator is sre.ATOMIC_GROUP:
            return self.sequence(given, start)
        if operator is sre.BRANCH:
            end = self.place()
            for branch in given[1]:
                first = self.place()
                self.free[start].append(first)
                self.free[self.sequence(branch, first)].append(end)
            return end
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self.repeat(*given, start)
        if operator in (sre.ASSERT, sre.ASSERT_NOT):
            # It may be read through, on its way or beside it.
            end = self.place()
            self.free[start].append(end)
            first = self.place()
            self.free[start].append(first)
            self.free[self.sequence(given[1], first)].append(end)
            return end
        if operator is sre.GROUPREF_EXISTS:
            _, yes, no = given
            end = self.place()
            self.free[start].append(end)
            for branch in (yes, no or ()):
                first = self.place()
                self.free[start].append(first)
                self.free[self.sequence(branch, first)].append(end)
            return end
        return start  # AT, GROUPREF

    def repeat(self, low: int, high: Any, body: Sequence[Any], start: int) -> int:
        most = float("inf") if high is sre.MAXREPEAT else int(high)
        before = len(self.free)
        copies = 0
        while copies < low and (copies == 0 or len(self.free) - before < WRITTEN_OUT):
            start = self.sequence(body, start)
            copies += 1
        if most <= low:
            return start
        if most >= ENDLESS:
            head = self.place()
            self.free[start].append(head)
            last = self.sequence(body, head)
            self.free[last].append(head)
            self.loops.append(head)
            return head
        end = self.place()
        self.free[start].append(end)
        first = self.place()
        self.free[start].append(first)
        self.free[self.sequence(body, first)].append(end)
        return end

    def closure(self, place: int) -> list[int]:
        """The places that are reached without reading anything."""
        seen = {place: None}
        queue = [place]
        while queue:
            for other in self.free[queue.pop()]:
                if other not in seen:
                    seen[other] = None
                    queue.append(other)
        return list(seen)


class _Steps:
    """The automaton without the steps that read nothing."""

    def __init__(self, automaton: _Automaton) -> None:
        self.automaton = automaton
        self._known: dict[int, list[tuple[tuple[Any, ...], int]]] = {}
        self._closures: dict[int, frozenset[int]] = {}
        self._letters: dict[tuple[Any, ...], list[str]] = {}
        self._before: list[list[int]] = [[] for _ in automaton.free]
        for place, others in enumerate(automaton.free):
            for other in (*others, *(end for _, end in automaton.reads[place])):
                self._before[other].append(place)

    def of(self, place: int) -> list[tuple[tuple[Any, ...], int]]:
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = [
                step
                for reached in self.automaton.closure(place)
                for step in self.automaton.reads[reached]
            ]
        return known

    def free(self, place: int) -> frozenset[int]:
        """The places that are reached without reading anything."""
        known = self._closures.get(place)
        if known is None:
            known = self._closures[place] = frozenset(self.automaton.closure(place))
        return known

    def before(self, place: int) -> set[int]:
        """The places from which ways lead to this one."""
        seen = {place}
        queue = [place]
        while queue:
            for other in self._before[queue.pop()]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        return seen

    def accepts(self, accepted: tuple[Any, ...], character: str) -> bool:
        automaton = self.automaton
        if automaton.ignore_case:
            return any(
                _accepts(accepted, one, dot_all=automaton.dot_all)
                for one in {character, character.lower(), character.upper()}
                if len(one) == 1
            )
        return _accepts(accepted, character, dot_all=automaton.dot_all)

    def common(self, *classes: tuple[Any, ...]) -> list[str]:
        """Some characters that all of the classes have."""
        known = self._letters.get(classes)
        if known is None:
            known = self._letters[classes] = self._common(classes)
        return known

    def _common(self, classes: Sequence[tuple[Any, ...]]) -> list[str]:
        named = [members for members in map(_members, classes) if members is not None]
        candidates: Iterable[str]
        if named:
            candidates = min(named, key=len)
        else:
            candidates = dict.fromkeys(
                [*ORDINARY, *(one for each in classes for one in _ends_of_ranges(each))]
            )
        found = []
        for character in candidates:
            if all(self.accepts(one, character) for one in classes):
                found.append(character)
                if len(found) >= MEMBERS:
                    break
        return found


def _members(accepted: tuple[Any, ...]) -> list[str] | None:
    """Those of a class of single characters; ``None``: it has ranges, or is the rest of one."""
    found = []
    for operator, given in accepted:
        if operator is not sre.LITERAL:
            return None
        found.append(chr(given))
    return found


def _ends_of_ranges(accepted: tuple[Any, ...]) -> Iterator[str]:
    for operator, given in accepted:
        if operator is sre.RANGE:
            yield chr(given[0])
            yield chr(given[1])
        elif operator is sre.LITERAL:
            yield chr(given)


def _accepts(accepted: tuple[Any, ...], character: str, *, dot_all: bool) -> bool:
    code = ord(character)
    negated = False
    for operator, given in accepted:
        if operator is sre.NEGATE:
            negated = True
        elif operator is sre.ANY_ALL:
            return True
        elif operator is sre.ANY:
            return dot_all or character != "\n"
        elif operator is sre.NOT_LITERAL:
            return code != given
        elif (
            (operator is sre.LITERAL and code == given)
            or (operator is sre.RANGE and given[0] <= code <= given[1])
            or (operator is sre.CATEGORY and _in_category(given, character))
        ):
            return not negated
    return negated


def _in_category(category: Any, character: str) -> bool:
    name = str(category).removeprefix("CATEGORY_")
    inside = {
        "DIGIT": str.isdecimal,
        "SPACE": str.isspace,
        "WORD": lambda one: one.isalnum() or one == "_",
    }[name.removeprefix("NOT_")]
    return bool(inside(character)) != name.startswith("NOT_")


def hostile_texts(pattern: str, flags: int = 0) -> list[Hostile]:
    """Texts that may take an expression long.

    >>> sorted({text.word for text in hostile_texts("a[^c]*b[^c]*c")})[:2]
    ['a', 'ab']
    """
    tree = _parser.parse(pattern, flags)
    flags = tree.state.flags
    automaton = _Automaton(bool(flags & sre.SRE_FLAG_IGNORECASE), bool(flags & sre.SRE_FLAG_DOTALL))
    start = automaton.place()
    automaton.sequence(tree, start)
    if not automaton.loops:
        return []
    steps = _Steps(automaton)
    ways = {loop: _word(steps, [start], [loop]) for loop in (*automaton.loops,)}
    found: dict[Hostile, None] = {}

    def add(before: str | None, word: str | None) -> None:
        if word:
            # What follows spoils the match: by chance one of these will.
            for after in ("", "\x00", "\n。"):
                found[Hostile(before or "", word, after)] = None

    for last in automaton.loops:
        # From anywhere to the loop, by what the loop reads.
        for word in _shared(steps, None, start, last):
            add("", word)
        for word in _twice(steps, last):
            add(ways[last], word)
        for first in automaton.loops:
            if first != last:
                for word in _shared(steps, first, first, last):
                    add(ways[first], word)
        if len(found) > 3 * MOST_WORDS:
            break
    return list(found)


def _word(steps: _Steps, starts: Iterable[int], ends: Iterable[int]) -> str | None:
    """A shortest word from one place to another."""
    targets = set(ends)
    seen = set(starts)
    queue: deque[tuple[int, str]] = deque((place, "") for place in seen)
    while queue:
        place, word = queue.popleft()
        if targets.intersection(steps.free(place)):
            return word
        for accepted, end in steps.of(place):
            if end not in seen:
                letters = steps.common(accepted)
                if letters:
                    seen.add(end)
                    queue.append((end, word + letters[0]))
    return None


def _shared(steps: _Steps, first: int | None, start: int, last: int) -> Iterator[str]:
    """Words that one loop reads, that lead from there to another, and that this one reads too.

    `first`: ``None`` for the loop of `search`, which reads anything.
    """
    leading = steps.before(last)
    if start not in leading:
        return
    begin = (first if first is not None else -1, start, last)
    staying = steps.before(first) if first is not None else {-1}
    seen = {begin}
    queue: deque[tuple[tuple[int, int, int], str]] = deque([(begin, "")])
    given = looked = 0
    while queue and looked < MOST_LOOKS:
        (one, two, three), word = queue.popleft()
        if (
            word
            and (one == -1 or first in steps.free(one))
            and last in steps.free(two)
            and last in steps.free(three)
        ):
            yield word
            given += 1
            if given >= MOST_SHARED:
                return
            continue
        ones = [(ANYTHING, -1)] if one == -1 else steps.of(one)
        ones = [step for step in ones if step[1] in staying]
        twos = [step for step in steps.of(two) if step[1] in leading]
        threes = [step for step in steps.of(three) if step[1] in leading]
        for class_one, end_one in ones:
            for class_two, end_two in twos:
                for class_three, end_three in threes:
                    looked += 1
                    ends = (end_one, end_two, end_three)
                    if ends in seen:
                        continue
                    letters = steps.common(class_one, class_two, class_three)
                    if letters:
                        seen.add(ends)
                        queue.append((ends, word + letters[0]))


def _twice(steps: _Steps, loop: int) -> Iterator[str]:
    """Words that a loop reads in two ways."""
    inside = steps.before(loop)
    begin = (loop, loop, False)
    seen = {begin}
    queue: deque[tuple[tuple[int, int, bool], str]] = deque([(begin, "")])
    given = looked = 0
    while queue and looked < MOST_LOOKS:
        (one, other, are_two), word = queue.popleft()
        if are_two and loop in steps.free(one) and loop in steps.free(other):
            yield word
            given += 1
            if given >= MOST_SHARED:
                return
            continue
        from_one = [step for step in steps.of(one) if step[1] in inside]
        from_other = [step for step in steps.of(other) if step[1] in inside]
        for index, (class_one, end_one) in enumerate(from_one):
            for class_other, end_other in from_other[index if one == other else 0 :]:
                looked += 1
                ends = (end_one, end_other, are_two or end_one != end_other)
                if ends not in seen:
                    letters = steps.common(class_one, class_other)
                    if letters:
                        seen.add(ends)
                        queue.append((ends, word + letters[0]))
