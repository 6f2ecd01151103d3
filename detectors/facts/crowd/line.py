"""A chat line as it is compared: its gist, and the runs of letters that it shares with others.

Lines of several accounts are one wording where they have a run of letters in common that a crowd
does not have in common by chance. That depends on length: of ordinary viewers' lines two or three in
a hundred have ten letters of gist and more, what everybody says (“什么时候发货”) is shorter. So a
short line is compared as a whole, and a long one by runs of it, chosen by *winnowing* (Schleimer,
Wilkerson and Aiken 2003) so that two texts with a passage in common choose alike in it; that finds
a template whose slots were filled differently, and some sentences put together from the same pieces.
Measured beside it (`docs/crowd.md`): SimHash and MinHash of whole lines find about as many filled templates
only where they link three times as many ordinary accounts, at many times the cost; runs of five find
more paraphrases and link more than four times as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from re import Match
from re import compile as expression

from msgspec import Struct

from detectors.match.gist import gist, gists

__all__ = ["LEAST_SAID", "LONG", "Line", "key_of", "read", "read_all"]

#: Lines of which the reading is kept: most lines of a chat come again.
LINES = 4_096
#: Letters of gist from which a line is compared by its ends and runs, and from which it is long.
SPLIT, LONG = 7, 10
#: Letters of a run, of lines that are not long and of long ones; and runs of a line at most.
RUN, LONG_RUN = 6, 7
MAX_RUNS = 20
#: Letters at either end by which a line with a changed middle is known.
END = 3
#: Shorter gists are everybody's; and such as nobody can be told by at all.
LEAST, LEAST_SAID = 5, 2
#: A word of Latin letters says as much as a character.
_LATIN = expression("[a-z]+")
#: A prime of 61 bits without a pattern: two runs have one key by a chance of 2⁻⁶¹, however alike.
_PRIME = 1_981_546_817_563_279_663


def key_of(run: str) -> int:
    """A run as a number of 61 bits, from 1; the same on every machine.

    >>> key_of("在小满家买手撕") == key_of("在小满家买手撕"), key_of("在小满家买手") < 2**61
    (True, True)
    """
    return int.from_bytes(run.encode("utf-8", "surrogatepass"), "big") % _PRIME or 1


class Line(Struct, gc=False):
    """A line without marks, particles and figures."""

    words: str
    length: int
    """Characters of the line without its marks."""
    long: bool
    """Is it longer than what everybody says?"""
    key: int
    """The words as a number (`key_of`)."""
    known: tuple[int, ...] | None = None
    """`keys`, once somebody asked for them."""

    @property
    def runs(self) -> list[str]:
        """The runs of characters by which a line is compared; empty: it says too little.

        >>> first = read("第二次在小满家买手撕牛肉干，质量很好，会再来").runs
        >>> second = read("头一回在小满家买手撕牛肉干，味道没得说，还会来").runs
        >>> sorted(set(first) & set(second))[:2]
        ['在小满家买手撕', '家买手撕牛肉干']
        """
        words = self.words
        size = len(words)
        if not self.long and _says_little(words):
            return []
        whole = "=" + words
        if size < SPLIT:
            return [whole]
        ends = f"{words[:END]}…{words[-END:]}"
        run = LONG_RUN if self.long else RUN
        runs = [words[start : start + run] for start in range(size - run + 1)]
        if len(runs) > 2:
            # Of two neighbours the lesser: a passage one letter longer still has a run in common.
            runs = list(dict.fromkeys(map(min, pairwise(runs))))
        # The ends first: whoever wrote the whole wrote them, too, and the first of equals is taken.
        return [ends, whole, *runs[:MAX_RUNS]]

    @property
    def keys(self) -> tuple[int, ...]:
        """The runs of a line as numbers."""
        if self.known is None:
            self.known = _keys_of(self.runs)
        return self.known


@lru_cache(maxsize=LINES)
def read(text: str) -> Line:
    """A line's reading; the same on every machine."""
    return _of_gists([gist(text)])[0]


def read_all(texts: Sequence[str]) -> list[Line]:
    """The readings of several lines, at one go."""
    return _of_gists(gists(texts))


def _of_gists(read: Sequence[tuple[str, int]]) -> list[Line]:
    """Lines by their gists, and how long they are without their marks."""
    listed = [
        (words if _LATIN.search(words) is None else _LATIN.sub(_first, words))[:60]
        for words, _ in read
    ]
    return [
        Line(words, length, len(words) >= LONG and not _says_little(words), key)
        for words, key, (_, length) in zip(listed, _keys_of(listed), read, strict=True)
    ]


def _first(word: Match[str]) -> str:
    return word[0][0]


def _keys_of(runs: list[str]) -> tuple[int, ...]:
    """The keys of several words, as `key_of` gives them, in a third of the time."""
    try:
        encoded = list(map(str.encode, runs))
    except UnicodeEncodeError:  # half of a surrogate pair
        return tuple(map(key_of, runs))
    number = int.from_bytes
    return tuple([number(run, "big") % _PRIME or 1 for run in encoded])


def _says_little(words: str) -> bool:
    """“好看好看好看好看” is long and says one word."""
    size = len(words)
    return size < LEAST or len(set(words)) < min(size, LEAST)
