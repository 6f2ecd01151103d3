"""How far a desk has taken the topics of alerts and dead letters, and what these let go of before.

The brokers forget how far a group has come when nobody of it was there for a week, so the store has it,
too. What lies between there and the first record that a topic still has is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.logger import logger
from detectors.calendar import HOUR_MS
from monitor.evidence import lost
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

__all__ = ["move", "note_lost", "positions"]

log = logger()


def positions(connection: Connection, logs: Iterable[str]) -> dict[str, int]:
    """From which position on nothing was taken, by log; those that are not known are left out."""
    found = {}
    for name in logs:
        row = run(connection, "SELECT position FROM topic_positions WHERE log = ?", (name,)).first()
        if row is not None:
            found[name] = int(row.position)
    return found


def move(connection: Connection, places: Mapping[str, int]) -> None:
    """Notes that all before these positions was taken; none goes back."""
    for name, position in places.items():
        run(
            connection,
            "INSERT INTO topic_positions (log, position) VALUES (?, ?) ON CONFLICT (log) DO UPDATE"
            " SET position = excluded.position WHERE topic_positions.position < excluded.position",
            (name, position),
        )


def note_lost(
    connection: Connection,
    why: lost.Why,
    begins: Mapping[str, int],
    since: Mapping[str, int],
    now: int,
) -> None:
    """Notes, in the caller's transaction, what was let go of before it was taken, and goes on behind it.

    Args:
        begins: first position that the topic still has, by log.
        since: how far it was taken as the brokers know it, which the store of an older version does not.
        now: ms.
    """
    known = positions(connection, begins)
    for name, begin in begins.items():
        position = max(known.get(name, 0), since.get(name, 0))
        if (name in known or name in since) and begin > position:
            gone = lost.Lost(
                log=name, why=why, first=position, last=begin - 1, records=begin - position,
                hour=now // HOUR_MS * HOUR_MS, noted=now,
            )  # fmt: skip
            lost.note(connection, gone)
            log.error("topic_lost_records", log=name, records=gone.records)
        move(connection, {name: max(begin, position)})
