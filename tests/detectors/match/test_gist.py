"""The gist of chat lines: what one template leaves behind."""

from __future__ import annotations

import random

import pytest
from rapidfuzz import fuzz

from detectors.match.gist import anchors, contained_ratio, gist, gists


@pytest.mark.parametrize(
    "changed",
    [
        "这款面膜真的好用，我已经回购三次了！！！",  # marks
        "这款面膜真的太好用啦我已经回购3次了呀",  # particles and figures
        "这款面膜 真的好用～我都已经回购三次了",  # spaces and a filler
        "姐妹们这款面膜真的好用我已经回购三次了",  # a small insertion
    ],
)
def test_changes_of_one_template_keep_the_gist_and_an_anchor(changed):
    first, _ = gist("这款面膜真的好用我已经回购三次了")
    second, _ = gist(changed)
    assert fuzz.ratio(first, second) >= 80
    assert set(anchors(first)) & set(anchors(second))


def test_other_words_are_another_gist():
    first, _ = gist("这款面膜真的好用我已经回购三次了")
    second, _ = gist("上次收到的抽纸家里人挺喜欢的")
    assert fuzz.ratio(first, second) < 50


def test_the_length_does_not_count_marks():
    assert gist("好用！！！！！！！！")[1] == 2


def test_containment_is_of_the_part_in_the_whole():
    assert contained_ratio("想要黑色", "想要黑色的打在公屏上") == 1.0
    assert contained_ratio("喝了睡得香", "想要黑色的打在公屏上") == 0.0


@pytest.mark.slow
def test_texts_that_are_read_at_one_go_have_the_gists_that_each_has_alone():
    pieces = (
        "好用",
        "了",
        "，",
        "！！",
        "😂",
        "❤️",
        "👩\u200d🔧",
        "①",
        "ＡＢ",
        "3个月",
        "İ",
        "\ue000",
        "🈶",
        "ᵒ",
        "個",
        "\n",
        " ",
    )
    several = 0
    choose = random.Random(12)
    for _ in range(3_000):
        texts = [
            "".join(choose.choices(pieces, k=choose.randrange(6)))
            for _ in range(choose.randrange(1, 6))
        ]
        found = gists(texts)
        assert found == [gist(text) for text in texts]
        several += len(set(found)) > 1
    assert several > 1_000
