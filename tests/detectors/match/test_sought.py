"""No expression is passed over in a text that it matches."""

from __future__ import annotations

import re

import pytest

from detectors.match.image import Image
from detectors.match.needed import needed
from detectors.match.sought import NeededWords, Sought, hold, needed_words, standing


def test_words_that_every_match_holds() -> None:
    for expression, words in (
        ("(?:稳|保)赚[^,]{0,4}(?:万|千)|只涨不跌", "稳赚 保赚 只涨不跌"),
        ("(?:钱|款)?(?:退|还)", "退 还"),
        ("多(?!少)收", "多收"),
    ):
        assert needed(re.compile(expression)) == frozenset(words.split())


def test_nothing_is_known_of_what_may_be_anything() -> None:
    assert needed(re.compile("[^,]{2,4}")) is None
    assert needed(re.compile("保赚|.*")) is None
    assert Sought(re.compile("[^,]{2,4}")).search("随便") is not None


def test_a_text_without_the_words_is_passed_over() -> None:
    expression = re.compile("(?:稳|保)赚[^,]{0,4}(?:万|千)")
    assert not Sought(expression).may_match("今天晚上好")
    assert Sought(expression).search("保赚三万") is not None
    assert [match.group() for match in Sought(expression).finditer("稳赚一万,保赚三千")] == [
        "稳赚一万",
        "保赚三千",
    ]


def test_all_that_an_alternative_needs_must_stand() -> None:
    drunk = Sought(
        re.compile("(?:喝|饮)[^,]{0,4}(?:一|两)(?:杯|瓶)[^,]{0,9}(?:没事|(?:不|没)(?:醉|倒))|劝酒")
    )
    for text, is_worth in (
        ("平时喝水可以泡一杯", False), ("喝两杯也没事", True), ("两瓶酒,不醉", False), ("喝一瓶不倒", True),
        ("再劝酒", True), ("没事", False),
    ):  # fmt: skip
        assert drunk.may_match(text) is is_worth, text


@pytest.mark.slow
def test_a_text_that_is_held_is_looked_through_once_for_all() -> None:
    saved, more = Sought(re.compile("省下.{0,4}千")), Sought(re.compile("多送.{0,4}件"))
    words = NeededWords(Image(needed_words()))
    text = "今天多送三件"
    assert (saved.may_match(text), more.may_match(text)) == (False, True)
    hold(text, words.look(text))
    assert (saved.may_match(text), more.may_match(text)) == (False, True)
    assert standing(text) & (saved.bit | more.bit) == more.bit
    # An expression that is new meanwhile is always worth asking.
    late = Sought(re.compile("今天.{0,4}送"))
    text = "今天不送"
    hold(text, words.look(text))
    assert late.may_match(text)
    assert not saved.may_match(text)
