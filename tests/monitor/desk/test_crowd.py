"""The picture of a crowd: every account a row, every act at its time, groups marked, gaps hatched."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from detectors.alerts import WatchedGap
from monitor.desk.accounts import members
from monitor.desk.crowd import MOST_ROWS, SIZES, Drawing, Size, drawing_of, signs
from monitor.desk.lanes import counted, lane_of
from monitor.desk.time_axis import MOST, TimeAxis
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.desk import crowds, evening
from tests.monitor.desk.crowds import START
from tests.monitor.desk.evening import DAY, MINUTE, NOW

Desk = TestClient[web.Request, web.Application]


def drawn(size: Size = "wide", **more: object) -> Drawing:
    alert = crowds.chatting(**more)  # type: ignore[arg-type]  # as it takes them
    drawing = drawing_of(alert, members(alert), size)
    assert drawing is not None
    return drawing


def test_those_with_most_in_common_come_first() -> None:
    first, second = drawn().clusters
    assert (first.groups, first.size, len(first.rows)) == (("echo", "lockstep"), 10, 10)
    assert (second.groups, second.size, len(second.rows)) == (("echo",), 14, 14)
    assert (first.words, first.writers) == (crowds.WORDS, 10)
    places = [row.y for cluster in (first, second) for row in cluster.rows]
    assert places == sorted(set(places))


def test_an_act_stands_at_its_time() -> None:
    drawing = drawn()
    yesterday, today = drawing.stretches
    assert yesterday.day != today.day
    row = drawing.clusters[0].rows[0]
    places = [float(x) for x in re.findall(r"M(\d+\.?\d*)", row.paths["chat"])]
    assert len(places) == 2
    for place, at, stretch in zip(places, (START - DAY, START), (yesterday, today), strict=True):
        ratio = (at - stretch.start) / (stretch.end - stretch.start)
        assert place == pytest.approx(stretch.x + ratio * stretch.width, abs=0.1)
    assert [row.member.acts[-1].at for row in drawing.clusters[1].rows] == sorted(
        START + number * 10_000 for number in range(10, 24)
    )


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_drawn_outside(size: Size) -> None:
    drawing = drawn(size)
    for stretch in drawing.stretches:
        assert drawing.left <= stretch.x < stretch.x + stretch.width <= drawing.right + 0.2
    for one, other in pairwise(drawing.stretches):
        assert one.x + one.width < other.x
    assert all(drawing.left <= band.x for band in drawing.windows)
    assert drawing.clusters[-1].bottom <= drawing.lanes[0].top
    assert drawing.lanes[-1].top + drawing.lanes[-1].height <= drawing.height


def test_the_rhythm_is_the_rooms_and_its_line_the_median() -> None:
    rhythm = drawn().rhythm
    assert rhythm is not None
    assert (len(rhythm.bars), rhythm.most, rhythm.usual) == (50, 24, 22)
    highest = min(bar.y for bar in rhythm.bars)
    assert highest < rhythm.usual_y < max(bar.y for bar in rhythm.bars) + 1


def test_forty_rows_and_the_rest_counted() -> None:
    drawing = drawn(people=300, named=130)
    assert sum(len(cluster.rows) for cluster in drawing.clusters) == MOST_ROWS
    assert drawing.rest == 300 - MOST_ROWS
    assert [cluster.size for cluster in drawing.clusters] == [10, 120]
    # The small group is not crowded out by the large one.
    assert len(drawing.clusters[0].rows) >= 3


def test_a_gap_is_hatched_and_breaks_the_line_of_a_counter() -> None:
    gap = WatchedGap(from_=START - 2 * MINUTE + 1_000, until=START - MINUTE - 1_000)
    (hatched,) = drawn(gaps=(gap,)).gaps
    assert hatched.length == MINUTE - 2_000
    assert drawn().lanes[0].line.count("M") == 1
    assert drawn(gaps=(gap,)).lanes[0].line.count("M") == 2
    assert drawn(gaps=(gap,)).lanes[0].dots.count("M") == 4


def test_counters_without_a_crowd_have_lanes_and_no_rows() -> None:
    alert = crowds.surging()
    drawing = drawing_of(alert, [])
    assert drawing is not None
    assert (drawing.clusters, drawing.rest, drawing.rhythm) == ([], 0, None)
    viewers, likes = drawing.lanes
    assert (viewers.name, viewers.lowest, viewers.highest, viewers.last) == (
        "viewers", 100, 900, (900, 900)
    )  # fmt: skip
    # What a rounded display leaves open is drawn.
    assert (likes.name, likes.last, likes.spans.count("V")) == ("likes", (12_000, 13_000), 3)


def test_counters_that_the_rule_has_by_minute_are_drawn_for_all_of_them() -> None:
    alert = crowds.by_minute()
    drawing = drawing_of(alert, members(alert))
    assert drawing is not None
    # One sample is no line, and has no lane.
    (viewers,) = drawing.lanes
    assert (viewers.lowest, viewers.highest, viewers.dots.count("M")) == (500, 529, 30)
    assert viewers.line.count("M") == 1
    assert drawing.rhythm is not None
    assert len(drawing.rhythm.bars) == 30


def test_a_display_that_says_only_at_least_has_no_place() -> None:
    alert = crowds.surging()
    alert.evidence.trigger = [
        crowds.counter("viewers", NOW + n, None, low=10_000) for n in range(3)
    ]
    assert counted(alert) == []
    assert drawing_of(alert, []) is None


def test_counters_of_the_product_are_those_of_the_alert() -> None:
    alert = crowds.returning()
    alert.evidence.before = [
        crowds.counter("sold", NOW - n * 1_000, n, sku=sku) for n in range(3) for sku in ("T1", "X")
    ]
    assert [(one.name, one.sku) for one in counted(alert)] == [("sold", "T1")]


def test_samples_far_apart_are_not_joined() -> None:
    alert = crowds.surging()
    times = [0, 15, 30, 600, 615]
    alert.evidence.trigger = [crowds.counter("viewers", NOW + s * 1_000, 100 + s) for s in times]
    (samples,) = counted(alert)
    axis = TimeAxis([NOW, NOW + 615_000], 0, 500, 50)
    lane = lane_of(samples, axis, 0, [])
    assert lane is not None
    assert lane.line.count("M") == 2


def test_an_ordinary_alert_has_no_picture() -> None:
    assert drawing_of(evening.alert(), []) is None
    assert drawing_of(evening.false_original_price(), []) is None


def test_signals_share_one_scale_and_the_most_unusual_is_first() -> None:
    echo, lockstep = signs(crowds.chatting())
    assert (echo.name, lockstep.name) == ("echo", "lockstep")
    assert echo.width == 150
    assert lockstep.width == pytest.approx(150 * 10 / 24, abs=0.1)
    assert lockstep.usual < lockstep.width


@pytest.mark.parametrize("days", [1, 3, 30])
def test_however_many_evenings_the_axis_keeps_the_latest(days: int) -> None:
    times = [NOW - day * DAY + hour * MINUTE for day in range(days) for hour in range(0, 90, 10)]
    axis = TimeAxis(times, 100, 900, 50)
    assert len(axis.stretches) == min(days, MOST)
    assert axis.x(NOW) is not None
    assert axis.x(NOW - DAY // 2) is None
    assert (axis.x(NOW - 29 * DAY) is None) is True


def test_one_moment_is_an_axis() -> None:
    axis = TimeAxis([NOW], 100, 900, 50)
    assert axis.x(NOW) == 500
    assert axis.pieces(NOW - DAY, NOW + DAY) == [(100, 800)]


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "title", "chance"),
    [("zh", "全场发言", "约 630 分之一"), ("en", "Whole room", "about 1 in 630")],
)
async def test_the_page_shows_the_crowd(
    client: Desk, store: Store, code: str, title: str, chance: str
) -> None:
    alert = crowds.chatting(people=700, named=24)
    store.commit(Outcome(alerts=[alert]), NOW)
    answer = await client.get(f"/alerts/{alert.id}", cookies={"livewatch_lang": code})
    page = await answer.text()
    assert page.count('<figure class="crowd">') == 1
    assert page.count('<svg viewBox="0 0 972') == page.count('<svg viewBox="0 0 358') == 1
    assert title in page
    assert chance in page
    assert f'href="/alerts/{alert.id}/accounts.csv"' in page
    # Everything that is drawn stands in the table, too.
    table = page.partition('class="crowd-list"')[2]
    assert all(member.account in table for member in members(alert))
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == page.count(' id="')


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_page_of_counters_has_lanes(client: Desk, store: Store) -> None:
    alert = crowds.by_minute()
    store.commit(Outcome(alerts=[alert]), NOW)
    page = await (await client.get(f"/alerts/{alert.id}")).text()
    assert '<h2 class="section" id="crowd">计数' in page
    assert 'class="counted"' in page
