"""Reading alerts: lists with keyset paging, one alert, changes since, counts.

In the order in which alerts were first raised a page stays what it was while alerts are hit again,
for that number never changes: a reader who pages on sees each alert once. In the other orders
what is hit meanwhile may move. What has changed since is `changes_since`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from detectors.alerts import SEVERITY, Alert, Level, Naming, name_back
from monitor.errors import BadCursor
from monitor.store.bodies import decode_body, unpack
from monitor.store.dialects import StoredText, contains
from monitor.store.rows import AlertFilter, AlertRow, Order, Page
from monitor.store.scope import EVERYWHERE
from monitor.store.tables import alert_hits, alert_versions, alerts
from monitor.store.territories import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from monitor.store.scope import Scope

__all__ = [
    "Order",
    "alert_page_query",
    "changes_since",
    "conditions",
    "count_by_level",
    "count_by_rule",
    "cursor_after",
    "cursor_of",
    "get_alert",
    "hit_times",
    "list_alerts",
    "place_after",
    "place_columns",
    "place_in",
    "rows_numbered",
    "versions",
]

#: Items of a page at most.
PAGE_MAX = 500
#: Moments that `hit_times` repeats for one slice, and returns for one alert, at most.
SLICE_MAX = 50
TIMES_MAX = 1_000
CHUNK = 500

_naming = msgspec.json.Decoder(Naming)
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
    alerts.c.product_matter,
    alerts.c.territories,
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
    """One page.

    Raises:
        BadCursor: the cursor was not made here.
    """
    limit = max(1, min(limit, PAGE_MAX))
    if order != "raised":
        return _placed(connection, wanted, limit, cursor, order)
    found = connection.execute(alert_page_query(wanted, limit + 1, cursor))
    numbers: list[int] = [row[0] for row in found]
    shown = numbers[:limit]
    more = len(numbers) > limit
    return Page(items=rows_numbered(connection, shown), next=str(shown[-1]) if more else None)


def alert_page_query(wanted: AlertFilter, limit: int, cursor: str | None) -> Select[int]:
    """The numbers of a page's alerts; apart from the bodies, so that it reads narrow rows only."""
    query = sa.select(alerts.c.number).where(*conditions(wanted))
    if cursor is not None:
        (last,) = place_in(cursor, 1)
        query = query.where(alerts.c.number < sa.literal(last, sa.BigInteger))
    return query.order_by(alerts.c.number.desc()).limit(limit)


def _placed(
    connection: Connection, wanted: AlertFilter, limit: int, cursor: str | None, order: Order
) -> Page:
    """A page of an order in which what is hit may move: its cursor is a place, not a number."""
    place = place_columns(order)
    query = sa.select(*place).where(*conditions(wanted))
    if cursor is not None:
        query = query.where(place_after(place, cursor))
    found = connection.execute(
        query.order_by(*(one.desc() for one in place)).limit(limit + 1)
    ).all()
    shown = found[:limit]
    rows = {row.number: row for row in rows_numbered(connection, [one[-1] for one in shown])}
    return Page(
        items=[rows[one[-1]] for one in shown if one[-1] in rows],
        next=cursor_of(shown[-1]) if len(found) > limit else None,
    )


def place_columns(order: Order) -> list[ColumnElement[int]]:
    """What an order goes by, the greatest first; the last is the alert's number."""
    if order == "raised":
        return [alerts.c.number]
    latest: list[ColumnElement[int]] = [alerts.c.last_at, alerts.c.number]
    return latest if order == "latest" else [sa.case(SEVERITY, value=alerts.c.level), *latest]


def place_after(place: Sequence[ColumnElement[int]], cursor: str) -> ColumnElement[bool]:
    """Leaves what stands after a cursor, in an order that goes by these columns.

    Raises:
        BadCursor: it was not made here.
    """
    last = [sa.literal(one, sa.BigInteger) for one in place_in(cursor, len(place))]
    return sa.tuple_(*place) < sa.tuple_(*last)


def cursor_of(place: Iterable[int]) -> str:
    """A place in a list as a cursor; `place_in` reads it."""
    return "-".join(map(str, place))


def place_in(cursor: str, count: int) -> tuple[int, ...]:
    """The numbers of the place that a cursor was made of.

    Raises:
        BadCursor: it was not made here.
    """
    parts = cursor.split("-")
    if len(parts) != count or not all(
        part.isascii() and part.isdigit() and len(part) < 19 for part in parts
    ):
        raise BadCursor(cursor)
    return tuple(map(int, parts))


def cursor_after(row: AlertRow, order: Order) -> str:
    """Where a page goes on that ends with this alert."""
    alert = row.alert
    latest = (alert.last_at, row.number)
    places = {"raised": (row.number,), "latest": latest, "grave": (SEVERITY[alert.level], *latest)}
    return cursor_of(places[order])


def rows_numbered(connection: Connection, numbers: Sequence[int]) -> list[AlertRow]:
    """The alerts of these numbers, newest first."""
    found: list[AlertRow] = []
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        query = sa.select(*_row_columns).select_from(_with_body).where(alerts.c.number.in_(some))
        found += _rows(connection, query)
    return sorted(found, key=lambda row: row.number, reverse=True)


def get_alert(connection: Connection, alert: str) -> AlertRow | None:
    """The alert as it stands now."""
    query = sa.select(*_row_columns).select_from(_with_body).where(alerts.c.id == alert)
    found = _rows(connection, query)
    return found[0] if found else None


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


def changes_since(
    connection: Connection, seq: int, limit: int, scope: Scope = EVERYWHERE
) -> list[AlertRow]:
    """Alerts that changed after `seq`, in the order of their latest change.

    An alert that changed several times appears once, as it is now.
    """
    query = (
        sa.select(*_row_columns)
        .select_from(_with_body)
        .where(alerts.c.seq > seq, *within(alerts.c.territories, scope))
    )
    return _rows(connection, query.order_by(alerts.c.seq).limit(limit))


def count_by_level(connection: Connection, wanted: AlertFilter) -> dict[Level, int]:
    """How many alerts of each level; all three levels are named."""
    query = sa.select(alerts.c.level, sa.func.count()).where(*conditions(wanted))
    found = connection.execute(query.group_by(alerts.c.level))
    counted: dict[Level, int] = {"lead": 0, "watch": 0, "info": 0}
    counted.update((level, count) for level, count in found)
    return counted


def count_by_rule(connection: Connection, wanted: AlertFilter) -> dict[str, int]:
    """How many alerts of each rule that has any."""
    query = sa.select(alerts.c.rule, sa.func.count()).where(*conditions(wanted))
    return {row[0]: row[1] for row in connection.execute(query.group_by(alerts.c.rule))}


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


def _rows(connection: Connection, query: Select[Any]) -> list[AlertRow]:
    """The alerts of a query for `_row_columns`; those of rooms name those over rooms that name them."""
    found = [_row(row) for row in connection.execute(query)]
    named = {row.alert.id: row.alert for row in found if row.alert.platform}
    matters = sorted({row.product_matter for row in found if row.alert.platform} - {""})
    over: list[Naming] = []
    for start in range(0, len(matters), CHUNK):
        # Whoever names an alert is of its matter.
        query = (
            sa.select(alert_versions.c.body)
            .select_from(_with_body)
            .where(
                alerts.c.product_matter.in_(matters[start : start + CHUNK]), alerts.c.platform == ""
            )
        )
        over += [_naming.decode(unpack(body)) for body in connection.execute(query).scalars()]
    name_back(named, over)
    return found


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
        product_matter=row.product_matter,
        territories=row.territories,
    )


def conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    """A filter as conditions of a query."""
    found: list[ColumnElement[bool]] = within(alerts.c.territories, wanted.scope)
    lists: list[tuple[ColumnElement[str], Sequence[str] | None]] = [
        (alerts.c.status, wanted.status),
        (alerts.c.level, wanted.level),
        (alerts.c.rule, wanted.rule),
    ]
    found += [column.in_(values) for column, values in lists if values is not None]
    if wanted.not_rule:
        found.append(alerts.c.rule.not_in(wanted.not_rule))
    if wanted.focus is not None:
        found.append(alerts.c.focus == wanted.focus)
    if wanted.platform is not None:
        # A platform alone is most of the table: found by an index, its rows are read one by one in the
        # order of rooms, which takes minutes. As an expression it is only compared.
        platform = alerts.c.platform if wanted.room is not None else alerts.c.platform.concat("")
        found.append(platform == wanted.platform)
    if wanted.room is not None:
        found.append(alerts.c.room == wanted.room)
    if wanted.since is not None:
        found.append(alerts.c.last_at >= wanted.since)
    if wanted.until is not None:
        found.append(alerts.c.last_at < wanted.until)
    if wanted.again is not None:
        closed = sa.and_(alerts.c.status == "closed", alerts.c.again > 0)
        found.append(closed if wanted.again else sa.not_(closed))
    if wanted.matter is not None:
        found.append(alerts.c.matter == wanted.matter)
    if wanted.product_matter is not None:
        found.append(alerts.c.product_matter == wanted.product_matter)
    if wanted.text:
        words = [sa.literal(word, StoredText()) for word in wanted.text.casefold().split()]
        # Of rows of an older version no open words are known yet: NULL contains nothing.
        searched = alerts.c.open_words if wanted.masked else alerts.c.words
        found += [contains(searched, word) for word in words]
    return found
