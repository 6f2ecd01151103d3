"""What the rules about advertising decide beyond the words: level, law, class, card, host."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.events import Event, Speech
from detectors.rules.advertising.honours import is_possible_patent
from tests.detectors.build import (
    chat,
    gap,
    product,
    room,
    run,
    run_engine,
    session,
    speech,
)


def said(rule: str, text: str, category: str | None = None, **fields: Any) -> list[Alert]:
    """Alerts of a rule on one utterance about goods of a class."""
    card = {"title": "商品", "status": "explaining", **fields}
    if category is not None:
        card["category"] = category
    return run(rule, [session("started", -60), product(-50, **card), speech(text, 0, sku="A")])


class TestInvestment:
    def test_a_word_that_sounds_like_another_rules_takes_nothing_from_the_likeness(self) -> None:
        # “钱搁” sounds like “千个”, a word of price-hike-rumour.
        events = [
            product(-50, category="finance", status="explaining"),
            speech("钱搁我们社里 一年十个点 到期连本带利 少一分找我", 0, sku="A"),
        ]
        alerts, _ = run_engine(("investment-promise", "price-hike-rumour"), events)
        assert [(alert.rule, alert.subject) for alert in alerts] == [
            ("investment-promise", "A/措辞近似")
        ]

    @pytest.mark.slow
    def test_the_same_promise_again_is_a_hit(self) -> None:
        (alert,) = run(
            "investment-promise",
            [
                product(-50, category="finance", status="explaining"),
                speech("这个项目保本，放心投", 0, sku="A"),
                speech("再说一遍，保本保息", 60, sku="A"),
            ],
        )
        assert (alert.subject, alert.hits, alert.level) == ("A/无风险", 2, "lead")

    def test_a_question_that_is_denied_is_no_promise(self) -> None:
        events = [
            product(-50, category="finance", status="explaining"),
            speech("有人问保不保本", 0, sku="A"),
            speech("不保本的，有风险", 5, sku="A"),
        ]
        assert run("investment-promise", events) == []

    def test_a_question_that_is_affirmed_is_one(self) -> None:
        events = [
            product(-50, category="finance", status="explaining"),
            speech("有家人问这个理财能不能保本", 0, sku="A"),
            speech("能的，放心", 5, sku="A"),
        ]
        (alert,) = run("investment-promise", events)
        assert alert.level == "lead"

    def test_viewers_promise_nothing(self) -> None:
        events = [product(-50, category="finance", status="explaining"), chat("保本保息", 0)]
        assert run("investment-promise", events) == []

    def test_what_is_no_investment_pays_for_itself_lawfully(self) -> None:
        events = [product(-50, category="home"), speech("这口锅用一年就回本了", 0, sku="A")]
        alerts, engine = run_engine("investment-promise", events)
        assert alerts == []
        assert engine.stats.declined["investment-promise", "no-investment"] >= 1

    def test_the_candidates_are_told_apart_by_who_speaks(self) -> None:
        events = [
            room(-60, host_kind="influencer"),
            product(-50, category="finance", status="explaining"),
            speech("稳赚不赔的项目", 0, sku="A"),
        ]
        (alert,) = run("investment-promise", events)
        ad = next(basis for basis in alert.law if "广告法" in basis.law)
        assert ad.article == "第二十五条"
        assert "达人" in ad.when


class TestEducation:
    @pytest.mark.slow
    def test_a_refund_by_itself_is_only_watched(self) -> None:
        (alert,) = said("edu-promise", "考不过退费", "education")
        assert (alert.subject, alert.level) == ("A/退费", "watch")
        assert any("合同" in item for item in alert.missing)

    def test_a_refund_beside_a_promise_is_part_of_it(self) -> None:
        (alert,) = said("edu-promise", "我们保过，考不过退费", "education")
        assert (alert.subject, alert.level) == ("A/效果保证", "lead")

    def test_before_the_course_begins_a_refund_is_service(self) -> None:
        assert said("edu-promise", "开课七天内不满意可以退款", "education") == []


class TestMedicine:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("category", "level"), [("drug", "lead"), ("medical_device", "lead"), (None, "watch")]
    )
    def test_the_level_follows_what_is_known_of_the_class(
        self, category: str | None, level: str
    ) -> None:
        (alert,) = said("drug-device-ad", "这个药三天包好，根治", category)
        assert alert.level == level

    def test_goods_of_other_classes_belong_to_another_rule(self) -> None:
        assert said("drug-device-ad", "这个吃三天包好，根治", "food") == []

    def test_prescription_drugs_have_their_own_article(self) -> None:
        (alert,) = said("drug-device-ad", "阿莫西林今天九块九一盒，直接拍", "drug")
        assert any(basis.article.startswith("第十五条") for basis in alert.law)

    def test_they_may_be_refused(self) -> None:
        assert said("drug-device-ad", "处方药要凭处方，我们不卖", "drug") == []


class TestRestrictedGoods:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("text", "category", "article"),
        [
            ("电子烟新口味，直接拍", None, "第二十二条"),
            ("来干杯，敞开喝", "alcohol", "第二十三条"),
            ("可以代替母乳", "infant_food", "第二十条"),
        ],
    )
    def test_each_class_has_its_article(
        self, text: str, category: str | None, article: str
    ) -> None:
        (alert,) = said("restricted-goods-ad", text, category)
        assert any(basis.article.startswith(article) for basis in alert.law)

    def test_drinking_is_urged_only_where_alcohol_is_sold(self) -> None:
        assert said("restricted-goods-ad", "来干杯，敞开喝", "food") == []
        (alert,) = said("restricted-goods-ad", "这个白酒来，干杯")
        assert alert.level == "watch"


class TestCitedData:
    @pytest.mark.slow
    def test_a_source_on_the_card_is_a_source(self) -> None:
        source = {"检测报告": "编号 2025-0312"}
        assert said("cited-data", "除菌率百分之九十九", "home", attributes=source) == []
        (alert,) = said("cited-data", "除菌率百分之九十九", "home", attributes={"材质": "棉"})
        assert alert.level == "watch"

    def test_a_market_cut_out_for_oneself_makes_a_lead(self) -> None:
        (alert,) = said("cited-data", "据尼尔森2025年报告，高端燕麦奶细分市场销量冠军", "food")
        assert alert.level == "lead"

    def test_a_bare_first_belongs_to_the_absolute_terms(self) -> None:
        assert said("cited-data", "我们家的蜂蜜全网第一", "food") == []

    def test_to_quote_nobody_in_particular_is_a_quotation_without_a_source(self) -> None:
        (alert,) = said("cited-data", "据说百分之九十的妈妈都选它", "food")
        assert alert.level == "watch"


class TestHonours:
    @pytest.mark.parametrize(
        ("number", "possible"),
        [
            ("2021 2 0123456.7", True),
            ("202120123456.X", True),
            ("98101234.5", True),
            ("2099 1 0000001.X", False),
            ("2021 7 0123456.7", False),
            ("12345678", False),
        ],
    )
    def test_numbers_that_patents_have(self, number: str, possible: bool) -> None:
        assert is_possible_patent(number, 2026) == possible

    @pytest.mark.slow
    def test_a_number_that_none_has_makes_a_lead(self) -> None:
        (alert,) = said("patent-honour-false", "专利产品，专利号ZL123456", "home")
        assert alert.level == "lead"

    def test_a_number_on_the_card_will_do(self) -> None:
        card = {"专利号": "ZL202120123456.7"}
        assert said("patent-honour-false", "我们有国家专利", "home", attributes=card) == []


class TestStateOrgans:
    @pytest.mark.slow
    def test_an_official_for_the_farmers_is_none_of_the_sellers(self) -> None:
        assert said("state-organ-name", "县长来助农公益专场，推荐家乡的苹果", "food") == []
        (alert,) = said("state-organ-name", "县长亲自推荐的苹果", "food")
        assert alert.level == "lead"

    def test_a_hint_is_watched(self) -> None:
        (alert,) = said("state-organ-name", "特供，懂的都懂", "alcohol")
        assert (alert.subject, alert.level) == ("A/特供", "watch")


class TestEndorser:
    @pytest.mark.slow
    def test_recommenders_of_health_goods_make_a_lead(self) -> None:
        (alert,) = said("endorser-rule", "影帝代言的保健品", "health_food")
        assert alert.level == "lead"
        assert said("endorser-rule", "影帝代言的羽绒服", "clothing") == []

    def test_what_a_stream_does_not_show_is_watched(self) -> None:
        (alert,) = said("endorser-rule", "我没用过，但是推荐给大家", "cosmetics")
        assert alert.level == "watch"
        assert any("是否使用过" in item for item in alert.missing)


class TestIdentifiable:
    RULE = "ad-not-identifiable"

    def room_of(self, **fields: Any) -> list[Event]:
        """An influencer's room without mark, seller or announcement, as far as not said otherwise."""
        shown = {"host_kind": "influencer", "ad_label": False, "absent": ["seller"], **fields}
        return [
            session("started", -60),
            room(-50, **shown),
            speech("晚上好，欢迎来到直播间", -40),
            product(0, sku="A", title="面膜", status="explaining"),
        ]

    def test_all_three_ways_were_seen_to_be_missing(self) -> None:
        (alert,) = run(self.RULE, [*self.room_of(), chat("好", 400)])
        assert (alert.subject, alert.level) == ("A", "lead")
        assert [one.met for one in alert.exemptions] == [False] * 3
        assert alert.evidence.numbers["ad_label"] is False

    def test_five_minutes_must_have_passed(self) -> None:
        assert run(self.RULE, [*self.room_of(), chat("好", 200)]) == []

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"ad_label": True}, "labelled"),
            ({"ad_label": None}, "label-unknown"),
            ({"absent": None}, "seller-unknown"),
            ({"absent": None, "seller": {"name": "某某公司"}}, "seller-shown"),
            ({"host_kind": None}, "host-unknown"),
        ],
    )
    def test_one_way_suffices_and_the_unknown_accuses_nobody(
        self, fields: dict[str, Any], reason: str
    ) -> None:
        alerts, engine = run_engine(self.RULE, [*self.room_of(**fields), chat("好", 400)])
        assert alerts == []
        assert engine.stats.declined[self.RULE, reason] == 1

    def test_an_announced_advertisement_has_an_end(self) -> None:
        start = speech("接下来是广告时间", -5)
        end = speech("好，广告结束", 500)
        assert run(self.RULE, [*self.room_of(), start, end, session("ended", 900)]) == []
        (alert,) = run(self.RULE, [*self.room_of(), start, session("ended", 900)])
        assert "没有说明广告结束" in alert.reason

    def test_what_was_not_heard_may_have_been_said(self) -> None:
        events = [*self.room_of(), gap(-40, -20), chat("好", 400)]
        assert run(self.RULE, events) == []
        mute = [event for event in self.room_of() if not isinstance(event, Speech)]
        alerts, engine = run_engine(self.RULE, [*mute, chat("好", 400)])
        assert alerts == []
        assert engine.stats.declined[self.RULE, "not-heard"] == 1

    def test_a_sellers_own_room_is_no_concern(self) -> None:
        assert run(self.RULE, [*self.room_of(host_kind="seller"), chat("好", 400)]) == []

    def test_who_says_that_it_is_none_is_watched(self) -> None:
        events = [*self.room_of(), speech("这不是广告，纯分享", 10, sku="A")]
        (alert,) = run(self.RULE, events)
        assert (alert.subject, alert.level) == ("A/否认广告", "watch")
