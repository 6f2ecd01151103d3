"""The picture of a crowd over several broadcasts: a column each, those who come together above each other."""

from __future__ import annotations

import csv
import io
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from monitor.desk.accounts import members
from monitor.desk.broadcasts import MOST, Broadcasts, broadcasts_of
from monitor.desk.crowd import SIZES, Size
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.desk import crowds, evening
from tests.monitor.desk.evening import NOW

Desk = TestClient[web.Request, web.Application]
TITLES = {("禾播", "77001"): "山里老陈的茶铺直播间第一分店", ("禾播", "77002"): "二店"}


def drawn(size: Size = "wide", broadcasts: int = 4) -> Broadcasts:
    alert = crowds.touring(broadcasts)
    found = broadcasts_of(alert, members(alert), TITLES, size)
    assert found is not None
    return found


def test_an_alert_on_one_broadcast_has_no_columns() -> None:
    alert = crowds.chatting()
    assert broadcasts_of(alert, members(alert), {}, "wide") is None


@pytest.mark.parametrize("size", SIZES)
def test_each_broadcast_is_a_column_and_nothing_leaves_it(size: Size) -> None:
    drawing = drawn(size)
    assert len(drawing.columns) == 4
    for one, other in zip(drawing.columns, drawing.columns[1:], strict=False):
        assert one.x + one.width < other.x
    assert drawing.columns[-1].x + drawing.columns[-1].width <= drawing.width
    for column in drawing.columns:
        assert (column.group, column.accounts) == (10, 80)
        for bar in (*column.bars, *column.own):
            assert column.x - 0.2 <= bar.x <= column.x + column.width
        # Of everybody in the same minutes the group is a part.
        assert max(bar.height for bar in column.own) <= max(bar.height for bar in column.bars)
        (window,) = column.windows
        assert column.x <= window.x <= column.x + column.width
    assert drawing.shared == 4


def test_those_who_come_together_stand_above_each_other() -> None:
    first, second = drawn().clusters
    assert (first.groups, len(first.rows)) == (("buying-again", "together"), 8)
    assert len(second.rows) == 2
    for place in range(4):
        xs = [float(re.findall(r"M(\d+\.?\d*) ", row.paths["order"])[place]) for row in first.rows]
        assert max(xs) - min(xs) < 3


def test_a_narrow_column_keeps_the_end_of_a_long_title_and_counts_what_is_not_drawn() -> None:
    drawing = drawn("narrow", broadcasts=8)
    assert len(drawing.columns) == MOST["narrow"]
    assert drawing.hidden == 8 - MOST["narrow"]
    rows = [row for cluster in drawing.clusters for row in cluster.rows]
    assert rows
    assert all(row.paths for row in rows)
    assert {column.room for column in drawing.columns} == {"77001", "二店"}


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_page_the_table_and_the_list_say_in_which_broadcasts(
    client: Desk, store: Store
) -> None:
    alert = crowds.touring()
    evening.fill(store, [evening.alert()])
    store.commit(Outcome(alerts=[alert]), NOW)
    page = await (await client.get(f"/alerts/{alert.id}")).text()
    for words in (
        "一再同时出现",
        "所在场次",
        "各场全部账号",
        "10／80 个账号",
        "4 场直播",
        "涉及的直播",
    ):
        assert words in page
    english = await (await client.get(f"/alerts/{alert.id}?lang=en")).text()
    assert "together again and again" in english
    assert "10 of 80 accounts" in english
    listed = await (await client.get(f"/alerts/{alert.id}/accounts.csv")).text()
    rows = list(csv.reader(io.StringIO(listed.removeprefix("\ufeff"))))
    assert len(rows) == 11
    assert rows[1][-1].startswith("禾播 77002 s0")
    assert rows[1][-1].endswith("禾播 77001 s3")
    body = await (await client.get(f"/api/v1/alerts/{alert.id}/accounts")).json()
    assert body["items"][0]["broadcasts"] == [0, 1, 2, 3]
