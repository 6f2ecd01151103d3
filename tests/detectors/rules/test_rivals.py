"""What is said of others in trade: whom it names, and whose shop says it."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.events import Chat
from tests.detectors.build import chat, product, room, run, run_engine, session, speech


def said(rule: str, text: str, category: str = "food", **fields: Any) -> list[Alert]:
    """Alerts of a rule on one utterance about goods of a class."""
    card = {"title": "商品", "status": "explaining", "category": category, **fields}
    return run(rule, [session("started", -60), product(-50, **card), speech(text, 0, sku="A")])


class TestDisparagement:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("海天的酱油全是添加剂", "lead"),
            ("别家的酱油全是添加剂", "watch"),
            ("隔壁直播间卖的全是假货", "watch"),
        ],
    )
    def test_who_can_be_told_by_the_words_makes_a_lead(self, text: str, level: str) -> None:
        (alert,) = said("disparagement", text)
        assert alert.level == level

    def test_which_operator_is_meant_must_be_found_out(self) -> None:
        (alert,) = said("disparagement", "别家的全是假货")
        assert "所指的是哪一经营者" in alert.missing
        (alert,) = said("disparagement", "海天的全是假货")
        assert "所指的是哪一经营者" not in alert.missing

    def test_the_brand_on_sale_is_no_rival(self) -> None:
        assert said("disparagement", "海天没有添加剂，有添加剂我赔", title="海天酱油") == []

    def test_a_viewer_who_runs_a_brand_down_accuses_nobody(self) -> None:
        assert run("disparagement", [product(-5), chat("海天的全是假货", 0)]) == []

    def test_an_assistant_speaks_for_the_seller(self) -> None:
        line: Chat = chat("海天的全是假货", 0, role="assistant")
        assert len(run("disparagement", [product(-5), line])) == 1

    def test_a_source_that_can_be_looked_up_exempts(self) -> None:
        text = "海天这批不合格，市场监管局上周通报的，官网可查"
        events = [product(-50, category="food"), speech(text, 0, sku="A")]
        alerts, engine = run_engine("disparagement", events)
        assert alerts == []
        assert engine.stats.declined["disparagement", "exempt"]

    def test_the_law_is_that_of_the_day(self) -> None:
        (alert,) = said("disparagement", "海天的酱油全是添加剂")
        assert any(
            basis.article == "第十二条" and "反不正当竞争法" in basis.law for basis in alert.law
        )


class TestConfusion:
    TEXT = "波司登代工厂出来的，一模一样"

    @pytest.mark.slow
    def test_a_shop_that_was_seen_and_is_not_the_brands_makes_a_lead(self) -> None:
        (alert,) = said("confusion", self.TEXT, "clothing", shop="阿芳女装")
        assert alert.level == "lead"

    def test_a_shop_that_was_not_seen_is_only_watched(self) -> None:
        (alert,) = said("confusion", self.TEXT, "clothing")
        assert alert.level == "watch"

    def test_the_brands_own_shop_may_name_it(self) -> None:
        assert said("confusion", self.TEXT, "clothing", shop="波司登官方旗舰店") == []

    def test_the_seller_of_the_room_counts_too(self) -> None:
        events = [
            session("started", -60),
            room(-55, seller={"name": "波司登羽绒服装有限公司"}),
            product(-50, category="clothing", status="explaining"),
            speech(self.TEXT, 0, sku="A"),
        ]
        assert run("confusion", events) == []

    @pytest.mark.parametrize(
        "text", ["适用于戴森同款接口的吸头", "小米粥熬得一样的稠", "明星同款的款式"]
    )
    def test_to_describe_is_not_to_lean_on(self, text: str) -> None:
        assert said("confusion", text, "home") == []
