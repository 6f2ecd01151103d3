"""What was read and is not stored yet: bounded, so that a slow store slows the reading down."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

__all__ = ["Backlog"]

T = TypeVar("T")


class Backlog(Generic[T]):
    """A queue with a bound on its weight. Nothing is ever dropped: `put` waits for space."""

    def __init__(self, limit: int) -> None:
        """
        Args:
            limit: weight beyond which `put` waits; one item may go over it.
        """
        self._limit = limit
        self._items: deque[tuple[T, int]] = deque()
        self._blocked: deque[asyncio.Future[None]] = deque()
        self._arrived: asyncio.Future[None] | None = None
        self.closed = False
        self.weight = 0
        """Of all that waits here."""

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Would `put` wait?"""
        return self.weight >= self._limit

    async def put(self, item: T, weight: int) -> None:
        """Adds an item, when there is room. A task that is cancelled meanwhile leaves it here."""
        try:
            while self.full or self._blocked:
                turn = asyncio.get_running_loop().create_future()
                self._blocked.append(turn)
                try:
                    await turn
                finally:
                    if turn in self._blocked:
                        self._blocked.remove(turn)
                if not self.full:
                    break
        finally:
            self.force(item, weight)
            self._wake_blocked()

    def force(self, item: T, weight: int) -> None:
        """Adds an item without waiting, over the bound if need be."""
        self._items.append((item, weight))
        self.weight += weight
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def wait(self) -> bool:
        """Waits for an item; false: closed, and none is left."""
        while not self._items:
            if self.closed:
                return False
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return True

    def take(self, limit: int) -> list[T]:
        """Takes items out, up to a weight, one at least if there is one."""
        taken: list[T] = []
        weight = 0
        while self._items and (not taken or weight + self._items[0][1] <= limit):
            item, its = self._items.popleft()
            taken.append(item)
            weight += its
        self.weight -= weight
        self._wake_blocked()
        return taken

    def head(self, count: int) -> list[T]:
        """The items that are next; they stay."""
        return [item for item, _ in islice(self._items, count)]

    def close(self) -> None:
        """No more comes; `take` hands out the rest."""
        self.closed = True
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def rest(self) -> list[T]:
        """Takes out everything at once."""
        items = [item for item, _ in self._items]
        self._items.clear()
        self.weight = 0
        self._wake_blocked()
        return items

    def _wake_blocked(self) -> None:
        # One at a time, in order: who is woken wakes the next if there still is room.
        if not self.full:
            while self._blocked:
                turn = self._blocked.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
