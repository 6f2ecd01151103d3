"""What the Merkle log costs the stream: a share of the processor time of one run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config
from monitor.evidence import ledger
from monitor.pipeline.log import Entry
from monitor.runtime import Runtime
from tests.monitor.build import BASE_MS, chat
from tests.patience import PATIENCE_S

TEXTS = ["多少钱", "这个好看吗", "主播身上这件有几个色", "昨天买的还没发货", "有没有大码", "已下单"]


@pytest.mark.slow
@pytest.mark.parametrize("batch", [20, 500])
def test_the_log_takes_a_tenth_of_the_stream_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    spent = 0.0
    real = ledger.append_events

    def timed(connection: Any, first: int, arrived: int, records: Sequence[bytes]) -> None:
        nonlocal spent
        began = time.thread_time()
        real(connection, first, arrived, records)
        spent += time.thread_time() - began

    monkeypatch.setattr(ledger, "append_events", timed)
    events = [
        Entry(f"demo:{n % 10}", f"e{n}", chat(f"e{n}", n, TEXTS[n % len(TEXTS)], room=str(n % 10)))
        for n in range(4_000)
    ]
    runtime = Runtime(tmp_path / "data", Config())
    began = time.process_time()
    for start in range(0, len(events), batch):
        some = events[start : start + batch]
        runtime.log.append(some, source="test", now=BASE_MS + start).result(PATIENCE_S)
        while runtime.worker.round():
            pass
    whole = time.process_time() - began
    runtime.stop()
    print(f"{spent / len(events) * 1e6:.1f} of {whole / len(events) * 1e6:.1f} µs an event")
    assert 0 < spent < whole / 10
