"""The frames that the records of a case were read from, as sources and senders sent them.

They are kept where the office wants them (`archive.raw`): until their hour is over in the database, then
in the archive, by the room of their first event. An event names its frame by the SHA-256 (`raw`).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from monitor.archive import index
from monitor.archive.window import RAW
from monitor.evidence import heads, ledger
from monitor.evidence.case import CaseRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Connection

    from monitor.archive.reading import Reader

__all__ = ["frames_of"]


def frames_of(
    connection: Connection, reader: Reader, rooms: Iterable[str], named: Collection[bytes]
) -> Iterator[CaseRecord]:
    """The frames that are named, in the order of their arrival, a file of each room in memory at a time.

    What no signed head covers yet is left out.

    Args:
        reader: of the archive.
        rooms: keys of the rooms that they may be kept under.
        named: SHA-256 of each that is wanted.

    Raises:
        DepotError: the archive cannot be reached.
    """
    tiles = ledger.Tiles(connection, RAW.log)
    runs, last = tiles.runs(), heads.last_head(connection)
    size = last.size_of(RAW.log) if last is not None else 0
    streams = [_of_room(connection, reader, room, named) for room in sorted(set(rooms))]
    for record in heapq.merge(*streams, key=lambda one: one.position):
        record.leaf = ledger.leaf_in(runs, tiles.size, record.position)
        if record.leaf is not None and record.leaf >= size:
            continue
        if record.leaf is not None:
            record.leaf_hash = tiles.leaf(record.leaf)
            record.intact = record.leaf_hash == ledger.event_leaf(
                RAW.log, record.position, record.arrived, record.data
            )
        yield record


def _of_room(
    connection: Connection, reader: Reader, room: str, named: Collection[bytes]
) -> Iterator[CaseRecord]:
    entries = index.entries(connection, "kind = ? AND room = ?", (RAW.name, room))
    archived = -1
    for entry in sorted(entries, key=lambda entry: entry.manifest.first):
        archived = max(archived, entry.manifest.last)
        for row in reader.rows(entry):
            if bytes.fromhex(row.event) in named:
                yield _record(room, row.position, row.source, row.arrived, row.data)
    waiting = connection.exec_driver_sql(
        "SELECT position, event FROM raw_frames WHERE room = ? AND position > ? ORDER BY position",
        (room, archived),
    ).fetchall()
    for position, event in waiting:
        if bytes.fromhex(event) in named:
            # One by one: together they may be gigabytes.
            source, arrived, data = connection.exec_driver_sql(
                "SELECT source, arrived, data FROM raw_frames WHERE position = ?", (position,)
            ).one()
            yield _record(room, position, source, arrived, data)


def _record(room: str, position: int, source: str, arrived: int, data: bytes) -> CaseRecord:
    return CaseRecord(
        log=RAW.log, position=position, room=room, source=source, arrived=arrived,
        data=bytes(data), leaf=None,
    )  # fmt: skip
