"""Legal holds: what nobody may purge, however old it is, until the hold is released.

A hold is on a room, on an alert (with all rooms that it names), or on a case: the alerts that were
exported under its number. Custody says who placed and who released it, and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from detectors.events import room_key
from monitor.archive import index
from monitor.archive.manifest import manifest_name
from monitor.errors import LivewatchError
from monitor.evidence import custody, holding
from monitor.store import queries
from monitor.store.dialects import run
from monitor.store.tables import custody as chain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.store.database import Connections

__all__ = [
    "Hold",
    "HoldKind",
    "HoldRefused",
    "alerts_of_case",
    "all_holds",
    "apply",
    "held_alerts",
    "held_rooms",
    "is_held",
    "place",
    "release",
    "rooms_of",
]

HoldKind = Literal["room", "alert", "case"]


class HoldRefused(LivewatchError):
    """A hold on nothing, or one that is not there."""


class Hold(Struct, kw_only=True, frozen=True):
    """One hold."""

    number: int
    kind: HoldKind
    subject: str
    """`platform:room`, id of the alert, or number of the case."""
    at: int
    who: str
    why: str
    released: int | None
    released_by: str
    released_why: str


def place(
    connection: Connection, kind: HoldKind, subject: str, *, who: str, why: str, at: int
) -> Hold:
    """Holds something, in the caller's transaction.

    Raises:
        HoldRefused: there is no such alert or case, or the room's name is none.
        ValueError: nobody is named.
    """
    if not why.strip():
        raise HoldRefused("a hold needs a reason")
    if kind == "room" and not all(subject.partition(":")):
        raise HoldRefused(f"a room is named platform:room, not {subject[:80]!r}")
    if kind == "alert" and queries.get_alert(connection, subject) is None:
        raise HoldRefused(f"there is no alert {subject[:64]!r}")
    if kind == "case" and not alerts_of_case(connection, subject):
        raise HoldRefused(f"no alert was exported under the case {subject[:80]!r}")
    last = run(connection, "SELECT max(number) FROM archive_holds").scalar_one_or_none()
    number = int(last or 0) + 1
    run(
        connection,
        "INSERT INTO archive_holds (number, kind, subject, at, who, why) VALUES (?, ?, ?, ?, ?, ?)",
        (number, kind, subject, at, who, why),
    )
    custody.append(
        connection, "held", who=who, at=at, why=why, subject=f"{kind}:{subject}",
        detail={"hold": number, "rooms": sorted(_rooms(connection, kind, subject))},
    )  # fmt: skip
    [made] = [one for one in all_holds(connection) if one.number == number]
    return made


def release(connection: Connection, number: int, *, who: str, why: str, at: int) -> Hold:
    """Ends a hold, in the caller's transaction.

    Raises:
        HoldRefused: there is no such hold, or it was released before.
        ValueError: nobody is named.
    """
    if not why.strip():
        raise HoldRefused("to release a hold needs a reason")
    found = [one for one in all_holds(connection) if one.number == number]
    if not found or found[0].released is not None:
        raise HoldRefused(f"there is no hold {number} in force")
    run(
        connection,
        "UPDATE archive_holds SET released = ?, released_by = ?, released_why = ? WHERE number = ?",
        (at, who, why, number),
    )
    custody.append(
        connection, "released", who=who, at=at, why=why,
        subject=f"{found[0].kind}:{found[0].subject}", detail={"hold": number},
    )  # fmt: skip
    return found[0]


def all_holds(connection: Connection) -> list[Hold]:
    """Every hold that was ever placed, the oldest first."""
    rows = run(
        connection,
        "SELECT number, kind, subject, at, who, why, released, released_by, released_why"
        " FROM archive_holds ORDER BY number",
    )
    return [Hold(**row._mapping) for row in rows]


def held_alerts(connection: Connection) -> set[str]:
    """Alerts under a hold of their own or of their case; they are not purged, either."""
    found: set[str] = set()
    for hold in all_holds(connection):
        if hold.released is None and hold.kind != "room":
            found |= (
                {hold.subject} if hold.kind == "alert" else alerts_of_case(connection, hold.subject)
            )
    return found


def held_rooms(connection: Connection) -> set[str]:
    """Rooms of which no file may be purged."""
    return {
        room
        for hold in all_holds(connection)
        if hold.released is None
        for room in _rooms(connection, hold.kind, hold.subject)
    }


def is_held(connection: Connection, room: str) -> bool:
    """May no file of this room be purged."""
    return room in held_rooms(connection)


def apply(database: Connections, depot: Depot, rooms: Iterable[str]) -> int:
    """Sets or lifts the store's own holds on the files of these rooms, as is in force now.

    Returns:
        how many files were told.

    Raises:
        DepotError: the store cannot be told; what is in force here is in force all the same.
    """
    told = 0
    with database.read() as connection:
        held = held_rooms(connection)
        found = [
            (entry, room in held)
            for room in sorted(rooms)
            for entry in index.entries(connection, "room = ?", (room,))
        ]
    for entry, on in found:
        name, (version, beside) = entry.manifest.name, entry.versions
        depot.hold(name, version, on)
        depot.hold(manifest_name(name), beside, on)
        told += 1
    return told


def alerts_of_case(connection: Connection, case: str) -> set[str]:
    """Alerts that were exported under the number of a case."""
    found: set[str] = set()
    for text in connection.execute(
        sa.select(chain.c.detail).where(chain.c.act == "exported")
    ).scalars():
        detail = msgspec.json.decode(text)
        if detail.get("case") == case:
            found.update(map(str, detail.get("alerts", ())))
    return found


def rooms_of(connection: Connection, hold: Hold) -> set[str]:
    """Rooms that a hold is on."""
    return _rooms(connection, hold.kind, hold.subject)


def _rooms(connection: Connection, kind: HoldKind, subject: str) -> set[str]:
    if kind == "room":
        return {subject}
    alerts = {subject} if kind == "alert" else alerts_of_case(connection, subject)
    found = set()
    for id_ in alerts:
        row = queries.get_alert(connection, id_)
        if row is not None:
            found |= {room_key(*place) for place in holding.rooms_of(row.alert)}
    return found
