"""What the Merkle log costs the stream: a share of the processor time of one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import Config
from monitor.pipeline.log import Entry
from monitor.runtime import Runtime
from tests.monitor.build import chat
from tests.monitor.costs import spent_in_log, stream

TEXTS = ["多少钱", "这个好看吗", "主播身上这件有几个色", "昨天买的还没发货", "有没有大码", "已下单"]


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "count"), [(20, 1_000), (500, 2_500)])
def test_the_log_takes_a_tenth_of_the_stream_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, count: int
) -> None:
    appends = spent_in_log(monkeypatch)
    events = [
        Entry(f"demo:{n % 10}", f"e{n}", chat(f"e{n}", n, TEXTS[n % len(TEXTS)], room=str(n % 10)))
        for n in range(count)
    ]
    runtime = Runtime(tmp_path / "data", Config())
    whole, spent = stream(runtime, events, batch), sum(appends)
    runtime.stop()
    print(f"{spent / len(events) * 1e6:.1f} of {whole / len(events) * 1e6:.1f} µs an event")
    assert 0 < spent < whole / 10
