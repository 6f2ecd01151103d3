"""Lists, filters and paging."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from monitor.errors import BadCursor
from monitor.store.queries import alert_page_query, conditions
from monitor.store.rows import AlertFilter, Outcome
from monitor.store.scope import Scope
from monitor.store.store import Store
from monitor.store.tables import alerts
from tests.monitor.build import BASE_MS, alert


def subjects(store: Store, **wanted: object) -> list[str]:
    rows = store.list_alerts(AlertFilter(**wanted)).items  # type: ignore[arg-type]
    return [row.alert.subject for row in rows]


@pytest.fixture
def filled(store: Store) -> Store:
    several = [
        alert("A", level="lead", rule="shout", title="涉嫌使用绝对化用语", focus="F4"),
        alert("B", level="watch", rule="viewer", t_s=10, room="2"),
        alert("C", level="info", rule="viewer", t_s=20, subject_title="T1 Green Tea"),
    ]
    store.commit(Outcome(alerts=several), now=BASE_MS)
    store.transition(several[1].id, "acknowledged", "李", BASE_MS)
    store.transition(several[2].id, "closed", "李", BASE_MS, "duplicate")
    return store


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "CBA"),  # newest raised first
        ({"status": ["new", "acknowledged"]}, "BA"),
        ({"status": []}, ""),  # an empty list matches nothing
        ({"level": ["info", "lead"]}, "CA"),
        ({"rule": ["viewer"]}, "CB"),
        ({"not_rule": ["viewer"]}, "A"),
        ({"focus": "F4"}, "A"),
        ({"platform": "demo", "room": "2"}, "B"),
        ({"platform": "other"}, ""),
        ({"since": BASE_MS + 10_000}, "CB"),  # the first moment is inside
        ({"until": BASE_MS + 10_000}, "A"),  # the last one is outside
        ({"text": "绝对化"}, "A"),  # a part of a Chinese title
        ({"text": "绝对"}, "A"),  # two characters, as most Chinese words have
        ({"text": "green TEA"}, "C"),  # both words, whatever their case
        ({"text": "green 绝对化"}, ""),
        ({"text": "%"}, ""),  # no wildcard
    ],
)
def test_filters(filled: Store, wanted: dict[str, object], expected: str) -> None:
    assert "".join(subjects(filled, **wanted)) == expected


def test_counts_follow_the_filter(filled: Store) -> None:
    assert filled.counts(AlertFilter(status=["new", "acknowledged"])) == {
        "lead": 1,
        "watch": 1,
        "info": 0,
    }


def test_alerts_are_counted_by_rule(filled: Store) -> None:
    assert filled.counts_by_rule() == {"shout": 1, "viewer": 2}
    assert filled.counts_by_rule(AlertFilter(status=["acknowledged"])) == {"viewer": 1}


def test_paging_shows_each_alert_once_while_alerts_are_hit_again(store: Store) -> None:
    names = [f"A{number}" for number in range(10)]
    store.commit(Outcome(alerts=[alert(name) for name in names]), now=BASE_MS)
    seen: list[str] = []
    cursor: str | None = None
    for turn in range(4):
        page = store.list_alerts(limit=3, cursor=cursor)
        seen += [row.alert.subject for row in page.items]
        cursor = page.next
        # Old ones are repeated and new ones appear between the pages.
        changes = [alert(names[turn], hits=turn + 2, t_s=99), alert(f"B{turn}")]
        store.commit(Outcome(alerts=changes), now=BASE_MS)
    assert seen == names[::-1]
    assert cursor is None


def test_the_last_full_page_has_no_next(store: Store) -> None:
    store.commit(Outcome(alerts=[alert("A"), alert("B")]), now=BASE_MS)
    assert store.list_alerts(limit=2).next is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.0", "１", "9" * 40, "1;drop"])
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        store.list_alerts(cursor=cursor)


BOUND = AlertFilter(scope=Scope((("330106",),)))


@pytest.mark.parametrize(
    "wanted",
    [
        AlertFilter(),
        AlertFilter(rule=["shout"]),
        AlertFilter(status=["new", "acknowledged"], not_rule=["shout"]),
        AlertFilter(platform="demo"),
        AlertFilter(level=["lead"], focus="F3"),
        BOUND,
    ],
)
def test_a_page_is_read_in_order_without_sorting(
    embedded_store: Store, wanted: AlertFilter
) -> None:
    """The plan of the database, so that 200,000 alerts cost as little as twenty."""
    (step,) = plan(embedded_store, alert_page_query(wanted, 51, "1000"))
    assert step.startswith("SEARCH alerts USING")
    assert "(rowid<?)" in step or "COVERING INDEX alerts_raised (number<?)" in step


@pytest.mark.parametrize(
    "wanted",
    [
        AlertFilter(),
        AlertFilter(rule=["shout"]),
        AlertFilter(status=["new", "acknowledged"], not_rule=["shout"]),
        AlertFilter(platform="demo", status=["new"]),
        AlertFilter(platform="demo", room="1", status=["closed"]),
        AlertFilter(again=True),
        AlertFilter(since=BASE_MS, level=["lead"], focus="F3"),
        AlertFilter(matter="A"),
        BOUND,
    ],
)
def test_lists_and_counts_over_a_filter_read_no_whole_rows(
    embedded_store: Store, wanted: AlertFilter
) -> None:
    """A row has all that is searched in it: at 200,000 alerts that is most of a page's time."""
    rows = sa.func.count(), sa.func.sum(alerts.c.hits), sa.func.max(alerts.c.last_at)
    several: list[list[Any]] = [[], [alerts.c.level], [alerts.c.platform, alerts.c.room]]
    if wanted.platform is None and wanted.again is None and wanted.matter is None:
        several += [[alerts.c.matter], [alerts.c.product_matter]]
    for keys in several:
        query = sa.select(*keys, *rows).where(*conditions(wanted)).group_by(*keys)
        steps = plan(embedded_store, query)
        read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
        assert len(read) == 1
        # What was hit again after it was closed is rare, and so is one matter's alert.
        few = "alerts_again" in read[0] or "(matter=?" in read[0]
        assert "COVERING INDEX" in read[0] or few, (keys, steps)


def plan(store: Store, query: sa.Select[Any]) -> list[str]:
    text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with store.database.read() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]


def test_an_alert_that_is_not_there(store: Store) -> None:
    assert store.get_alert("none") is None
    assert store.versions("none") == []
    assert store.history("none") == []
    assert store.hit_times(["none"]) == {"none": []}
