"""How far the evidence of an alert has come: collected, fixed, time-stamped, exported, handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.evidence import custody, heads, ledger, lost, records, stamper
from monitor.evidence.holding import named_by
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.evidence.records import Place

__all__ = ["Standing", "standing_of"]

#: So long before the first hit a loss is told beside an alert, ms: a day.
LOOK_MS = 86_400_000


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
    lost: int = 0
    """Records of the same logs that nobody has any more, which may be of its rooms."""
    lost_alerts: int = 0
    """Records of the topic of alerts that nobody took, among which may be later versions of it."""
    exported: int | None = None
    handed_over: int | None = None


def standing_of(connection: Connection, alert: Alert) -> Standing:
    """Looks it up; some index lookups for each event that the alert names."""
    found = Standing()
    names = named_by(alert)
    found.events = len(names)
    kept = [place for name in names if (place := records.find(connection, *name)) is not None]
    found.kept = len(kept)
    if kept:
        positions = [place.position for place, _ in kept]
        found.first, found.last = min(positions), max(positions)
        found.collected = max(arrived for _, arrived in kept)
        _cover(connection, found, [place for place, _ in kept])
        ends = {place.log: place.position for place, _ in sorted(kept)}
        found.lost = sum(
            one.records
            for log, last in ends.items()
            for one in lost.near(connection, log, last=last, since=alert.first_at - LOOK_MS)
        )
    found.lost_alerts = sum(one.records for one in lost.alerts_since(connection, alert.first_at))
    for record in custody.of(connection, [f"alert:{alert.id}"]):
        if record.act == "exported":
            found.exported = record.at
        elif record.act == "handed-over":
            found.handed_over = record.at
    return found


def _cover(connection: Connection, found: Standing, places: Sequence[Place]) -> None:
    last: dict[str, int] = {}
    for log, position in places:
        last[log] = max(position, last.get(log, position))
    signed = heads.heads(connection)
    place = 0
    for log, position in last.items():
        leaf = ledger.Tiles(connection, log).leaf_of(position)
        if leaf is None:
            return
        place = max(place, heads.first_over(signed, log, leaf))
    if place == len(signed):
        return
    found.fixed = signed[place].at
    marked = set().union(*stamper.stamped(connection).values())
    for head in signed[place:]:
        if head.number in marked:
            row = run(connection, "SELECT min(at) FROM head_stamps WHERE head = ?", (head.number,))
            found.stamped = int(row.scalar_one())
            return
