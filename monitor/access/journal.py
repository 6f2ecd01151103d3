"""The journal: who signed in or tried to, when and from where, and who changed what about people.

Each entry carries the hash of the one before it, so that an entry which is changed or taken out
shows. Old ones are taken out from the beginning (网络安全法 21 asks for six months at least).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from monitor.store.chain import digest, next_link, storable
from monitor.store.tables import sign_ins

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Entry", "JournalAct", "append", "entries", "purge", "verify"]

JournalAct = Literal[
    "signed-in",
    "refused",  # a wrong name or password
    "refused-locked",  # the right password of somebody who is locked
    "slowed",  # an attempt that was not looked at, since too many before it failed
    "signed-out",
    "session-revoked",
    "user-added",
    "role-changed",
    "password-changed",
    "locked",
    "unlocked",
    "token-made",
    "token-revoked",
]
#: Longest texts, in characters.
NAME_MAX, DETAIL_MAX = 80, 200


class Entry(Struct, kw_only=True):
    """One entry."""

    number: int
    at: int
    """ms"""
    act: JournalAct
    person: str
    """Whom it is about; empty: a name that nobody has."""
    by_whom: str = ""
    """Who did it, where that is somebody else."""
    address: str = ""
    """From where; empty: on the machine itself."""
    detail: str = ""
    previous: str
    hash: str = ""


def append(
    connection: Connection,
    act: JournalAct,
    person: str,
    *,
    at: int,
    by: str = "",
    address: str = "",
    detail: str = "",
) -> None:
    """Adds an entry in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        # Several desks write it: one after the other, or two would follow the same entry.
        connection.exec_driver_sql("LOCK TABLE sign_ins IN EXCLUSIVE MODE")
    number, previous = next_link(connection, sign_ins)
    entry = Entry(
        number=number,
        at=at,
        act=act,
        person=storable(person)[:NAME_MAX],
        by_whom=storable(by)[:NAME_MAX],
        address=storable(address)[:NAME_MAX],
        detail=storable(detail)[:DETAIL_MAX],
        previous=previous,
    )
    entry.hash = digest(entry)
    connection.execute(sa.insert(sign_ins).values(msgspec.structs.asdict(entry)))


def entries(connection: Connection, limit: int, before: int | None = None) -> list[Entry]:
    """The latest entries, newest first.

    Args:
        before: number of the entry that the page ended with.
    """
    query = sa.select(sign_ins).order_by(sign_ins.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(sign_ins.c.number < before)
    return [Entry(**row._mapping) for row in connection.execute(query)]


def purge(connection: Connection, before: int) -> int:
    """Takes out entries from before a moment, never the latest one; how many."""
    last = connection.execute(sa.select(sa.func.max(sign_ins.c.number))).scalar()
    if last is None:
        return 0
    # Up to the first that is younger, so that what is left is one chain.
    young = sa.select(sa.func.min(sign_ins.c.number)).where(sign_ins.c.at >= before)
    first = connection.execute(young).scalar() or last
    done = connection.execute(sa.delete(sign_ins).where(sign_ins.c.number < first))
    return done.rowcount


def verify(connection: Connection) -> int | None:
    """Number of the first entry that breaks the chain; ``None``: all are as they were written."""
    before: Entry | None = None
    for row in connection.execute(sa.select(sign_ins).order_by(sign_ins.c.number)):
        entry = Entry(**row._mapping)
        follows = before is None or (entry.number, entry.previous) == (
            before.number + 1,
            before.hash,
        )
        if not follows or entry.hash != digest(entry):
            return entry.number
        before = entry
    return None
