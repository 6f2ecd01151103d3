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


def test_the_cases_of_the_packs_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.check_cases() == Exit.DONE
    assert "FAILED" not in capsys.readouterr().out


def test_cases_of_a_rule_that_does_not_exist_are_bad_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rules.check_cases(rule_ids=["no-such-rule"]) == Exit.USAGE
    assert "no-such-rule" in capsys.readouterr().err
