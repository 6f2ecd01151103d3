"""Dead letters: what could not be evaluated, with its bytes and the reason."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from monitor.store.dialects import upsert
from monitor.store.rows import DeadLetter
from monitor.store.tables import dead_letters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

__all__ = ["forget_letters", "list_dead_letters", "write_dead_letters"]

#: Bytes of one letter that are kept.
DATA_MAX = 64 * 2**10
#: Letters at most, whatever comes at once; `forget_letters` goes by age and bytes.
LETTERS_MAX = 100_000


def write_dead_letters(connection: Connection, letters: Iterable[DeadLetter]) -> None:
    """Keeps letters; the same bytes at the same stage again only raise the attempts."""
    values = []
    for letter in letters:
        row = msgspec.structs.asdict(letter)
        del row["number"]
        row["digest"] = _digest(letter)
        row["data"] = letter.data[:DATA_MAX]
        values.append(row)
    if not values:
        return
    statement = upsert(
        connection,
        dead_letters,
        ["digest"],
        lambda new: {
            "last_at": new.last_at,
            "reason": new.reason,
            "cause": new.cause,
            "kind": new.kind,
            "attempts": dead_letters.c.attempts + new.attempts,
        },
    )
    connection.execute(statement, values)
    newest = sa.select(sa.func.max(dead_letters.c.number)).scalar_subquery()
    connection.execute(sa.delete(dead_letters).where(dead_letters.c.number <= newest - LETTERS_MAX))


def forget_letters(connection: Connection, before: int, most_bytes: int) -> int:
    """Takes out those that came last before a moment, and the oldest beyond so many bytes."""
    held = sa.func.sum(sa.func.length(dead_letters.c.data)).over(
        order_by=dead_letters.c.number.desc()
    )
    sums = sa.select(dead_letters.c.number, held.label("held")).subquery()
    over = connection.execute(
        sa.select(sa.func.max(sums.c.number)).where(sums.c.held > most_bytes)
    ).scalar_one()
    old = sa.or_(dead_letters.c.last_at < before, dead_letters.c.number <= (over or 0))
    return connection.execute(sa.delete(dead_letters).where(old)).rowcount


def list_dead_letters(connection: Connection, limit: int) -> list[DeadLetter]:
    """Letters, newest first."""
    columns = [column for column in dead_letters.c if column.name != "digest"]
    query = sa.select(*columns).order_by(dead_letters.c.number.desc()).limit(limit)
    return [DeadLetter(**row._mapping) for row in connection.execute(query)]


def _digest(letter: DeadLetter) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    for part in (letter.stage, letter.source, letter.rule or "", letter.event or ""):
        hashed.update(part.encode() + b"\0")
    hashed.update(letter.data)
    return hashed.digest()
