"""What SQLite and PostgreSQL can both do, but SQLAlchemy spells by dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean, TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table
    from sqlalchemy.sql.dml import Insert

__all__ = ["StoredText", "contains", "upsert"]


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
