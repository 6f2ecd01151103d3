"""Folding: one spelling for many, and the way back to the words as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.match.fold import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("这个茶，喝一个月！", "这个茶,喝一个月!"),
        ("ＺＵＩ好", "zui好"),
        ("治\u200b疗", "治疗"),
        ("治\u00ad療", "治疗"),
        ("高血壓", "高血压"),
        ("苐一", "第一"),
        ("⽤完就好", "用完就好"),
        ("①号链接", "1号链接"),
        ("TOP1", "top1"),
        ("慢慢来…", "慢慢来…"),
        ("哋铺曊，溡間", "的铺费,时间"),
    ],
)
def test_one_spelling_stands_for_many(written: str, folded: str) -> None:
    assert fold(written).text == folded


def test_ordinary_text_keeps_its_places() -> None:
    assert fold("家人们晚上好，点点关注").offsets is None


def test_the_original_words_are_found_again() -> None:
    folded = fold("能\u200b治\u200b療失眠")
    start = folded.text.index("治疗")
    first, last = folded.to_original(start, start + 2)
    assert folded.original[first:last] == "治\u200b療"


@pytest.mark.slow
@given(st.text(max_size=60))
def test_every_folded_character_has_a_place_in_the_original(text: str) -> None:
    folded = fold(text)
    if folded.offsets is None:
        assert len(folded.text) == len(text)
    else:
        assert len(folded.offsets) == len(folded.text)
        assert list(folded.offsets) == sorted(folded.offsets)
        assert all(0 <= place < len(text) for place in folded.offsets)


@pytest.mark.slow
@given(st.text(max_size=60))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once
