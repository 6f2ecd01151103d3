"""The draws of a room, as far as their display was seen."""

from __future__ import annotations

from detectors.events import Prize
from detectors.rules.claims.claim import ClaimMemory
from detectors.stats.latest import trim

__all__ = ["MAX_DRAWS", "Draws"]

#: Draws of a room that are followed.
MAX_DRAWS = 50


class Draws(ClaimMemory):
    """Beside the claims: the draws of a room, `MAX_DRAWS` at most."""

    prizes: dict[str, Prize] = {}
    """By id, with what is known of them by now."""

    def keep(self, prize: Prize) -> None:
        """Remembers a draw; of too many the oldest goes."""
        self.prizes[prize.prize] = prize
        trim(self.prizes, MAX_DRAWS)
