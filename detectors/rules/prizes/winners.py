"""Who won the draws of a room, and who belongs to the house."""

from __future__ import annotations

from msgspec import Struct

from detectors.calendar import day_end_ms
from detectors.events import Chat, Event, Prize
from detectors.rules.prizes.draws import Draws

__all__ = ["MAX_ASKED", "MAX_STAFF", "MAX_WINNERS", "MAX_WINS", "RiggedDraws", "Win", "same_day"]

#: Accounts of the house, winners, and lines of viewers that are remembered.
MAX_STAFF = 50
MAX_WINNERS = 400
MAX_ASKED = 8
#: Draws of one account that are remembered.
MAX_WINS = 20


class Win(Struct):
    """A draw that an account has won."""

    prize: str
    event: Prize


class RiggedDraws(Draws):
    """Beside the draws: who belongs to the house, who won, and what waits for a word."""

    staff: dict[str, Chat] = {}
    """The first line of each account of host or assistant; 50 at most."""
    wins: dict[str, list[Win]] = {}
    """By account, of one day; 400 accounts at most."""
    suspects: dict[str, Win] = {}
    """Wins of the house that wait whether the draw is annulled; at most 50."""
    due: dict[str, int] = {}
    """When a draw has to be held at the latest; at most 50."""
    over: dict[str, int] = {}
    """Of those whose broadcast is over, when that was."""
    drawn: int = 0
    """Draws that were seen held."""
    asked: list[Chat] = []
    """Viewers who ask where the draw is; at most 8."""


def same_day(one: Prize, other: Event) -> bool:
    """One civil day in Beijing, or one broadcast, which may go on past midnight."""
    same_broadcast = bool(one.session) and one.session == other.session
    return same_broadcast or day_end_ms(one.at) == day_end_ms(other.at)
