"""Measuring: how a labelled line reaches the rules, and what the counts say."""

from __future__ import annotations

import pytest

from detectors.events import Chat, Product, Room, Speech
from detectors.lab.evaluation import (
    ContextLine,
    LabelledText,
    Score,
    decide,
    read_scenarios,
    read_texts,
    text_events,
    wilson,
)
from tests.detectors.build import rulebook


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # No false alarm among 77 lawful lines still allows one in twenty.
        (0, 77, 0.0, 0.048),
        # Wilson's interval for 85 of 100, from the published formula by hand.
        (85, 100, 0.767, 0.907),
        (10, 10, 0.722, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_an_interval_says_how_little_a_small_set_knows(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=0.001)


def test_a_line_reaches_the_rules_in_a_broadcast_about_a_card():
    row = LabelledText(text="好喝", label=False, category="food", host_kind="influencer")
    kinds = {type(event): event for event in text_events(row)}
    assert kinds[Product].category == "food"
    assert kinds[Room].host_kind == "influencer"
    assert kinds[Speech].sku == "A"


def test_what_nobody_labelled_stays_unknown():
    kinds = {type(event): event for event in text_events(LabelledText(text="好喝", label=False))}
    assert kinds[Product].category is None
    assert kinds[Room].host_kind is None


def test_a_viewers_line_is_chat_and_its_neighbours_keep_their_distance():
    context = [ContextLine("host_speech", "不能啊", 4.0)]
    row = LabelledText(text="能治吗", label=False, role="viewer_chat", context=context)
    lines = [event for event in text_events(row) if event.id.startswith("line-")]
    assert [type(event) for event in lines] == [Chat, Speech]
    assert lines[1].at - lines[0].at == 4_000


def test_a_title_is_written_on_the_card():
    row = LabelledText(text="降血糖茶", label=True, role="product_title", category="food")
    events = text_events(row)
    assert [event.title for event in events if isinstance(event, Product)] == ["降血糖茶"]
    assert [alert.rule for alert in decide(rulebook(), events, None)] == ["medical-claim"]


def test_the_four_outcomes_are_told_apart():
    score = Score()
    for expected, raised in [(True, True), (True, False), (False, True), (False, False)]:
        score.add(expected=expected, raised=raised, row=f"{expected}/{raised}")
    assert score.recall == (1, 2)
    assert score.precision == (1, 2)
    assert score.true_negative == 1
    assert score.wrong == ["missed: True/False", "raised: False/True"]


def test_rows_are_read_as_they_are_written():
    assert read_texts('{"text":"好","label":true}\n'.encode())[0].text == "好"
    (scenario,) = read_scenarios(b'{"name":"n","expect":false,"events":[]}\n')
    assert (scenario.name, scenario.expect) == ("n", False)
