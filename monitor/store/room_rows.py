"""Rooms: the summaries for the desk, and the states that the worker resumes from.

The states of the second stage's clusters lie beside those of rooms, in parts as well. A room's
key has a colon, a cluster's has none.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from detectors.across.cluster import HEAD, arrived
from detectors.engine.shelf import is_shelved
from detectors.engine.snapshot import FORGOTTEN, newest_forgotten
from detectors.events import room_key
from monitor.errors import BadCursor
from monitor.store.dialects import run_each, upsert
from monitor.store.rows import RoomRow
from monitor.store.scope import EVERYWHERE
from monitor.store.tables import room_parts, room_shelf, rooms
from monitor.store.territories import place_alerts, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from monitor.store.scope import Scope

__all__ = [
    "clusters_before",
    "count_rooms",
    "delete_rooms",
    "list_rooms",
    "load_parts",
    "load_room",
    "named_rooms",
    "remains_before",
    "room_page",
    "rooms_called",
    "rooms_due",
    "rooms_idle",
    "shelved",
    "write_parts",
    "write_rooms",
]

#: Rooms that one query asks for by name.
NAMED_AT_ONCE = 100

_delete_part = {
    table: sa.delete(table).where(
        table.c.room == sa.bindparam("gone_room"), table.c.part == sa.bindparam("gone_part")
    )
    for table in (room_parts, room_shelf)
}
# Asked once for each room that comes: to put a query together takes longer than the database does.
_ONE_ROOM = sa.select(rooms).where(
    rooms.c.platform == sa.bindparam("of_platform"), rooms.c.room == sa.bindparam("of_room")
)
_PARTS = sa.select(room_parts.c.part, room_parts.c.data).where(
    room_parts.c.room == sa.bindparam("of_room")
)
_SHELVED = sa.select(room_shelf.c.data).where(
    room_shelf.c.room == sa.bindparam("of_room"), room_shelf.c.part == sa.bindparam("of_part")
)


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
        place_alerts(connection, values)


def write_parts(
    connection: Connection,
    parts: Mapping[str, Mapping[str, bytes | None]],
    rewritten: Iterable[str] = (),
) -> None:
    """Replaces the changed parts of room states, and takes out those that are gone."""
    anew = [(room,) for room in rewritten]
    if anew:
        for table in _delete_part:
            run_each(connection, f"DELETE FROM {table.name} WHERE room = ?", anew)  # noqa: S608  ours
    values: dict[sa.Table, list[tuple[str, str, bytes]]] = {room_parts: [], room_shelf: []}
    gone: dict[sa.Table, list[dict[str, object]]] = {room_parts: [], room_shelf: []}
    for room, changed in parts.items():
        for part, data in changed.items():
            table = room_shelf if is_shelved(part) else room_parts
            if data is None:
                gone[table].append({"gone_room": room, "gone_part": part})
            else:
                values[table].append((room, part, data))
    for table, rows in values.items():
        if rows:
            # Hundreds with each batch: as it is, for preparing each row would take longer than the
            # database does.
            run_each(
                connection,
                f"INSERT INTO {table.name} (room, part, data) VALUES (?, ?, ?)"  # noqa: S608  ours
                " ON CONFLICT (room, part) DO UPDATE SET data = excluded.data",
                rows,
            )
        if gone[table]:
            connection.execute(_delete_part[table], gone[table])


def shelved(connection: Connection, key: str, part: str) -> bytes | None:
    """One shelved part of a room; ``None``: there is none of this name."""
    return connection.execute(_SHELVED, {"of_room": key, "of_part": part}).scalar_one_or_none()


def load_room(
    connection: Connection, platform: str, room: str
) -> tuple[RoomRow, dict[str, bytes]] | None:
    """Summary and state of a room; ``None`` when it was never seen."""
    row = connection.execute(_ONE_ROOM, {"of_platform": platform, "of_room": room}).first()
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
    return {part.part: part.data for part in connection.execute(_PARTS, {"of_room": key})} or None


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
    gone = list(names)
    if gone:
        run_each(connection, "DELETE FROM rooms WHERE platform = ? AND room = ?", gone)


def remains_before(connection: Connection, before: int) -> list[str]:
    """Keys of rooms that are forgotten and had no event since a time (ms of event time)."""
    query = sa.select(room_parts.c.room, room_parts.c.data).where(room_parts.c.part == FORGOTTEN)
    old = [row.room for row in connection.execute(query) if newest_forgotten(row.data) < before]
    if not old:
        return []
    names = connection.execute(sa.select(rooms.c.platform, rooms.c.room))
    known = {room_key(row.platform, row.room) for row in names}
    return [room for room in old if room not in known]


def list_rooms(
    connection: Connection, limit: int | None = None, scope: Scope = EVERYWHERE
) -> list[RoomRow]:
    """Rooms: those on the air first, then by the latest arrival."""
    query = sa.select(rooms).where(*within(rooms.c.territories, scope))
    query = query.order_by(
        sa.case((_on_air(), 0), else_=1),
        rooms.c.last_arrival_ms.desc(),
        rooms.c.platform,
        rooms.c.room,
    )
    return [_room(row._asdict()) for row in connection.execute(query.limit(limit))]


def room_page(
    connection: Connection,
    limit: int,
    cursor: str | None,
    *,
    on_air: bool,
    scope: Scope = EVERYWHERE,
) -> tuple[list[RoomRow], str | None]:
    """A page of rooms and the cursor of the next: those on the air first, then by their names.

    The order does not move with arrivals, so a reader who pages on misses no room; one that goes on
    or off the air in between changes its place.

    Raises:
        BadCursor: the cursor was not made here.
    """
    off = sa.case((_on_air(), 0), else_=1)
    query = sa.select(rooms).order_by(off, rooms.c.platform, rooms.c.room).limit(limit + 1)
    query = query.where(*within(rooms.c.territories, scope))
    if on_air:
        query = query.where(_on_air())
    if cursor is not None:
        was_off, platform, room = _place(cursor)
        query = query.where(
            sa.or_(
                off > was_off,
                sa.and_(off == was_off, rooms.c.platform > platform),
                sa.and_(off == was_off, rooms.c.platform == platform, rooms.c.room > room),
            )
        )
    found = [_room(row._asdict()) for row in connection.execute(query)]
    if len(found) <= limit:
        return found, None
    return found[:limit], _cursor(found[limit - 1])


def named_rooms(connection: Connection, keys: Iterable[tuple[str, str]]) -> list[RoomRow]:
    """Those of these rooms, by platform and room, that were ever seen."""
    found: list[RoomRow] = []
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), NAMED_AT_ONCE):
        conditions = [
            sa.and_(rooms.c.platform == platform, rooms.c.room == room)
            for platform, room in wanted[start : start + NAMED_AT_ONCE]
        ]
        query = sa.select(rooms).where(sa.or_(*conditions))
        found += [_room(row._asdict()) for row in connection.execute(query)]
    return found


def rooms_called(connection: Connection, room: str) -> list[RoomRow]:
    """Rooms of this name, on whatever platform."""
    query = sa.select(rooms).where(rooms.c.room == room).limit(NAMED_AT_ONCE)
    return [_room(row._asdict()) for row in connection.execute(query)]


def count_rooms(connection: Connection, scope: Scope = EVERYWHERE) -> tuple[int, int, int]:
    """How many rooms were ever seen, how many are on the air, and the latest arrival (ms)."""
    query = (
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((_on_air(), 1), else_=0)), 0),
            sa.func.coalesce(sa.func.max(rooms.c.last_arrival_ms), 0),
        )
        .select_from(rooms)
        .where(*within(rooms.c.territories, scope))
    )
    every, on_air, last = connection.execute(query).one()
    return int(every), int(on_air), int(last)


def _on_air() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(rooms.c.session, "") != ""


def _cursor(last: RoomRow) -> str:
    text = msgspec.json.encode([0 if last.on_air else 1, last.platform, last.room])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, str, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=tuple[int, str, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadCursor(cursor) from error


def _room(values: Mapping[str, Any]) -> RoomRow:
    return RoomRow(**values)
