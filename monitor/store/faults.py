"""What storage could not read or write while it was in use, in words for whoever runs the monitor."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.store.integrity import Damage, Examination, examine

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Faults"]

log = logger()

_KINDS = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "unreadable",
    sqlite3.SQLITE_FULL: "full",
}


class Faults:
    """The faults of one database since it was opened. Its methods may be called from any thread."""

    def __init__(self, path: Path | None) -> None:
        """
        Args:
            path: of a SQLite file, which is looked through when damage is met; else ``None``.
        """
        self._path = path
        self._lock = threading.Lock()
        self._damages: dict[str, Damage] = {}
        self._looking = False
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
            if self.counts["damaged"] and not told:
                told.append(
                    "the database is damaged where it was read: `livewatch db check` says where"
                )
            if self.counts["unreadable"]:
                told.append(f"the disk failed {self.counts['unreadable']} times")
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
            first = self.counts[kind] == 1
            look = kind == "damaged" and self._path is not None and not self._looking
            self._looking = self._looking or look
        if first:
            log.error("storage_fault", kind=kind, error=str(cause))
        if look:
            # SQLite names no page: the tables are looked through beside, once.
            threading.Thread(target=self._look, name="livewatch-examine", daemon=True).start()

    def _look(self) -> None:
        assert self._path is not None  # noqa: S101 - asked before the thread was started
        try:
            self.found(examine(self._path))
        except sqlite3.Error as error:
            log.error("database_unreadable", error=str(error))  # noqa: TRY400 - its words are all
