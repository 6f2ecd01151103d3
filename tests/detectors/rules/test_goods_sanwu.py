"""三无: what the card lacks, the host must admit or buyers report."""

from __future__ import annotations

import pytest

from tests.detectors.build import chat, gap, product, run, run_engine, speech

RULE = "sanwu"
BARE = {"厂名": "", "厂址": "", "合格证": ""}


def card(t=-60, attributes=BARE, **fields):
    fields = {"category": "home", "status": "explaining", **fields}
    return product(t, attributes=attributes, **fields)


@pytest.mark.slow
def test_an_admission_over_a_bare_card_is_a_lead_and_alone_is_watched():
    (lead,) = run(RULE, [card(), speech("没有厂家没有合格证，介意的别拍", 0, sku="A")])
    assert (lead.level, lead.subject) == ("lead", "A")
    assert "厂名" in lead.reason
    (watch,) = run(RULE, [card(attributes=None), speech("没有厂家没有合格证", 0, sku="A")])
    assert watch.level == "watch"


@pytest.mark.parametrize(
    "text",
    ["就是三无的，便宜嘛", "盒子上啥也没印", "合格证没有的哈", "哪个厂做的我也不知道", "没标没证，裸包装",
     "厂名厂址都没写", "无中文标明的产品名称、生产厂厂名"],
)  # fmt: skip
def test_admissions(text):
    assert len(run(RULE, [card(), speech(text, 0, sku="A")])) == 1


@pytest.mark.parametrize(
    "text",
    ["有没有合格证，有的", "三无产品千万别买", "不是三无，厂名厂址都有", "没有标签的那件是样品", "没有赠品",
     "没有厂家授权的店不要去", "三无面包，无糖无油无添加", "没有中间商"],
)  # fmt: skip
def test_lawful_words(text):
    assert run(RULE, [card(), speech(text, 0, sku="A")]) == []


def test_a_card_that_names_the_producer_contradicts_the_words():
    full = {"厂名": "暖岸家纺", "厂址": "川姜镇", "合格证": "有"}
    alerts, engine = run_engine(RULE, [card(attributes=full), speech("没有标签", 0, sku="A")])
    assert alerts == []
    assert engine.stats.declined[RULE, "card-names-producer"] == 1


def test_minutes_of_explaining_without_the_label_are_watched():
    assert run(RULE, [card(0), chat("多少钱", 170)]) == []
    (alert,) = run(RULE, [card(0), chat("多少钱", 200)])
    assert alert.level == "watch"


def test_the_label_read_out_ends_it_and_so_does_a_break():
    read = speech("生产厂家是暖岸家纺，地址在川姜镇", 60, sku="A")
    assert run(RULE, [card(0), read, chat("多少钱", 300)]) == []
    assert run(RULE, [card(0), gap(10, 170), chat("多少钱", 300)]) == []


@pytest.mark.parametrize("title", ["散装瓜子", "二手相机", "自家种的红薯"])
def test_goods_that_need_no_label(title):
    assert run(RULE, [card(0, title=title), chat("多少钱", 300)]) == []


def test_unknown_is_not_absent():
    assert run(RULE, [card(0, {"材质": "棉"}), chat("多少钱", 300)]) == []


def test_buyers_alone_are_watched_and_with_the_card_a_lead():
    lines = [chat(text, t, user=user) for t, user, text in
             [(0, "a", "没厂名没厂址"), (60, "b", "收到三无产品"), (90, "c", "没有合格证")]]  # fmt: skip
    (lead,) = run(RULE, [card(), *lines])
    assert (lead.level, lead.subject) == ("lead", "A")
    (watch,) = run(RULE, [card(attributes=None), *lines])
    assert watch.level == "watch"
    assert run(RULE, [card(attributes=None), *lines[:2]]) == []
