"""The second stage in the embedded runtime: one transaction with the rest, whatever is cut off."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from detectors.across.cluster import HEAD
from detectors.across.stage import FORGOTTEN_MS
from detectors.engine.engine import Engine
from detectors.pack.load import Rulebook
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import Pace, Worker
from monitor.store.rows import AlertRow
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS, entry
from tests.monitor.evening_of_rooms import (
    ACROSS,
    Conclusions,
    evening_of_rooms,
    uninterrupted,
)
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook()


class Monitor:
    """A worker by hand over a database that stays."""

    def __init__(self, path: Path, book: Rulebook, *, capacity: int = 1_000) -> None:
        self._path = path
        self._book = book
        self._capacity = capacity
        self.now = BASE_MS
        self.start()

    def start(self) -> None:
        self.store = Store.open(self._path)
        self.log = SqliteLog(self.store.database)
        self.worker = Worker(
            Engine(self._book, lateness_ms=2_000),
            self.log,
            self.store,
            pace=Pace(batch_events=50, grace_ms=0),
            capacity=self._capacity,
            clock=lambda: self.now,
        )

    def restart(self) -> None:
        """As after a kill: nothing is said to the old worker."""
        self.store.close()
        self.start()

    def send(self, lines: list[bytes]) -> None:
        self.log.append([entry(data) for data in lines], source="test", now=self.now).result(
            PATIENCE_S
        )

    def rows(self) -> list[AlertRow]:
        return self.store.list_alerts(limit=500).items

    def concluded(self) -> Conclusions:
        return {
            row.alert.id: (row.alert.level, row.alert.hits, row.alert.last_at)
            for row in self.rows()
        }

    def across(self) -> list[AlertRow]:
        return [row for row in self.rows() if row.alert.rule in ACROSS]


@pytest.fixture
def monitor(tmp_path: Path, book: Rulebook) -> Iterator[Monitor]:
    made = Monitor(tmp_path / "livewatch.db", book)
    yield made
    made.store.close()


@pytest.mark.slow
def test_restarts_between_any_two_batches_change_no_id_level_or_count(
    tmp_path: Path, book: Rulebook
) -> None:
    lines = evening_of_rooms(12, seed=1)
    # One room and one cluster in memory: every other is read again from where it was written.
    monitor = Monitor(tmp_path / "livewatch.db", book, capacity=1)
    monitor.send(lines)
    choose = random.Random(1)
    while monitor.worker.round():
        if choose.random() < 0.5:
            monitor.restart()
    assert monitor.concluded() == uninterrupted(book, lines)
    assert {row.alert.rule for row in monitor.across()} == ACROSS
    assert monitor.store.dead_letters() == []
    monitor.store.close()


@pytest.mark.slow
def test_a_commit_that_fails_leaves_nothing_of_the_second_stage(
    monitor: Monitor, book: Rulebook
) -> None:
    lines = evening_of_rooms(9, seed=2, chats=5)
    monitor.send(lines)
    write = monitor.store.commit
    fail = iter([True, False] * 1_000)

    def commit(outcome, now):  # type: ignore[no-untyped-def]
        if next(fail):
            raise OSError("disk full")
        return write(outcome, now)

    monitor.store.commit = commit  # type: ignore[method-assign]
    rounds = 0
    while monitor.worker.lag_events:
        rounds += 1
        try:
            monitor.worker.round()
        except OSError:
            monitor.worker._recover()
    assert rounds > 4
    assert monitor.concluded() == uninterrupted(book, lines)


@pytest.mark.slow
def test_the_alert_names_the_rooms_and_their_own_alerts_are_there(monitor: Monitor) -> None:
    monitor.send(evening_of_rooms(8, seed=3, chats=2))
    while monitor.worker.round():
        pass
    script = next(row.alert for row in monitor.across() if row.alert.rule == "shared-script")
    assert len(script.evidence.rooms) == script.hits == 6
    for one in script.evidence.rooms:
        own = monitor.store.get_alert(one.alert)
        assert own is not None
        assert (own.alert.platform, own.alert.room) == (one.platform, one.room)


@pytest.mark.slow
def test_clusters_of_no_use_are_forgotten_and_begin_anew(monitor: Monitor) -> None:
    lines = evening_of_rooms(8, seed=4, chats=2)
    monitor.send(lines)
    while monitor.worker.round():
        pass
    key = _keys(monitor)[0]
    monitor.now += FORGOTTEN_MS - 1
    assert monitor.store.forget_clusters(monitor.now - FORGOTTEN_MS) == 0
    monitor.now += 86_400_000
    assert monitor.store.forget_clusters(monitor.now - FORGOTTEN_MS) >= 3
    assert monitor.store.load_cluster(key) is None
    assert monitor.store.load_room("demo", "r00") is not None  # rooms stay


@pytest.mark.slow
def test_a_cluster_that_cannot_be_read_begins_anew_and_says_so(monitor: Monitor) -> None:
    lines = evening_of_rooms(10, seed=5, chats=2)
    half = len(lines) // 2
    monitor.send(lines[:half])
    while monitor.worker.round():
        pass
    key = _keys(monitor)[0]
    broken = "UPDATE room_parts SET data = x'00' WHERE room = ? AND part = ?"
    monitor.store.database.write(
        lambda connection: connection.exec_driver_sql(broken, (key, HEAD)).rowcount
    )
    monitor.restart()
    monitor.send(lines[half:])
    with structlog.testing.capture_logs():
        while monitor.worker.round():
            pass
    (letter,) = monitor.store.dead_letters()
    assert letter.source == key
    assert "starts anew" in letter.reason


def _keys(monitor: Monitor) -> list[str]:
    with monitor.store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT room FROM room_parts WHERE part = ?", (HEAD,))
        return [row.room for row in rows]
