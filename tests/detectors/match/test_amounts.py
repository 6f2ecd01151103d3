"""Prices and ends of offers as hosts say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calendar import day_end_ms
from detectors.lab.cases import BASE_MS
from detectors.match.amounts import amount_at, amounts, deadline, deadlines, number
from detectors.match.fold import fold

#: 2026-10-01 20:00 in Beijing.
EVENING = BASE_MS
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("words", "fen"),
    [
        ("39.9", 3990),
        ("三十九块九", 3990),
        ("39块9", 3990),
        ("39块9毛9", 3999),
        ("九块九毛九", 999),
        ("三十九点九", 3990),
        ("¥39.90", 3990),
        ("￥459", 45900),  # full width
        ("39.9元", 3990),
        ("39.9米", 3990),  # 米 is how 元 is said where 元 is filtered
        ("四百五十九", 45900),
        ("一百二", 12000),
        ("两百零五块", 20500),
        ("一千二百块钱", 120000),
        ("1.2万", 1200000),
        ("两万五", 2500000),
        ("1,980元", 198000),
        ("三块五", 350),
        ("三块半", 350),
        ("九九块", 9900),
    ],
)
def test_an_amount_in_words(words, fen):
    assert amount_at(f"原价{fold(words).text}", 2).fen == fen


@pytest.mark.parametrize(
    "text",
    [
        "来2件", "一共三瓶", "500g装", "8折", "还有5分钟", "10月1日", "满30天", "一个", "一块儿买",
        "四五百", "3-5岁", "第1号链接", "95%棉",
    ],
)  # fmt: skip
def test_a_number_that_counts_something_else_is_no_price(text):
    assert amounts(text) == []


def test_a_measure_word_after_yuan_is_no_jiao():
    assert amount_at("恢复到98元一瓶", 3).fen == 9800


def test_marked_amounts_are_told_from_bare_numbers():
    assert [(a.fen, a.marked) for a in amounts("原价459现在89.9元")] == [
        (45900, False),
        (8990, True),
    ]


@pytest.mark.parametrize("text", ["", "百点千", "abc", "点九"])
def test_what_is_no_number(text):
    assert number(text) is None


@pytest.mark.parametrize(
    ("words", "kind", "hours"),
    [
        ("还有五分钟恢复原价", "countdown", 5 / 60),
        ("最后30秒", "countdown", 30 / 3600),
        ("还有一个半小时", "countdown", 1.5),
        ("半小时后涨价", "countdown", 0.5),
        ("倒计时3分钟", "countdown", 3 / 60),
        ("活动到10月3日截止", "date", 52),
        ("今晚十二点恢复原价", "clock", 4),
        ("过了十二点就涨价", "clock", 4),
        ("今天24点结束", "clock", 4),
        ("晚上十点半截止", "clock", 2.5),
        ("仅限今天", "day", 4),
        ("今天最后一天", "day", 4),
        ("只限今晚", "night", 10),  # until the morning: the broadcast may go on over midnight
    ],
)
def test_the_end_of_an_offer(words, kind, hours):
    end = deadline(words, EVENING)
    assert end.kind == kind
    assert (end.ends_at - EVENING) / HOUR == pytest.approx(hours)


def test_the_end_of_a_broadcast_has_no_time_yet():
    assert deadline("下播就恢复到98", EVENING).ends_at is None


def test_an_hour_of_something_else_ends_nothing():
    assert deadlines("八点开播", EVENING) == []


def test_noon_is_meant_in_the_morning_and_midnight_in_the_evening():
    morning = EVENING - 11 * HOUR
    assert deadline("过了十二点涨价", morning).ends_at - morning == 3 * HOUR
    assert deadline("过了十二点涨价", EVENING).ends_at - EVENING == 4 * HOUR


def test_tonight_said_after_midnight_ends_in_the_same_morning():
    after_midnight = EVENING + 5 * HOUR
    assert deadline("只限今晚", after_midnight).ends_at - after_midnight == 5 * HOUR


def test_a_date_over_the_turn_of_the_year_is_the_next_one():
    december = EVENING + 80 * 24 * HOUR
    assert 0 < deadline("1月3日截止", december).ends_at - december < 30 * 24 * HOUR


def test_a_date_that_has_passed_is_no_end():
    assert deadline("9月1日到货", EVENING) is None


def test_a_day_that_does_not_exist_is_no_end():
    assert deadline("2月30日截止", EVENING) is None


@given(st.integers(1_000_000_000_000, 9_000_000_000_000))
def test_a_day_ends_within_24_hours_and_at_midnight_in_beijing(moment):
    end = day_end_ms(moment)
    assert 0 < end - moment <= 24 * HOUR
    assert (end + 8 * HOUR) % (24 * HOUR) == 0


@given(
    st.text(
        "零一二两三四五六七八九十百千万点半0123456789.,块元毛角分米还有最后今天月日 ", max_size=24
    )
)
def test_no_text_breaks_the_reading(text):
    for amount in amounts(text):
        assert amount.fen >= 0
        assert 0 <= amount.start < amount.end <= len(text)
    for end in deadlines(text, EVENING):
        assert end.ends_at is None or end.ends_at > EVENING - 1


@given(st.integers(1, 999_99))
def test_an_amount_in_digits_comes_back(fen):
    assert amount_at(f"原价{fen // 100}.{fen % 100:02d}元", 2).fen == fen


class TestNamedDays:
    #: EVENING is a Thursday, 2026-10-01 20:00.
    @pytest.mark.parametrize(
        ("words", "days"),
        [
            ("活动到周日截止", 3),
            ("周日晚上十点结束", 3),
            ("到下周三截止", 6),
            ("到星期三截止", 6),
            ("到后天截止", 2),
            ("到明日截止", 1),
            ("到三号截止", 2),
            ("截止到十月八号", 7),
            ("到周末为止", 3),
        ],
    )
    def test_end_with_that_day(self, words, days):
        end = deadline(words, EVENING)
        assert end.kind == "date"
        assert end.ends_at - EVENING == (4 + 24 * days) * HOUR

    @pytest.mark.parametrize(
        "words",
        [
            "到周四截止",  # today, or a week on
            "到这周三截止",  # past
            "每周日上新",
            "三号链接拍完截止",
            "周日上新",
            "下周一晚上八点开播",
        ],
    )
    def test_end_nothing(self, words):
        assert deadline(words, EVENING) is None
