"""Records that arrived and that nobody has any more, as they are told to whoever relies on the rest.

A topic lets go of records when their time is over. If the desk was away for longer than that, it has
neither read them (they have no leaf) nor written them into the archive (they have one); of the topics of
alerts and dead letters, it has not taken them into its store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from detectors.calendar import HOUR_MS
from monitor.store.dialects import run

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "Lost", "Why", "alerts_since", "counts", "near", "note", "of_log", "problems", "told",
]  # fmt: skip

Why = Literal["unread", "unarchived", "damaged", "unread_alerts", "unread_letters"]
#: For how long `/healthz` tells of a loss after it was noticed, ms: a week. Metrics go on.
TELLING_MS = 7 * 86_400_000
_WORDS = {
    "unread": "the topic let go of them before they were read: they have no leaf",
    "unarchived": "the topic let go of them before they were in the archive: of these there are leaves",
    "damaged": "they lay on damaged pages of the database: of these there are leaves",
    "unread_alerts": "the topic let go of them before a desk read them: alerts are missing here, or later"
    " versions of some",
    "unread_letters": "the topic let go of them before a desk read them: dead letters are missing here",
}


class Lost(Struct, kw_only=True):
    """Some that were lost together."""

    log: str
    why: Why
    first: int
    """Positions between which they lay; there may be others between them."""
    last: int
    records: int
    hour: int
    """Beginning of the hour in which they arrived, or before, ms."""
    noted: int
    """When that was noticed, ms."""


def note(connection: Connection, lost: Lost) -> None:
    """Notes a loss in the caller's transaction; one that is known already is left as it is."""
    run(
        connection,
        "INSERT INTO lost_records (log, why, first, last, records, hour, noted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (log, why, last) DO NOTHING",
        (lost.log, lost.why, lost.first, lost.last, lost.records, lost.hour, lost.noted),
    )


def of_log(connection: Connection, log: str | None = None) -> list[Lost]:
    """What was lost of a log, or of all, in order."""
    where, values = ("log = ?", (log,)) if log is not None else ("1 = 1", ())
    rows = run(
        connection,
        "SELECT log, why, first, last, records, hour, noted FROM lost_records"  # noqa: S608 - ours
        f" WHERE {where} ORDER BY log, last, why",
        values,
    )
    return [Lost(**row._mapping) for row in rows]


def near(connection: Connection, log: str, *, last: int, since: int | None) -> list[Lost]:
    """What was lost of a log and may be of what arrived since a moment, up to a position.

    Args:
        since: ms; ``None``: from the beginning of the log on.
    """
    return [
        one for one in of_log(connection, log)
        if one.first <= last and (since is None or one.hour + HOUR_MS > since)
    ]  # fmt: skip


def alerts_since(connection: Connection, moment: int) -> list[Lost]:
    """What was lost of the topic of alerts since a moment (ms), among which may be later versions of an
    alert that was raised then."""
    return [
        one for one in of_log(connection)
        if one.why == "unread_alerts" and one.hour + HOUR_MS > moment
    ]  # fmt: skip


def counts(connection: Connection) -> dict[str, int]:
    """How many records were lost, by reason; each reason is there."""
    found = dict.fromkeys(_WORDS, 0)
    for row in run(
        connection, "SELECT why, sum(records) AS records FROM lost_records GROUP BY why"
    ):
        found[row.why] = int(row.records)
    return found


def told(lost: Lost) -> str:
    """A loss in words."""
    return (
        f"{lost.records} records of {lost.log} ({lost.first} to {lost.last}) are lost:"
        f" {_WORDS[lost.why]}"
    )


def problems(connection: Connection, now: int) -> list[str]:
    """Losses of the last days, in words."""
    return [told(one) for one in of_log(connection) if now - one.noted < TELLING_MS]
