"""Quotes begin and end where what was said does."""

from __future__ import annotations

import pytest

from detectors.speech.phrases import whole_phrase, whole_word
from tests.detectors.build import run, speech


@pytest.mark.parametrize(
    ("text", "found", "quoted"),
    [
        (
            "某宝上那些都是化纤穿一次就掉色我们家不会",
            "都是化纤穿一次就掉",
            "某宝上那些都是化纤穿一次就掉色",
        ),
        ("外面金店都是坑你们的", "金店都是坑你们", "外面金店都是坑你们的"),
        ("找客服领五块钱红包啊一定要带图", "找客服领五", "找客服领五块钱红包啊"),
        ("专柜三百九十九一瓶今天我给到", "专柜三百九十九一", "专柜三百九十九一瓶"),
        ("假货根本不是纯棉", "假货根本不是", "假货根本不是纯棉"),
        ("黄金买入五百克的今天都有礼物送", "入五百", "黄金买入五百克的"),
        ("充电器没有3C没有厂名便宜", "3C没有厂名", "充电器没有3C没有厂名便宜"),
        ("有效率百分之九十九点七", "有效率百分之九十九", "有效率百分之九十九点七"),
        ("复购率百分之八十五", "复购率百分之", "复购率百分之八十五"),
        ("全网最低，六十九块九", "全网最低", "全网最低"),
        ("牌子不说，包过，不过退", "包过", "包过"),
        ("我是前央行的首席经济学家周教授", "我是前央行的首席", "我是前央行的首席经济学家周教授"),
        ("LV同款 1:1复刻的包", "复刻", "1:1复刻的包"),
    ],
)
def test_no_quote_cuts_a_word_a_figure_or_what_is_denied(
    text: str, found: str, quoted: str
) -> None:
    place = text.index(found)
    low, high = whole_phrase(text, place, place + len(found))
    assert text[low:high] == quoted
    # A quote that is whole stays as it is.
    assert whole_phrase(text, low, high) == (low, high)


def test_a_quote_keeps_to_the_words_of_its_event() -> None:
    text = "穿一次就掉色起球"
    assert whole_phrase(text, 0, 5, (0, 5)) == (0, 5)
    # Half a word that an event was cut in is left out.
    text = "厂名厂址都没有你懂的"
    assert whole_phrase(text, 0, 7, (0, 8)) == (0, 7)


def test_a_term_has_its_ending() -> None:
    text = "喝一个月就好了啊，全网最好的"
    assert text[slice(*whole_word(text, 5, 6))] == "好了"


@pytest.mark.parametrize(
    ("rule", "text", "words"),
    [
        ("disparagement", "某宝上那些一百多的都是化纤穿一次就掉色起球", "就掉色"),
        ("pyramid-recruit", "交九百九十八成为合伙人下面的人再拉人你还有提成", "你还有提成"),
        ("sanwu", "这个吊牌厂名无厂址也无的大家介意勿拍", "厂址也无"),
    ],
)
def test_alerts_quote_whole_phrases(rule: str, text: str, words: str) -> None:
    (alert,) = run([rule], [speech(text, 0)])
    assert any(words in one.text for one in alert.findings)
    assert words in alert.reason
