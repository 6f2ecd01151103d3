"""The latest of each, of a number at most: what a room remembers by SKU, by account, by draw."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["keep", "trim"]

K = TypeVar("K")
T = TypeVar("T")


def keep(known: dict[K, T], key: K, value: T, most: int) -> None:
    """Remembers a value as the latest; of more than `most` those go that were kept longest ago."""
    known.pop(key, None)
    known[key] = value
    trim(known, most)


def trim(known: dict[K, T], most: int) -> None:
    """Forgets what stands first until no more than `most` are left."""
    while len(known) > most:
        del known[next(iter(known))]
