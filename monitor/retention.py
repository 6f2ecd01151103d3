"""Takes out of the store what has had its time, and tells how much there is.

By age: alerts that nobody handled, by level; dead letters; what is left of forgotten rooms. The log
and the states of rooms have their own ways (`monitor.pipeline`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from detectors.calendar import DAY_MS, HOUR_MS
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.alerts import Level
    from monitor.config import Retention
    from monitor.metrics import Metrics
    from monitor.store.store import Store

__all__ = ["REMAINS_MS", "Sweeper"]

log = structlog.get_logger(__name__)

#: Alerts of one transaction, so that others can write in between.
CHUNK = 500
#: From one measurement of the store to the next, ms; it reads through the tables.
MEASURE_MS = 300_000
#: For how long it is known of a forgotten room that it had events, by their own time.
REMAINS_MS = 400 * DAY_MS


class Sweeper:
    """Sees to one store; every call blocks."""

    def __init__(self, store: Store, retention: Retention, metrics: Metrics) -> None:
        self._store = store
        self._retention = retention
        self._metrics = metrics
        self._swept = self._measured = 0

    def sweep(self, now: int) -> None:
        """Takes out what is too old, once an hour.

        Args:
            now: wall clock, ms.
        """
        if now - self._measured >= MEASURE_MS:
            self._measured = now
            for size in self._store.sizes():
                self._metrics.stored_rows.labels(size.kind).set(size.rows)
                self._metrics.stored_bytes.labels(size.kind).set(size.size)
        if now - self._swept < HOUR_MS:
            return
        self._swept = now
        kept = self._retention
        alerts = self._forget_alerts(now - int(kept.alerts_days * DAY_MS), ("lead", "watch"))
        infos = self._forget_alerts(now - int(kept.info_days * DAY_MS), ("info",))
        before = now - int(kept.letters_days * DAY_MS)
        letters = self._store.forget_letters(before, kept.letters_bytes)
        if alerts or infos or letters:
            log.info("store_swept", alerts=alerts, infos=infos, letters=letters)
            self._store.note_custody(
                "purged",
                who=MONITOR,
                at=now,
                why="retention",
                detail={"alerts": alerts + infos, "letters": letters},
            )

    def _forget_alerts(self, before: int, levels: Sequence[Level]) -> int:
        taken = 0
        while True:
            count = self._store.forget_alerts(before, levels, CHUNK)
            taken += count
            if count < CHUNK:
                return taken
