"""The event log in the database file, beside the store, so that one transaction covers both.

The identity of an event in the log is the unique index over room key and event id: about 3 µs
an event, and it forgets with the log what was trimmed (the engine remembers ids of its own).
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connectors.logger import logger
from monitor.evidence import ledger
from monitor.pipeline.log import Appended, Entry, Record, Retention, Trimmed
from monitor.store import numbering
from monitor.store.integrity import is_damage
from monitor.store.tables import event_log
from monitor.tracing.context import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from monitor.store.database import Database

__all__ = ["SqliteLog"]

log = logger()

#: When a record arrived that cannot be read and has no neighbour, ms: long ago, so that no room's
#: time is moved on by it.
NOBODY_KNOWS_MS = 1
#: Records that one job of a trim takes out, so that appends can go in between.
TRIM_CHUNK = 2_000

_INSERT = (
    "INSERT INTO event_log (position, room, event, source, arrived, ends, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, event) DO NOTHING"
)

_TRACE = "INSERT INTO event_traces (first, last, parent) VALUES (?, ?, ?)"


class SqliteLog:
    """Keeps the contract of `EventLog` in the table `event_log`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._pending_bytes = 0
        self._listeners: list[Callable[[], None]] = []
        with database.read() as connection:
            self._head = _head(connection)

    def append(self, entries: Sequence[Entry], *, source: str, now: int) -> Future[Appended]:
        """Queues the entries; appends that wait together share a commit."""
        size = sum(len(entry.data) for entry in entries)
        parent = current.get()

        def job(connection: Connection) -> Appended:
            appended = _append(connection, entries, source, now)
            if parent is not None and parent.sampled and appended.added:
                first = appended.head - appended.added + 1
                connection.exec_driver_sql(_TRACE, (first, appended.head, parent.header))
            return appended

        with self._lock:
            self._pending_bytes += size
        try:
            future = self._database.submit(job)
        except BaseException:
            with self._lock:
                self._pending_bytes -= size
            raise

        # Whoever waits for the append must find it counted in `head`, and a future wakes those who wait
        # before it calls back: so they wait for one of their own, which nobody can cancel.
        counted: Future[Appended] = Future()
        counted.set_running_or_notify_cancel()

        def durable(done: Future[Appended]) -> None:
            failure = done.exception()
            with self._lock:
                self._pending_bytes -= size
                if failure is None:
                    self._head = max(self._head, done.result().head)
            if failure is not None:
                counted.set_exception(failure)
                return
            counted.set_result(done.result())
            for listener in self._listeners:
                listener()

        future.add_done_callback(durable)
        return counted

    def read(self, after: int, limit: int) -> list[Record]:
        """Records behind a position; in the place of one that lies on a damaged page stands a line
        that says so, which is no event and becomes a dead letter."""
        try:
            return self._read(after, limit)
        except sa.exc.DBAPIError as error:
            if not is_damage(error.orig):
                raise
        return self._read_one_by_one(after, limit)

    def _read(self, after: int, limit: int) -> list[Record]:
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT position, room, arrived, data FROM event_log"
                " WHERE position > ? ORDER BY position LIMIT ?",
                (after, limit),
            )
            return [Record(*row) for row in rows.fetchall()]

    def _read_one_by_one(self, after: int, limit: int) -> list[Record]:
        found: list[Record] = []
        arrived = 0
        for position in range(after + 1, min(after + limit, self._head) + 1):
            try:
                found += self._read_at(position)
                arrived = found[-1].arrived if found else arrived
            except sa.exc.DBAPIError as error:
                if not is_damage(error.orig):
                    raise
                line = f"position {position} of the log lies on a damaged page: {error.orig}"
                found.append(Record(position, "", arrived or NOBODY_KNOWS_MS, line.encode()))
        if found:
            log.error("log_is_damaged", first=found[0].position, last=found[-1].position)
        return found

    def _read_at(self, position: int) -> list[Record]:
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT position, room, arrived, data FROM event_log WHERE position = ?",
                (position,),
            )
            return [Record(*row) for row in rows.fetchall()]

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes of an event that is still here."""
        query = sa.select(event_log.c.data)
        with self._database.read() as connection:
            found = connection.execute(
                query.where(event_log.c.room == room, event_log.c.event == event)
            )
            return found.scalar_one_or_none()

    def parents(self, first: int, last: int) -> list[str]:
        """`traceparent` of what was appended at these positions, as far as it was traced."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT parent FROM event_traces WHERE last >= ? AND first <= ? ORDER BY first",
                (first, last),
            )
            return [row[0] for row in rows.fetchall()]

    def parent_of(self, room: str, event: str) -> str | None:
        """The same of an event that is still here."""
        query = sa.select(event_log.c.position)
        with self._database.read() as connection:
            found = connection.execute(
                query.where(event_log.c.room == room, event_log.c.event == event)
            ).scalar_one_or_none()
        parents = self.parents(found, found) if found is not None else []
        return parents[0] if parents else None

    @property
    def head(self) -> int:
        """Last position that is durable."""
        return self._head

    @property
    def position(self) -> int:
        """How far the worker has gone; `Store.commit` moves it together with what was found."""
        with self._database.read() as connection:
            return numbering.current(connection, "position")

    def acknowledge(self, position: int) -> None:
        """Moves the position alone."""
        self._database.write(lambda connection: numbering.move_to(connection, "position", position))

    @property
    def pending_bytes(self) -> int:
        """Bytes that were handed in and are not durable yet."""
        return self._pending_bytes

    def trim(self, retention: Retention, *, now: int, until: int | None = None) -> Trimmed:
        """Takes out what is too old or too much, some thousands at a time."""
        removed = 0
        while True:
            count, remaining = self._database.write(
                lambda connection: _trim(connection, retention, now, until)
            )
            removed += count
            if count < TRIM_CHUNK:
                return Trimmed(removed, remaining)

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each durable append, in the writer's thread."""
        self._listeners.append(listener)


def _append(connection: Connection, entries: Sequence[Entry], source: str, now: int) -> Appended:
    last = connection.exec_driver_sql(
        "SELECT ends FROM event_log ORDER BY position DESC LIMIT 1"
    ).scalar_one_or_none()
    ends = int(last or 0)
    before = position = _head(connection)
    # The driver's own cursor: a statement an entry tells exactly which were new, and the layer
    # above would cost more than the insert.
    cursor = connection.connection.cursor()
    fresh: list[bytes] = []
    try:
        for entry in entries:
            data = entry.data
            cursor.execute(
                _INSERT,
                (position + 1, entry.room, entry.event, source, now, ends + len(data), data),
            )
            if cursor.rowcount == 1:
                position += 1
                ends += len(data)
                fresh.append(data)
        if fresh:
            ledger.append_events(connection, before + 1, now, fresh)
    finally:
        cursor.close()
    added = position - before
    return Appended(added, len(entries) - added, position)


def _head(connection: Connection) -> int:
    """The last position that was given: that of the last record, or where the worker stands.

    Records are taken out only behind the worker, so no position is ever given twice.
    """
    last = connection.exec_driver_sql("SELECT max(position) FROM event_log").scalar_one_or_none()
    return max(int(last or 0), numbering.current(connection, "position"))


def _trim(
    connection: Connection, retention: Retention, now: int, until: int | None
) -> tuple[int, int]:
    """Takes out one chunk; returns how many, and the bytes that stay."""
    first = connection.exec_driver_sql(
        "SELECT ends - length(data) FROM event_log ORDER BY position LIMIT 1"
    ).scalar_one_or_none()
    if first is None:
        return 0, 0
    last = connection.exec_driver_sql(
        "SELECT ends FROM event_log ORDER BY position DESC LIMIT 1"
    ).scalar_one()
    position = numbering.current(connection, "position")
    if until is not None:
        position = min(position, until)
    # `arrived` and `ends` grow with the position, so what has to go is a run at the front, and
    # the first record that may stay ends it.
    stays = connection.exec_driver_sql(
        "SELECT position FROM (SELECT position, arrived, ends - length(data) AS starts"
        "  FROM event_log ORDER BY position LIMIT ?)"
        " WHERE position > ? OR (arrived >= ? AND starts >= ?) ORDER BY position LIMIT 1",
        (
            TRIM_CHUNK + 1,
            position,
            now - retention.max_age_ms,
            last - retention.max_bytes,
        ),
    ).scalar_one_or_none()
    if stays is None:
        stays = connection.exec_driver_sql(
            "SELECT position FROM event_log ORDER BY position LIMIT 1 OFFSET ?", (TRIM_CHUNK,)
        ).scalar_one_or_none()
    if stays is None:
        deleted = connection.exec_driver_sql("DELETE FROM event_log").rowcount
    else:
        deleted = connection.exec_driver_sql(
            "DELETE FROM event_log WHERE position < ?", (stays,)
        ).rowcount
    # With the log empty, everything up to where the worker stands is gone.
    gone = position + 1 if stays is None else stays
    connection.exec_driver_sql("DELETE FROM event_traces WHERE last < ?", (gone,))
    left = connection.exec_driver_sql(
        "SELECT ends - length(data) FROM event_log ORDER BY position LIMIT 1"
    ).scalar_one_or_none()
    return deleted, 0 if left is None else last - left
