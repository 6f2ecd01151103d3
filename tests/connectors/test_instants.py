"""Times as people and programs write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import NotAValue
from connectors.instants import CHINA, date_order, parse_instant, parse_zone

#: 2026-09-01 19:30:00 in China: 20697 days since the epoch, and 11:30 in UTC.
EVENING_MS = (20_697 * 86_400 + 11 * 3_600 + 30 * 60) * 1_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-01T19:30:00+08:00",
        "2026-09-01T11:30:00Z",
        "2026-09-01 19:30",
        "2026-09-01 19:30:00.0004",
        "2026/9/1 19:30:00",
        "2026.9.1 19:30",
        "2026年9月1日 19:30",
        "2026年9月1日19时30分",
        "20260901 19:30:00",
        "1788262200",
        "1788262200000",
    ],
)
def test_the_same_moment_in_many_spellings(text: str) -> None:
    assert parse_instant(text, CHINA) == EVENING_MS


def test_seven_fractional_digits_are_cut_to_milliseconds() -> None:
    assert parse_instant("2026-09-01T19:30:00.1239999+08:00") == EVENING_MS + 123


def test_a_time_without_a_zone_is_read_in_the_given_one() -> None:
    assert parse_instant("2026-09-01 19:30", UTC) == EVENING_MS + 8 * 3_600_000


def test_a_date_alone_is_its_midnight() -> None:
    assert parse_instant("2026-09-02") == EVENING_MS + (4 * 60 + 30) * 60_000


def test_a_date_that_can_be_read_in_two_ways_needs_its_order() -> None:
    with pytest.raises(NotAValue, match="two ways"):
        parse_instant("03/04/2026")
    # 1 March and 4 March lie three days apart from each other; 3 April is day, month first.
    assert parse_instant("03/04/2026", order="dmy") == parse_instant("2026-04-03")
    assert parse_instant("03/04/2026", order="mdy") == parse_instant("2026-03-04")


def test_a_day_beyond_twelve_decides_by_itself() -> None:
    assert parse_instant("31/08/2023") == parse_instant("2023-08-31")
    assert parse_instant("08-31-2023") == parse_instant("2023-08-31")


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["01/08/2023", "31/08/2023"], "dmy"),
        (["01-08-2023", "08-31-2023"], "mdy"),
        (["01/08/2023", "02/08/2023"], None),  # nothing decides
        (["31/08/2023", "08/31/2023"], None),  # they clash
    ],
)
def test_a_column_of_dates_agrees_on_an_order_or_on_none(
    dates: list[str], order: str | None
) -> None:
    assert date_order(dates) == order


@pytest.mark.parametrize(
    "text",
    [
        "",
        "昨天",
        "2026-02-30",
        "2026-13-01",
        "2026-09-01 25:00",
        "1999-01-01",
        "12",
        "2026-09-01 19:30 xyz",
        "9" * 90,
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NotAValue):
        parse_instant(text)


def test_zones_by_offset_and_by_name() -> None:
    assert parse_instant("2026-09-01 19:30", parse_zone("+05:30")) == EVENING_MS + 150 * 60_000
    assert parse_zone("Asia/Shanghai") is CHINA
    with pytest.raises(NotAValue):
        parse_zone("Mars/Olympus")


@pytest.mark.slow
@settings(deadline=None)  # a busy machine is no fault
@given(text=st.text(max_size=70))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    with suppress(NotAValue):
        assert parse_instant(text) >= 1_000_000_000_000
