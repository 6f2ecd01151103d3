"""Faults of storage as a real process meets them: a write-ahead file that is gone after a kill, a
damaged page, a disk that is nearly full, a copy taken while it serves."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from monitor.commands import db as command
from monitor.commands.exits import Exit
from tests.e2e.process import TOKEN, MonitorProcess
from tests.monitor.build import chat
from tests.monitor.store.test_storage import damage

pytestmark = [pytest.mark.slow]


def lines(turn: int, count: int = 400) -> list[bytes]:
    return [
        chat(f"{turn}-{n}", turn * 1_000 + n, room=f"{n % 9}", text="叫卖" * 100)
        for n in range(count)
    ]


def events_in(path: Path, name: str) -> bool:
    logged = path.read_text(encoding="utf-8").splitlines()
    return name in {json.loads(line)["event"] for line in logged if line.startswith("{")}


def test_a_kill_is_survived_and_a_write_ahead_file_that_is_gone_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    monitor = MonitorProcess(data)
    monitor.post(lines(1))
    monitor.kill()
    again = MonitorProcess(data)
    assert again.get("/healthz")["problems"] == []
    again.post(lines(2))
    again.kill()
    (data / "livewatch.db-wal").unlink()
    third = MonitorProcess(data)
    health = third.get("/healthz")
    assert health["status"] == "degraded"
    assert "write-ahead file" in health["problems"][0]
    assert third.metric("livewatch_storage_commits_missing") == 1
    # It goes on, and takes again what is sent again.
    assert third.post(lines(2))["accepted"] == 400
    assert third.stop() == 0
    assert events_in(tmp_path / "data.stderr", "commits_are_missing")
    for path in data.rglob("*"):
        owner_only = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == owner_only, path
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_damaged_page_is_named_and_a_backup_mends_it(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    monitor = MonitorProcess(data)
    monitor.post(lines(1, 800))
    assert command.backup(copy, data, None, None) is Exit.DONE
    monitor.stop()
    page = damage(data / "livewatch.db", "event_log")
    hurt = MonitorProcess(data)
    health = hurt.get("/healthz")
    assert health["status"] == "degraded"
    assert "event_log" in health["problems"][0]
    assert str(page) in health["problems"][0]
    assert hurt.metric("livewatch_storage_damaged_tables") == 1
    assert hurt.post(lines(2))["accepted"] == 400
    hurt.stop()
    assert command.restore(copy, data) is Exit.DONE
    whole = MonitorProcess(data)
    assert whole.get("/healthz")["status"] == "ok"
    assert whole.post(lines(1, 800))["accepted"] == 800
    whole.stop()


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    monitor = MonitorProcess(
        tmp_path / "data", environment={"LIVEWATCH__INGEST__MIN_FREE_BYTES": str(10**15)}
    )
    for _ in range(2):
        status, _ = monitor.request(
            "POST", "/api/v1/events", lines(1)[0], {"Authorization": f"Bearer {TOKEN}"}
        )
        assert status == 429
    health = monitor.get("/healthz")
    assert health["status"] == "degraded"
    assert "disk is nearly full" in health["problems"][0]
    refused = 'livewatch_http_requests_refused_total{reason="disk",status="429"}'
    assert monitor.metric(refused) == 2
    assert monitor.metric("livewatch_disk_free_bytes") > 0
    monitor.stop()
    said = (tmp_path / "data.stderr").read_text(encoding="utf-8")
    assert said.count("disk_nearly_full") == 1
