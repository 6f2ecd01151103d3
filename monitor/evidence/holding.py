"""Holds what an alert names as its evidence: the records, as they arrived, when it is committed.

It is done in the transaction of the alert, so there is never an alert whose records the log may let go
of. What is held stays as long as an alert that it is held for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detectors.events import room_key
from monitor.evidence.records import Place
from monitor.store import numbering
from monitor.store.dialects import cursor_of, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.evidence.records import Stored
    from monitor.store.rows import AlertRow
    from monitor.store.store import Store

__all__ = ["MOST_NAMED", "catch_up", "held_for", "hold", "named_by", "put", "release", "rooms_of"]

#: Alerts of one transaction, so that others can write in between.
CHUNK = 20
#: Records that are held for one version of an alert at most.
MOST_NAMED = 1_000


def named_by(alert: Alert) -> list[tuple[str, str]]:
    """Key of the room and id of each event that an alert names, each once; what its verdict read
    comes before what stands around it."""
    evidence = alert.evidence
    names = dict.fromkeys(
        (room_key(event.platform, event.room), event.id)
        for event in (*evidence.trigger, *evidence.facts)
    )
    names |= dict.fromkeys(
        (room_key(seen.platform, seen.room), seen.event) for seen in evidence.rooms
    )
    if alert.room:
        room = room_key(alert.platform, alert.room)
        names |= dict.fromkeys((room, read.event) for read in alert.inputs if read.event)
    names |= dict.fromkeys(
        (room_key(event.platform, event.room), event.id)
        for event in (*evidence.before, *evidence.after)
    )
    return list(names)[:MOST_NAMED]


def rooms_of(alert: Alert) -> list[tuple[str, str]]:
    """Platform and room of each that an alert is about."""
    rooms = [(seen.platform, seen.room) for seen in alert.evidence.rooms]
    if alert.room:
        rooms.append((alert.platform, alert.room))
    return list(dict.fromkeys(rooms))


def hold(connection: Connection, alerts: Iterable[Alert]) -> None:
    """Holds what these name of the event log that lies beside them, in the caller's transaction."""
    if connection.dialect.name != "sqlite":
        return
    with cursor_of(connection) as execute:
        for alert in alerts:
            by_room: dict[str, list[str]] = {}
            for room, event in named_by(alert):
                by_room.setdefault(room, []).append(event)
            for room, events in by_room.items():
                names = msgspec.json.encode(events).decode()
                # Most of what a version names is held already, for the version before it or for
                # another alert of the room: of that the log's bytes need not be read again.
                execute(
                    "INSERT OR IGNORE INTO held_records"
                    " (log, position, room, event, source, arrived, data)"
                    " SELECT 'events', log.position, log.room, log.event, log.source, log.arrived,"
                    " log.data FROM json_each(?2) AS named CROSS JOIN event_log AS log"
                    " ON log.room = ?1 AND log.event = named.value"
                    " WHERE NOT EXISTS (SELECT 1 FROM held_records AS held"
                    " WHERE held.log = 'events' AND held.position = log.position)",
                    (room, names),
                )
                execute(
                    "INSERT OR IGNORE INTO held_for (alert, log, position)"
                    " SELECT ?1, held.log, held.position"
                    " FROM json_each(?3) AS named CROSS JOIN held_records AS held"
                    " ON held.room = ?2 AND held.event = named.value",
                    (alert.id, room, names),
                )


def put(connection: Connection, alert: str, records: Sequence[tuple[Stored, str]]) -> None:
    """Holds records that lie elsewhere, each with the id of its event, for an alert."""
    with cursor_of(connection) as execute:
        for record, event in records:
            execute(
                "INSERT INTO held_records (log, position, room, event, source, arrived, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (log, position) DO NOTHING",
                (
                    record.log, record.position, record.room, event, record.source,
                    record.arrived, record.data,
                ),
            )  # fmt: skip
            execute(
                "INSERT INTO held_for (alert, log, position) VALUES (?, ?, ?)"
                " ON CONFLICT (alert, log, position) DO NOTHING",
                (alert, record.log, record.position),
            )


def held_for(connection: Connection, alert: str) -> set[Place]:
    """Places of the records that are held for an alert."""
    rows = run(connection, "SELECT log, position FROM held_for WHERE alert = ?", (alert,))
    return {Place(str(log), int(position)) for log, position in rows}


def catch_up(store: Store) -> int:
    """Holds the records of alerts that an older version committed; how many alerts it looked at."""
    done = 0
    with store.database.read() as connection:
        since = numbering.current(connection, "held")
    while rows := store.changes_since(since, CHUNK):
        since = rows[-1].seq

        def job(connection: Connection, rows: list[AlertRow] = rows, reached: int = since) -> None:
            hold(connection, [row.alert for row in rows])
            numbering.move_to(connection, "held", reached)

        store.database.write(job)
        done += len(rows)
    store.caught_up = True
    return done


def release(store: Store) -> int:
    """Lets go of records that no alert is there for any more; how many."""

    def job(connection: Connection) -> int:
        run(connection, "DELETE FROM held_for WHERE alert NOT IN (SELECT id FROM alerts)")
        done = run(
            connection,
            "DELETE FROM held_records WHERE NOT EXISTS (SELECT 1 FROM held_for"
            " WHERE held_for.log = held_records.log AND held_for.position = held_records.position)",
        )
        return int(done.rowcount)

    return store.database.write(job)
