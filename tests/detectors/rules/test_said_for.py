"""What speaks for the seller in the words themselves: another shop's price with its hour, whose
saying it is, and what a complaint is about."""

from __future__ import annotations

import pytest

from detectors.events import Event
from detectors.pack.english import english
from tests.detectors.build import (
    chat,
    counter,
    price,
    prize,
    product,
    room,
    run,
    run_engine,
    speech,
)

DAY = 86_400


class TestSpokenReference:
    @staticmethod
    def shown() -> list[Event]:
        return [
            price(9_900, -3 * DAY, sku="A", kind="transaction"),
            product(-60, sku="A", category="home", title="电饭煲", price=9_900),
        ]

    def test_the_hour_at_which_another_shop_asked_it_is_a_basis(self) -> None:
        alerts, engine = run_engine(
            "false-original-price",
            [
                *self.shown(),
                speech("京东自营店今天下午三点标价一百五十九我们今天九十九", 0, sku="A"),
            ],
        )
        assert not alerts
        assert engine.stats.declined["false-original-price", "basis-stated"] == 1

    def test_another_shop_alone_is_watched_and_quoted(self) -> None:
        (alert,) = run(
            "false-original-price",
            [*self.shown(), speech("京东自营店标价一百五十九我们今天九十九", 0, sku="A")],
        )
        assert alert.level == "watch"
        assert "京东自营店标价" in alert.reason
        assert alert.findings[0].text.startswith("京东自营店标价")

    def test_the_own_price_of_before_is_a_lead(self) -> None:
        (alert,) = run(
            "false-original-price",
            [*self.shown(), speech("原价一百五十九我们今天九十九", 0, sku="A")],
        )
        assert alert.level == "lead"


def test_a_rumour_that_is_passed_on_says_once_whose_it_is() -> None:
    (alert,) = run("price-hike-rumour", [speech("据说港口要关了食盐马上涨价三倍大家赶紧囤", 0)])
    told = [one for one in alert.exemptions if one.clause == "转述他人"]
    assert [one.why for one in told] == ["转述（“据说”）也是散布"]
    assert all(english(one.why) for one in alert.exemptions)


class TestComplaints:
    @pytest.mark.parametrize(
        ("text", "law"),
        [("退货被拒 一直不给退", 3), ("吃完过敏了脸都肿了", 1), ("快递半个月没动静 还没发货", 1)],
    )
    def test_the_law_is_that_of_the_complaint(self, text: str, law: int) -> None:
        (alert,) = run("complaint-intent", [chat(text, 0, user="u1")])
        assert len(alert.law) == law

    def test_a_guess_counts_for_no_complaint_and_a_report_does(self) -> None:
        assert not run("complaint-intent", [chat("这是仿的吧", 0, user="u1")])
        (alert,) = run("complaint-intent", [chat("收到了是仿的吧 标都歪的", 0, user="u1")])
        assert alert.title == "观众反映假货"


def test_a_shop_price_said_in_the_next_breath_belongs_to_the_verdict() -> None:
    words = [
        speech("今晚送价值五百的乳胶枕一对", 0, sku="A"),
        speech("同样的枕头店里挂一百二", 2, sku="A"),
    ]
    card = product(-60, sku="A", category="home", title="床垫")
    (alert,) = run("gift-value", [card, *words])
    assert alert.evidence.numbers["asked_fen"] == 12_000
    assert [event.id for event in alert.evidence.trigger] == [event.id for event in words]


def test_a_reason_for_the_refill_that_comes_after_the_alert_stands_in_it() -> None:
    events: list[Event] = [product(-60, sku="A", category="home", title="蒸锅", stock=40)]
    for t in (0, 100, 200):
        events += [
            counter("stock", 0, t, sku="A"),
            speech("抢完了售罄了", t + 5, sku="A"),
            counter("stock", 200, t + 30, sku="A"),
        ]
    reason = speech("这两百件是未付款的订单释放出来的", 260, sku="A")
    (without,) = run("fake-scarcity", events)
    (alert,) = run("fake-scarcity", [*events, reason])
    assert not without.leniency
    (told,) = alert.leniency
    assert told.clause == "前后的说明（裁量）"
    assert "这两百件是未付款的订单释放出来的" in told.fact
    assert english(told.fact)
    assert alert.hits == without.hits


class TestNamesake:
    @staticmethod
    def draw(winner: str) -> list[Event]:
        shown = room(0, host="小满", host_kind="seller")
        drawn = prize(60, prize="Z", phase="drawn", name="电饭煲", winners=[winner, "u8"])
        return [shown, prize(10, prize="Z", name="电饭煲", count=2), drawn, chat("好的", 900)]

    def test_the_same_name_is_said_to_be_a_name(self) -> None:
        (alert,) = run("prize-rigged", self.draw("小满"))
        assert "与本直播间主播的名称相同" in alert.reason
        assert "是本直播间的" not in alert.reason
        assert "has the name of this room's host" in alert.reason_en
        assert "has the name" in alert.level_reason_en

    def test_an_account_that_writes_as_host_is_the_hosts(self) -> None:
        wrote = chat("恭喜中奖的", 20, user="acc7", role="host")
        (alert,) = run("prize-rigged", [*self.draw("acc7")[:2], wrote, *self.draw("acc7")[2:]])
        assert "是本直播间的主播账号" in alert.reason


def test_likeness_cites_no_law_of_other_goods() -> None:
    (alert,) = run(
        "medical-claim",
        [
            product(-60, sku="A", category="home", title="电水壶"),
            speech("长结石的都是喝井水喝出来的这台壶烧的水达标", 0, sku="A"),
        ],
    )
    assert "likeness" in alert.evidence.numbers
    assert not any("食品安全" in one.law for one in alert.law)
