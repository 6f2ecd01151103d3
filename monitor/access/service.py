"""Sign-in as the desk and the commands use it: every change is in the journal before it counts.

Every method blocks, like the store's: call them from a thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from connectors.logger import logger
from detectors.calendar import DAY_MS, MINUTE_MS
from monitor.access import journal, passwords, sessions, tokens, users
from monitor.access.principal import Principal
from monitor.access.roles import MAY, Act, Role
from monitor.access.unmasking import Unmaskings, end_all, granted
from monitor.access.users import User, UserRefused
from monitor.errors import LivewatchError
from monitor.store.scope import Scope
from monitor.store.tables import sessions as session_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection

    from monitor.access.journal import Entry, JournalAct
    from monitor.access.oidc import Identity
    from monitor.access.sessions import Session
    from monitor.access.settings import SignIn
    from monitor.access.tokens import Token
    from monitor.store.database import Connections

__all__ = ["Access", "Began", "SignInRefused"]

log = logger()

#: For how long it is believed that nobody was made a user, s.
OPEN_FOR_S = 0.2


class SignInRefused(LivewatchError):
    """A wrong name, a wrong password, or somebody who is locked: which of them is not said."""


class Began(Struct, frozen=True):
    """A session that has just begun."""

    secret: str
    """For the cookie; it is nowhere else."""
    person: str


class Access:
    """People, sessions and tokens of one store."""

    def __init__(self, database: Connections, settings: SignIn, clock: Callable[[], int]) -> None:
        """
        Args:
            clock: wall clock, ms.
        """
        self._database = database
        self._settings = settings
        self._clock = clock
        self._enforced = settings.required or settings.oidc is not None
        self._looked = float("-inf")
        self._idle = int(settings.idle_s * 1_000)
        self._lasts = int(settings.session_s * 1_000)
        self.unmaskings = Unmaskings(database, settings.unmasking, clock)

    @property
    def known_enforced(self) -> bool | None:
        """The same without asking the store; ``None``: it was not asked lately."""
        if self._enforced:
            return True
        return False if time.monotonic() - self._looked <= OPEN_FOR_S else None

    def is_enforced(self) -> bool:
        """Do people have to sign in? From the first user on they do, for good."""
        if not self._enforced and time.monotonic() - self._looked > OPEN_FOR_S:
            self._looked = time.monotonic()
            with self._database.read() as connection:
                self._enforced = users.any_at_all(connection)
        return self._enforced

    # Who is it

    def of_session(self, secret: str, *, acting: bool) -> Principal | None:
        """Who has this session; ``None``: it has ended.

        Args:
            acting: the person does something, a page does not ask by itself.
        """
        now, digest = self._clock(), sessions.digest_of(secret)
        with self._database.read() as connection:
            found = sessions.find(connection, digest)
            user = users.find(connection, found.person) if found is not None else None
            unmasked = self._unmasked(connection, user, now)
        if found is None or user is None or user.locked:
            return None
        if now >= found.ends_at or now - found.seen_at >= self._idle:
            return None
        if acting and now - found.seen_at >= MINUTE_MS:
            self._database.write(lambda connection: sessions.see(connection, digest, now))
        return Principal(
            name=user.name, role=user.role, acts=self._acts(user), by="session", session=found.id,
            unmasked=unmasked,
            digest=digest, local=user.password is not None, territories=user.territories,
            scope=_scope(user.territories),
        )  # fmt: skip

    def of_token(self, text: str) -> Principal | None:
        """Whose program has this token; ``None``: it does not hold."""
        now = self._clock()
        with self._database.read() as connection:
            found = tokens.find(connection, text, now)
            user = users.find(connection, found.person) if found is not None else None
            by_case = found is not None and "unmask" in found.acts
            unmasked = self._unmasked(connection, user, now) if by_case else None
        if found is None or user is None or user.locked:
            return None
        if found.used_at is None or now - found.used_at >= MINUTE_MS:
            self._database.write(lambda connection: tokens.use(connection, found.id, now))
        acts = self._acts(user) & found.acts
        return Principal(
            name=user.name, role=user.role, acts=acts, by="token", digest=found.digest,
            unmasked=unmasked,
            territories=user.territories, scope=_scope(user.territories, found.territories),
        )  # fmt: skip

    def _acts(self, user: User) -> frozenset[Act]:
        """What somebody may do: as his role says, but for what is by case only here."""
        return MAY[user.role] - (set() if self._settings.unmasking.by_role else {"unmask"})

    def _unmasked(
        self, connection: Connection, user: User | None, now: int
    ) -> frozenset[str] | None:
        """Alerts whose accounts somebody may see by case; ``None``: he may ask for none."""
        if user is None or not self._settings.unmasking.by_case or "handle" not in MAY[user.role]:
            return None
        return granted(connection, [user.name], now).get(user.name, frozenset())

    def alive(self, principals: Collection[Principal]) -> set[str]:
        """Digests of those whose session or token still lets them in, with the same role and to the same
        territories."""
        now = self._clock()
        digests = {who.digest for who in principals}
        with self._database.read() as connection:
            found = sessions.alive(connection, digests, now=now, idle=self._idle) | tokens.alive(
                connection, digests, now
            )
        return {
            who.digest
            for who in principals
            if who.digest in found and found[who.digest] == (who.role, who.territories)
        }

    # Signing in and out

    def check(self, name: str, password: str, *, address: str) -> User:
        """Who has this name and this password; takes as long for a name that nobody has.

        Raises:
            SignInRefused: he does not, or he is locked.
        """
        with self._database.read() as connection:
            user = users.find(connection, name)
        right = passwords.matches(user.password if user is not None else None, password)
        if user is None or not right or user.locked:
            act: JournalAct = "refused-locked" if user and right else "refused"
            # A name that nobody has may be a password in the wrong field.
            self.note(act, user.name if user is not None else "", address=address)
            raise SignInRefused("name or password is wrong")
        if user.password is not None and passwords.is_outdated(user.password):
            anew = passwords.hashed(password)
            self._database.write(lambda connection: users.update(connection, user, password=anew))
        return user

    def vouched(self, identity: Identity) -> User:
        """The person that a provider vouches for, made at his first sign-in, with the role that he
        has there now.

        Raises:
            UserRefused: somebody else has his name here, or he would be the last administrator.
        """
        with self._database.read() as connection:
            user = users.of_subject(connection, identity.subject)
        if user is None:
            return self.add(
                identity.name, identity.role, None, by="OpenID Connect", subject=identity.subject,
                territories=identity.territories or (),
            )  # fmt: skip
        if user.locked:
            return user
        bound = user.territories if identity.territories is None else " ".join(identity.territories)
        if (user.role, user.territories) != (identity.role, bound):
            self._change(
                user.name,
                "role-changed" if user.role != identity.role else "territories-changed",
                {"role": identity.role, "territories": bound},
                by="OpenID Connect", detail=f"{identity.role}, {_where(bound)}",
            )  # fmt: skip
            return self.find(user.name)
        return user

    def begin(self, user: User, *, method: str, address: str, agent: str) -> Began:
        """A session for somebody who has shown who he is.

        Raises:
            SignInRefused: he is locked.
        """
        if user.locked:
            self.note("refused-locked", user.name, address=address)
            raise SignInRefused("name or password is wrong")
        now = self._clock()

        def job(connection: Connection) -> str:
            secret, session = sessions.begin(
                connection, user.name, method=method, address=address, agent=agent, at=now,
                lasts=self._lasts,
            )  # fmt: skip
            users.update(connection, user, seen_at=now)
            journal.append(
                connection, "signed-in", user.name, at=now, address=address,
                detail=f"{method}, session {session.id}",
            )  # fmt: skip
            return secret

        secret = self._database.write(job)
        return Began(secret, user.name)

    def sign_out(self, secret: str, *, address: str) -> Session | None:
        """Ends a session; the one that ended."""
        digest, now = sessions.digest_of(secret), self._clock()

        def job(connection: Connection) -> Session | None:
            for ended in sessions.end(connection, session_rows.c.digest == digest):
                journal.append(
                    connection, "signed-out", ended.person, at=now, address=address,
                    detail=f"session {ended.id}",
                )  # fmt: skip
                return ended
            return None

        return self._database.write(job)

    def note_slowed(self, name: str, *, address: str) -> None:
        """Attempts at a name, or from an address, are not looked at for a while."""
        with self._database.read() as connection:
            user = users.find(connection, name)
        self.note("slowed", user.name if user is not None else "", address=address)

    def note(self, act: JournalAct, person: str, *, address: str = "", detail: str = "") -> None:
        """Adds an entry to the journal."""
        now = self._clock()
        self._database.write(
            lambda connection: journal.append(
                connection, act, person, at=now, address=address, detail=detail
            )
        )

    # People

    def users(self) -> list[User]:
        """Everybody, by name."""
        with self._database.read() as connection:
            return users.listed(connection)

    def find(self, name: str) -> User:
        """Somebody by name.

        Raises:
            UserRefused: there is nobody.
        """
        with self._database.read() as connection:
            return _known(connection, name)

    def add(
        self, name: str, role: str, password: str | None, *, by: str, subject: str | None = None,
        territories: Sequence[str] = (),
    ) -> User:  # fmt: skip
        """Makes a user.

        Raises:
            UserRefused, BadPassword: with the reason.
        """
        known = users.checked_role(role)
        bound = users.checked_territories(territories, known)
        stored = self._stored(password, name) if password is not None else None
        now = self._clock()

        def job(connection: Connection) -> User:
            user = users.add(
                connection, name, known, at=now, password=stored, subject=subject, territories=bound
            )
            detail = f"{known}, {_where(bound)}" if bound else known
            journal.append(connection, "user-added", user.name, at=now, by=by, detail=detail)
            return user

        user = self._database.write(job)
        self._enforced = True
        return user

    def change_role(self, name: str, role: str, *, by: str) -> None:
        """Gives somebody another role; his sessions end.

        Raises:
            UserRefused: there is nobody, no such role, or he is the last administrator.
        """
        known: Role = users.checked_role(role)
        self._change(name, "role-changed", {"role": known}, by=by, detail=known)

    def change_territories(self, name: str, territories: Sequence[str], *, by: str) -> None:
        """Binds somebody to territories, or to none; his sessions end.

        Raises:
            UserRefused: there is nobody, one is none, or his role is for the whole office.
        """
        bound = users.checked_territories(territories, self.find(name).role)
        self._change(
            name, "territories-changed", {"territories": bound}, by=by, detail=_where(bound)
        )

    def change_password(
        self, name: str, password: str, *, by: str, address: str = "", keep: str = ""
    ) -> None:
        """Gives somebody another password; his sessions end, but one.

        Args:
            keep: digest of the session in which he does so himself.

        Raises:
            UserRefused, BadPassword: with the reason.
        """
        stored = self._stored(password, self.find(name).name)
        self._change(
            name, "password-changed", {"password": stored}, by=by, address=address, keep=keep
        )

    def lock(self, name: str, *, by: str) -> None:
        """Lets somebody in no more: sessions end, tokens do not hold.

        Raises:
            UserRefused: there is nobody, or he is the last administrator.
        """
        self._change(name, "locked", {"locked": 1}, by=by)

    def unlock(self, name: str, *, by: str) -> None:
        """Lets him in again.

        Raises:
            UserRefused: there is nobody.
        """
        self._change(name, "unlocked", {"locked": 0}, by=by)

    def _change(
        self,
        name: str,
        act: JournalAct,
        values: dict[str, object],
        *,
        by: str,
        address: str = "",
        detail: str = "",
        keep: str = "",
    ) -> None:
        now = self._clock()

        def job(connection: Connection) -> None:
            user = _known(connection, name)
            users.update(connection, user, **values)
            if values.keys() & {"role", "locked"}:
                end_all(connection, user.name, by=by, at=now)
            sessions.end_all(connection, user.name, but=keep)
            journal.append(
                connection, act, user.name, at=now, by=by, address=address, detail=detail
            )

        self._database.write(job)

    @staticmethod
    def _stored(password: str, name: str) -> str:
        weak = passwords.weakness(password, name)
        if weak is not None:
            raise passwords.BadPassword(weak)
        return passwords.hashed(password)

    # Sessions and tokens

    def sessions(self, person: str | None = None) -> list[Session]:
        """Those that have not ended, of one person or of all."""
        with self._database.read() as connection:
            return sessions.listed(connection, now=self._clock(), idle=self._idle, person=person)

    def revoke_sessions(self, person: str, *, by: str, session: str | None = None) -> int:
        """Ends the sessions of a person, or one of them by its id; how many."""
        now = self._clock()

        def job(connection: Connection) -> int:
            condition = session_rows.c.person == person
            if session is not None:
                condition &= session_rows.c.id == session
            ended = sessions.end(connection, condition)
            for each in ended:
                journal.append(
                    connection, "session-revoked", person, at=now, by=by,
                    detail=f"session {each.id}",
                )  # fmt: skip
            return len(ended)

        return self._database.write(job)

    def tokens(self, person: str | None = None) -> list[Token]:
        """Those that hold, of one person or of all."""
        with self._database.read() as connection:
            return tokens.listed(connection, person, now=self._clock())

    def make_token(
        self, person: str, label: str, scopes: Sequence[str], days: int, *, by: str,
        territories: Sequence[str] = (),
    ) -> tuple[str, Token]:  # fmt: skip
        """A token, as it is shown once, and what is kept of it.

        Raises:
            UserRefused: with the reason.
        """
        if not 1 <= days <= tokens.LONGEST_DAYS:
            raise UserRefused("days", f"a token holds for 1 to {tokens.LONGEST_DAYS} days")
        now = self._clock()

        def job(connection: Connection) -> tuple[str, Token]:
            user = _known(connection, person)
            text, token = tokens.make(
                connection, user.name, label, scopes, at=now, until=now + days * DAY_MS,
                territories=territories,
            )  # fmt: skip
            journal.append(
                connection, "token-made", user.name, at=now, by=by,
                detail=f"{token.id}: {token.scopes}"
                + (f", {_where(token.territories)}" if token.territories else ""),
            )  # fmt: skip
            return text, token

        return self._database.write(job)

    def revoke_token(self, token: str, *, by: str, person: str | None = None) -> bool:
        """Ends a token, of a person or of whomever; was there one?"""
        now = self._clock()

        def job(connection: Connection) -> bool:
            ended = tokens.revoke(connection, token, now, person)
            if ended is not None:
                journal.append(
                    connection, "token-revoked", ended.person, at=now, by=by, detail=ended.id
                )
            return ended is not None

        return self._database.write(job)

    # The journal

    def journal(self, limit: int, before: int | None = None) -> list[Entry]:
        """The latest entries, newest first."""
        with self._database.read() as connection:
            return journal.entries(connection, limit, before)

    def verify_journal(self) -> int | None:
        """Number of the first entry that was changed or taken out; ``None``: intact."""
        with self._database.read() as connection:
            return journal.verify(connection)

    def sweep(self) -> None:
        """Fixes the journal, takes out entries that have had their time, and sessions that have
        ended."""
        now = self._clock()
        before = now - int(self._settings.journal_days * DAY_MS)

        def job(connection: Connection) -> int:
            ended = (session_rows.c.ends_at <= now) | (session_rows.c.seen_at <= now - self._idle)
            sessions.end(connection, ended)
            journal.fix(connection, now)
            return journal.purge(connection, before)

        if purged := self._database.write(job):
            log.info("journal_purged", entries=purged)


def _scope(*territories: str) -> Scope:
    """What somebody is shown who is bound to these, a list each, as they are stored."""
    return Scope(tuple(tuple(some.split()) for some in territories if some))


def _where(territories: str) -> str:
    return f"territories {territories}" if territories else "everywhere"


def _known(connection: Connection, name: str) -> User:
    user = users.find(connection, name)
    if user is None:
        raise UserRefused("nobody", f"nobody is called {name[:40]!r}")
    return user
