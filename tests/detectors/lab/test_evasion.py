"""The operators that hide words, and what rules find of their own cases under each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any
from zlib import crc32

import pytest

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.lab.cases import run_case
from detectors.lab.evaluation import LabelledText, text_events
from detectors.lab.evasion import OPERATORS, words_of
from detectors.pack.rulebook import Rulebook
from tests.detectors.build import rulebook
from tests.whole import WHOLE

TEXT = "这个茶喝一个月高血压就能降下来，7天见效"
PLACES = [(7, 10), (12, 15), (16, 20)]
#: Of what the cases of all rules raise, this share is found under each operator. All of a case's
#: evidence is hidden at once, which is often a whole clause. The language by which it is read knows
#: the cases: what is kept of texts that it does not know is told in docs/rules.md.
KEPT = 0.9
LESS = {"pinyin": 0.87, "martian": 0.84, "homophone": 0.89, "lookalike": 0.89}
#: Alarms on lawful cases whose words are parted; a blank may be the end of a clause.
ALARMS = {"spaced": 0.03}
#: Operators that change nothing but the script, or what stands between.
HARMLESS = ["emoji", "symbol", "zero-width", "spaced", "full-width", "traditional"]
EACH_ONE = "one each"
"""The one run of `make test`, in which each text is tried under one operator."""


def tried(names: Sequence[str]) -> list[str]:
    """The runs of a test over operators: one for each, or one over all."""
    return list(names) if WHOLE else [EACH_ONE]


def operator_of(run: str, text: str, names: Sequence[str]) -> str | None:
    """By what a text is disguised in a run; ``None``: it is not tried.

    What is asked for is a share of the texts. One in four tells it for each operator, and each text
    is tried under a quarter of these.
    """
    drawn = crc32(text.encode())
    if run == EACH_ONE:
        return names[drawn % len(names)]
    return run if (drawn + names.index(run)) % 4 == 0 else None


@cache
def book() -> Rulebook:
    return rulebook()


@cache
def engine() -> Engine:
    """One for all texts: making one takes a fifth of the time of a text."""
    return Engine(book(), lateness_ms=10_000)


def raised(row: LabelledText) -> list[Alert]:
    """What the rules of one room raise on a text."""
    machine = engine()
    state = machine.open("label", "1")
    alerts = [*machine.step(state, text_events(row), now=0), *machine.finish(state, now=0)]
    assert machine.stats.failures == []
    return list({alert.id: alert for alert in alerts}.values())


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("pinyin", "这个茶喝一个月gaoxueya就能jiangxialai，7tianjianxiao"),
        ("traditional", "这个茶喝一个月高血壓就能降下來，7天見效"),
        ("spaced", "这个茶喝一个月高 血 压就能降 下 来，7 天 见 效"),
        ("numeral", "这个茶喝一个月高血压就能降下来，七天见效"),
    ],
)
def test_an_operator_changes_the_places_and_nothing_else(name: str, hidden: str) -> None:
    assert OPERATORS[name](TEXT, PLACES) == hidden


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_functions_of_the_text(name: str) -> None:
    operator = OPERATORS[name]
    assert operator(TEXT, PLACES) == operator(TEXT, list(reversed(PLACES)))
    assert operator(TEXT, []) == TEXT
    assert operator("", [(0, 4)]) == ""
    kept = operator(TEXT, [(12, 15)])
    assert kept.startswith(TEXT[:12])
    assert kept.endswith(TEXT[15:])


def test_places_are_runs_of_two_characters() -> None:
    places = words_of(TEXT)
    assert len(places) == 3
    assert all(TEXT[low:high].isalpha() and high - low == 2 for low, high in places)


def single_texts() -> list[tuple[str, dict[str, Any]]]:
    """Cases of one text, in which the decisive words can be hidden."""
    return [
        (rule.id, case)
        for rule in book()
        for case in rule.spec.cases
        if isinstance(case.get("text"), str)
    ]


@cache
def found() -> list[tuple[str, LabelledText, list[tuple[int, int]]]]:
    """What the positive cases raise, with the places of the words that made it."""
    decisive = []
    for rule_id, case in single_texts():
        row = LabelledText(
            case["text"], bool(case.get("expect")), "host_speech",
            case.get("category"), case.get("host_kind"),
        )  # fmt: skip
        if not row.label:
            continue
        for alert in raised(row):
            places = [(s.start, s.end) for s in alert.evidence.spans if s.event == "line-0"]
            if alert.rule == rule_id and places:
                decisive.append((rule_id, row, places))
    return decisive


@pytest.mark.slow(2 if WHOLE else 9)
@pytest.mark.parametrize("run", tried(list(OPERATORS)))
def test_what_a_case_raises_is_raised_in_disguise(run: str) -> None:
    kept = Counter[bool]()
    missed = []
    for rule_id, row, places in found():
        name = operator_of(run, row.text, list(OPERATORS))
        if name is None or (hidden := OPERATORS[name](row.text, places)) == row.text:
            continue
        disguised = LabelledText(hidden, True, row.role, row.category, row.host_kind)
        is_raised = any(alert.rule == rule_id for alert in raised(disguised))
        kept[is_raised] += 1
        if not is_raised:
            missed.append(f"{rule_id}: {hidden}")
    print(f"{run}: {kept[True]} of {kept.total()}")
    assert kept.total() >= 10 or run == "full-width"
    assert kept[True] >= LESS.get(run, KEPT) * kept.total(), "\n".join(missed)


@pytest.mark.slow(1 if WHOLE else 6)
@pytest.mark.parametrize("run", tried(HARMLESS))
def test_what_a_case_leaves_alone_stays_alone_in_disguise(run: str) -> None:
    """Where nothing but the script or what stands between changes, a lawful text stays lawful."""
    raised, total = [], 0
    for rule_id, case in single_texts():
        if case.get("expect") or (name := operator_of(run, case["text"], HARMLESS)) is None:
            continue
        total += 1
        hidden = OPERATORS[name](case["text"], words_of(case["text"]))
        result = run_case(book(), rule_id, {**case, "text": hidden, "declined": None})
        if not result.ok:
            raised.append(f"{rule_id}: {hidden}: {result.message}")
    print(f"{run}: {len(raised)} of {total}")
    assert len(raised) <= ALARMS.get(run, 0.01) * total, "\n".join(raised)
