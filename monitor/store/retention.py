"""What is taken out of the store when it has had its time, and how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from monitor.store.rows import HELD_REASONS
from monitor.store.tables import (
    alert_hits,
    alert_leaves,
    alert_versions,
    alerts,
    dead_letters,
    event_log,
    room_parts,
    room_shelf,
    rooms,
    rule_documents,
    transitions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Level

__all__ = ["Size", "forget_alerts", "sizes"]


class Size(Struct, frozen=True):
    """How much there is of one kind."""

    kind: str
    rows: int
    size: int
    """Bytes, without indexes and free space."""


def forget_alerts(connection: Connection, before: int, levels: Sequence[Level], limit: int) -> int:
    """Takes out alerts of these levels that changed last before a moment, with their versions;
    those under a legal hold stay.

    What was done with an alert stays in the chain of transitions, which nothing is taken out of.
    """
    handled = sa.or_(
        alerts.c.status == "acknowledged",
        sa.and_(alerts.c.status == "closed", alerts.c.close_reason.in_(HELD_REASONS)),
    )
    old = sa.select(alerts.c.id).where(
        alerts.c.changed_at < before, alerts.c.level.in_(levels), ~handled
    )
    from monitor.archive.holds import held_alerts

    old = old.where(alerts.c.id.not_in(held_alerts(connection)))
    ids = connection.execute(old.order_by(alerts.c.changed_at).limit(limit)).scalars().all()
    for table, column in (
        (alert_versions, alert_versions.c.alert),
        (alert_hits, alert_hits.c.alert),
        (alert_leaves, alert_leaves.c.alert),
        (alerts, alerts.c.id),
    ):
        connection.execute(sa.delete(table).where(column.in_(ids)))
    return len(ids)


def sizes(connection: Connection) -> list[Size]:
    """Rows and bytes by kind. Reads through the tables, but not their long values."""
    columns = {
        "alerts": (alerts, alerts.c.words),
        "versions": (alert_versions, alert_versions.c.body),
        "hits": (alert_hits, alert_hits.c.alert),
        "transitions": (transitions, transitions.c.hash),
        "rooms": (rooms, rooms.c.room),
        "letters": (dead_letters, dead_letters.c.data),
        "rules": (rule_documents, rule_documents.c.body),
    }
    if connection.dialect.name == "sqlite":
        columns |= {
            "events": (event_log, event_log.c.data),
            "states": (room_parts, room_parts.c.data),
            "shelf": (room_shelf, room_shelf.c.data),
        }
    found = []
    for kind, (table, column) in columns.items():
        query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(column))).select_from(table)
        rows, size = connection.execute(query).one()
        found.append(Size(kind, int(rows), int(size or 0)))
    return found
