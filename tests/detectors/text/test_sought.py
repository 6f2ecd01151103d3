"""No expression is passed over in a text that it matches."""

from __future__ import annotations

import re
import sys

from detectors.rules.advertising.composed import ComposedRule
from detectors.text.fold import fold
from detectors.text.sought import Sought, may_match, needed
from tests.detectors.build import rulebook


def test_words_that_every_match_holds() -> None:
    for expression, words in (
        ("(?:稳|保)赚[^,]{0,4}(?:万|千)|只涨不跌", "稳赚 保赚 只涨不跌"),
        ("(?:钱|款)?(?:退|还)", "钱退 钱还 款退 款还 退 还"),
        ("多(?!少)收", "多收"),
    ):
        assert needed(re.compile(expression)) == frozenset(words.split())


def test_nothing_is_known_of_what_may_be_anything() -> None:
    assert needed(re.compile("[^,]{2,4}")) is None
    assert needed(re.compile("保赚|.*")) is None
    assert Sought(re.compile("[^,]{2,4}")).search("随便") is not None


def test_a_text_without_the_words_is_passed_over() -> None:
    expression = re.compile("(?:稳|保)赚[^,]{0,4}(?:万|千)")
    assert not may_match([expression], "今天晚上好")
    assert Sought(expression).search("保赚三万") is not None
    assert [match.group() for match in Sought(expression).finditer("稳赚一万,保赚三千")] == [
        "稳赚一万",
        "保赚三千",
    ]


def test_no_match_in_the_rules_own_cases_is_passed_over() -> None:
    book = rulebook()
    texts = {
        fold(text).text
        for rule in book
        for patterns in rule.spec.patterns.values()
        for text in ["".join(patterns[index : index + 6]) for index in range(0, len(patterns), 6)]
    } | {
        fold(event["text"]).text
        for rule in book
        for case in rule.spec.cases
        for event in case.get("events", [])
        if isinstance(event, dict) and event.get("text")
    }
    expressions = {
        value.pattern
        for name, module in sorted(sys.modules.items())
        if name.startswith("detectors.rules.")
        for value in vars(module).values()
        if isinstance(value, Sought)
    } | {
        make.where
        for rule in book
        if isinstance(rule, ComposedRule)
        for make in rule.makes
        if make.where is not None
    }
    matched = [(one, text) for one in expressions for text in texts if one.search(text)]
    assert len(matched) > 100
    assert [
        (one.pattern[:40], text) for one, text in matched if not Sought(one).may_match(text)
    ] == []
