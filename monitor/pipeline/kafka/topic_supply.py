"""The topics of events and of frames as what the archive is written from: a partition at a time, hour
by hour.

How far a partition is in the archive stands in the store, as a position; so does the end of the stretch
that is being written, before its first file is put. So whatever is killed, each position goes into
the archive once. Records come from the topic itself and are held against their leaves, and lie in a file
beside the work while they are sorted by room.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from detectors.calendar import HOUR_MS
from monitor.archive import index
from monitor.archive.window import EVENTS, FILE_BYTES, FILE_ROWS, RAW, Window, due_at, noted
from monitor.errors import BrokerError
from monitor.evidence import ledger, lost
from monitor.pipeline.kafka.topic_records import TopicRecords
from monitor.pipeline.kafka.topics import TopicNames
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from monitor.archive.parquet import Stored as Row
    from monitor.config import Config, Kafka
    from monitor.evidence.frames import Late
    from monitor.evidence.records import Stored
    from monitor.store.database import Connections

__all__ = ["TopicSupplies", "TopicSupply", "late_frames", "late_records", "waiting"]

#: Records of one window; an hour with more has several.
MOST = 500_000
#: Records that are held against their leaves at a time.
CHUNK = 2_000
CHUNK_BYTES = 16 * 2**20


class _Named(Struct):
    id: str = ""


class TopicSupplies:
    """One for each partition that has a Merkle log."""

    def __init__(
        self, settings: Kafka, database: Connections, work: Path, *, frames: bool = False
    ) -> None:
        """
        Args:
            work: folder for the records of a window; what lies in it is ours to clear.
            frames: those of the topic of frames, too.
        """
        self._settings = settings
        self._database = database
        self._work = work
        names = TopicNames.of(settings.prefix)
        #: Events first: they lead to the frames of a viewer who is forgotten.
        self._topics = [names.events, *([names.frames] if frames else ())]
        self._known: dict[str, TopicSupply] = {}

    def __call__(self) -> Sequence[TopicSupply]:
        """Those that there are now."""
        with self._database.read() as connection:
            names = ledger.of_topics(connection)
        for name in names:
            if name.partition("/")[0] in self._topics and name not in self._known:
                self._known[name] = TopicSupply(self._settings, self._database, name, self._work)
        return sorted(self._known.values(), key=lambda one: (one.kind == RAW.name, one.log))


class TopicSupply:
    """One partition."""

    lost: lost.Why = "unarchived"

    def __init__(self, settings: Kafka, database: Connections, log: str, work: Path) -> None:
        self.log = log
        self._settings = settings
        self._database = database
        self._partition = int(log.rpartition("/")[2])
        self._has_frames = ledger.stands_for_frames(log)
        self.kind = RAW.name if self._has_frames else EVENTS.name
        self._spool = work / f"{self.kind}-{self._partition}.spool"
        self._first: tuple[int, int] | None = None
        """Position up to which all is in the archive, and when the record behind it arrived."""
        self._wanted: int | None = None
        """The leaf of the next record of the window that is read; ``None``: it begins."""

    def oldest(self, connection: Connection) -> int | None:
        """When the record arrived that is the next to go into the archive."""
        at = index.position_of(connection, self.log)
        if self._first is None or (at is not None and at[0] != self._first[0]):
            return None
        return self._first[1]

    def next_window(self, now: int) -> Window | None:
        """The next hour that is over, sorted by room in a file of its own.

        Raises:
            BrokerError: the topic cannot be read, or has lost what was appended last.
            OSError: the disk is full.
            Rewritten: a record is not the one that arrived.
        """
        with self._database.read() as connection:
            tiles = ledger.Tiles(connection, self.log)
            end, runs = tiles.end, tiles.runs()
            at = index.position_of(connection, self.log)
        if end is None:
            return None
        after, until = at if at is not None else (runs[0][1], None)
        if after >= end:
            self._first = None
            return None
        if self._first is None or self._first[0] != after:
            arrived = asyncio.run(self._look(after, end))
            if arrived is None:
                self._spool.unlink(missing_ok=True)
                gone = _leaves_between(runs, after, end) if at is not None else 0
                return Window(now // HOUR_MS * HOUR_MS, end - 1, after, {}, {}, unreadable=gone)
            self._first = after, arrived
        if now < due_at(self._first[1]):
            return None
        window = asyncio.run(self._read(after, end if until is None else until + 1))
        if at is None:
            # What the topic had let go of before there was an archive is nobody's loss.
            window.unreadable = 0
        # Where it ends is settled before anything of it is put: read again, it is the same.
        self._database.write(lambda connection: self._move(connection, after, window.last))
        return window

    def parts(self, window: Window) -> Iterator[tuple[str, list[Row]]]:
        """Its records by room, but for what a process that was killed has put and noted."""
        if not self._spool.exists():
            return
        with closing(sqlite3.connect(self._spool)) as spool:
            found = spool.execute("SELECT room FROM records GROUP BY room ORDER BY min(position)")
            rooms = [room for (room,) in found]
            there = noted(self._database, self, rooms)
            for room in rooms:
                part: list[Row] = []
                size = 0
                for row in spool.execute(
                    "SELECT position, leaf, source, event, arrived, data FROM records"
                    " WHERE room = ? AND position > ? ORDER BY position",
                    (room, there.get(room, -1)),
                ):
                    part.append(row)
                    size += len(row[5])
                    if len(part) >= FILE_ROWS or size >= FILE_BYTES:
                        yield room, part
                        part, size = [], 0
                if part:
                    yield room, part

    def finish(self, connection: Connection, window: Window) -> None:
        """Moves on behind its last position."""
        self._move(connection, window.last + 1, None)
        self._first = None
        self._spool.unlink(missing_ok=True)

    def _move(self, connection: Connection, position: int, until: int | None) -> None:
        run(
            connection,
            "INSERT INTO archive_positions (log, position, until) VALUES (?, ?, ?)"
            " ON CONFLICT (log) DO UPDATE SET position = excluded.position, until = excluded.until",
            (self.log, position, until),
        )

    async def _look(self, after: int, end: int) -> int | None:
        """When the first record from a position on arrived that the topic still has; ``None``: it has
        let go of all of them.

        Raises:
            BrokerError: it ends before them: it is another topic, or was cut off.
        """
        async with TopicRecords(self._settings, frames=self._has_frames) as reader:
            async for record in reader.read(self._partition, after, end):
                return record.arrived
            _, ends = await reader.bounds(self._partition)
        if ends < end:
            raise BrokerError(f"{self.log} ends at {ends}, and had {end} records before")
        return None

    async def _read(self, after: int, end: int) -> Window:
        self._spool.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._spool.unlink(missing_ok=True)
        async with TopicRecords(self._settings, frames=self._has_frames) as reader:
            try:
                with closing(sqlite3.connect(self._spool, check_same_thread=False)) as spool:
                    # Made anew after a kill, so nothing of it need be safe.
                    spool.executescript(
                        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                        "CREATE TABLE records (position INTEGER NOT NULL PRIMARY KEY, leaf INTEGER,"
                        " source TEXT, event TEXT, arrived INTEGER, data BLOB, room TEXT)"
                    )
                    window = await self._sorted(reader, spool, after, end)
                    spool.execute("CREATE INDEX records_room ON records (room, position)")
                    spool.commit()
            except sqlite3.OperationalError as error:
                raise OSError(f"{self._spool}: {error}") from error
        return window

    async def _sorted(
        self, reader: TopicRecords, spool: sqlite3.Connection, after: int, end: int
    ) -> Window:
        window: Window | None = None
        self._wanted = None
        some: list[Stored] = []
        count = size = 0
        async for record in reader.read(self._partition, after, end):
            hour = record.arrived // HOUR_MS * HOUR_MS
            if window is None:
                window = Window(hour, record.position, after, {}, {})
            elif hour != window.hour or count >= MOST:
                break
            window.last = record.position
            some.append(record)
            count += 1
            size += len(record.data)
            if len(some) == CHUNK or size >= CHUNK_BYTES:
                window.unreadable += await asyncio.to_thread(self._keep, spool, some, after)
                some, size = [], 0
        else:
            if window is None:
                raise BrokerError(
                    f"{self.log} has let go of the records {after} to {end - 1} meanwhile"
                )
            # Up to the end of the stretch, also where its last positions hold no records.
            window.last = end - 1
        window.unreadable += await asyncio.to_thread(self._keep, spool, some, after)
        return window

    def _keep(self, spool: sqlite3.Connection, some: Sequence[Stored], after: int) -> int:
        """Holds records against their leaves and keeps them; how many leaves before them stand for
        records that the topic has let go of. A transaction of its own: the topic may take its time."""
        gone = 0
        with self._database.read() as connection:
            tiles = ledger.Tiles(connection, self.log)
            runs, size = tiles.runs(), tiles.size
            wanted = ledger.leaf_in(runs, size, after) if self._wanted is None else self._wanted
            for record in some:
                leaf = ledger.leaf_in(runs, size, record.position)
                if leaf is not None:
                    if tiles.leaf(leaf) != ledger.event_leaf(
                        self.log, record.position, record.arrived, record.data
                    ):
                        raise ledger.Rewritten(
                            f"{self.log} has another record at {record.position} than before"
                        )
                    if wanted is not None:
                        gone += leaf - wanted
                    wanted = leaf + 1
                spool.execute(
                    "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        record.position, leaf, record.source, self._name_of(record.data), record.arrived,
                        record.data, record.room.replace("\0", "\ufffd"),
                    ),
                )  # fmt: skip
        self._wanted = wanted
        return gone

    def _name_of(self, data: bytes) -> str:
        """The id of an event; of a frame its SHA-256, by which its events name it."""
        return hashlib.sha256(data).hexdigest() if self._has_frames else _id_of(data)


def waiting(connection: Connection) -> dict[str, int]:
    """How many records of each partition are not in the archive, those of the running hour among
    them."""
    found: dict[str, int] = {}
    for log in ledger.of_topics(connection):
        tiles = ledger.Tiles(connection, log)
        if (end := tiles.end) is not None:
            at = index.position_of(connection, log)
            found[log] = _leaves_between(tiles.runs(), at[0] if at is not None else 0, end)
    return found


def late_records(
    settings: Kafka, connection: Connection, *, archive: bool, room: str | None = None,
    since: int | None = None, frames: bool = False,
) -> Iterator[Stored]:  # fmt: skip
    """Records of the topic that are not in the archive, in the order of arrival; blocks.

    Args:
        archive: there is one; else all that the topic has.
        room: of the partition of this room alone.
        since: none that arrived before this, ms.
        frames: of the topic of frames, not of events.

    Raises:
        BrokerError: the topic cannot be read.
    """
    firsts: dict[int, int] = {}
    for log in ledger.of_topics(connection):
        if ledger.stands_for_frames(log) == frames:
            at = index.position_of(connection, log) if archive else None
            firsts[int(log.rpartition("/")[2])] = at[0] if at is not None else 0
    if room is not None:
        return _stream(settings, firsts, room, since, frames=frames)
    streams = [
        _stream(settings, {each: first}, each, since, frames=frames)
        for each, first in firsts.items()
    ]
    return heapq.merge(*streams, key=lambda record: record.arrived)


def late_frames(config: Config) -> Late | None:
    """Reads the frames of a room that are not in the archive yet; ``None``: none are kept."""
    if not config.archive.keeps_frames:
        return None
    return lambda connection, room: late_records(
        config.kafka, connection, archive=True, room=room, frames=True
    )


def _stream(
    settings: Kafka, firsts: Mapping[int, int], where: int | str, since: int | None, *, frames: bool
) -> Iterator[Stored]:
    """Records of a partition, or of that of a room, from where the archive ends."""
    with asyncio.Runner() as runner:
        reader = TopicRecords(settings, frames=frames)
        runner.run(reader.start())
        partition = where if isinstance(where, int) else reader.partition_of(where)
        first = firsts.get(partition, 0)
        try:
            if since is not None:
                first = max(first, runner.run(reader.at_time(partition, since)))
            records = reader.read(partition, first, None)
            while (record := runner.run(anext(records, None))) is not None:
                yield record
        finally:
            runner.run(reader.stop())


def _leaves_between(runs: Sequence[tuple[int, int]], first: int, end: int) -> int:
    """How many leaves stand for the positions from one up to another, which is behind the last.

    Args:
        runs: `Tiles.runs`.
    """
    count = 0
    for (leaf, begins), (next_leaf, _) in zip(runs, [*runs[1:], (None, 0)], strict=True):
        ends = end if next_leaf is None else begins + next_leaf - leaf
        count += max(0, ends - max(begins, first))
    return count


def _id_of(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_Named).id.replace("\0", "\ufffd")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
