"""Who is behind a room: looks that are counted, codes that fit, hosts that are no persons."""

from __future__ import annotations

import itertools

import pytest

from tests.detectors.build import chat, gap, product, room, run, run_engine, session, speech

CODE, OTHER_CODE = "91330106MA2B4C5D6X", "91330782MA29F8K3XE"
FIRM = {"name": "甲茶业有限公司", "uscc": CODE, "address": "西湖区一号", "phone": "0571"}
NOBODY = {"name": "", "uscc": "", "address": "", "phone": ""}
MINUTE = 60


def looks(*operators, kind="seller", every=30, **more):
    """A look every half hour."""
    return [
        room(index * every * MINUTE, operator=operator, host_kind=kind, **more)
        for index, operator in enumerate(operators)
    ]


class TestDisclosure:
    rule = "operator-undisclosed"

    def test_more_than_two_checks_are_a_lead(self):
        (alert,) = run(self.rule, looks(NOBODY, NOBODY, NOBODY))
        assert alert.level == "lead"
        assert alert.evidence.numbers["absent_checks"] == 3
        assert alert.evidence.numbers["checked_min"] == 60
        assert len(alert.evidence.trigger) == 3
        assert {basis.article for basis in alert.law} == {"第二十五条", "第十五条", "第八条第一款"}

    def test_two_checks_say_nothing(self):
        alerts, engine = run_engine(self.rule, looks(NOBODY, NOBODY))
        assert alerts == []
        assert engine.stats.declined[self.rule, "few-checks"] == 2

    def test_the_verdict_follows_from_its_own_evidence(self):
        (alert,) = run(self.rule, looks(NOBODY, NOBODY, FIRM, NOBODY, NOBODY))
        (again,) = run(self.rule, alert.evidence.trigger)
        assert again.id == alert.id
        assert again.level == alert.level

    def test_unknown_is_not_absent(self):
        seen = [room(index * 1800, host_kind="seller") for index in range(6)]
        assert run(self.rule, seen) == []
        partly = looks(*[{"name": "甲茶业有限公司", "uscc": CODE}] * 4)
        assert run(self.rule, partly) == []

    def test_unknown_in_between_neither_counts_nor_clears(self):
        seen = looks(NOBODY, None, NOBODY, None, NOBODY)
        (alert,) = run(self.rule, seen)
        assert alert.evidence.numbers["absent_checks"] == 3

    def test_an_empty_object_was_observed(self):
        seen = looks(*[FIRM] * 4, kind="influencer", seller={})
        (alert,) = run(self.rule, seen)
        assert alert.subject == "实际销售者"
        assert {basis.article for basis in alert.law} == {"第二十六条", "第二十七条"}

    @pytest.mark.parametrize("kind", ["seller", "ai", None])
    def test_only_an_influencer_needs_another_seller(self, kind):
        seen = looks(*[FIRM] * 4, kind=kind, absent=["seller"])
        assert run(self.rule, seen) == []

    @pytest.mark.parametrize("seconds", [5, 59])
    def test_a_page_that_loads_late_is_no_check(self, seconds):
        seen = []
        for index in range(5):
            seen += [
                room(index * 1800, operator=NOBODY, host_kind="seller"),
                room(index * 1800 + seconds, operator=FIRM),
            ]
        assert run(self.rule, seen) == []

    def test_looks_close_together_are_one_check(self):
        seen = looks(*[NOBODY] * 8, every=1)
        assert run(self.rule, seen) == []

    @pytest.mark.parametrize(
        ("statement", "contact", "raised"),
        [
            ("自产农副产品，依法无需办理登记", "139", False),
            ("零星小额交易，无须登记", "139", False),
            ("自产农副产品，依法无需办理登记", "", True),
            ("营业执照", "139", False),  # a person with address and contact: perhaps exempt
        ],
    )
    def test_who_need_not_register_shows_a_substitute(self, statement, contact, raised):
        person = {
            "name": "王大山", "uscc": "", "address": "九襄镇" if contact else "",
            "phone": contact, "licence": statement,
        }  # fmt: skip
        assert bool(run(self.rule, looks(*[person] * 4))) is raised

    def test_a_permit_that_is_not_shown_is_perhaps_not_due(self):
        assert run(self.rule, looks(*[{**FIRM, "licence": ""}] * 4)) == []

    def test_duplicates_and_order_change_nothing(self):
        seen = looks(NOBODY, FIRM, NOBODY, NOBODY)
        once = run(self.rule, seen)
        twice = run(self.rule, list(itertools.chain.from_iterable((one, one) for one in seen)))
        assert [(alert.id, alert.hits) for alert in once] == [
            (alert.id, alert.hits) for alert in twice
        ]

    def test_each_broadcast_is_its_own(self):
        seen = [
            room(index * 86_400, operator=NOBODY, host_kind="seller", session=f"s{index}")
            for index in range(5)
        ]
        assert run(self.rule, seen) == []


class TestMismatch:
    rule = "seller-identity-mismatch"

    @pytest.mark.slow
    def test_the_same_wrong_code_again_makes_a_lead_and_no_more_hits(self):
        wrong = {"name": "甲茶业有限公司", "uscc": CODE[:-1] + "A"}
        (once,) = run(self.rule, looks(wrong))
        (often,) = run(self.rule, looks(*[wrong] * 5))
        assert once.level == "watch"
        assert (often.level, often.hits) == ("lead", 2)
        assert "校验码应为 X，实为 A" in often.reason

    def test_an_influencer_sells_for_many(self):
        seller = {"name": "乙贸易有限公司", "uscc": OTHER_CODE}
        cards = [product(9, shop="丙制衣有限公司"), product(10, sku="B", shop="丁百货商行")]
        assert run(self.rule, [*looks(FIRM, kind="influencer", seller=seller), *cards]) == []

    def test_in_an_own_room_they_are_one(self):
        seller = {"name": "乙贸易有限公司", "uscc": OTHER_CODE}
        (alert,) = run(self.rule, looks(FIRM, seller=seller))
        assert alert.level == "lead"
        assert alert.evidence.numbers["other_code"] == OTHER_CODE

    def test_names_alone_are_only_watched(self):
        alerts = run(
            self.rule, looks({"name": "甲茶业有限公司"}, seller={"name": "乙贸易有限公司"})
        )
        assert [alert.level for alert in alerts] == ["watch"]

    @pytest.mark.parametrize(
        ("shop", "raised"),
        [
            ("乙贸易有限公司", True),
            ("甲茶业有限公司", False),
            ("甲茶业有限公司杭州分公司", False),
            ("山里人家旗舰店", False),
            ("甲茶业", False),
        ],
    )
    def test_the_shop_of_a_card(self, shop, raised):
        alerts = run(self.rule, [*looks(FIRM), product(60, shop=shop)])
        assert bool(alerts) is raised

    def test_a_licence_of_somebody_else(self):
        party = {**FIRM, "licence": f"营业执照 统一社会信用代码 {OTHER_CODE}"}
        (alert,) = run(self.rule, looks(party))
        assert alert.level == "lead"
        assert run(self.rule, looks({**FIRM, "licence": f"营业执照 {CODE}"})) == []

    def test_a_new_address_is_no_mismatch_and_a_new_code_is(self):
        assert run(self.rule, looks(FIRM, {**FIRM, "address": "余杭区二号"})) == []
        (alert,) = run(self.rule, looks(FIRM, {**FIRM, "uscc": OTHER_CODE}))
        assert alert.subject == "直播间运营者/name"

    def test_what_is_not_shown_is_another_rules_matter(self):
        assert run(self.rule, looks(*[NOBODY] * 4)) == []


class TestLabel:
    rule = "ai-host-unlabelled"

    def samples(self, *labels, kind="ai"):
        return [
            room(index * 60, host_kind=kind, ai_label=label) for index, label in enumerate(labels)
        ]

    def test_two_of_twenty_are_too_many(self):
        (alert,) = run(self.rule, self.samples(*[True] * 18, False, False))
        assert alert.level == "info"
        assert alert.evidence.numbers["absent_percent"] == 10.0

    @pytest.mark.parametrize(
        "labels",
        [[False] + [True] * 29, [True] * 58 + [False] * 2, [True] * 8, [False] + [True] * 4],
    )
    def test_nearly_always_is_always(self, labels):
        assert run(self.rule, self.samples(*labels)) == []

    def test_a_person_needs_no_label(self):
        assert run(self.rule, self.samples(*[False] * 20, kind="influencer")) == []

    def test_the_end_of_the_broadcast_decides_over_few_samples(self):
        seen = [*self.samples(True, False, False), session("ended", 400)]
        (alert,) = run(self.rule, seen)
        assert alert.evidence.numbers["samples"] == 3


class TestImpersonation:
    rule = "ai-impersonation"

    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("大家好，我是北京协和医院的李主任，胃不好的听我说", "watch"),
            ("我是跳水冠军全红婵，支持一下家乡的土鸡蛋", "lead"),
            ("我就是电视上讲养生的那位教授", "lead"),
            ("本人行医三十多年，这个膏药我自己也贴", "watch"),
            ("作为一名营养学专家，我天天喝它", "watch"),
        ],
    )
    def test_a_generated_host_gives_itself_out_as_somebody(self, text, level):
        (alert,) = run(self.rule, [room(host_kind="ai", ai_label=True), speech(text, 60)])
        assert alert.level == level

    @pytest.mark.parametrize("kind", ["seller", "influencer"])
    def test_a_person_may_say_what_he_is(self, kind):
        seen = [room(host_kind=kind), speech("我是三甲医院的主任医师，给大家推荐", 60)]
        assert run(self.rule, seen) == []

    def test_words_wait_for_the_flag(self):
        said = speech("我是央视主持人小美，姐姐们点链接", 60)
        assert run(self.rule, [said]) == []
        (alert,) = run(self.rule, [said, room(120, host_kind="ai")])
        assert said.id in {event.id for event in alert.evidence.trigger}
        assert (
            run(self.rule, [said, room(120, host_kind="seller"), room(180, host_kind="ai")]) == []
        )

    @pytest.mark.parametrize("kind", [None, "seller", "influencer"])
    def test_whom_everybody_knows_is_looked_into_whoever_hosts(self, kind):
        seen = [room(host_kind=kind), speech("大家好我是钟南山，这款茶我天天喝", 60)]
        (alert,) = run(self.rule, seen)
        assert alert.level == "watch"

    def test_whom_everybody_knows_may_host_a_room_of_that_name(self):
        seen = [
            room(host_kind="influencer", host="刘涛官方直播间"),
            speech("大家好我是刘涛，今晚给大家带来床品", 60),
        ]
        assert run(self.rule, seen) == []

    @pytest.mark.parametrize(
        "text",
        [
            "我不是医生，我是数字人主播",
            "我是雷军的粉丝，天天看发布会",
            "这本书的作者是医学教授",
            "我是主持人小美的数字分身，已获本人授权",
        ],
    )
    def test_a_generated_host_says_what_it_is(self, text):
        assert run(self.rule, [room(host_kind="ai", ai_label=True), speech(text, 60)]) == []

    def test_who_admits_a_made_voice_needs_no_flag(self):
        (alert,) = run(self.rule, [speech("声音是克隆的那位老师的，老人都信", 60)])
        assert alert.level == "lead"

    def test_viewers_accuse_nobody(self):
        seen = [room(host_kind="ai"), chat("我是刘德华本人哈哈", 60), gap(70, 80)]
        assert run(self.rule, seen) == []
