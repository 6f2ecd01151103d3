"""How often words are met with, about: by the ranks of their characters in the language."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.match.tables import COMMON

__all__ = ["frequency"]

#: The share of texts with a character, by its rank in the language: about as Zipf has it.
_SHARE = {character: 1.5 / (rank + 8) for rank, character in enumerate(COMMON)}
_RARE = 0.002


def frequency(words: Iterable[str]) -> float:
    """The share of texts in which any of some words stands; good enough to compare two lists."""
    total = 0.0
    for word in words:
        share = 1.0
        for character in word:
            share *= _SHARE.get(character, _RARE) / 4
        total += share
    return total
