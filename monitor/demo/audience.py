"""How many watch, like and write, second by second."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

__all__ = ["Audience"]

#: Lines a second that the usual number of viewers writes.
USUAL_CHAT_PER_S = 1.42
#: Likes a minute of one viewer, on average over those who only listen.
USUAL_LIKES_PER_MINUTE = 2.1
#: Seconds until half of those who came at once are gone.
STAY_S = 170.0


@dataclass(slots=True)
class _Surge:
    """Many come at once; afterwards they go little by little."""

    start: float
    came_from: int
    to: int
    over_s: float
    likes_per_minute: float
    chat: float


class Audience:
    """The counters of the audience; all chance comes from the given generator."""

    def __init__(self, rng: random.Random, *, usual: int) -> None:
        self._rng = rng
        self._usual = usual
        self._drift = 0.0
        self._surge: _Surge | None = None
        self.viewers = round(usual * 0.3)
        self._likes = 5_200.0
        self.chat_per_s = 0.0

    @property
    def likes(self) -> int:
        return int(self._likes)

    def surge(
        self, at: float, *, to: int, over_s: float, likes_per_minute: float, chat: float
    ) -> None:
        """From now on more viewers come, until there are `to`."""
        self._surge = _Surge(at, self.viewers, to, over_s, likes_per_minute, chat)

    def step(self, at: float) -> int:
        """A second passes; the viewers at that time, in seconds."""
        rng = self._rng
        filling = 0.3 + 0.7 * (1 - math.exp(-at / 150))
        self._drift = self._drift * 0.995 + rng.gauss(0, 0.006)
        usual = self._usual * filling * (1 + self._drift)
        viewers, likes, chat = usual, USUAL_LIKES_PER_MINUTE, filling
        surge = self._surge
        if surge is not None:
            since = at - surge.start
            if since <= surge.over_s:
                share = since / surge.over_s
                viewers = surge.came_from + (surge.to - surge.came_from) * share
            else:
                left = 0.5 ** ((since - surge.over_s) / STAY_S)
                viewers = usual + (surge.to - usual) * left
            if since <= surge.over_s + 60:
                likes, chat = surge.likes_per_minute, surge.chat
            elif since > 6 * STAY_S:
                self._surge = None
        self.viewers = max(12, round(viewers * (1 + rng.gauss(0, 0.011))))
        self._likes += self.viewers * likes / 60 * rng.uniform(0.8, 1.2)
        self.chat_per_s = USUAL_CHAT_PER_S * chat
        return self.viewers
