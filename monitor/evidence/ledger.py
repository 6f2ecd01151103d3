"""The Merkle logs in the database: appended in the transaction that makes a batch durable.

One log stands for what arrived: `events` beside the embedded event log, or one a partition of the
topic of events (`livewatch.events/3`) in a store that follows Kafka; likewise `raw`, or one a partition
of the topic of frames, where frames are kept. There is one of custody, one of the versions of alerts,
and one of captures. A leaf is a hash, so what it stands for can be taken out or changed later (a viewer
is forgotten, the log is trimmed) without breaking the log. Hashes are kept as tiles of 256, as the tlog-tiles
format of C2SP has them: tile `n` of level 0 holds the leaves from 256·n on, tile `n` of level 1 the
roots of 256 full tiles below. Any proof reads a few tiles.

Leaves are counted from 0 without a hole; positions of what they stand for are given in runs, so a
table of runs leads from one to the other. A run begins where the log was first kept (a database may
be older) and wherever positions do not follow each other.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.evidence.merkle import fold, leaf_hash
from monitor.store.dialects import cursor_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from sqlalchemy import Connection

    #: Runs a statement through the driver (`dialects.cursor_of`).
    Execute = Callable[[str, Sequence[Any]], Any]

__all__ = [
    "ALERTS",
    "CAPTURES",
    "CUSTODY",
    "EVENTS",
    "FRAMES",
    "HANDLING",
    "WIDTH",
    "Rewritten",
    "Tiles",
    "append",
    "append_events",
    "event_leaf",
    "follow",
    "leaf_in",
    "names",
    "of_events",
    "of_topics",
    "origin",
    "stands_for_events",
    "stands_for_frames",
]

#: Name of the log of what arrived, beside the embedded event log.
EVENTS = "events"
#: Name of the log of frames, beside the embedded event log.
FRAMES = "raw"
#: Name of the log of custody.
CUSTODY = "custody"
#: Name of the log of the versions of alerts.
ALERTS = "alerts"
#: Name of the log of what was done with alerts.
HANDLING = "handling"
#: Name of the log of captures.
CAPTURES = "captures"
#: Hashes in a full tile.
WIDTH = 256
HEIGHT = 8
DIGEST = 32
#: Tiles that are read at a time.
CHUNK = 200


def event_leaf(log: str, position: int, arrived: int, data: bytes) -> bytes:
    """Hash of the leaf of a record, over its canonical form: JSON without blanks, keys in order.

    Args:
        arrived: when the record was appended, ms.
        data: the bytes of the record as they were received.
    """
    digest = hashlib.sha256(data).hexdigest()
    line = f'{{"arrived":{arrived},"log":"{log}","position":{position},"sha256":"{digest}"}}'
    return leaf_hash(line.encode())


def append_events(
    connection: Connection, first: int, arrived: int, records: Sequence[bytes]
) -> None:
    """Adds a leaf for each record, whose positions follow each other from `first` on."""
    # `event_leaf` in a line of its own: this is done for each event.
    digest, begins = hashlib.sha256, f'\0{{"arrived":{arrived},"log":"{EVENTS}","position":'
    leaves = [
        digest(f'{begins}{position},"sha256":"{digest(data).hexdigest()}"}}'.encode()).digest()
        for position, data in enumerate(records, first)
    ]
    append(connection, EVENTS, leaves, position=first)


class Rewritten(Exception):
    """What is read again is not what was read before."""


def follow(connection: Connection, log: str, records: Sequence[tuple[int, int, bytes]]) -> int:
    """Adds leaves for those of the records that the log does not have yet; how many.

    What comes again is held against its leaf, so whoever follows may begin anywhere and several may
    follow into one database.

    Args:
        records: position, arrival (ms) and bytes, in the order of their positions.

    Raises:
        Rewritten: a record is another than the one at this position before; nothing is added.
    """
    tiles = Tiles(connection, log)
    runs, size = tiles.runs(), tiles.size
    known = tiles.end or 0
    fresh = [record for record in records if record[0] >= known]
    for position, arrived, data in records[: len(records) - len(fresh)]:
        leaf = leaf_in(runs, size, position)
        if leaf is not None and tiles.leaf(leaf) != event_leaf(log, position, arrived, data):
            raise Rewritten(f"{log} has another record at {position} than before")
    start = 0
    for index in range(1, len(fresh) + 1):
        if index == len(fresh) or fresh[index][0] != fresh[index - 1][0] + 1:
            some = fresh[start:index]
            leaves = [event_leaf(log, *record) for record in some]
            append(connection, log, leaves, position=some[0][0])
            start = index
    return len(fresh)


def append(connection: Connection, log: str, leaves: Sequence[bytes], *, position: int) -> int:
    """Adds leaves in the caller's transaction; returns the number of the first of them.

    Args:
        position: position of the first in the log that the leaves stand for.
    """
    with cursor_of(connection) as execute:
        size = _size_of(execute, log)
        _run(execute, log, size, position)
        _extend(execute, log, 0, size, leaves)
        execute("UPDATE merkle_logs SET size = ? WHERE log = ?", (size + len(leaves), log))
    return size


def _run(execute: Execute, log: str, size: int, position: int) -> None:
    last = execute(
        "SELECT leaf, position FROM merkle_runs WHERE log = ? ORDER BY leaf DESC LIMIT 1", (log,)
    ).fetchone()
    if last is None or last[1] + size - last[0] != position:
        execute(
            "INSERT INTO merkle_runs (log, leaf, position) VALUES (?, ?, ?)", (log, size, position)
        )


def _extend(execute: Execute, log: str, level: int, size: int, hashes: Sequence[bytes]) -> None:
    """Adds hashes to the tiles of a level that has `size`; full tiles go on to the next level."""
    number, filled = divmod(size, WIDTH)
    taken = 0
    full: list[bytes] = []
    while taken < len(hashes):
        some = hashes[taken : taken + WIDTH - filled]
        taken += len(some)
        held = some
        if filled:
            [hashes_before] = execute(
                "SELECT hashes FROM merkle_tiles WHERE log = ? AND level = ? AND number = ?",
                (log, level, number),
            ).fetchall()
            held = [*_split(hashes_before[0]), *some]
        execute(
            "INSERT INTO merkle_tiles (log, level, number, hashes) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (log, level, number) DO UPDATE SET hashes = excluded.hashes",
            (log, level, number, b"".join(held)),
        )
        if len(held) == WIDTH:
            full.append(fold(held))
        number, filled = number + 1, 0
    if full:
        _extend(execute, log, level + 1, size // WIDTH, full)


def _size_of(execute: Execute, log: str) -> int:
    """Leaves of a log; the log is made where there is none."""
    found = execute("SELECT size FROM merkle_logs WHERE log = ?", (log,)).fetchone()
    if found is not None:
        return int(found[0])
    execute(
        "INSERT INTO merkle_logs (log, origin, size) VALUES (?, ?, 0)",
        (log, f"livewatch-{secrets.token_hex(8)}/{log}"),
    )
    return 0


def names(connection: Connection) -> list[str]:
    """Names of all Merkle logs that there are."""
    return [str(name) for (name,) in run(connection, "SELECT log FROM merkle_logs ORDER BY log")]


def of_events(connection: Connection) -> list[str]:
    """Names of those that stand for events: the embedded log, or topics and partitions."""
    return [name for name in names(connection) if stands_for_events(name)]


def of_topics(connection: Connection) -> list[str]:
    """Names of those that stand for partitions of topics, of events or of frames."""
    return [name for name in names(connection) if "/" in name]


def stands_for_events(log: str) -> bool:
    """Is it a log of events, by its name?"""
    return log == EVENTS or log.partition("/")[0].endswith(".events")


def stands_for_frames(log: str) -> bool:
    """Is it a log of frames, by its name?"""
    return log == FRAMES or log.partition("/")[0].endswith(".frames")


def origin(connection: Connection, log: str) -> str | None:
    """The name of this log among all logs, as its heads carry it; ``None``: there is no log yet."""
    found = run(connection, "SELECT origin FROM merkle_logs WHERE log = ?", (log,))
    return found.scalar_one_or_none()


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
        found = self._tile(level, number)
        if found is None:
            raise LookupError(f"the Merkle log {self._log} has no tile {level}/{number} any more")
        return _split(found)

    def _tile(self, level: int, number: int) -> bytes | None:
        found = run(
            self._connection,
            "SELECT hashes FROM merkle_tiles WHERE log = ? AND level = ? AND number = ?",
            (self._log, level, number),
        ).scalar_one_or_none()
        return None if found is None else bytes(found)

    @property
    def size(self) -> int:
        """Leaves of the log; 0 where there is none."""
        found = run(
            self._connection, "SELECT size FROM merkle_logs WHERE log = ?", (self._log,)
        ).scalar_one_or_none()
        return int(found or 0)

    def leaf_of(self, position: int) -> int | None:
        """Number of the leaf of a position; ``None``: the log was not kept then."""
        return leaf_in(self.runs(), self.size, position)

    def runs(self) -> list[tuple[int, int]]:
        """All runs, as (first leaf, its position)."""
        rows = run(
            self._connection,
            "SELECT leaf, position FROM merkle_runs WHERE log = ? ORDER BY leaf",
            (self._log,),
        )
        return [(int(row.leaf), int(row.position)) for row in rows]

    @property
    def end(self) -> int | None:
        """The position behind the last leaf; ``None``: there is none yet."""
        runs = self.runs()
        return runs[-1][1] + self.size - runs[-1][0] if runs else None

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
        damaged: list[str] = []
        level, number = 0, -1
        while rows := run(
            self._connection,
            "SELECT level, number, hashes FROM merkle_tiles WHERE log = ? AND length(hashes) = ?"
            " AND (level > ? OR (level = ? AND number > ?)) ORDER BY level, number LIMIT ?",
            (self._log, WIDTH * DIGEST, level, level, number, CHUNK),
        ).fetchall():
            for row in rows:
                above = self._tile(row.level + 1, row.number // WIDTH) or b""
                at = row.number % WIDTH * DIGEST
                if above[at : at + DIGEST] != fold(_split(bytes(row.hashes))):
                    damaged.append(f"{row.level}/{row.number}")
            level, number = rows[-1].level, rows[-1].number
        return damaged
