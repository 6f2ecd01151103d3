"""Texts made to take long do not keep a real monitor from answering, from other rooms, or from ending."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.copies import SHIPPED
from tests.e2e.process import MonitorProcess
from tests.monitor.build import chat, line, speech
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow  # several starts of a monitor

LONGEST = 20_000
#: What froze it once: each of these took some expression minutes.
HOSTILE = (
    "用户满意都说%认可表示反馈", "7", "一", " ", "我没用过推荐", "百分之一一大半",
    "高血压吃了就好不用吃药", "加薇信最底佳", "投零万", "比那个",
)  # fmt: skip


POSITION = "SELECT value FROM counters WHERE name = 'position'"


def position(data: Path, query: str) -> int:
    """A number of the database, as it is on disk."""
    with contextlib.closing(sqlite3.connect(data / "livewatch.db", timeout=PATIENCE_S)) as database:
        return int(database.execute(query).fetchone()[0])


def served(data: Path) -> MonitorProcess:
    return MonitorProcess(data, module=SHIPPED)


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[MonitorProcess]:
    started = served(tmp_path / "data")
    yield started
    if started.process.poll() is None:
        started.kill()


# 20 s of processor time. `make test` looks for such texts in each expression (test_expressions.py).
@pytest.mark.slow(34)
@pytest.mark.whole
def test_a_monitor_answers_evaluates_and_ends_whatever_it_reads(
    monitor: MonitorProcess, tmp_path: Path
) -> None:
    hostile = [(word * LONGEST)[:LONGEST] for word in HOSTILE]
    monitor.post(
        [
            speech(f"h{index}", index, text, room=f"hostile-{index % 4}")
            for index, text in enumerate(hostile)
        ]
        # A quarter of one is long for a viewer, too; all ten whole take a loaded machine minutes.
        + [
            chat(f"v{index}", index, text[: LONGEST // 4], room="viewers")
            for index, text in enumerate(hostile)
        ],
    )
    monitor.post(
        [
            line(
                "product", "card", -5, sku="A", title="苦荞茶", category="food", status="explaining"
            ),
            speech("claim", 0, "这款吃了能治好糖尿病", sku="A"),
            chat("later", 300, "。"),
        ],
    )

    # It answers, and says how much waits, again and again while it reads them.
    busy = list[int]()
    deadline = time.monotonic() + PATIENCE_S
    while True:
        health = monitor.get("/healthz")
        assert health["status"] == "ok"
        if health["lag_events"]:
            busy.append(health["lag_events"])
        found = monitor.get("/api/v1/alerts")["items"]
        if any(alert["rule"] == "medical-claim" and alert["room"] == "1" for alert in found):
            break
        assert time.monotonic() < deadline, "no alert of the other room"
        time.sleep(0.05)
    assert len(busy) >= 5
    assert busy == sorted(busy, reverse=True)
    assert len(set(busy)) >= 3

    # It is asked to end with most of these before it.
    head = position(tmp_path / "data", "SELECT max(position) FROM event_log")
    more = hostile * 10
    monitor.post(
        [speech(f"g{index}", 400 + index, text, room="more") for index, text in enumerate(more)],
    )
    while (before := position(tmp_path / "data", POSITION)) <= head:
        time.sleep(0.05)
    assert monitor.stop(signal.SIGTERM) == 0
    after = position(tmp_path / "data", POSITION)
    assert head < before <= after < head + len(more)

    # What was read is committed: it is not read again.
    again = served(tmp_path / "data")
    try:
        assert again.get("/healthz")["lag_events"] <= head + len(more) - after
    finally:
        assert again.stop(signal.SIGTERM) == 0
