"""Packs: what does not load, and that everything shipped does, with its cases."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import detectors.pack.load
from detectors.lab.cases import CaseError, case_events, play_cases, relative_ms, run_case
from detectors.pack.load import PackError, load_rulebook
from tests.detectors.build import rulebook

PACKS = sorted((Path(detectors.pack.load.__file__).parents[1] / "packs").glob("*.yaml"))


@pytest.fixture
def entry() -> dict:
    """One shipped rule as data, to be broken in one place."""
    return yaml.safe_load(PACKS[0].read_text(encoding="utf-8"))["rules"][0]


def load(tmp_path: Path, *entries: dict) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"rules": list(entries)}, allow_unicode=True), encoding="utf-8")
    load_rulebook([path])


@pytest.mark.slow
def test_an_entry_that_is_whole_loads(tmp_path, entry):
    load(tmp_path, entry)


@pytest.mark.slow
def test_a_misspelt_key_is_refused_with_its_path(tmp_path, entry):
    with pytest.raises(PackError, match=r"own\.yaml.*treshold"):
        load(tmp_path, {**entry, "treshold": 3})


@pytest.mark.slow
def test_a_rule_without_a_case_that_raises_it_does_not_load(tmp_path, entry):
    quiet = [case for case in entry["cases"] if not case.get("expect")]
    with pytest.raises(PackError, match="case"):
        load(tmp_path, {**entry, "cases": quiet})


@pytest.mark.slow
def test_a_rule_without_a_case_that_must_not_raise_it_does_not_load(tmp_path, entry):
    loud = [case for case in entry["cases"] if case.get("expect")]
    with pytest.raises(PackError, match="case"):
        load(tmp_path, {**entry, "cases": loud})


def test_slots_without_frames_are_patterns_with_their_joins_written_out():
    spec = rulebook()["promo-rule-mismatch"].spec
    assert not spec.frames
    assert {"改回", "系统会调到", "链接拉高"} <= {
        *spec.patterns["put_back"],
        *spec.patterns["costs"],
    }


@pytest.mark.slow
def test_a_slot_that_uses_none_that_exists_is_refused(tmp_path, entry):
    with pytest.raises(PackError, match="no slot 'nowhere'"):
        load(tmp_path, {**entry, "slots": {"words": {"use": ["nowhere"]}}})


@pytest.mark.slow
def test_law_that_is_not_in_the_table_is_refused(tmp_path, entry):
    with pytest.raises(PackError, match="没有的法/没有"):
        load(tmp_path, {**entry, "law": [{"ref": "没有的法/没有", "when": "总是"}]})


@pytest.mark.slow
def test_a_rule_without_code_is_refused(tmp_path, entry):
    with pytest.raises(PackError, match="no code"):
        load(tmp_path, {**entry, "id": "not-a-rule"})


@pytest.mark.slow
def test_an_id_is_given_once(tmp_path, entry):
    with pytest.raises(PackError, match="already defined"):
        load(tmp_path, entry, entry)


@pytest.mark.slow
def test_a_threshold_that_the_code_needs_is_missed_by_name(tmp_path):
    for path in PACKS:
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            if rule.get("thresholds"):
                with pytest.raises(PackError, match="threshold"):
                    load(tmp_path, {**rule, "thresholds": {}})
                return
    pytest.fail("no shipped rule has thresholds")


# What is shipped ----------------------------------------------------------------------------

#: Issue by issue, the ids of the law's table that are decided.
SPINE = {
    "absolute-term", "cosmetic-medical", "fabricated-sales-figure", "fake-scarcity", "fake-traffic",
    "fake-transaction", "false-claim", "false-original-price", "health-food-claim",
    "low-show-high-settle", "medical-claim", "price-swing", "promo-rule-mismatch", "raise-then-cut",
    "scripted-chat",
}  # fmt: skip


def test_the_three_headline_families_are_shipped():
    assert {rule.id for rule in rulebook()} >= SPINE


#: Of these the cases take a second.
MANY_CASES = {"false-claim", "medical-claim"}


@pytest.mark.parametrize(
    "rule_id",
    [
        pytest.param(rule.id, marks=() if rule.id in SPINE - MANY_CASES else pytest.mark.slow(0.3))
        for rule in rulebook()
    ],
)
def test_the_inline_cases_of_a_shipped_rule_hold(case_runs, rule_id):
    results = [result for result, _ in case_runs.of(rule_id)]
    assert len(results) == len(rulebook()[rule_id].spec.cases)
    failed = [result for result in results if not result.ok]
    assert failed == []


def test_every_exemption_of_a_shipped_rule_is_in_its_pack():
    for rule in rulebook():
        assert rule.spec.missing or rule.spec.level == "info", rule.id
        for name, threshold in rule.spec.thresholds.items():
            assert threshold.origin in ("law", "engineering"), (rule.id, name)


def test_no_list_of_words_has_one_twice():
    lists: dict[tuple[str, str], list[str]] = {}
    for rule in rulebook():
        for name, slot in rule.spec.slots.items():
            lists[rule.spec.id, name] = slot if isinstance(slot, list) else slot.words
        for name, words in rule.spec.patterns.items():
            lists[rule.spec.id, f"patterns {name}"] = words
    assert len(lists) > 1000
    assert {where for where, words in lists.items() if len(set(words)) < len(words)} == set()


def test_price_swing_is_a_signal_and_no_violation():
    assert rulebook()["price-swing"].spec.level == "info"


# Cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ms"), [("0s", 0), ("-9d", -777_600_000), ("1h30m", 5_400_000), ("1500ms", 1500)]
)
def test_relative_times_are_read(text, ms):
    assert relative_ms(text) == ms


@pytest.mark.parametrize("text", ["", "3", "3x", "3d ago", "--3d"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(CaseError):
        relative_ms(text)


def test_a_case_that_expects_what_is_not_raised_fails_with_both_sides_named():
    rule = next(iter(rulebook()))
    case = {
        "name": "无事",
        "events": [{"type": "chat", "text": "你好"}],
        "expect": [{"level": "lead"}],
    }
    result = run_case(rulebook(), rule.id, case)
    assert not result.ok
    assert "1 alerts expected, 0 raised" in result.message


def test_a_case_with_an_event_that_breaks_the_contract_says_which():
    with pytest.raises(CaseError, match="event 0"):
        case_events({"events": [{"type": "price", "kind": "asking"}]})


def test_what_a_case_declined_and_raised_does_not_count_for_the_next():
    cases = rulebook()["absolute-term"].spec.cases
    declined = next(one for one in cases if one.get("declined") and not one.get("expect"))
    raised = next(one for one in cases if one.get("expect"))
    nothing = {"name": "nothing is said", "text": "大家晚上好", "declined": declined["declined"]}
    played = list(play_cases(rulebook(), "absolute-term", [declined, raised, nothing]))
    assert [result.ok for result, _ in played] == [True, True, False]
    assert [bool(alerts) for _, alerts in played] == [False, True, False]
