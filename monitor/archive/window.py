"""Which records go into the archive next: those of one hour of arrival, sorted by their rooms.

Only positions are held for a whole hour, eight bytes a record; the records of a room are read when
its file is written.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from monitor.archive.parquet import Row
from monitor.evidence import ledger
from monitor.store import numbering
from monitor.store.integrity import is_damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from monitor.store.database import Connections
    from monitor.store.numbering import Name

__all__ = [
    "EVENTS",
    "HOUR_MS",
    "KINDS",
    "RAW",
    "Kind",
    "Part",
    "Window",
    "due_at",
    "next_window",
    "oldest",
    "parts",
    "time_of",
]

HOUR_MS = 3_600_000
#: After an hour has ended, appends that were under way may still come.
GRACE_MS = 60_000
#: Records of one window; an hour with more has several.
MOST = 1_000_000
#: Records and bytes (as received) of one file; what a room has more goes into another.
FILE_ROWS = 50_000
FILE_BYTES = 16 * 2**20
CHUNK = 500


class Kind(Struct, frozen=True):
    """What is archived."""

    name: str
    table: str
    log: str
    """Its Merkle log."""
    counter: Name
    """Up to where it is in the archive."""


EVENTS = Kind("events", "event_log", ledger.EVENTS, "archived")
RAW = Kind("raw", "raw_frames", "raw", "archived_raw")
KINDS = (EVENTS, RAW)


class Window(Struct):
    """Records of one hour, from the first that is not in the archive yet."""

    hour: int
    last: int
    """Position of the last of them."""
    rooms: dict[str, array[int]]
    unreadable: int = 0
    """Records on damaged pages, which nobody can read."""


class Part(Struct):
    """What goes into one file."""

    rows: list[Row]
    leaves: list[bytes]
    """Hashes of their leaves; those that are older than the Merkle log have none."""


class _Time(Struct):
    at: int = 0


def due_at(arrived: int) -> int:
    """When the hour of a moment is over and may be written, ms."""
    return (arrived // HOUR_MS + 1) * HOUR_MS + GRACE_MS


def oldest(connection: Connection, kind: Kind) -> int | None:
    """When the oldest record arrived that is not in the archive; ``None``: all are."""
    after = numbering.current(connection, kind.counter)
    found = connection.exec_driver_sql(
        f"SELECT arrived FROM {kind.table} WHERE position > ? ORDER BY position LIMIT 1",  # noqa: S608
        (after,),
    )
    return found.scalar_one_or_none()


def next_window(database: Connections, kind: Kind, now: int) -> Window | None:
    """The next hour that is over; ``None``: the hour of the first record still runs, or there is none."""
    with database.read() as connection:
        after = numbering.current(connection, kind.counter)
        window: Window | None = None
        count = 0
        for position, room, arrived in _places(connection, kind, after):
            if room is None:
                if window is not None:
                    window.last, window.unreadable = position, window.unreadable + 1
                continue
            hour = arrived // HOUR_MS * HOUR_MS
            if window is None:
                window = Window(hour, position, {})
            elif hour != window.hour or count >= MOST:
                # The next one has begun, or the clock was set: this one gets no more.
                return window
            window.rooms.setdefault(room, array("q")).append(position)
            window.last = position
            count += 1
    if window is None or now < due_at(window.hour):
        return None
    return window


def _places(
    connection: Connection, kind: Kind, after: int
) -> Iterator[tuple[int, str | None, int]]:
    """Position, room and arrival; the room is ``None`` where the record cannot be read."""
    query = f"SELECT position, room, arrived FROM {kind.table} WHERE position > ? ORDER BY position"  # noqa: S608
    try:
        for row in connection.exec_driver_sql(query, (after,)):
            after = int(row.position)
            yield after, row.room, row.arrived
    except sa.exc.DBAPIError as error:
        if not is_damage(error.orig):
            raise
    else:
        return
    last = connection.exec_driver_sql(f"SELECT max(position) FROM {kind.table}")  # noqa: S608
    for position in range(after + 1, int(last.scalar_one_or_none() or 0) + 1):
        try:
            single = connection.exec_driver_sql(
                f"SELECT room, arrived FROM {kind.table} WHERE position = ?",  # noqa: S608
                (position,),
            ).first()
        except sa.exc.DBAPIError as error:
            if not is_damage(error.orig):
                raise
            yield position, None, 0
            continue
        if single is not None:
            yield position, single.room, single.arrived


def parts(database: Connections, kind: Kind, positions: Sequence[int]) -> Iterator[Part]:
    """The records of a room, as much at a time as goes into one file."""
    part, size = Part([], []), 0
    for start in range(0, len(positions), CHUNK):
        for row, leaf in _rows(database, kind, positions[start : start + CHUNK]):
            if part.rows and (len(part.rows) >= FILE_ROWS or size + len(row.data) > FILE_BYTES):
                yield part
                part, size = Part([], []), 0
            part.rows.append(row)
            size += len(row.data)
            if leaf is not None:
                part.leaves.append(leaf)
    if part.rows:
        yield part


def _rows(
    database: Connections, kind: Kind, positions: Sequence[int]
) -> list[tuple[Row, bytes | None]]:
    with database.read() as connection:
        tiles = ledger.Tiles(connection, kind.log)
        runs, size = tiles.runs(), tiles.size
        found = []
        for position, source, event, arrived, data in _read(connection, kind, positions):
            leaf = ledger.leaf_in(runs, size, position)
            row = Row(position, arrived, leaf, source, event, time_of(kind, arrived, data), data)
            found.append((row, None if leaf is None else tiles.leaf(leaf)))
    return found


def _read(
    connection: Connection, kind: Kind, positions: Sequence[int]
) -> list[tuple[int, str, str, int, bytes]]:
    query = (
        f"SELECT position, source, event, arrived, data FROM {kind.table} WHERE position IN"  # noqa: S608
        " (SELECT value FROM json_each(?)) ORDER BY position"
    )
    wanted = msgspec.json.encode(list(positions)).decode()
    try:
        rows = connection.exec_driver_sql(query, (wanted,)).fetchall()
        return [(row[0], row[1], row[2], row[3], bytes(row[4])) for row in rows]
    except sa.exc.DBAPIError as error:
        if not is_damage(error.orig):
            raise
        if len(positions) == 1:
            return []
    middle = len(positions) // 2
    halves = (positions[:middle], positions[middle:])
    return [row for half in halves for row in _read(connection, kind, half)]


def time_of(kind: Kind, arrived: int, data: bytes) -> int:
    """When a record happened by its own time, ms; 0: it does not say."""
    if kind is not EVENTS:
        return arrived
    try:
        return msgspec.json.decode(data, type=_Time).at
    except msgspec.MsgspecError:
        return 0
