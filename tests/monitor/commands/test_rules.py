"""`livewatch rules`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detectors.pack.load import load_rulebook
from monitor.commands import rules
from monitor.commands.exits import Exit
from tests.detectors.pack.test_own_packs import OWN_LAW, OWN_RULE, write
from tests.monitor.commands.conftest import OnePack

#: The pack in which `fake-scarcity` stands.
PACK = Path(__file__).parents[3] / "detectors/packs/sales.yaml"


def test_every_rule_is_listed_with_its_basis_and_its_cases(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rules.show_rules(as_json=True) == Exit.DONE
    listed = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}

    for rule in listed.values():
        if rule["stage"] == "unseen":
            assert rule["reason"]
            assert rule["needs"]
            continue
        assert {"id", "title", "title_en", "version", "focus", "level", "law", "status", "stage",
                "cases", "code", "thresholds"} <= set(rule)  # fmt: skip
        assert rule["cases"]["positive"] > 0
        assert rule["cases"]["negative"] > 0
        # A statistical signal may stand on no article; an accusation may not.
        assert rule["law"] or rule["level"] != "lead"
    assert {
        "fabricated-sales-figure", "fake-scarcity", "scripted-chat", "fake-transaction", "fake-traffic",
        "false-original-price", "raise-then-cut", "price-swing", "promo-rule-mismatch",
        "low-show-high-settle",
        "absolute-term", "medical-claim", "health-food-claim", "cosmetic-medical", "false-claim",
    } <= set(listed)  # fmt: skip
    assert listed["false-original-price"]["focus"] == "F6"
    # 价格规定 names the seven days; the table says where a number comes from.
    assert listed["false-original-price"]["thresholds"]["lookback_days"]["value"] == 7
    assert listed["false-original-price"]["thresholds"]["lookback_days"]["origin"] == "law"


def test_rules_of_one_stage(capsys: pytest.CaptureFixture[str]) -> None:
    rules.show_rules(as_json=True, stages=["retired"])

    assert json.loads(capsys.readouterr().out) == []


def test_a_stage_that_does_not_exist_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.show_rules(stages=["trail"]) == Exit.USAGE
    assert "trial" in capsys.readouterr().err


def test_elsewhere_than_on_a_terminal_a_rule_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    rules.show_rules()
    lines = capsys.readouterr().out.splitlines()

    assert "false-original-price" in {line.split("\t")[1] for line in lines}


@pytest.fixture
def sales(one_pack: OnePack) -> None:
    """Of the rules that ship those of one pack: all of them are checked in `tests/detectors`."""
    one_pack(PACK)


@pytest.mark.slow
@pytest.mark.usefixtures("sales")
def test_the_cases_of_all_rules_are_run_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    book = load_rulebook([PACK])
    cases = sum(len(rule.spec.cases) for rule in book)

    assert rules.check_cases() == Exit.DONE
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == f"{cases} of {cases} cases of {len(book)} rules hold"


@pytest.mark.slow
@pytest.mark.usefixtures("sales")
def test_a_case_that_does_not_hold_is_named_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {**OWN_RULE["cases"][0], "name": "说了却不该", "expect": []}
    write(tmp_path / "own.yaml", {"rules": [{**OWN_RULE, "cases": [*OWN_RULE["cases"], wrong]}]})
    write(tmp_path / "law" / "酒类办法.yaml", OWN_LAW)

    assert rules.check_cases(rule_ids=["local-liquor"], packs=[tmp_path]) == Exit.CHECK_FAILED
    shown = capsys.readouterr().out
    assert "FAILED  local-liquor: 说了却不该" in shown
    cases = len(OWN_RULE["cases"])
    assert shown.splitlines()[-1] == f"{cases} of {cases + 1} cases of 1 rules hold"


def test_cases_of_a_rule_that_does_not_exist_are_bad_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rules.check_cases(rule_ids=["no-such-rule"]) == Exit.USAGE
    assert "no-such-rule" in capsys.readouterr().err


OWN = "override: [{id: fake-scarcity, reason: 本地常见返场, stage: shadow}]\n"


@pytest.mark.slow
def test_what_a_site_has_otherwise_is_listed_with_the_reason(tmp_path, capsys):
    own = tmp_path / "own.yaml"
    own.write_text(OWN, encoding="utf-8")
    assert rules.show_rules(as_json=True, stages=["shadow"], packs=[own]) == Exit.DONE
    (rule,) = json.loads(capsys.readouterr().out)
    assert (rule["id"], rule["overridden"]) == ("fake-scarcity", ["本地常见返场"])
    assert rule["pack"] == "sales.yaml"
    rules.show_rules(packs=[own])
    (line,) = (row for row in capsys.readouterr().out.splitlines() if "fake-scarcity" in row)
    assert line.split("\t")[4] == "shadow*"


@pytest.mark.slow
def test_packs_are_found_by_the_configuration(tmp_path, capsys):
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\npacks = ["{tmp_path / "own.yaml"}"]\n', encoding="utf-8")
    assert rules.show_rules(as_json=True, stages=["shadow"], config=config) == Exit.DONE
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("sales")
@pytest.mark.parametrize("named", ["configuration", "option"])
def test_expired_suppressions_fail_the_check_from_their_day_on(named, tmp_path, capsys):
    entry = {"id": "winery", "rule": "fake-scarcity", "match": {"room": "1"}, "reason": "已核实",
             "author": "王某", "expires_on": "2026-10-02"}  # fmt: skip
    path = tmp_path / "suppressions.yaml"
    path.write_text(json.dumps({"suppressions": [entry]}), encoding="utf-8")
    config = tmp_path / "livewatch.toml"
    named_there = f'[rules]\nsuppressions = "{path}"\n' if named == "configuration" else ""
    config.write_text(named_there, encoding="utf-8")
    told = {}
    for day in ("2026-10-01", "2026-10-02"):
        rules.check_packs(
            on=day, config=config, as_json=True, suppressions=path if named == "option" else None
        )
        told[day] = [
            problem["what"]
            for problem in json.loads(capsys.readouterr().out)
            if "winery" in problem["what"]
        ]
    assert told == {
        "2026-10-01": [],
        "2026-10-02": ["suppression winery: expired on 2026-10-02"],
    }


@pytest.mark.slow
def test_packs_that_do_not_load_fail_the_check(tmp_path, capsys):
    own = tmp_path / "own.yaml"
    own.write_text("rules: [{id: x}]\n", encoding="utf-8")
    assert rules.check_packs(packs=[own]) is Exit.CHECK_FAILED
    assert "own.yaml" in capsys.readouterr().err
    assert rules.check_packs(on="someday") is Exit.USAGE


@pytest.mark.slow
@pytest.mark.usefixtures("sales")
def test_one_rule_is_checked_alone(capsys):
    assert rules.check_packs(rule_ids=["fake-scarcity"]) is Exit.DONE
    assert capsys.readouterr().out.startswith("1 rules and 0 suppressions")
    assert rules.check_packs(rule_ids=["no-such-rule"]) is Exit.USAGE
    assert "rules check: no rule no-such-rule" in capsys.readouterr().err


@pytest.mark.slow
def test_the_words_of_text_cases_are_hidden_in_every_way(capsys):
    assert rules.check_cases(rule_ids=["ad-not-identifiable"], evasion=True) == Exit.DONE
    shown = capsys.readouterr().out
    assert "hidden by" in shown
    # Nothing is lost to what cannot be seen: all texts that were found are found again.
    (row,) = (line for line in shown.splitlines() if line.startswith("zero-width"))
    found, _, of = row.split()[1].partition("/")
    assert int(found) == int(of) > 0
