"""Numbers that only grow, kept in the database and advanced inside the writer's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from monitor.store.tables import counters

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["current", "move_to", "reserve"]

Name = Literal["position", "seq", "alert", "notified", "held", "archived", "archived_raw", "raw"]


def current(connection: Connection, name: Name) -> int:
    """The last number that was given."""
    query = sa.select(counters.c.value).where(counters.c.name == name)
    return int(connection.execute(query).scalar_one())


def reserve(connection: Connection, name: Name, count: int) -> int:
    """Takes `count` numbers and returns the one before the first of them."""
    before = current(connection, name)
    if count:
        move_to(connection, name, before + count)
    return before


def move_to(connection: Connection, name: Name, value: int) -> None:
    """Sets the number, never back."""
    connection.execute(
        sa.update(counters)
        .where(counters.c.name == name, counters.c.value <= value)
        .values(value=value)
    )
