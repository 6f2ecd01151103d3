"""A chat line as it is compared: its gist, and the runs of letters that it shares with others.

Two lines are one wording where they share a run of letters that a crowd does not share by chance.
A line is known by the runs of its gist that *winnowing* chooses (Schleimer, Wilkerson and Aiken
2003): the least of each two neighbours, so that two texts with a longer passage in common
always have a chosen run in common, wherever it stands. A template with a slot in its middle keeps
its two ends; a short line is its own run. SimHash and MinHash over whole lines were tried beside
it: on lines of ten characters one word changed moves half of their bits (`docs/crowd.md`).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from detectors.text.gist import gist

__all__ = ["Line", "read"]

#: Lines of which the reading is kept: most lines of a chat come again.
LINES = 16_384
#: Letters of a run of the gist: with particles and figures back in, about seven of the line.
RUN = 5
#: Neighbouring runs of which one is chosen; and runs of a line at most.
WINDOW = 2
MAX_RUNS = 8
#: Letters of either end by which a template with a slot is known.
END = 3


class Line(NamedTuple):
    """A line without marks, particles and figures."""

    words: str
    length: int
    """Characters of the line without its marks."""
    runs: tuple[str, ...]
    """What it is known by; empty: it says too little to be compared."""


@lru_cache(maxsize=LINES)
def read(text: str) -> Line:
    """A line's reading; the same on every machine.

    >>> read("用了半个月，皮肤真的变好了！").runs == read("我用了半个月皮肤变好了呀").runs
    False
    >>> bool(set(read("用了半个月，皮肤真的变好了！").runs) & set(read("我用了半个月皮肤变好了呀").runs))
    True
    """
    words, length = gist(text)
    words = words[:60]
    size = len(words)
    if size < 2:
        return Line(words, length, ())
    if len(set(words)) < 2 + (size > RUN):
        # “好看好看好看好看” is long and says one word.
        return Line(words, length, ())
    if size <= RUN:
        return Line(words, length, ("=" + words,))
    runs = [words[start : start + RUN] for start in range(size - RUN + 1)]
    if len(runs) > WINDOW:
        runs = [min(pair) for pair in pairwise(runs)]
    found = dict.fromkeys(runs)
    while len(found) > MAX_RUNS:
        found.popitem()
    if size > RUN + 1:
        found[f"{words[:END]}…{words[-END:]}"] = None
    return Line(words, length, tuple(found))
