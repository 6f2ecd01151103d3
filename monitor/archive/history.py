"""What arrived, from the beginning on: from the archive what is there, from the log what is not yet.

It is what the backtest runs over and the view of a broadcast shows, so that both see the same whether
the log has let go of it or not.
"""

from __future__ import annotations

import heapq
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from detectors.calendar import HOUR_MS
from monitor.archive import index
from monitor.archive.depot import DepotError, depot_of
from monitor.archive.parquet import time_of
from monitor.archive.reading import Reader
from monitor.archive.window import EVENTS
from monitor.errors import BrokerError
from monitor.store import numbering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from monitor.archive.index import Entry
    from monitor.archive.parquet import Row
    from monitor.config import Archive
    from monitor.evidence.records import Stored
    from monitor.store.database import Connections

__all__ = ["History", "RoomHistory", "Stretch", "in_order", "opened"]

#: Records of the log that are read at a time.
CHUNK = 2_000
#: By how much a source's clock may be ahead of ours, and by how much an event may come late, so that an
#: hour of arrival can be passed over, ms.
AHEAD_MS = HOUR_MS
BEHIND_MS = 24 * HOUR_MS
#: The same of a topic, which is read record by record for all rooms of a partition, ms.
NEAR_MS = 120_000


class History:
    """Events of some rooms, or of all, between two moments of their own time."""

    def __init__(
        self, connection: Connection, reader: Reader | None, rooms: Sequence[str] = (),
        *, since: int | None = None, until: int | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            reader: of the archive; ``None``: there is none.
            rooms: their keys; empty: all.
            since: from this moment on, ms.
            until: before this moment, ms.
        """
        self._connection = connection
        self._reader = reader
        self._rooms = frozenset(rooms)
        self._since, self._until = since, until

    @property
    def lacking(self) -> list[str]:
        """Files of the archive that could not be read, and why."""
        return self._reader.lacking if self._reader is not None else []

    def archived(self) -> Iterator[bytes]:
        """What the archive has, in the order of arrival.

        Raises:
            DepotError: it cannot be reached.
        """
        if self._reader is None:
            return
        for row in in_order(self._reader, self._files()):
            if self.wants(row.data):
                yield row.data

    def logged(self, room: str | None = None) -> Iterator[bytes]:
        """What the log beside the store has that the archive has not.

        Args:
            room: the only one of the history, which is found without going through all.
        """
        if self._connection.dialect.name != "sqlite":
            return
        last = numbering.current(self._connection, EVENTS.counter) if self._reader else 0
        if room is not None:
            places = self._connection.exec_driver_sql(
                "SELECT position FROM event_log WHERE room = ? AND position > ? ORDER BY position",
                (room, last),
            ).fetchall()
            for (position,) in places:
                rows = self._connection.exec_driver_sql(
                    "SELECT data FROM event_log WHERE position = ?", (position,)
                ).fetchall()
                yield from (bytes(data) for (data,) in rows if self.wants(data))
            return
        while rows := self._connection.exec_driver_sql(
            "SELECT position, room, data FROM event_log WHERE position > ? ORDER BY position LIMIT ?",
            (last, CHUNK),
        ).fetchall():
            last = rows[-1][0]
            for _, room, data in rows:
                if self.of_room(room) and self.wants(data):
                    yield bytes(data)

    def wants(self, data: bytes) -> bool:
        """Is it of the time that is asked for; what says of no time is in any."""
        if self._since is None and self._until is None:
            return True
        at = time_of(data)
        return (
            at is not None
            and (self._since is None or at >= self._since)
            and (self._until is None or at < self._until)
        )

    def of_room(self, room: str) -> bool:
        """Is the room asked for."""
        return not self._rooms or room in self._rooms

    def _files(self) -> list[Entry]:
        where, values = "kind = ?", [EVENTS.name]
        if len(self._rooms) == 1:
            where += " AND room = ?"
            values += self._rooms
        found = [
            entry
            for entry in index.entries(self._connection, where, values)
            if self.of_room(entry.manifest.room)
            and (self._since is None or entry.manifest.hour + HOUR_MS > self._since - AHEAD_MS)
            and (self._until is None or entry.manifest.hour < self._until + BEHIND_MS)
        ]
        return sorted(found, key=lambda entry: (entry.manifest.hour, entry.manifest.first))


class Stretch(Struct, kw_only=True):
    """What a room had between two moments."""

    events: list[bytes]
    more: bool
    """There is more than was asked for at most."""
    lacking: list[str]
    """Why some of it may be missing, in words of files and stores."""


class RoomHistory:
    """Reads stretches of single rooms, for whoever looks at them; every call blocks."""

    def __init__(
        self, database: Connections, settings: Archive, data_dir: Path,
        late: Callable[[Connection, str, int], Iterator[Stored]] | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            late: records of a room's partition that lie in a topic and not in the archive, from a moment
                of arrival on, ms.
        """
        self._database = database
        self._settings = settings
        self._data_dir = data_dir
        self._late = late

    def read(self, room: str, since: int, until: int, most: int) -> Stretch:
        """Events of a room by their own time; of a store that is away, what is at hand.

        Args:
            most: no more events than this.
        """
        found: list[bytes] = []
        lacking: list[str] = []
        with (
            self._database.read() as connection,
            opened(
                connection, self._settings, self._data_dir, [room], since=since, until=until
            ) as history,
        ):
            for some in (
                history.archived(), history.logged(room=room),
                self._of_topic(connection, history, room, since, until),
            ):  # fmt: skip
                try:
                    found += islice(some, most + 1 - len(found))
                except (BrokerError, DepotError) as error:
                    lacking.append(str(error))
            lacking += history.lacking
        return Stretch(events=found[:most], more=len(found) > most, lacking=lacking)

    def _of_topic(
        self, connection: Connection, history: History, room: str, since: int, until: int
    ) -> Iterator[bytes]:
        if self._late is None:
            return
        for record in self._late(connection, room, since - NEAR_MS):
            if record.arrived > until + NEAR_MS:
                return
            if history.of_room(record.room) and history.wants(record.data):
                yield record.data


@contextmanager
def opened(
    connection: Connection, settings: Archive, data_dir: Path, rooms: Sequence[str] = (),
    *, since: int | None = None, until: int | None = None,
) -> Iterator[History]:  # fmt: skip
    """A history with the archive that is configured, or without one.

    Raises:
        ConfigError: the archive that is configured cannot be used.
    """
    depot = depot_of(settings, data_dir)
    if depot is None:
        yield History(connection, None, rooms, since=since, until=until)
        return
    with Reader(depot) as reader:
        yield History(connection, reader, rooms, since=since, until=until)


def in_order(reader: Reader, entries: Sequence[Entry]) -> Iterator[Row]:
    """Records in the order of arrival; in memory is at most one file of each room of an hour.

    Args:
        entries: by hour.
    """
    start = 0
    while start < len(entries):
        end = start
        while end < len(entries) and entries[end].manifest.hour == entries[start].manifest.hour:
            end += 1
        by_room: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries[start:end]:
            by_room.setdefault((entry.manifest.origin, entry.manifest.room), []).append(entry)
        streams = [
            (row for entry in some for row in reader.rows(entry)) for some in by_room.values()
        ]
        # Positions of several partitions say nothing of each other.
        yield from heapq.merge(*streams, key=lambda row: (row.arrived, row.position))
        start = end
