"""People: their names, roles and passwords, as rows of the store."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from monitor.access.roles import ROLES, Role
from monitor.errors import LivewatchError
from monitor.store.scope import UNKNOWN, checked_code
from monitor.store.tables import users

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

__all__ = [
    "NAME_MAX",
    "WHOLE",
    "Person",
    "User",
    "UserRefused",
    "add",
    "any_at_all",
    "checked_name",
    "checked_role",
    "checked_territories",
    "find",
    "fold",
    "listed",
    "of_subject",
    "update",
]

#: Characters of a name: as many as the history of an alert shows.
NAME_MAX = 40
#: Roles that look after the whole office: rights, and the journal.
WHOLE: frozenset[Role] = frozenset({"admin", "auditor"})
#: Characters of the territories of one person, or of one token.
TERRITORIES_MAX = 1_000


class UserRefused(LivewatchError):
    """A change to people that is not made; `why` is a word for the pages."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class User(Struct, kw_only=True):
    """Somebody who may sign in."""

    name: str
    """As he signs."""
    folded: str
    role: Role
    password: str | None = None
    """As `passwords.hashed` stores it; ``None``: none of ours."""
    subject: str | None = None
    """Who he is to a provider of OpenID Connect: issuer, blank, subject."""
    locked: bool = False
    made_at: int
    seen_at: int | None = None
    territories: str = ""
    """Codes that he is bound to, with blanks between; empty: none, he is shown all."""

    def shown(self) -> Person:
        """He, as the API and the command line tell of him: without what lets him in."""
        return Person(
            name=self.name, role=self.role, locked=self.locked,
            password=self.password is not None, made_at=self.made_at, seen_at=self.seen_at,
            territories=self.territories.split(),
        )  # fmt: skip


class Person(Struct, kw_only=True):
    """Somebody who may sign in."""

    name: str
    role: Role
    locked: bool
    password: bool
    """Has one of livewatch's own."""
    made_at: int
    seen_at: int | None
    territories: list[str]
    """Those that he is bound to; none: everywhere."""


def checked_name(name: str) -> str:
    """The name as it is stored.

    Raises:
        UserRefused: it is empty, too long, or has characters that do not show.
    """
    text = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(text) <= NAME_MAX or not text.isprintable() or "/" in text:
        raise UserRefused("name", f"a name has 1 to {NAME_MAX} characters that can be seen, no “/”")
    return text


def checked_role(role: str) -> Role:
    """The role.

    Raises:
        UserRefused: there is none of this name.
    """
    for known in ROLES:
        if role == known:
            return known
    raise UserRefused("role", f"a role is one of {', '.join(ROLES)}")


def checked_territories(codes: Iterable[str], role: Role | None = None) -> str:
    """Territories as they are stored: in order, each once, with blanks between.

    Args:
        role: whose they are to be; ``None``: those of a token.

    Raises:
        UserRefused: one is no code of an administrative division, or the role is for the whole office.
    """
    given = [code for code in codes if code.strip()]
    known = [checked_code(code) for code in given]
    for code, made in zip(given, known, strict=True):
        if made is None:
            raise UserRefused(
                "territory",
                f"{code[:20]!r} is no code of an administrative division: 2, 4 or 6 digits, as 3301, or"
                f" {UNKNOWN}",
            )
    found = " ".join(sorted({code for code in known if code}))
    if found and role in WHOLE:
        raise UserRefused(
            "whole",
            f"{role} is for the whole office: whoever has the role is bound to no territory",
        )
    if len(found) > TERRITORIES_MAX:
        raise UserRefused("territory", f"territories have {TERRITORIES_MAX} characters at most")
    return found


def fold(name: str) -> str:
    """The name as names are compared: nobody shall pass for another by a capital letter, or by one
    of full width."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def any_at_all(connection: Connection) -> bool:
    """Has anybody ever been made a user?"""
    return connection.execute(sa.select(users.c.name).limit(1)).first() is not None


def find(connection: Connection, name: str) -> User | None:
    """By name."""
    return _one(connection, users.c.folded == fold(name))


def of_subject(connection: Connection, subject: str) -> User | None:
    """By what a provider calls him."""
    return _one(connection, users.c.subject == subject)


def listed(connection: Connection) -> list[User]:
    """All, by name."""
    return [_user(row) for row in connection.execute(sa.select(users).order_by(users.c.folded))]


def add(
    connection: Connection,
    name: str,
    role: Role,
    *,
    at: int,
    password: str | None = None,
    subject: str | None = None,
    territories: str = "",
) -> User:
    """Makes a user.

    Raises:
        UserRefused: the name cannot be one, or somebody has it.
    """
    kept = checked_name(name)
    if find(connection, kept) is not None:
        raise UserRefused("taken", f"somebody is called {kept} already")
    user = User(
        name=kept, folded=fold(kept), role=role, password=password, subject=subject, made_at=at,
        territories=territories,
    )  # fmt: skip
    connection.execute(
        sa.insert(users).values(
            name=user.name, folded=user.folded, role=role, password=password, subject=subject,
            locked=0, made_at=at, territories=territories,
        )
    )  # fmt: skip
    return user


def update(connection: Connection, user: User, **values: object) -> None:
    """Changes columns of a user.

    Raises:
        UserRefused: nobody would be left who may change people, or somebody who is bound to territories
            would get a role for the whole office.
    """
    bound = str(values.get("territories", user.territories))
    checked_territories(bound.split(), checked_role(str(values.get("role", user.role))))
    if user.role == "admin" and not user.locked:
        stays = values.get("role", user.role) == "admin" and not values.get("locked", False)
        others = sa.select(users.c.name).where(
            users.c.role == "admin", users.c.locked == 0, users.c.name != user.name
        )
        if not stays and connection.execute(others.limit(1)).first() is None:
            raise UserRefused("last", f"{user.name} is the last administrator: make another first")
    connection.execute(sa.update(users).where(users.c.name == user.name).values(**values))


def _one(connection: Connection, condition: sa.ColumnElement[bool]) -> User | None:
    row = connection.execute(sa.select(users).where(condition)).first()
    return _user(row) if row is not None else None


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    return User(**{**row._mapping, "locked": bool(row._mapping["locked"])})
