"""The figures of an alert: sums from the rule's own numbers, and a name for every number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from detectors.alerts import Alert, Evidence, Found
from detectors.calendar import BEIJING
from detectors.events import Chat, Order, Price, Prize, Product
from monitor.desk.accounts import members
from monitor.desk.arithmetic import figures, label_of, named_numbers, number_groups
from monitor.desk.crowd import drawing_of
from monitor.desk.curve import curve_of
from monitor.desk.formats import Formats
from monitor.desk.language import CODES, language
from monitor.desk.transcript import transcript
from tests.case_runs import CaseRuns
from tests.monitor.desk import evening
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
        ("change_percent", 1_250.5, "1,250.5%"),
        ("on_air_s", 2404, "40 分 4 秒"),
        ("span_s", 93_784, "1 天 2 小时 3 分 4 秒"),
        ("surge_s", 1.5, "1.5 秒"),
        ("window_min", 90.0, "1 小时 30 分"),
        ("turns_minutes", 12, "12 分"),
        ("likeness", 0.9, "0.90"),
        ("likeness_least", 0.9, "0.90"),
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


def said(at: int, text: str, event: str) -> Found:
    return Found(at=at, event=event, text=text, by="pattern:medical-claim/x", level="lead", says="")


def test_numbers_stand_with_the_utterance_that_they_are_of() -> None:
    first, last = said(NOW - 60_000, "降血压", "e1"), said(NOW, "血压就下来了", "e2")
    numbers = {"term": "降血压", "times": 2, "on_air_s": 60, "raised_for": "另一告警"}
    alert = evening.alert(hits=2, evidence=Evidence(trigger=[], numbers=numbers))
    # Of one utterance: nothing to tell apart.
    alert.findings = [first]
    assert [group.about for group in number_groups(alert, ZH)] == [""]
    alert.findings = [first, last]
    assert [
        (group.about, group.said, [one.name for one in group.numbers])
        for group in number_groups(alert, ZH)
    ] == [
        ("story", first, ["term"]),
        ("latest", last, ["times", "on_air_s"]),
        ("alert", None, ["raised_for"]),
    ]


def test_a_confidence_that_the_latest_cannot_have_is_of_what_was_heard_before() -> None:
    heard = evening.speech(NOW - 60_000, "降血压", id="e1")
    written = evening.chat(NOW, "降血压", id="e2")
    numbers = {"confidence": 0.95, "times": 2}
    alert = evening.alert(hits=2, evidence=Evidence(trigger=[heard, written], numbers=numbers))
    alert.findings = [said(heard.at, "降血压", "e1"), said(NOW, "降血压", "e2")]
    assert [[one.value for one in group.numbers] for group in number_groups(alert, ZH)] == [
        ["0.95"],
        ["2"],
    ]


@pytest.fixture(scope="module")
def raised(case_runs: CaseRuns) -> list[Alert]:
    """What the inline cases of all rules raise."""
    alerts = [alert for _, alerts in case_runs.all() for alert in alerts]
    assert alerts
    return alerts


@pytest.mark.slow(3)
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


#: Figures of standards and laws, which no event carries.
STANDARDS = {32100.0, 2015.0, 2018.0, 14.0, 16.0, 50.0, 18.0, 17.0}
_FIGURE = re.compile(r"(?<![A-Za-z0-9.-])\d[\d,]*(?:\.\d+)?(?![A-Za-z0-9])")


def bare(sentence: str) -> str:
    """A sentence without what it quotes and without places in a law."""
    while (shorter := re.sub("“[^“”]*”", "", sentence)) != sentence:
        sentence = shorter
    return re.sub("第[零一二三四五六七八九十百]+[条款项]", "", sentence)


def values(value: object) -> Iterator[float]:
    """All figures of some JSON; moments as the parts of their civil time in China, too."""
    if isinstance(value, dict):
        for one in value.values():
            yield from values(one)
    elif isinstance(value, list):
        for one in value:
            yield from values(one)
    elif isinstance(value, str):
        yield from (float(one) for one in re.findall(r"\d{1,15}(?:\.\d{1,6})?", value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
        if value > 1_000_000_000_000:
            when = datetime.fromtimestamp(value / 1000, UTC).astimezone(BEIJING)
            yield from (when.month, when.day, when.hour, when.minute)


@pytest.mark.slow
def test_every_figure_of_a_reason_follows_from_the_alert_alone(raised: list[Alert]) -> None:
    """From a figure of the evidence, the thresholds, or the sum or difference of two of the figures."""
    unknown = set()
    for alert in raised:
        evidence = msgspec.to_builtins(alert.evidence)
        numbers = [abs(one) for one in values(evidence["numbers"])]
        known = [*numbers, *values(evidence)]
        if alert.engine:
            known += values(dict(alert.engine.thresholds))
        known += (
            abs(a + sign * b) for a, b in itertools.combinations(numbers, 2) for sign in (1, -1)
        )
        known += (a * b for a, b in itertools.combinations(numbers, 2))
        pool = STANDARDS | {
            round(one / unit, digits)
            for one in set(known)
            for unit in (1, 100, 1_000, 60, 60_000, 3_600_000, 0.01)
            for digits in (0, 1, 2, 3)
        }
        codes = re.findall(r"[0-9A-Z]{15,}", str(evidence))
        for figure in _FIGURE.findall(bare(alert.reason)):
            # Of a code, a part or the length.
            of_code = any(figure in code or figure == str(len(code)) for code in codes)
            if float(figure.replace(",", "")) not in pool and not of_code:
                unknown.add((alert.rule, figure, alert.reason))
    assert unknown == set()


@pytest.mark.slow
def test_amounts_have_separators(raised: list[Alert]) -> None:
    for alert in raised:
        for sentence in (alert.reason, *(one.why for one in alert.exemptions)):
            for amount in re.findall(r"(\d[\d,.]*) 元", bare(sentence)):
                whole = amount.partition(".")[0]
                assert whole == f"{int(whole.replace(',', '')):,}", sentence


def _price(alert: Alert, name: str) -> float:
    value = alert.evidence.numbers[name]
    assert isinstance(value, int | float), name
    return value


@pytest.mark.slow
def test_sums_ratios_and_counts_come_out_again(raised: list[Alert]) -> None:
    """Each rule's arithmetic, done again from the alert alone."""
    seen: set[str] = set()

    def holds(alert: Alert, what: str, *, so: bool) -> None:
        assert so, (alert.rule, what, alert.reason, alert.evidence.numbers)
        seen.add(f"{alert.rule}/{what}")

    for alert in raised:
        numbers, evidence = alert.evidence.numbers, alert.evidence
        have = {name for name, value in numbers.items() if isinstance(value, int | float)}
        for total, first, second in (
            ("excess_fen", "reference_fen", "lowest_fen"),
            ("excess_fen", "settled_fen", "shown_fen"),
            ("excess_fen", "prize_fen", "cap_fen"),
            ("excess_fen", "stated_fen", "asked_fen"),
            ("rise_fen", "raised_fen", "low_fen"),
            ("fall_fen", "promised_fen", "later_fen"),
        ):
            if {total, first, second} <= have:
                gap = _price(alert, first) - _price(alert, second)
                holds(alert, total, so=_price(alert, total) == gap)
        if {"needed_fen", "offer_fen", "lowest_fen", "reference_fen"} <= have:
            share = _price(alert, "lowest_fen") / _price(alert, "reference_fen")
            exact = _price(alert, "offer_fen") * share
            holds(alert, "needed", so=abs(_price(alert, "needed_fen") - exact) < 1)
        if {"rise_percent", "rise_fen", "low_fen"} <= have:
            exact = 100 * _price(alert, "rise_fen") / _price(alert, "low_fen")
            holds(alert, "rise", so=abs(_price(alert, "rise_percent") - exact) < 0.06)
        if {"change_percent", "before_fen", "price_fen"} <= have and "steps" not in have:
            before = _price(alert, "before_fen")
            exact = 100 * (_price(alert, "price_fen") - before) / before
            holds(alert, "change", so=abs(_price(alert, "change_percent") - exact) < 0.06)
        if {"ratio", "claimed", "shown_upper"} <= have:
            shown = _price(alert, "shown_upper") + float(numbers.get("grown_since") or 0)
            exact = _price(alert, "claimed") / (shown * float(numbers.get("pieces_per_order") or 1))
            holds(alert, "ratio", so=abs(_price(alert, "ratio") - exact) < 0.06)
        if {"share_percent", "accounts", "chatters"} <= have:
            exact = 100 * _price(alert, "accounts") / _price(alert, "chatters")
            holds(alert, "share", so=abs(_price(alert, "share_percent") - exact) < 0.06)
        if {"absent_percent", "samples", "absent_samples"} <= have:
            exact = 100 * _price(alert, "absent_samples") / _price(alert, "samples")
            holds(alert, "absent", so=abs(_price(alert, "absent_percent") - exact) < 0.06)
        if {"surge_ratio", "viewers_before", "viewers_after"} <= have:
            exact = _price(alert, "viewers_after") / _price(alert, "viewers_before")
            holds(alert, "surge", so=abs(_price(alert, "surge_ratio") - exact) < 0.06)
        if {"late_hours", "ends_at"} <= have:
            last = max(event.at for event in evidence.trigger)
            hours = (last - _price(alert, "ends_at")) / 3_600_000
            holds(alert, "late", so=abs(_price(alert, "late_hours") - hours) < 0.06)
        if {"held_hours", "raised_at", "cut_at"} <= have:
            hours = (_price(alert, "cut_at") - _price(alert, "raised_at")) / 3_600_000
            holds(alert, "held", so=_price(alert, "held_hours") <= hours + 0.06)
        match alert.rule:
            case "complaint-surge":
                users = {event.user for event in evidence.trigger if isinstance(event, Chat)}
                holds(alert, "accounts", so=len(users) >= _price(alert, "accounts"))
                each = sum(map(int, re.findall(r"(\d+) 人", str(numbers["complaints"]))))
                holds(alert, "by kind", so=each == _price(alert, "accounts"))
            case "scripted-chat" | "fake-transaction" | "shared-crowd" if evidence.crowd:
                holds(alert, "named", so=evidence.crowd.of == _price(alert, "accounts")
                      if "accounts" in have else evidence.crowd.of >= 1)  # fmt: skip
                holds(alert, "listed", so=len(evidence.crowd.accounts) == evidence.crowd.of)
            case "false-original-price":
                shown = [
                    event.reference_price
                    for event in evidence.trigger
                    if isinstance(event, Price | Product) and event.reference_price is not None
                ]
                if shown:
                    holds(alert, "shown", so=_price(alert, "reference_fen") in shown)
            case "prize-over-cap" if isinstance(evidence.trigger[-1], Prize):
                prize = evidence.trigger[-1]
                if prize.value is not None:
                    holds(alert, "prize", so=prize.value == _price(alert, "prize_fen"))
            case "low-show-high-settle" if isinstance(evidence.trigger[-1], Order):
                holds(alert, "paid", so=evidence.trigger[-1].price == _price(alert, "settled_fen"))
    assert len(seen) > 20, seen
