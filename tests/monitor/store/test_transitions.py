"""Handling of alerts: the table of what is allowed, and the chain that shows tampering."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa

from monitor.errors import TransitionRefused, UnknownAlert
from monitor.store.rows import CLOSE_REASONS, Outcome, Status
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert

STATES: tuple[Status, ...] = ("new", "acknowledged", "closed")
#: Written out by hand: what a person may do.
LAWFUL = {("new", "acknowledged"), ("new", "closed"), ("acknowledged", "closed"), ("closed", "new")}
ID = alert().id


def bring_to(store: Store, status: Status) -> None:
    store.commit(Outcome(alerts=[alert()]), now=BASE_MS)
    if status == "acknowledged":
        store.transition(ID, "acknowledged", "李", BASE_MS)
    elif status == "closed":
        store.transition(ID, "closed", "李", BASE_MS, "confirmed")


@pytest.mark.parametrize(("old", "new"), list(product(STATES, STATES)))
def test_every_pair_of_states(store: Store, old: Status, new: Status) -> None:
    bring_to(store, old)
    reason = "minor" if new == "closed" else None
    if (old, new) in LAWFUL:
        row = store.transition(ID, new, "王", BASE_MS + 1, reason, "看过")
        assert (row.status, row.who, row.status_at) == (new, "王", BASE_MS + 1)
        assert (row.close_reason, row.note) == (reason, "看过")
        assert row.seq == store.seq
    else:
        seq = store.seq
        with pytest.raises(TransitionRefused):
            store.transition(ID, new, "王", BASE_MS + 1, reason)
        assert store.seq == seq


@pytest.mark.parametrize("reason", CLOSE_REASONS)
def test_every_reason_closes(store: Store, reason: str) -> None:
    bring_to(store, "new")
    assert store.transition(ID, "closed", "李", BASE_MS, reason).close_reason == reason


@pytest.mark.parametrize("reason", [None, "", "other", "确认违法"])
def test_closing_needs_a_known_reason(store: Store, reason: str | None) -> None:
    bring_to(store, "new")
    with pytest.raises(TransitionRefused, match="reason"):
        store.transition(ID, "closed", "李", BASE_MS, reason)


@pytest.mark.parametrize(
    ("who", "says"),
    [("", "needs the name"), ("  ", "needs the name"), ("x" * 201, "longer than 200 characters")],
)
def test_a_change_has_an_author(store: Store, who: str, says: str) -> None:
    bring_to(store, "new")
    with pytest.raises(TransitionRefused, match=says):
        store.transition(ID, "acknowledged", who, BASE_MS)


def test_an_unknown_alert(store: Store) -> None:
    with pytest.raises(UnknownAlert):
        store.transition("none", "acknowledged", "李", BASE_MS)


def test_the_history_is_told_from_the_beginning(store: Store) -> None:
    bring_to(store, "acknowledged")
    store.transition(ID, "closed", "王", BASE_MS + 5, "transferred", "已移交")
    first, second = store.history(ID)
    assert (first.old, first.new, first.who, first.at) == ("new", "acknowledged", "李", BASE_MS)
    assert (second.reason, second.note, second.previous) == ("transferred", "已移交", first.hash)
    assert store.verify_history() is None


def test_rows_of_the_history_cannot_be_changed_or_deleted(store: Store) -> None:
    bring_to(store, "closed")
    foreign = sa.create_engine(store.database.url)
    for statement in ("UPDATE transitions SET who = 'x'", "DELETE FROM transitions"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            foreign.begin() as connection,
        ):
            connection.exec_driver_sql(statement)
    foreign.dispose()
    assert store.verify_history() is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE transitions SET note = 'x' WHERE number = 2", 2),
        ("UPDATE transitions SET who = 'x' WHERE number = 1", 1),
        ("DELETE FROM transitions WHERE number = 2", 2),
        ("DELETE FROM transitions WHERE number = 1", 1),
    ],
)
def test_whoever_removes_the_guard_still_breaks_the_chain(
    store: Store, tampering: str, broken: int
) -> None:
    bring_to(store, "closed")
    store.transition(ID, "new", "李", BASE_MS)
    store.transition(ID, "acknowledged", "李", BASE_MS)
    foreign = sa.create_engine(store.database.url)
    where = " ON transitions" if foreign.dialect.name == "postgresql" else ""
    with foreign.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER transitions_are_not_changed{where}")
        connection.exec_driver_sql(f"DROP TRIGGER transitions_are_not_deleted{where}")
        connection.exec_driver_sql(tampering)
    foreign.dispose()
    assert store.verify_history() == broken


def test_those_who_listen_hear_what_a_person_did(store: Store) -> None:
    bring_to(store, "new")
    heard: list[tuple[str, str | None]] = []
    store.listen_handling(lambda row: heard.append((row.status, row.close_reason)))
    store.transition(ID, "closed", "李", BASE_MS, "minor")
    assert heard == [("closed", "minor")]
