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
        ("找客服领五块钱红包啊一定要带图", "找客服领五", "找客服领五块钱红包啊一定要带图"),
        ("专柜三百九十九一瓶今天我给到", "专柜三百九十九一", "专柜三百九十九一瓶今天我给到"),
        ("假货根本不是纯棉", "假货根本不是", "假货根本不是纯棉"),
        ("黄金买入五百克的今天都有礼物送", "入五百", "黄金买入五百克的今天都有礼物送"),
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
    "words",
    [
        # Where each quote ended before: in a noun, before an object, after who is spoken of.
        "科学家发现嚼|这个糖专注力高一截",
        "许可证是借|我表哥的",
        "到点开奖就说系统|坏了不抽",
        "三十天内降价赔|双倍差价",
        "减肥糖里有西药|成分的不然怎么瘦",
        "特等奖压根没往抽奖|箱里放",
        "这是最顶级的冰|种翡翠",
        "我们给它上了保护谁做|谁吃官司",
        "赠品看仓库|剩啥就给你发啥",
        "国家级龙头|企业出品的粉丝",
        "想看货的vx搜|abc12345",
        "过期两天而已不影响|口感照样吃",
        "经查某|主播称大米马上涨价三倍",
        "我们当地农科院|推广的品种",
        # And where it began behind what is denied or named.
        "鸡脚不泡|那个双氧水颜色出不来",
        "户外折叠|刀带血槽的",
    ],
)
def test_a_short_clause_is_quoted_whole(words: str) -> None:
    first, _, second = words.partition("|")
    clause = first + second
    text = f"姐妹们，{clause}，来上链接"
    place = text.index(first)
    assert whole_phrase(text, place, place + len(first)) == (4, 4 + len(clause))
    place = text.index(second)
    assert whole_phrase(text, place, place + len(second)) == (4, 4 + len(clause))


def test_in_one_breath_a_quote_ends_where_a_phrase_may():
    text = "这个是我们当地果树所培育的早熟品种专治各种疑难杂症你放心吃"
    low, high = whole_phrase(text, 0, 10)
    assert text[low:high] == "这个是我们当地果树所培育的早熟品种"


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
