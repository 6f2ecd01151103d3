"""How far the evidence of an alert has come: collected, fixed, time-stamped, exported, handed over."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.evidence import custody, heads, ledger, stamper
from monitor.evidence.holding import named_by

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from detectors.alerts import Alert

__all__ = ["Standing", "standing_of"]


class Standing(Struct, kw_only=True):
    """What is known; times are ms, ``None``: not yet."""

    events: int = 0
    """Events that the alert names as its evidence."""
    kept: int = 0
    """Of these, those whose records the log still has."""
    first: int | None = None
    """First and last position of these in the log."""
    last: int | None = None
    collected: int | None = None
    """When the last of them arrived."""
    fixed: int | None = None
    """When a signed head covered all of them."""
    stamped: int | None = None
    """When such a head was time-stamped, by our clock."""
    exported: int | None = None
    handed_over: int | None = None


def standing_of(connection: Connection, alert: Alert) -> Standing:
    """Looks it up; some index lookups for each event that the alert names."""
    found = Standing()
    names = named_by(alert)
    found.events = len(names)
    positions: list[tuple[int, int]] = []
    for room, event in names:
        row = connection.exec_driver_sql(
            "SELECT position, arrived FROM event_log WHERE room = ? AND event = ?"
            " UNION SELECT position, arrived FROM held_records WHERE room = ? AND event = ?",
            (room, event, room, event),
        ).first()
        if row is not None:
            positions.append((int(row.position), int(row.arrived)))
    found.kept = len(positions)
    if positions:
        found.first, found.last = min(positions)[0], max(positions)[0]
        found.collected = max(arrived for _, arrived in positions)
        _cover(connection, found)
    for record in custody.of(connection, [f"alert:{alert.id}"]):
        if record.act == "exported":
            found.exported = record.at
        elif record.act == "handed-over":
            found.handed_over = record.at
    return found


def _cover(connection: Connection, found: Standing) -> None:
    leaf = ledger.Tiles(connection, ledger.EVENTS).leaf_of(found.last or 0)
    if leaf is None:
        return
    signed = heads.heads(connection)
    place = bisect_right([head.size for head in signed], leaf)
    if place == len(signed):
        return
    found.fixed = signed[place].at
    marked = set().union(*stamper.stamped(connection).values())
    for head in signed[place:]:
        if head.number in marked:
            row = connection.exec_driver_sql(
                "SELECT min(at) FROM head_stamps WHERE head = ?", (head.number,)
            )
            found.stamped = int(row.scalar_one())
            return
