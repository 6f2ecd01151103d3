"""Brings a database to this version: numbered SQL files, forward only, each with its checksum.

A step is `0002_name.sql` for SQLite and `0002_name.postgresql.sql` for PostgreSQL, under one number
and one name; tests hold both to the tables that the code sees.

`schema_versions` remembers which file made which step. A database that knows a step which this
version does not have, or one whose file has other bytes now, is refused: going on would guess.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from monitor.errors import MigrationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["Migration", "applied", "migrate", "pending", "shipped"]

_NAME = re.compile(r"(\d{4})_([a-z0-9_]{1,80})(?:\.(postgresql))?\.sql")

_versions = sa.table(
    "schema_versions", sa.column("number"), sa.column("name"), sa.column("checksum")
)


class Migration(Struct, frozen=True):
    """One step of the schema."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, line ends and outer blank space apart."""
        text = self.sql.replace("\r\n", "\n").strip()
        return hashlib.sha256(text.encode()).hexdigest()


def shipped(dialect: str = "sqlite") -> list[Migration]:
    """The steps of this version for a dialect, in order and without a hole."""
    found = [
        Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8"))
        for entry in files("monitor.store").joinpath("migrations").iterdir()
        if (match := _NAME.fullmatch(entry.name)) and (match[3] or "sqlite") == dialect
    ]
    found.sort(key=lambda step: step.number)
    if [step.number for step in found] != list(range(1, len(found) + 1)):
        raise MigrationError("the numbers of the migrations have a hole or a double")
    return found


def applied(connection: Connection) -> dict[int, str]:
    """Checksums of the steps that this database has made, by number."""
    if not sa.inspect(connection).has_table("schema_versions"):
        return {}
    rows = connection.execute(sa.select(_versions.c.number, _versions.c.checksum))
    return {row.number: row.checksum for row in rows}


def pending(connection: Connection, steps: Sequence[Migration]) -> list[Migration]:
    """Those of the steps that this database has not made.

    Raises:
        MigrationError: the database is newer than the steps, or one was changed later.
    """
    by_number = {step.number: step for step in steps}
    done = applied(connection)
    for number, checksum in sorted(done.items()):
        step = by_number.get(number)
        if step is None:
            raise MigrationError(
                f"the database has step {number}, this version of livewatch ends at"
                f" {max(by_number, default=0)}: start the newer version"
            )
        if step.checksum != checksum:
            raise MigrationError(
                f"step {number} ({step.name}) is not the one that made this database"
            )
    return [step for step in steps if step.number not in done]


def migrate(connection: Connection, steps: Sequence[Migration] | None = None) -> list[int]:
    """Makes the missing steps and returns their numbers.

    The caller's transaction holds all of it: a step that fails leaves nothing behind.

    Raises:
        MigrationError: the database is newer than this version, or a step was changed later.
    """
    known = shipped(connection.dialect.name) if steps is None else list(steps)
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS schema_versions ("
        " number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"
    )
    missing = pending(connection, known)
    made = []
    for step in missing:
        for statement in _statements(step.sql):
            connection.exec_driver_sql(statement)
        row = {"number": step.number, "name": step.name, "checksum": step.checksum}
        connection.execute(sa.insert(_versions), row)
        made.append(step.number)
    return made


def _statements(sql: str) -> list[str]:
    """Single statements; `executescript` is no choice, it would commit the transaction."""
    statements, rest = [], ""
    for line in sql.splitlines():
        if not rest and (not line.strip() or line.lstrip().startswith("--")):
            continue
        rest += line + "\n"
        if sqlite3.complete_statement(rest):
            statements.append(rest.strip())
            rest = ""
    if rest.strip():
        raise MigrationError(f"unfinished statement in a migration: {rest[:80]!r}")
    return statements
