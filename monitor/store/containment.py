"""Writing around damaged pages: what can be written is, the rest is named.

A batch touches many rooms, and one page that cannot be read would undo all of it, each time it is
tried again. So where the file is at fault each alert and each room is tried by itself (SQLite allows
nothing more in a transaction that has met damage), and then those that can be written are, in one
transaction with the position. What lies on the damaged page becomes a dead letter. When that or the
position cannot be written nothing is, and the worker says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import sqlalchemy as sa

from connectors.logger import logger
from detectors.alerts import encode as encode_alert
from monitor.evidence import holding
from monitor.store import alerts, dead_letters, numbering, room_rows
from monitor.store.integrity import is_damage
from monitor.store.rows import DeadLetter, Outcome, Reopening

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from monitor.store.database import Connections

__all__ = ["write_around", "write_whole"]

log = logger()


class _Tried(Exception):
    """It can be written; raised so that nothing of it stays."""


class _Piece(NamedTuple):
    """A part of an outcome that can be written by itself."""

    what: str
    outcome: Outcome
    data: bytes


def write_whole(
    connection: Connection, outcome: Outcome, now: int,
    reopening: Reopening = Reopening(),  # noqa: B008  it is frozen
    *, unheld: Collection[str] = (), caught_up: bool = False,
) -> list[alerts.Change]:  # fmt: skip
    """Writes all of an outcome, and holds the records that its alerts name; returns what changed.

    Args:
        unheld: alerts of which the records cannot be read, since they lie on damaged pages.
        caught_up: the records of all earlier alerts are held.
    """
    # First: an alert that names nobody is where its room is.
    room_rows.write_rooms(connection, outcome.rooms)
    changes = alerts.upsert_alerts(connection, outcome.alerts, now=now, reopening=reopening)
    if changes:
        changed = {change.alert for change in changes} - set(unheld)
        holding.hold(connection, [alert for alert in outcome.alerts if alert.id in changed])
        for alert, records in outcome.held.items():
            if alert in changed:
                holding.put(connection, alert, records)
        if caught_up:
            numbering.move_to(connection, "held", changes[-1].seq)
    if outcome.traces:
        alerts.note_traces(connection, outcome.traces)
    room_rows.write_parts(connection, outcome.parts, outcome.rewritten)
    room_rows.delete_rooms(connection, outcome.forgotten)
    dead_letters.write_dead_letters(connection, outcome.dead)
    if outcome.position is not None:
        numbering.move_to(connection, "position", outcome.position)
    return changes


def write_around(
    database: Connections, outcome: Outcome, now: int,
    reopening: Reopening = Reopening(),  # noqa: B008  it is frozen
) -> list[alerts.Change]:  # fmt: skip
    """Writes all of an outcome that does not lie on damaged pages; returns what changed.

    Raises:
        sqlalchemy.exc.DBAPIError: something could be written neither where it belongs nor as a dead
            letter, or a write failed; nothing was written.
    """
    good = Outcome(position=outcome.position, traces=outcome.traces)
    lost: list[str] = []
    unheld: set[str] = set()
    for piece in _pieces(outcome):
        error = _failure(database, piece.outcome, now)
        ids = {alert.id for alert in piece.outcome.alerts}
        if error is not None and ids and _failure(database, piece.outcome, now, ids) is None:
            # The alert can be written; a record that it names cannot be read.
            unheld |= ids
            error = None
        if error is None:
            _add(good, piece.outcome)
            continue
        reason = f"{piece.what} cannot be written, its page is damaged: {error.orig}"
        lost.append(reason)
        if piece.outcome.forgotten:
            continue  # It stays, and nothing is lost.
        letter = DeadLetter(
            stage="engine",
            source="store",
            reason=reason,
            data=piece.data,
            first_at=now,
            last_at=now,
        )
        # A letter about a letter would fail like it.
        unwritten = error if piece.outcome.dead else _failure(database, Outcome(dead=[letter]), now)
        if unwritten is not None:
            raise unwritten
        good.dead.append(letter)
    log.error(
        "written_around_damage",
        position=outcome.position,
        lost=lost[:10],
        lost_total=len(lost),
        unheld=sorted(unheld)[:10],
    )
    return database.write(
        lambda connection: write_whole(connection, good, now, reopening, unheld=unheld)
    )


def _pieces(outcome: Outcome) -> list[_Piece]:
    pieces = [
        _Piece(f"alert {alert.id}", Outcome(alerts=[alert]), encode_alert(alert))
        for alert in outcome.alerts
    ]
    for room in {**outcome.parts, **dict.fromkeys(outcome.rewritten)}:
        changed = outcome.parts.get(room, {})
        again = [room] if room in outcome.rewritten else []
        pieces.append(
            _Piece(
                f"the state of {room}",
                Outcome(parts={room: changed}, rewritten=again),
                msgspec.msgpack.encode(changed),
            )
        )
    pieces += [
        _Piece(
            f"the row of room {row.room} of {row.platform}",
            Outcome(rooms=[row]),
            msgspec.json.encode(row),
        )
        for row in outcome.rooms
    ]
    pieces += [
        _Piece(f"that room {room} of {platform} goes", Outcome(forgotten=[(platform, room)]), b"")
        for platform, room in outcome.forgotten
    ]
    pieces += [_Piece("a dead letter", Outcome(dead=[letter]), b"") for letter in outcome.dead]
    return pieces


def _add(good: Outcome, piece: Outcome) -> None:
    good.alerts += piece.alerts
    good.parts |= piece.parts
    good.rewritten += piece.rewritten
    good.rooms += piece.rooms
    good.forgotten += piece.forgotten
    good.dead += piece.dead


def _failure(
    database: Connections, outcome: Outcome, now: int, unheld: Collection[str] = ()
) -> sa.exc.DBAPIError | None:
    """Why it cannot be written, where the file is at fault; leaves nothing of it there."""

    def attempt(connection: Connection) -> None:
        write_whole(connection, outcome, now, unheld=unheld)
        raise _Tried

    try:
        database.write(attempt)
    except _Tried:
        return None
    except sa.exc.DBAPIError as error:
        if not is_damage(error.orig):
            raise
        return error
    return None
