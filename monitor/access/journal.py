"""The journal: who signed in or tried to, when and from where, and who changed what about people.

Each entry carries the hash of the one before it, so that an entry which is changed or taken out
shows. Old ones are taken out from the beginning (网络安全法 21 asks for six months at least).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from monitor.evidence import custody
from monitor.store.chain import digest, next_link, storable
from monitor.store.rows import MONITOR
from monitor.store.tables import custody as custody_rows
from monitor.store.tables import sign_ins

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Entry", "JournalAct", "append", "entries", "fix", "purge", "verify"]

JournalAct = Literal[
    "signed-in",
    "refused",  # a wrong name or password
    "refused-locked",  # the right password of somebody who is locked
    "slowed",  # an attempt that was not looked at, since too many before it failed
    "signed-out",
    "session-revoked",
    "user-added",
    "role-changed",
    "territories-changed",
    "password-changed",
    "locked",
    "unlocked",
    "token-made",
    "token-revoked",
]
#: What records of custody about the journal are about.
SUBJECT = "journal:sign-ins"
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


def fix(connection: Connection, at: int) -> bool:
    """Notes the latest entry in custody, where it has come further; did it.

    Records of custody are leaves of a Merkle log under signed heads with time stamps: whoever writes
    the whole chain anew, hashes and all, cannot change what an earlier head stands for.
    """
    latest = entries(connection, 1)
    if not latest:
        return False
    query = sa.select(custody_rows.c.detail).where(custody_rows.c.subject == SUBJECT)
    noted = connection.execute(query.order_by(custody_rows.c.number.desc()).limit(1)).scalar()
    come = {"number": latest[0].number, "hash": latest[0].hash}
    if noted is not None and msgspec.json.decode(noted) == come:
        return False
    custody.append(connection, "journal-fixed", who=MONITOR, at=at, subject=SUBJECT, detail=come)
    return True


def verify(connection: Connection) -> int | None:
    """Number of the first entry that breaks the chain, or is another than custody has noted; ``None``:
    all are as they were written."""
    broken = _broken(connection)
    if broken is not None:
        return broken
    for record in custody.of(connection, [SUBJECT]):
        number, noted = record.detail["number"], record.detail["hash"]
        query = sa.select(sign_ins.c.hash).where(sign_ins.c.number == number)
        found = connection.execute(query).scalar()
        last = connection.execute(sa.select(sa.func.max(sign_ins.c.number))).scalar() or 0
        # Those before the first that is left have had their time.
        if found not in (None, noted) or number > last:
            return int(number)
    return None


def _broken(connection: Connection) -> int | None:
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
