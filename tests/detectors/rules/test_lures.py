"""Lures: away from the platform, and into a scheme; what the one does to alerts beside it."""

from __future__ import annotations

import pytest

from tests.detectors.build import chat, event, product, run, run_engine, session, speech

LURE = "off-platform-lure"
PYRAMID = "pyramid-recruit"
FAKE = "counterfeit-hint"


class TestOffPlatform:
    @pytest.mark.parametrize(
        "text",
        [
            "想看细节图的加我薇，备注直播间",
            "要的家人➕V，这里说不了价",
            "你们加一下我威信，同手机号",
            "老粉都在群里，没进群的我拉你",
            "别在平台拍，直接转账给我少五十",
            "搜我们公众号下单，那边便宜",
            "看我头像后面那串号码，懂的都懂",
            "扣扣群自己加，群号在后面纸上",
        ],
    )
    def test_a_lure_is_a_note(self, text):
        (alert,) = run(LURE, [speech(text)])
        assert alert.level == "info"

    @pytest.mark.parametrize(
        "text",
        [
            "微信支付宝都能付",
            "有骗子冒充我加你微信，千万别转账",
            "点关注加粉丝团，粉丝群里发券",
            "我不加微信的，就在这里拍",
            "我闺女在班级群里发的照片",
            "加热两分钟就能吃",
            "羊群就在后面的山上",
            "漏发的私信我订单号，马上补",
            "下车打我电话，我出来接你",
        ],
    )
    def test_what_is_no_lure(self, text):
        assert run(LURE, [speech(text)]) == []

    def test_viewers_ask_for_it_in_vain(self):
        assert run(LURE, [chat("加我微信便宜点")]) == []


class TestRaising:
    GOODS = (product(sku="A", title="手袋", category="clothing", status="explaining"),)
    SLANG = "高仿的，跟专柜一模一样"
    AWAY = "想要的加我微信"

    def raised(self, *events):
        return {alert.rule: alert for alert in run((LURE, FAKE), [*self.GOODS, *events])}

    @pytest.mark.slow
    def test_alone_slang_is_watched(self):
        assert self.raised(speech(self.SLANG, 10, sku="A"))[FAKE].level == "watch"

    @pytest.mark.parametrize("lure_at", [5, 60])
    def test_beside_a_lure_it_is_a_lead_whichever_came_first(self, lure_at):
        lure = speech(self.AWAY, lure_at, sku="A")
        found = self.raised(*sorted([speech(self.SLANG, 10, sku="A"), lure], key=lambda e: e.at))
        assert found[FAKE].level == "lead"
        assert found[LURE].level == "info"
        assert found[FAKE].evidence.numbers["raised_for"] == "引导到平台外交易"
        assert "级别上调" in found[FAKE].reason
        assert lure.id in {one.id for one in found[FAKE].evidence.trigger}

    def test_a_repetition_keeps_the_level_and_says_why_once(self):
        found = self.raised(
            speech(self.AWAY, 5), speech(self.SLANG, 10, sku="A"), speech("就是高仿啊", 90, sku="A")
        )
        assert found[FAKE].hits == 2
        assert found[FAKE].level == "lead"
        assert found[FAKE].reason.count("级别上调") == 1

    def test_what_is_said_of_other_goods_raises_nothing(self):
        found = self.raised(
            speech(self.SLANG, 10, sku="A"),
            product(20, sku="B", title="袜子", status="explaining"),
            speech(self.AWAY, 30, sku="B"),
        )
        assert found[FAKE].level == "watch"

    def test_another_broadcast_is_another_matter(self):
        later = [
            session(t=3600, session="s2"),
            speech(self.SLANG, 3700, sku="A", session="s2"),
        ]
        assert self.raised(speech(self.AWAY, 5), *later)[FAKE].level == "watch"


class TestPyramid:
    FEE = "先交一千二的货款就是正式代理"
    HEADS = "每拉一个人进来，你就拿两百"
    #: A mark by its words, and as a whole like nothing that was labelled.
    FRIEND = "推荐一个人来给一百"

    @pytest.mark.slow
    def test_two_marks_by_one_speaker(self):
        (alert,) = run(PYRAMID, [speech(self.FEE), speech(self.HEADS, 300)])
        assert alert.level == "lead"
        assert alert.evidence.numbers["marks"] >= 2
        assert len(alert.evidence.trigger) == 2
        assert "层级是否达三级" in "".join(alert.missing)

    def test_one_mark_is_the_talk_of_agencies(self):
        alerts, engine = run_engine(PYRAMID, [speech(self.FEE)])
        assert alerts == []
        assert engine.stats.declined[PYRAMID, "one-mark"] == 1

    @pytest.mark.parametrize("seconds", [601, 3600])
    def test_too_far_apart(self, seconds):
        assert run(PYRAMID, [speech(self.FEE), speech(self.FRIEND, seconds)]) == []

    def test_two_people(self):
        said = [speech(self.FEE), speech(self.FRIEND, 30, speaker="assistant")]
        assert run(PYRAMID, said) == []

    def test_another_broadcast(self):
        said = [
            speech(self.FEE), session(t=60, session="s2"), speech(self.FRIEND, 90, session="s2"),
        ]  # fmt: skip
        assert run(PYRAMID, said) == []

    def test_income_alone_beside_a_fee_is_watched(self):
        (alert,) = run(PYRAMID, [speech("躺着日入五百，会员费就九十九")])
        assert alert.level == "watch"

    @pytest.mark.parametrize(
        "text",
        [
            "卖一单给你八块佣金，只有一级，不交会员费，也没有下线",
            "招主播，底薪八千，推荐一个入职给你五百介绍费，年费社保都交",
            "凡是交会员费再拉人头的都是传销，赶紧举报",
            "老带新，带一个朋友来，两个人各得十块券，会员费全免",
        ],
    )
    def test_lawful_look_alikes(self, text):
        assert run(PYRAMID, [speech(text)]) == []

    def test_a_gap_hides_what_it_hides(self):
        hidden = event("gap", 100, **{"from": speech("", 10).at, "until": speech("", 90).at})
        assert run(PYRAMID, [speech(self.FEE), hidden]) == []
