"""What `rules check` tells of packs that load."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from detectors.lab.checking import check_entries, check_phrasings, check_rulebook
from detectors.pack.load import load_rulebook
from tests.detectors.build import rulebook
from tests.detectors.pack.test_own_packs import OWN_LAW, OWN_RULE, write
from tests.whole import WHOLE

DAY = date(2026, 10, 1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path / "law" / "酒类办法.yaml", OWN_LAW)
    return tmp_path


def problems(site: Path, *, duty: dict | None = None, suppressions: list | None = None, **change):
    """What is told of one rule with something changed, as (severity, text)."""
    write(site / "own.yaml", {"rules": [{**OWN_RULE, **change}]})
    if duty is not None:
        write(site / "law" / "酒类办法.yaml", {**OWN_LAW, "duties": {"年份": [duty]}})
    path = None
    if suppressions is not None:
        path = write(site / "suppressions.yaml", {"suppressions": suppressions})
    book = load_rulebook([], own=[site], suppressions=path)
    return [(problem.severity, problem.what) for problem in check_rulebook(book, DAY)]


def test_a_whole_rule_has_no_problems(site):
    assert problems(site) == []


def test_a_case_of_several_lines_needs_no_name(site):
    lines = {"text": ["三十年的原浆", "一桶九十九"], "category": "alcohol", "expect": [{}]}
    assert problems(site, cases=[*OWN_RULE["cases"], lines]) == []


def test_only_what_concerns_the_rules_that_are_asked_for_is_told(site):
    other = {**OWN_RULE, "id": "another", "missing": []}
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "missing": []}, other]})
    expired = {"id": "old", "rule": "another", "match": {"room": "1"}, "reason": "已核实",
               "author": "王某", "expires_on": "2020-01-01"}  # fmt: skip
    path = write(site / "suppressions.yaml", {"suppressions": [expired]})
    book = load_rulebook([], own=[site], suppressions=path)
    told = {rule: check_rulebook(book, DAY, [rule]) for rule in (OWN_RULE["id"], "another")}
    assert {one.rule for found in told.values() for one in found} == set(told)
    assert [len(found) for found in told.values()] == [1, 2]
    assert len(check_rulebook(book, DAY)) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"thresholds": {"n": {"value": 3, "origin": "engineering"}}}, "threshold n has no note"),
        ({"thresholds": {"n": {"value": 3, "origin": "law", "note": "三名"}}}, "no article"),
        ({"disguised": ["agee"]}, "no group 'agee'"),
        (
            {"cases": [*OWN_RULE["cases"], {"name": "年份", "text": "好喝", "expect": []}]},
            "2 cases are called 年份",
        ),
        ({"disguised": ["age."]}, "no group 'age.'"),
        ({"inhibits": ["no-such-rule"]}, "inhibits no-such-rule"),
        ({"level": "watch", "escalation": [{"hits": 3, "level": "lead"}]}, "escalates to lead"),
        ({"unrepeated": ["age"]}, "`unrepeated`"),
        ({"missing": []}, "`missing`"),
        ({"law": []}, "without a legal basis"),
        (
            {"cases": [*OWN_RULE["cases"][:-1], {**OWN_RULE["cases"][-1], "silent": ["nobody"]}]},
            "nobody must stay silent",
        ),
    ],
)
def test_what_is_wrong_is_an_error(site, change, said):
    (problem,) = problems(site, **change)
    assert problem[0] == "error"
    assert said in problem[1]


@pytest.mark.parametrize("mark", ["，", "、"])
def test_words_that_a_mark_of_the_chinese_keyboard_joins_are_told(site, mark):
    joined = mark.join(["四十年", "五十年", "六十年"])
    patterns = {**OWN_RULE["patterns"], "age": ["三十年", joined], "lab": ["成人、儿童"]}
    cases = [case for case in OWN_RULE["cases"] if case["name"] != "说了证书"]
    assert problems(site, patterns=patterns, cases=cases) == [
        ("warning", f"age: “{joined}” is one word: between two of them write , for {mark}")
    ]


@pytest.mark.parametrize(
    ("law", "said"),
    [
        ({"from": "2026-10-02"}, "none of its bases is in force on 2026-10-01"),
        ({"from": "2020-01-01", "to": "2026-10-01"}, "no longer in force since 2026-10-01"),
    ],
)
def test_law_that_is_not_in_force_on_the_day_is_told(site, law, said):
    found = problems(site, duty={"article": "第四条", "penalty": "无", **law})
    assert said in " ".join(what for _, what in found)
    assert ("error", "none of its bases is in force on 2026-10-01") in found


def test_a_day_between_two_versions_is_an_error(site):
    duty = [
        {"from": "2020-01-01", "to": "2021-01-01", "article": "第四条", "penalty": "无"},
        {"from": "2021-02-01", "article": "第五条", "penalty": "无"},
    ]
    write(site / "law" / "酒类办法.yaml", {**OWN_LAW, "duties": {"年份": duty}})
    assert problems(site) == [("error", "酒类办法/年份: no version from 2021-01-01 to 2021-02-01")]


@pytest.mark.slow
def test_an_exemption_wants_a_case_in_which_it_holds(site):
    exemptions = [{"clause": "酒类办法 第五条", "gist": "有年份证明的"}]
    without = [case for case in OWN_RULE["cases"] if case["name"] != "说了证书"]
    assert problems(site, exemptions=exemptions) == []
    assert problems(site, exemptions=exemptions, cases=without) == [
        ("warning", "exemption 酒类办法 第五条: no case in which it holds")
    ]


@pytest.mark.parametrize(("stage", "severity"), [("shadow", "warning"), ("trial", "error")])
def test_what_is_left_to_be_filled_in_is_told_and_an_error_once_it_raises(site, stage, severity):
    words = {**OWN_RULE["words"], "says": "待定：宣称了什么"}
    assert problems(site, stage=stage, words=words, falsepositives=["待定", "合同待定的"]) == [
        (severity, "falsepositives[0]: “待定” is left to be filled in"),
        (severity, "words.says: “待定：宣称了什么” is left to be filled in"),
    ]


@pytest.mark.parametrize("other", ["酒类办法第五条", "酒类办法", "酒类办法 第六条"])
def test_an_exemption_that_bears_two_names_is_an_error(site, other):
    exemptions = [{"clause": other, "gist": "有年份证明的"}]
    told = f"`exempt` names “酒类办法 第五条”, `exemptions` has “{other}”: write the same in both"
    assert ("error", told) in problems(site, exemptions=exemptions)


@pytest.mark.slow
def test_an_exemption_may_show_by_the_code_of_a_silence(site):
    def exemption(**more):
        return [{"clause": "否定、免责表述", "gist": "前面说了不是", **more}]

    assert problems(site, exemptions=exemption()) == [
        ("warning", "exemption 否定、免责表述: no case in which it holds")
    ]
    assert problems(site, exemptions=exemption(silences=["negated"])) == []
    # Where the rule raises it does not hold, and this one never does.
    assert problems(site, exemptions=exemption(silences=["few-samples"])) == [
        ("warning", "exemption 否定、免责表述: no case in which it holds")
    ]


def test_what_no_events_decide_needs_no_case_in_which_it_holds():
    # Whether there was intent, or a good reason for the rise, is for the officer to establish.
    book = rulebook()
    some = ["false-original-price", "raise-then-cut"]
    clauses = {one.clause for rule in some for one in book[rule].spec.exemptions}
    assert {"价格规定第二十一条第一项", "价格规定第十七条第一款"} <= clauses
    assert check_rulebook(book, DAY, some) == []


SUPPRESSION = {
    "id": "winery", "rule": "local-liquor", "match": {"room": "1"}, "reason": "已核实",
    "author": "王某", "expires_on": "2026-12-31",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"expires_on": "2026-10-01"}, ["error"]),
        ({"expires_on": "2026-10-02"}, []),
        ({"expires_on": "2028-01-01"}, ["warning"]),
        ({"rule": "no-such-rule"}, ["error"]),
        ({"reason": " "}, ["error"]),
    ],
)
def test_suppressions_are_checked_for_the_day(site, change, expected):
    found = problems(site, suppressions=[{**SUPPRESSION, **change}])
    assert [severity for severity, _ in found] == expected


@pytest.mark.slow(2)
def test_nothing_is_wrong_with_the_packs_that_ship():
    """Exemptions that no case shows from one side are looked for in some rules."""
    book, day = rulebook(), date(2026, 11, 25)
    problems = [*check_entries(book, day), *check_phrasings()]
    if WHOLE:
        problems += check_rulebook(book, day, [one.id for one in book if one.spec.exemptions][::6])
    assert [f"{one.rule}: {one.what}" for one in problems] == []
