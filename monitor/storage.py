"""The files of a data directory: who may read them, whether they are sound, complete and have room.

What is wrong is told where somebody looks: in a log line when it is found, in `GET /healthz`, whose
status is then `degraded`, and in the metrics.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.store.integrity import Examination, examine
from monitor.store.marker import Mark, Marker, missing_of
from monitor.store.permissions import tighten

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.metrics import Metrics
    from monitor.store.database import Database

__all__ = ["EXAMINE_S", "Storage"]

log = logger()

#: How long the database is looked through at a start, s: some gigabytes of a local disk. The rest
#: of a larger one is not looked at then; `livewatch db check` looks at all of it.
EXAMINE_S = 5.0


class Storage:
    """What is known of the files under one data directory."""

    def __init__(self, folder: Path, database: Path, metrics: Metrics) -> None:
        """Looks at the files before the database is opened; nothing is written but permissions."""
        self._path = database
        self._metrics = metrics
        self._marker = Marker(database)
        self._missing: str | None = None
        self._database: Database | None = None
        self._counted: dict[str, int] = {}
        tighten(folder)
        self._examination = _examine(database)

    def opened(self, database: Database, *, head: int = 0, position: int = 0, seq: int = 0) -> None:
        """The database is open: compares it with what was noted, and notes from now on."""
        self._database = database
        if self._examination is not None:
            database.faults.found(self._examination)
        self._missing = missing_of(self._marker.read(), Mark(head, position, seq))
        if self._missing is not None:
            log.error(
                "commits_are_missing",
                missing=self._missing,
                advice="put the files back and start again, or go on without: senders may send"
                " again what they still have",
            )
        try:
            self._marker.open(Mark(head, position, seq))
        except OSError as error:
            log.warning("marker_not_written", path=str(self._marker.path), error=error.strerror)

    def note(self, *, head: int = 0, position: int = 0, seq: int = 0) -> None:
        """A commit is durable."""
        self._marker.note(head=head, position=position, seq=seq)

    def sync(self) -> None:
        """Brings what was noted to the disk; blocks."""
        self._marker.sync()

    def close(self) -> None:
        """The database is closed."""
        self._marker.close()

    @property
    def problems(self) -> list[str]:
        """What is wrong, a sentence each."""
        told = [] if self._missing is None else [self._missing]
        return told + (self._database.faults.problems if self._database is not None else [])

    @property
    def unseen(self) -> list[str]:
        """Tables that were not looked through at the start: there was no time."""
        return self._examination.unseen if self._examination is not None else []

    def refresh_metrics(self) -> None:
        """Sets the series."""
        metrics = self._metrics
        metrics.commits_missing.set(1 if self._missing is not None else 0)
        if self._database is None:
            return
        faults = self._database.faults
        metrics.damaged_tables.set(len(faults.damaged))
        for kind, count in faults.counts.items():
            metrics.storage_faults.labels(kind).inc(count - self._counted.get(kind, 0))
            self._counted[kind] = count


def _examine(path: Path) -> Examination | None:
    """What a look at the database finds in some seconds; ``None``: there is none, or it cannot even
    be opened, which is told by whoever opens it."""
    if not path.exists():
        return None
    try:
        found = examine(path, limit_s=EXAMINE_S)
    except sqlite3.Error:
        return None
    tell = log.warning if found.unseen else log.info
    tell(
        "database_examined",
        tables=len(found.tables),
        damaged=[damage.table for damage in found.damages],
        unseen=found.unseen,
        seconds=round(found.seconds, 1),
        **({"advice": "livewatch db check looks at all of it"} if found.unseen else {}),
    )
    return found
