"""`livewatch rules`."""

from __future__ import annotations

import json

import pytest

from monitor.commands import rules
from monitor.commands.exits import Exit


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


@pytest.mark.slow
def test_the_cases_of_the_packs_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.check_cases() == Exit.DONE
    assert "FAILED" not in capsys.readouterr().out


def test_cases_of_a_rule_that_does_not_exist_are_bad_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rules.check_cases(rule_ids=["no-such-rule"]) == Exit.USAGE
    assert "no-such-rule" in capsys.readouterr().err


OWN = "override: [{id: fake-scarcity, reason: 本地常见返场, stage: shadow}]\n"


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


def test_packs_are_found_by_the_configuration(tmp_path, capsys):
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\npacks = ["{tmp_path / "own.yaml"}"]\n', encoding="utf-8")
    assert rules.show_rules(as_json=True, stages=["shadow"], config=config) == Exit.DONE
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize("named", ["configuration", "option"])
@pytest.mark.slow
def test_expired_suppressions_fail_the_check_from_their_day_on(named, tmp_path, capsys):
    entry = {"id": "winery", "rule": "absolute-term", "match": {"room": "1"}, "reason": "已核实",
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


def test_packs_that_do_not_load_fail_the_check(tmp_path, capsys):
    own = tmp_path / "own.yaml"
    own.write_text("rules: [{id: x}]\n", encoding="utf-8")
    assert rules.check_packs(packs=[own]) is Exit.CHECK_FAILED
    assert "own.yaml" in capsys.readouterr().err
    assert rules.check_packs(on="someday") is Exit.USAGE


@pytest.mark.slow
def test_the_words_of_text_cases_are_hidden_in_every_way(capsys):
    assert rules.check_cases(rule_ids=["medical-claim"], evasion=True) == Exit.DONE
    shown = capsys.readouterr().out
    assert "hidden by" in shown
    # Nothing is lost to what cannot be seen: all texts that were found are found again.
    (row,) = (line for line in shown.splitlines() if line.startswith("zero-width"))
    found, _, of = row.split()[1].partition("/")
    assert int(found) == int(of) > 0
