"""The price rules in one evening: order of arrival, repetition and restarts change nothing."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine.engine import Engine
from tests.detectors.build import (
    chat,
    gap,
    only,
    order,
    price,
    product,
    room,
    session,
    speech,
)
from tests.whole import examples

RULES = (
    "false-original-price", "raise-then-cut", "low-show-high-settle", "promo-rule-mismatch",
    "price-swing",
)  # fmt: skip
MINUTE = 60
HOUR = 3_600
DAY = 86_400
LATENESS_MS = 5_000


def evening():
    """Ten days of prices, then a broadcast with a violation of each kind, then the day after."""
    events = [price(8990, -10 * DAY + day * DAY, unit="件", session="") for day in range(10)]
    events += [order(-5 * DAY + index * HOUR, price=8990, session="") for index in range(5)]
    events += [
        price(15900, -40 * HOUR, sku="B", session=""),
        price(9900, -50 * HOUR, sku="B", session=""),
    ]
    events += [price(3990, -DAY + index * HOUR, sku="D", session="") for index in range(6)]
    events += [
        session("started", 0),
        room(1, host_kind="seller"),
        product(2, status="explaining", price=8990),
        price(8990, 10, unit="件", reference_price=45900, reference_label="原价"),
        chat("多少钱", 12),
        speech("原价四百五十九，今天直播间只要八十九块九", 20, sku="A"),
        speech("还有五分钟恢复原价459", 30, sku="A"),
        price(9900, 60, sku="B", reference_price=15900, reference_label="划线价"),
        gap(62, 68),
        price(3990, 70, sku="C"),
        order(90, sku="C", price=4990),
        order(160, sku="C", price=4990),
        order(170, sku="C", price=4990),
        order(240, sku="C", price=4990),
        speech("还有五分钟恢复原价459", 7 * MINUTE, sku="A"),
        speech("还有五分钟恢复原价459", 14 * MINUTE, sku="A"),
        price(39, 15 * MINUTE, sku="D"),
        price(3990, 16 * MINUTE, sku="D"),
        price(8990, 80 * MINUTE, unit="件", reference_price=45900, reference_label="原价"),
        session("ended", 2 * HOUR),
        price(8990, 30 * HOUR, unit="件", session="s2", reference_price=45900, reference_label="原价"),
    ]  # fmt: skip
    return sorted(events, key=lambda event: (event.at, event.rank, event.id))


EVENING = evening()


def play(events, *, size=1, restart_at=()):
    engine = Engine(only(*RULES), lateness_ms=LATENESS_MS)
    state = engine.open("demo", "1")
    final = {}
    for index in range(0, len(events), size):
        if index in restart_at:
            state = engine.restore_snapshot(engine.snapshot(state))
        for alert in engine.step(state, events[index : index + size], now=0):
            final[alert.id] = alert
    for alert in engine.finish(state, now=0):
        final[alert.id] = alert
    assert not engine.stats.failures, engine.stats.failures
    return {
        key: (alert.rule, alert.subject, alert.session, alert.level, alert.hits, alert.reason,
              alert.evidence.numbers, [event.id for event in alert.evidence.trigger])
        for key, alert in sorted(final.items())
    }  # fmt: skip


@functools.cache
def expected():
    return play(EVENING)


def test_every_rule_has_its_alert():
    found = {(rule, subject) for rule, subject, *_ in expected().values()}
    assert found == {
        ("false-original-price", "A"), ("raise-then-cut", "B"), ("low-show-high-settle", "C"),
        ("promo-rule-mismatch", "A"), ("price-swing", "D"),
    }  # fmt: skip


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 7))
def test_order_within_the_lateness_and_repetition_change_nothing(random, size):
    arrivals = [
        (event.at + random.uniform(0, LATENESS_MS - 1), random.random(), event)
        for event in [*EVENING, *EVENING]
    ]
    arrivals.sort(key=lambda arrival: arrival[:2])
    assert play([event for *_, event in arrivals], size=size) == expected()


@pytest.mark.parametrize("cut", range(0, len(EVENING)))
def test_a_restart_at_any_event_changes_nothing(cut):
    assert play(EVENING, restart_at={cut}) == expected()


def test_a_snapshot_of_the_same_state_is_the_same_bytes():
    engine = Engine(only(*RULES), lateness_ms=LATENESS_MS)
    state = engine.open("demo", "1")
    engine.step(state, EVENING, now=0)
    snapshot = engine.snapshot(state)
    assert engine.snapshot(engine.restore_snapshot(snapshot)) == snapshot
