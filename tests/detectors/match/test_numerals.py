"""Counts in the words of a host."""

from __future__ import annotations

import pytest

from detectors.match.numerals import counts


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("卖了十万单", [100_000]),
        ("一万多件", [10_000]),  # vague: the least that was said
        ("已售10w+", [100_000]),
        ("三千八百单", [3_800]),
        ("一万二", [12_000]),  # a lone digit after 万 counts the thousands
        ("1万2", [12_000]),
        ("1.2万", [12_000]),
        ("2,300件", [2_300]),
        ("好几万单", [20_000]),  # several are at least two
        ("上万单", [10_000]),
        ("十几万", [100_000]),
        ("一百二十万", [1_200_000]),
        ("一亿", [100_000_000]),
        ("没有数字", []),
    ],
)
def test_a_count_is_the_least_that_was_said(text, values):
    assert [count.value for count in counts(text)] == values


def test_offsets_cover_the_words_with_their_tail():
    count = counts("已经一万多单了")[0]
    assert "已经一万多单了"[count.start : count.end] == "一万多"


def test_a_model_name_in_letters_is_no_multiple():
    assert [count.value for count in counts("5kg装")] == [5]
