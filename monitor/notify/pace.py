"""How fast a channel may be spoken to.

The limits of the bots are counts within any minute, so a bucket that fills again while it is being
emptied would let twice as many through. What counts is a window that slides: the other side counts a
message between the beginning and the end of our request, so it is counted from its end here, and
the window is a little longer than theirs.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

__all__ = ["Limit", "Pace"]


class Limit(Struct, frozen=True):
    """At most so many messages within so many seconds."""

    messages: int
    seconds: float


class Pace:
    """The messages of one channel within its limits. Times are those of one clock, s."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self._limits = limits
        self._kept = max((limit.messages for limit in limits), default=0)
        self._ended: deque[float] = deque(maxlen=self._kept or 1)
        self._held_until = 0.0

    def count(self, at: float) -> None:
        """A message ended at this time, delivered or not: the other side may have counted it."""
        self._ended.append(at)

    def hold(self, until: float) -> None:
        """Nothing is sent before this time."""
        self._held_until = max(self._held_until, until)

    def wait_s(self, now: float) -> float:
        """How long until one message may begin, s; 0: now."""
        wait = self._held_until - now
        for limit in self._limits:
            if len(self._ended) >= limit.messages:
                wait = max(wait, self._ended[-limit.messages] + limit.seconds - now)
        return max(0.0, wait)

    def room(self, now: float) -> int | None:
        """How many messages may begin within the longest limit; ``None``: any number.

        A shorter limit only sets them apart.
        """
        if self._held_until > now:
            return 0
        if not self._limits:
            return None
        longest = max(self._limits, key=lambda limit: limit.seconds)
        sent = sum(1 for at in self._ended if at > now - longest.seconds)
        return max(0, longest.messages - sent)

    @property
    def latest(self) -> float | None:
        """When the latest message ended; ``None``: none did."""
        return self._ended[-1] if self._ended else None
