"""The labelled texts that training reads, by the second part of their files' names.

What is set aside (``heldout``, ``second`` to ``eighth``, ``streams``, ``twentieth``, ``twenty-fourth``,
``twenty-fifth`` to ``thirtieth``, ``tales``, ``stories``, ``anecdotes``) is not among them: it says what
training is worth.
"""

from __future__ import annotations

__all__ = ["ORDINARY", "SEEN", "SPOKEN"]

SEEN = (
    "dev", "more", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth",
    "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twenty-first", "twenty-second", "twenty-third",
)  # fmt: skip
"""Lines: what was written for training, and sets that were judged by once and are spent."""
SPOKEN = ("spoken", "talks", "broadcasts", "evenings")
"""Whole talks."""
ORDINARY = "ordinary"
"""Files of what lawful sellers say begin so."""
