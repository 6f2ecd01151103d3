"""What SQLite and PostgreSQL can both do, but SQLAlchemy spells by dialect."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean, TypeDecorator

from connectors.privacy import PSEUDONYM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Dialect, Table
    from sqlalchemy.sql.dml import Insert

__all__ = [
    "StoredText",
    "blanked",
    "contains",
    "cursor_of",
    "run",
    "run_each",
    "upsert",
]

_PSEUDONYM = re.compile(PSEUDONYM)


def _spelled(statement: str, dialect: str) -> str:
    """A statement with `?` for its values, as the driver of this dialect wants it."""
    return statement.replace("?", "%s") if dialect == "postgresql" else statement


def run(
    connection: Connection, statement: str, values: Sequence[Any] = ()
) -> CursorResult[*tuple[Any, ...]]:
    """Runs a statement with `?` for its values as it is: much quicker than one that is put together."""
    dialect = connection.dialect.name
    return connection.exec_driver_sql(
        _spelled(statement, dialect), _storable(values, dialect) or None
    )


def run_each(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """The same of a statement that is run for each of these rows."""
    dialect = connection.dialect.name
    connection.exec_driver_sql(
        _spelled(statement, dialect), [_storable(row, dialect) for row in rows]
    )


def _storable(values: Sequence[Any], dialect: str) -> tuple[Any, ...]:
    """The values as the database can keep them; as `StoredText` does."""
    if dialect != "postgresql":
        return tuple(values)
    return tuple(
        value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values
    )


@contextmanager
def cursor_of(connection: Connection) -> Iterator[Callable[[str, Sequence[Any]], Any]]:
    """A function that runs statements with `?` through the driver alone and answers its cursor.

    For what is done with every append: the layer above would cost more than the work.
    """
    cursor = connection.connection.cursor()
    dialect = connection.dialect.name

    def execute(statement: str, values: Sequence[Any]) -> Any:
        cursor.execute(_spelled(statement, dialect), _storable(values, dialect))
        return cursor

    try:
        yield execute
    finally:
        cursor.close()


class StoredText(TypeDecorator[str]):
    """Text. PostgreSQL keeps no NUL characters: there they become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as the database can keep it."""
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace("\0", "\ufffd")


class contains(GenericFunction[bool]):
    """`contains(text, part)`: is the part in the text, character by character; no wildcards.

    Neither an index of trigrams nor LIKE: those lose words of two characters, most of Chinese.
    """

    type = Boolean()
    inherit_cache = True


@compiles(contains)
def _instr(element: contains, compiler: Any, **options: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **options)}) > 0)"


@compiles(contains, "postgresql")
def _strpos(element: contains, compiler: Any, **options: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **options)}) > 0)"


def blanked(text: str) -> str:
    """The text with a blank for each pseudonym."""
    return _PSEUDONYM.sub(" ", text)


def upsert(
    connection: Connection,
    table: Table,
    keys: Sequence[str],
    changes: Callable[[Any], Mapping[str, Any]],
) -> Insert:
    """An insert that changes the row which is already there.

    Args:
        connection: tells the dialect.
        table: where to.
        keys: columns of the unique index that finds the row.
        changes: given the row that was to be inserted, the new values by column.
    """
    if connection.dialect.name == "postgresql":
        served = postgresql.insert(table)
        return served.on_conflict_do_update(
            index_elements=keys, set_=dict(changes(served.excluded))
        )
    embedded = sqlite.insert(table)
    return embedded.on_conflict_do_update(
        index_elements=keys, set_=dict(changes(embedded.excluded))
    )
