"""`raise-then-cut`: up shortly before, then the base of a reduction."""

from __future__ import annotations

import pytest

from tests.detectors.build import gap, order, price, product, run, run_engine, speech

RULE = "raise-then-cut"
HOUR = 3_600
DAY = 86_400


def shown(fen=8990, t=0.0, reference=15900, label="原价", **fields):
    return price(fen, t, reference_price=reference, reference_label=label, **fields)


def raised(up=-2 * DAY, *, low=8990, high=15900, seen=None):
    """A price of 89.90 that was put up to 159.00; `seen`: when the low one was seen last."""
    return [price(low, -20 * DAY), price(low, up - HOUR if seen is None else seen), price(high, up)]


def declined(events):
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    return {reason for _, reason in engine.stats.declined}


def test_the_series_stands_in_reason_and_numbers():
    [alert] = run(RULE, [*raised(), shown()])
    assert alert.level == "lead"
    assert (alert.subject, alert.hits) == ("A", 1)
    numbers = alert.evidence.numbers
    assert (numbers["low_fen"], numbers["raised_fen"], numbers["offer_fen"]) == (8990, 15900, 8990)
    assert numbers["rise_percent"] == 76.9
    assert numbers["held_hours"] == 48.0
    assert "89.90 元最迟于" in alert.reason
    assert "高 76.9%" in alert.reason
    assert alert.reason.endswith("不低于提价前")
    assert [point.price for point in alert.evidence.prices] == [8990, 15900, 8990]


def test_the_evidence_gives_the_same_verdict():
    [alert] = run(RULE, [*raised(), shown()])
    [again] = run(RULE, alert.evidence.trigger)
    assert again.level in ("lead", "watch")
    assert again.evidence.numbers["rise_percent"] == 76.9


@pytest.mark.parametrize(
    ("low", "fires"),
    [
        (13826, True),  # 15.0 %
        (13827, False),
        (15900, False),
    ],
)
def test_how_much_is_a_raise(low, fires):
    assert bool(run(RULE, [*raised(low=low), shown(9900)])) is fires


@pytest.mark.parametrize(
    ("up", "level"),
    [
        (-71 * HOUR + HOUR / 2, "lead"),
        (-71.5 * HOUR, "watch"),  # the low price was seen 72.5 h before the cut
    ],
)
def test_how_long_it_may_be_held(up, level):
    [alert] = run(RULE, [*raised(up), shown()])
    assert alert.level == level


def test_held_long_without_sight_of_sales_is_lawful():
    assert declined([*raised(-80 * HOUR), shown()]) == {"held-long-enough"}


def test_what_was_not_seen_between_low_and_high_is_not_counted_as_held():
    [alert] = run(RULE, [*raised(-DAY, seen=-20 * DAY), shown()])
    assert alert.level == "watch"


class TestSales:
    EARLIER = (order(-19 * DAY, price=8990),)

    def sold(self, count):
        return [order(-DAY * (1 + index / 10), price=15900) for index in range(count)]

    @pytest.mark.parametrize(("count", "fires"), [(0, True), (2, True), (3, False)])
    def test_few_at_the_raised_price(self, count, fires):
        events = sorted(
            [*raised(-10 * DAY), *self.EARLIER, *self.sold(count), shown()],
            key=lambda event: event.at,
        )
        assert bool(run(RULE, events)) is fires

    def test_where_no_sales_are_seen_none_are_missed(self):
        assert declined([*raised(-10 * DAY), shown()]) == {"held-long-enough"}

    def test_a_gap_may_hide_sales(self):
        events = sorted(
            [*raised(-10 * DAY), *self.EARLIER, gap(-5 * DAY, -4 * DAY), shown()],
            key=lambda event: event.at,
        )
        assert declined(events) == {"held-long-enough"}


def test_the_end_of_a_promotion_is_no_raise():
    events = [price(15900, -20 * DAY), price(8990, -5 * DAY), price(15900, -2 * DAY), shown(9990)]
    assert declined(events) == {"restored-price"}


def test_a_reference_that_was_never_asked_is_for_the_other_rule():
    assert run(RULE, [price(8990, -20 * DAY), price(9990, -2 * DAY), shown(reference=45900)]) == []


def test_a_raise_without_a_comparison_is_lawful():
    assert run(RULE, [*raised(), price(8990, 0)]) == []


def test_a_price_for_another_unit_was_not_raised():
    events = [
        price(8990, -20 * DAY, unit="1瓶"), price(15900, -2 * DAY, unit="2瓶"),
        shown(9990, unit="2瓶"),
    ]  # fmt: skip
    assert run(RULE, events) == []


def test_a_price_for_members_was_not_raised():
    events = [
        price(8990, -20 * DAY, conditions=["会员价"]), price(15900, -2 * DAY), shown(9990),
    ]  # fmt: skip
    assert run(RULE, events) == []


def test_longer_ago_than_thirty_days_is_not_shortly_before():
    events = [price(8990, -60 * DAY), price(15900, -31 * DAY), shown()]
    assert run(RULE, events) == []


@pytest.mark.parametrize("label", ["厂商建议零售价", "专柜价", "9月1日本店售价"])
def test_a_reference_that_is_not_the_shops_own_price(label):
    assert declined([*raised(), shown(label=label)]) == {"other-basis"}


def test_a_reference_that_always_moves_with_the_price_was_not_raised_for_it():
    events = [
        price(fen, -DAY * (6 - index), reference_price=fen + 2000)
        for index, fen in enumerate([5000, 5200, 5400, 7400, 5400])
    ]
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    assert engine.stats.declined[RULE, "follows-price"] == 2


def test_a_spoken_base_counts():
    events = [*raised(), price(8990, -60), speech("原价159，今天只要89.9", 0, sku="A")]
    assert [alert.level for alert in run(RULE, events)] == ["lead"]


@pytest.mark.parametrize(
    ("said_s", "level"),
    [
        (-2 * DAY - HOUR, "watch"),
        (-9 * DAY, "lead"),  # not about this raise
    ],
)
def test_a_reason_that_was_given_is_recorded_and_not_believed(said_s, level):
    words = speech("原材料涨了不少，没办法", said_s, sku="A")
    events = sorted([*raised(), words, shown()], key=lambda event: event.at)
    [alert] = run(RULE, events)
    assert alert.level == level
    assert ("原材料涨了不少" in alert.exemptions[0].why) is (level == "watch")


def test_cards_show_prices_too():
    events = [
        product(-20 * DAY, price=8990), product(-50 * HOUR, price=8990),
        product(-2 * DAY, price=15900),
        product(0, price=8990, reference_price=15900, reference_label="划线价"),
    ]  # fmt: skip
    assert [alert.level for alert in run(RULE, events)] == ["lead"]


def test_it_mutes_the_statistical_signal():
    events = [*raised(high=99900), shown(8990, reference=99900)]
    rules = {(alert.rule, alert.last_at) for alert in run([RULE, "price-swing"], events)}
    assert (RULE, events[-1].at) in rules
    assert ("price-swing", events[-1].at) not in rules


def test_the_tag_shown_again_is_one_hit():
    [alert] = run(RULE, [*raised(), *(shown(t=60 * index) for index in range(10))])
    assert alert.hits == 1
