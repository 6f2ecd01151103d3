"""What the screenplay says of each line, against the shipped rules.

A line marked ``{+rule}`` must be among the events that an alert of the rule stands on, a line
marked ``{-rule}`` must not. And no alert may be raised that no line asks for.
"""

from __future__ import annotations

import pytest

from detectors.engine.engine import Engine
from detectors.events import Speech
from monitor.demo.recording import record
from monitor.demo.stage import Staged
from tests.detectors.build import rulebook
from tests.monitor.demo.observed import Observed, observe, standing_on

pytestmark = pytest.mark.slow

RECORDING = record()
RULES = [
    "absolute-term", "claim-card-mismatch", "complaint-intent", "complaint-surge",
    "cosmetic-medical", "disparagement", "fabricated-sales-figure", "fake-scarcity",
    "fake-traffic", "fake-transaction", "false-claim", "false-original-price",
    "health-food-claim", "low-show-high-settle", "medical-claim", "off-platform-lure",
    "paid-positive-review", "patent-honour-false", "price-swing", "promo-rule-mismatch",
    "raise-then-cut", "scripted-chat", "state-organ-name",
]  # fmt: skip
INTENDED = [staged for staged in RECORDING.expectations if staged.expected.raised]
LAWFUL = [staged for staged in RECORDING.expectations if not staged.expected.raised]


def name(staged: Staged) -> str:
    sign = "+" if staged.expected.raised else "-"
    return f"{staged.place}{sign}{staged.expected.rule}@{staged.expected.sku or ''}"


@pytest.fixture(scope="module")
def alerts() -> list[Observed]:
    return observe(RECORDING, Engine(rulebook()))


@pytest.mark.parametrize("staged", INTENDED, ids=name)
def test_an_intended_violation_is_raised(staged: Staged, alerts: list[Observed]) -> None:
    assert standing_on(staged, alerts)


@pytest.mark.parametrize("staged", LAWFUL, ids=name)
def test_lawful_conduct_is_left_alone(staged: Staged, alerts: list[Observed]) -> None:
    assert [alert.final.reason for alert in standing_on(staged, alerts)] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_evening_is_raised(rule: str, alerts: list[Observed]) -> None:
    assert any(alert.final.rule == rule for alert in alerts)


#: The price history before the evening has a raise without a word, of which no line can tell.
BEFORE_THE_EVENING = {("price-swing", "H1")}


def test_nothing_is_raised_that_no_line_asks_for(alerts: list[Observed]) -> None:
    asked = [staged.expected for staged in INTENDED]
    unasked = [
        (alert.final.rule, alert.final.subject, alert.final.reason)
        for alert in alerts
        if not any(
            wanted.rule == alert.final.rule and alert.is_about(wanted.sku) for wanted in asked
        )
        and (alert.final.rule, alert.final.subject) not in BEFORE_THE_EVENING
    ]
    assert unasked == []


def test_no_alert_stands_on_words_that_are_not_marked_for_its_rule(
    alerts: list[Observed],
) -> None:
    marked = {(staged.expected.rule, event) for staged in INTENDED for event in staged.events}
    unmarked = [
        (alert.final.rule, alert.final.subject, event.text)
        for alert in alerts
        for event in alert.triggers.values()
        if isinstance(event, Speech) and (alert.final.rule, event.id) not in marked
    ]
    assert unmarked == []


def test_look_alikes_are_as_many_as_violations() -> None:
    assert len(LAWFUL) >= len(INTENDED)


def test_a_repeated_claim_is_one_alert_with_more_hits(alerts: list[Observed]) -> None:
    (lowering,) = [
        alert.final
        for alert in alerts
        if (alert.final.rule, alert.final.subject) == ("medical-claim", "B1/高血压")
    ]
    assert lowering.hits >= 4
    assert lowering.level == "lead"
