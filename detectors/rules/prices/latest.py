"""The latest of each, of a number at most: what a room remembers by SKU."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["keep"]

T = TypeVar("T")


def keep(known: dict[str, T], key: str, value: T, most: int) -> None:
    """Remembers a value as the latest; of more than `most` those go that were seen longest ago."""
    known.pop(key, None)
    known[key] = value
    while len(known) > most:
        del known[next(iter(known))]
