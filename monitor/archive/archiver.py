"""Writes the archive: each hour that is over, room by room, before the log may let go of it.

A file counts once it is whole in its place *and* noted in the index, so that a kill, a full disk
or a store that is away costs nothing but time: what is not noted is written again. Names follow
from what the files hold, so what was put and not noted is found there and not put twice.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from monitor.archive import holds, index, parquet, purge
from monitor.archive.manifest import Leaves, Manifest, manifest_name, name_of
from monitor.archive.window import KINDS, due_at, next_window, oldest, parts
from monitor.errors import LivewatchError
from monitor.evidence import ledger
from monitor.store import numbering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.archive.window import Kind, Part, Window
    from monitor.config import Archive
    from monitor.evidence.keeper import Keeper
    from monitor.store.database import Connections

__all__ = ["ArchiveState", "Archiver", "put"]

log = structlog.get_logger(__name__)

#: From one look to the next, s.
PACE_S = 5.0
#: Pauses after failures in a row, s.
BACKOFF_S = (5, 10, 30, 60, 120, 300)
#: From one purge to the next, ms.
PURGE_MS = 86_400_000


class ArchiveState(Struct, frozen=True, kw_only=True):
    """How the archive does."""

    behind_ms: int
    """For how long the oldest record that could be in the archive has waited for it."""
    problem: str | None
    """What keeps it from being written; ``None``: nothing does."""
    failures: int
    """In a row."""
    totals: Sequence[index.Totals]


class Archiver:
    """The archive of one data directory, written by a thread of its own."""

    def __init__(
        self,
        database: Connections,
        depot: Depot,
        settings: Archive,
        keeper: Keeper,
        work: Path,
        clock: Callable[[], int],
    ) -> None:
        """
        Args:
            work: folder for the file that is being made; what lies in it is ours to clear.
        """
        self._database = database
        self._depot = depot
        self._settings = settings
        self._keeper = keeper
        self._work = work
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = self._next_at = self._purged_at = 0
        self._looked = False
        self.problem: str | None = None
        """What keeps the archive from being written; ``None``: nothing does."""
        self.written = 0
        """Files since the start."""

    def start(self) -> None:
        """Starts the thread."""
        shutil.rmtree(self._work, ignore_errors=True)
        self._thread = threading.Thread(target=self._run, name="livewatch-archive", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the file in work."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def reached(self) -> int:
        """Position up to which every event is in the archive; the log keeps what lies behind."""
        with self._database.read() as connection:
            return numbering.current(connection, "archived")

    def state(self) -> ArchiveState:
        """How it does now."""
        now = self._clock()
        with self._database.read() as connection:
            waiting = [oldest(connection, kind) for kind in KINDS]
            totals = index.totals(connection)
        behind = [now - due_at(arrived) for arrived in waiting if arrived is not None]
        return ArchiveState(
            behind_ms=max(0, *behind) if behind else 0,
            problem=self.problem,
            failures=self._failures,
            totals=totals,
        )

    def _run(self) -> None:
        while not self._stopping.wait(PACE_S):
            self.turn()

    def turn(self) -> None:
        """Does what is due; what fails is told and tried again later."""
        now = self._clock()
        if now < self._next_at:
            return
        try:
            if not self._looked:
                log.info("archive_found", place=self._depot.look())
                self._looked = True
            self.round(now)
            if now - self._purged_at >= PURGE_MS:
                self._purged_at = now
                purge.by_policy(self._database, self._depot, self._settings, self._keeper, now)
        except Exception as error:
            self._failures += 1
            self._next_at = now + BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1] * 1_000
            self.problem = f"the archive is not written: {error}"
            if isinstance(error, LivewatchError | OSError):
                log.warning("archive_not_written", reason=str(error), failures=self._failures)
            else:
                log.exception("archive_not_written", failures=self._failures)
            return
        if self.problem is not None:
            log.info("archive_written_again", after_failures=self._failures)
        self.problem, self._failures, self._next_at = None, 0, 0

    def round(self, now: int) -> int:
        """Writes every hour that is over; how many files.

        Raises:
            DepotError: the place of the archive cannot be used now.
            OSError: the disk is full.
        """
        before = self.written
        with parquet.Session() as session:
            for kind in KINDS:
                while not self._stopping.is_set():
                    window = next_window(self._database, kind, now)
                    if window is None or not self._write_all(session, kind, window, now):
                        break
        return self.written - before

    def _write_all(self, session: parquet.Session, kind: Kind, window: Window, now: int) -> bool:
        """Writes a window; ``False``: it was stopped in between."""
        held = self._prepare(kind, window)
        for room, part in parts(self._database, kind, window):
            if self._stopping.is_set():
                return False
            data = self._packed(session, part)
            self._write(kind, room, window.hour, part, data, room in held, now)

        def job(connection: Connection) -> None:
            numbering.move_to(connection, kind.counter, window.last)
            if kind.table == "raw_frames":
                connection.exec_driver_sql(
                    "DELETE FROM raw_frames WHERE position <= ?", (window.last,)
                )

        self._database.write(job)
        if window.unreadable:
            log.error("archive_lacks_records", hour=window.hour, unreadable=window.unreadable)
        log.info("hour_archived", kind=kind.name, hour=window.hour, rooms=len(window.rooms))
        return True

    def _prepare(self, kind: Kind, window: Window) -> set[str]:
        """Takes out of a window what a process that was killed has put and noted; rooms that are held."""
        with self._database.read() as connection:
            for room, positions in list(window.rooms.items()):
                last = index.last_of(connection, kind.name, room)
                if positions[0] > last:
                    continue
                left = positions[bisect_right(positions, last) :]
                window.rooms[room] = left
                if not left:
                    del window.rooms[room]
            return holds.held_rooms(connection)

    def _write(
        self, kind: Kind, room: str, hour: int, part: Part, data: bytes, held: bool, now: int
    ) -> None:
        digest = hashlib.sha256(data).hexdigest()
        first, last = part.rows[0][0], part.rows[-1][0]
        leaves = [row[1] for row in part.rows if row[1] is not None]
        with self._database.read() as connection:
            origin = ledger.origin(connection, kind.log) or ""
        manifest = Manifest(
            kind=kind.name,
            origin=origin,
            room=room,
            hour=hour,
            first=first,
            last=last,
            count=len(part.rows),
            leaves=Leaves(
                first=leaves[0] if leaves else None,
                last=leaves[-1] if leaves else None,
            ),
            name=name_of(kind.name, room, hour, first, last, digest),
            sha256=digest,
            size=len(data),
        )
        put(self._database, self._depot, manifest, data, held=held, at=now)
        self.written += 1

    def _packed(self, session: parquet.Session, part: Part) -> bytes:
        self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as folder:
            path = Path(folder, "part.parquet")
            session.write(part.rows, path)
            return path.read_bytes()


def put(
    database: Connections, depot: Depot, manifest: Manifest, data: bytes, *, held: bool, at: int
) -> int:
    """Puts a file and then its manifest in their places, and notes both; the file's number.

    Raises:
        DepotError: one of them could not be put: then nothing is noted.
    """
    version = depot.put(manifest.name, data, held=held)
    beside = depot.put(manifest_name(manifest.name), manifest.encode(), held=held)
    return database.write(lambda connection: index.add(connection, manifest, (version, beside), at))
