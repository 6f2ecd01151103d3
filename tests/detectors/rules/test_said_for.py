"""What speaks for the seller in the words themselves: another shop's price with its hour, whose
saying it is, and what a complaint is about."""

from __future__ import annotations

import pytest

from detectors.events import Event
from detectors.pack.english import english
from tests.detectors.build import chat, price, product, run, run_engine, speech

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
