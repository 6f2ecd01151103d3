"""Reading alerts: lists with keyset paging, one alert, changes since, counts.

Lists are in the order in which alerts were first raised, newest first. That number never
changes, so a page stays what it was while alerts are hit again, and a reader who pages on sees
each alert once. What has changed since is `changes_since`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from detectors.alerts import SEVERITY, Alert, Level
from monitor.errors import BadCursor
from monitor.store.bodies import decode_body
from monitor.store.dialects import StoredText, contains
from monitor.store.rows import AlertFilter, AlertRow, Page
from monitor.store.tables import alert_hits, alert_versions, alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

__all__ = [
    "Order",
    "alert_page_query",
    "changes_since",
    "count_by_level",
    "count_by_room",
    "get_alert",
    "hit_times",
    "list_alerts",
    "versions",
]

#: The newest first, or the gravest.
Order = Literal["raised", "grave"]
#: Items of a page at most.
PAGE_MAX = 500
#: Moments that `hit_times` repeats for one slice, and returns for one alert, at most.
SLICE_MAX = 50
TIMES_MAX = 1_000
CHUNK = 500

_row_columns = (
    alerts.c.number,
    alerts.c.seq,
    alerts.c.status,
    alerts.c.who,
    alerts.c.status_at,
    alerts.c.close_reason,
    alerts.c.note,
    alerts.c.again,
    alerts.c.matter,
    alert_versions.c.body,
)
_with_body = alerts.join(
    alert_versions,
    sa.and_(alert_versions.c.alert == alerts.c.id, alert_versions.c.version == alerts.c.version),
)


def list_alerts(
    connection: Connection, wanted: AlertFilter, limit: int, cursor: str | None,
    order: Order = "raised",
) -> Page:  # fmt: skip
    """One page, newest first, or the gravest first and of those the one that was hit last.

    Raises:
        BadCursor: the cursor was not made here.
    """
    limit = max(1, min(limit, PAGE_MAX))
    if order == "grave":
        return _gravest(connection, wanted, limit, cursor)
    numbers = connection.execute(alert_page_query(wanted, limit + 1, cursor)).scalars().all()
    shown = numbers[:limit]
    query = sa.select(*_row_columns).select_from(_with_body).where(alerts.c.number.in_(shown))
    rows = connection.execute(query.order_by(alerts.c.number.desc()))
    more = len(numbers) > limit
    return Page(items=[_row(row) for row in rows], next=str(shown[-1]) if more else None)


def alert_page_query(wanted: AlertFilter, limit: int, cursor: str | None) -> Select[tuple[int]]:
    """The numbers of a page's alerts; apart from the bodies, so that it reads narrow rows only."""
    query = sa.select(alerts.c.number).where(*_conditions(wanted))
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise BadCursor(cursor)
        query = query.where(alerts.c.number < sa.literal(int(cursor), sa.BigInteger))
    return query.order_by(alerts.c.number.desc()).limit(limit)


def _gravest(connection: Connection, wanted: AlertFilter, limit: int, cursor: str | None) -> Page:
    """The gravest first. What is hit meanwhile may move: a cursor is a place by level and time."""
    grave = sa.case(SEVERITY, value=alerts.c.level)
    place = (grave, alerts.c.last_at, alerts.c.number)
    query = sa.select(*place).where(*_conditions(wanted))
    if cursor is not None:
        parts = cursor.split("-")
        if len(parts) != 3 or not all(
            part.isascii() and part.isdigit() and len(part) < 19 for part in parts
        ):
            raise BadCursor(cursor)
        values = [sa.literal(int(part), sa.BigInteger) for part in parts]
        query = query.where(sa.tuple_(*place) < sa.tuple_(*values))
    found = connection.execute(
        query.order_by(*(one.desc() for one in place)).limit(limit + 1)
    ).all()
    shown = found[:limit]
    rows = {
        row.number: _row(row)
        for row in connection.execute(
            sa.select(*_row_columns)
            .select_from(_with_body)
            .where(alerts.c.number.in_([one[2] for one in shown]))
        )
    }
    return Page(
        items=[rows[one[2]] for one in shown if one[2] in rows],
        next="-".join(map(str, shown[-1])) if len(found) > limit else None,
    )


def count_by_room(
    connection: Connection, wanted: AlertFilter, rooms: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], dict[Level, int]]:
    """How many alerts of each level some rooms have under a filter."""
    counted: dict[tuple[str, str], dict[Level, int]] = {}
    for platform, room in dict.fromkeys(rooms):
        query = sa.select(alerts.c.level, sa.func.count()).where(
            *_conditions(wanted), alerts.c.platform == platform, alerts.c.room == room
        )
        counted[platform, room] = {
            level: int(count) for level, count in connection.execute(query.group_by(alerts.c.level))
        }
    return counted


def get_alert(connection: Connection, alert: str) -> AlertRow | None:
    """The alert as it stands now."""
    query = sa.select(*_row_columns).select_from(_with_body).where(alerts.c.id == alert)
    row = connection.execute(query).first()
    return _row(row) if row else None


def versions(connection: Connection, alert: str) -> list[Alert]:
    """The versions that were kept, oldest first.

    Those that were written before alerts counted their versions have the number of their row.
    """
    columns = (alert_versions.c.body, alert_versions.c.version)
    query = sa.select(*columns).where(alert_versions.c.alert == alert)
    found: list[Alert] = []
    for body, number in connection.execute(query.order_by(alert_versions.c.version)):
        one = decode_body(body)
        if not one.findings:
            one.version = number
        found.append(one)
    return found


def changes_since(connection: Connection, seq: int, limit: int) -> list[AlertRow]:
    """Alerts that changed after `seq`, in the order of their latest change.

    An alert that changed several times appears once, as it is now.
    """
    query = sa.select(*_row_columns).select_from(_with_body).where(alerts.c.seq > seq)
    return [_row(row) for row in connection.execute(query.order_by(alerts.c.seq).limit(limit))]


def count_by_level(connection: Connection, wanted: AlertFilter) -> dict[Level, int]:
    """How many alerts of each level; all three levels are named."""
    query = sa.select(alerts.c.level, sa.func.count()).where(*_conditions(wanted))
    found = connection.execute(query.group_by(alerts.c.level))
    counted: dict[Level, int] = {"lead": 0, "watch": 0, "info": 0}
    counted.update((level, count) for level, count in found)
    return counted


def hit_times(connection: Connection, ids: Iterable[str], since: int) -> dict[str, list[int]]:
    """Moments of hits, ms, to ten seconds; many in the same ten seconds are cut at `SLICE_MAX`."""
    wanted = list(ids)
    times: dict[str, list[int]] = {alert: [] for alert in wanted}
    for start in range(0, len(wanted), CHUNK):
        query = sa.select(alert_hits).where(
            alert_hits.c.alert.in_(wanted[start : start + CHUNK]), alert_hits.c.at >= since
        )
        for row in connection.execute(query.order_by(alert_hits.c.alert, alert_hits.c.at)):
            times[row.alert].extend([row.at] * min(row.hits, SLICE_MAX))
    return {alert: found[-TIMES_MAX:] for alert, found in times.items()}


def _row(row: Any) -> AlertRow:
    return AlertRow(
        alert=decode_body(row.body),
        number=row.number,
        seq=row.seq,
        status=row.status,
        who=row.who,
        status_at=row.status_at,
        close_reason=row.close_reason,
        note=row.note,
        again=row.again,
        matter=row.matter,
    )


def _conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    lists: list[tuple[ColumnElement[str], Sequence[str] | None]] = [
        (alerts.c.status, wanted.status),
        (alerts.c.level, wanted.level),
        (alerts.c.rule, wanted.rule),
    ]
    conditions += [column.in_(values) for column, values in lists if values is not None]
    if wanted.not_rule:
        conditions.append(alerts.c.rule.not_in(wanted.not_rule))
    if wanted.focus is not None:
        conditions.append(alerts.c.focus == wanted.focus)
    if wanted.platform is not None:
        conditions.append(alerts.c.platform == wanted.platform)
    if wanted.room is not None:
        conditions.append(alerts.c.room == wanted.room)
    if wanted.since is not None:
        conditions.append(alerts.c.last_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(alerts.c.last_at < wanted.until)
    if wanted.again is not None:
        closed = sa.and_(alerts.c.status == "closed", alerts.c.again > 0)
        conditions.append(closed if wanted.again else sa.not_(closed))
    if wanted.text:
        words = wanted.text.casefold().split()
        conditions += [contains(alerts.c.words, sa.literal(word, StoredText())) for word in words]
    return conditions
