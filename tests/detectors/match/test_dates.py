"""Dates and shelf lives, on labels and as spoken."""

from __future__ import annotations

from datetime import date

import pytest

from detectors.match.dates import ShelfLife, date_of, ends_on, shelf_life
from detectors.match.places import compatible, places_in
from detectors.match.spoken_dates import spoken_days

TODAY = date(2026, 10, 20)


@pytest.mark.parametrize(
    "text",
    ["2025年10月1日", "2025-10-01", "2025/10/1", "2025.10.01", "20251001", "25年10月1号",
     "二〇二五年十月一日", "生产日期：2025年10月01日08:30"],
)  # fmt: skip
def test_one_day_in_many_spellings(text):
    assert date_of(text) == date(2025, 10, 1)


@pytest.mark.parametrize(
    "text", ["见喷码", "见瓶盖", "", "2025年13月1日", "2025年2月30日", "10月1日", "12345678901"]
)
def test_what_is_no_date_tells_nothing(text):
    assert date_of(text) is None


def test_a_month_alone_is_its_first_or_its_last_day():
    assert date_of("2024年2月") == date(2024, 2, 1)
    assert date_of("2024年2月", last=True) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("text", "life"),
    [
        ("12个月", ShelfLife(months=12)), ("十八个月", ShelfLife(months=18)), ("一年", ShelfLife(months=12)),
        ("一年半", ShelfLife(months=18)), ("180天", ShelfLife(days=180)), ("两周", ShelfLife(days=14)),
        ("48小时", ShelfLife(days=2)), ("常温60天，冷藏180天", ShelfLife(days=180)),
        ("-18℃以下12个月", ShelfLife(months=12)), ("开封后3天，未开封90天", ShelfLife(days=90)),
        ("长期", None), ("见包装", None), ("", None),
    ],
)  # fmt: skip
def test_shelf_lives(text, life):
    assert shelf_life(text) == life


def test_the_end_is_counted_in_calendar_months():
    assert ends_on(date(2026, 1, 31), ShelfLife(months=1)) == date(2026, 2, 28)
    assert ends_on(date(2025, 11, 15), ShelfLife(months=14)) == date(2027, 1, 15)
    assert ends_on(date(2026, 2, 27), ShelfLife(days=2)) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("昨天做的", date(2026, 10, 19), date(2026, 10, 19)),
        ("九月份的", date(2026, 9, 1), date(2026, 9, 30)),
        ("十二月的", date(2025, 12, 1), date(2025, 12, 31)),
        ("去年三月", date(2025, 3, 1), date(2025, 3, 31)),
        ("十月十八号", date(2026, 10, 18), date(2026, 10, 18)),
        ("上个月", date(2026, 9, 1), date(2026, 9, 30)),
        ("2026年9月12日", date(2026, 9, 12), date(2026, 9, 12)),
    ],
)
def test_days_as_hosts_name_them(text, first, last):
    (day,) = spoken_days(text, TODAY)
    assert (day.first, day.last) == (first, last)


def test_no_day_is_named_in_other_numbers():
    assert list(spoken_days("三号链接，两件八折，一共十个月饼", TODAY)) == []


def test_places_lie_in_each_other():
    assert [place.path for place in places_in("江西省赣州市")] == [("中国", "江西", "赣州")]
    assert compatible(("中国",), ("中国", "新疆"))
    assert not compatible(("境外",), ("中国", "山东"))
    assert compatible(("中国", "东北"), ("中国", "黑龙江", "五常"))
    assert not compatible(("中国", "江苏", "阳澄湖"), ("中国", "江苏", "兴化"))
