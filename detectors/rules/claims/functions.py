"""Texts that are little more than a word, as labels, lists and notices are."""

from __future__ import annotations

from detectors.match.lexicon import Hit
from detectors.rules.claims.reading import Reading

__all__ = ["is_terse"]

#: Characters of a text that may be a mere list of functions.
_TERSE = 20


def is_terse(reading: Reading, hits: list[Hit]) -> bool:
    """Is the text little more than these words, as on a label, in a list or a notice?"""
    signs = sum(character.isalnum() for character in reading.text)
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    return signs <= _TERSE and 2 * len(covered) >= signs
