"""Bounded dictionaries that keep the latest entries, by SKU, account or draw."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["keep", "trim"]

K = TypeVar("K")
T = TypeVar("T")


def keep(known: dict[K, T], key: K, value: T, most: int) -> None:
    """Stores a value as the latest entry, and drops the oldest beyond `most`."""
    known.pop(key, None)
    known[key] = value
    trim(known, most)


def trim(known: dict[K, T], most: int) -> None:
    """Drops the first entries until `most` are left."""
    while len(known) > most:
        del known[next(iter(known))]
