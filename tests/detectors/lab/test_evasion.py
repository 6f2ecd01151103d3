"""The operators that hide words, and what rules find of their own cases under each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import pytest

from detectors.events import Speech
from detectors.lab.cases import case_events, play_cases
from detectors.lab.evasion import OPERATORS, words_of
from detectors.rule import Rule
from tests.case_runs import CaseRuns
from tests.detectors.build import rulebook
from tests.whole import WHOLE

Place = tuple[int, int]
TEXT = "这个茶喝一个月高血压就能降下来，7天见效"
PLACES = [(7, 10), (12, 15), (16, 20)]
#: Of what the cases of all rules raise, this share is found under each operator. All of a case's
#: evidence is hidden at once, which is often a whole clause. The language by which it is read knows
#: the cases: what is kept of texts that it does not know is told in docs/judging.md.
KEPT = 0.92
#: Short cases are like nothing when their words are hidden: what is like a violation has ten letters at least.
LESS = {"martian": 0.9, "lookalike": 0.87, "homophone": 0.91, "picture": 0.9}
#: Alarms on lawful cases whose words are parted; a blank may be the end of a clause.
ALARMS = {"spaced": 0.03}
#: Operators that change nothing but the script, or what stands between.
HARMLESS = ["emoji", "symbol", "zero-width", "spaced", "full-width", "traditional"]
EACH_ONE = "one each"
"""The one run of `make test`, in which every second text is tried under one operator."""


def tried(names: Sequence[str]) -> list[str]:
    """The runs of a test over operators: one for each, or one over all."""
    return list(names) if WHOLE else [EACH_ONE]


def operator_of(run: str, text: str, names: Sequence[str]) -> str | None:
    """By what a text is disguised in a run; ``None``: it is not tried.

    What is asked for is a share of the texts. One in ten tells it for each operator, and each text
    is tried under one or two of these; one of two for all operators together.
    """
    drawn = crc32(text.encode())
    if run == EACH_ONE:
        return names[drawn // 2 % len(names)] if drawn % 2 else None
    return run if (drawn + names.index(run)) % min(10, len(names)) == 0 else None


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


def has_one_text(case: dict[str, Any]) -> bool:
    """Is it a case in which the decisive words can be hidden?"""
    return isinstance(case.get("text"), str)


def decisive(rule: Rule, case_runs: CaseRuns) -> Iterator[tuple[dict[str, Any], list[Place]]]:
    """Cases that raise their rule, with the places of the words that made it."""
    for case, (_, alerts) in zip(rule.spec.cases, case_runs.of(rule.id), strict=True):
        if not has_one_text(case) or not case.get("expect"):
            continue
        text = next(one.id for one in case_events(case) if isinstance(one, Speech))
        for alert in alerts:
            places = [(s.start, s.end) for s in alert.evidence.spans if s.event == text]
            if alert.rule == rule.id and places:
                yield case, places


@pytest.mark.slow(2 if WHOLE else 5)
@pytest.mark.parametrize("run", tried(list(OPERATORS)))
def test_what_a_case_raises_is_raised_in_disguise(run: str, case_runs: CaseRuns) -> None:
    kept = Counter[bool]()
    missed = []
    for rule in rulebook():
        disguised = []
        for case, places in decisive(rule, case_runs):
            name = operator_of(run, case["text"], list(OPERATORS))
            if name is not None and (text := OPERATORS[name](case["text"], places)) != case["text"]:
                disguised.append({**case, "text": text})
        for case, (_, alerts) in zip(
            disguised, play_cases(rulebook(), rule.id, disguised), strict=True
        ):
            is_raised = any(alert.rule == rule.id for alert in alerts)
            kept[is_raised] += 1
            if not is_raised:
                missed.append(f"{rule.id}: {case['text']}")
    print(f"{run}: {kept[True]} of {kept.total()}")
    assert kept.total() >= 10 or run == "full-width"
    assert kept[True] >= LESS.get(run, KEPT) * kept.total(), "\n".join(missed)


@pytest.mark.slow(1 if WHOLE else 4)
@pytest.mark.parametrize("run", tried(HARMLESS))
def test_what_a_case_leaves_alone_stays_alone_in_disguise(run: str) -> None:
    """Where nothing but the script or what stands between changes, a lawful text stays lawful."""
    raised, total = [], 0
    for rule in rulebook():
        disguised = []
        for case in filter(has_one_text, rule.spec.cases):
            text = case["text"]
            if not case.get("expect") and (name := operator_of(run, text, HARMLESS)):
                text = OPERATORS[name](text, words_of(text))
                disguised.append({**case, "text": text, "declined": None})
        total += len(disguised)
        raised += [
            f"{rule.id}: {case['text']}: {result.message}"
            for case, (result, _) in zip(
                disguised, play_cases(rulebook(), rule.id, disguised), strict=True
            )
            if not result.ok
        ]
    print(f"{run}: {len(raised)} of {total}")
    assert len(raised) <= ALARMS.get(run, 0.01) * total, "\n".join(raised)
