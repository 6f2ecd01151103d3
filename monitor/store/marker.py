"""How far the database has come, noted beside it: so that lost commits are told.

In WAL mode the latest commits lie in `livewatch.db-wal` until they are moved into the database. A
database whose write-ahead file was taken away or cut is sound, and older: nothing in it says that
something is missing. The marker does. Each commit is noted after it is durable, so what the marker
names was in the database once; it reaches the disk with every sweep, so that only a power failure
forgets the last seconds of it.
"""

from __future__ import annotations

import os
import threading
import zlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

__all__ = ["Mark", "Marker", "mark_of", "missing_of"]

#: Bytes of the file: one sector, so that it is written whole.
SIZE = 512
SUFFIX = "-mark"


class Mark(Struct, frozen=True):
    """Numbers that only grow, as they were durable."""

    head: int = 0
    """Last position of the log."""
    position: int = 0
    """How far the worker was in it."""
    seq: int = 0
    """Number of the last change of an alert."""


def mark_of(connection: sqlite3.Connection) -> Mark:
    """How far a database is now.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    counters = dict(connection.execute("SELECT name, value FROM counters"))
    last = connection.execute("SELECT max(position) FROM event_log").fetchone()[0]
    position = int(counters.get("position", 0))
    return Mark(max(int(last or 0), position), position, int(counters.get("seq", 0)))


class Marker:
    """The file beside a database. Its methods may be called from any thread."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + SUFFIX)
        self._lock = threading.Lock()
        self._mark = Mark()
        self._descriptor: int | None = None
        self._synced = True

    def read(self) -> Mark | None:
        """What was noted last; ``None``: nothing, or it cannot be read."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return None
        text, _, check = data.rstrip(b"\0").rpartition(b"#")
        if check != _check(text):
            return None
        try:
            return msgspec.json.decode(text, type=Mark)
        except msgspec.MsgspecError:
            return None

    def open(self, mark: Mark) -> None:
        """Begins to note, from how far the database is now.

        Raises:
            OSError: the file cannot be written.
        """
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        self._mark = mark
        self._write()
        self.sync()

    def note(self, *, head: int = 0, position: int = 0, seq: int = 0) -> None:
        """A commit is durable; some microseconds. A full disk does not matter: the file is there."""
        with self._lock:
            known = self._mark
            self._mark = Mark(
                max(known.head, head), max(known.position, position), max(known.seq, seq)
            )
            if self._mark != known:
                self._write()

    def sync(self) -> None:
        """Brings what was noted to the disk; blocks."""
        with self._lock:
            descriptor, synced = self._descriptor, self._synced
            self._synced = True
        if descriptor is not None and not synced:
            os.fdatasync(descriptor)

    def close(self) -> None:
        """Ends with everything on the disk."""
        self.sync()
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def remove(self) -> None:
        """Forgets; another database takes the place of this one."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._descriptor is None:
            return
        text = msgspec.json.encode(self._mark)
        os.pwrite(self._descriptor, (text + b"#" + _check(text)).ljust(SIZE, b"\0"), 0)
        self._synced = False


def missing_of(noted: Mark | None, found: Mark) -> str | None:
    """What is missing in a database, in words; ``None``: nothing that anybody knows of.

    Args:
        noted: the mark of the last run.
        found: how far the database is.
    """
    if noted is None:
        return None
    events = max(0, noted.head - found.head)
    evaluated = max(0, noted.position - found.position)
    changes = max(0, noted.seq - found.seq)
    if not (events or evaluated or changes):
        return None
    return (
        f"the database is older than it was: {events} events of the log, the evaluation of"
        f" {evaluated} and {changes} changes of alerts are missing. Its write-ahead file (-wal)"
        " was removed or cut, or an older copy was put in its place"
    )


def _check(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
