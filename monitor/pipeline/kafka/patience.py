"""A client of aiokafka that pauses while no broker answers.

aiokafka asks for the cluster's metadata again as soon as an attempt has failed: without a pause
worth the name it wrote 100,000 lines of log in 15 s. Here a failed attempt takes a while, and the
same complaint is logged once in some seconds.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import Any

__all__ = ["LogLimit", "be_patient", "limit_logs"]

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


def be_patient(client: Any) -> None:
    """Makes a failed update of the metadata take longer, twice as long each time."""
    update = client._metadata_update
    pause_s = FIRST_PAUSE_S

    async def patient(cluster: Any, topics: Any) -> bool:
        nonlocal pause_s
        updated: bool = await update(cluster, topics)
        if updated:
            pause_s = FIRST_PAUSE_S
        else:
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311  no secret
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        return updated

    client._metadata_update = patient


class LogLimit(logging.Filter):
    """Lets a message of one place in the code through once in a while."""

    def __init__(self, interval_s: float = 10.0) -> None:
        super().__init__()
        self._interval_s = interval_s
        self._last: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Was this said long enough ago?"""
        place = (record.pathname, record.lineno)
        now = time.monotonic()
        if now - self._last.get(place, -self._interval_s) < self._interval_s:
            return False
        self._last[place] = now
        return True


def limit_logs() -> None:
    """Limits what the libraries below us say; call it after logging is configured."""
    limit = LogLimit()
    for handler in logging.getLogger().handlers:
        handler.addFilter(limit)
