"""The store on a PostgreSQL server (15 or newer), for desks at scale.

Several desks may write to one database. Each write transaction first takes one advisory lock,
as SQLite's does with BEGIN IMMEDIATE, and holds it until its commit can be seen. So numbers are
given in the order of commits (a reader who has seen `seq` 7 will never meet a 6 that was still
on its way), an alert's row is read and written by one at a time, and the chain of transitions
has one end. A sequence of PostgreSQL could not do that: it gives numbers before the commit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from monitor.errors import ConfigError, StoreUnreachable
from monitor.store.database import Connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

__all__ = ["PostgresDatabase", "connect_engine", "server_url", "unreachable"]

#: Key of the advisory lock of writers: "livewatc" in ASCII.
LOCK = 0x6C69766577617463
CONNECT_TIMEOUT_S = 10


class PostgresDatabase(Connections):
    """A database on a server."""

    def __init__(self, url: URL) -> None:
        try:
            super().__init__(
                connect_engine(url, readonly=False), connect_engine(url, readonly=True)
            )
        except sa.exc.OperationalError as error:
            raise unreachable(url, error) from error

    def check(self, connection: Connection) -> None:
        """Refuses a database in which Chinese text would be lost or garbled."""
        check_database(connection)

    @contextmanager
    def alone(self, lock: int) -> Iterator[bool]:
        """Asks the server, which lets go of the lock when the connection ends."""
        with self._reading.connect() as connection:
            query = sa.text("SELECT pg_try_advisory_lock(:lock)")
            mine = bool(connection.execute(query, {"lock": lock}).scalar_one())
            connection.commit()
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
                    connection.commit()

    def size_bytes(self) -> int:
        """Bytes of the whole database on the server."""
        query = sa.select(sa.func.pg_database_size(sa.func.current_database()))
        with self.read() as connection:
            return int(connection.execute(query).scalar_one())


def server_url(text: str, password: str | None = None) -> URL:
    """The URL as SQLAlchemy takes it.

    Raises:
        ConfigError: it names no PostgreSQL database.
    """
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise ConfigError("store.url is not postgresql://user@host:port/database") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigError(f"store.url begins with postgresql://, not {url.drivername}://")
    url = url.set(drivername="postgresql+psycopg")
    return url if password is None else url.set(password=password)


def connect_engine(url: URL, *, readonly: bool) -> Engine:
    """An engine whose write transactions follow each other, and whose readers see one state."""
    try:
        import psycopg
    except ImportError:
        raise StoreUnreachable(
            "PostgreSQL needs psycopg: install livewatch with its extra `postgres`"
        ) from None
    engine = sa.create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        pool_size=8 if readonly else 1,
        max_overflow=24 if readonly else 0,
        pool_pre_ping=readonly,  # a server that was started again costs no page
        hide_parameters=True,  # errors are logged, what people wrote is not
    )

    if readonly:

        @event.listens_for(engine, "connect")
        def prepare(connection: psycopg.Connection[Any], _record: object) -> None:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True

    else:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")

    return engine


def unreachable(url: URL, error: sa.exc.OperationalError) -> StoreUnreachable:
    """The same in words, without the password."""
    shown = url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
    return StoreUnreachable(f"the database at {shown} cannot be reached: {reason}")


def check_database(connection: Connection) -> None:
    """Refuses what would lose or garble Chinese text silently."""
    row = connection.exec_driver_sql(
        "SELECT current_setting('server_encoding') AS encoding, datctype AS ctype, datname AS name,"
        " current_setting('server_version_num')::int AS version"
        " FROM pg_database WHERE datname = current_database()"
    ).one()
    if row.version < 150_000:
        raise StoreUnreachable(f"PostgreSQL 15 or newer is needed, this is {row.version // 10_000}")
    if row.encoding != "UTF8" or row.ctype in {"C", "POSIX"}:
        raise StoreUnreachable(
            f"the database {row.name} has encoding {row.encoding} and ctype {row.ctype}, under which"
            " searching Chinese text fails silently. Make it anew: CREATE DATABASE livewatch"
            " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )
