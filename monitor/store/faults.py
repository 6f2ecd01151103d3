"""What storage could not read or write while it was in use, in words for whoever runs the monitor."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.store.integrity import Damage, Examination, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Faults"]

log = logger()

#: For how long a failed read or write of the disk is told, s.
TELLING_S = 3_600
#: Between two looks through the whole file, s.
LOOKS_S = 600

_KINDS = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "unreadable",
    sqlite3.SQLITE_FULL: "full",
}


class Faults:
    """The faults of one database since it was opened. Its methods may be called from any thread."""

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            path: of a SQLite file, which is looked through when damage is met; else ``None``.
            clock: s, from any beginning.
        """
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._damages: dict[str, Damage] = {}
        self._looking = False
        self._looked: float | None = None
        """When the last look through the file began."""
        self._latest: dict[str, float] = {}
        """When each kind was met for the last time; not those that a look has refuted."""
        self.counts: Counter[str] = Counter()
        """Faults by kind: `damaged`, `unreadable`, `full`."""

    @property
    def damaged(self) -> list[str]:
        """Names of the tables that cannot be read as a whole."""
        with self._lock:
            return sorted(self._damages)

    @property
    def problems(self) -> list[str]:
        """What is wrong, a sentence each."""
        with self._lock:
            told = [f"damaged table {damage}" for damage in self._damages.values()]
            if "damaged" in self._latest and not told:
                told.append(
                    "the database is damaged where it was read: `livewatch db check` says where"
                )
            failed = self._latest.get("unreadable")
            if failed is not None and self._clock() - failed < TELLING_S:
                told.append(f"the disk failed {self.counts['unreadable']} times")
            # A fault that was met since the last look waits for the next one.
            self._look_if_due()
            return told

    def found(self, examination: Examination) -> None:
        """Takes what an examination found."""
        with self._lock:
            self._damages |= {damage.table: damage for damage in examination.damages}
        for damage in examination.damages:
            log.error(
                "database_damaged",
                table=damage.table,
                faults=damage.faults,
                advice="stop the monitor and put back a backup: livewatch db restore",
            )

    def notice(self, error: BaseException) -> None:
        """Takes an error of the database; those that are no fault of the storage are passed over."""
        cause = getattr(error, "orig", None) or error
        code = getattr(cause, "sqlite_errorcode", None)
        kind = _KINDS.get(code & 0xFF) if code is not None else None
        if kind is None:
            return
        with self._lock:
            self.counts[kind] += 1
            self._latest[kind] = self._clock()
            first = self.counts[kind] == 1
            self._look_if_due()
        if first:
            log.error("storage_fault", kind=kind, error=str(cause))

    def _look_if_due(self) -> None:
        """Starts a look through the file where damage was met and nobody knows where."""
        if "damaged" not in self._latest or self._path is None or self._damages or self._looking:
            return
        now = self._clock()
        if self._looked is not None and now - self._looked < LOOKS_S:
            return
        self._looking, self._looked = True, now
        # SQLite names no page: the tables are looked through beside.
        threading.Thread(target=self._look, name="livewatch-examine", daemon=True).start()

    def _look(self) -> None:
        assert self._path is not None  # noqa: S101 - asked before the thread was started
        began = self._clock()
        try:
            examination = examine(self._path)
        except sqlite3.Error as error:
            log.error("database_unreadable", error=str(error))  # noqa: TRY400 - its words are all
        else:
            self.found(examination)
            with self._lock:
                if not self._damages and self._latest["damaged"] <= began:
                    # A passing fault of the disk: all that lies there can be read.
                    del self._latest["damaged"]
                    log.warning("database_found_whole", tables=len(examination.tables))
        finally:
            with self._lock:
                self._looking = False
