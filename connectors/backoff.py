"""How long to wait before the next attempt.

Full jitter: a random time between nothing and a limit that doubles with each failure. Many
rooms that lost one server do not come back in step, and the mean wait is half the limit.
"""

from __future__ import annotations

from random import Random

__all__ = ["FullJitter"]


class FullJitter:
    """The waits of one connection.

    >>> jitter = FullJitter(base_s=1, cap_s=60, random=Random(7))
    >>> [round(jitter.next_s(), 2) for _ in range(4)]
    [0.32, 0.3, 2.6, 0.58]
    """

    def __init__(self, *, base_s: float = 1.0, cap_s: float = 60.0, random: Random) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._random = random
        self.failures = 0
        """Attempts since the last `reset`."""

    def next_s(self) -> float:
        """The wait after one more failure."""
        # Past 2**20 the limit has long been reached.
        limit_s = min(self._cap_s, self._base_s * 2 ** min(self.failures, 20))
        self.failures += 1
        return self._random.uniform(0, limit_s)

    def reset(self) -> None:
        """Starts again at the shortest limit, after a success."""
        self.failures = 0
