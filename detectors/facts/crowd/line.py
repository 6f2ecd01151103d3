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

from functools import lru_cache
from itertools import pairwise
from re import compile as expression
from typing import NamedTuple

from detectors.match.gist import gist

__all__ = ["LONG", "Line", "read"]

#: Lines of which the reading is kept: most lines of a chat come again.
LINES = 16_384
#: Letters of gist from which a line is compared by its ends and runs, and from which it is long.
SPLIT, LONG = 7, 10
#: Letters of a run, of lines that are not long and of long ones; and runs of a line at most.
RUN, LONG_RUN = 6, 7
MAX_RUNS = 20
#: Letters at either end by which a line with a changed middle is known.
END = 3
#: Shorter gists are everybody's.
LEAST = 5
#: A word of Latin letters says as much as a character.
_LATIN = expression("[a-z]+")


class Line(NamedTuple):
    """A line without marks, particles and figures."""

    words: str
    length: int
    """Characters of the line without its marks."""
    keys: tuple[str, ...]
    """What it is known by; empty: it says too little to be compared."""
    long: bool
    """Is it longer than what everybody says?"""


@lru_cache(maxsize=LINES)
def read(text: str) -> Line:
    """A line's reading; the same on every machine.

    >>> first = read("第二次在小满家买手撕牛肉干，质量很好，会再来").keys
    >>> second = read("头一回在小满家买手撕牛肉干，味道没得说，还会来").keys
    >>> sorted(set(first) & set(second))[:2]
    ['在小满家买手撕', '家买手撕牛肉干']
    """
    words, length = gist(text)
    if words.isascii() or _LATIN.search(words) is not None:
        words = _LATIN.sub(lambda word: word.group()[0], words)
    words = words[:60]
    size = len(words)
    # “好看好看好看好看” is long and says one word.
    if size < LEAST or len(set(words)) < min(size, LEAST):
        return Line(words, length, (), False)
    whole = "=" + words
    if size < SPLIT:
        return Line(words, length, (whole,), False)
    ends = f"{words[:END]}…{words[-END:]}"
    run = LONG_RUN if size >= LONG else RUN
    runs = [words[start : start + run] for start in range(size - run + 1)]
    if len(runs) > 2:
        # Of two neighbours the lesser: a passage one letter longer still has a run in common.
        runs = list(dict.fromkeys(map(min, pairwise(runs))))
    # The ends first: whoever wrote the whole wrote them, too, and the first of equals is taken.
    return Line(words, length, (ends, whole, *runs[:MAX_RUNS]), size >= LONG)
