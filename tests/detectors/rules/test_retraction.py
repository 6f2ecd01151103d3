"""What the seller's side takes back, before a claim and after it, stands in the alert of the claim."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from detectors.alerts import Alert
from detectors.events import Event
from detectors.pack.english import english
from tests.detectors.build import product, room, run, session, speech

EXPLAINED, CORRECTED = "前后的说明（裁量）", "及时改正（裁量，行政处罚法第三十三条）"


def facts(alert: Alert, clause: str) -> list[str]:
    return [one.fact for one in alert.leniency if one.clause == clause]


def one_alert(rule: str, events: Sequence[Event]) -> Alert:
    (alert,) = run(rule, events)
    return alert


class TestDenied:
    def test_after_the_claim(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="home", title="艾草坐垫"),
                speech("坐这个垫子坐半个月腰椎间盘突出就好了", 0, sku="A"),
                speech("不过我说一句啊这不能治腰椎间盘突出疼得厉害去医院", 12, sku="A"),
            ],
        )
        assert alert.hits == 1
        assert facts(alert, EXPLAINED) == [
            "其后 12 秒主播说“不过我说一句啊这不能治腰椎间盘突出疼得厉害去医院”，是否就此作了说明须核实"
        ]
        assert all(map(english, facts(alert, EXPLAINED)))

    def test_before_the_claim(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="food", title="桑叶茶"),
                speech("先讲清楚这不能降血糖", 0, sku="A"),
                speech("我婆婆喝了两个月血糖就降下来了", 90, sku="A"),
            ],
        )
        assert facts(alert, EXPLAINED) == [
            "此前 90 秒主播说“先讲清楚这不能降血糖”，是否就此作了说明须核实"
        ]
        assert all(map(english, facts(alert, EXPLAINED)))

    def test_the_very_name_that_was_claimed(self) -> None:
        alert = one_alert(
            "confusion",
            [
                product(-50, sku="A", category="home", title="吹风机", shop="小满家电"),
                speech("这款吹风机戴森同款", 0, sku="A"),
                speech("说一下哈我们不是戴森自己的小牌子", 9, sku="A"),
            ],
        )
        assert len(facts(alert, EXPLAINED)) == 1

    @pytest.mark.parametrize(
        "words",
        [
            "市面上没有哪款吹风机比得上它",  # praise by a negation
            "喜欢的拍一下今天不是天天有",
        ],
    )
    def test_another_negation_says_nothing(self, words: str) -> None:
        alert = one_alert(
            "confusion",
            [
                product(-50, sku="A", category="home", title="吹风机", shop="小满家电"),
                speech("这款吹风机戴森同款", 0, sku="A"),
                speech(words, 9, sku="A"),
            ],
        )
        assert not facts(alert, EXPLAINED)

    def test_of_other_goods_says_nothing(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="food", title="桑叶茶"),
                product(-50, sku="B", category="food", title="山药粉"),
                speech("喝两个月血糖就降下来了", 0, sku="A"),
                speech("这个山药粉不能降血糖的啊", 10, sku="B"),
            ],
        )
        assert not facts(alert, EXPLAINED)

    def test_what_denies_and_claims_at_once_denies_nothing(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="food", title="桑叶茶"),
                speech("喝到第二包夜里就不起夜了", 0, sku="A"),
                speech("我跟你讲喝到第四包你就不起夜了小腹不胀", 10, sku="A"),
            ],
        )
        assert alert.hits == 2
        assert not facts(alert, EXPLAINED)

    def test_two_denials_are_enough(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="food", title="桑叶茶"),
                speech("喝两个月血糖就降下来了", 0, sku="A"),
                *(speech(f"第{n}遍说了不能降血糖", 10 * n, sku="A") for n in range(1, 6)),
            ],
        )
        assert len(facts(alert, EXPLAINED)) == 2


class TestCorrected:
    def test_while_other_goods_are_shown_a_later_one_counts_too(self) -> None:
        alert = one_alert(
            "medical-claim",
            [
                product(-50, sku="A", category="food", title="桑叶茶"),
                product(-50, sku="B", category="home", title="保温壶"),
                speech("喝两个月血糖就降下来了", 0, sku="A"),
                speech("说错了说错了壶是一升的", 60, sku="B"),
                speech("更正一下茶那个降糖的话收回", 200, sku="A"),
            ],
        )
        told = facts(alert, CORRECTED)
        assert [one[:4] for one in told] == ["60 秒", "200 "]
        assert "（其时在讲“保温壶”）" in told[0]
        assert "其时在讲" not in told[1]
        assert alert.evidence.numbers["corrected_on_air_s"] == 60
        assert all(map(english, told))

    def test_recruiting_is_corrected_too(self) -> None:
        alert = one_alert(
            "pyramid-recruit",
            [
                speech("交五百入会再拉两个人进来一个返两百", 0),
                speech("刚才说错了啊我们没有拉人这回事", 40),
            ],
        )
        assert alert.evidence.numbers["corrected_on_air_s"] == 40


class TestNames:
    def test_part_of_a_displayed_brand_is_no_disguise(self) -> None:
        assert not run(
            "cited-data",
            [product(0, sku="A", category="cosmetics", brand="妍究所", title="妍究所 润肤霜")],
        )

    @pytest.mark.parametrize("words", ["给大家看一下抗岩堂的润喉糖", "抗岩堂开了二十年了"])
    def test_who_reads_out_a_name_hides_nothing(self, words: str) -> None:
        shown = [
            session(host="小抗"),
            room(1, operator={"name": "绵阳抗岩堂商贸有限公司"}),
            product(2, sku="A", category="food", title="润喉糖", shop="抗岩堂"),
        ]
        assert not run("medical-claim", [*shown, speech(words, 10, sku="A")])

    def test_the_same_sound_in_no_name_is_heard(self) -> None:
        shown = [product(2, sku="A", category="food", title="润喉糖", shop="小满食品")]
        assert run("medical-claim", [*shown, speech("每天两颗抗岩防岩", 10, sku="A")])
