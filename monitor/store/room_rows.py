"""Rooms: the summaries for the desk, and the states that the worker resumes from.

The states of the second stage's clusters lie beside those of rooms, in parts as well. A room's
key has a colon, a cluster's has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from detectors.across.cluster import HEAD, arrived
from detectors.events import room_key
from detectors.shelf import is_shelved
from detectors.snapshot import FORGOTTEN, newest_forgotten
from monitor.store.dialects import upsert
from monitor.store.rows import RoomRow
from monitor.store.tables import room_parts, room_shelf, rooms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

__all__ = [
    "clusters_before",
    "delete_rooms",
    "list_rooms",
    "load_parts",
    "load_room",
    "remains_before",
    "rooms_due",
    "rooms_idle",
    "shelved",
    "write_parts",
    "write_rooms",
]

_delete_part = {
    table: sa.delete(table).where(
        table.c.room == sa.bindparam("gone_room"), table.c.part == sa.bindparam("gone_part")
    )
    for table in (room_parts, room_shelf)
}


def write_rooms(connection: Connection, rows: Iterable[RoomRow]) -> None:
    """Replaces the summaries of these rooms."""
    values = [msgspec.structs.asdict(row) for row in rows]
    if values:
        others = [column.name for column in rooms.c if not column.primary_key]
        statement = upsert(
            connection,
            rooms,
            ["platform", "room"],
            lambda new: {name: new[name] for name in others},
        )
        connection.execute(statement, values)


def write_parts(
    connection: Connection,
    parts: Mapping[str, Mapping[str, bytes | None]],
    rewritten: Iterable[str] = (),
) -> None:
    """Replaces the changed parts of room states, and takes out those that are gone."""
    for room in rewritten:
        for table in _delete_part:
            connection.execute(sa.delete(table).where(table.c.room == room))
    values: dict[sa.Table, list[dict[str, object]]] = {room_parts: [], room_shelf: []}
    gone: dict[sa.Table, list[dict[str, object]]] = {room_parts: [], room_shelf: []}
    for room, changed in parts.items():
        for part, data in changed.items():
            table = room_shelf if is_shelved(part) else room_parts
            if data is None:
                gone[table].append({"gone_room": room, "gone_part": part})
            else:
                values[table].append({"room": room, "part": part, "data": data})
    for table, rows in values.items():
        if rows:
            statement = upsert(connection, table, ["room", "part"], lambda new: {"data": new.data})
            connection.execute(statement, rows)
        if gone[table]:
            connection.execute(_delete_part[table], gone[table])


def shelved(connection: Connection, key: str, part: str) -> bytes | None:
    """One shelved part of a room; ``None``: there is none of this name."""
    query = sa.select(room_shelf.c.data).where(room_shelf.c.room == key, room_shelf.c.part == part)
    return connection.execute(query).scalar_one_or_none()


def load_room(
    connection: Connection, platform: str, room: str
) -> tuple[RoomRow, dict[str, bytes]] | None:
    """Summary and state of a room; ``None`` when it was never seen."""
    query = sa.select(rooms).where(rooms.c.platform == platform, rooms.c.room == room)
    row = connection.execute(query).first()
    if row is None:
        # Of a room that was forgotten there may be something left.
        parts = load_parts(connection, room_key(platform, room))
        if parts is None:
            return None
        return RoomRow(platform=platform, room=room, last_arrival_ms=0), parts
    return _room(row._asdict()), load_parts(connection, room_key(platform, room)) or {}


def load_parts(connection: Connection, key: str) -> dict[str, bytes] | None:
    """The parts of a state, of a room or of a cluster; ``None`` when there are none.

    The shelved ones are left out.
    """
    query = sa.select(room_parts.c.part, room_parts.c.data).where(room_parts.c.room == key)
    return {part.part: part.data for part in connection.execute(query)} or None


def clusters_before(connection: Connection, before: int) -> list[str]:
    """Keys of the clusters that were last of use before a moment (wall clock, ms)."""
    query = sa.select(room_parts.c.room, room_parts.c.data).where(room_parts.c.part == HEAD)
    return [row.room for row in connection.execute(query) if arrived(row.data) < before]


def rooms_due(connection: Connection) -> list[tuple[int, str, str]]:
    """Rooms that wait for time to pass, as (wall clock in ms, platform, room)."""
    query = sa.select(rooms.c.due_at, rooms.c.platform, rooms.c.room)
    found = connection.execute(query.where(rooms.c.due_at.is_not(None)).order_by(rooms.c.due_at))
    return [(row.due_at, row.platform, row.room) for row in found]


def rooms_idle(connection: Connection, since: int, before: int, limit: int) -> list[RoomRow]:
    """Rooms in which nothing waits, last heard of in ``[since, before)``, the oldest first."""
    query = (
        sa.select(rooms)
        .where(
            rooms.c.due_at.is_(None),
            rooms.c.last_arrival_ms >= since,
            rooms.c.last_arrival_ms < before,
        )
        .order_by(rooms.c.last_arrival_ms)
        .limit(limit)
    )
    return [_room(row._asdict()) for row in connection.execute(query)]


def delete_rooms(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Takes rooms out of the list."""
    for platform, room in names:
        connection.execute(
            sa.delete(rooms).where(rooms.c.platform == platform, rooms.c.room == room)
        )


def remains_before(connection: Connection, before: int) -> list[str]:
    """Keys of rooms that are forgotten and had no event since a time (ms of event time)."""
    query = sa.select(room_parts.c.room, room_parts.c.data).where(room_parts.c.part == FORGOTTEN)
    old = [row.room for row in connection.execute(query) if newest_forgotten(row.data) < before]
    if not old:
        return []
    names = connection.execute(sa.select(rooms.c.platform, rooms.c.room))
    known = {room_key(row.platform, row.room) for row in names}
    return [room for room in old if room not in known]


def list_rooms(connection: Connection) -> list[RoomRow]:
    """All rooms: those on the air first, then by the latest arrival."""
    query = sa.select(rooms).order_by(
        sa.case((sa.func.coalesce(rooms.c.session, "") != "", 0), else_=1),
        rooms.c.last_arrival_ms.desc(),
        rooms.c.platform,
        rooms.c.room,
    )
    return [_room(row._asdict()) for row in connection.execute(query)]


def _room(values: Mapping[str, Any]) -> RoomRow:
    return RoomRow(**values)
