"""How often words are met with, about: by the ranks of their characters in the language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from detectors.match.tables import COMMON

__all__ = ["frequency"]

_RARE = 0.002


@cache
def _shares() -> dict[str, float]:
    """The share of texts with a character, by its rank in the language: about as Zipf has it."""
    return {character: 1.5 / (rank + 8) for rank, character in enumerate(COMMON)}


def frequency(words: Iterable[str]) -> float:
    """The share of texts in which any of some words stands; good enough to compare two lists."""
    shares = _shares()
    total = 0.0
    for word in words:
        share = 1.0
        for character in word:
            share *= shares.get(character, _RARE) / 4
        total += share
    return total
