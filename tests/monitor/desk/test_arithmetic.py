"""The figures of an alert: sums from the rule's own numbers, and a name for every number."""

from __future__ import annotations

import pytest

from detectors.alerts import Alert
from detectors.lab.cases import case_events
from detectors.lab.rerun import Rerun
from monitor.desk.accounts import members
from monitor.desk.arithmetic import figures, label_of, named_numbers
from monitor.desk.crowd import drawing_of
from monitor.desk.curve import curve_of
from monitor.desk.formats import Formats
from monitor.desk.language import CODES, language
from monitor.desk.transcript import transcript
from tests.detectors.build import rulebook
from tests.monitor.desk.evening import NOW

ZH = Formats(language("zh_CN"), NOW)


def test_a_sum_shows_what_the_rule_has_computed() -> None:
    found = figures({"reference_fen": 45900, "lowest_fen": 8990, "excess_fen": 36910}, ZH)
    assert [(entry.sign, entry.value, entry.unit) for entry in found] == [
        ("", "459.00", "元"),
        ("−", "89.90", "元"),
        ("=", "369.10", "元"),
    ]
    assert [entry.result for entry in found] == [False, False, True]


@pytest.mark.parametrize(
    "numbers",
    [
        {"reference_fen": 45900, "lowest_fen": 8990},  # no result: it is not computed here
        {"reference_fen": 45900, "lowest_fen": None, "excess_fen": 1},  # unknown
        {},
    ],
)
def test_without_all_terms_there_is_no_sum(numbers: dict[str, int | None]) -> None:
    assert figures(dict(numbers), ZH) == []


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("lowest_fen", 8990, "89.90 元"),
        ("lowest_at", NOW, "2026-11-24 20:46:31"),
        ("unwatched_ms", 27_000_000, "7 小时 30 分"),
        ("watched_days", 38.0, "38 天"),
        ("held_hours_most", 36.9, "36.9 小时"),
        ("rise_percent", 58.0, "58%"),
        ("z", 6.25, "6.25"),
        ("gap_variation", 0.022, "0.022"),
        ("category", None, "未知"),
        ("category", "food", "食品"),
        ("kind", "asking", "标价"),
        ("term", "全国最", "全国最"),
        ("orders", 100_000, "100,000"),
        ("conditional", True, "是"),
        ("said", "明天就涨回", "明天就涨回"),
    ],
)
def test_numbers_are_written_with_their_unit(
    name: str, number: int | float | str | bool | None, words: str
) -> None:
    assert named_numbers({name: number}, ZH)[0].value == words


@pytest.fixture(scope="module")
def raised() -> list[Alert]:
    """What the inline cases of all rules raise."""
    alerts: list[Alert] = []
    for rule in rulebook():
        for case in rule.spec.cases:
            rerun = Rerun(rulebook())
            rerun.feed(sorted(case_events(case), key=lambda event: event.at))
            alerts += rerun.finish()
    assert alerts
    return alerts


@pytest.mark.slow
def test_every_number_of_every_rule_has_a_name(raised: list[Alert]) -> None:
    names = {(alert.rule, name) for alert in raised for name in alert.evidence.numbers}
    for code in CODES:
        assert sorted(entry for entry in names if not label_of(entry[1], language(code))) == []


@pytest.mark.slow
def test_whatever_a_rule_raises_can_be_drawn_and_read(raised: list[Alert]) -> None:
    for alert in raised:
        curve = curve_of(alert)
        assert curve is None or curve.panels
        drawing = drawing_of(alert, members(alert))
        assert drawing is None or drawing.clusters or drawing.lanes
        for code in CODES:
            assert transcript(alert.evidence, language(code))
