"""What one process of a run has made of the cases, the others take over as it is."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

import tests.case_runs
from detectors.alerts import encode
from detectors.lab.cases import play_cases, run_case
from tests.case_runs import CaseRuns
from tests.detectors.build import only

RULES = ("absolute-term", "price-swing")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of two rules."""
    monkeypatch.setattr(tests.case_runs, "rulebook", lambda: only(*RULES))


@pytest.mark.slow
def test_the_second_takes_what_the_first_has_made(
    tmp_path: Path, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {rule: CaseRuns(tmp_path / "cases").of(rule) for rule in RULES}
    assert [one.ok for one, _ in made["price-swing"]] == [
        run_case(only(*RULES), "price-swing", case).ok
        for case in only(*RULES)["price-swing"].spec.cases
    ]
    assert any(alerts for _, alerts in made["price-swing"])

    monkeypatch.delattr(tests.case_runs, "play_cases")
    other = CaseRuns(tmp_path / "cases")
    taken = list(other.all())
    assert {rule: other.of(rule) for rule in RULES} == made
    assert [list(map(encode, alerts)) for _, alerts in taken] == [
        list(map(encode, alerts)) for runs in made.values() for _, alerts in runs
    ]
    assert [case for case, _ in taken] == [
        case for rule in only(*RULES) for case in rule.spec.cases
    ]


@pytest.mark.slow
def test_what_another_is_at_is_left_to_it_till_the_end(
    tmp_path: Path, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    runs = CaseRuns(tmp_path / "cases")
    first, second = (rule.id for rule in only(*RULES))
    with (tmp_path / "cases" / f"{first}.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)

        def play(book, rule_id, cases):
            made.append(rule_id)
            if rule_id == second:
                fcntl.flock(turn, fcntl.LOCK_UN)
            return play_cases(book, rule_id, cases)

        monkeypatch.setattr(tests.case_runs, "play_cases", play)
        cases = [case for case, _ in runs.all()]
    assert list(dict.fromkeys(made)) == [second, first]
    assert cases == [case for rule in only(*RULES) for case in rule.spec.cases]
