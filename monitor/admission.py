"""Back-pressure: may more events come in now?"""

from __future__ import annotations

import math
import shutil
import time
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.errors import Overloaded

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config import Ingest
    from monitor.pipeline.log import EventLog
    from monitor.pipeline.worker import Worker

__all__ = ["Admission"]

log = logger()

#: Events a second that evaluation surely manages; only for the advice when to come back.
SURE_RATE = 5_000
#: How long an answer about free space is believed, s.
DISK_FOR_S = 1.0


class Admission:
    """Says no before memory, disk or patience run out."""

    def __init__(self, events: EventLog, worker: Worker, settings: Ingest, data_dir: Path) -> None:
        self._log = events
        self._worker = worker
        self._settings = settings
        self._data_dir = data_dir
        self._free_bytes = 0
        self._looked = -math.inf
        self._short = False

    def check(self) -> None:
        """Passes, or says when to come back.

        Raises:
            Overloaded: with the reason.
        """
        lag = self._worker.lag_events
        if lag > self._settings.max_lag_events:
            excess = lag - self._settings.max_lag_events
            wait_s = min(30, 1 + excess // SURE_RATE)
            raise Overloaded(f"{lag} events wait for evaluation", wait_s, "lag")
        if self._log.pending_bytes > self._settings.max_pending_bytes:
            raise Overloaded("the disk does not keep up", 1, "pending")
        if self.disk_is_short:
            raise Overloaded("the disk is nearly full", 60, "disk")

    @property
    def disk_is_short(self) -> bool:
        """Is there too little free space to take anything in? Changes are logged, once."""
        free, least = self.free_bytes(), self._settings.min_free_bytes
        short = free < least
        if short != self._short:
            self._short = short
            if short:
                log.error("disk_nearly_full", free_bytes=free, min_free_bytes=least)
            else:
                log.warning("disk_has_room_again", free_bytes=free)
        return short

    def free_bytes(self) -> int:
        """Free space where the data lies."""
        now = time.monotonic()
        if now - self._looked > DISK_FOR_S:
            self._free_bytes = shutil.disk_usage(self._data_dir).free
            self._looked = now
        return self._free_bytes
