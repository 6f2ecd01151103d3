"""Records of events where they are kept: in the embedded event log, those that are held for alerts, and
those that were brought back from the archive.

What is held stays as it arrived, also where the log has let go of it or a viewer was forgotten in
the log meanwhile, so it comes first. A store that follows Kafka has no event log beside it.
"""

from __future__ import annotations

from array import array
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from monitor.archive import recall
from monitor.evidence import ledger
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

__all__ = ["Place", "Places", "Stored", "each", "find", "of_room", "read"]

#: Records that are read at a time by `each`.
CHUNK = 5_000


class Place(NamedTuple):
    """Where a record stands."""

    log: str
    """`events`, or topic and partition."""
    position: int


class Stored(NamedTuple):
    """A record as it was received."""

    log: str
    position: int
    room: str
    source: str
    arrived: int
    data: Any
    """Bytes, unless somebody put something else there."""


class Places:
    """Where many records stand: eight bytes for each."""

    def __init__(self) -> None:
        self._positions: dict[str, array[int]] = {}

    def add(self, log: str, position: int) -> None:
        """Adds one."""
        self._positions.setdefault(log, array("q")).append(position)

    @property
    def logs(self) -> list[str]:
        """Those that they stand in, sorted."""
        return sorted(self._positions)

    def __len__(self) -> int:
        return sum(map(len, self._positions.values()))

    def chunks(self, count: int) -> Iterator[list[Place]]:
        """All of them by log and position, so many at a time; of one log each time."""
        for log in self.logs:
            positions = array("q", sorted(self._positions[log]))
            for start in range(0, len(positions), count):
                yield [Place(log, position) for position in positions[start : start + count]]


def of_room(connection: Connection, room: str) -> Places:
    """Places of all records of a room."""
    query = "SELECT log, position FROM held_records WHERE room = ?"
    tables = _beside(connection)
    for table in tables:
        query += f" UNION SELECT 'events', position FROM {table} WHERE room = ?"  # noqa: S608 - ours
    found = Places()
    for log, position in run(connection, query, [room] * (1 + len(tables))):
        found.add(log, position)
    return found


def whole_from(connection: Connection, room: str) -> int | None:
    """The position from which on the embedded log and the archive have all of a room; ``None``: they
    have nothing of it."""
    found = [
        run(connection, f"SELECT min(position) FROM {table} WHERE room = ?", (room,)).scalar_one()  # noqa: S608 - ours
        for table in _beside(connection)
    ]
    return min((int(one) for one in found if one is not None), default=None)


def find(connection: Connection, room: str, event: str) -> tuple[Place, int] | None:
    """Where an event stands, and when it arrived, ms; ``None``: it is not kept."""
    query = "SELECT log, position, arrived FROM held_records WHERE room = ? AND event = ?"
    tables = _beside(connection)
    for table in tables:
        query += (
            f" UNION ALL SELECT 'events', position, arrived FROM {table}"  # noqa: S608 - ours
            " WHERE room = ? AND event = ?"
        )
    row = run(connection, query, [room, event] * (1 + len(tables))).first()
    return None if row is None else (Place(row[0], int(row[1])), int(row[2]))


def read(connection: Connection, places: Sequence[Place]) -> list[Stored]:
    """The records at these places, in the order of the places; of what is gone nothing."""
    found: dict[Place, Stored] = {}
    tables = _beside(connection)
    for log, some in groupby(sorted(places), key=lambda place: place.log):
        positions = msgspec.json.encode([place.position for place in some]).decode()
        for row in run(connection, _HELD[connection.dialect.name], (positions, log)).fetchall():
            found[Place(log, int(row[0]))] = Stored(log, *row)
        for table in tables if log == ledger.EVENTS else ():
            query = (
                "SELECT log.position, log.room, log.source, log.arrived, log.data"  # noqa: S608 - ours
                f" FROM json_each(?) AS wanted CROSS JOIN {table} AS log"
                " ON log.position = wanted.value"
            )
            for row in run(connection, query, (positions,)).fetchall():
                found.setdefault(Place(log, int(row[0])), Stored(log, *row))
    return [found[place] for place in places if place in found]


#: CROSS JOIN has SQLite look each position up; else it may go through the table for each of them.
_HELD = {
    "sqlite": "SELECT held.position, held.room, held.source, held.arrived, held.data"
    " FROM json_each(?) AS wanted CROSS JOIN held_records AS held"
    " ON held.position = wanted.value AND held.log = ?",
    "postgresql": "SELECT held.position, held.room, held.source, held.arrived, held.data"
    " FROM json_array_elements_text(CAST(? AS json)) AS wanted"
    " JOIN held_records AS held ON held.position = CAST(wanted.value AS bigint)"
    " WHERE held.log = ?",
}


def each(connection: Connection, log: str) -> Iterator[Stored]:
    """Every record of a log that is kept, some thousands in memory at a time; one that is also held
    comes twice."""
    tables = ["held_records WHERE log = ? AND"]
    if log == ledger.EVENTS and connection.dialect.name == "sqlite":
        tables.append("event_log WHERE")
    for table in tables:
        last = -1
        while rows := run(
            connection,
            f"SELECT position, room, source, arrived, data FROM {table} position > ?"  # noqa: S608 - ours
            " ORDER BY position LIMIT ?",
            (*([log] if "log = ?" in table else []), last, CHUNK),
        ).fetchall():
            for row in rows:
                yield Stored(log, *row)
            last = int(rows[-1][0])


def _beside(connection: Connection) -> list[str]:
    """The tables of the embedded log, the surest first: what the archive has of it is fetched for the
    time of one bundle."""
    if connection.dialect.name != "sqlite":
        return []
    return ["event_log", *([recall.TABLE] if recall.is_there(connection) else [])]
