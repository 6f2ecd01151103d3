"""Numbers that only grow, kept in the database and advanced inside the writer's transaction; and one
that nobody knows and that stays."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal

from monitor.store.dialects import run

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["code_key", "current", "move_to", "reserve"]

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


def code_key(connection: Connection) -> bytes:
    """A secret of 126 random bits, made when there is none yet: a number of the database has 63."""
    names = ("code_key_1", "code_key_2")
    for name in names:
        run(
            connection,
            "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (name, secrets.randbits(63)),
        )
    query = "SELECT value FROM counters WHERE name IN (?, ?) ORDER BY name"
    return b"".join(row[0].to_bytes(8, "big") for row in run(connection, query, names))
