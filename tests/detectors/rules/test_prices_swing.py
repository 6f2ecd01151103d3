"""`price-swing`: a statistical signal that stays quiet unless a price really jumps."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine.engine import Engine
from detectors.events import Price
from tests.detectors.build import (
    at,
    chat,
    gap,
    only,
    order,
    price,
    product,
    run,
    run_engine,
    speech,
)
from tests.whole import examples

RULE = "price-swing"
HOUR = 3_600
DAY = 86_400


def steady(count=6, fen=8990, t=-10 * DAY):
    """A price that moves a little, now and then."""
    return [price(fen + index % 3 * 200, t + index * DAY) for index in range(count)]


def declined(events):
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    return {reason for _, reason in engine.stats.declined}


@pytest.mark.parametrize(
    "fen",
    [
        89,  # two digits lost
        899,  # one digit lost
        89900,  # one too many
        2990,
        19900,
    ],
)
def test_a_jump(fen):
    [alert] = run(RULE, [*steady(), price(fen, 0)])
    assert alert.level == "info"
    assert alert.law == []
    assert alert.title == "价格异常波动"
    assert alert.evidence.numbers["price_fen"] == fen
    assert abs(alert.evidence.numbers["z"]) >= 6


def still(count=5, fen=8990, **fields):
    """A price that was seen again and again and never moved."""
    return [price(fen, -DAY - index * HOUR, **fields) for index in range(count, 0, -1)]


def test_a_first_change_after_a_still_price_needs_thirty_percent():
    assert run(RULE, [*still(), price(7190, 0)]) == []
    assert run(RULE, [*still(), price(11590, 0)]) == []
    assert len(run(RULE, [*still(), price(6190, 0)])) == 1
    assert len(run(RULE, [*still(), price(990, 0)])) == 1


class TestUnusual:
    """Targets: swings of 30 % found by the second sight, whatever the history is counted in."""

    @pytest.mark.parametrize("size", [1.3, 1.4, 1.5, 1 / 1.3, 1 / 1.5, 0.7])
    def test_a_spike_of_one_sight(self, size):
        events = [*still(), price(round(8990 * size), 0), price(8990, 60)]
        [alert] = run(RULE, events)
        assert alert.evidence.numbers["usual_fen"] == 8990
        assert alert.evidence.trigger[0].price == 8990
        assert alert.evidence.trigger[-1].price == round(8990 * size)

    def test_found_at_the_second_sight_though_the_recording_goes_on(self):
        engine = Engine(only(RULE), lateness_ms=0)
        state = engine.open("demo", "1")
        events = [*still(), price(13000, 0), price(13000, 15)]
        assert engine.step(state, events, now=0) == []
        [alert] = engine.step(state, [price(13000, 20)], now=0)
        assert alert.first_at == at(0)

    @pytest.mark.parametrize("minutes", [40, 300])
    @pytest.mark.parametrize("size", [1.35, 1.5, 3, 0.6])
    def test_a_creep_of_small_steps(self, minutes, size):
        steps = 30
        events = [price(8990, -HOUR + 60 * n) for n in range(60)] + [
            price(round(8990 * size ** (n / steps)), minutes * 60 * n / steps)
            for n in range(1, steps + 1)
        ]
        [alert] = run(RULE, events)
        assert alert.evidence.numbers["steps"] > 1
        assert alert.evidence.numbers["usual_fen"] == 8990

    def test_a_price_pushed_once_counts_for_the_time_that_was_watched(self):
        pushed = [price(8990, -2 * HOUR)]
        talk = [chat("晚上好", -2 * HOUR + 300 * n) for n in range(1, 24)]
        assert len(run(RULE, [*pushed, *talk, price(12990, 0)])) == 1
        # The same price in a room of which nothing else was seen.
        assert declined([*pushed, price(12990, 0)]) == {"insufficient-history"}

    def test_a_gap_in_watching_is_no_time_stood_still(self):
        talk = [chat("晚上好", -HOUR + 60 * n) for n in range(60)]
        events = [price(8990, -HOUR), *talk, gap(-HOUR + 1, -200), price(12990, 0)]
        assert declined(sorted(events, key=lambda one: one.at)) == {"insufficient-history"}

    def test_an_oscillation_with_no_history(self):
        events = [price(9900 if n % 2 else 4950, 60 * n) for n in range(9)]
        [alert] = run(RULE, events)
        assert alert.hits == 1
        assert alert.evidence.numbers["turns"] == 3

    def test_the_end_of_an_announced_price_is_no_swing(self):
        events = [speech("三二一上秒杀", -5, sku="A")]
        events += [price(4990, 60 * n) for n in range(30)] + [price(8990, 1_800 + 60 * n) for n in range(5)]  # fmt: skip
        assert run(RULE, events) == []

    def test_a_unit_that_is_shown_later_is_the_same_course(self):
        events = [product(-HOUR + 60 * n, price=8990) for n in range(20)]
        assert len(run(RULE, [*events, price(13500, 0, unit="件")])) == 1


def test_few_sightings_tell_nothing():
    assert declined([*still(4), price(990, 0)]) == {"insufficient-history"}


def test_a_price_that_jumped_before_has_to_jump_further():
    lively = [
        price(fen, -DAY + index * HOUR)
        for index, fen in enumerate([5000, 7500, 4800, 7000, 4500, 6600])
    ]
    assert run(RULE, [*lively, price(2000, 0)]) == []


@pytest.mark.parametrize("fen", [9990, 7990, 8990])
def test_an_everyday_change(fen):
    assert run(RULE, [*steady(), price(fen, 0)]) == []


def test_the_way_back_is_no_second_jump():
    [alert] = run(RULE, [*steady(), price(899, 0), price(8990, 600)])
    assert alert.hits == 1


class TestMasked:
    @pytest.mark.parametrize(
        "events",
        [
            [speech("三二一上秒杀", -60, sku="A"), price(990, 0)],
            [speech("给大家改价了", -60), price(990, 0)],
            [price(990, 0, reference_price=8990)],
        ],
    )
    def test_what_was_announced(self, events):
        assert declined([*steady(), *events]) == {"announced"}

    def test_a_price_with_conditions(self):
        assert declined([*steady(), price(990, 0, conditions=["限时秒杀"])]) == {"announced"}

    def test_and_the_way_back_from_it(self):
        events = [*steady(), price(990, 0, conditions=["限时秒杀"]), price(9190, 600)]
        assert run(RULE, events) == []

    def test_an_announcement_of_another_product_masks_nothing(self):
        events = [*steady(), speech("三二一上秒杀", -60, sku="B"), price(990, 0)]
        assert len(run(RULE, events)) == 1

    def test_an_announcement_long_ago_masks_nothing(self):
        events = [*steady(), speech("三二一上秒杀", -3 * HOUR, sku="A"), price(990, 0)]
        assert len(run(RULE, events)) == 1

    def test_coupons_and_deposits(self):
        events = [*steady(), price(990, 0, kind="coupon"), price(500, 1, kind="deposit")]
        assert run(RULE, events) == []

    def test_another_unit(self):
        events = [*still(unit="1箱"), price(990, 0, unit="1瓶")]
        assert run(RULE, events) == []

    def test_a_price_not_seen_for_long(self):
        assert declined(
            [price(fen, t - 20 * DAY) for fen, t in [(8990, 0), (8990, 60), (8990, 120)]]
            + [price(990, 0)]
        ) == {"not-sudden"}

    def test_a_gap(self):
        assert declined([*steady(), gap(-HOUR, -60), price(990, 0)]) == {"unwatched"}

    def test_an_order_at_the_new_price_shown(self):
        events = [order(-HOUR + index, price=8990) for index in range(5)]
        events += [price(990, -60), order(0, price=990)]
        assert declined(events) == {"as-shown"}

    def test_free_goods_have_no_ratio(self):
        assert run(RULE, [*steady(), price(0, 0), product(1, price=0)]) == []


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.sampled_from([850, 1660, 2100, 2500]), min_size=20, max_size=80))
def test_a_price_that_goes_to_and_fro_between_levels_is_heard_once_a_level(levels):
    """As in retail, where a buyer of many pays less: the naive rule fires at every step."""
    events = [price(fen, index * HOUR) for index, fen in enumerate(levels)]
    assert sum(alert.hits for alert in run(RULE, events)) <= len(set(levels)) - 1


SAMPLES = os.environ.get("LIVEWATCH_SAMPLES")


@pytest.mark.slow
@pytest.mark.samples
@pytest.mark.skipif(not SAMPLES, reason="set LIVEWATCH_SAMPLES to the folder of the samples")
@pytest.mark.parametrize("name", ["carrot", "onion", "potato", "tomato"])
def test_daily_prices_of_vegetables_are_nearly_silent(name):
    path = Path(str(SAMPLES)) / "prices_bangalore_mrp" / f"{name}1kgprice_dataset.csv"
    rows = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    events = []
    for index, row in enumerate(csv.DictReader(rows)):
        try:
            day = datetime.strptime(row["Date"].replace("/", "-"), "%d-%m-%Y").replace(tzinfo=UTC)
            fen = round(float(row["ActualPrice"]) * 100)
        except ValueError:
            continue
        events.append(
            Price(id=f"v{index}", platform="demo", room="1", at=int(day.timestamp() * 1000), sku=name,
                  kind="asking", price=fen, unit="kg")
        )  # fmt: skip
    assert len(events) > 80
    hits = sum(alert.hits for alert in run(RULE, events))
    assert hits <= max(1, len(events) // 150)
    # and a slip of the pen among them is heard
    slip = Price(id="slip", platform="demo", room="1", at=events[-1].at + DAY * 1000, sku=name,
                 kind="asking", price=events[-1].price * 10, unit="kg")  # fmt: skip
    assert sum(alert.hits for alert in run(RULE, [*events, slip])) == hits + 1


def test_the_reason_has_the_arithmetic():
    [alert] = run(RULE, [*still(), price(899, 0)])
    assert alert.reason.startswith("标价由 89.90 元变为 8.99 元（-90.0%）")
    assert alert.first_at == at(0)


def test_how_much_is_in_one_pack_is_no_choice_of_sizes():
    pack = product(-2 * DAY, attributes={"规格": "2 罐/盒"})
    assert len(run(RULE, [pack, *still(), price(12990, 0)])) == 1
    sizes = product(-2 * DAY, attributes={"规格": "2 罐/4 罐"})
    assert declined([sizes, *still(), price(12990, 0)]) == {"several-specifications"}
