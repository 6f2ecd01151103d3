"""The outbox: messages about alerts on their way to people, durable until they are delivered.

A message is *waiting* until it was *sent*, is *dropped* since it is not needed any more (somebody
handled the alert), or is *dead*: given up after many attempts, kept with its words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from msgspec import Struct

from monitor.store import numbering
from monitor.store.dialects import upsert
from monitor.store.scope import EVERYWHERE
from monitor.store.tables import alerts, notified, outbox
from monitor.store.territories import about_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Level
    from monitor.store.scope import Scope

__all__ = [
    "Delivery",
    "Entry",
    "Kind",
    "State",
    "alerts_sent",
    "counts",
    "due",
    "enqueue",
    "finish",
    "forget",
    "levels_told",
    "next_due",
    "postpone",
    "recent",
    "revive",
    "sent_since",
    "still_new",
    "traces_of",
]

State = Literal["waiting", "sent", "dropped", "dead"]
Kind = Literal["alert", "escalation", "test"]
CHUNK = 500


class Entry(Struct, kw_only=True):
    """One message that is to be sent, to one channel."""

    channel: str
    alert: str | None
    """Id of the alert; ``None``: a test."""
    kind: Kind
    level: Level
    body: bytes
    """The notice, as JSON (`monitor.notify.notice`)."""
    created_at: int
    due_at: int
    """Not before, ms."""
    attempts: int = 0
    number: int = 0
    status: str | None = None
    """Status of the alert as of reading; ``None``: there is none (any more)."""


class Delivery(Struct, kw_only=True):
    """What became of a message, as the desk shows it."""

    number: int
    channel: str
    alert: str | None
    kind: str
    level: str
    created_at: int
    due_at: int
    attempts: int
    state: str
    message: str | None
    """Id of what it went out with; the same for all that were folded into one digest."""
    done_at: int | None
    problem: str | None


def levels_told(connection: Connection, ids: Sequence[str]) -> dict[str, Level]:
    """The level at which people were told of these alerts; those of which they were not are left out."""
    found: dict[str, Level] = {}
    for start in range(0, len(ids), CHUNK):
        query = sa.select(notified).where(notified.c.alert.in_(ids[start : start + CHUNK]))
        found.update({row.alert: row.level for row in connection.execute(query)})
    return found


def enqueue(
    connection: Connection,
    entries: Iterable[Entry],
    told: Mapping[str, Level],
    *,
    upto: int | None,
    now: int,
) -> None:
    """Puts messages into the outbox and notes which alerts were looked at, at one go.

    Args:
        told: levels by alert that people are told of with these messages.
        upto: the change of alerts up to which all were looked at; ``None``: leaves it.
    """
    rows = [
        {
            "channel": entry.channel,
            "alert": entry.alert,
            "kind": entry.kind,
            "level": entry.level,
            "body": entry.body,
            "created_at": entry.created_at,
            "due_at": entry.due_at,
            "attempts": 0,
            "state": "waiting",
        }
        for entry in entries
    ]
    if rows:
        connection.execute(sa.insert(outbox), rows)
    if told:
        statement = upsert(
            connection, notified, ["alert"], lambda new: {"level": new.level, "at": new.at}
        )
        values = [{"alert": alert, "level": level, "at": now} for alert, level in told.items()]
        connection.execute(statement, values)
    if upto is not None:
        numbering.move_to(connection, "notified", upto)


def due(connection: Connection, channel: str, now: int, limit: int) -> list[Entry]:
    """Messages that may be sent now: leads first, then by age."""
    rank = sa.case((outbox.c.level == "lead", 0), (outbox.c.level == "watch", 1), else_=2)
    query = (
        sa.select(
            outbox.c.number, outbox.c.channel, outbox.c.alert, outbox.c.kind, outbox.c.level,
            outbox.c.body, outbox.c.created_at, outbox.c.due_at, outbox.c.attempts, alerts.c.status,
        )
        .select_from(outbox.outerjoin(alerts, alerts.c.id == outbox.c.alert))
        .where(outbox.c.state == "waiting", outbox.c.channel == channel, outbox.c.due_at <= now)
        .order_by(rank, outbox.c.number)
        .limit(limit)
    )  # fmt: skip
    return [Entry(**row._mapping) for row in connection.execute(query)]


def traces_of(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """`traceparent` of those of these alerts that belong to a trace."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        query = sa.select(alerts.c.id, alerts.c.trace).where(
            alerts.c.id.in_(ids[start : start + CHUNK]), alerts.c.trace.is_not(None)
        )
        found.update({row.id: row.trace for row in connection.execute(query)})
    return found


def still_new(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these alerts that nobody has handled."""
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        query = sa.select(alerts.c.id).where(
            alerts.c.id.in_(ids[start : start + CHUNK]), alerts.c.status == "new"
        )
        found.update(connection.execute(query).scalars())
    return found


def alerts_sent(connection: Connection, channel: str, since: int) -> dict[str, int]:
    """Alerts of which a channel was told since a time, and when, ms."""
    query = sa.select(outbox.c.alert, outbox.c.done_at).where(
        outbox.c.channel == channel,
        outbox.c.state == "sent",
        outbox.c.done_at >= since,
        outbox.c.alert.is_not(None),
    )
    return {row.alert: int(row.done_at) for row in connection.execute(query)}


def next_due(connection: Connection, channel: str) -> int | None:
    """When the next message may be sent, ms; ``None``: none waits."""
    query = sa.select(sa.func.min(outbox.c.due_at)).where(
        outbox.c.state == "waiting", outbox.c.channel == channel
    )
    found = connection.execute(query).scalar_one()
    return None if found is None else int(found)


def finish(
    connection: Connection,
    numbers: Sequence[int],
    state: State,
    *,
    now: int,
    message: str | None = None,
    problem: str | None = None,
) -> None:
    """These messages are done with; but for dead ones, their words go."""
    values: dict[str, object] = {"state": state, "done_at": now, "message": message}
    if state != "dead":
        values["body"] = b""
    if problem is not None:
        values["problem"] = problem
    for start in range(0, len(numbers), CHUNK):
        chosen = outbox.c.number.in_(numbers[start : start + CHUNK])
        connection.execute(sa.update(outbox).where(chosen).values(values))


def postpone(
    connection: Connection,
    numbers: Sequence[int],
    *,
    until: int,
    problem: str,
    attempt: bool = True,
) -> None:
    """These messages wait until a later time, since an attempt failed or the channel is silent."""
    values = {
        "due_at": until,
        "problem": problem,
        "attempts": outbox.c.attempts + (1 if attempt else 0),
    }
    for start in range(0, len(numbers), CHUNK):
        chosen = outbox.c.number.in_(numbers[start : start + CHUNK])
        connection.execute(sa.update(outbox).where(chosen).values(values))


def revive(connection: Connection, channel: str | None, now: int) -> int:
    """Dead messages wait again, of one channel or of all; how many."""
    chosen = outbox.c.state == "dead"
    if channel is not None:
        chosen = sa.and_(chosen, outbox.c.channel == channel)
    values = {"state": "waiting", "due_at": now, "attempts": 0, "created_at": now, "done_at": None}
    return connection.execute(sa.update(outbox).where(chosen).values(values)).rowcount


def sent_since(connection: Connection, channel: str, since: int) -> list[int]:
    """When messages went out to a channel, ms; those of one digest are one."""
    query = (
        sa.select(sa.func.max(outbox.c.done_at))
        .where(outbox.c.channel == channel, outbox.c.state == "sent", outbox.c.done_at >= since)
        .group_by(outbox.c.message)
    )
    return sorted(int(at) for at in connection.execute(query).scalars())


def counts(
    connection: Connection, scope: Scope = EVERYWHERE
) -> dict[tuple[str, str], tuple[int, int]]:
    """By channel and state: how many messages, and when the oldest was made, ms."""
    query = sa.select(
        outbox.c.channel, outbox.c.state, sa.func.count(), sa.func.min(outbox.c.created_at)
    ).group_by(outbox.c.channel, outbox.c.state)
    query = query.where(*about_alerts(outbox.c.alert, scope))
    return {
        (channel, state): (int(count), int(oldest))
        for channel, state, count, oldest in connection.execute(query)
    }


def recent(
    connection: Connection, limit: int, *, state: str | None = None, alert: str | None = None,
    scope: Scope = EVERYWHERE,
) -> list[Delivery]:  # fmt: skip
    """Messages, newest first."""
    columns = [column for column in outbox.c if column.name != "body"]
    query = sa.select(*columns).order_by(outbox.c.number.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if alert is not None:
        query = query.where(outbox.c.alert == alert)
    query = query.where(*about_alerts(outbox.c.alert, scope))
    return [Delivery(**row._mapping) for row in connection.execute(query)]


def forget(connection: Connection, before: int, told_before: int) -> int:
    """Takes out what was done with before a time, and whom alerts were told of; how many messages."""
    connection.execute(sa.delete(notified).where(notified.c.at < told_before))
    old = sa.and_(outbox.c.state != "waiting", outbox.c.done_at < before)
    return connection.execute(sa.delete(outbox).where(old)).rowcount
