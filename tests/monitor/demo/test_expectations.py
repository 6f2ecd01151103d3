"""What the screenplay says of each line, against the shipped rules.

A line marked ``{+rule}`` must be among the events that an alert of the rule stands on, a line
marked ``{-rule}`` must not. And no alert may be raised that no line asks for.
"""

from __future__ import annotations

import pytest

from detectors.engine.engine import Engine
from detectors.events import Speech
from monitor.demo.recording import Recording, record
from monitor.demo.stage import Staged
from tests.detectors.build import rulebook
from tests.monitor.demo.observed import Observed, observe, standing_on

pytestmark = pytest.mark.slow

RULES = [
    "absolute-term", "claim-card-mismatch", "complaint-intent", "complaint-surge",
    "cosmetic-medical", "disparagement", "fabricated-sales-figure", "fake-scarcity",
    "fake-traffic", "fake-transaction", "false-claim", "false-original-price",
    "health-food-claim", "low-show-high-settle", "medical-claim", "off-platform-lure",
    "paid-positive-review", "patent-honour-false", "price-swing", "promo-rule-mismatch",
    "raise-then-cut", "scripted-chat", "state-organ-name",
]  # fmt: skip


def name(staged: Staged) -> str:
    sign = "+" if staged.expected.raised else "-"
    return f"{staged.place}{sign}{staged.expected.rule}@{staged.expected.sku or ''}"


@pytest.fixture(scope="module")
def evening() -> Recording:
    return record()


@pytest.fixture(scope="module")
def intended(evening: Recording) -> list[Staged]:
    return [staged for staged in evening.expectations if staged.expected.raised]


@pytest.fixture(scope="module")
def lawful(evening: Recording) -> list[Staged]:
    return [staged for staged in evening.expectations if not staged.expected.raised]


@pytest.fixture(scope="module")
def alerts(evening: Recording) -> list[Observed]:
    return observe(evening, Engine(rulebook()))


def test_each_intended_violation_is_raised(intended: list[Staged], alerts: list[Observed]) -> None:
    assert len(intended) > 30
    assert [name(staged) for staged in intended if not standing_on(staged, alerts)] == []


def test_lawful_conduct_is_left_alone(lawful: list[Staged], alerts: list[Observed]) -> None:
    raised = {
        name(staged): [alert.final.reason for alert in standing_on(staged, alerts)]
        for staged in lawful
    }
    assert {line: reasons for line, reasons in raised.items() if reasons} == {}


def test_every_rule_of_the_evening_is_raised(alerts: list[Observed]) -> None:
    assert set(RULES) - {alert.final.rule for alert in alerts} == set()


#: The price history before the evening has a raise without a word, of which no line can tell.
BEFORE_THE_EVENING = {("price-swing", "H1")}


def test_nothing_is_raised_that_no_line_asks_for(
    intended: list[Staged], alerts: list[Observed]
) -> None:
    asked = [staged.expected for staged in intended]
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
    intended: list[Staged], alerts: list[Observed]
) -> None:
    marked = {(staged.expected.rule, event) for staged in intended for event in staged.events}
    unmarked = [
        (alert.final.rule, alert.final.subject, event.text)
        for alert in alerts
        for event in alert.triggers.values()
        if isinstance(event, Speech) and (alert.final.rule, event.id) not in marked
    ]
    assert unmarked == []


def test_look_alikes_are_as_many_as_violations(
    intended: list[Staged], lawful: list[Staged]
) -> None:
    assert len(lawful) >= len(intended)


def test_a_repeated_claim_is_one_alert_with_more_hits(alerts: list[Observed]) -> None:
    (lowering,) = [
        alert.final
        for alert in alerts
        if (alert.final.rule, alert.final.subject) == ("medical-claim", "B1/高血压")
    ]
    assert lowering.hits >= 4
    assert lowering.level == "lead"
