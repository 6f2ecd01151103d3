"""Many words found in a text at one go, by an automaton that is kept as bytes.

Aho and Corasick's automaton (1975) over characters, in a double array (Kanda et al. 2023,
doi:10.1002/spe.3190): made once, it is read back in milliseconds, whatever the number of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ahocorasick_rs import AhoCorasick, Implementation
from daachorse import CharwiseDoubleArrayAhoCorasick

__all__ = ["SEAM", "Find", "Match", "Which", "automaton", "finder", "having", "which"]

#: Stands between texts that are read at one go: a character of private use, which no word has and
#: no folding changes.
SEAM = "\ue000"
Match = tuple[int, int, int]
"""Half-open offsets, and the number of the word."""
Find = Callable[[str], list[Match]]
"""All places of all words in a text, overlapping ones too: by their ends, longer words first."""
Which = Callable[[str], list[Match]]
"""The words that stand in a text: of each place, the number of the word first."""


def automaton(words: Iterable[str]) -> bytes:
    """The automaton of some words, as bytes: each once, none empty."""
    listed = list(words)
    return CharwiseDoubleArrayAhoCorasick(listed).serialize() if listed else b""


def finder(automaton: bytes) -> Find:
    """What finds the words of an automaton.

    Raises:
        ValueError: it is none.
    """
    if not automaton:
        return _nothing
    return CharwiseDoubleArrayAhoCorasick.deserialize(automaton).find_overlapping


def which(words: Iterable[str]) -> Which:
    """What tells which of some words stand in a text, made by the process itself.

    For the many small sets of words: a double array over characters begins with a table of all
    of them, 160 KB, this one takes an eighth altogether.
    """
    listed = list(words)
    if not listed:
        return _nothing
    kind = Implementation.ContiguousNFA
    made = AhoCorasick(listed, store_patterns=False, implementation=kind)
    return partial(made.find_matches_as_indexes, overlapping=True)


def having(texts: Sequence[str], find: Callable[[str], Iterable[int]]) -> dict[int, list[int]]:
    """The texts in which words stand, all read at one go.

    Args:
        find: where words begin in a text, in any order.

    Returns:
        By the place of a text, which of what was found stands in it.
    """
    found: dict[int, list[int]] = {}
    place = end = 0
    starts = list(find(SEAM.join(texts)))
    for number in sorted(range(len(starts)), key=starts.__getitem__):
        while starts[number] >= end:
            end += len(texts[place]) + len(SEAM)
            place += 1
        found.setdefault(place - 1, []).append(number)
    return found


def _nothing(_: str) -> list[Match]:
    return []
