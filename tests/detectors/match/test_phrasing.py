"""Phrasings: what their notation finds, what is refused, and that each is asked somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from detectors.lab.checking import check_phrasings
from detectors.match.phrasing import PhrasingError, as_expression, files, load_phrasings, phrasing

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
]


@pytest.mark.parametrize(("ways", "found", "not_found"), WAYS)
def test_ways(ways: list[Any], found: str, not_found: str) -> None:
    expression = re.compile(as_expression(ways, {"unit": ["瓶", "箱"]}))
    assert expression.search(found)
    assert not expression.search(not_found)


@pytest.mark.parametrize(
    "ways",
    [[], [[{"gap": 3, "over": "words"}]], [["<nobody>"]], [[{"perhaps": "好"}]], [{"words": []}]],
)
def test_what_says_nothing_is_refused(ways: list[Any]) -> None:
    with pytest.raises(PhrasingError):
        as_expression(ways)


def test_no_such_file() -> None:
    with pytest.raises(PhrasingError, match="nothing_of_the_kind"):
        load_phrasings("nothing_of_the_kind")


def test_each_is_found_in_its_own_sentences_and_in_no_other() -> None:
    assert [problem.what for problem in check_phrasings()] == []


@pytest.mark.slow
def test_each_is_asked_and_each_that_is_asked_exists() -> None:
    written = {(file, name) for file in files() for name in load_phrasings(file).phrasings}
    asked = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "phrasing":
                continue
            match node.args:
                case [ast.Constant(file), ast.Constant(name)]:
                    asked.add((file, name))
                case [ast.Constant(file), ast.JoinedStr([ast.Constant(begin), *_])]:
                    # One for each kind of something: "told-{kind}".
                    meant = {one for one in written if one[0] == file and one[1].startswith(begin)}
                    assert meant, f"{path.name}: {begin}"
                    asked |= meant
    assert asked == written
    for file, name in written:
        assert phrasing(file, name).pattern
