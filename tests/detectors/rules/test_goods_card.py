"""Speech and title against the card: attributes, origin, quality."""

from __future__ import annotations

import pytest

from detectors.pack.english import english
from tests.detectors.build import chat, product, run, run_engine, speech

CARD, ORIGIN, QUALITY = "claim-card-mismatch", "origin-false", "pass-off-quality"


def judged(rule, attributes, text, *more, **card):
    fields = {"status": "explaining", "category": "home", **card}
    return run(
        rule, [product(-60, attributes=attributes, **fields), speech(text, 0, sku="A"), *more]
    )


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"材质": "聚酯纤维65% 羊毛35%"}, "这件九成羊毛"),
        ({"材质": "聚酯纤维70% 羊毛30%"}, "羊毛含量做到了百分之七十"),
        ({"配料": "水、浓缩橙汁、白砂糖"}, "百分百鲜榨的"),
        ({"材质": "棉60% 聚酯纤维40%"}, "百分之百纯棉"),
        ({"材质": "棉、聚酯纤维"}, "纯棉的"),
        ({"材质": "PU"}, "头层牛皮的"),
        ({"净含量": "400g"}, "一袋足足五百克"),
        ({"净含量": "250ml×12"}, "一瓶五百毫升"),
        ({"保质期": "6个月"}, "保质期十二个月"),
        ({"执行标准": "SB/T 10336-2012"}, "执行标准GB/T 18186"),
        ({"质量等级": "二级"}, "这个等级是特级的"),
        ({"安全类别": "B类"}, "A类的，宝宝能穿"),
        ({"能效等级": "三级"}, "一级能效的"),
        ({"电池容量": "10000mAh"}, "两万毫安"),
        ({"功效": "防晒 SPF30"}, "SPF五十"),
        ({"蛋白质含量": "2.8g/100g"}, "蛋白质含量有三点六克"),
        ({"克重": "260g/㎡"}, "克重四百"),
        ({"产地": "江苏射阳"}, "产地是黑龙江五常"),
        ({"产地": "山东烟台"}, "法国原瓶原装进口的"),
        ({"材质": "羊毛30% 聚酯纤维70%"}, "纯羊毛的大衣今天拍了送运费险"),
        ({"填充物": "白鹅绒90%"}, "百分之九十五白鹅绒充绒量足"),  # down is sold by grades of five
        ({"产地": "青海"}, "新疆籽料油性好今天拍了就发货"),
    ],
)  # fmt: skip
def test_contradictions_show_both_sides(attributes, text):
    (alert,) = judged(CARD, attributes, text)
    assert alert.level == "lead"
    assert next(iter(attributes.values())) in alert.reason
    assert [event.__class__.__name__ for event in alert.evidence.trigger] == ["Product", "Speech"]


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"材质": "聚酯纤维65% 羊毛35%"}, "含羊毛百分之三十五"),
        ({"配料": "鲜橙"}, "百分百鲜榨的"),
        ({"配料": "水、浓缩橙汁、白砂糖"}, "喝起来跟鲜榨的一样"),
        ({"材质": "棉97% 氨纶3%"}, "百分之百纯棉"),  # within the tolerance of 5 points
        ({"材质": "腈纶100%"}, "羊绒手感的"),
        ({"材质": "面料:聚酯纤维"}, "里面是纯棉的里子"),
        ({"材质": "316L不锈钢"}, "内胆是316的"),
        ({"版型": "宽松"}, "百分百纯棉"),
        ({"净含量": "250克/500克"}, "一盒五百克的拍第二个"),
        ({"净含量": "200g"}, "拍一发三，到手一箱六百克"),
        ({"净含量": "400g"}, "一袋三百克"),  # less deceives nobody
        ({"产地": "中国大陆"}, "新疆产的"),
        ({"填充物": "白鹅绒90%"}, "百分之九十白鹅绒充绒量足"),
        ({"产地": "新疆和田"}, "新疆籽料油性好今天拍了就发货"),
        ({"产地": "江西省赣州市信丰县"}, "赣南产的脐橙"),
        ({"克重": "320g"}, "体重一百斤穿M码"),
        ({"电池容量": "10000mAh"}, "别人家两万毫安的又大又重"),
    ],
)  # fmt: skip
def test_no_contradiction(attributes, text):
    assert judged(CARD, attributes, text) == []


def test_the_reason_says_what_was_said_what_the_card_says_and_when():
    (alert,) = judged(CARD, {"净含量": "400克"}, "一袋足足五百克")
    assert alert.reason == (
        "主播称“一袋足足五百克”：10 月 1 日 19:59 所见的商品卡写明净含量为“400克”，"
        "所称 500 克，商品卡 400 克。"
    )
    assert english(alert.reason).strip() == (
        "The host said “一袋足足五百克”: the card, as seen on 1 Oct 19:59, gives the net content as “400克”, "
        "said 500 grams, card 400 grams."
    )


def test_silence_of_the_card_is_unknown():
    assert judged(CARD, None, "百分百纯棉，产地新疆，一盒五百克") == []


def test_a_correction_within_a_minute_ends_it_and_later_does_not():
    cotton = {"材质": "棉80% 聚酯纤维20%"}
    late = chat("好", 300)
    assert judged(CARD, cotton, "全棉的", speech("说错了啊", 50, sku="A"), late) == []
    assert judged(CARD, cotton, "全棉的", speech("棉是百分之八十", 50, sku="A"), late) == []
    assert len(judged(CARD, cotton, "全棉的", speech("说错了啊", 70, sku="A"), late)) == 1


def test_it_waits_for_the_correction_while_watched_and_not_at_the_end_of_a_recording():
    events = [product(-60, attributes={"材质": "PU"}), speech("真皮的", 0, sku="A")]
    alerts, engine = run_engine(CARD, events)
    assert len(alerts) == 1
    assert engine.stats.declined[CARD, "awaiting-correction"] == 1
    state = engine.open("demo", "1")
    live = engine.step(state, [*events, chat("好", 30)], now=0)
    assert live == []
    assert len(engine.step(state, [chat("好", 120), chat("好", 140)], now=0)) == 1


def test_repetition_is_one_alert_with_more_hits():
    more = [speech("头层牛皮的", t, sku="A") for t in (100, 200)]
    (alert,) = judged(CARD, {"材质": "PU"}, "头层牛皮的", *more, chat("好", 400))
    assert alert.hits == 3


def test_the_product_on_screen_is_meant():
    events = [
        product(-60, attributes={"净含量": "250g"}),
        product(-50, sku="B", attributes={"净含量": "200g"}, status="explaining"),
        speech("一盒两百五十克", 0, sku="A"),
    ]
    assert run(CARD, events) == []


# Origin ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "origin"),
    [("正宗赣南脐橙", "湖南永州"), ("越南黑虎虾", "福建漳州"), ("澳洲牛排", "巴西")],
)
def test_a_title_that_the_card_contradicts(title, origin):
    (alert,) = run(
        ORIGIN, [product(title=title, category="fresh_produce", attributes={"产地": origin})]
    )
    assert (alert.level, alert.subject) == ("lead", "A")
    assert origin in alert.reason


@pytest.mark.parametrize(
    ("title", "origin"),
    [("哈密瓜", "海南三亚"), ("新疆风味大盘鸡", "河南郑州"), ("青岛啤酒", "广东深圳"), ("荷兰豆", "云南"),
     ("东北大米", "黑龙江五常"), ("泰国香米", "越南/泰国"), ("国产牛肉", "内蒙古")],
)  # fmt: skip
def test_kinds_brands_and_wider_names_are_no_origin(title, origin):
    assert run(ORIGIN, [product(title=title, category="food", attributes={"产地": origin})]) == []


@pytest.mark.parametrize(
    "text",
    ["阳澄湖大闸蟹，实话说洪泽湖养的", "箱子印的烟台，果子是甘肃拉过来的", "产地随便填，写新疆好卖",
     "当事人销售的阳澄湖大闸蟹实际产自安徽", "吊牌写意大利，温州那边的厂做的"],
)  # fmt: skip
def test_origins_that_contradict_themselves(text):
    assert len(judged(ORIGIN, None, text, category="food")) == 1


@pytest.mark.parametrize(
    "text",
    ["别买洗澡蟹", "不是阳澄湖的，就是湖蟹", "泰国原液，江苏加工，标签上两个都写了", "从义乌仓发货",
     "新疆西藏的家人补运费", "意大利设计师设计的，佛山生产"],
)  # fmt: skip
def test_honest_origins(text):
    assert judged(ORIGIN, None, text, category="food") == []


@pytest.mark.parametrize("text", ["产地是陕西洛川", "法国进口的", "新疆产的苹果"])
def test_an_origin_by_word_that_the_card_contradicts(text):
    (alert,) = judged(ORIGIN, {"产地": "山东烟台"}, text, category="fresh_produce")
    assert (alert.level, alert.subject) == ("lead", "A")
    right = speech("说错了，产地是山东烟台", 20, sku="A")
    assert judged(ORIGIN, {"产地": "山东烟台"}, text, right, chat("好", 300)) == []


# Quality ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "attributes"),
    [
        ("925纯银项链", {"材质": "铜镀银"}),
        ("天然A货翡翠", {"材质": "翡翠（B货 注胶）"}),
        ("全新平板", {"成色": "官翻机"}),
    ],
)
def test_titles_that_the_card_contradicts(title, attributes):
    (alert,) = run(QUALITY, [product(title=title, category="jewellery", attributes=attributes)])
    assert alert.level == "lead"


@pytest.mark.parametrize(
    "text",
    ["标的是白鹅绒，充的全是鸭毛", "把小的放在箱底", "标五百克，其实四百二", "次品当正品发", "充绒量少放一点",
     "送检的样品是另外做的", "退回来的熨一下当新品发", "蜂蜜里掺糖浆", "经抽检绒子含量不合格"],
)  # fmt: skip
def test_admissions_of_quality(text):
    assert len(judged(QUALITY, None, text, category="clothing")) == 1


@pytest.mark.parametrize(
    "text",
    ["这个是PU的不是真皮，所以便宜", "镀金的啊，不是足金", "瑕疵品，介意勿拍", "我们保证不掺假", "缺斤少两的找我，双倍补",
     "外面有人拿鸭绒当鹅绒，小心", "退货的货我们不当新的卖", "标五百克，其实装了五百二十克"],
)  # fmt: skip
def test_honest_quality(text):
    assert judged(QUALITY, None, text, category="clothing") == []


def test_a_slip_about_the_material_may_be_put_right():
    belt = {"材质": "二层牛皮"}
    right = speech("不对，这款是二层牛皮", 12, sku="A")
    assert judged(QUALITY, belt, "头层牛皮的", right, chat("好", 300)) == []


@pytest.mark.parametrize(("shown", "level"), [("PU", "lead"), ("头层牛皮", None)])
def test_a_card_decides_however_much_else_is_said(shown, level):
    alerts = judged(QUALITY, {"材质": shown}, "这只是头层牛皮的大家放心今天还送运费险")
    assert [alert.level for alert in alerts] == ([level] if level else [])


def test_three_buyers_of_poor_quality():
    lines = [chat(text, t, user=user) for t, user, text in
             [(0, "a", "根本不是真皮"), (9, "b", "掉皮了"), (20, "c", "是人造革")]]  # fmt: skip
    (alert,) = run(QUALITY, [product(-9, status="explaining"), *lines])
    assert alert.level == "watch"
    assert run(QUALITY, [product(-9, status="explaining"), *lines[:2]]) == []
