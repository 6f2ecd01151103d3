"""Where a clause and where a sentence may end in speech that a recogniser delivers without marks.

Two linear models on the nine letters around a place, made by ``training/clauses.py`` from the marks
that hosts' lines have and from where the lines end. They give the same answer on every machine: all
weights are whole numbers, and the sums of all places of a text are one whole number with two fields
for each place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import repeat, zip_longest
from operator import add
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from detectors.match.shared import shared

__all__ = ["TABLE", "ClauseEnds", "ClauseTable", "Ends", "load_clause_ends"]

TABLE = Path(__file__).with_name("clauses.bin")
#: By the letters of a gram, where it may begin, from the place on: nine letters in all.
REACH = {1: (-4, 4), 2: (-4, 3), 3: (-4, 2)}
#: The first of those letters stands so many before the place.
BEFORE = 4
#: Places around a gram of which it says something.
WIDTH = 9
#: Weights are whole numbers of this many parts.
SCALE = 100
#: Bits of a field, and what stands for nothing in it once it is raised: of 24 grams none weighs
#: over a thousand.
FIELD = 16
HALF = 1 << (FIELD - 1)
#: Of each place two fields: for the end of a clause, and for that of a sentence.
PLACE = 2 * FIELD
ROW = WIDTH * PLACE // 8

#: So many letters at most are read around one place; nothing that is read later goes on from them.
SHORT = 31
#: More letters than a text has that is read at one go.
LENGTHS = 1_024

_DIGITS = str.maketrans("123456789", "000000000")
_FIGURE = re.compile("[1-9]")


class ClauseTable(Struct, frozen=True, array_like=True):
    """The models as they are kept in a file."""

    clause_bias: int
    sentence_bias: int
    """Of each place, in parts of `SCALE`."""
    grams: str
    """One a line."""
    rows: bytes
    """By gram, what it adds to the nine places from `BEFORE` before its first letter on: for each the
    fields of both models, all together one signed whole number of `ROW` bytes, the lowest first."""
    lengths: list[int]
    """By its letters, how likely a sentence is so long: the logarithm in parts of `SCALE`. The last
    one holds for all that are longer."""


class Ends(NamedTuple):
    """How likely something ends at each place of a text: logits in parts of `SCALE`.

    A place is the number of the letter that would begin what follows.
    """

    clause: Sequence[int]
    sentence: Sequence[int]


def shape(text: str) -> str:
    """The letters of a folded text as the models see them: all digits alike."""
    return text.translate(_DIGITS) if _FIGURE.search(text) is not None else text


def is_joint(text: str, place: int) -> bool:
    """Does a place lie within a number or a word in Latin letters, where nothing ends?"""
    before, after = text[place - 1 : place], text[place : place + 1]
    return bool(before) and before.isascii() and after.isascii() and not (before + after).isspace()


def packed(weights: Sequence[tuple[int, int]]) -> bytes:
    """A row of the table: for each of the nine places the weights of both models."""
    total = sum(
        (clause + (sentence << FIELD)) << (PLACE * number)
        for number, (clause, sentence) in enumerate(weights)
    )
    return total.to_bytes(ROW, "little", signed=True)


class ClauseEnds:
    """The models, ready to read texts."""

    def __init__(self, table: ClauseTable) -> None:
        self._clause_bias = table.clause_bias - HALF
        self._sentence_bias = table.sentence_bias - HALF
        rows, decoded = table.rows, int.from_bytes
        self._weights: Mapping[str, int] = {
            gram: decoded(rows[low : low + ROW], "little", signed=True)
            for gram, low in zip(table.grams.split("\n"), range(0, len(rows), ROW), strict=True)
        }
        self.lengths = [*table.lengths, *repeat(table.lengths[-1], LENGTHS)]
        """By its letters, how likely a sentence is so long."""
        #: The text that was read last, and what its grams add.
        self._last: tuple[str, list[int]] = "", []

    def read(self, text: str) -> Ends:
        """How likely a clause or a sentence ends at each place of a folded text.

        >>> len(load_clause_ends().read("今天有货").clause)
        4
        """
        clause, sentence = self._fields(text)
        of_clause, of_sentence = self._clause_bias, self._sentence_bias
        return Ends([one + of_clause for one in clause], [one + of_sentence for one in sentence])

    def likely(self, text: str, clause: int, sentence: int) -> list[tuple[int, int, int]]:
        """The places of a folded text at which a clause or a sentence ends so likely: each with the
        logits of both.

        Args:
            clause, sentence: the least logits, of which one is enough.
        """
        clauses, sentences = self._fields(text)
        of_clause, of_sentence = self._clause_bias, self._sentence_bias
        clause, sentence = clause - of_clause, sentence - of_sentence
        return [
            (place, one + of_clause, other + of_sentence)
            for place, (one, other) in enumerate(zip(clauses, sentences, strict=True))
            if other >= sentence or one >= clause
        ]

    def _fields(self, text: str) -> tuple[Sequence[int], Sequence[int]]:
        """By place, what speaks for the end of a clause, and for that of a sentence, without the biases."""
        sums = self._sums(shape(text))
        count = len(sums) + WIDTH
        # Two by two, so that most sums are short.
        width = PLACE
        while len(sums) > 1:
            if len(sums) % 2:
                sums.append(0)
            sums = [low + (high << width) for low, high in zip(sums[::2], sums[1::2], strict=True)]
            width *= 2
        total = sums[0] if sums else 0
        # Two fields for each place, `BEFORE` of them before the text.
        raised = total + HALF * _ones(2 * count)
        fields = memoryview(raised.to_bytes(count * PLACE // 8, "little")).cast("H")
        low, high = 2 * BEFORE, 2 * (BEFORE + len(text))
        return fields[low:high:2], fields[low + 1 : high : 2]

    def _sums(self, shown: str) -> list[int]:
        """By letter, what the grams that begin with it add to the places around it."""
        last, known = self._last
        # What is said is read again with what is said next: most of it was read just before.
        place, size = shared(shown, last)
        sums = known[place : place + max(0, size - 2)]
        rest = shown[len(sums) :]
        weight, none = self._weights.get, repeat(0)
        pairs = list(map(add, rest, rest[1:]))
        # With the last letter no pair begins, and with the last two no triple.
        grams = zip_longest(
            map(weight, rest, none), map(weight, pairs, none),
            map(weight, map(add, pairs, rest[2:]), none), fillvalue=0,
        )  # fmt: skip
        sums += [one + two + three for one, two, three in grams]
        if len(shown) > SHORT:
            self._last = shown, sums
        return sums


@lru_cache(maxsize=256)
def _ones(count: int) -> int:
    """One in each of so many fields."""
    return sum(1 << (FIELD * number) for number in range(count))


@lru_cache(maxsize=2)
def load_clause_ends(path: Path = TABLE) -> ClauseEnds:
    """The models in a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no such table.
    """
    return ClauseEnds(msgspec.msgpack.decode(path.read_bytes(), type=ClauseTable))
