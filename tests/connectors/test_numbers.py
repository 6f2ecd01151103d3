"""Prices and counts as platforms display them."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import NotAValue
from connectors.numbers import Amount, Count, parse_amount, parse_count


@pytest.mark.parametrize(
    ("text", "low_fen", "high_fen", "exact"),
    [
        ("39.9", 3_990, None, True),
        ("¥39.9", 3_990, None, True),
        ("￥39.90元", 3_990, None, True),
        ("?39.9", 3_990, None, True),  # a yen sign as character recognition reads it
        ("１２．５０", 1_250, None, True),  # full-width
        ("1,299", 129_900, None, True),
        ("￥1，299.00", 129_900, None, True),
        ("0", 0, None, True),
        ("¥39.9-129.9", 3_990, 12_990, False),
        ("39.9~59.9元", 3_990, 5_990, False),
        ("59.9 至 39.9", 3_990, 5_990, False),  # the lowest, whichever comes first
        ("39.9起", 3_990, None, False),
        ("100元以上", 10_000, None, False),
        ("1.2万", 1_200_000, None, False),
        ("1-2万", 1_000_000, 2_000_000, False),
        ("3千", 300_000, None, False),
    ],
)
def test_a_price_is_read_in_fen(text: str, low_fen: int, high_fen: int | None, exact: bool) -> None:
    amount = parse_amount(text)

    assert (amount.low_fen, amount.high_fen, amount.exact) == (low_fen, high_fen, exact)
    assert amount.text == ("" if exact else text)


def test_what_one_price_buys_is_read_with_it() -> None:
    assert parse_amount("¥39.9/500g") == Amount(3_990, None, True, "", "500g")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "面议",
        "$12",
        "12美元",
        "39.999",
        "-5",
        "12.5.3",
        "1e9",
        "NaN",
        "∞",
        "39.9元39.9",
        "1,29",
        "9" * 30,
    ],
)
def test_what_is_no_price_in_yuan_is_refused(text: str) -> None:
    with pytest.raises(NotAValue):
        parse_amount(text)


@settings(deadline=None)  # a busy machine is no fault
@given(fen=st.integers(0, 10**12))
def test_every_price_comes_back_to_the_fen(fen: int) -> None:
    # 0.29 and 1.15 are the classic prices that a float turns into 28 and 114.
    assert parse_amount(f"¥{Decimal(fen) / 100:.2f}").low_fen == fen


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1234", 1_234, 1_234),
        ("1,234件", 1_234, 1_234),
        ("已售1234", 1_234, 1_234),
        ("0", 0, 0),
        ("1.2万", 12_000, 12_999),
        ("1.25万", 12_500, 12_599),
        ("10w", 100_000, 109_999),
        ("3千", 3_000, 3_999),
        ("1.2亿", 120_000_000, 129_999_999),
        ("1万+", 10_000, None),
        ("10w+", 100_000, None),
        ("100+人付款", 100, None),
        ("月销500+", 500, None),
        ("1万以上", 10_000, None),
    ],
)
def test_a_rounded_count_is_a_range_and_never_a_point(
    text: str, low: int, high: int | None
) -> None:
    assert parse_count(text) == Count(low, high)


@pytest.mark.parametrize("text", ["", "很多", "1.5", "-3", "1.23456万件x", "12个月", "9" * 30])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(NotAValue):
        parse_count(text)


@pytest.mark.slow
@settings(deadline=None)  # a busy machine is no fault
@given(text=st.from_regex(r"\A[0-9]{1,13}(\.[0-9]{0,5})?万?\Z"))
def test_a_plain_number_is_read_as_any_other(text: str) -> None:
    # With a space before it, it is not plain.
    for read in (parse_count, parse_amount):
        try:
            whole: Amount | Count = read(f" {text}")
        except NotAValue:
            with pytest.raises(NotAValue):
                read(text)
        else:
            assert read(text) == whole


@pytest.mark.slow
@settings(deadline=None)  # a busy machine is no fault
@given(text=st.text(max_size=100))
def test_no_cell_breaks_the_reading_of_numbers(text: str) -> None:
    with suppress(NotAValue):
        assert parse_amount(text).low_fen >= 0
    with suppress(NotAValue):
        assert parse_count(text).low >= 0
