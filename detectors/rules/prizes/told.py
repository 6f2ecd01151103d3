"""What was told of a draw, in words and by sights of its display."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.phrasing import phrasing
from detectors.rules.prizes.draws import MAX_DRAWS, Draws
from detectors.rules.prizes.terms import Item
from detectors.stats.latest import keep

__all__ = ["MAX_SAID", "RULES_SHOWN", "SAID_MS", "TOLD", "SaidOfDraw", "UnclearDraws"]

#: What was said of draws lately, and how long that is.
MAX_SAID = 4
SAID_MS = 300_000
#: What the host tells of what the display leaves out.
TOLD: dict[Item, re.Pattern[str]] = {
    "奖品": phrasing("prizes", "told-prize"),
    "数量或中奖概率": phrasing("prizes", "told-number"),
    "参与或兑奖条件": phrasing("prizes", "told-condition"),
    "开奖时间": phrasing("prizes", "told-time"),
}
RULES_SHOWN = phrasing("prizes", "rules-shown")


class SaidOfDraw(Struct):
    """What was said of a draw."""

    at: int
    text: str


class Moves(Struct):
    """The times that the end of a draw was put off."""

    times: int = 0
    before: list[Prize] = []
    """The draw as it was displayed before the last of them: what a verdict of repetition rests on."""


class UnclearDraws(Draws):
    """Beside the draws: what waits to be told in words, and what was said lately."""

    untold: dict[str, list[Item]] = {}
    """By draw, what its display leaves out; at most 50."""
    said: list[SaidOfDraw] = []
    """At most 4 texts about a draw."""
    postponed: dict[str, Moves] = {}
    """By draw, how often its end was put off; at most 50."""
    reason: SaidOfDraw | None = None
    """The last reason given for a change."""

    def put_off(self, before: Prize, kept: int) -> Moves:
        """Counts that a draw's end was put off; so many of the sights before it are kept."""
        moves = self.postponed.get(before.prize) or Moves()
        moves.times += 1
        moves.before = [*moves.before, before][-kept:]
        keep(self.postponed, before.prize, moves, MAX_DRAWS)
        return moves
