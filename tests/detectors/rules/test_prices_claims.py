"""What hosts say about prices: comparisons, gifts, conditions, rumours; and prices not marked."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.events import Event
from tests.detectors.build import chat, gap, price, product, run, run_engine, speech

SAID = {
    "compare-unfounded": (
        ["你去药店买要一百二，我这儿四十八", "外面卖九十九一瓶的，咱家三瓶九十九", "全国最低价没有之一", "别家直播间卖三百的，咱今天一百五带走",
         "敢说一句，没有哪个直播间比我们更便宜", "京东自营三百二，我们一百九十八", "比专柜便宜一半", "免税店都要六百，我们三百八"],
        ["我们线下店也是三十九，一个价", "去专柜试过色再来拍", "没有人比我更懂这个锅", "外面天冷多穿点，这件三百块很厚", "官网可以查真伪，九十九一瓶",
         "京东快递三天到，运费十块", "最低十块起拍", "全网都能搜到我们品牌"],
    ),
    "gift-value": (
        ["拍一发二还送惊喜好礼，你拆开就知道了", "赠品若干，以收到为准", "拍下这一单，礼盒都随单", "送什么你别管，保证你满意", "今天下单送价值三百的豪华礼包"],
        ["下单送两个喷雾瓶", "这个礼盒送长辈特别有面", "感谢大哥送的礼物", "包邮还送运费险", "送您一句话，好好爱自己", "没有赠品，别问了"],
    ),
    "prize-unclear": (
        ["抽奖啥时候抽看人气够不够", "奖品是什么先保密，你们先下单参加抽奖", "直播间说抽五台手机，最后改成只抽一台", "中奖名额几个现在还没定"],
        ["今晚八点抽奖，奖品是五台手机，关注就能参加", "抽真空包装的，不会坏", "什么时候发货不一定，看快递", "奖品还是那五台手机，说好的不变"],
    ),
    "prize-rigged": (
        ["其实抽奖名单都是提前内定的，走个过场", "后台设置好了，谁也抽不到那台手机的"],
        ["我们抽奖从来没有内定，都是系统抽", "中奖的不能是我们自己人，员工不参与", "早就定好了今天八点开播抽奖"],
    ),
    "price-hike-rumour": (
        ["俄乌那边一打，面粉全世界都缺，下个月翻倍涨", "国外禁止出口大豆了，食用油得涨疯", "盐矿都关停了，食盐要涨到十块一包", "鸡全扑杀了，鸡蛋奔着二十去了"],
        ["面粉涨价了我们没涨，老价格", "打仗归打仗，咱家粮油不涨价", "大豆油活动到今晚，明天就涨回原价", "停产的老款了，卖完就没了"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, (said, _) in SAID.items() for text in said]
)
def test_what_accuses(rule: str, text: str) -> None:
    assert run(rule, [speech(text, 0, sku="A")]), text


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, (_, lawful) in SAID.items() for text in lawful]
)
def test_what_does_not(rule: str, text: str) -> None:
    assert run(rule, [speech(text, 0, sku="A")]) == []


@pytest.mark.parametrize("rule", sorted(SAID))
def test_viewers_accuse_nobody(rule: str) -> None:
    events = [chat(text, index) for index, text in enumerate(SAID[rule][0])]
    assert run(rule, events) == []


# Gifts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "stated", "count"), [(9900, "九十九块一", 1), (9900, "九十九", 0), (19900, "九十九", 0)]
)  # fmt: skip
def test_a_value_is_held_against_what_the_shop_asks_now(
    asked: int, stated: str, count: int
) -> None:
    events: list[Event] = [
        product(-300, sku="G", title="玻璃保鲜盒", price=asked),
        speech(f"再送一个玻璃保鲜盒，价值{stated}", 0, sku="A"),
    ]
    assert len(run("gift-value", events)) == count


def test_a_price_for_members_is_not_what_the_shop_asks() -> None:
    events: list[Event] = [
        price(2500, -300, sku="G", conditions=["会员价"]),
        product(-200, sku="G", title="玻璃保鲜盒"),
        speech("再送一个玻璃保鲜盒，价值三十九", 0, sku="A"),
    ]
    assert run("gift-value", events) == []


# Conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_s", "count"), [(20, 0), (44, 0), (46, 1), (1700, 1), (1900, 0)])
def test_a_condition_that_comes_with_the_price_is_told(after_s: int, count: int) -> None:
    events: list[Event] = [
        speech("家人们九块九包邮到家", 0, sku="A"),
        speech("九块九是会员价，非会员二十九", after_s, sku="A"),
    ]
    alerts = run("hidden-condition", events)
    assert len(alerts) == count
    for alert in alerts:
        assert alert.evidence.numbers["told_after_s"] == after_s
        assert [event.id for event in alert.evidence.trigger] == [event.id for event in events]


def test_another_sum_is_another_offer() -> None:
    events: list[Event] = [
        speech("家人们九块九包邮到家", 0, sku="A"),
        speech("会员价是五块九", 180, sku="A"),
    ]
    assert run("hidden-condition", events) == []


def test_buyers_who_report_it_raise_it() -> None:
    events: list[Event] = [
        product(-10, status="explaining"),
        price(1990, 0, conditions=[]),
        *(chat("下单不是这个价", 60 + n, user=f"u{n}") for n in range(3)),
        price(1990, 480, conditions=["满3件"]),
    ]
    (alert,) = run("hidden-condition", events)
    assert (alert.level, alert.evidence.numbers["reports"]) == ("lead", 3)


# Not marked -----------------------------------------------------------------------------------

CARD: dict[str, Any] = {"status": "explaining", "url": "https://example.invalid/a"}


@pytest.mark.parametrize(("until_s", "count"), [(59, 0), (60, 0), (61, 1)])
def test_a_minute_without_a_price(until_s: int, count: int) -> None:
    events: list[Event] = [
        product(0, absent=["price"], **CARD),
        product(until_s, price=9900, **CARD),
        chat("好", 200),
    ]
    assert len(run("price-unmarked", events)) == count


def test_another_product_on_screen_ends_the_minute() -> None:
    events: list[Event] = [
        product(0, absent=["price"], **CARD),
        product(30, sku="B", price=100, status="explaining"),
        product(50, absent=["price"], **CARD),
        product(100, sku="B", price=100, status="explaining"),
        chat("好", 300),
    ]
    assert run("price-unmarked", events) == []


def test_what_was_not_watched_is_not_counted() -> None:
    events: list[Event] = [product(0, absent=["price"], **CARD), gap(10, 55), chat("好", 300)]
    alerts, engine = run_engine("price-unmarked", events)
    assert alerts == []
    assert engine.stats.declined["price-unmarked", "not-watched"] == 1


def test_a_card_that_is_seen_again_without_a_word_of_the_price_stays_unmarked() -> None:
    events: list[Event] = [
        product(0, absent=["price"], **CARD),
        product(30, **CARD),
        chat("好", 300),
    ]
    (alert,) = run("price-unmarked", events)
    assert alert.level == "lead"


@pytest.mark.parametrize(
    "text",
    [
        "这个到手价三十九块九会员才有的啊不是会员的先入个会",
        "这台机器一千九百九十九是以旧换新的价得拿旧的来换",
        "粉丝团三级以上的才能拍这个九块九的福利没到三级的先点灯牌",
        "免费领的是小样啊正装要买够两盒才送大家听明白再拍",
        "学生价四十五刷学生证才有社会上的朋友六十",
        "满两百才包邮啊不满两百的运费八块",
    ],
)
def test_a_price_told_with_its_condition_in_one_breath_hides_nothing(text: str):
    assert hidden(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "刚才说的三十九块九忘了说了是会员价不是会员的要五十九",
        "前面喊了半天九块九其实得新用户才行老用户是二十九",
        "你们看到的九块九其实是首杯的钱后面都是三十",
        "先把单拍了要什么条件我待会儿再讲",
        "一直喊的免费领呢是要付十八块邮费的哈刚没讲",
    ],
)
def test_a_condition_of_a_price_told_before_is_hidden_in_one_breath_too(text: str):
    assert len(hidden(text)) == 1


def hidden(text: str) -> list[Alert]:
    return run(
        "hidden-condition",
        [
            product(0, sku="S1", category="home", status="explaining", title="样品"),
            speech(text, 5, sku="S1"),
            speech("好嘞看一下颜色", 80, sku="S1"),
        ],
    )
