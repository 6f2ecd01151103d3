"""Holds what an alert names as its evidence: the records, as they arrived, when the log lets go of them.

It runs before each trim of the log, over the alerts that changed since, so nothing that an alert
names is trimmed before it is held. What is held stays as long as an alert that it is held for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from detectors.events import room_key
from monitor.store import numbering

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.store.rows import AlertRow
    from monitor.store.store import Store

__all__ = ["hold", "named_by", "release"]

log = structlog.get_logger(__name__)

#: Alerts of one transaction, so that others can write in between.
CHUNK = 20


def named_by(alert: Alert) -> list[tuple[str, str]]:
    """Key of the room and id of each event that an alert names, each once, in order."""
    evidence = alert.evidence
    events = (*evidence.trigger, *evidence.before, *evidence.after, *evidence.facts)
    names = {(room_key(event.platform, event.room), event.id) for event in events}
    names.update((room_key(seen.platform, seen.room), seen.event) for seen in evidence.rooms)
    if alert.room:
        room = room_key(alert.platform, alert.room)
        names.update((room, read.event) for read in alert.inputs if read.event)
    return sorted(names)


def hold(store: Store) -> int:
    """Holds the records of all alerts that changed since the last time; how many alerts."""
    done = 0
    with store.database.read() as connection:
        since = numbering.current(connection, "held")
    while rows := store.changes_since(since, CHUNK):
        since = rows[-1].seq

        def job(connection: Connection, rows: list[AlertRow] = rows, reached: int = since) -> None:
            for row in rows:
                _hold(connection, row.alert)
            numbering.move_to(connection, "held", reached)

        store.database.write(job)
        done += len(rows)
    return done


def _hold(connection: Connection, alert: Alert) -> None:
    names = msgspec.json.encode(named_by(alert)).decode()
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO held_records (position, room, event, source, arrived, data)"
        " SELECT log.position, log.room, log.event, log.source, log.arrived, log.data"
        " FROM json_each(?) AS named JOIN event_log AS log"
        " ON log.room = json_extract(named.value, '$[0]')"
        " AND log.event = json_extract(named.value, '$[1]')",
        (names,),
    )
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO held_for (alert, position) SELECT ?, held.position"
        " FROM json_each(?) AS named JOIN held_records AS held"
        " ON held.room = json_extract(named.value, '$[0]')"
        " AND held.event = json_extract(named.value, '$[1]')",
        (alert.id, names),
    )


def release(store: Store) -> int:
    """Lets go of records that no alert is there for any more; how many."""

    def job(connection: Connection) -> int:
        connection.exec_driver_sql(
            "DELETE FROM held_for WHERE alert NOT IN (SELECT id FROM alerts)"
        )
        done = connection.exec_driver_sql(
            "DELETE FROM held_records WHERE position NOT IN (SELECT position FROM held_for)"
        )
        return int(done.rowcount)

    return store.database.write(job)
