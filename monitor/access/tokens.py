"""Tokens of programs: `lw_ID_SECRET`, shown once, stored as a digest, each with an end."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING, get_args

import sqlalchemy as sa
from msgspec import Struct

from monitor.access.roles import SCOPES, Act, Role
from monitor.access.sessions import digest_of
from monitor.access.users import UserRefused, checked_territories
from monitor.store.tables import api_tokens, users

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

__all__ = [
    "LONGEST_DAYS",
    "Token",
    "alive",
    "checked_scopes",
    "find",
    "listed",
    "make",
    "revoke",
    "use",
]

_TOKEN = re.compile(r"lw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
#: Of one person that have not ended; and how long one may hold.
MOST = 50
LONGEST_DAYS = 730
LABEL_MAX = 80


class Token(Struct, kw_only=True):
    """What is known of a token."""

    id: str
    digest: str
    person: str
    label: str
    """What it is for."""
    scopes: str
    """With blanks between."""
    made_at: int
    expires_at: int
    used_at: int | None = None
    """To the minute."""
    revoked_at: int | None = None
    territories: str = ""
    """Codes that it is bound to beside its person's, with blanks between; empty: none."""

    @property
    def acts(self) -> frozenset[Act]:
        """What it may be used for, as far as its person may do so."""
        return frozenset(act for act in get_args(Act) if act in self.scopes.split())


def checked_scopes(scopes: Sequence[str]) -> str:
    """The scopes as they are stored.

    Raises:
        UserRefused: there are none, or one is none.
    """
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if wrong or not scopes:
        raise UserRefused("scopes", f"scopes are some of {', '.join(SCOPES)}")
    return " ".join(scope for scope in SCOPES if scope in scopes)


def make(
    connection: Connection, person: str, label: str, scopes: Sequence[str], *, at: int, until: int,
    territories: Sequence[str] = (),
) -> tuple[str, Token]:  # fmt: skip
    """A new token, as it is shown once, and what is kept of it.

    Raises:
        UserRefused: scopes or territories that are none, or too many tokens.
    """
    if len(listed(connection, person, now=at)) >= MOST:
        raise UserRefused("many", f"{person} has {MOST} tokens: revoke those that nobody needs")
    secret = secrets.token_urlsafe(32)
    token = Token(
        id=secrets.token_hex(6), digest=digest_of(secret), person=person,
        label=" ".join(label.split())[:LABEL_MAX], scopes=checked_scopes(scopes), made_at=at,
        expires_at=until, territories=checked_territories(territories),
    )  # fmt: skip
    connection.execute(
        sa.insert(api_tokens).values(
            {name: getattr(token, name) for name in Token.__struct_fields__}
        )
    )
    return f"lw_{token.id}_{secret}", token


def find(connection: Connection, text: str, now: int) -> Token | None:
    """The token that this is, if it holds."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        return None
    row = connection.execute(sa.select(api_tokens).where(api_tokens.c.id == match[1])).first()
    token = Token(**row._mapping) if row is not None else None
    given = digest_of(match[2])
    if token is None or not hmac.compare_digest(token.digest, given):
        return None
    return token if token.revoked_at is None and token.expires_at > now else None


def alive(
    connection: Connection, digests: Collection[str], now: int
) -> dict[str, tuple[Role, str]]:
    """Those of these tokens that hold, with role and territories of their people now."""
    query = sa.select(api_tokens.c.digest, users.c.role, users.c.territories)
    query = query.join(users, users.c.name == api_tokens.c.person)
    query = query.where(
        api_tokens.c.digest.in_(digests),
        api_tokens.c.revoked_at.is_(None),
        api_tokens.c.expires_at > now,
        users.c.locked == 0,
    )
    return {row.digest: (row.role, row.territories) for row in connection.execute(query)}


def use(connection: Connection, token: str, at: int) -> None:
    """It was used."""
    connection.execute(sa.update(api_tokens).where(api_tokens.c.id == token).values(used_at=at))


def revoke(connection: Connection, token: str, at: int, person: str | None = None) -> Token | None:
    """Ends a token, of a person or of whomever; ``None``: there is none that holds."""
    query = sa.select(api_tokens).where(api_tokens.c.id == token, api_tokens.c.revoked_at.is_(None))
    if person is not None:
        query = query.where(api_tokens.c.person == person)
    row = connection.execute(query).first()
    if row is None:
        return None
    connection.execute(sa.update(api_tokens).where(api_tokens.c.id == token).values(revoked_at=at))
    return Token(**row._mapping)


def listed(connection: Connection, person: str | None = None, *, now: int) -> list[Token]:
    """Those that hold, the latest first."""
    query = sa.select(api_tokens).where(
        api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > now
    )
    if person is not None:
        query = query.where(api_tokens.c.person == person)
    rows = connection.execute(query.order_by(api_tokens.c.made_at.desc()))
    return [Token(**row._mapping) for row in rows]
