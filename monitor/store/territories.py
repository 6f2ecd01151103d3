"""Territories of alerts and rooms in the store: a column of codes with blanks between.

``NULL`` stands in rows that an older version wrote, until `fill` has looked at them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from monitor.store.bodies import decode_body
from monitor.store.dialects import contains, run, run_each
from monitor.store.scope import UNKNOWN
from monitor.store.tables import alert_versions, alerts
from monitor.territory import territories_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection

    from detectors.alerts import Alert
    from monitor.store.database import Connections
    from monitor.store.scope import Scope

__all__ = ["about_alerts", "fill", "of_alert", "place_alerts", "within"]

#: Alerts of one transaction.
CHUNK = 200


def within(column: ColumnElement[str | None], scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions that leave what lies in somebody's territories; none: he is bound to none.

    The same answer as `Scope.covers`.
    """
    found: list[ColumnElement[bool]] = []
    codes = sa.literal(" ") + column
    for bound in scope.bounds:
        some: list[ColumnElement[bool]] = [
            contains(codes, sa.literal(f" {code}")) for code in bound if code != UNKNOWN
        ]
        if UNKNOWN in bound:
            some.append(column == "")
        found.append(sa.or_(*some) if some else sa.false())
    return found


def about_alerts(column: ColumnElement[str], scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions that leave rows about alerts of somebody's territories; none: he is bound to none.

    Args:
        column: the id of the alert that a row is about.
    """
    if not scope:
        return []
    return [column.in_(sa.select(alerts.c.id).where(*within(alerts.c.territories, scope)))]


def of_alert(connection: Connection, alert: Alert, known: str | None = None) -> str:
    """Codes of an alert: of who is behind its rooms by its own evidence, else those that were known of
    it before, else those of its room."""
    codes = territories_of(alert)
    if codes or known or not alert.room:
        return " ".join(codes) or known or ""
    row = run(
        connection,
        "SELECT territories FROM rooms WHERE platform = ? AND room = ?",
        (alert.platform, alert.room),
    ).scalar_one_or_none()
    return str(row or "")


def place_alerts(connection: Connection, rooms: Iterable[Mapping[str, Any]]) -> None:
    """Places the alerts of rooms that name nobody themselves, where the rooms have come to be known.

    Args:
        rooms: columns of their rows.
    """
    known = [
        (row["territories"], row["platform"], row["room"]) for row in rooms if row["territories"]
    ]
    if known:
        run_each(
            connection,
            "UPDATE alerts SET territories = ? WHERE platform = ? AND room = ? AND territories = ''",
            known,
        )


def fill(database: Connections, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Looks at the alerts of an older version, and by them at their rooms; how many. Blocks for long."""
    done = 0
    query = (
        sa.select(alerts.c.id, alert_versions.c.body)
        .join_from(
            alerts,
            alert_versions,
            sa.and_(
                alert_versions.c.alert == alerts.c.id, alert_versions.c.version == alerts.c.version
            ),
        )
        .where(alerts.c.territories.is_(None))
        .order_by(alerts.c.number.desc())
        .limit(CHUNK)
    )
    while not is_stopping():
        with database.read() as connection:
            rows = [(row.id, decode_body(row.body)) for row in connection.execute(query)]
        if not rows:
            break

        def job(connection: Connection, rows: list[tuple[str, Alert]] = rows) -> None:
            for name, alert in rows:
                codes = of_alert(connection, alert)
                run(
                    connection,
                    "UPDATE alerts SET territories = ? WHERE id = ? AND territories IS NULL",
                    (codes, name),
                )
                if codes and alert.room:
                    run(
                        connection,
                        "UPDATE rooms SET territories = ?"
                        " WHERE platform = ? AND room = ? AND territories IS NULL",
                        (codes, alert.platform, alert.room),
                    )

        database.write(job)
        done += len(rows)
    return done
