"""A database that is away is told from one that refuses what it is given."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from detectors.alerts import Alert
from monitor.config import Config
from monitor.errors import StoreClosed
from monitor.pipeline.kafka.alert_feed import AlertFeed
from monitor.store.outages import is_outage
from monitor.store.rows import DeadLetter, Outcome, RoomRow
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert


class Postgres(Exception):
    def __init__(self, code: str) -> None:
        self.sqlstate = code


@pytest.mark.parametrize(
    ("cause", "outage"),
    [
        (sqlite3.OperationalError("database or disk is full"), True),
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.DatabaseError("database disk image is malformed"), True),
        (sqlite3.DataError("string or blob too big"), False),
        (sqlite3.IntegrityError("NOT NULL"), False),
        (sqlite3.InterfaceError("Error binding parameter"), False),
        (sqlite3.ProgrammingError("Error binding parameter"), False),
        (Postgres("08006"), True),  # connection failure
        (Postgres("53100"), True),  # disk full
        (Postgres("57P01"), True),  # shut down
        (Postgres("40001"), True),  # serialisation
        (Postgres("22003"), False),  # a number out of range
        (Postgres("22021"), False),  # a character that the encoding has not
        (Postgres("54000"), False),  # an index row that is too large
    ],
)
def test_errors_of_databases(cause: Exception, outage: bool) -> None:
    assert is_outage(sa.exc.DBAPIError("INSERT", {}, cause)) is outage


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (OSError(28, "No space left on device"), True),
        (StoreClosed("closed"), True),
        (OverflowError("too large"), False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), False),
        (TypeError("an object"), False),
        (sa.exc.StatementError("a value", "INSERT", {}, TypeError("an object")), False),
    ],
)
def test_other_errors(error: Exception, outage: bool) -> None:
    assert is_outage(error) is outage


def test_a_real_database_says_so_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "livewatch.db")
    row = RoomRow(platform="demo", room="1", viewers=2**64, last_arrival_ms=0)
    with pytest.raises(Exception, match="too large") as caught:
        store.commit(Outcome(rooms=[row]), BASE_MS)
    assert not is_outage(caught.value)
    with pytest.raises(Exception, match="too large"):
        store.probe(Outcome(rooms=[row]), BASE_MS)
    store.probe(Outcome(alerts=[alert("A")], dead=[letter("x")]), BASE_MS)
    assert (store.list_alerts().items, store.dead_letters()) == ([], [])
    store.close()
    with pytest.raises(StoreClosed) as closed:
        store.commit(Outcome(alerts=[alert("A")]), BASE_MS)
    assert is_outage(closed.value)


def letter(reason: str) -> DeadLetter:
    return DeadLetter(
        stage="rule", source="demo:1", reason=reason, data=b"{}", first_at=BASE_MS, last_at=BASE_MS
    )


def test_a_letter_may_say_anything(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "livewatch.db")
    store.commit(Outcome(dead=[letter("half of a pair: \ud800, and \0")]), BASE_MS)
    assert store.dead_letters()[0].reason == "half of a pair: \\ud800, and \0"
    store.close()


@pytest.mark.slow
def test_a_desk_sets_aside_what_its_store_refuses(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "livewatch.db")
    feed = AlertFeed(Config(), store)
    bad: Any = titled(alert("B"), 5)
    rows = [
        RoomRow(platform="demo", room="1", last_arrival_ms=1),
        RoomRow(platform="demo", room="2", viewers=2**64, last_arrival_ms=1),
    ]
    outcome = Outcome(alerts=[alert("A"), bad, alert("C")], rooms=rows, dead=[letter("kept")])
    changes = feed._commit(outcome)
    assert len(changes) == 2
    assert {row.alert.subject for row in store.list_alerts().items} == {"A", "C"}
    assert [row.room for row in store.rooms()] == ["1"]
    reasons = [one.reason for one in store.dead_letters()]
    assert sum("the store does not take it" in reason for reason in reasons) == 2
    assert "kept" in reasons
    store.close()


def titled(one: Alert, title: Any) -> Alert:
    """An alert with a title that is none: structs check nothing when they are made."""
    one.title = title
    return one
