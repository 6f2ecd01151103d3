"""The contract of an event log, for every implementation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.pipeline import sqlite
from monitor.pipeline.log import Appended, Entry, EventLog, Retention
from monitor.pipeline.memory import MemoryLog
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.database import Database
from tests.patience import PATIENCE_S
from tests.whole import examples

HOUR_MS = 3_600_000
FOREVER = Retention(max_age_ms=10**15, max_bytes=10**15)


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
        return
    database = Database(tmp_path / "livewatch.db")
    yield SqliteLog(database)
    database.close()


def entries(*names: str, room: str = "demo:1", size: int = 2) -> list[Entry]:
    return [Entry(room, name, name.encode().ljust(size, b".")) for name in names]


def append(
    log: EventLog, *names: str, now: int = 0, room: str = "demo:1", size: int = 2
) -> Appended:
    return log.append(entries(*names, room=room, size=size), source="test", now=now).result(
        PATIENCE_S
    )


def names(log: EventLog, after: int = 0) -> list[str]:
    return [record.data.decode().rstrip(".") for record in log.read(after, 1_000)]


def test_an_empty_log(log: EventLog) -> None:
    assert (log.head, log.position, log.read(0, 10), log.pending_bytes) == (0, 0, [], 0)
    assert append(log) == Appended(0, 0, 0)


def test_records_come_back_in_the_order_of_their_append(log: EventLog) -> None:
    append(log, "a", "b", now=5)
    append(log, "c", now=9, room="demo:2")
    first, second, third = log.read(0, 10)
    assert (first.position, first.room, first.arrived, first.data) == (1, "demo:1", 5, b"a.")
    assert (second.position, third.position) == (2, 3)
    assert (third.room, third.arrived) == ("demo:2", 9)
    assert log.head == 3


def test_reading_goes_on_behind_a_position(log: EventLog) -> None:
    append(log, "a", "b", "c", "d")
    assert [record.position for record in log.read(1, 2)] == [2, 3]
    assert log.read(4, 10) == []


def test_an_event_that_comes_again_is_not_stored_again(log: EventLog) -> None:
    assert append(log, "a", "b").added == 2
    assert append(log, "b", "c", "c") == Appended(1, 2, 3)
    assert names(log) == ["a", "b", "c"]


def test_the_same_id_in_another_room_is_another_event(log: EventLog) -> None:
    append(log, "a")
    assert append(log, "a", room="demo:2").added == 1


def test_an_event_is_found_by_its_identity(log: EventLog) -> None:
    append(log, "a", "b")
    assert log.find("demo:1", "b") == b"b."
    assert log.find("demo:2", "b") is None


def test_the_position_only_grows(log: EventLog) -> None:
    append(log, "a", "b", "c")
    log.acknowledge(2)
    log.acknowledge(1)
    assert log.position == 2


def test_old_records_are_trimmed(log: EventLog) -> None:
    append(log, "a", now=0)
    append(log, "b", now=HOUR_MS)
    append(log, "c", now=2 * HOUR_MS)
    log.acknowledge(3)
    retention = Retention(max_age_ms=HOUR_MS, max_bytes=10**9)
    trimmed = log.trim(retention, now=2 * HOUR_MS)
    assert (trimmed.events, trimmed.remaining_bytes) == (1, 4)
    assert names(log) == ["b", "c"]


def test_the_log_is_trimmed_to_its_size(log: EventLog) -> None:
    append(log, "a", "b", "c", "d", size=100)
    log.acknowledge(4)
    trimmed = log.trim(Retention(max_age_ms=10**9, max_bytes=250), now=0)
    assert (trimmed.events, trimmed.remaining_bytes) == (2, 200)
    assert names(log) == ["c", "d"]


def test_what_was_not_evaluated_is_never_trimmed(log: EventLog) -> None:
    append(log, "a", "b", "c", now=0)
    log.acknowledge(1)
    nothing = Retention(max_age_ms=0, max_bytes=0)
    assert log.trim(nothing, now=HOUR_MS).events == 1
    assert names(log) == ["b", "c"]


def test_positions_are_never_given_twice(log: EventLog) -> None:
    append(log, "a", "b")
    log.acknowledge(2)
    log.trim(Retention(max_age_ms=0, max_bytes=0), now=HOUR_MS)
    assert names(log) == []
    assert log.head == 2
    append(log, "c")
    assert [record.position for record in log.read(0, 10)] == [3]


def test_what_was_trimmed_is_forgotten(log: EventLog) -> None:
    append(log, "a")
    log.acknowledge(1)
    log.trim(Retention(max_age_ms=0, max_bytes=0), now=HOUR_MS)
    assert append(log, "a").added == 1


def test_a_trim_of_many_records(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "TRIM_CHUNK", 7)
    for start in range(0, 40, 10):
        append(log, *(f"e{number}" for number in range(start, start + 10)), now=start, size=10)
    log.acknowledge(40)
    assert log.trim(Retention(max_age_ms=1_000, max_bytes=50), now=30).events == 35
    assert names(log) == ["e35", "e36", "e37", "e38", "e39"]


def test_duplicates_do_not_count_as_size(log: EventLog) -> None:
    append(log, "a", size=100)
    for _ in range(5):
        append(log, "a", size=100)
    append(log, "b", size=100)
    log.acknowledge(2)
    assert log.trim(Retention(max_age_ms=10**9, max_bytes=200), now=0).events == 0


def test_those_who_listen_are_called_after_the_append(log: EventLog) -> None:
    heard: list[int] = []
    log.listen(lambda: heard.append(len(log.read(0, 10))))
    append(log, "a", "b")
    log.acknowledge(0)  # SQLite's writer has called the listeners before it takes this
    assert heard == [2]


@pytest.mark.slow
@settings(
    max_examples=examples(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=8))
def test_any_appends_keep_each_event_once_in_order(log: EventLog, batches: list[list[int]]) -> None:
    seen = names(log)
    for batch in batches:
        append(log, *(f"e{number}" for number in batch))
        for number in batch:
            if f"e{number}" not in seen:
                seen.append(f"e{number}")
    assert names(log) == seen
    positions = [record.position for record in log.read(0, 1_000)]
    assert positions == sorted(set(positions))


def test_a_log_on_disk_goes_on_after_a_restart(tmp_path: Path) -> None:
    first = Database(tmp_path / "livewatch.db")
    log = SqliteLog(first)
    append(log, "a", "b")
    log.acknowledge(1)
    first.close()
    second = Database(tmp_path / "livewatch.db")
    log = SqliteLog(second)
    assert (log.head, log.position, names(log, after=1)) == (2, 1, ["b"])
    assert append(log, "b", "c") == Appended(1, 1, 3)
    second.close()


def test_a_failed_append_is_not_pending_any_more(tmp_path: Path) -> None:
    database = Database(tmp_path / "livewatch.db")
    log = SqliteLog(database)
    bad = Entry("demo:1", "x", None)  # type: ignore[arg-type]  # the column refuses it
    with pytest.raises(TypeError):
        log.append([bad], source="test", now=0)
    assert (log.pending_bytes, log.head) == (0, 0)
    database.close()
    with pytest.raises(Exception, match="closed"):
        log.append(entries("a"), source="test", now=0)
    assert log.pending_bytes == 0


def test_an_append_is_counted_before_whoever_waits_for_it_goes_on(tmp_path: Path) -> None:
    database = Database(tmp_path / "livewatch.db")
    log = SqliteLog(database)
    may_write = threading.Event()
    held = database.submit(lambda _: may_write.wait(PATIENCE_S))
    appended = log.append(entries("a"), source="test", now=0)
    with log._lock:  # what is durable cannot be counted meanwhile
        may_write.set()
        assert held.result(PATIENCE_S)
        with pytest.raises(TimeoutError):
            appended.result(0.5)
        assert log._head == 0
    assert appended.result(PATIENCE_S).head == log.head == 1
    database.close()
