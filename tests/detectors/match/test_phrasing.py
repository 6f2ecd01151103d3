"""Phrasings: what their notation finds, what is refused, and that each is asked somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from detectors.lab.checking import check_phrasings
from detectors.match.phrasing import (
    PhrasingError,
    as_expression,
    files,
    load_phrasings,
    phrasing,
    table,
    word_list,
)

PACKAGE = Path(__file__).parents[3] / "detectors"

WAYS = [
    (["假的"], "那是假的", "那是真的"),
    ([["不", ["吃", "喝"], "<end>"]], "我不喝", "我不喝酒"),
    ([["别", {"not": ["人", "家"]}]], "别买", "别人买"),
    ([[{"not_before": ["特", "区别"]}, "别"]], "性别", "特别"),
    ([["谁", {"gap": 3}, "说"]], "谁敢乱说", "谁,他说"),
    ([["谁", {"gap": 3, "over": "commas"}, "说"]], "谁,他说", "谁。他说"),
    ([["谁", {"gap": [1, 3], "without": "不"}, "说"]], "谁要说", "谁不说"),
    ([["我", {"maybe": ["们", "家"]}, "卖"]], "我家卖", "我的卖"),
    ([[{"repeat": "<digit>", "times": [2, 4]}, "克"]], "重250克", "重2克"),
    ([["<unit>", "酒"]], "三瓶酒", "三桶酒"),
    ([["五", {"next": [["<unit>", "酒"]]}]], "五瓶酒", "五瓶水"),
    ([[{"before": ["买", "卖了"]}, "房"]], "卖了房", "看房"),
    ([["重", "<number>", "<blanks>", "克"]], "重二百五十 克", "重克"),
]


@pytest.mark.parametrize(("ways", "found", "not_found"), WAYS)
def test_ways(ways: list[Any], found: str, not_found: str) -> None:
    expression = re.compile(as_expression(ways, {"unit": ["瓶", "箱"]}))
    assert expression.search(found)
    assert not expression.search(not_found)


@pytest.mark.parametrize(
    "ways",
    [
        [],
        [[{"gap": 3, "over": "words"}]],
        [["<nobody>"]],
        [[{"perhaps": "好"}]],
        [{"words": []}],
        [[{"as": "n", "of": ["<nobody>"]}]],
    ],
)
def test_what_says_nothing_is_refused(ways: list[Any]) -> None:
    with pytest.raises(PhrasingError):
        as_expression(ways)


def test_what_is_read_of_the_words_has_a_name() -> None:
    ways = [[{"as": "n", "of": "<number>"}, {"maybe": {"as": "half", "of": "半"}}, ["天", "年"]]]
    expression = re.compile(as_expression(ways))

    assert expression.pattern.count("(?P<") == 2
    found = [expression.search(text) for text in ("用30天", "三年", "十二半天")]
    assert [one and one.groupdict() for one in found] == [
        {"n": "30", "half": None}, {"n": "三", "half": None}, {"n": "十二", "half": "半"},
    ]  # fmt: skip


def test_words_and_tables_that_are_not_there_are_named() -> None:
    with pytest.raises(PhrasingError, match="nobody"):
        word_list("times", "nobody")
    with pytest.raises(PhrasingError, match="nobody"):
        table("times", "nobody", int)
    with pytest.raises(PhrasingError, match="feasts"):
        table("times", "feasts", int)


def test_no_such_file() -> None:
    with pytest.raises(PhrasingError, match="nothing_of_the_kind"):
        load_phrasings("nothing_of_the_kind")


def test_each_is_found_in_its_own_sentences_and_in_no_other() -> None:
    assert [problem.what for problem in check_phrasings()] == []


#: What a part of a file is asked by.
ASKED_BY = {"phrasing": "phrasings", "table": "tables", "word_list": "lists"}


@pytest.mark.slow
def test_each_is_asked_and_each_that_is_asked_exists() -> None:
    written = {
        (file, part, name)
        for file in files()
        for part in ASKED_BY.values()
        for name in getattr(load_phrasings(file), part)
    }
    asked = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ASKED_BY:
                continue
            part = ASKED_BY[ast.unparse(node.func)]
            match node.args[:2]:
                case [ast.Constant(file), ast.Constant(name)]:
                    asked.add((file, part, name))
                case [ast.Constant(file), ast.JoinedStr([ast.Constant(begin), *_])]:
                    # One for each kind of something: "told-{kind}".
                    meant = {
                        one
                        for one in written
                        if one[:2] == (file, part) and one[2].startswith(begin)
                    }
                    assert meant, f"{path.name}: {begin}"
                    asked |= meant
    # Lists are for the sequences of their file, too.
    assert asked <= written
    assert {one for one in written - asked if one[1] != "lists"} == set()
    for file, part, name in written:
        if part == "phrasings":
            assert phrasing(file, name).pattern
