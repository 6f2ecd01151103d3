"""Brings records back for the time of one bundle, from the archive into a table of the reader's own.

The table is a temporary one of the connection: nothing of it is in the database, it lies in a file of
SQLite's own where it is large, and each file of the archive is read once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.archive.depot import depot_of
from monitor.archive.reading import Reader
from monitor.evidence import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.config import Archive

__all__ = ["TABLE", "fetch", "is_there", "opened"]

#: Columns as of the event log.
TABLE = "temp.archived_records"


@contextmanager
def opened(
    connection: Connection, settings: Archive, data_dir: Path, depot: Depot | None = None
) -> Iterator[Reader | None]:
    """A reader of the archive, in SQLite with an empty table; ``None``: there is no archive.

    Args:
        depot: of the archive, where it is open already; a store on a server has no folder of its own to
            find it by.

    Raises:
        ConfigError: the archive that is configured cannot be used.
    """
    embedded = connection.dialect.name == "sqlite"
    if depot is None and embedded:
        depot = depot_of(settings, data_dir)
    if depot is None:
        yield None
        return
    with Reader(depot) as reader:
        if not embedded:
            # No log beside it, of which something would have to be brought back.
            yield reader
            return
        _write(
            connection,
            f"CREATE TABLE {TABLE} (position INTEGER NOT NULL PRIMARY KEY, room TEXT NOT NULL,"
            " event TEXT NOT NULL, source TEXT NOT NULL, arrived BIGINT NOT NULL, data BLOB NOT NULL)",
            "CREATE INDEX temp.archived_records_event ON archived_records (room, event)",
        )
        try:
            yield reader
        finally:
            _write(connection, f"DROP TABLE {TABLE}")


def is_there(connection: Connection) -> bool:
    """Has this connection such a table."""
    if connection.dialect.name != "sqlite":
        return False
    found = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_temp_master WHERE name = 'archived_records'"
    )
    return found.first() is not None


def fetch(connection: Connection, reader: Reader, rooms: Mapping[str, int]) -> None:
    """Brings back what the log does not have any more of some rooms.

    Args:
        rooms: until which moment of event time of each, ms.

    Raises:
        DepotError: the archive cannot be reached.
    """
    if connection.dialect.name != "sqlite":
        return  # what is wanted is held in the store (`collecting`)
    first = connection.exec_driver_sql("SELECT min(position) FROM event_log").scalar_one_or_none()
    before = 2**62 if first is None else int(first)
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA query_only=OFF")
        for room, until in rooms.items():
            for entry in reader.entries(connection, room, last=before - 1):
                if entry.manifest.log != ledger.EVENTS:
                    # Of Kafka's logs what is wanted is held in the store (`collecting`).
                    continue
                for row in reader.rows(entry):
                    if row.position < before and row.at <= until:
                        cursor.execute(
                            f"INSERT OR IGNORE INTO {TABLE}"  # noqa: S608 - a table of ours
                            " (position, room, event, source, arrived, data)"
                            " VALUES (?, ?, ?, ?, ?, ?)",
                            (row.position, room, row.event, row.source, row.arrived, row.data),
                        )
    finally:
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()


def _write(connection: Connection, *statements: str) -> None:
    """The connection is a reader's: for its own temporary table alone it may write."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA query_only=OFF")
        for statement in statements:
            cursor.execute(statement)
    finally:
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()
