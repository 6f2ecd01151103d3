"""What a room announced about a draw: in words, and on its display."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.phrasing import phrasing
from detectors.rules.prizes.draws import MAX_DRAWS, Draws
from detectors.rules.prizes.terms import Item
from detectors.stats.latest import keep

__all__ = ["MAX_SAID", "RULES_SHOWN", "SAID_MS", "TOLD", "SaidOfDraw", "UnclearDraws"]

#: Latest texts about draws that are kept, and for how long, ms.
MAX_SAID = 4
SAID_MS = 300_000
#: By item that the display may leave out, the words with which a host states it.
TOLD: dict[Item, re.Pattern[str]] = {
    "奖品": phrasing("prizes", "told-prize"),
    "数量或中奖概率": phrasing("prizes", "told-number"),
    "参与或兑奖条件": phrasing("prizes", "told-condition"),
    "开奖时间": phrasing("prizes", "told-time"),
}
RULES_SHOWN = phrasing("prizes", "rules-shown")


class SaidOfDraw(Struct):
    """A text about a draw."""

    at: int
    text: str


class Moves(Struct):
    """How often the end of a draw was postponed."""

    times: int = 0
    before: list[Prize] = []
    """The displays before the latest postponements, as evidence of repetition."""


class UnclearDraws(Draws):
    """The draws, the items that are still unannounced, and the latest texts."""

    untold: dict[str, list[Item]] = {}
    """Items that a draw's display leaves out, by draw; at most `MAX_DRAWS`."""
    said: list[SaidOfDraw] = []
    """The latest texts about draws, at most `MAX_SAID`."""
    postponed: dict[str, Moves] = {}
    """Postponements by draw; at most `MAX_DRAWS`."""
    reason: SaidOfDraw | None = None
    """The last reason given for a change."""

    def put_off(self, before: Prize, kept: int) -> Moves:
        """Counts a postponement; the latest `kept` displays before one are kept."""
        moves = self.postponed.get(before.prize) or Moves()
        moves.times += 1
        moves.before = [*moves.before, before][-kept:]
        keep(self.postponed, before.prize, moves, MAX_DRAWS)
        return moves
