"""What a part of the stream costs: processor time, in one run with the whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from monitor.evidence import ledger
from monitor.pipeline.log import Entry
from monitor.runtime import Runtime
from tests.monitor.build import BASE_MS
from tests.patience import PATIENCE_S

__all__ = ["spent_in_log", "stream"]


def spent_in_log(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that each append to the Merkle log of events takes from now on."""
    spent: list[float] = []
    real = ledger.append_events

    def timed(connection: Any, first: int, arrived: int, records: Sequence[bytes]) -> None:
        began = time.thread_time()
        real(connection, first, arrived, records)
        spent.append(time.thread_time() - began)

    monkeypatch.setattr(ledger, "append_events", timed)
    return spent


def stream(runtime: Runtime, entries: Sequence[Entry], batch: int) -> float:
    """Seconds for all of it, from the append to the committed alert, so many entries at a time."""
    began = time.process_time()
    for start in range(0, len(entries), batch):
        some = entries[start : start + batch]
        runtime.log.append(some, source="test", now=BASE_MS + start).result(PATIENCE_S)
        while runtime.worker.round():
            pass
    return time.process_time() - began
