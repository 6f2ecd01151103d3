"""Food: dates, labels, licences, and what may not be sold on air."""

from __future__ import annotations

import pytest

from detectors.lab.cases import BASE_MS
from tests.detectors.build import chat, product, room, run, run_engine, speech

DATE, LABEL, LICENCE, BANNED = (
    "food-date",
    "food-label-missing",
    "food-no-licence",
    "food-banned-13",
)


def food(t=-60, **fields):
    return product(t, **{"category": "food", "status": "explaining", **fields})


def said(rule, text, **fields):
    return run(rule, [food(**fields), speech(text, 0, sku="A")])


# Dates: the base is 1 October 2026, 20:00 in Beijing ------------------------------------------


@pytest.mark.parametrize(
    ("made", "life", "past"),
    [("2026-09-01", "30天", False), ("2026-09-01", "29天", True), ("2025-10-01", "12个月", False),
     ("2025-09-30", "12个月", True), ("2026-07-01", "常温60天，冷藏180天", False), ("见喷码", "1天", False),
     ("20260301", "180天", True), ("2026年3月15日", "至2026年9月14日", True), ("2018-01-01", "长期", False)],
)  # fmt: skip
def test_the_last_good_day_is_good(made, life, past):
    alerts = run(DATE, [food(attributes={"生产日期": made, "保质期": life})])
    assert bool(alerts) == past


def test_the_arithmetic_stands_in_the_reason():
    (alert,) = run(DATE, [food(attributes={"生产日期": "2026-09-01", "保质期": "20天"})])
    assert alert.evidence.numbers["days_past"] == 10
    assert "2026-09-21" in alert.reason
    assert "已过 10 天" in alert.reason


def test_the_day_is_that_of_beijing():
    """Four hours and a second after the base it is 2 October there, and still the 1st in UTC."""
    attributes = {"生产日期": "2026-09-01", "保质期": "30天"}
    assert run(DATE, [food(4 * 3600 - 1, attributes=attributes)]) == []
    (alert,) = run(DATE, [food(4 * 3600 + 1, attributes=attributes)])
    assert alert.evidence.numbers["today"] == "2026-10-02"
    assert BASE_MS % 86_400_000 == 12 * 3_600_000


def test_a_date_of_tomorrow_and_one_of_another_class():
    (alert,) = run(DATE, [food(attributes={"生产日期": "2026-10-02"})])
    assert alert.evidence.numbers["days_ahead"] == 1
    old = {"生产日期": "2020-01-01", "保质期": "1年"}
    assert run(DATE, [food(category="cosmetics", attributes=old)]) == []
    _, engine = run_engine(DATE, [food(category=None, attributes=old)])
    assert engine.stats.declined[DATE, "class-unknown"] == 1


def test_showing_the_same_card_again_is_no_new_hit():
    old = {"生产日期": "2020-01-01", "保质期": "1年"}
    (alert,) = run(DATE, [food(t, attributes=old) for t in (0, 60, 120)])
    assert alert.hits == 1


def test_a_spoken_date_newer_than_the_card():
    card = {"生产日期": "2026-05-10", "保质期": "12个月"}
    (alert,) = said(DATE, "昨天刚下线的，生产日期就是昨天", attributes=card)
    assert alert.evidence.numbers["shown"] == "2026-05-10"
    assert said(DATE, "五月十号生产的", attributes=card) == []
    assert said(DATE, "下一批九月生产的才发", attributes=card) == []


@pytest.mark.parametrize(
    "text",
    ["日期给你打晚一点", "把码擦掉重新喷一个", "过期三天，照样吃", "生产批号我们自己敲的，想敲哪天敲哪天",
     "临过期的换个袋子，日期打今天的", "保质期十二个月的我们给它标十八个月", "标注虚假生产日期的食品"],
)  # fmt: skip
def test_talk_of_changed_dates(text):
    assert len(said(DATE, text)) == 1


@pytest.mark.parametrize(
    "text",
    ["临期特价，还有二十天到期", "过期了就别吃了", "活动日期改到后天", "优惠券快过期了", "日期以收到的为准",
     "外面有人改日期卖，小心", "生产日期在瓶盖上，激光打的"],
)  # fmt: skip
def test_lawful_talk_of_dates(text):
    assert said(DATE, text) == []


# Labels ------------------------------------------------------------------------------------------

FULL = {
    "产品名称": "坚果", "净含量": "750克", "生产日期": "2026-09-02", "配料": "核桃", "厂名": "松鼠坊", "厂址": "瑶海区",
    "联系方式": "0551", "保质期": "8个月", "执行标准": "GB/T 22165", "贮存条件": "阴凉", "生产许可证": "SC11834011100123",
}  # fmt: skip


@pytest.mark.parametrize(
    "item", ["净含量", "生产日期", "配料", "厂名", "厂址", "保质期", "执行标准", "生产许可证"]
)
def test_each_item_of_the_label(item):
    assert run(LABEL, [food(attributes=FULL)]) == []
    (alert,) = run(LABEL, [food(attributes={**FULL, item: ""})])
    assert (alert.level, alert.title) == ("lead", "商品卡未见食品标签事项")
    assert item in alert.reason
    unknown = {name: value for name, value in FULL.items() if name != item}
    assert run(LABEL, [food(attributes=unknown)]) == []


def test_what_the_sellers_side_says_of_the_label_is_a_lead_where_the_card_lacks_it_too():
    lines = [speech("配料表没印，反正就是面粉和糖", 30, sku="A")]
    (alert,) = run(LABEL, [food(attributes={**FULL, "配料": ""}), *lines])
    assert (alert.level, len(alert.evidence.trigger)) == ("lead", 2)
    (alert,) = run(LABEL, [food(attributes=FULL), *lines])
    assert alert.level == "watch"


def test_a_blemish_informs_and_an_empty_page_is_watched():
    (blemish,) = run(LABEL, [food(attributes={**FULL, "联系方式": ""})])
    assert blemish.level == "info"
    (empty,) = run(LABEL, [food(attributes={})])
    assert empty.level == "watch"


@pytest.mark.parametrize(
    ("title", "more"),
    [("散装瓜子", {}), ("进口饼干", {}), ("饼干", {"产地": "德国"}), ("现烤面包", {})],
)
def test_loose_and_imported_food_has_other_labels(title, more):
    assert run(LABEL, [food(title=title, attributes={"生产许可证": "", "配料": "", **more})]) == []


def test_salt_needs_no_shelf_life_and_biscuits_do():
    assert run(LABEL, [food(title="海盐", attributes={"保质期": ""})]) == []
    assert len(run(LABEL, [food(title="海盐饼干", attributes={"保质期": ""})])) == 1


# Licences ----------------------------------------------------------------------------------------


def shop(t, licence, **fields):
    return room(t, operator={"name": "椒香里", "licence": licence}, **fields)


def test_a_licence_absent_for_longer_than_a_page_loads():
    absent = [food(), shop(300, "")]
    (watch,) = run(LICENCE, absent)
    assert watch.level == "watch"
    (lead,) = run(LICENCE, [*absent, shop(2_100, ""), chat("多少钱", 2_400)])
    assert (lead.level, lead.evidence.numbers["absent_seen"]) == ("lead", 2)
    assert (
        run(LICENCE, [*absent, shop(330, "食品经营许可证 JY15101060012345"), chat("好", 900)]) == []
    )


@pytest.mark.parametrize(
    "licence", ["仅销售预包装食品备案 YB15101060054321", "小餐饮登记证", None, "营业执照"]
)
def test_other_papers_and_unknown_ones(licence):
    assert run(LICENCE, [food(), shop(300, licence), chat("好", 900)]) == []


def test_only_food_needs_it():
    for category in ("fresh_produce", "clothing", None):
        assert run(LICENCE, [food(category=category), shop(300, ""), chat("好", 900)]) == []


def test_an_expired_licence():
    shown = "食品经营许可证 JY15101060012345 有效期至2026年9月30日"
    (alert,) = run(LICENCE, [food(), shop(300, shown)])
    assert alert.evidence.numbers["days_past"] == 1
    assert run(LICENCE, [food(), shop(300, shown.replace("9月30日", "10月1日"))]) == []


def test_a_production_licence_absent_from_the_card():
    (alert,) = run(LICENCE, [food(title="牛肉干", attributes={"生产许可证": "", "净含量": "1"})])
    assert alert.subject == "A"
    workshop = {"生产许可证": "", "小作坊登记证": "川食坊登字20240117"}
    assert run(LICENCE, [food(title="粉条", attributes=workshop)]) == []
    assert (
        len(run(LICENCE, [food(title="苹果干", attributes={**workshop, "小作坊登记证": ""})])) == 1
    )


@pytest.mark.parametrize(
    "text", ["食品经营许可证还没办下来", "没有SC，纯手工", "啥证都没有", "许可证是借我表哥的"]
)
def test_who_admits_to_have_none(text):
    (alert,) = said(LICENCE, text)
    assert alert.level == "lead"


@pytest.mark.parametrize(
    "text", ["许可证都有", "没有许可证的别买", "自家种的菜，不用许可证", "有没有许可证，有的"]
)
def test_lawful_talk_of_licences(text):
    assert said(LICENCE, text) == []


# What may not be sold on air ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["里面放了罂粟壳才香", "拿甲醛泡过的", "有点发霉，洗洗照样吃", "病死的猪肉做的腊肠", "没检疫，自己杀的牛",
     "农残超标一点，没关系", "加了西药，见效快", "用的回收油", "面粉生虫了筛一遍就行", "检出氯霉素，也没啥"],
)  # fmt: skip
def test_what_sellers_admit(text):
    (alert,) = said(BANNED, text)
    assert alert.level == "lead"
    assert alert.law


@pytest.mark.parametrize(
    "text",
    ["不加防腐剂", "农残全部未检出", "坏果包赔，发霉的拍照", "腐乳长毛正常，可以吃", "发霉的千万别吃", "检疫证都有",
     "外面的用硫磺熏，我们自然晾干", "死蟹包赔", "罂粟那个电影叫什么", "黄曲霉素超标会致癌，要挑着吃"],
)  # fmt: skip
def test_lawful_talk_of_food(text):
    assert said(BANNED, text) == []


def test_words_about_other_goods_are_none():
    assert said(BANNED, "甲醛泡过的家具味道大", category="home") == []
    (alert,) = said(BANNED, "拿甲醛泡过的", category=None)
    assert alert.level == "watch"
