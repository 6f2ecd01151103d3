"""A cache of results by text, for texts that are repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["KnownTexts"]

T = TypeVar("T")


class KnownTexts(Generic[T]):
    """A cache of results by text; texts that are repeated stay in it."""

    def __init__(self, texts: int, length: int) -> None:
        """
        Args:
            texts: that are known at once, twice as many at most.
            length: characters of a text that is short enough to come again.
        """
        self._many = texts
        self._length = length
        self._latest: dict[str, T] = {}
        self._older: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._latest) + len(self._older)

    def __contains__(self, text: str) -> bool:
        return text in self._latest or text in self._older

    def of(self, text: str, make: Callable[[str], T]) -> T:
        """The cached result for a text, else a new one."""
        made = self._latest.get(text)
        if made is not None:
            return made
        made = self._older.pop(text, None)
        if made is None:
            made = make(text)
        if len(text) <= self._length:
            if len(self._latest) >= self._many:
                self._older, self._latest = self._latest, {}
            self._latest[text] = made
        return made
