"""Sessions: opaque random secrets, of which only the digest is stored; one that ends is taken out."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from monitor.store.tables import sessions, users

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from monitor.access.roles import Role

__all__ = [
    "MOST",
    "Session",
    "alive",
    "begin",
    "digest_of",
    "end",
    "end_all",
    "find",
    "listed",
    "see",
]

#: Sessions of one person; the one that was used longest ago makes room.
MOST = 20
#: An agent's name is kept to this length.
AGENT_MAX = 200


class Session(Struct, kw_only=True):
    """One browser of one person."""

    digest: str
    id: str
    """Names the session where it is shown; nobody gets in with it."""
    person: str
    method: str
    """`password` or `oidc`."""
    address: str
    agent: str
    began_at: int
    seen_at: int
    """When the person last did something, to the minute; a page that is merely open does nothing."""
    ends_at: int


def digest_of(secret: str) -> str:
    """SHA-256: enough for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def begin(
    connection: Connection,
    person: str,
    *,
    method: str,
    address: str,
    agent: str,
    at: int,
    lasts: int,
) -> tuple[str, Session]:
    """A new session and its secret, which is nowhere else."""
    own = sa.select(sessions.c.digest).where(sessions.c.person == person)
    old = connection.execute(own.order_by(sessions.c.seen_at.desc()).offset(MOST - 1)).scalars()
    connection.execute(sa.delete(sessions).where(sessions.c.digest.in_(old.all())))
    secret = secrets.token_urlsafe(32)
    session = Session(
        digest=digest_of(secret), id=secrets.token_hex(6), person=person, method=method,
        address=address, agent=agent[:AGENT_MAX], began_at=at, seen_at=at, ends_at=at + lasts,
    )  # fmt: skip
    connection.execute(
        sa.insert(sessions).values(
            {name: getattr(session, name) for name in Session.__struct_fields__}
        )
    )
    return secret, session


def find(connection: Connection, digest: str) -> Session | None:
    """By digest, ended or not: times are the caller's."""
    row = connection.execute(sa.select(sessions).where(sessions.c.digest == digest)).first()
    return Session(**row._mapping) if row is not None else None


def alive(
    connection: Connection, digests: Collection[str], *, now: int, idle: int
) -> dict[str, tuple[Role, str]]:
    """Those of these sessions that have not ended, with role and territories of their people now."""
    query = sa.select(sessions.c.digest, users.c.role, users.c.territories)
    query = query.join(users, users.c.name == sessions.c.person)
    query = query.where(
        sessions.c.digest.in_(digests),
        sessions.c.ends_at > now,
        sessions.c.seen_at > now - idle,
        users.c.locked == 0,
    )
    return {row.digest: (row.role, row.territories) for row in connection.execute(query)}


def see(connection: Connection, digest: str, at: int) -> None:
    """The person did something."""
    changed = sa.update(sessions).where(sessions.c.digest == digest, sessions.c.seen_at < at)
    connection.execute(changed.values(seen_at=at))


def end(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Session]:
    """Ends those that a condition means; which."""
    found = [
        Session(**row._mapping) for row in connection.execute(sa.select(sessions).where(condition))
    ]
    connection.execute(
        sa.delete(sessions).where(sessions.c.digest.in_([session.digest for session in found]))
    )
    return found


def end_all(connection: Connection, person: str, but: str = "") -> list[Session]:
    """Ends all of a person, but one."""
    return end(connection, sa.and_(sessions.c.person == person, sessions.c.digest != but))


def listed(
    connection: Connection, *, now: int, idle: int, person: str | None = None
) -> list[Session]:
    """Those that have not ended, the latest first; ended ones are taken out meanwhile."""
    query = sa.select(sessions).where(sessions.c.ends_at > now, sessions.c.seen_at > now - idle)
    if person is not None:
        query = query.where(sessions.c.person == person)
    rows = connection.execute(query.order_by(sessions.c.seen_at.desc()))
    return [Session(**row._mapping) for row in rows]
