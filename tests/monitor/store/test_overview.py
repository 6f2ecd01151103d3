"""The feed's lists: rooms and matters of the whole filter, page by page, in every order."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from detectors.alerts import Related
from monitor.errors import BadCursor
from monitor.store.rows import AlertFilter, Order, Outcome, Overview
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert

LEVELS = ("info", "watch", "lead")
ORDERS = ("grave", "raised", "latest")
GRAVITY = {"lead": 2, "watch": 1, "info": 0}


@pytest.fixture
def filled(store: Store) -> Store:
    """Five rooms with 1, 2, 3 … alerts of all levels, raised in turn; one room is the largest."""
    several = [
        alert(f"S{n}", room=str(n % 5), t_s=(7 * n) % 90, level=LEVELS[(n * n) % 3], hits=1 + n % 4)
        for n in range(60)
    ]
    store.commit(Outcome(alerts=several), now=BASE_MS)
    store.commit(Outcome(alerts=[alert(f"T{n}", room="large") for n in range(33)]), now=BASE_MS)
    return store


def pages(store: Store, limit: int, **look: Any) -> list[Overview]:
    found: list[Overview] = []
    cursor: str | None = None
    while not found or cursor is not None:
        found.append(store.overview(AlertFilter(), limit, cursor, **look))
        cursor = found[-1].next
    return found


@pytest.mark.parametrize("order", ORDERS)
def test_a_room_stands_on_one_page_with_sums_of_all_its_alerts(filled: Store, order: Order) -> None:
    every = [row.alert for row in filled.list_alerts(limit=500).items]
    found = pages(filled, 10, order=order)
    rooms = [section for page in found for section in page.sections]
    assert len(found) > 1
    assert sorted(one.room for one in rooms) == ["0", "1", "2", "3", "4", "large"]
    for one in rooms:
        own = [each for each in every if each.room == one.room]
        assert one.sums is not None
        assert one.sums.total == len(own) == one.more + len(one.entries)
        assert one.sums.hits == sum(each.hits for each in own)
        assert one.sums.last_at == max(each.last_at for each in own)
        assert one.sums.counts == {
            level: n for level in LEVELS if (n := sum(each.level == level for each in own))
        }
    places = [one.sums.place(order) for one in rooms if one.sums is not None]
    assert places == sorted(places, reverse=True)
    assert {page.of for page in found} == {6}
    assert {sum(page.counts.values()) for page in found} == {93}


@pytest.mark.parametrize("order", ORDERS)
def test_one_list_has_each_alert_once_in_its_order(filled: Store, order: Order) -> None:
    found = pages(filled, 8, order=order, by_room=False)
    rows = [
        row for page in found for one in page.sections for each in one.entries for row in each.rows
    ]
    places: dict[str, list[Any]] = {
        "grave": [(GRAVITY[row.alert.level], row.alert.last_at, row.number) for row in rows],
        "raised": [row.number for row in rows],
        "latest": [(row.alert.last_at, row.number) for row in rows],
    }
    keys = places[order]
    assert len({row.number for row in rows}) == 93 == len(rows)
    assert keys == sorted(keys, reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize("by_room", [True, False])
def test_matters_are_folded_over_pages_and_add_up(store: Store, by_room: bool) -> None:
    first = alert("S0", hits=3, level="watch", room="1")
    said = [
        replace(
            alert(f"S{n}", hits=n, room="1", t_s=n, level="lead" if n == 20 else "info"),
            related=[Related(id=first.id, why="utterance" if n % 2 else "product")],
        )
        for n in range(1, 31)
    ]
    others = [alert(f"T{n}", room="2", t_s=n) for n in range(12)]
    store.commit(Outcome(alerts=[first, *others, *said]), now=BASE_MS)

    for fold, sizes in (("matter", [16, *[1] * 27]), ("product", [31, *[1] * 12])):
        found = pages(store, 5, order="grave", by_room=by_room, fold=fold)
        entries = [one for page in found for section in page.sections for one in section.entries]
        assert sorted((one.sums.total for one in entries), reverse=True) == sizes
        assert sum(one.sums.total for one in entries) == 43
        large = max(entries, key=lambda one: one.sums.total)
        # The gravest stands for all; of a large matter not all are read.
        assert large.rows[0].alert.level == ("lead" if fold == "product" else "watch")
        assert len(large.rows) == min(20, large.sums.total)
        if fold == "product":
            assert large.sums.hits == 3 + sum(range(1, 31))
            assert large.sums.counts == {"lead": 1, "watch": 1, "info": 29}
            one = store.sums_of_matters(AlertFilter(), "product", [first.id])
            assert one == {first.id: large.sums}
            named = AlertFilter(product_matter=first.id)
            assert len(store.list_alerts(named, 100).items) == 31


def test_hits_of_a_room_are_those_of_the_alerts_that_the_filter_means(store: Store) -> None:
    store.commit(
        Outcome(alerts=[alert("A", room="1", hits=2, level="lead"), alert("B", room="1", hits=3)]),
        now=BASE_MS,
    )
    key = ("demo", "1")
    assert len(store.room_hits(AlertFilter(), [key])[key]) == 5
    assert len(store.room_hits(AlertFilter(level=["lead"]), [key])[key]) == 2
    assert store.sums_of_rooms(AlertFilter(level=["lead"]), [key])[key].hits == 2


@pytest.mark.parametrize("cursor", ["1", "1-2", "a-1-2-3", "1-2-3-4-5", "-1-1-1-1"])
def test_a_foreign_cursor_is_refused(filled: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        filled.overview(AlertFilter(), 10, cursor)
