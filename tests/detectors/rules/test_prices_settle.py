"""`low-show-high-settle`: shown low, settled high."""

from __future__ import annotations

import pytest

from tests.detectors.build import gap, order, price, product, run, run_engine, session

RULE = "low-show-high-settle"


def paid(t, fen=4990, **fields):
    return order(t, price=fen, **fields)


def sale(t, fen=4990, **fields):
    return price(fen, t, kind="transaction", **fields)


def declined(events):
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    return {reason for _, reason in engine.stats.declined}


def test_two_orders_above_the_price_shown():
    [alert] = run(RULE, [price(3990, 0), paid(300), paid(480)])
    assert (alert.level, alert.subject, alert.hits) == ("lead", "A", 1)
    assert alert.reason == (
        "展示价 39.90 元，结算价 49.90 元，高出 10.00 元；先后 2 次所见，前后 180 秒"
    )
    assert alert.evidence.numbers["excess_fen"] == 1000
    [again] = run(RULE, alert.evidence.trigger)
    assert again.reason == alert.reason


def test_many_buyers_are_one_act():
    [alert] = run(RULE, [price(3990, 0), *(paid(300 + 10 * index) for index in range(50))])
    assert alert.hits == 1


def test_a_transaction_price_counts_like_an_order():
    assert len(run(RULE, [price(3990, 0), sale(300), sale(480)])) == 1


@pytest.mark.parametrize(("apart_s", "fires"), [(59, False), (60, True)])
def test_the_captures_are_a_minute_apart(apart_s, fires):
    assert bool(run(RULE, [price(3990, 0), paid(300), paid(300 + apart_s)])) is fires


def test_one_fen_is_enough():
    assert len(run(RULE, [price(3990, 0), paid(300, 3991), paid(400, 3991)])) == 1


def test_paid_as_shown_or_less_is_lawful():
    assert run(RULE, [price(3990, 0), paid(300, 3990), paid(400, 3590)]) == []


def test_the_same_order_reported_twice_is_one_capture():
    assert run(RULE, [price(3990, 0), paid(300, order="o"), paid(480, order="o")]) == []


def test_one_capture_is_none():
    assert declined([price(3990, 0), paid(300)]) == {"single-capture"}


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (["39.9元起"], "from-price"),
        (["39.9-49.9元"], "from-price"),
        (["会员专享"], "conditional"),
        (["新人首单价"], "conditional"),
        (["3人团"], "conditional"),
        (["不包邮"], "freight"),
        (["预售定金"], "deposit"),
    ],
)
def test_a_price_that_promises_less(conditions, reason):
    assert declined([price(3990, 0, conditions=conditions), paid(300), paid(480)]) == {reason}


def test_a_title_that_says_from():
    events = [product(0, title="坚果礼盒 39.9元起", price=3990), paid(300), paid(480)]
    assert declined(events) == {"from-price"}


def test_a_price_raised_in_the_open():
    assert run(RULE, [price(3990, 0), price(4990, 240), paid(300), paid(480)]) == []


def test_ordered_before_the_cut_and_paid_after_it():
    events = [price(4990, 0), price(3990, 240), paid(250), paid(400)]
    assert declined(events) == {"ordered-before"}


def test_a_card_that_follows_the_page_late():
    events = [
        product(0, price=3990), price(3990, 1), price(4990, 240), paid(250), paid(290), paid(330),
    ]  # fmt: skip
    assert run(RULE, events) == []


def test_another_unit():
    events = [price(3990, 0, unit="1盒"), sale(300, unit="2盒"), sale(480, unit="2盒")]
    assert declined(events) == {"unit"}


def test_a_sum_for_several():
    events = [price(3990, 0), paid(300, 7980, quantity=2), paid(480, 7980, quantity=2)]
    assert declined(events) == {"quantity"}


def test_freight_on_top():
    events = [
        price(3990, 0),
        sale(300, conditions=["含运费10元"]),
        sale(480, conditions=["含运费10元"]),
    ]
    assert declined(events) == {"freight"}


def test_a_price_after_a_coupon_that_not_everybody_takes():
    events = [price(3990, 0), price(3990, 1, kind="coupon"), paid(300), paid(480)]
    assert declined(events) == {"coupon"}


def test_a_gap_between_shown_and_paid():
    assert declined([price(3990, 0), gap(100, 200), paid(300), paid(480)]) == {"unwatched"}


def test_a_price_of_another_session():
    events = [price(3990, 0, session="s0"), session("started", 10), paid(300), paid(480)]
    assert declined(events) == {"other-session"}


def test_a_price_shown_long_ago():
    assert run(RULE, [price(3990, 0), paid(7200), paid(7400)]) == []


def test_another_sku():
    assert run(RULE, [price(3990, 0), paid(300, sku="B"), paid(480, sku="B")]) == []


class TestPages:
    def look(self, t, shelf=3990, detail=4990, **fields):
        where = fields.pop("conditions", ["详情页"])
        return [product(t, price=shelf), price(detail, t + 5, conditions=where, **fields)]

    def test_a_price_of_which_nobody_says_where_it_stands_is_watched(self):
        looks = [*self.look(0, conditions=None), *self.look(90, conditions=None)]
        [alert] = run(RULE, looks)
        assert (alert.level, alert.evidence.numbers["where"]) == ("watch", "另一处")
        assert "详情页价" not in alert.reason
        assert not any(basis.observed for basis in alert.law)
        [alert] = run(RULE, [*looks, *self.look(180), *self.look(270)])
        assert (alert.level, alert.evidence.numbers["where"]) == ("lead", "详情页")

    def test_two_looks_at_shelf_and_page(self):
        [alert] = run(RULE, [*self.look(0), *self.look(90)])
        assert alert.evidence.numbers["where"] == "详情页"
        assert "详情页价 49.90 元" in alert.reason

    def test_one_look(self):
        assert run(RULE, self.look(0)) == []

    def test_a_card_that_is_slow_by_less_than_a_minute(self):
        events = [
            *self.look(0, detail=3990),
            price(4990, 100, conditions=["详情页"]),
            product(140, price=3990),
            price(4990, 200, conditions=["详情页"]),
        ]
        assert declined(events) == {"single-capture"}

    def test_a_page_that_changed_once_while_the_card_was_not_shown_again(self):
        assert run(RULE, [product(0, price=3990), price(4990, 100), price(4990, 300)]) == []

    def test_a_card_above_the_page(self):
        assert run(RULE, [*self.look(0, shelf=5990), *self.look(90, shelf=5990)]) == []

    def test_a_page_price_with_conditions(self):
        looks = [*self.look(0, conditions=["会员价"]), *self.look(90, conditions=["会员价"])]
        assert declined(looks) == {"conditional"}

    def test_places_named_in_the_conditions(self):
        events = []
        for t in (0, 90):
            events += [
                price(3990, t, conditions=["小黄车"]),
                price(4990, t + 5, conditions=["详情页"]),
            ]
        assert len(run(RULE, events)) == 1
