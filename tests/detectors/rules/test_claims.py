"""Claim rules: what all share (gates, repetition, reach), then each rule's own law."""

from __future__ import annotations

import pytest

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.match.likeness import LIKENESS
from detectors.rules.claims.memory import MAX_CLAIMS
from tests.detectors.build import chat, counter, only, product, room, rulebook, run, session, speech

HEALTH = ["medical-claim", "health-food-claim", "cosmetic-medical"]
ALL = [*HEALTH, "absolute-term", "false-claim"]


def said(text: str, category: str | None = "food", **fields: object) -> list[Alert]:
    """Alerts of all claim rules on one utterance about a product of a class."""
    card = {"title": "商品", "status": "explaining"}
    if category is not None:
        card["category"] = category
    return run(
        ALL,
        [
            session("started", -60),
            product(-50, sku="A", **card),
            speech(text, 0, sku="A", **fields),
        ],
    )


class TestBases:
    """A basis stands beside the goods that it is about."""

    @staticmethod
    def articles(text: str, category: str) -> list[str]:
        (alert,) = said(text, category)
        assert alert.rule == "health-food-claim"
        return [f"{basis.law}{basis.article}" for basis in alert.law]

    def test_a_function_of_ordinary_food_is_not_judged_by_what_holds_for_health_food(self):
        laws = self.articles("老师们备一罐，清咽润喉", "food")
        assert "中华人民共和国广告法第十八条" not in laws
        assert not any("第七十三条" in one or "第七十八条" in one for one in laws)
        assert any("食品安全法实施条例" in one for one in laws)

    def test_health_food_is(self):
        laws = self.articles("关节炎吃三瓶就好了", "health_food")
        assert "中华人民共和国广告法第十八条" in laws
        assert any("第七十三条" in one for one in laws)
        assert not any("食品安全法实施条例" in one for one in laws)


class TestRepetition:
    def test_a_paraphrase_is_a_hit_of_the_same_alert(self) -> None:
        (alert,) = run(
            ["medical-claim"],
            [
                product(-50, sku="A", category="food", status="explaining"),
                speech("这个茶喝一个月，高血压就能降下来", 0, sku="A"),
                speech("我再说一遍，血压高的喝它准能降下来", 60, sku="A"),
                speech("高 血 压 的家人喝完都正常了", 120, sku="A"),
            ],
        )
        assert (alert.subject, alert.hits, alert.level) == ("A/高血压", 3, "lead")

    @pytest.mark.slow
    def test_another_product_is_another_alert(self) -> None:
        alerts = run(
            ALL,
            [
                product(-50, sku="A", category="food"),
                product(-40, sku="B", category="food"),
                speech("喝完血糖就降下来", 0, sku="A"),
                speech("喝完血糖就降下来", 10, sku="B"),
            ],
        )
        assert {alert.subject for alert in alerts} == {"A/糖尿病", "B/糖尿病"}

    @pytest.mark.slow
    def test_repetition_raises_the_level_of_a_doubtful_claim(self) -> None:
        lines = [speech("喝完血糖就正常了", 10 * index) for index in range(3)]
        (alert,) = run(ALL, lines)
        assert (alert.level, alert.hits) == ("lead", 3)

    @pytest.mark.slow
    def test_each_broadcast_has_its_own_alert(self) -> None:
        alerts = run(
            ALL,
            [
                speech("我们这个锅全网第一", 0, session="s1"),
                speech("我们这个锅全网第一", 7_200, session="s2"),
            ],
        )
        assert [(alert.session, alert.hits) for alert in alerts] == [("s1", 1), ("s2", 1)]

    @pytest.mark.slow
    def test_what_is_remembered_is_bounded(self) -> None:
        engine = Engine(only(*ALL))
        state = engine.open("demo", "1")
        events = [
            speech("我们这个锅全网第一", index, sku=f"K{index}") for index in range(MAX_CLAIMS + 60)
        ]
        engine.step(state, events, now=0)
        engine.finish(state, now=0)
        assert len(state._memory["absolute-term"].known) == MAX_CLAIMS


class TestQuotation:
    def test_affirmed_within_15_seconds_it_is_a_claim(self) -> None:
        (alert,) = run(
            ALL,
            [
                product(-50, sku="A", category="food", status="explaining"),
                speech("有家人问能不能治失眠", 0, sku="A"),
                speech("能的，好多姐妹喝了就睡着了", 6, sku="A"),
            ],
        )
        assert alert.rule == "medical-claim"
        assert [event.id for event in alert.evidence.trigger][-1] != alert.evidence.trigger[0].id
        assert alert.hits == 1

    def test_after_15_seconds_the_answer_belongs_to_something_else(self) -> None:
        assert not run(
            ALL,
            [
                product(-50, sku="A", category="food", status="explaining"),
                speech("有家人问能不能治失眠", 0, sku="A"),
                speech("可以的，三号链接还有货", 16, sku="A"),
            ],
        )

    def test_a_denial_is_compliant_conduct(self) -> None:
        assert not run(
            ALL,
            [
                product(-50, sku="A", category="food", status="explaining"),
                speech("有家人问能不能治失眠", 0, sku="A"),
                speech("不能啊，这不是药", 6, sku="A"),
            ],
        )

    def test_asked_and_affirmed_in_one_breath(self) -> None:
        assert said("刚才那个姐姐问能不能治失眠，能，喝半个月就好了")


class TestRecognition:
    def test_one_doubtful_segment_is_nothing(self) -> None:
        assert not said("血糖高的喝完就降下来", confidence=0.3)

    def test_heard_twice_it_is_watched(self) -> None:
        (alert,) = run(
            ALL,
            [
                product(-50, sku="A", category="food", status="explaining"),
                speech("血糖高的喝完就降下来", 0, sku="A", confidence=0.3),
                speech("喝完血糖高的也降下来", 30, sku="A", confidence=0.3),
            ],
        )
        assert alert.level == "watch"
        assert len(alert.evidence.trigger) == 2

    def test_fair_confidence_is_watched(self) -> None:
        (alert,) = said("血糖高的喝完就降下来", confidence=0.6)
        assert alert.level == "watch"

    def test_a_homophone_is_watched_and_says_so(self) -> None:
        (alert,) = said("高雪压的家人喝完就降下来")
        assert alert.level == "watch"
        assert any("同音" in one for one in alert.missing)


class TestQuestions:
    LINES = (
        product(-50, sku="A", category="food", status="explaining"),
        speech("有家人问能不能治失眠", 0, sku="A"),
    )

    def test_a_question_that_is_affirmed_is_one_claim(self) -> None:
        (alert,) = run(ALL, [*self.LINES, speech("能，有的姐妹喝了就好了", 4, sku="A")])
        assert (alert.hits, alert.evidence.numbers["times"]) == (1, 1)

    def test_a_question_that_is_denied_is_one_denial(self) -> None:
        lines = [*self.LINES, speech("不能啊，这不是药", 4, sku="A")]
        (alert,) = run(ALL, [*lines, speech("高血压喝了就降下来", 60, sku="A")])
        assert alert.evidence.numbers["denials_on_air"] == 1


class TestEvidence:
    def test_the_words_are_quoted_as_they_were_written(self) -> None:
        (alert,) = said("降 血*糖就靠它了")
        assert "降 血*糖" in alert.reason
        # The claim that was raised, and what else in its sentence claims.
        assert [span.text for span in alert.evidence.spans] == ["降 血*糖", "就靠它"]
        assert alert.findings[0].text == "降 血*糖就靠它了"

    def test_reach_is_kept(self) -> None:
        (alert,) = run(
            ALL,
            [
                product(-50, sku="A", category="food"),
                counter("viewers", 320, -5),
                speech("喝完血糖就降下来", 0, sku="A"),
                speech("喝完血糖就降下来", 90, sku="A"),
            ],
        )
        numbers = alert.evidence.numbers
        assert (numbers["times"], numbers["viewers"], numbers["on_air_s"]) == (2, 320, 90)

    def test_a_correction_on_air_stands_in_the_alert(self) -> None:
        (alert,) = run(
            ALL,
            [
                product(-50, sku="A", category="home"),
                speech("我们这个锅全网第一", 0, sku="A"),
                speech("刚才说错了啊，不能这么说", 20, sku="A"),
            ],
        )
        assert alert.hits == 1
        assert alert.evidence.numbers["corrected_on_air_s"] == 20
        assert any("改正" in one.clause and "20 秒后" in one.fact for one in alert.leniency)

    def test_both_candidates_with_the_fact_that_decides(self) -> None:
        (alert,) = said("我们这个锅全网第一", "home")
        assert {"中华人民共和国广告法", "中华人民共和国反不正当竞争法"} <= {
            basis.law for basis in alert.law
        }
        assert any("主播身份" in one for one in alert.missing)

    def test_a_known_host_is_not_missing(self) -> None:
        (alert,) = run(
            ALL,
            [
                room(-55, host_kind="influencer"),
                product(-50, sku="A", category="home"),
                speech("我们这个锅全网第一", 0, sku="A"),
            ],
        )
        assert not any("主播身份" in one for one in alert.missing)
        assert any("达人" in basis.when for basis in alert.law)

    def test_the_evidence_closes(self) -> None:
        (alert,) = said("喝完血糖就降下来")
        again = run(ALL, [*alert.evidence.facts, *alert.evidence.before, *alert.evidence.trigger])
        assert [(one.rule, one.level, one.subject) for one in again] == [
            (alert.rule, alert.level, alert.subject)
        ]


class TestProductClass:
    @pytest.mark.parametrize(
        ("text", "category", "rule"),
        [
            ("湿疹抹两天就好了", "cosmetics", "cosmetic-medical"),
            ("关节炎吃三瓶就好了", "health_food", "health-food-claim"),
            ("关节炎喝三瓶就好了", "food", "medical-claim"),
            ("颈椎病戴三天就好了", "home", "medical-claim"),
            ("提高免疫力的", "food", "health-food-claim"),
        ],
    )
    def test_one_claim_belongs_to_one_rule(self, text: str, category: str, rule: str) -> None:
        # What a text is only like does not count: the words belong to one.
        worded = [one for one in said(text, category) if LIKENESS not in one.evidence.numbers]
        assert [alert.rule for alert in worded] == [rule]

    @pytest.mark.parametrize("category", ["drug", "medical_device"])
    def test_drugs_and_devices_may_speak_of_disease(self, category: str) -> None:
        assert not said("缓解关节炎的疼痛，治疗颈椎病", category)

    def test_an_unknown_class_is_watched_and_missing(self) -> None:
        (alert,) = said("喝完高血压就降下来", None)
        assert alert.level == "watch"
        assert any("商品类别" in one for one in alert.missing)


@pytest.mark.parametrize(
    "text",
    [
        "选择困难症的姐妹直接拍黑色",
        "我今天感冒了声音有点哑",
        "孕妇和高血压的家人别买",
        "有病去医院，我们这就是个零食",
        "糖尿病人慎用",
        "老板得了降价病",
        "看见这个价格我头都疼，点个关注就好了",
        "第一次来的点点关注",
        "最后三十秒，没付款的付款",
        "洗的时候最好翻面",
        "唯一的不足就是有点贵",
        "快递最快明天到",
        "百分之百棉的，你摸摸",
        "榜一大哥今天没来",
        "七天无理由，有运费险",
        "没有什么第一不第一，好吃就行",
        "保质期十二个月，最佳赏味期三个月",
    ],
)
@pytest.mark.parametrize("category", ["food", "clothing", "home", None])
def test_what_hosts_say_all_day_is_silent(text: str, category: str | None) -> None:
    assert not said(text, category)


def test_a_viewers_words_make_no_host_alert() -> None:
    assert not run(ALL, [chat("喝了这个高血压就降下来", 0, role="viewer", user="u1")])


def test_a_hosts_chat_line_counts_as_speech() -> None:
    assert run(ALL, [chat("我们家这款酒全国第一", 0, role="host", user="h")])


@pytest.mark.parametrize(
    ("text", "category", "rule"),
    [
        # Phrases of published cases, shortened (claims 02, 03, 06, 08, 10, 11, 15, 17).
        ("杀灭幽门螺旋杆菌", "food", "medical-claim"),
        ("3天修复牙龈、7天改善牙松动", "home", "medical-claim"),
        ("改善肺结节、降血糖", "food", "medical-claim"),
        ("世界最强", "home", "absolute-term"),
        ("三包吃完就觉得胃酸、胃疼明显改善", "food", "medical-claim"),
        ("不但有预防作用，还有治疗作用", "food", "medical-claim"),
        ("7天暴瘦10斤", "food", "false-claim"),
        ("史无前例，全球首款", "home", "absolute-term"),
        ("改善骨关节", "food", None),
        ("有助于提高免疫力", "food", "health-food-claim"),
    ],
)
def test_phrases_of_published_cases(text: str, category: str, rule: str | None) -> None:
    rules = [alert.rule for alert in said(text, category)]
    assert rules
    if rule is not None:
        assert rule in rules


# Gates ------------------------------------------------------------------------------------------


def sections(alert: Alert) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What an alert says of preconditions, exemptions and facts of discretion, by clause."""
    return (
        {one.clause: one.why for one in alert.applies},
        {one.clause: one.why for one in alert.exemptions},
        {one.clause: one.fact for one in alert.leniency},
    )


def test_each_gate_says_what_it_found_in_the_section_that_it_belongs_to() -> None:
    events = [
        product(-20, category="food", title="苦荞茶", status="explaining"),
        counter("viewers", 1200, -10),
        speech("这个茶zhi疗高血压", sku="A", confidence=0.9),
    ]
    (alert,) = run(["medical-claim"], events)
    applies, exemptions, leniency = sections(alert)
    assert list(applies) == ["说话人", "指向商品", "商品类别", "语音识别", "变体书写"]
    assert list(exemptions) == [
        "转述他人", "否定、免责表述", "别人受骗、被查处的事", "动物、作物、奶瓶", "交给医生",
    ]  # fmt: skip
    assert "苦荞茶" in applies["指向商品"]
    assert applies["商品类别"].endswith("食品")
    assert applies["变体书写"] == "“zhi疗”读作“治疗”（拼音）"
    assert leniency == {"次数与影响（裁量）": "此说法本场所见首次，在线 1200 人"}
    assert not any(one.met for one in alert.exemptions)
    # How it is written in disguise is not known to be what was meant.
    assert {one.clause for one in alert.applies if one.seen is None} == {"变体书写"}


def test_a_gate_that_knows_nothing_says_so() -> None:
    (alert,) = run(["medical-claim"], [speech("这个茶治疗高血压", speaker=None, confidence=None)])
    assert {one.clause for one in alert.applies if one.seen is None} == {
        "说话人", "指向商品", "商品类别", "语音识别",
    }  # fmt: skip
    assert alert.reason.startswith("口播称"), "nobody knows who spoke"
    assert alert.level == "watch"
    assert alert.level_reason


def test_the_level_falls_where_only_the_sound_is_right() -> None:
    events = [
        product(-20, category="food", status="explaining"),
        speech("家里老人痛疯发作的，泡一壶就不疼了", sku="A"),
    ]
    (alert,) = run(["medical-claim"], events)
    applies, _, _ = sections(alert)
    assert alert.level == "watch"
    assert "核对原声" in alert.level_reason
    assert "“痛疯”读作“痛风”（同音字）" in applies["变体书写"]


class TestLeading:
    """Which words are a reason to ask a claim rule about a text."""

    def test_a_strong_word_and_a_correction_are(self) -> None:
        rule = rulebook()["counterfeit-hint"]
        assert rule.leads("fake")
        assert rule.leads("correction")

    def test_a_weak_word_is_not(self) -> None:
        assert not rulebook()["counterfeit-hint"].leads("tag")

    def test_a_word_that_is_only_remembered_is(self) -> None:
        assert rulebook()["hidden-condition"].leads("offer")


class TestFunctions:
    @pytest.mark.parametrize(
        ("text", "category"),
        [
            ("调理五脏六腑，净化血液", "food"),
            ("把体内的毒素全排出来", "food"),
            ("女人喝了卵巢保养", "food"),
        ],
    )
    def test_what_is_done_to_a_part_of_the_body_is_a_function(self, text, category) -> None:
        assert {alert.rule for alert in said(text, category)} == {"health-food-claim"}

    def test_of_goods_that_nobody_takes_it_is_a_medical_word(self) -> None:
        (alert,) = said("这个床垫能疏通经络，净化血液", "home")
        assert (alert.rule, alert.level) == ("medical-claim", "watch")

    def test_without_a_class_it_is_watched_and_the_class_is_asked_for(self) -> None:
        (alert,) = said("安神补脑", None)
        assert alert.level == "watch"
        assert any("商品类别" in one for one in alert.missing)

    def test_what_is_told_as_healing_is_not_told_twice(self) -> None:
        assert [alert.rule for alert in said("修复牙龈、改善牙松动", None)] == ["medical-claim"]

    @pytest.mark.parametrize(
        "text",
        [
            "我减肥呢，馋得不行",
            "祝大家身体健康少生病",
            "猪肺汤里的猪肺清洗得很干净",
            "病死的肉高温煮也有毒素",
            "护肝片不是我们家卖的，别问那个护肝片",
        ],
    )
    def test_people_wishes_and_meat_are_none(self, text) -> None:
        assert said(text, "food") == []


class TestAilments:
    def test_a_value_told_before_and_after_the_use(self) -> None:
        (alert,) = said("尿酸五百多，喝了二十天三百六", "food")
        assert alert.rule == "medical-claim"

    def test_a_medicine_made_needless(self) -> None:
        (alert,) = said("睡前一杯，比安定还好使", "food")
        assert (alert.rule, alert.subject) == ("medical-claim", "A/药物")

    def test_a_list_of_ailments_is_a_hint_unless_it_warns(self) -> None:
        (alert,) = said("手脚冰凉、支气管炎、老寒腿、肩周炎", "food")
        assert alert.level == "watch"
        assert said("高血压、糖尿病、胃溃疡的人不要喝", "food") == []

    def test_an_ailment_in_disguise_where_goods_are_taken_is_a_hint(self) -> None:
        (alert,) = said("前列x炎的坚持喝", "food")
        assert (alert.rule, alert.level) == ("medical-claim", "watch")
        assert said("我脖z疼，歪着头播", "food") == []

    def test_pets_and_fields_are_healed_lawfully(self) -> None:
        assert said("鱼缸消炎杀菌用黄粉", "other") == []

    def test_a_drug_is_known_by_what_only_drugs_have(self) -> None:
        assert said("本品为非处方药，用于缓解胃酸过多引起的胃痛", None) == []


class TestResults:
    def test_fertiliser_is_neither_of_the_goods_of_the_two_articles_on_farm_goods(self) -> None:
        (fertiliser,) = said("这个复合肥撒下去包丰收", "agricultural_input")
        (others,) = said("这个种子撒下去包丰收", "agricultural_input")
        for alert in (fertiliser, others):
            assert "第二十一条" not in alert.reason
        articles = {basis.article for basis in others.law}
        assert articles - {basis.article for basis in fertiliser.law} == {
            "第二十一条",
            "第二十七条",
        }

    @pytest.mark.parametrize(
        ("text", "category"),
        [
            ("睡一觉起来就掉两斤", "food"),
            ("吃一颗等于吃了十斤樱桃", "food"),
            ("锅底十年不糊", "home"),
            ("一粒下去蟑螂断子绝孙", "home"),
            ("加装之后油耗减半", "electronics"),
            ("零下六十度穿它不冷", "clothing"),
            ("绝对没有农残", "food"),
            ("转手就赚十万", "collectible"),
        ],
    )
    def test_feats_that_no_goods_perform(self, text, category) -> None:
        assert "false-claim" in {alert.rule for alert in said(text, category)}

    @pytest.mark.parametrize(
        ("text", "category"),
        [
            ("一份等于两个鸡蛋的蛋白质，营养成分表写着", "food"),
            ("零下十度里面要加毛衣", "clothing"),
            ("蟑螂药要连着用两周，看密度", "home"),
            ("过滤有效率95%以上，检测报告在详情页", "home"),
            ("我家孩子收到十斤樱桃", "food"),
        ],
    )
    def test_what_is_measured_or_modest_is_none(self, text, category) -> None:
        assert "false-claim" not in {alert.rule for alert in said(text, category)}


def test_a_common_word_that_is_written_is_no_disguise_of_another() -> None:
    (alert,) = [one for one in said("这个治胃病") if one.rule == "medical-claim"]
    assert [one.clause for one in alert.applies if one.seen is None] == ["语音识别"]
    assert [span.text for span in alert.evidence.spans] == ["治", "胃病"]


@pytest.mark.parametrize("text", ["有高血压的人一盒下来三十包", "平均血压高一盒下来一块多"])
def test_what_a_box_comes_to_lets_no_blood_pressure_fall(text: str) -> None:
    assert said(text) == []


def test_who_recommends_is_no_effect() -> None:
    (alert,) = [one for one in said("血糖高的祖传秘方吃一个月") if one.rule == "medical-claim"]
    assert "又以秘方、名医作推荐、证明" in alert.reason


def test_what_is_only_like_violations_is_of_the_goods_of_the_rule() -> None:
    """“这个治胃病” is much like claims for drugs, and the card says food."""
    card = product(-5, sku="A", category="food", status="explaining")
    assert run(["drug-device-ad"], [card, speech("这个治胃病", 0, sku="A")]) == []


def test_an_answered_question_shows_what_was_considered_when_it_was_asked() -> None:
    (alert,) = run(
        ["medical-claim"],
        [
            product(-5, sku="A", category="food", status="explaining"),
            speech("有人问高血压喝这个茶能治好吗", 0, sku="A"),
            speech("能的", 5, sku="A"),
        ],
    )
    assert {"说话人", "指向商品", "商品类别"} <= {one.clause for one in alert.applies}
    story = alert.findings[alert.story]
    assert story.text != "能的"


def test_the_time_after_an_animals_medicine_replaces_none() -> None:
    assert [one.rule for one in said("猪的停药期没到就拉来卖了")] == []


def test_a_notice_about_others_claims_nothing_of_the_goods() -> None:
    text = "商家用数字人冒充三甲医院专家卖保健品，被市场监管部门通报"
    assert [one.rule for one in said(text, "health_food") if one.level == "lead"] == []


def test_a_figure_is_quoted_whole() -> None:
    (alert,) = [
        one for one in said("净水器重金属去除率百分之九十九", "home") if one.rule == "false-claim"
    ]
    assert "“净水器重金属去除率百分之九十九”" in alert.reason
