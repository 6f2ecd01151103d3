"""Takes out of the store what has had its time, and tells how much there is.

By age: alerts that nobody handled, by level; dead letters; screenshots and clips; and what was kept
for alerts that are gone. The log and the states of rooms have their own ways (`monitor.pipeline`).
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from connectors.logger import logger
from detectors.calendar import DAY_MS, HOUR_MS
from monitor.evidence import kept_rules
from monitor.evidence.holding import release
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.alerts import Level
    from monitor.config import Config
    from monitor.evidence.captures import Captures
    from monitor.metrics import Metrics
    from monitor.store.store import Store
    from monitor.upkeep import Upkeep

__all__ = ["REMAINS_MS", "Sweeper"]

log = logger()

#: Alerts of one transaction, so that others can write in between.
CHUNK = 500
#: From one measurement of the store to the next, ms; it reads through the tables.
MEASURE_MS = 300_000
#: For how long it is known of a forgotten room that it had events, by their own time.
REMAINS_MS = 400 * DAY_MS


class Sweeper:
    """Sees to one store; every call blocks."""

    def __init__(
        self, store: Store, captures: Captures, config: Config, metrics: Metrics, upkeep: Upkeep
    ) -> None:
        """
        Args:
            upkeep: takes note of what fails.
        """
        self._store = store
        self._captures = captures
        self._config = config
        self._metrics = metrics
        self._upkeep = upkeep
        self._taken: Counter[str] = Counter()
        """What was taken out, by kind, and custody does not know yet."""

    def sweep(self, now: int, rules: str) -> None:
        """Takes out what is too old, once an hour (letters each five minutes), each kind by itself.

        Args:
            now: wall clock, ms.
            rules: the digest of the rules that are at work (`Rulebook.digest`).
        """
        kept, do = self._config.retention, partial(self._upkeep.do, now=now)
        do("the store is not measured", self._measure, every_ms=MEASURE_MS)
        do(
            "old leads and alerts that are watched are not taken out",
            lambda: self._forget_alerts(now, kept.alerts_days, ("lead", "watch")),
            every_ms=HOUR_MS,
        )
        do(
            "old alerts of level info are not taken out",
            lambda: self._forget_alerts(now, kept.info_days, ("info",)),
            every_ms=HOUR_MS,
        )
        do(
            "old dead letters are not taken out",
            lambda: self._forget_letters(now, kept.letters_days, kept.letters_bytes),
            # Who sends nothing but bad lines writes as fast as he can send.
            every_ms=MEASURE_MS,
        )
        do(
            "held records that no alert is there for are not let go of",
            lambda: release(self._store),
            every_ms=HOUR_MS,
        )
        do(
            "rules that nothing names any more are not let go of",
            lambda: kept_rules.release(self._store.database, rules, now),
            every_ms=HOUR_MS,
        )
        do(
            "old screenshots and clips are not taken out",
            lambda: self._captures.sweep(self._config.evidence.captures_days),
            every_ms=HOUR_MS,
        )
        do("custody is not told what was taken out", lambda: self._tell(now))

    def _measure(self) -> None:
        for size in self._store.sizes():
            self._metrics.stored_rows.labels(size.kind).set(size.rows)
            self._metrics.stored_bytes.labels(size.kind).set(size.size)

    def _forget_alerts(self, now: int, days: float, levels: Sequence[Level]) -> None:
        before = now - int(days * DAY_MS)
        count = CHUNK
        while count == CHUNK:
            count = self._store.forget_alerts(before, levels, CHUNK)
            self._taken["alerts"] += count

    def _forget_letters(self, now: int, days: float, most: int) -> None:
        self._taken["letters"] += self._store.forget_letters(now - int(days * DAY_MS), most)

    def _tell(self, now: int) -> None:
        if not any(self._taken.values()):
            return
        detail = {kind: self._taken[kind] for kind in ("alerts", "letters")}
        log.info("store_swept", **detail)
        self._store.note_custody("purged", who=MONITOR, at=now, why="retention", detail=detail)
        self._taken.clear()
