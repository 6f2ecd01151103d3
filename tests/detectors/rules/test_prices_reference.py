"""`false-original-price`: every outcome of the seven-day test, and what exempts from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.events import Event
from detectors.rules.prices.conditions import basis_of
from detectors.rules.prices.dated import days_named
from tests.detectors.build import (
    at,
    event,
    gap,
    order,
    price,
    product,
    run,
    run_engine,
    session,
    speech,
)
from tests.whole import examples

RULE = "false-original-price"
HOUR = 3_600
DAY = 86_400


def shown(fen=8990, t=0.0, reference=45900, label="原价", **fields):
    return price(fen, t, reference_price=reference, reference_label=label, **fields)


def sale(fen, t, **fields):
    return price(fen, t, kind="transaction", **fields)


def found(events):
    return run(RULE, events)


def declined(events):
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def test_the_arithmetic_stands_in_reason_and_numbers():
    [alert] = found([sale(8990, -3 * DAY), shown()])
    assert alert.level == "lead"
    assert alert.subject == "A"
    assert alert.reason.startswith(
        "原价 459.00 元，此前 7 天同店同规格最低成交价 89.90 元，高出 369.10 元"
    )
    numbers = alert.evidence.numbers
    assert numbers["reference_fen"] - numbers["lowest_fen"] == numbers["excess_fen"] == 36910
    assert numbers["window_end"] - numbers["window_start"] == 7 * DAY * 1000
    assert numbers["lowest_at"] == at(-3 * DAY)
    assert numbers["transactions"] == 1


def test_the_lowest_sale_is_part_of_the_evidence_and_gives_the_same_verdict_alone():
    [alert] = found([sale(9990, -6 * DAY), sale(8990, -3 * DAY), sale(9490, -DAY), shown()])
    assert [item.price for item in alert.evidence.trigger] == [8990, 8990]
    [again] = found(alert.evidence.trigger)
    assert (again.level, again.reason, again.evidence.numbers["lowest_fen"]) == (
        alert.level, alert.reason, 8990,
    )  # fmt: skip


def test_the_curve_reaches_back_over_the_window():
    [alert] = found([sale(9990, -9 * DAY), sale(8990, -3 * DAY), shown()])
    assert alert.evidence.prices[0].at <= at(-7 * DAY)
    assert alert.evidence.prices[-1].reference_price == 45900


class TestWindow:
    @pytest.mark.parametrize(
        ("before_s", "inside"),
        [
            (7 * DAY + 1, False),
            (7 * DAY, True),  # [t0 − 7 × 24 h, t0)
            (1, True),
        ],
    )
    def test_its_edges(self, before_s, inside):
        [alert] = found([sale(8990, -before_s), shown()])
        assert ("此前 7 天同店同规格最低成交价" in alert.reason) is inside

    def test_a_sale_at_t0_itself_is_one_of_the_promotion(self):
        assert declined([shown(), sale(8990, 0.5), shown(t=60)]) == {"insufficient-history"}

    def test_it_ends_where_the_comparison_began_however_often_it_is_shown(self):
        events = [sale(45900, -12 * DAY), sale(45900, -5 * DAY), shown(t=-4 * DAY)]
        for day in range(4):
            events += [order(-3.5 * DAY + day * DAY, price=8990), shown(t=(-3 + day) * DAY)]
        assert declined(events) == {"not-above"}

    def test_a_comparison_taken_away_and_put_up_again_begins_anew(self):
        events = [
            sale(45900, -9 * DAY), shown(t=-6 * DAY),
            price(8990, -4 * DAY, absent=["reference_price"]), sale(8990, -3 * DAY), shown(),
        ]  # fmt: skip
        assert [alert.evidence.numbers["lowest_fen"] for alert in found(events)] == [8990]

    def test_a_reference_that_was_left_out_of_looks_is_not_taken_away(self):
        events = [
            sale(45900, -14 * DAY), sale(45900, -6.5 * DAY), shown(t=-6 * DAY),
            price(8990, -5 * DAY), sale(8990, -4 * DAY), price(8990, -2 * DAY), shown(),
        ]  # fmt: skip
        assert declined(events) == {"not-above"}

    def test_tags_of_two_packs_do_not_end_each_other(self):
        events = [sale(45900, -14 * DAY, unit="1件"), sale(45900, -7 * DAY, unit="1件")]
        for day in (-6, -3, 0):
            events += [
                shown(t=day * DAY, unit="1件"), sale(8990, day * DAY + 60, unit="1件"),
                shown(16900, day * DAY + 90, reference=89900, unit="2件"),
                price(91900, day * DAY + 120, unit="2件"),
            ]  # fmt: skip
        assert {alert.evidence.numbers["reference_fen"] for alert in found(events)} == {89900}

    def test_card_and_page_may_show_different_references(self):
        events = [sale(45900, -14 * DAY), sale(45900, -7 * DAY)]
        for day in (-6, -3, 0):
            events += [
                product(day * DAY, price=8990, reference_price=45900, reference_label="划线价"),
                sale(8990, day * DAY + 60), shown(t=day * DAY + 90, reference=40000),
            ]  # fmt: skip
        assert [alert.evidence.numbers["reference_fen"] for alert in found(events)] == [40000]

    def test_a_price_back_at_the_reference_ends_the_comparison(self):
        events = [
            sale(45900, -9 * DAY), sale(45900, -6.5 * DAY), shown(t=-6 * DAY), sale(8990, -5 * DAY),
            price(45900, -3 * DAY), shown(),
        ]  # fmt: skip
        assert [alert.evidence.numbers["window_end"] for alert in found(events)] == [at(0)]

    def test_a_promotion_that_was_to_end_today_begins_anew_tomorrow(self):
        events = [
            sale(45900, -9 * DAY), sale(45900, -2 * DAY), shown(t=-DAY, session="s0"),
            speech("这个价只有今天才有，拍", -DAY + 60, session="s0", sku="A"),
            order(-DAY + 90, price=8990, session="s0"), shown(),
        ]  # fmt: skip
        [alert] = found(events)
        assert alert.session == "s1"
        assert alert.evidence.numbers["lowest_fen"] == 8990

    def test_a_promotion_that_was_extended_goes_on(self):
        events = [
            sale(45900, -9 * DAY), sale(45900, -2 * DAY), shown(t=-DAY),
            speech("这个价只有今天才有，拍", -DAY + 60, sku="A"),
            speech("因为没抢到的太多，活动延长两天", -DAY + 90, sku="A"),
            order(-DAY + 120, price=8990), shown(),
        ]  # fmt: skip
        assert declined(events) == {"not-above"}


class TestWithoutSalesInTheWindow:
    def test_the_last_sale_before_counts(self):
        [alert] = found([sale(12000, -20 * DAY), sale(9900, -10 * DAY), shown()])
        assert alert.level == "lead"
        assert "此前 7 天未见成交，最后一次成交价 99.00 元" in alert.reason

    def test_a_last_sale_at_the_reference_is_lawful(self):
        assert declined([sale(9900, -20 * DAY), sale(45900, -10 * DAY), shown()]) == {"not-above"}

    def test_a_gap_may_hide_a_sale(self):
        [alert] = found([sale(9900, -10 * DAY), gap(-5 * DAY, -4 * DAY), shown()])
        assert alert.level == "watch"
        assert alert.evidence.numbers["unwatched_ms"] == DAY * 1000
        assert "其间 24.0 小时未监测" in alert.reason

    def test_a_day_unwatched_leaves_no_verdict(self):
        events = [sale(9900, -10 * DAY), gap(-5 * DAY, -3.9 * DAY), shown()]
        assert declined(events) == {"insufficient-history"}

    def test_an_offer_at_the_reference_lowers_the_certainty(self):
        [alert] = found([sale(9900, -10 * DAY), price(45900, -5 * DAY), shown()])
        assert alert.level == "watch"


class TestListPricesOnly:
    def listed(self, *fens, since=-9 * DAY, step=2 * DAY):
        return [price(fen, since + index * step) for index, fen in enumerate(fens)]

    def test_never_asked_in_a_week_is_a_lead(self):
        [alert] = found([*self.listed(8990, 9990, 8990, 9990), shown()])
        assert alert.level == "lead"
        assert alert.evidence.numbers["lowest_fen"] == 8990
        assert "从未按此价销售" in alert.reason

    def test_asked_once_is_a_watch(self):
        [alert] = found([*self.listed(45900, 9990, 8990, 9990), shown()])
        assert alert.level == "watch"

    def test_asked_all_along_is_lawful(self):
        assert declined([*self.listed(45900, 45900, 45900), shown()]) == {"not-above"}

    def test_few_days_of_prices_are_a_watch(self):
        [alert] = found([price(8990, -9 * DAY), price(9990, -6.9 * DAY), shown()])
        assert alert.level == "watch"

    def test_a_gap_lowers_the_certainty(self):
        [alert] = found([*self.listed(8990, 9990, 8990, 9990), gap(-2 * DAY, -DAY), shown()])
        assert alert.level == "watch"

    def test_prices_with_conditions_are_no_list_prices(self):
        events = [
            price(45900, -9 * DAY), price(39900, -5 * DAY, conditions=["会员专享"]),
            price(45900, -4 * DAY), shown(),
        ]  # fmt: skip
        assert declined(events) == {"not-above"}


class TestHistoryTooShort:
    def test_two_days_give_no_verdict(self):
        assert declined([price(8990, -2 * DAY), shown()]) == {"insufficient-history"}

    def test_nothing_before_gives_no_verdict(self):
        assert declined([shown()]) == {"insufficient-history"}

    def test_sales_at_the_reference_in_two_days_give_no_verdict(self):
        assert declined([sale(45900, -2 * DAY), shown()]) == {"insufficient-history"}

    def test_one_sale_below_is_enough(self):
        [alert] = found([order(-600, price=8990), shown()])
        assert alert.level == "lead"
        assert alert.evidence.numbers["watched_days"] == 0.0


class TestStandingWhenWatchingBegan:
    def standing(self, days, orders=3, **fields):
        events = [
            shown(t=-days * DAY),
            *(order((-days + 0.5 + index / 4) * DAY, price=8990) for index in range(orders)),
        ]
        return [*events, *fields.get("more", []), shown()]

    def test_a_week_without_a_sale_at_the_reference_is_a_watch(self):
        [alert] = found(self.standing(8))
        assert alert.level == "watch"
        assert "其后 8.0 天从未按此价销售，同店同规格最低成交价 89.90 元" in alert.reason

    @pytest.mark.parametrize(
        "events",
        [
            {"days": 6.9},
            {"days": 8, "orders": 2},
            {"days": 8, "more": [sale(45900, -DAY)]},
            {"days": 8, "more": [gap(-3 * DAY, -1.9 * DAY)]},
        ],
    )  # fmt: skip
    def test_less_than_that_gives_no_verdict(self, events):
        assert declined(self.standing(**events)) == {"insufficient-history"}


class TestWhatIsNoTransactionPrice:
    def lawful(self, *events):
        return declined([sale(45900, -9 * DAY), sale(45900, -5 * DAY), *events, shown(35900)])

    @pytest.mark.parametrize(
        "condition",
        ["会员价", "PLUS会员", "新人首单", "3人团", "拼团价", "国补后", "满300减30", "第2件半价", "老客专享", "以旧换新"],
    )  # fmt: skip
    def test_a_price_for_some_buyers(self, condition):
        assert self.lawful(sale(29900, -3 * DAY, conditions=[condition])) == {"not-above"}

    def test_an_order_at_a_price_shown_for_some_buyers(self):
        assert self.lawful(
            price(29900, -3 * DAY, conditions=["会员价"]), order(-3 * DAY + 60, price=29900)
        ) == {"not-above"}

    def test_a_deposit(self):
        assert self.lawful(
            price(5000, -3 * DAY, kind="deposit"), order(-3 * DAY + 60, price=5000)
        ) == {"not-above"}

    def test_an_order_a_little_below_the_price_shown_may_carry_a_coupon_of_the_buyer(self):
        assert self.lawful(price(45900, -3 * DAY), order(-3 * DAY + 60, price=43900)) == {
            "not-above"
        }

    def test_what_most_buyers_pay_below_the_price_shown_is_a_watch(self):
        events = [sale(45900, -9 * DAY), price(45900, -3 * DAY)]
        events += [
            order(-3 * DAY + 60 * index, price=39900, user=f"u{index}") for index in (1, 2, 3)
        ]
        [alert] = found([*events, shown(35900)])
        assert alert.level == "watch"
        assert "多数订单低于标价成交" in alert.reason

    def test_an_amount_in_yuan_taken_for_fen(self):
        assert self.lawful(price(45900, -3 * DAY), order(-3 * DAY + 60, price=459)) == {"not-above"}

    @pytest.mark.parametrize("condition", ["限量秒杀", "1元福利款", "限购1件"])
    def test_a_few_pieces_for_less_are_a_watch(self, condition):
        events = [
            sale(45900, -9 * DAY),
            sale(45900, -5 * DAY),
            sale(100, -3 * DAY, conditions=[condition]),
        ]
        [alert] = found([*events, shown(35900)])
        assert (alert.level, alert.evidence.numbers["lowest_fen"]) == ("watch", 100)

    def test_an_order_at_a_price_shown_for_a_few_pieces_is_a_watch(self):
        events = [
            sale(45900, -9 * DAY), sale(45900, -5 * DAY),
            price(9900, -3 * DAY, conditions=["整点秒杀"]), order(-3 * DAY + 60, price=9900), shown(35900),
        ]  # fmt: skip
        assert [alert.level for alert in found(events)] == ["watch"]

    def test_a_refunded_order(self):
        assert self.lawful(order(-3 * DAY, price=8990, status="refunded")) == {"not-above"}

    def test_a_price_for_another_unit(self):
        events = [
            sale(8990, -9 * DAY, unit="2瓶"), sale(4990, -5 * DAY, unit="1瓶"),
            sale(8990, -4 * DAY, unit="2瓶"), shown(7990, reference=8990, unit="2瓶"),
        ]  # fmt: skip
        assert declined(events) == {"not-above"}

    def test_a_sale_of_another_sku(self):
        assert self.lawful(sale(8990, -3 * DAY, sku="B")) == {"not-above"}

    @pytest.mark.parametrize("change", [{"attributes": {"规格": "6瓶装"}}, {"shop": "乙店"}])
    def test_a_sale_before_the_goods_changed(self, change):
        first = {"attributes": {"规格": "1瓶装"}} if "attributes" in change else {"shop": "甲店"}
        events = [
            product(-9 * DAY, **first), sale(8990, -3 * DAY), product(-DAY, **change), shown(),
        ]  # fmt: skip
        assert declined(events) == {"insufficient-history"}

    def test_a_public_coupon_makes_an_order_a_public_price(self):
        events = [
            sale(45900, -9 * DAY), price(45900, -3 * DAY), price(39900, -3 * DAY + 5, kind="coupon"),
            order(-3 * DAY + 60, price=39900), shown(35900),
        ]  # fmt: skip
        assert [alert.evidence.numbers["lowest_fen"] for alert in found(events)] == [39900]


class TestLabels:
    @pytest.mark.parametrize(
        ("label", "basis"),
        [
            ("原价", "own"), ("划线价", "own"), ("市场价", "own"), ("日常价", "own"), ("", "own"),
            ("厂商建议零售价", "maker"), ("建议零售价", "maker"), ("吊牌价", "maker"), ("MRP", "maker"),
            ("专柜价", "elsewhere"), ("天猫价", "elsewhere"), ("指导价", "vague"), ("参考价", "vague"),
            ("9月20日至9月26日本店售价", "dated"), ("活动后恢复价", "future"), ("两件总价", "other"),
            (None, "unlabelled"),
        ],
    )  # fmt: skip
    def test_what_a_label_claims(self, label, basis):
        assert basis_of(label) == basis

    @pytest.mark.parametrize(
        ("label", "reason"),
        [
            ("厂商建议零售价", "maker-price"),
            ("9月20日至9月26日本店售价", "basis-stated"),
            ("活动后恢复价", "other-basis"),
            ("两件总价", "other-basis"),
        ],
    )
    def test_a_reference_that_is_measured_otherwise(self, label, reason):
        assert declined([sale(8990, -3 * DAY), shown(label=label)]) == {reason}

    def test_a_basis_stated_in_the_conditions(self):
        events = [sale(8990, -3 * DAY), shown(conditions=["划线价为9月20日本店售价"])]
        assert declined(events) == {"basis-stated"}

    @pytest.mark.parametrize("label", ["专柜价", "指导价", None])
    def test_an_unclear_reference_is_a_watch(self, label):
        [alert] = found([sale(8990, -3 * DAY), shown(label=label)])
        assert alert.level == "watch"

    def test_an_unknown_label_is_a_fact_to_obtain(self):
        [alert] = found([sale(8990, -3 * DAY), shown(label=None)])
        assert any("名称" in fact for fact in alert.missing)

    def test_a_makers_price_that_follows_the_selling_price_is_a_watch(self):
        events = []
        for day in range(-12, 1):
            fen = 3400 + 100 * (day % 3)
            events.append(shown(fen, day * DAY, reference=fen * 5 // 4, label="MRP"))
        alerts = found(events)
        assert {alert.level for alert in alerts} == {"watch"}
        assert {alert.subject for alert in alerts} == {"A"}
        assert "第十六条第三款" in {basis.article for basis in alerts[0].law}
        assert "第十六条第二款" not in {
            basis.article for basis in alerts[0].law if "明码标价" in basis.law
        }


class TestDays:
    """The broadcast is on the evening of 2026-10-01; a label tells of which days the price is."""

    def of_the_24th(self, *sold: int, label: str = "9月24日成交价", asked: int = 12900, **fields):
        day = -7 * DAY
        return [
            price(asked, -9 * DAY),
            *(sale(fen, day + 60 * place) for place, fen in enumerate(sold)),
            sale(8990, -DAY),
            shown(reference=19900, label=label, **fields),
        ]

    @pytest.mark.parametrize(
        ("label", "days"),
        [
            ("9月24日成交价", (-8, 1)), ("2026年9月24日本店售价", (-8, 1)), ("对比价：9月20日至9月26日售价", (-12, 7)),
            ("前天售价", (-3, 1)),
        ],
    )  # fmt: skip
    def test_days_that_a_label_names(self, label, days):
        first, length = days
        midnight = at(0) + 4 * HOUR * 1000
        start = midnight + first * DAY * 1000
        assert days_named(label, at(0)) == (start, start + length * DAY * 1000)

    @pytest.mark.parametrize(
        "label", ["9月20日至26日售价", "双十一成交价", "10月3日售价", "2020年1月1日至2026年9月1日售价", "9.24售价", "近999天最低"]
    )  # fmt: skip
    def test_days_that_cannot_be_told(self, label):
        named = days_named(label, at(0))
        assert named is None or named[1] < at(0) - 300 * DAY * 1000

    def test_what_nobody_paid_that_day_is_watched(self):
        [alert] = found(self.of_the_24th(12900, 11900))
        assert alert.level == "watch"
        assert "最高成交价 129.00 元，高出 70.00 元" in alert.reason
        assert [basis.article for basis in alert.law if "明码标价" in basis.law] == [
            "第十六条第一款", "第十九条第三项",
        ]  # fmt: skip

    def test_a_day_that_stands_in_the_conditions(self):
        events = self.of_the_24th(12900, label="划线价", conditions=["划线价为9月24日本店售价"])
        [alert] = found(events)
        assert alert.level == "watch"

    @pytest.mark.parametrize(
        "events",
        [
            pytest.param((19900, 12900), id="paid"),
            pytest.param((19850,), id="rounded"),
            pytest.param((), id="nothing-sold"),
        ],
    )
    def test_what_was_paid_that_day_is_true(self, events):
        assert declined(self.of_the_24th(*events)) == {"basis-stated"}

    def test_what_was_asked_that_day_may_have_been_paid(self):
        assert declined(self.of_the_24th(12900, asked=19900)) == {"basis-stated"}

    def test_a_day_that_was_not_watched_tells_nothing(self):
        events = self.of_the_24th(12900)
        events.insert(2, gap(-7 * DAY - 5 * HOUR, -7 * DAY - HOUR))
        assert declined(sorted(events, key=lambda event: event.at)) == {"basis-stated"}
        assert declined(self.of_the_24th(12900)[1:]) == {"basis-stated"}

    def test_the_day_of_another_shop_is_not_looked_up(self):
        assert declined(self.of_the_24th(12900, label="天猫9月24日售价")) == {"basis-stated"}

    def test_the_lowest_of_some_days_is_a_lead_where_less_was_paid(self):
        events = self.of_the_24th(12900, label="近10天最低成交价")
        [alert] = found(events)
        assert (alert.level, alert.evidence.numbers["lowest_fen"]) == ("lead", 8990)

    def test_the_lowest_of_some_days_that_is_true(self):
        events = [sale(19900, -7 * DAY), shown(reference=19900, label="近10天最低成交价")]
        assert declined(events) == {"not-above"}


class TestExempt:
    def test_rounding(self):
        events = [sale(8990, -9 * DAY), sale(8990, -3 * DAY), shown(6990, reference=9000)]
        assert declined(events) == {"rounding"}

    def test_of_a_small_price_less_is_rounding(self):
        def at_ten(sold: int) -> list[Event]:
            return [sale(sold, -9 * DAY), sale(sold, -3 * DAY), shown(690, reference=1000)]

        assert declined(at_ten(950)) == {"rounding"}
        assert len(found(at_ten(949))) == 1

    def test_just_above_rounding(self):
        assert len(found([sale(8990, -3 * DAY), shown(6990, reference=9091)])) == 1

    def test_the_buyer_pays_so_little_that_the_reduction_is_real(self):
        # 100 → 50 was shown; on the true base of 90 the same reduction is 45, and 44 is paid.
        events = [
            sale(9000, -3 * DAY), price(4400, -60, kind="coupon"),
            shown(5000, reference=10000), price(4400, 30, kind="coupon"),
            shown(5000, 60, reference=10000, session="s2"),
        ]  # fmt: skip
        alerts, engine = run_engine(RULE, events)
        assert [alert.session for alert in alerts] == ["s1"]
        assert engine.stats.declined[RULE, "greater-benefit"] == 1

    @pytest.mark.parametrize("reference", [8990, 7000])
    def test_a_reference_not_above_the_offer_compares_nothing(self, reference):
        assert declined([sale(5000, -3 * DAY), shown(8990, reference=reference)]) == set()

    def test_each_exemption_is_shown_with_its_reason(self):
        [alert] = found([sale(8990, -3 * DAY), shown()])
        assert not any(exemption.met for exemption in alert.exemptions)
        assert {exemption.clause.partition("：")[0] for exemption in alert.exemptions} >= {
            "价格规定第十六条第二款", "价格规定第十六条第三款", "价格规定第二十一条第一项", "价格规定第二十一条第二项", "价格规定第二十一条第三项",
        }  # fmt: skip


class TestSpoken:
    SOLD = (sale(8990, -3 * DAY), price(8990, -60))

    def test_a_spoken_reference_counts_like_a_shown_one(self):
        [alert] = found(
            [*self.SOLD, speech("原价四百五十九，今天直播间只要八十九块九", 0, sku="A")]
        )
        assert alert.level == "lead"
        assert alert.reason.startswith("主播所称“原价” 459.00 元")
        assert [span.text for span in alert.evidence.spans] == ["原价四百五十九"]

    @pytest.mark.parametrize(
        "text",
        [
            "正常卖四百五十九，今天来我直播间八十九块九拿走",
            "这个我们一直都是四百五十九在卖的，今天破价八十九块九",
            "平常你来买得四百五十九，今天八十九块九",
            "店里挂的是四百五十九，直播间八十九块九",
            "从四百五十九直接降到八十九块九，今天",
            "四百五十九的东西今天八十九块九给大家炸了",
            "原价459现价89.9",
        ],
    )
    def test_what_it_cost_before_in_other_words(self, text):
        [alert] = found([sale(8990, -3 * DAY), price(8990), speech(text, 60, sku="A")])
        assert alert.evidence.numbers["reference_fen"] == 45900

    @pytest.mark.parametrize(
        "text",
        [
            "以前的老款四百五十九，今天这款八十九块九",
            "下个月要卖四百五十九，今天八十九块九",
            "我们一直卖八十九块九，今天也是",
        ],
    )
    def test_another_thing_another_time(self, text):
        assert found([sale(8990, -3 * DAY), price(8990), speech(text, 60, sku="A")]) == []

    @pytest.mark.parametrize(
        "text",
        [
            "原价459吗，今天89.9",
            "不是原价459，今天就是89.9",
            "今天恢复原价459",
            "两件原价459，今天拍两件89.9",
            "别家原价459，我们今天89.9",
            "原价忘了，今天89.9",
            "原价459",  # nothing lower said with it
        ],
    )
    def test_what_is_no_comparison(self, text):
        assert found([*self.SOLD, speech(text, 0, sku="A")]) == []

    def test_a_viewers_words_are_nobodys_price(self):
        assert (
            found([*self.SOLD, event("chat", 0, role="viewer", text="原价459，今天只要89.9")]) == []
        )

    def test_without_a_product_on_screen_there_is_no_sku(self):
        assert found([*self.SOLD, speech("原价459，今天只要89.9", 0)]) == []

    def test_a_doubtful_recognition_is_a_watch(self):
        said = speech("原价459，今天只要89.9", 0, sku="A", confidence=0.5)
        assert [alert.level for alert in found([*self.SOLD, said])] == ["watch"]

    def test_the_same_reference_shown_and_said_is_one_hit(self):
        alerts = found([*self.SOLD, shown(t=0), speech("原价459，今天只要89.9", 60, sku="A")])
        assert [alert.hits for alert in alerts] == [1]


class TestActs:
    def test_the_same_tag_again_is_no_further_hit(self):
        [alert] = found([sale(8990, -3 * DAY), *(shown(t=60 * index) for index in range(20))])
        assert alert.hits == 1

    def test_another_reference_is_another_act(self):
        alerts = found([sale(8990, -3 * DAY), shown(), shown(7990, HOUR, reference=99900)])
        assert {alert.subject for alert in alerts} == {"A", "A@999.00"}

    def test_each_session_has_its_own_alert(self):
        alerts = found([sale(8990, -3 * DAY), shown(), shown(t=DAY, session="s2")])
        assert [(alert.session, alert.subject) for alert in alerts] == [("s1", "A"), ("s2", "A")]

    def test_a_card_shows_a_reference_too(self):
        card = product(0, price=8990, reference_price=45900, reference_label="划线价")
        [alert] = found([sale(8990, -3 * DAY), card])
        assert alert.subject_title == "A 商品"

    def test_a_reference_without_any_price_compares_nothing(self):
        events = [sale(8990, -3 * DAY), product(0, reference_price=45900, reference_label="原价")]
        assert declined(events) == {"no-offer"}


@pytest.mark.parametrize(("conditions", "open_fact"), [(None, True), ([], False)])
def test_unknown_conditions_are_a_fact_to_obtain(conditions, open_fact):
    [alert] = found([sale(8990, -3 * DAY, conditions=conditions), shown()])
    assert any("有无会员" in fact for fact in alert.missing) is open_fact


def test_it_mutes_the_statistical_signal():
    events = [
        price(45000, -3 * DAY), order(-2 * DAY, price=45000), session("started", -60),
        shown(8990, reference=99900),
    ]  # fmt: skip
    assert {alert.rule for alert in run([RULE, "price-swing"], events)} == {RULE}


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(st.integers(-10 * DAY, -1), st.integers(100, 60_000)), max_size=12),
    st.integers(200, 60_000),
)
def test_it_never_fires_when_no_observed_sale_or_price_is_below_the_reference(sales, reference):
    events = [sale(fen, second) for second, fen in sorted(sales)]
    events.append(shown(100, reference=reference))
    below = [fen for second, fen in sales if fen < reference]
    alerts = found(events)
    if not below:
        assert alerts == []
    inside = [fen for second, fen in sales if second >= -7 * DAY]
    if inside and reference - min(inside) > 100 and 100 * min(inside) // reference < 100:
        assert [alert.evidence.numbers["lowest_fen"] for alert in alerts] == [min(inside)]


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_without_a_field_it_says_no_more(data):
    """Unknown is never taken for something: leaving a field out gives no alert that was not there."""
    events = [
        sale(8990, -3 * DAY, unit="件", conditions=[]), price(8990, -2 * DAY, unit="件"),
        shown(7990, unit="件", conditions=[]),
    ]  # fmt: skip
    before = {alert.subject for alert in found(events)}
    victim = data.draw(st.integers(0, len(events) - 1))
    name = data.draw(st.sampled_from(["unit", "conditions", "reference_label", "price"]))
    setattr(events[victim], name, None)
    assert {alert.subject for alert in found(events)} <= before
