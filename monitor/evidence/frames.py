"""The frames that the records of a case were read from, as sources and senders sent them.

They are kept where the office wants them (`archive.raw`): until their hour is over in the database, or in
a topic of Kafka's, then in the archive, by the room of their first event. An event names its frame by the
SHA-256 (`raw`).
"""

from __future__ import annotations

import hashlib
import heapq
from typing import TYPE_CHECKING

from monitor.archive import forgetting, index
from monitor.archive.window import RAW
from monitor.errors import BrokerError
from monitor.evidence import heads, ledger
from monitor.evidence.case import CaseRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from monitor.archive.parquet import Stored as Row
    from monitor.archive.reading import Reader
    from monitor.evidence.records import Stored

    #: What of a room, by its key, waits for the archive elsewhere than in the database, in the order of
    #: positions; raises `BrokerError`.
    Late = Callable[[Connection, str], Iterator[Stored]]

__all__ = ["frames_of"]


def frames_of(
    connection: Connection,
    reader: Reader,
    rooms: Iterable[str],
    named: Collection[bytes],
    late: Late | None = None,
    lacks: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[bytes, CaseRecord]]:
    """The frames that are named, each with its SHA-256 as it arrived, by log in the order of their
    arrival, a file of each room in memory at a time.

    What no signed head covers yet is left out.

    Args:
        reader: of the archive.
        rooms: keys of the rooms that they may be kept under.
        named: SHA-256 of each that is wanted.
        late: what waits for the archive elsewhere than in the database.
        lacks: called with what could not be read, and why.

    Raises:
        DepotError: the archive cannot be reached.
    """
    last = heads.last_head(connection)
    covered: dict[str, tuple[ledger.Tiles, list[tuple[int, int]], int, int]] = {}
    streams = [
        _of_room(connection, reader, room, named, late, lacks) for room in sorted(set(rooms))
    ]
    # A room has one log: on Kafka that of its partition.
    for digest, record in heapq.merge(*streams, key=lambda one: (one[1].log, one[1].position)):
        if record.log not in covered:
            tiles = ledger.Tiles(connection, record.log)
            size = last.size_of(record.log) if last is not None else 0
            covered[record.log] = tiles, tiles.runs(), size, tiles.end or 0
        tiles, runs, size, end = covered[record.log]
        record.leaf = ledger.leaf_in(runs, tiles.size, record.position)
        if record.position >= end or (record.leaf is not None and record.leaf >= size):
            continue
        if record.leaf is not None:
            record.leaf_hash = tiles.leaf(record.leaf)
            record.intact = record.leaf_hash == ledger.event_leaf(
                record.log, record.position, record.arrived, record.data
            )
        yield digest, record


def _of_room(
    connection: Connection, reader: Reader, room: str, named: Collection[bytes],
    late: Late | None, lacks: Callable[[str], None],
) -> Iterator[tuple[bytes, CaseRecord]]:  # fmt: skip
    entries = index.entries(connection, "kind = ? AND room = ?", (RAW.name, room))
    #: Position of the last frame that is in the archive, by log.
    archived: dict[str, int] = {}
    for entry in sorted(entries, key=lambda entry: (entry.manifest.log, entry.manifest.first)):
        log = entry.manifest.log
        archived[log] = max(archived.get(log, -1), entry.manifest.last)
        for row in reader.rows(entry):
            digest = bytes.fromhex(row.event)
            if digest in named:
                yield digest, _record(log, room, row.position, row.source, row.arrived, row.data)
    if late is not None:
        yield from _late(connection, room, named, late, lacks, archived)
        return
    if connection.dialect.name != "sqlite":
        return
    waiting = connection.exec_driver_sql(
        "SELECT position, event FROM raw_frames WHERE room = ? AND position > ? ORDER BY position",
        (room, archived.get(RAW.log, -1)),
    ).fetchall()
    for position, event in waiting:
        digest = bytes.fromhex(event)
        if digest in named:
            # One by one: together they may be gigabytes.
            source, arrived, data = connection.exec_driver_sql(
                "SELECT source, arrived, data FROM raw_frames WHERE position = ?", (position,)
            ).one()
            yield digest, _record(RAW.log, room, position, source, arrived, data)


def _late(
    connection: Connection, room: str, named: Collection[bytes], late: Late,
    lacks: Callable[[str], None], archived: Mapping[str, int],
) -> Iterator[tuple[bytes, CaseRecord]]:  # fmt: skip
    """Those of a topic: it still has a viewer who was forgotten, and they must not."""
    jobs = forgetting.open_jobs(connection)
    try:
        for one in late(connection, room):
            if one.room != room or one.position <= archived.get(one.log, -1):
                continue
            event = hashlib.sha256(one.data)
            if event.digest() not in named:
                continue
            rows: list[Row] = [
                (one.position, None, one.source, event.hexdigest(), one.arrived, one.data)
            ]
            forgetting.taken_out(jobs, RAW.name, rows)
            yield (
                event.digest(),
                _record(one.log, room, one.position, one.source, one.arrived, rows[0][5]),
            )
    except BrokerError as error:
        lacks(f"frames that wait for the archive could not be read ({error})")


def _record(
    log: str, room: str, position: int, source: str, arrived: int, data: bytes
) -> CaseRecord:
    return CaseRecord(
        log=log, position=position, room=room, source=source, arrived=arrived,
        data=bytes(data), leaf=None,
    )  # fmt: skip
