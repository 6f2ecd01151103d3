"""Chains of rows, each of which carries the hash of the one before it.

A row that is changed, taken out or put in between breaks the chain, whoever does it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

if TYPE_CHECKING:
    from msgspec import Struct
    from sqlalchemy import Connection, Table

__all__ = ["GENESIS", "digest", "next_link", "storable"]

#: Hash "before the first row".
GENESIS = "0" * 64


def next_link(connection: Connection, table: Table) -> tuple[int, str]:
    """The number of the next row of a chain, and the hash that it follows."""
    query = sa.select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
    last = connection.execute(query).first()
    return (last.number + 1, last.hash) if last is not None else (1, GENESIS)


def digest(row: Struct) -> str:
    """SHA-256 of a row as sorted JSON, all but its own `hash`."""
    values = {key: value for key, value in msgspec.structs.asdict(row).items() if key != "hash"}
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()


def storable(text: str) -> str:
    """A text as every database gives it back, so that its hash holds: PostgreSQL keeps no NUL."""
    return text.replace("\0", "\ufffd")
