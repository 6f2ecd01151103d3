"""Which records go into the archive next: those of one hour of arrival, sorted by their rooms.

Only positions are held for a whole hour, eight bytes a record; the records of a room are read when
its file is written.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_right
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import msgspec
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from detectors.calendar import HOUR_MS
from monitor.archive import index
from monitor.evidence import ledger, lost
from monitor.store import numbering
from monitor.store.integrity import is_damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from sqlite3 import Cursor

    from sqlalchemy import Connection

    from monitor.archive.parquet import Stored
    from monitor.store.database import Connections
    from monitor.store.numbering import Name

__all__ = [
    "EVENTS",
    "FILE_BYTES",
    "FILE_ROWS",
    "KINDS",
    "RAW",
    "Kind",
    "Supply",
    "TableSupply",
    "Window",
    "due_at",
    "next_window",
    "noted",
    "oldest",
    "parts",
]

T = TypeVar("T")

#: After an hour has ended, appends that were under way may still come.
GRACE_MS = 60_000
#: Records of one window; an hour with more has several.
MOST = 1_000_000
#: Records and bytes (as received) of one file; what a room has more goes into another.
FILE_ROWS = 50_000
FILE_BYTES = 16 * 2**20
#: Records of rooms that are read together.
GROUP_ROWS = 50_000
#: Records, and bytes about, that are looked up at a time.
CHUNK = 500
CHUNK_BYTES = 4 * 2**20


class Kind(Struct, frozen=True):
    """What is archived."""

    name: str
    table: str
    log: str
    """Its Merkle log."""
    counter: Name
    """Up to where it is in the archive."""


EVENTS = Kind("events", "event_log", ledger.EVENTS, "archived")
RAW = Kind("raw", "raw_frames", ledger.FRAMES, "archived_raw")
KINDS = (EVENTS, RAW)


class Window(Struct):
    """Records of one hour, from the first that is not in the archive yet."""

    hour: int
    last: int
    """Position of the last of them."""
    begins: int
    """Position from which on they lie."""
    rooms: dict[str, array[int]]
    """Positions by room, ascending."""
    sizes: dict[str, int]
    """Bytes as received, by room."""
    small: bool = False
    """It is read at one go, and sorted then; else it is sorted by `rooms`."""
    unreadable: int = 0
    """Records on damaged pages, which nobody can read."""


class Supply(Protocol):
    """A log whose hours go into the archive, wherever its records lie."""

    kind: str
    """`events` or `raw`."""
    log: str
    """Its Merkle log."""
    lost: lost.Why
    """What has become of records that cannot be read."""

    def oldest(self, connection: Connection) -> int | None:
        """When the oldest record arrived that is not in the archive; ``None``: all are, or it is not
        known yet."""
        ...

    def next_window(self, now: int) -> Window | None:
        """The next hour that is over; ``None``: the hour of the first record still runs, or there is
        none."""
        ...

    def parts(self, window: Window) -> Iterator[tuple[str, list[Stored]]]:
        """What of it is not in the archive yet, by room, as much at a time as goes into one file."""
        ...

    def finish(self, connection: Connection, window: Window) -> None:
        """All of it is in the archive; in the caller's transaction."""
        ...


class TableSupply:
    """A log that is a table of the database."""

    lost: lost.Why = "damaged"

    def __init__(self, database: Connections, kind: Kind) -> None:
        self._database = database
        self._kind = kind
        self.kind, self.log = kind.name, kind.log

    def oldest(self, connection: Connection) -> int | None:
        """When the oldest record arrived that is not in the archive; ``None``: all are."""
        return oldest(connection, self._kind)

    def next_window(self, now: int) -> Window | None:
        """The next hour that is over."""
        return next_window(self._database, self._kind, now)

    def parts(self, window: Window) -> Iterator[tuple[str, list[Stored]]]:
        """Its records, but for what a process that was killed has put and noted; what turns out to be
        on damaged pages is counted in the window."""
        if window.small:
            found = _unless_damaged(self._database, partial(_all_of, self._kind, window))
            if found is not None:
                for room, last in noted(self._database, self, found).items():
                    found[room] = [row for row in found[room] if row[0] > last]
                for room, rows in found.items():
                    yield from _cut(room, rows)
                return
            # Not at one go: only what lies on the damaged page may suffer.
            again = _window_one_by_one(
                self._database, self._kind, window.begins - 1, 2**62, last=window.last
            )
            if again is None:
                window.unreadable = window.last - window.begins + 1
                return
            window.rooms, window.unreadable = again.rooms, again.unreadable
        for room, last in noted(self._database, self, window.rooms).items():
            positions = window.rooms[room]
            window.rooms[room] = positions[bisect_right(positions, last) :]
            if not window.rooms[room]:
                del window.rooms[room]
        left = sum(map(len, window.rooms.values()))
        for room, rows in parts(self._database, self._kind, window):
            left -= len(rows)
            yield room, rows
        # Of a long record the page with its place may be whole, and one with its bytes damaged.
        window.unreadable += left

    def finish(self, connection: Connection, window: Window) -> None:
        """Moves on; frames that are in the archive are not kept twice."""
        numbering.move_to(connection, self._kind.counter, window.last)
        if self._kind is RAW:
            connection.exec_driver_sql("DELETE FROM raw_frames WHERE position <= ?", (window.last,))


def noted(database: Connections, supply: Supply, rooms: Iterable[str]) -> dict[str, int]:
    """Position of the last record of each room that is in the archive; without those of which none
    is."""
    with database.read() as connection:
        origin = ledger.origin(connection, supply.log) or ""
        found = {room: index.last_of(connection, supply.kind, room, origin) for room in rooms}
    return {room: last for room, last in found.items() if last is not None}


def due_at(arrived: int) -> int:
    """When the hour of a moment is over and may be written, ms."""
    return (arrived // HOUR_MS + 1) * HOUR_MS + GRACE_MS


def oldest(connection: Connection, kind: Kind) -> int | None:
    """When the oldest record arrived that is not in the archive; ``None``: all are."""
    after = numbering.current(connection, kind.counter)
    found = connection.exec_driver_sql(
        f"SELECT arrived FROM {kind.table} WHERE position > ? ORDER BY position LIMIT 1",  # noqa: S608 - ours
        (after,),
    )
    return found.scalar_one_or_none()


def next_window(database: Connections, kind: Kind, now: int) -> Window | None:
    """The next hour that is over; ``None``: the hour of the first record still runs, or there is none."""
    with database.read() as connection:
        after = numbering.current(connection, kind.counter)

    def whole(connection: Connection) -> tuple[Window | None]:
        # The driver's own cursor, and as much as can be within SQLite: it is done for each record.
        cursor = _cursor(connection)
        try:
            return (_window(cursor, kind, after, now),)
        finally:
            cursor.close()

    found = _unless_damaged(database, whole)
    return found[0] if found is not None else _window_one_by_one(database, kind, after, now)


def _unless_damaged(database: Connections, job: Callable[[Connection], T]) -> T | None:
    """What a job reads; ``None`` where it met a damaged page. Such a connection cannot be used on."""
    try:
        with database.read() as connection:
            return job(connection)
    except (sqlite3.DatabaseError, DBAPIError) as error:
        if not is_damage(getattr(error, "orig", error)):
            raise
    return None


def _cursor(connection: Connection) -> Cursor:
    return cast("Cursor", connection.connection.cursor())


def _window(cursor: Cursor, kind: Kind, after: int, now: int) -> Window | None:
    begins = cursor.execute(
        f"SELECT arrived FROM {kind.table} WHERE position > ? ORDER BY position LIMIT 1",  # noqa: S608 - ours
        (after,),
    ).fetchone()
    if begins is None:
        return None
    hour = begins[0] // HOUR_MS * HOUR_MS
    # Up to the first record of another hour: the next one has begun, or the clock was set.
    ends = cursor.execute(
        f"SELECT position FROM {kind.table} WHERE position > ? AND NOT arrived BETWEEN ? AND ?"  # noqa: S608 - ours
        " ORDER BY position LIMIT 1",
        (after, hour, hour + HOUR_MS - 1),
    ).fetchone()
    first_behind = ends[0] if ends is not None else _last(cursor, kind) + 1
    full = first_behind - after > MOST + 1
    if full:
        first_behind = after + MOST + 1
    elif ends is None and now < due_at(hour):
        return None
    window = Window(hour, first_behind - 1, after + 1, {}, {})
    if _is_small(cursor, kind, after + 1, first_behind - 1):
        window.small = True
        return window
    grouped = cursor.execute(
        f"SELECT room, json_group_array(position), sum(length(data)) FROM {kind.table}"  # noqa: S608 - ours
        " WHERE position > ? AND position < ? GROUP BY room",
        (after, first_behind),
    )
    while row := grouped.fetchone():
        positions = msgspec.json.decode(row[1], type=list[int])
        window.rooms[row[0]] = array("q", sorted(positions))
        window.sizes[row[0]] = row[2]
    return window


def _is_small(cursor: Cursor, kind: Kind, first: int, last: int) -> bool:
    """Can these records be in memory together; to look through them twice costs a tenth of it all."""
    if kind is not EVENTS or last - first >= GROUP_ROWS:
        return False
    bounds = cursor.execute(
        "SELECT (SELECT ends - length(data) FROM event_log WHERE position >= ? ORDER BY position"
        " LIMIT 1), (SELECT ends FROM event_log WHERE position = ?)",
        (first, last),
    ).fetchone()
    return None not in bounds and bounds[1] - bounds[0] <= FILE_BYTES


def _all_of(kind: Kind, window: Window, connection: Connection) -> dict[str, list[Stored]]:
    """The records of a small window by room."""
    first, last = window.begins, window.last
    return _by_room(connection, kind, first, last, "position BETWEEN ? AND ?", first, last)


def _window_one_by_one(
    database: Connections, kind: Kind, after: int, now: int, last: int | None = None
) -> Window | None:
    """The same where a page is damaged, which only what lies on it may suffer from.

    Args:
        last: not past this position.
    """

    def at(connection: Connection) -> list[tuple[str, int]]:
        rows = connection.exec_driver_sql(
            f"SELECT room, arrived FROM {kind.table} WHERE position = ?",  # noqa: S608 - ours
            (position,),
        )
        return [(row.room, row.arrived) for row in rows]

    with database.read() as connection:
        cursor = _cursor(connection)
        last = _last(cursor, kind) if last is None else last
        cursor.close()
    window: Window | None = None
    before = 0
    for position in range(after + 1, last + 1):
        found = _unless_damaged(database, at)
        if found is None:
            if window is None:
                before += 1
            else:
                window.last, window.unreadable = position, window.unreadable + 1
        for room, arrived in found or ():
            hour = arrived // HOUR_MS * HOUR_MS
            if window is None:
                window = Window(hour, position, after + 1, {}, {}, unreadable=before)
            elif hour != window.hour:
                return window
            window.rooms.setdefault(room, array("q")).append(position)
            window.last = position
    return None if window is None or now < due_at(window.hour) else window


def _last(cursor: Cursor, kind: Kind) -> int:
    found = cursor.execute(f"SELECT max(position) FROM {kind.table}").fetchone()  # noqa: S608 - ours
    return int(found[0] or 0)


def parts(database: Connections, kind: Kind, window: Window) -> Iterator[tuple[str, list[Stored]]]:
    """The records of a window by room, as much at a time as goes into one file.

    Small rooms are read together, in one run over the hour: to look up each record by its position
    costs twice as much.
    """
    group: list[str] = []
    rows = size = 0
    for room, positions in window.rooms.items():
        weight = window.sizes.get(room, FILE_BYTES)
        if len(positions) > GROUP_ROWS or weight >= FILE_BYTES:
            for some in _looked_up(database, kind, positions):
                yield room, some
            continue
        if group and (rows + len(positions) > GROUP_ROWS or size + weight > FILE_BYTES):
            yield from _together(database, kind, window, group)
            group, rows, size = [], 0, 0
        group.append(room)
        rows += len(positions)
        size += weight
    if group:
        yield from _together(database, kind, window, group)


def _together(
    database: Connections, kind: Kind, window: Window, rooms: Sequence[str]
) -> Iterator[tuple[str, list[Stored]]]:
    first = min(window.rooms[room][0] for room in rooms)
    last = max(window.rooms[room][-1] for room in rooms)

    def job(connection: Connection) -> dict[str, list[Stored]]:
        return _by_room(
            connection, kind, first, last,
            "position BETWEEN ? AND ? AND +room IN (SELECT value FROM json_each(?))",
            first, last, msgspec.json.encode(rooms).decode(),
        )  # fmt: skip

    found = _unless_damaged(database, job)
    if found is None:
        for room in rooms:
            for some in _looked_up(database, kind, window.rooms[room]):
                yield room, some
        return
    for room in rooms:
        # What a process that was killed has noted is before the first that is wanted.
        begins = window.rooms[room][0]
        yield from _cut(room, [row for row in found.pop(room, ()) if row[0] >= begins])


def _cut(room: str, rows: list[Stored]) -> Iterator[tuple[str, list[Stored]]]:
    """Records of a room that are not many bytes, as many at a time as go into one file."""
    for start in range(0, len(rows), FILE_ROWS):
        yield room, rows[start : start + FILE_ROWS]


def _looked_up(
    database: Connections, kind: Kind, positions: Sequence[int]
) -> Iterator[list[Stored]]:
    part: list[Stored] = []
    whole = start = 0
    chunk = CHUNK
    while start < len(positions):
        some = positions[start : start + min(chunk, FILE_ROWS - len(part))]
        start += len(some)
        rows = _rows(database, kind, some)
        part += rows
        size = sum(len(row[5]) for row in rows)
        whole += size
        # Of long records fewer are read at a time.
        chunk = max(1, min(CHUNK, CHUNK_BYTES * len(some) // max(1, size)))
        if len(part) >= FILE_ROWS or whole >= FILE_BYTES:
            yield part
            part, whole = [], 0
    if part:
        yield part


def _leaves(
    connection: Connection, kind: Kind, first: int, last: int
) -> tuple[int | None, list[tuple[int, int]], int]:
    """From positions to leaves: what is to be added; ``None`` where some are older than the Merkle
    log, or it was begun anew in between."""
    tiles = ledger.Tiles(connection, kind.log)
    runs, size = tiles.runs(), tiles.size
    begins, ends = ledger.leaf_in(runs, size, first), ledger.leaf_in(runs, size, last)
    if begins is None or ends is None or ends - begins != last - first:
        return None, runs, size
    return begins - first, runs, size


def _by_room(
    connection: Connection, kind: Kind, first: int, last: int, where: str, *values: Any
) -> dict[str, list[Stored]]:
    """Records with their leaves by room, each in the order of their positions.

    Args:
        first, last: positions between which all of them lie.
        where: a condition of ours over the columns of the table.
    """
    offset, runs, size = _leaves(connection, kind, first, last)
    found: dict[str, list[Stored]] = defaultdict(list)
    cursor = _cursor(connection)
    try:
        cursor.execute(
            "SELECT position, position + ?, source, event, arrived, data, room"  # noqa: S608 - ours
            f" FROM {kind.table} WHERE {where} ORDER BY position",
            (offset or 0, *values),
        )
        # As the cursor gives them, the room behind the columns: this is done for each record.
        for row in cursor:
            found[row[6]].append(row)
    finally:
        cursor.close()
    if offset is None:
        for rows in found.values():
            rows[:] = [(row[0], ledger.leaf_in(runs, size, row[0]), *row[2:]) for row in rows]
    return found


def _rows(database: Connections, kind: Kind, positions: Sequence[int]) -> list[Stored]:
    """Records by their positions, but for those on damaged pages."""

    def job(connection: Connection) -> list[Stored]:
        found = _by_room(
            connection, kind, positions[0], positions[-1],
            "position IN (SELECT value FROM json_each(?))",
            msgspec.json.encode(list(positions)).decode(),
        )  # fmt: skip
        return [row for rows in found.values() for row in rows]

    found = _unless_damaged(database, job)
    if found is not None or len(positions) == 1:
        return found or []
    middle = len(positions) // 2
    halves = (positions[:middle], positions[middle:])
    return [row for half in halves for row in _rows(database, kind, half)]
