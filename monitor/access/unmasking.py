"""Seeing the accounts of one alert by case: somebody asks, a second person approves, for a time.

An approval holds for one person and one alert. It ends by the clock, when either gives it up, and when
the person is locked or gets another role. Every step is in custody, in the same transaction.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from msgspec import Struct

from detectors.calendar import MINUTE_MS
from monitor.access import users
from monitor.access.roles import MAY, ROLES
from monitor.errors import LivewatchError
from monitor.evidence import custody
from monitor.store.tables import alerts, unmaskings
from monitor.store.tables import users as user_rows
from monitor.store.territories import about_alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

    from monitor.access.principal import Principal
    from monitor.access.settings import Unmasking as Settings
    from monitor.store.database import Connections
    from monitor.store.scope import Scope

__all__ = ["STATES", "UnmaskRefused", "Unmasking", "Unmaskings", "end_all", "granted"]

State = Literal[
    "waiting",  # for a second person
    "approved",
    "refused",
    "ended",  # given up, taken back, or its person may not any more
    "lapsed",  # nobody has decided in time, or the time of the approval is over
]
STATES: tuple[State, ...] = ("waiting", "approved", "refused", "ended", "lapsed")
#: A request that nobody has decided for so long cannot be approved any more, ms.
WAITS_MS = 86_400_000
#: Requests of one person that wait, at most.
MOST_WAITING = 20
WHY_MAX, CASE_MAX = 500, 100
#: Roles that may ask: those that handle alerts.
ASKING = tuple(role for role in ROLES if "handle" in MAY[role])


class UnmaskRefused(LivewatchError):
    """A request or a decision that is not taken; `why` is a word for the pages."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class Unmasking(Struct, kw_only=True):
    """A request to see the accounts of one alert, and what became of it."""

    id: str
    alert: str
    person: str
    """Who asks."""
    why: str
    case: str
    """Number of the case that it is for."""
    asked_at: int
    """ms"""
    state: State
    decided_by: str = ""
    """Who approved or refused it; of one that ended, who ended it."""
    decided_at: int | None = None
    note: str = ""
    """What was said with the decision."""
    until: int | None = None
    """When the approval ends, ms."""


class Unmaskings:
    """Requests of one store. Every method blocks: call them from a thread."""

    def __init__(self, database: Connections, settings: Settings, clock: Callable[[], int]) -> None:
        """
        Args:
            clock: wall clock, ms.
        """
        self._database = database
        self._settings = settings
        self._clock = clock

    @property
    def longest_min(self) -> int:
        """For how long an approval may hold."""
        return int(self._settings.hold_min)

    def may_ask(self, who: Principal) -> bool:
        """May this person ask: by what is configured, and as far as he is known and may handle alerts."""
        return self._settings.by_case and who.known and who.may("handle")

    def ask(self, who: Principal, alert: str, *, why: str, case: str) -> Unmasking:
        """Notes that somebody wants to see the accounts of an alert.

        Raises:
            UnmaskRefused: with the reason.
        """
        if not self._settings.by_case:
            raise UnmaskRefused("off", "nobody is shown accounts by case here")
        if who.may("unmask"):
            raise UnmaskRefused("already", "you may see them already")
        if not who.known:
            raise UnmaskRefused("nobody", "nobody signs in here: there is no second person")
        why, case = " ".join(why.split()), " ".join(case.split())
        if not 1 <= len(why) <= WHY_MAX or not 1 <= len(case) <= CASE_MAX:
            raise UnmaskRefused(
                "empty",
                f"it takes a reason of up to {WHY_MAX} and a case number of up to {CASE_MAX} characters",
            )
        now = self._clock()
        made = Unmasking(
            id=secrets.token_hex(8), alert=alert, person=who.name, why=why, case=case, asked_at=now,
            state="waiting",
        )  # fmt: skip

        def job(connection: Connection) -> None:
            _check_asker(connection, who.name)
            if (
                connection.execute(sa.select(alerts.c.id).where(alerts.c.id == alert)).first()
                is None
            ):
                raise UnmaskRefused("alert", f"there is no alert {alert[:64]!r}")
            own = [
                one
                for one in _rows(connection, now, unmaskings.c.person == who.name)
                if one.state in ("waiting", "approved")
            ]
            if any(one.alert == alert for one in own):
                raise UnmaskRefused("already", "you have asked for it already, or may see them")
            if sum(one.state == "waiting" for one in own) >= MOST_WAITING:
                raise UnmaskRefused("many", f"{MOST_WAITING} requests of yours wait already")
            connection.execute(
                sa.insert(unmaskings).values(
                    id=made.id, alert=alert, person=made.person, why=why, case_number=case,
                    asked_at=now, state="waiting", decided_by="", note="",
                )
            )  # fmt: skip
            custody.append(
                connection, "unmask-asked", who=who.name, role=who.role or "", at=now,
                subject=f"alert:{alert}", why=why, detail={"request": made.id, "case": case},
            )  # fmt: skip

        self._database.write(job)
        return made

    def decide(
        self, who: Principal, request: str, *, approve: bool, note: str = "",
        minutes: int | None = None,
    ) -> Unmasking:  # fmt: skip
        """A second person approves a request, or refuses it.

        Args:
            minutes: for how long; by default, and at most, as long as is configured.

        Raises:
            UnmaskRefused: with the reason.
        """
        now, note = self._clock(), " ".join(note.split())[:WHY_MAX]
        held = min(minutes or self.longest_min, self.longest_min)
        until = now + held * MINUTE_MS if approve else None

        def job(connection: Connection) -> Unmasking:
            one = _known(connection, request, now)
            if not who.known or users.fold(one.person) == users.fold(who.name):
                raise UnmaskRefused("same", "another person than the one who asks has to decide")
            if approve and not self._settings.by_case:
                raise UnmaskRefused("off", "nobody is shown accounts by case here")
            if approve:
                _check_asker(connection, one.person)
            _move(
                connection, one, ("waiting",),
                {"state": "approved" if approve else "refused", "decided_by": who.name,
                 "decided_at": now, "note": note, "until": until},
            )  # fmt: skip
            custody.append(
                connection, "unmask-approved" if approve else "unmask-refused", who=who.name,
                role=who.role or "", at=now, subject=f"alert:{one.alert}", why=note,
                detail={"request": one.id, "case": one.case, "asked": one.person}
                | ({"until": until} if until else {}),
            )  # fmt: skip
            return _known(connection, request, now)

        return self._database.write(job)

    def end(self, who: Principal, request: str) -> Unmasking:
        """Whoever asked gives it up, or whoever may approve takes it back.

        Raises:
            UnmaskRefused: with the reason.
        """
        now = self._clock()

        def job(connection: Connection) -> Unmasking:
            one = _known(connection, request, now)
            own = who.known and users.fold(one.person) == users.fold(who.name)
            if not own and not who.may("approve"):
                raise UnmaskRefused("same", "it is another's")
            _end(connection, one, who=who.name or "livewatch", role=who.role or "", at=now)
            return _known(connection, request, now)

        return self._database.write(job)

    def get(self, request: str) -> Unmasking | None:
        """One of them."""
        with self._database.read() as connection:
            found = _rows(connection, self._clock(), unmaskings.c.id == request)
        return found[0] if found else None

    def listed(
        self, scope: Scope, *, alert: str | None = None, person: str | None = None,
        state: State | None = None, limit: int = 100,
    ) -> list[Unmasking]:  # fmt: skip
        """The latest, newest first, about alerts of somebody's territories."""
        conditions = about_alerts(unmaskings.c.alert, scope)
        if alert is not None:
            conditions.append(unmaskings.c.alert == alert)
        if person is not None:
            conditions.append(unmaskings.c.person == person)
        now = self._clock()
        if state is not None:
            conditions.append(_in_state(state, now))
        with self._database.read() as connection:
            return _rows(connection, now, *conditions, limit=limit)

    def granted(self, people: Collection[str]) -> dict[str, frozenset[str]]:
        """Ids of the alerts whose accounts each of these people may see now, by case."""
        if not self._settings.by_case or not people:
            return {}
        with self._database.read() as connection:
            return granted(connection, people, self._clock())


def granted(connection: Connection, people: Collection[str], now: int) -> dict[str, frozenset[str]]:
    """Ids of the alerts whose accounts each of these people may see, by case."""
    query = (
        sa.select(unmaskings.c.person, unmaskings.c.alert)
        .join(user_rows, user_rows.c.name == unmaskings.c.person)
        .where(
            unmaskings.c.person.in_(list(people)),
            _in_state("approved", now),
            user_rows.c.locked == 0,
            user_rows.c.role.in_(ASKING),
        )
    )
    found: dict[str, set[str]] = {}
    for person, alert in connection.execute(query):
        found.setdefault(person, set()).add(alert)
    return {person: frozenset(some) for person, some in found.items()}


def end_all(connection: Connection, person: str, *, by: str, at: int) -> None:
    """Ends what somebody has asked for or was allowed, in the caller's transaction."""
    for one in _rows(connection, at, unmaskings.c.person == person, limit=None):
        if one.state in ("waiting", "approved"):
            _end(connection, one, who=by, role="", at=at)


def _end(connection: Connection, one: Unmasking, *, who: str, role: str, at: int) -> None:
    _move(
        connection, one, ("waiting", "approved"),
        {"state": "ended", "decided_by": who, "decided_at": at},
    )  # fmt: skip
    custody.append(
        connection, "unmask-ended", who=who, role=role, at=at, subject=f"alert:{one.alert}",
        detail={"request": one.id, "case": one.case, "asked": one.person},
    )  # fmt: skip


def _move(
    connection: Connection, one: Unmasking, before: tuple[State, ...], values: dict[str, object]
) -> None:
    """Raises:
    UnmaskRefused: it stands otherwise, or somebody was quicker.
    """
    stands = UnmaskRefused("state", f"the request is {one.state}")
    if one.state not in before:
        raise stands
    # Two desks may decide at once: one of them finds that it does not wait any more.
    changed = sa.update(unmaskings).where(
        unmaskings.c.id == one.id, unmaskings.c.state == one.state
    )
    if connection.execute(changed.values(**values)).rowcount != 1:
        raise stands


def _known(connection: Connection, request: str, now: int) -> Unmasking:
    found = _rows(connection, now, unmaskings.c.id == request)
    if not found:
        raise UnmaskRefused("none", f"there is no request {request[:40]!r}")
    return found[0]


def _check_asker(connection: Connection, name: str) -> None:
    """Raises:
    UnmaskRefused: he may not ask, or not any more.
    """
    user = users.find(connection, name)
    if user is None or user.locked or user.role not in ASKING:
        raise UnmaskRefused("asker", f"{name} may not see accounts by case")


def _in_state(state: State, now: int) -> sa.ColumnElement[bool]:
    """As `_state` tells it."""
    kept, until, asked = unmaskings.c.state, unmaskings.c.until, unmaskings.c.asked_at
    waits = sa.and_(kept == "waiting", asked > now - WAITS_MS)
    holds = sa.and_(kept == "approved", until > now)
    match state:
        case "waiting":
            return waits
        case "approved":
            return holds
        case "lapsed":
            return sa.and_(kept.in_(("waiting", "approved")), sa.not_(waits), sa.not_(holds))
        case _:
            return kept == state


def _rows(
    connection: Connection, now: int, *conditions: sa.ColumnElement[bool], limit: int | None = 100
) -> list[Unmasking]:
    query = sa.select(unmaskings).where(*conditions)
    query = query.order_by(unmaskings.c.asked_at.desc(), unmaskings.c.id).limit(limit)
    found = []
    for row in connection.execute(query):
        values = dict(row._mapping)
        values["case"] = values.pop("case_number")
        one = Unmasking(**values)
        late = one.state == "waiting" and one.asked_at <= now - WAITS_MS
        over = one.state == "approved" and (one.until or 0) <= now
        if late or over:
            one.state = "lapsed"
        found.append(one)
    return found
