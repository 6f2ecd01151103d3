"""Writes the archive: each hour that is over, room by room, before the log may let go of it.

A file counts once it is whole in its place *and* noted in the index, so that a kill, a full disk
or a store that is away costs nothing but time: what is not noted is written again. Names follow
from what the files hold, so what was put and not noted is found there and not put twice.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from connectors.logger import logger
from monitor.archive import forgetting, holds, index, parquet, purge
from monitor.archive.depot import put_both
from monitor.archive.manifest import Leaves, Manifest, name_of
from monitor.archive.window import KINDS, TableSupply, due_at
from monitor.errors import LivewatchError
from monitor.evidence import ledger, lost
from monitor.store import numbering
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.archive.forgetting import Forgetting
    from monitor.archive.parquet import Stored
    from monitor.archive.window import Supply, Window
    from monitor.config import Archive
    from monitor.evidence.keeper import Keeper
    from monitor.metrics import Metrics
    from monitor.store.database import Connections

__all__ = ["ArchiveState", "Archiver"]

log = logger()

#: From one look to the next, s.
PACE_S = 5.0
#: Pauses after failures in a row, s.
BACKOFF_S = (5, 10, 30, 60, 120, 300)
#: From one purge to the next, ms.
PURGE_MS = 86_400_000
#: Files that are noted together; after a kill as many are made and looked for again.
NOTED = 50
#: Whoever writes the archive of a database that several desks share: "livearch" in ASCII.
LOCK = 0x6C69766561726368


class ArchiveState(Struct, frozen=True, kw_only=True):
    """How the archive does."""

    behind_ms: int
    """For how long the oldest record that could be in the archive has waited for it."""
    problem: str | None
    """What keeps it from being written; ``None``: nothing does."""
    failures: int
    """In a row."""
    totals: Sequence[index.Totals]


class _Placed(NamedTuple):
    """A file that is in its place, with its manifest, and not noted yet."""

    manifest: Manifest
    versions: tuple[str, str]
    changed: list[int]
    """Positions of records out of which a viewer was taken."""


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
        supplies: Callable[[], Sequence[Supply]] | None = None,
    ) -> None:
        """
        Args:
            work: folder for the file that is being made; what lies in it is ours to clear.
            supplies: the logs whose hours it writes; by default those of the database itself.
        """
        tables = [TableSupply(database, kind) for kind in KINDS]
        self._supplies: Callable[[], Sequence[Supply]] = supplies or (lambda: tables)
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
        self._forgot_at: tuple[list[int], set[str], int] | None = None
        """Viewers who could not be taken out yet, and what they wait for, as it was then."""
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
            waiting = [supply.oldest(connection) for supply in self._supplies()]
            totals = index.totals(connection)
        behind = [now - due_at(arrived) for arrived in waiting if arrived is not None]
        return ArchiveState(
            behind_ms=max(0, *behind) if behind else 0,
            problem=self.problem,
            failures=self._failures,
            totals=totals,
        )

    def measure(self, metrics: Metrics) -> None:
        """Sets what the metrics say of the archive."""
        state = self.state()
        metrics.archive_behind.set(state.behind_ms / 1_000)
        for each in state.totals:
            metrics.archive_files.labels(each.kind).set(each.files)
            metrics.archive_bytes.labels(each.kind).set(each.size)
            metrics.archive_locked.labels(each.kind).set(each.refused)

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
            with self._database.alone(LOCK) as mine:
                if mine:
                    self._do(now)
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

    def _do(self, now: int) -> None:
        self.round(now)
        self._forget(now)
        if now - self._purged_at >= PURGE_MS:
            self._purged_at = now
            forgetting.drop_replaced(self._database, self._depot, again=True)
            purge.by_policy(self._database, self._depot, self._settings, self._keeper, now)

    def _forget(self, now: int) -> None:
        """Goes on taking out viewers; those that wait for a hold or for Kafka are looked at again
        when that may have changed."""
        jobs, at = self._to_forget()
        if at == self._forgot_at:
            return
        if jobs:
            forgetting.carry_out(self._database, self._depot, jobs, now, self._stopping)
        _, self._forgot_at = self._to_forget()

    def _to_forget(self) -> tuple[list[Forgetting], tuple[list[int], set[str], int] | None]:
        """Viewers who are to be taken out; with what may keep them waiting, where there are any."""
        with self._database.read() as connection:
            jobs = forgetting.open_jobs(connection)
            if not jobs:
                return [], None
            numbers = [job.number for job in jobs]
            return jobs, (numbers, holds.held_rooms(connection), index.number_of(connection))

    def round(self, now: int) -> int:
        """Writes every hour that is over; how many files.

        Raises:
            DepotError: the place of the archive cannot be used now.
            OSError: the disk is full.
        """
        before = self.written
        with parquet.Session(self._work) as session:
            for supply in self._supplies():
                while not self._stopping.is_set():
                    window = supply.next_window(now)
                    if window is None or not self._write_all(session, supply, window, now):
                        break
        return self.written - before

    def _write_all(
        self, session: parquet.Session, supply: Supply, window: Window, now: int
    ) -> bool:
        """Writes a window; ``False``: it was stopped in between."""
        with self._database.read() as connection:
            held = holds.held_rooms(connection)
            origin = ledger.origin(connection, supply.log) or ""
            jobs = forgetting.open_jobs(connection)
        before = self.written
        self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        placed: list[_Placed] = []
        try:
            for room, rows in supply.parts(window):
                if self._stopping.is_set():
                    return False
                # Of a log that cannot be changed itself: it never comes into a file that is locked.
                changed = [] if room in held else forgetting.taken_out(jobs, supply.kind, rows)
                data = session.packed(rows)
                manifest = _manifest(supply.kind, origin, room, window.hour, rows, data)
                versions = put_both(self._depot, manifest, data, held=room in held)
                placed.append(_Placed(manifest, versions, changed))
                if len(placed) == NOTED:
                    self._note(placed, now, jobs)
            finish = partial(_finish, supply=supply, window=window, now=now)
            self._note(placed, now, jobs, finish)
        finally:
            # Also where the next one could not be put: what is noted is not written again.
            if placed:
                self._note(placed, now, jobs)
        if window.unreadable:
            log.error(
                "archive_lacks_records", log=supply.log, hour=window.hour,
                unreadable=window.unreadable,
            )  # fmt: skip
        log.info("hour_archived", log=supply.log, hour=window.hour, files=self.written - before)
        return True

    def _note(
        self, placed: list[_Placed], now: int, jobs: Sequence[Forgetting],
        then: Callable[[Connection], None] | None = None,
    ) -> None:  # fmt: skip
        """Notes files that are in their places, in one transaction: one a file costs as much as the
        file."""

        def job(connection: Connection) -> None:
            for one in placed:
                index.add(connection, one.manifest, one.versions, now)
                if one.changed:
                    forgetting.note(
                        connection, MONITOR, one.manifest.log, one.changed, now,
                        file=one.manifest.name,
                    )  # fmt: skip
            if placed:
                forgetting.remember(connection, jobs, placed[0].manifest.hour)
            if then is not None:
                then(connection)

        self._database.write(job)
        self.written += len(placed)
        placed.clear()


def _finish(connection: Connection, supply: Supply, window: Window, now: int) -> None:
    supply.finish(connection, window)
    if window.unreadable:
        lost.note(
            connection,
            lost.Lost(
                log=supply.log, why=supply.lost, first=window.begins, last=window.last,
                records=window.unreadable, hour=window.hour, noted=now,
            ),
        )  # fmt: skip


def _manifest(
    kind: str, origin: str, room: str, hour: int, rows: Sequence[Stored], data: bytes
) -> Manifest:
    digest = hashlib.sha256(data).hexdigest()
    first, last = rows[0][0], rows[-1][0]
    leaves = [row[1] for row in rows if row[1] is not None]
    return Manifest(
        kind=kind,
        origin=origin,
        room=room,
        hour=hour,
        first=first,
        last=last,
        count=len(rows),
        leaves=Leaves(
            first=leaves[0] if leaves else None,
            last=leaves[-1] if leaves else None,
        ),
        name=name_of(kind, room, hour, first, last, digest),
        sha256=digest,
        size=len(data),
    )
