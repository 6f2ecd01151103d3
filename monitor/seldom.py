"""What anybody can cause as often as he likes, and is logged once in a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Seldom"]

#: Between two lines of the log about the same, ms.
EVERY_MS = 10_000


class Seldom:
    """Says when something may be logged again."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """
        Args:
            clock: ms.
        """
        self._clock = clock
        self._told: dict[str, int] = {}

    def due(self, about: str) -> bool:
        """Was it not logged for a while? Then it is now.

        Args:
            about: one of few: each is remembered.
        """
        now = self._clock()
        last = self._told.get(about)
        # A clock that was put back does not silence it.
        if last is not None and 0 <= now - last < EVERY_MS:
            return False
        self._told[about] = now
        return True
