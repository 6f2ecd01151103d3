"""The board of workers on Kafka: every query gives something at a Prometheus that scrapes a worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from monitor.config import Config
from monitor.pipeline.worker import wall_clock_ms
from tests.deploy.test_prometheus import boards
from tests.deploy.tools import free_port, program
from tests.e2e.alerting import Watchers, wait_for
from tests.monitor.build import BASE_MS, chat, speech
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import WorkerProcess, messages, send

pytestmark = [pytest.mark.kafka]


def test_every_query_of_the_board_has_data(make: Callable[..., Config], tmp_path: Path) -> None:
    program("prometheus", package="prometheus")
    config = make(partitions=2)
    worker = WorkerProcess(written(config, tmp_path), tmp_path / "worker.log", anew=True)
    pager = cast("Any", SimpleNamespace(url=f"http://127.0.0.1:{free_port()}"))
    watchers = Watchers(
        tmp_path / "watchers",
        [urlsplit(worker.url).netloc],
        pager,
        alertmanager=f"http://127.0.0.1:{free_port()}",
    )
    try:
        now = (wall_clock_ms() - BASE_MS) / 1_000
        lines = [
            one
            for number in range(20)
            for one in (
                chat(f"c{number}", now + number, room=str(number)),
                speech(f"s{number}", now + number, "全网最低价", room=str(number)),
            )
        ]
        send(config, messages(config, lines))
        wait_for(worker.is_done, "the worker does not come to an end")
        kafka = next(board for board in boards.BOARDS if board.name == "kafka")
        for panel in kafka.panels:
            for query in panel.queries:
                promql = query.asked("1m")
                wait_for(
                    lambda promql=promql: watchers.query(promql),
                    f"{panel.title}: {promql} has no data",
                )
        # Not all of it stands at nothing.
        for promql in ("sum(livewatch_state_rooms)", "sum(livewatch_state_bytes)"):
            [found] = watchers.query(promql)
            assert float(found["value"][1]) > 0, promql
    finally:
        watchers.close()
        worker.stop()
