"""The Merkle log in the database file: appended in the transaction that makes a batch durable.

A leaf is a hash, so what it stands for can be taken out or changed later (a viewer is forgotten,
the log is trimmed) without breaking the log. Hashes are kept as tiles of 256, as the tlog-tiles
format of C2SP has them: tile `n` of level 0 holds the leaves from 256·n on, tile `n` of level 1 the
roots of 256 full tiles below. Any proof reads a few tiles.

Leaves are counted from 0 without a hole; positions of the event log are given in runs, so a table
of runs leads from one to the other. A run begins where the log was first kept (a database may be
older) and wherever positions do not follow each other.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.evidence.merkle import fold, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPICursor as Cursor

__all__ = [
    "EVENTS",
    "WIDTH",
    "Tiles",
    "append",
    "append_events",
    "event_leaf",
    "leaf_in",
    "origin",
    "size_of",
]

#: Name of the log of what arrived.
EVENTS = "events"
#: Hashes in a full tile.
WIDTH = 256
HEIGHT = 8
DIGEST = 32


def event_leaf(log: str, position: int, arrived: int, data: bytes) -> bytes:
    """Hash of the leaf of a record, over its canonical form: JSON without blanks, keys in order.

    Args:
        arrived: when the record was appended, ms.
        data: the bytes of the record as they were received.
    """
    digest = hashlib.sha256(data).hexdigest()
    line = f'{{"arrived":{arrived},"log":"{log}","position":{position},"sha256":"{digest}"}}'
    return leaf_hash(line.encode())


def append_events(cursor: Cursor, first: int, arrived: int, records: Sequence[bytes]) -> None:
    """Adds a leaf for each record, whose positions follow each other from `first` on."""
    leaves = [
        event_leaf(EVENTS, first + number, arrived, data) for number, data in enumerate(records)
    ]
    append(cursor, EVENTS, leaves, position=first)


def append(cursor: Cursor, log: str, leaves: Sequence[bytes], *, position: int) -> int:
    """Adds leaves in the caller's transaction; returns the number of the first of them.

    Args:
        cursor: the driver's own, within the transaction: many appends are of a single event, and
            the layer above would cost more than the hashing.
        position: position of the first in the log that the leaves stand for.
    """
    size = size_of(cursor, log)
    _run(cursor, log, size, position)
    _extend(cursor, log, 0, size, leaves)
    cursor.execute("UPDATE merkle_logs SET size = ? WHERE log = ?", (size + len(leaves), log))
    return size


def _run(cursor: Cursor, log: str, size: int, position: int) -> None:
    last = cursor.execute(
        "SELECT leaf, position FROM merkle_runs WHERE log = ? ORDER BY leaf DESC LIMIT 1", (log,)
    ).fetchone()
    if last is None or last[1] + size - last[0] != position:
        cursor.execute(
            "INSERT INTO merkle_runs (log, leaf, position) VALUES (?, ?, ?)", (log, size, position)
        )


def _extend(cursor: Cursor, log: str, level: int, size: int, hashes: Sequence[bytes]) -> None:
    """Adds hashes to the tiles of a level that has `size`; full tiles go on to the next level."""
    number, filled = divmod(size, WIDTH)
    taken = 0
    full: list[bytes] = []
    while taken < len(hashes):
        some = hashes[taken : taken + WIDTH - filled]
        taken += len(some)
        held = some
        if filled:
            cursor.execute(
                "SELECT hashes FROM merkle_tiles WHERE log = ? AND level = ? AND number = ?",
                (log, level, number),
            )
            [hashes_before] = cursor.fetchall()
            held = [*_split(hashes_before[0]), *some]
        cursor.execute(
            "INSERT INTO merkle_tiles (log, level, number, hashes) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (log, level, number) DO UPDATE SET hashes = excluded.hashes",
            (log, level, number, b"".join(held)),
        )
        if len(held) == WIDTH:
            full.append(fold(held))
        number, filled = number + 1, 0
    if full:
        _extend(cursor, log, level + 1, size // WIDTH, full)


def size_of(cursor: Cursor, log: str) -> int:
    """Leaves of a log; the log is made where there is none."""
    found = cursor.execute("SELECT size FROM merkle_logs WHERE log = ?", (log,)).fetchone()
    if found is not None:
        return int(found[0])
    cursor.execute(
        "INSERT INTO merkle_logs (log, origin, size) VALUES (?, ?, 0)",
        (log, f"livewatch-{secrets.token_hex(8)}/{log}"),
    )
    return 0


def origin(connection: Connection, log: str) -> str | None:
    """The name of this log among all logs, as its heads carry it; ``None``: there is no log yet."""
    found = connection.exec_driver_sql("SELECT origin FROM merkle_logs WHERE log = ?", (log,))
    return found.scalar_one_or_none()


def _tile(connection: Connection, log: str, level: int, number: int) -> bytes | None:
    found = connection.exec_driver_sql(
        "SELECT hashes FROM merkle_tiles WHERE log = ? AND level = ? AND number = ?",
        (log, level, number),
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + DIGEST] for start in range(0, len(hashes), DIGEST)]


def leaf_in(runs: Sequence[tuple[int, int]], size: int, position: int) -> int | None:
    """Number of the leaf of a position; ``None``: the log was not kept then.

    Args:
        runs: `Tiles.runs`.
        size: leaves of the log.
    """
    ends = size
    for first, begins in reversed(runs):
        if begins <= position:
            leaf = first + position - begins
            return leaf if leaf < ends else None
        ends = first
    return None


class Tiles:
    """Reads the tree of one log within one connection."""

    def __init__(self, connection: Connection, log: str) -> None:
        self._connection = connection
        self._log = log
        self._read: Callable[[int, int], list[bytes]] = lru_cache(maxsize=512)(self._read_tile)

    def _read_tile(self, level: int, number: int) -> list[bytes]:
        found = _tile(self._connection, self._log, level, number)
        if found is None:
            raise LookupError(f"the Merkle log {self._log} has no tile {level}/{number} any more")
        return _split(found)

    @property
    def size(self) -> int:
        """Leaves of the log; 0 where there is none."""
        found = self._connection.exec_driver_sql(
            "SELECT size FROM merkle_logs WHERE log = ?", (self._log,)
        ).scalar_one_or_none()
        return int(found or 0)

    def leaf_of(self, position: int) -> int | None:
        """Number of the leaf of a position; ``None``: the log was not kept then."""
        return leaf_in(self.runs(), self.size, position)

    def runs(self) -> list[tuple[int, int]]:
        """All runs, as (first leaf, its position)."""
        rows = self._connection.exec_driver_sql(
            "SELECT leaf, position FROM merkle_runs WHERE log = ? ORDER BY leaf", (self._log,)
        )
        return [(int(row.leaf), int(row.position)) for row in rows]

    def leaf(self, number: int) -> bytes:
        """Hash of a leaf.

        Raises:
            LookupError: it is not kept any more.
        """
        return self._read(0, number // WIDTH)[number % WIDTH]

    def subtree(self, height: int, index: int) -> bytes:
        """Hash of the complete subtree of 2^height leaves (`merkle.Subtree`).

        Raises:
            LookupError: its tiles are not kept any more.
        """
        level, above = divmod(height, HEIGHT)
        if above == 0:
            return self._read(level, index // WIDTH)[index % WIDTH]
        first = index << above
        held = self._read(level, first // WIDTH)
        return fold(held[first % WIDTH : first % WIDTH + (1 << above)])

    def damaged_tiles(self) -> list[str]:
        """Tiles that do not follow from those below them, by level and number; empty: all do."""
        damaged = []
        rows = self._connection.exec_driver_sql(
            "SELECT level, number, hashes FROM merkle_tiles WHERE log = ? AND length(hashes) = ?"
            " ORDER BY level, number",
            (self._log, WIDTH * DIGEST),
        )
        for row in rows:
            above = _tile(self._connection, self._log, row.level + 1, row.number // WIDTH) or b""
            at = row.number % WIDTH * DIGEST
            if above[at : at + DIGEST] != fold(_split(bytes(row.hashes))):
                damaged.append(f"{row.level}/{row.number}")
        return damaged
