"""Numbers that only grow, kept in the database and advanced inside the writer's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from monitor.store.dialects import run

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["current", "move_to", "reserve"]

Name = Literal["position", "seq", "alert", "notified", "held", "archived", "archived_raw", "raw"]


def current(connection: Connection, name: Name) -> int:
    """The last number that was given."""
    return int(run(connection, "SELECT value FROM counters WHERE name = ?", (name,)).scalar_one())


def reserve(connection: Connection, name: Name, count: int) -> int:
    """Takes `count` numbers and returns the one before the first of them."""
    before = current(connection, name)
    if count:
        move_to(connection, name, before + count)
    return before


def move_to(connection: Connection, name: Name, value: int) -> None:
    """Sets the number, never back."""
    run(
        connection,
        "UPDATE counters SET value = ? WHERE name = ? AND value <= ?",
        (value, name, value),
    )
