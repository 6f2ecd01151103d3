"""Money, times and reasons as they are written on the desk."""

from __future__ import annotations

import pytest

from monitor.desk.formats import Formats, lift, yuan
from monitor.desk.language import language
from monitor.desk.sparkline import bars
from tests.monitor.desk.evening import DAY, HOUR, MINUTE, NOW

ZH, EN = Formats(language("zh_CN"), NOW), Formats(language("en"), NOW)


@pytest.mark.parametrize(
    ("fen", "words"), [(45900, "459.00"), (5, "0.05"), (0, "0.00"), (123456789, "1,234,567.89"), (-36910, "-369.10")]
)  # fmt: skip
def test_money_has_two_decimals(fen: int, words: str) -> None:
    assert yuan(fen) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - 19_000, "20:46:12"),  # today
        (NOW - 3 * DAY, "11-21 20:46"),  # this year
        (NOW - 400 * DAY, "2025-10-20"),  # before
    ],
)
def test_a_moment_is_as_long_as_it_must_be(at: int, words: str) -> None:
    assert ZH.moment(at) == words


@pytest.mark.parametrize(
    ("ago", "chinese", "english"),
    [
        (0, "刚刚", "just now"),
        (19_000, "19 秒前", "19 s ago"),
        (15 * MINUTE, "15 分钟前", "15 min ago"),
        (DAY, "1 天前", "1 d ago"),
        (-2 * MINUTE, "", ""),  # ahead of the clock: a recording has a time of its own
    ],
)
def test_relative_times(ago: int, chinese: str, english: str) -> None:
    assert (ZH.ago(NOW - ago), EN.ago(NOW - ago)) == (chinese, english)


def test_a_length_has_its_two_largest_units() -> None:
    assert ZH.length(7 * HOUR + 30 * MINUTE + 11_000) == "7 小时 30 分"
    assert ZH.length(0) == "0 秒"


@pytest.mark.parametrize(
    ("sentence", "lifted"),
    [
        ("原价 459.00 元，高出 369.10 元", ["459.00 元", "369.10 元"]),
        ("“全网最温和的一款” 指向所售商品", ["“全网最温和的一款”"]),
        (
            "“只剩 3 单”之后成交 41 单",
            ["“只剩 3 单”", "41 单"],
        ),  # a figure in a quotation is not lifted twice
        ("没有数字", []),
    ],
)
def test_figures_and_quotations_are_lifted(sentence: str, lifted: list[str]) -> None:
    pieces = lift(sentence)
    assert [piece.text for piece in pieces if piece.lifted] == lifted
    assert "".join(piece.text for piece in pieces) == sentence


def test_a_sparkline_starts_its_scale_at_three() -> None:
    """One hit is a third of the height, so that it is no tower."""
    (one,) = bars([NOW - 1], NOW)
    (three,) = bars([NOW - 1] * 3, NOW)
    assert (one.height, three.height) == (6.0, 18.0)
    assert one.hot


def test_hits_outside_of_the_window_are_not_drawn() -> None:
    assert bars([NOW - 2 * HOUR - 1], NOW) == []
    (oldest,) = bars([NOW - 2 * HOUR], NOW)
    assert oldest.x == 0
    assert not oldest.hot
