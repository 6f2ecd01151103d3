"""认证、许可编号, and goods that may not be traded."""

from __future__ import annotations

import pytest

from detectors.facts.identity.licences import mod_11_10
from tests.detectors.build import product, run, run_engine, speech

RULE, BANNED = "cert-false", "prohibited-goods"


def card(category, title="商品", **attributes):
    return product(-60, title=title, category=category, status="explaining", attributes=attributes)


@pytest.mark.parametrize(
    ("category", "attributes", "why"),
    [
        ("health_food", {"批准文号": "国食健字G2015"}, "格式"),
        ("food", {"生产许可证": "SC1065101060034"}, "14 位"),
        ("food", {"生产许可证": "SC10699010600345"}, "省级"),
        ("food", {"生产许可证": "SC1065I01O6003A5"}, "14 位"),
        ("special_cosmetics", {"批准文号": "粤G妆网备字2021012345"}, "类别不符"),
        ("drug", {"批准文号": "国食健注G20201234"}, "类别不符"),
        ("medical_device", {"批准文号": "鲁卫消证字（2019）第0012号"}, "消毒"),
        ("special_cosmetics", {"批准文号": ""}, "未标注"),
        ("food", {"有机码": "12345678"}, "17 位"),
    ],
)  # fmt: skip
def test_faults_are_watched(category, attributes, why):
    (alert,) = run(RULE, [card(category, **attributes)])
    assert (alert.level, alert.subject) == ("watch", "A")
    assert why in alert.reason


def test_a_wrong_check_digit_is_told_with_the_right_one():
    body = "1065101060034"
    right = mod_11_10(body)
    assert run(RULE, [card("food", 生产许可证=f"SC{body}{right}")]) == []
    (alert,) = run(RULE, [card("food", 生产许可证=f"SC{body}{(right + 3) % 10}")])
    assert f"校验码应为 {right}" in alert.reason


def test_compulsory_certification_is_asked_of_its_goods_only():
    assert len(run(RULE, [card("electronics", "充电宝 20000毫安", **{"3C认证": ""})])) == 1
    assert run(RULE, [card("clothing", "纯棉T恤", **{"3C认证": ""})]) == []


def test_a_certificate_that_the_card_lacks():
    rice = {"有机认证": ""}
    claim = speech("有机认证的大米", 0, sku="A")
    assert len(run(RULE, [card("food", **rice), claim])) == 1
    alerts, engine = run_engine(RULE, [card("food", 产地="黑龙江"), claim])
    assert alerts == []  # which certificate it has was not seen
    assert engine.stats.declined[RULE, "number-unknown"] == 1


@pytest.mark.parametrize(
    "text",
    ["欧盟和美国FDA双认证", "有机证书是借别人厂的", "国家卫健委认证过的", "检测报告P了个日期", "什么认证都有",
     "未取得强制性产品认证的插座", "SC证是挂靠在别的厂名下的"],
)  # fmt: skip
def test_certificates_nobody_can_look_up(text):
    assert len(run(RULE, [speech(text, 0)])) == 1


@pytest.mark.parametrize(
    "text",
    ["有机认证还没做，不敢说", "认准蓝帽子，我们这个就是零食", "实名认证才能抢", "有机会再来", "有机玻璃的",
     "认证证书编号134OP2200456", "没有3C认证的插座千万别买"],
)  # fmt: skip
def test_lawful_words_about_certificates(text):
    assert run(RULE, [speech(text, 0)]) == []


@pytest.mark.parametrize(
    "text",
    ["象牙手串，真料", "穿山甲的鳞片", "弹簧刀，开了刃的", "电子烟烟弹，私聊", "针孔摄像头", "代开餐饮发票，点数低",
     "四六级答案考前发", "电话卡不用实名", "野生大雁，宰好发冷链", "一喷就晕的喷雾"],
)  # fmt: skip
def test_goods_that_may_not_be_traded(text):
    (alert,) = run(BANNED, [speech(text, 0)])
    assert alert.level == "watch"


@pytest.mark.parametrize(
    "text",
    ["象牙白的大衣", "玩具水枪", "野生菌现采", "厨刀开了刃", "拒绝象牙制品", "仿象牙树脂摆件", "电子烟对身体不好，少抽",
     "发票随货", "驾照考试都过", "最大码到三个叉", "老虎图案的卫衣"],
)  # fmt: skip
def test_goods_of_the_same_name(text):
    assert run(BANNED, [speech(text, 0)]) == []
