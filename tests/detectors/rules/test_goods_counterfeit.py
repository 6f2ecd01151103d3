"""假冒: slang of counterfeits, prices that give them away, buyers who report them."""

from __future__ import annotations

import pytest

from tests.detectors.build import chat, price, product, run, run_engine, speech

RULE = "counterfeit-hint"


def said(text, category="clothing", **fields):
    card = product(-60, category=category, status="explaining", **fields)
    return run(RULE, [card, speech(text, 0, sku="A")])


@pytest.mark.parametrize(
    "text",
    ["这双鞋是莆田那边拿的货", "走线跟正柜没差，懂货的看得出", "工厂里偷跑出来的货，便宜", "标帮你们剪了哈",
     "正品八千，我这儿八百给你", "领标给大家剪掉，单独寄", "这是高仿里最顶的", "外贸原单，懂行的来",
     "经鉴定为假冒注册商标的商品", "底标字母都有的超级仿"],
)  # fmt: skip
def test_hints_in_the_words_of_sellers(text):
    (alert,) = said(text)
    assert alert.level == "watch"
    assert alert.subject == "A"


@pytest.mark.parametrize(
    "text",
    ["我们坚决不卖高仿", "别信那些原单尾货，都是假货", "收到高仿假一赔十", "我们家自有品牌的尾单，码不全",
     "高仿真的绿植，不用浇水", "把原单号发给客服", "标剪了不退不换的哈", "我穿M码，一百二", "专柜正品，小票可以查",
     "一比一兑换积分", "姐姐今天这妆超A", "博物馆授权复刻，有授权书"],
)  # fmt: skip
def test_lawful_words_are_silent(text):
    assert said(text) == []


def test_jade_is_graded_and_clothes_are_not():
    assert said("这只镯子天然A货", "jewellery") == []
    assert len(said("老花包A货，闭眼入")) == 1


@pytest.mark.parametrize(("fen", "level"), [(29_999, "lead"), (30_000, "watch")])
def test_a_brand_far_below_its_reference_makes_a_lead(fen, level):
    (alert,) = said("高仿里最顶的版本", brand="LV", price=fen, reference_price=100_000)
    assert alert.level == level
    if level == "lead":
        assert alert.evidence.numbers["price_fen"] == fen
        assert "299.99 元" in alert.reason


def test_a_price_shown_later_counts():
    card = product(-60, category="clothing", brand="LV", price=90_000, reference_price=100_000)
    (alert,) = run(RULE, [card, price(9_900, -30, sku="A"), speech("高仿的", 0, sku="A")])
    assert alert.level == "lead"


def reports(*lines):
    return [
        product(-60, status="explaining"),
        *(chat(text, t, user=user) for t, user, text in lines),
    ]


def test_three_buyers_count_once_each():
    two = [(0, "a", "收到的是假货"), (9, "a", "假货"), (20, "b", "鉴定是假的")]
    alerts, engine = run_engine(RULE, reports(*two))
    assert alerts == []
    assert engine.stats.declined[RULE, "few-reports"] == 3
    (alert,) = run(RULE, reports(*two, (30, "c", "买到假货了")))
    assert alert.evidence.numbers["reporters"] == 3
    assert len(alert.evidence.trigger) == 3


def test_reports_grow_old_and_questions_are_none():
    assert run(RULE, reports((0, "a", "假货"), (10, "b", "假货"), (4_000, "c", "假货"))) == []
    assert (
        run(RULE, reports((0, "a", "是假货吗"), (1, "b", "会不会是假的"), (2, "c", "假货？"))) == []
    )
