"""What is kept of a product's prices, and what can be asked of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.stats.price_history import MAX_STEPS, SALES_MERGED_MS, PriceHistory, quote_of
from tests.detectors.build import at, order, price, product

DAY = 86_400


def history(*events):
    known = PriceHistory()
    for event in events:
        quote = quote_of(event)
        if quote is not None:
            known.observe(quote)
    return known


def test_the_same_offer_seen_again_lengthens_its_step():
    known = history(price(8990, 0), price(8990, 60), price(8990, 120))
    assert [(step.at, step.until, step.count) for step in known.steps] == [(at(0), at(120), 3)]


def test_another_reference_is_another_step():
    known = history(price(8990, 0), price(8990, 60, reference_price=45900))
    assert len(known.steps) == 2


def test_sales_at_one_price_merge_within_an_hour_only():
    known = history(order(0, price=8990), order(1800, price=8990), order(4000, price=8990))
    assert [step.count for step in known.steps] == [2, 1]


def test_sales_that_alternate_between_two_prices_stay_two_steps():
    known = history(*(order(index, price=8990 - index % 2 * 1000) for index in range(100)))
    assert sorted(step.count for step in known.steps) == [50, 50]


def test_a_sale_after_a_new_offer_is_not_merged_with_one_before_it():
    known = history(
        order(0, price=8990), price(8990, 10, reference_price=45900), order(20, price=8990)
    )
    assert [step.kind for step in known.steps] == ["transaction", "asking", "transaction"]


def test_an_order_is_for_the_unit_that_was_shown_last():
    known = history(
        price(2990, 0, unit="1盒"),
        order(10, price=2990),
        price(7990, 20, unit="3盒"),
        order(30, price=7990),
    )
    assert known.lowest(0, at(100), "transaction", unit="3盒").price == 7990
    assert known.lowest(0, at(100), "transaction", unit="1盒").price == 2990


def test_an_unknown_unit_is_comparable_with_every_unit():
    known = history(order(0, price=2990))
    assert known.lowest(0, at(100), "transaction", unit="3盒").price == 2990


def test_windows_are_half_open():
    known = history(price(100, 0, kind="transaction"))
    assert known.lowest(at(0), at(1), "transaction") is not None
    assert known.lowest(at(-5), at(0), "transaction") is None
    assert known.lowest(at(1), at(5), "transaction") is None


def test_the_offer_in_force_is_the_one_that_began_last():
    known = history(product(0, price=9900), price(8900, 10), price(7900, 20, kind="coupon"))
    assert known.in_force(at(15)).price == 8900
    assert known.in_force(at(5)).price == 9900
    assert known.in_force(at(-1)) is None
    assert known.in_force(at(30), "asking", "coupon").price == 7900


def test_the_last_sale_before_a_time_may_be_long_ago():
    known = history(*(price(100 + day, -day * DAY, kind="transaction") for day in (30, 20, 10)))
    assert known.last(at(-7 * DAY), "transaction").price == 110


def test_only_paid_orders_are_sales():
    assert [
        quote_of(order(0, price=100, status=status)) is not None
        for status in ("placed", "paid", "refunded", "cancelled")
    ] == [False, True, False, False]


def test_a_card_without_any_price_shows_none():
    assert quote_of(product(0)) is None


def test_the_history_is_bounded():
    known = history(*(price(100 + index % 7, index) for index in range(MAX_STEPS + 500)))
    assert len(known.steps) == MAX_STEPS
    assert known.first_at == at(500)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.integers(0, 20 * 86_400), st.integers(1, 6), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 20 * 86_400),
    st.integers(1, 8 * 86_400),
)
def test_the_lowest_sale_of_a_window_is_that_of_the_single_sales(sales, start, length):
    """Merging sales into steps must not move one over the edge of a window of hours or more."""
    length = max(length, 2 * SALES_MERGED_MS // 1000)
    ordered = sorted(sales)
    known = history(
        *(order(second, price=fen) if paid else price(fen, second) for second, fen, paid in ordered)
    )
    inside = [fen for second, fen, paid in ordered if paid and start <= second < start + length]
    step = known.lowest(at(start), at(start + length), "transaction")
    assert (step.price if step else None) == min(inside, default=None)
