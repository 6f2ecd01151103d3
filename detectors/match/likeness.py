"""How much a text is like what was labelled as a violation, where no rule has the words for it.

A second reading beside the words and expressions of the rules: a linear model (logistic regression
on the single characters and pairs of a text, one against all others for each rule), made
offline by ``training/likeness.py`` from the labelled texts of this project. It has two
uses: a text that is like violations is watched, never more, through the same gates and with the
runs that decided in its reason; and words of a claim in a text that is like none are let pass.

A first look at pairs of characters spares most texts the rest.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import repeat
from operator import add
from pathlib import Path
from typing import NamedTuple

import msgspec
from ahocorasick_rs import AhoCorasick, MatchKind

__all__ = [
    "LIKENESS",
    "LONGEST",
    "TABLE",
    "Likeness",
    "LikenessTable",
    "letters",
    "load_likeness",
    "runs_of",
]

#: The name of the threshold in packs, and of the group of such a hit.
LIKENESS = "likeness"
TABLE = Path(__file__).with_name("likeness.tsv")
#: Characters of the longest run: runs of three made the table larger and nothing better.
LONGEST = 2
#: Shorter texts say too little.
SHORTEST = 5
#: From so many letters on a text that is like nothing is one: shorter ones say too little to deny
#: what words say.
SHORTEST_DENIAL = 12
#: Runs that a reason names.
TOLD = 3
#: Bits of the field of one rule, and what stands for nothing in it once it is raised: no text has
#: runs enough to overflow it.
FIELD = 32
HALF = 1 << (FIELD - 1)
_DIGITS = str.maketrans("123456789", "000000000")


class Likeness(NamedTuple):
    """To how much a text is like the violations of one rule."""

    share: float
    """The model's estimate that it is one, 0 to 1."""
    start: int
    end: int
    """Half-open offsets of the clause that decided, in the folded text."""
    telling: tuple[tuple[int, int], ...]
    """Where in it the runs of characters stand that weighed most; the heaviest first."""


class _Head(msgspec.Struct):
    """The first line of a table."""

    rules: list[str]
    biases: list[float]
    screen_bias: float
    texts: int
    """How many it was made from."""


def letters(text: str) -> tuple[str, list[int]]:
    """The letters of a folded text, all digits alike, and where each stands."""
    return _letters(text), [place for place, one in enumerate(text) if one.isalnum()]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).translate(_DIGITS)


def runs_of(length: int) -> int:
    """How many runs a text of so many letters has."""
    return max(1, LONGEST * length - LONGEST * (LONGEST - 1) // 2)


class LikenessTable:
    """The model, ready to read texts."""

    def __init__(
        self, rules: list[str], biases: list[float], screen_bias: float,
        screen: Mapping[str, int], weights: Mapping[str, Iterable[tuple[int, int]]],
        texts: int = 0,
    ) -> None:  # fmt: skip
        """
        Args:
            rules: their ids; a weight names one by its number.
            biases: of each rule.
            screen_bias: what the first look begins with.
            screen: what pairs of characters add to it, in hundredths.
            weights: by run, what it adds to which rules, in hundredths.
            texts: how many it was made from.
        """
        self.rules = rules
        self._numbers = {rule: number for number, rule in enumerate(rules)}
        self.texts = texts
        self._biases = biases
        self._screen_bias = round(screen_bias * 100)
        # Of each number one object: those lie all over the memory, and these are soon at hand.
        numbers: dict[int, int] = {}
        self.screen = {pair: numbers.setdefault(one, one) for pair, one in screen.items()}
        """What pairs of characters add to the first look, in hundredths."""
        #: What a run adds to all rules is one whole number, with a field for each rule: so they are
        #: added up for all rules at one go.
        self._weights = {
            run: sum(value << (FIELD * number) for number, value in weighed)
            for run, weighed in weights.items()
        }
        # Found by Aho and Corasick's automaton, as the rules' words are.
        self._runs = AhoCorasick(list(weights), matchkind=MatchKind.Standard)
        self._weighed = list(self._weights.values())
        #: Makes all fields positive.
        self._raise = sum(HALF << (FIELD * number) for number in range(len(rules)))
        self._fields = struct.Struct(f"<{len(rules)}I")

    def read(self, text: str, least: float, pairs: int | None = None) -> dict[str, Likeness]:
        """By rule, where a folded text is like its violations to `least` at least, 0 to 1.

        Args:
            pairs: the sum of its pairs of characters, where it is known.
        """
        if len(text) < SHORTEST:
            return {}
        if pairs is None:
            pairs = sum(map(self.screen.get, map(add, text, text[1:]), repeat(0)))
        if self._screen_bias + pairs < 0:
            return {}
        shown = _letters(text)
        found = self._runs_in(shown)
        if not found:
            return {}
        length = 100 * math.sqrt(runs_of(len(shown)))
        bound = math.log(least / (1 - least))
        like = {}
        for number, (bias, total) in enumerate(zip(self._biases, self._sums(found), strict=True)):
            logit = bias + total / length
            if logit >= bound:
                like[self.rules[number]] = self._told(number, _share(logit), text)
        return like

    def share(self, rule: str, text: str) -> float | None:
        """How much a folded text is like one rule's violations, 0 to 1; ``None``: not known of the
        rule, or the text is too short to say that it is like none."""
        number = self._numbers.get(rule)
        if number is None:
            return None
        shown = _letters(text)
        if len(shown) < SHORTEST_DENIAL:
            return None
        total = self._sums(self._runs_in(shown))[number]
        return _share(self._biases[number] + total / (100 * math.sqrt(runs_of(len(shown)))))

    def _sums(self, found: Iterable[int]) -> list[int]:
        """What some runs add to each rule together, in hundredths."""
        total = sum(map(self._weighed.__getitem__, found), self._raise)
        raised = self._fields.unpack(total.to_bytes(self._fields.size, "little"))
        return [one - HALF for one in raised]

    def _runs_in(self, shown: str) -> set[int]:
        """The runs with a weight that stand in the letters of a text, each once."""
        return {run for run, _, _ in self._runs.find_matches_as_indexes(shown, overlapping=True)}

    def _told(self, number: int, share: float, text: str) -> Likeness:
        """Where in a text, and by which runs, it is like a rule's violations."""
        shown, places = letters(text)
        runs: list[tuple[float, int, int]] = []
        at = [0.0] * len(text)
        for length in range(1, LONGEST + 1):
            for start in range(len(shown) - length + 1):
                weighed = self._weights.get(shown[start : start + length], 0)
                weight = _field(weighed + self._raise, number)
                if weight > 0:
                    runs.append((weight * length, places[start], places[start + length - 1] + 1))
                    for place in places[start : start + length]:
                        at[place] += weight / length
        low, high = max(_clauses(text), key=lambda clause: sum(at[clause[0] : clause[1]]))
        telling: list[tuple[int, int]] = []
        for _, start, end in sorted(runs, key=lambda run: (-run[0], run[1])):
            if start < low or end > high or end - start < 2:
                continue
            if all(end <= one[0] or one[1] <= start for one in telling):
                telling.append((start, end))
            if len(telling) == TOLD:
                break
        return Likeness(share, low, high, tuple(telling))


def _field(raised: int, number: int) -> int:
    """The field of a rule."""
    return (raised >> (FIELD * number) & 2 * HALF - 1) - HALF


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place, character in enumerate(text):
        if character in ",。!?;、…:" and place > start:
            yield start, place
            start = place + 1
    if start < len(text) or start == 0:
        yield start, len(text)


@lru_cache(maxsize=2)
def load_likeness(path: Path = TABLE) -> LikenessTable:
    """The model in a table.

    Its first line is a JSON object with the rules and biases; each further one a run of
    characters, what it adds to the first look, and ``rule:weight`` pairs in hundredths.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not have the shape.
    """
    with path.open(encoding="utf-8") as lines:
        head = msgspec.json.decode(next(lines), type=_Head)
        screen: dict[str, int] = {}
        weights: dict[str, list[tuple[int, int]]] = {}
        for line in lines:
            gram, first, *weighed = line.rstrip("\n").split("\t")
            if first:
                screen[gram] = int(first)
            pairs = (pair.split(":") for pair in weighed)
            if weighed:
                weights[gram] = [(int(rule), int(weight)) for rule, weight in pairs]
    return LikenessTable(
        head.rules, head.biases, head.screen_bias, screen, weights, texts=head.texts
    )
