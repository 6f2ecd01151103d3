"""The clock that the runner reads: the machine's, or one that a test moves by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Clock", "HandClock", "WallClock", "now_ms"]


def now_ms() -> int:
    """Wall clock, ms since the epoch."""
    return time.time_ns() // 1_000_000


class Clock(Protocol):
    """What time it is, and how to wait."""

    def now_ms(self) -> int:
        """Wall clock, ms since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns after so many seconds."""
        ...


class WallClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        """Wall clock, ms since the epoch."""
        return now_ms()

    async def sleep(self, seconds: float) -> None:
        """Returns after so many seconds."""
        await asyncio.sleep(seconds)


class HandClock:
    """Stands still until it is moved: for tests of what takes minutes."""

    def __init__(self, now_ms: int = 1_788_231_600_000) -> None:
        self._now_ms = now_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0
        self.slept_s: list[float] = []
        """Every wait that was asked for, in order."""

    def now_ms(self) -> int:
        """The current setting, ms since the epoch."""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """Returns once the clock has been moved that far."""
        self.slept_s.append(seconds)
        until = self._now_ms + round(seconds * 1000)
        if until <= self._now_ms:
            await asyncio.sleep(0)
            return
        self._number += 1
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((until, self._number, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Moves the clock forward and wakes sleepers that are due, one after the other."""
        target = self._now_ms + round(seconds * 1000)
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= target]:
            first = min(due, key=lambda sleeper: sleeper[:2])
            self._sleepers.remove(first)
            self._now_ms = max(self._now_ms, first[0])
            if not first[2].done():
                first[2].set_result(None)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        self._now_ms = target
