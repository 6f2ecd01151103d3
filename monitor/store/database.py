"""The database: how it is opened, who reads and who writes. This is SQLite, one file.

WAL, so that readers never wait for the writer; `synchronous=FULL`, because these are evidence
and NORMAL may lose the last commits when the power fails. Readers get connections that cannot
write; all writing goes through the one `Writer`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from monitor.errors import StoreUnreachable
from monitor.store.faults import Faults
from monitor.store.migrate import migrate
from monitor.store.permissions import make_private
from monitor.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import URL, Connection, Engine

__all__ = ["Connections", "Database"]

T = TypeVar("T")

#: How long a connection waits for a lock that a foreign process holds (a backup, a shell).
BUSY_TIMEOUT_MS = 10_000
#: Pages in the write-ahead file before they go into the database: room states are written again
#: and again, so waiting a little saves writing most of them twice.
WAL_PAGES = 4_000
#: The write-ahead file is cut back to this size after a checkpoint.
WAL_LIMIT_BYTES = 64 * 2**20
#: Pages that a connection keeps in memory, KB. What a transaction writes beyond them goes into the
#: write-ahead file before its end.
WRITE_CACHE_KB, READ_CACHE_KB = 8_000, 2_000


class Connections(ABC):
    """A database with many readers and one writer in this process, whatever its kind."""

    def __init__(self, writing: Engine, reading: Engine, faults: Faults | None = None) -> None:
        self._writing = writing
        self._reading = reading
        self.faults = faults if faults is not None else Faults(None)
        """What could not be read or written."""
        try:
            with writing.begin() as connection:
                self.check(connection)
                self.migrated = migrate(connection)
        except BaseException:
            writing.dispose()
            reading.dispose()
            raise
        self._writer = Writer(writing, on_error=self.faults.notice)

    @property
    def url(self) -> URL:
        """Where the database is."""
        return self._writing.url

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database from beginning to end."""
        try:
            with self._reading.connect() as connection, connection.begin():
                yield connection
        except sa.exc.DBAPIError as error:
            self.faults.notice(error)
            raise

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Queues a write; the future is done when it is durable."""
        return self._writer.submit(job)

    def write(self, job: Callable[[Connection], T]) -> T:
        """Writes and waits until it is durable. Never call it from the event loop."""
        return self._writer.submit(job).result()

    @contextmanager
    def alone(self, lock: int) -> Iterator[bool]:
        """Says whether nobody else does now what this lock stands for; ends with the process.

        A file has one owner (`monitor.runtime.claim`), so here there is never anybody else.
        """
        yield True

    @abstractmethod
    def check(self, connection: Connection) -> None:
        """Refuses a database that cannot be used; called before anything is written."""

    @abstractmethod
    def size_bytes(self) -> int:
        """Bytes on disk."""

    def close(self) -> None:
        """Writes what is queued and closes every connection."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()


class Database(Connections):
    """One SQLite file."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            StoreUnreachable: the file cannot be opened or made.
        """
        self.path = path
        with suppress(OSError):  # what is wrong SQLite says, too
            make_private(path)
        try:
            super().__init__(
                _engine(path, readonly=False), _engine(path, readonly=True), Faults(path)
            )
        except sa.exc.DatabaseError as error:  # also of what is no database, or damaged at its head
            raise StoreUnreachable(f"{path} cannot be opened: {error.orig}") from error

    def check(self, connection: Connection) -> None:
        """A file of SQLite's keeps every text as it is."""

    def size_bytes(self) -> int:
        """Bytes on disk, the write-ahead file included."""
        files = [self.path, self.path.with_name(self.path.name + "-wal")]
        return sum(file.stat().st_size for file in files if file.exists())


def _engine(path: Path, *, readonly: bool) -> Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=1 if not readonly else 8,
        hide_parameters=True,  # errors are logged, what people wrote is not
        max_overflow=0 if not readonly else 24,
        # The connection that was used last: its pages are in memory, the others stay small.
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _record: object) -> None:
        # The driver's own way of starting transactions would leave SELECT and DDL outside of
        # them; with None it keeps out of the way and "begin" below does it.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{READ_CACHE_KB if readonly else WRITE_CACHE_KB}")
        connection.execute("PRAGMA foreign_keys=ON")
        if readonly:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine
