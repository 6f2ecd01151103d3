"""`promo-rule-mismatch`: an offer that was said to end, and what came of it."""

from __future__ import annotations

import pytest

from detectors.engine.engine import Engine
from tests.detectors.build import (
    at,
    chat,
    event,
    gap,
    only,
    order,
    price,
    product,
    run,
    run_engine,
    session,
    speech,
)

RULE = "promo-rule-mismatch"
MINUTE = 60
HOUR = 3_600
DAY = 86_400
FIVE = "还有五分钟就恢复到98了"


def said(text, t=60.0, **fields):
    return speech(text, t, **{"sku": "A", **fields})


def declined(events):
    """Why it stays silent; “no-later-price” is said an hour after the end, whatever comes later."""
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    return {reason for _, reason in engine.stats.declined}


def test_promise_and_breach_are_the_trigger():
    events = [price(2930, 0), said(FIVE), price(2930, 80 * MINUTE)]
    [alert] = run(RULE, events)
    assert (alert.level, alert.subject, alert.hits) == ("lead", "A", 1)
    assert (alert.first_at, alert.last_at) == (at(60), at(80 * MINUTE))
    assert [item.id for item in alert.evidence.trigger] == [
        events[1].id, events[0].id, events[2].id,
    ]  # fmt: skip
    assert alert.evidence.spans[0].text == "还有五分钟"
    numbers = alert.evidence.numbers
    assert (numbers["price_fen"], numbers["restore_fen"]) == (2930, 9800)
    assert numbers["ends_at"] == at(6 * MINUTE)
    assert "仍为 29.30 元，未恢复到 98.00 元" in alert.reason


def test_the_evidence_gives_the_same_verdict():
    [alert] = run(RULE, [price(2930, 0), said(FIVE), price(2930, 80 * MINUTE)])
    ordered = sorted(alert.evidence.trigger, key=lambda item: item.at)
    [again] = run(RULE, ordered)
    assert (again.reason, again.level) == (alert.reason, alert.level)


class TestEnds:
    @pytest.mark.parametrize(
        ("text", "breach_h", "level"),
        [
            ("家人们这个价格仅限今天", 4 + 1, "watch"),  # 20:00: the day ends in four hours
            ("家人们这个价格仅限今天", 4 + 12, "lead"),
            ("今天最后一天，明天就恢复原价了", 24, "lead"),
            ("过了今晚十二点就涨价", 24, "lead"),
            ("今天不买明天恢复原价", 24, "lead"),
            ("活动到10月3日截止，直接拍", 52 + 13, "lead"),
            ("仅此一晚，29.3元", 10 + 12, "lead"),
            ("十分钟后恢复原价", 1.2, "lead"),
        ],
    )
    def test_the_same_price_after_the_end(self, text, breach_h, level):
        [alert] = run(RULE, [price(2930, 0), said(text, 0.5), price(2930, breach_h * HOUR + 60)])
        assert alert.level == level

    @pytest.mark.parametrize(
        ("text", "breach_h"),
        [
            ("家人们这个价格仅限今天", 4.9),  # within an hour after the end
            ("今晚最后一波，过了今晚没有这个价", 10.5),  # the night lasts until the morning
            ("活动到10月3日截止，直接拍", 50),
        ],
    )
    def test_the_same_price_before_the_end_or_within_the_grace(self, text, breach_h):
        assert run(RULE, [price(2930, 0), said(text, 0.5), price(2930, breach_h * HOUR)]) == []

    def test_three_days_on_are_more_hits_of_one_alert(self):
        events = [price(2930, 0), said("这个价格仅限今天")]
        events += [price(2930, 4 * HOUR + day * DAY + 2 * HOUR) for day in range(3)]
        [alert] = run(RULE, events)
        assert alert.hits == 3
        assert "其后 2 天仍为" in alert.reason

    def test_conditions_of_a_price_promise_too(self):
        events = [price(2930, 0, conditions=["仅限今日"]), price(2930, DAY)]
        [alert] = run(RULE, events)
        assert "标示“仅限今日”" in alert.reason

    def test_a_title_promises_too(self):
        events = [
            product(0, title="护手霜 今日特价29.3元", price=2930), product(DAY, price=2930),
        ]  # fmt: skip
        assert len(run(RULE, events)) == 1

    def test_a_hosts_chat_line_promises_too(self):
        events = [
            product(0, price=2930, status="explaining"),
            chat("这个价格仅限今天", 60, role="host"), price(2930, DAY),
        ]  # fmt: skip
        assert len(run(RULE, events)) == 1

    def test_a_price_that_comes_after_the_words_is_the_one_that_was_to_end(self):
        assert len(run(RULE, [said(FIVE), price(2930, 90), price(2930, 80 * MINUTE)])) == 1

    def test_orders_at_the_price_show_that_it_goes_on(self):
        assert len(run(RULE, [price(2930, 0), said(FIVE), order(80 * MINUTE, price=2930)])) == 1


class TestOnePromise:
    """What is said again, and seen again in later broadcasts, is one promise and one alert."""

    #: The first evening is a Thursday, 2026-10-01.
    @pytest.mark.parametrize(
        ("texts", "quoted", "ends"),
        [
            (["活动到周日截止"] * 3, "“周日截止”", "10 月 5 日 00:00"),
            (["活动到本周日截止，直接拍"] * 3, "“本周日截止”", "10 月 5 日 00:00"),
            (["活动到这周日晚上十点结束"] * 3, "“这周日晚上十点结束”", "10 月 5 日 00:00"),
            (
                ["活动到3号截止", "活动到10月3日截止", "优惠价到十月三号截止"],
                "“3号截止”",
                "10 月 4 日",
            ),
        ],
    )
    def test_whose_end_is_said_again_over_three_broadcasts(self, texts, quoted, ends):
        events = []
        for day, text in enumerate(texts):
            fields = {"session": f"s{day}"}
            events += [price(2930, day * DAY, **fields), said(text, day * DAY + 60, **fields)]
        events += [price(2930, day * DAY, session=f"s{day}") for day in (5, 6, 7)]
        [alert] = run(RULE, events)
        assert (alert.session, alert.hits) == ("s0", 3)
        assert quoted in alert.reason
        assert f"应于 {ends}" in alert.reason

    def test_each_later_broadcast_is_a_hit_of_the_broadcast_of_the_promise(self):
        events = [price(2930, 0), said("这个价格仅限今天")]
        events += [price(2930, day * DAY, session=f"s{day}") for day in (2, 3, 4)]
        [alert] = run(RULE, events)
        assert (alert.session, alert.hits, alert.first_at) == ("s1", 3, at(60))

    @pytest.mark.parametrize(
        "text",
        [
            "今天先拍，活动八号截止",  # the day that ends it is the eighth, not today
            "活动到下周三晚上八点截止",  # nor is it eight o'clock tonight
            "活动到后天晚上十点截止，直接拍",
        ],
    )
    def test_another_day_is_not_today(self, text):
        assert run(RULE, [price(2930, 0), said(text), price(2930, 2 * DAY)]) == []

    def test_what_is_quoted_begins_at_a_word(self):
        [alert] = run(RULE, [price(2930, 0), said("活动到周日截止"), price(2930, 5 * DAY)])
        assert "称“周日截止”" in alert.reason
        assert [span.text for span in alert.evidence.spans] == ["周日截止"]


class TestBroadcast:
    PROMISE = (price(2930, 0), said("下播后就恢复到98元一瓶"), session("ended", 2 * HOUR))

    def test_off_the_air_a_day_later(self):
        [alert] = run(RULE, [*self.PROMISE, price(2930, 26 * HOUR, session="")])
        assert alert.level == "lead"

    def test_in_the_next_broadcast_the_price_may_be_offered_anew(self):
        [alert] = run(RULE, [*self.PROMISE, price(2930, 26 * HOUR, session="s2")])
        assert alert.level == "watch"
        assert any("两场直播之间" in fact for fact in alert.missing)

    def test_three_weeks_of_it_are_a_lead(self):
        events = [*self.PROMISE]
        events += [price(2930, (26 + 24 * day) * HOUR, session="s2") for day in range(21)]
        [alert] = run(RULE, events)
        assert alert.level == "lead"
        assert "21 天仍为" in alert.reason

    def test_without_an_end_the_next_start_ends_it(self):
        events = [
            *self.PROMISE[:2],
            session("started", DAY, session="s2"),
            price(2930, DAY + 2 * HOUR, session="s2"),
        ]
        assert len(run(RULE, events)) == 1

    def test_while_it_goes_on_nothing_is_broken(self):
        assert run(RULE, [*self.PROMISE[:2], price(2930, 10 * HOUR)]) == []


class TestKept:
    @pytest.mark.parametrize("after", [9800, 5000])
    def test_the_price_went_up(self, after):
        events = [price(2930, 0), said(FIVE), price(after, 7 * MINUTE), price(2930, 3 * HOUR)]
        assert run(RULE, events) == []

    def test_a_lower_price_is_another_offer(self):
        assert declined([price(2930, 0), said(FIVE), price(1990, 3 * HOUR)]) == {
            "lower-later",
            "no-later-price",
        }

    def test_nothing_was_seen_after(self):
        events = [price(2930, 0), said(FIVE), chat("还在吗", 3 * HOUR)]
        assert declined(events) == {"no-later-price"}

    def test_it_is_watched_on_after_that(self):
        events = [price(2930, 0), said(FIVE), chat("还在吗", 3 * HOUR), price(2930, 4 * HOUR)]
        alerts, engine = run_engine(RULE, events)
        assert len(alerts) == 1
        assert engine.stats.declined[RULE, "no-later-price"] == 1

    def test_not_for_ever(self):
        assert run(RULE, [price(2930, 0), said(FIVE), price(2930, 31 * DAY)]) == []

    def test_a_gap_over_the_end(self):
        events = [price(2930, 0), said(FIVE), gap(5 * MINUTE, 30 * MINUTE), price(2930, 2 * HOUR)]
        assert declined(events) == {"gap-over-end", "no-later-price"}

    def test_a_moments_gap_hides_nothing(self):
        events = [price(2930, 0), said(FIVE), gap(5 * MINUTE, 6 * MINUTE), price(2930, 2 * HOUR)]
        assert len(run(RULE, events)) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "因为刚才系统卡顿很多人没拍到，活动延长一天",
            "应家人们要求，返场半小时",
            "平台活动统一延期三天",
            "由于大家太热情，再延一天",
        ],
    )
    def test_an_extension_with_a_reason(self, text):
        events = [price(2930, 0), said(FIVE), said(text, 4 * MINUTE), price(2930, 2 * HOUR)]
        assert declined(events) == {"extended", "no-later-price"}

    def test_an_extension_without_a_reason_is_noted_and_exempts_nothing(self):
        events = [price(2930, 0), said(FIVE), said("活动延长半小时", 240), price(2930, 2 * HOUR)]
        [alert] = run(RULE, events)
        assert alert.exemptions[0].why == "曾宣布延期，未说明理由"

    def test_an_extension_for_another_product_exempts_nothing(self):
        events = [
            price(2930, 0), said(FIVE), said("因为没抢到，返场一次", 240, sku="B"), price(2930, 2 * HOUR),
        ]  # fmt: skip
        assert len(run(RULE, events)) == 1

    def test_another_sku(self):
        assert run(RULE, [price(2930, 0), said(FIVE), price(2930, 2 * HOUR, sku="B")]) == []

    def test_a_price_for_members(self):
        events = [price(2930, 0), said(FIVE), price(2930, 2 * HOUR, conditions=["会员价"])]
        assert run(RULE, events) == []

    def test_the_only_product_of_a_room_is_the_one_that_is_meant(self):
        events = [product(0, price=2930), said(FIVE, sku=None), price(2930, 2 * HOUR)]
        assert len(run(RULE, events)) == 1

    def test_of_two_products_none_is_meant(self):
        events = [product(0, price=2930), product(1, sku="B", price=990), said(FIVE, sku=None)]
        assert declined([*events, price(2930, 2 * HOUR)]) == {"no-sku"}

    def test_without_a_sku_nothing_is_followed(self):
        assert declined([price(2930, 0), said(FIVE, sku=None), price(2930, 2 * HOUR)]) == {"no-sku"}


class TestNoPromise:
    @pytest.mark.parametrize(
        "text",
        [
            "今天恢复原价了",
            "明天不会恢复原价的放心",
            "有人问是不是最后一天",
            "明天会涨价吗",
            "今天是假期最后一天",
            "这不是最后一天，活动还有",
            "还有五分钟上链接",
            "还有五分钟开奖，福袋抢起来",
            "今天最后一天发货",
            "今天是最后一天穿短袖了，明天降温",
            "用了之后明天皮肤就恢复弹性",
            "煮五分钟就可以吃了",
            "马上恢复原价",  # no time is named
            "今天八点开播",
        ],
    )
    def test_words_that_end_no_offer(self, text):
        events = [price(2930, 0), said(text), price(2930, 2 * HOUR), price(2930, 2 * DAY)]
        assert run(RULE, events) == []

    def test_a_viewers_words(self):
        events = [price(2930, 0), chat("今天最后一天，明天恢复原价", 60), price(2930, 2 * DAY)]
        assert run(RULE, events) == []

    def test_a_guests_words(self):
        events = [price(2930, 0), said("这个价格仅限今天", speaker="guest"), price(2930, 2 * DAY)]
        assert run(RULE, events) == []


class TestCountdown:
    def counted(self, *starts, text="还有三分钟活动结束恢复原价"):
        return [price(2930, 0), *(said(text, start * MINUTE) for start in starts)]

    def test_set_back_twice(self):
        [alert] = run(RULE, self.counted(1, 6, 12))
        assert alert.level == "lead"
        assert alert.reason == "倒计时在 11.0 分钟内重新开始 2 次，售价始终为 29.30 元"
        assert len(alert.evidence.trigger) == 4  # the price and three countdowns

    def test_each_further_time_is_a_hit(self):
        [alert] = run(RULE, self.counted(1, 6, 12, 18, 24))
        assert alert.hits == 3

    def test_set_back_once(self):
        assert run(RULE, self.counted(1, 6)) == []

    def test_counting_down_is_no_setting_back(self):
        counts = [
            said(f"还有{left}分钟恢复原价", (10 - left) * MINUTE + 60) for left in range(10, 0, -1)
        ]
        events = [price(2930, 0), *counts]
        assert run(RULE, events) == []

    def test_another_price_is_another_offer(self):
        events = [
            *self.counted(1, 6), price(9800, 10 * MINUTE), price(2930, 11 * MINUTE),
            said("还有三分钟活动结束恢复原价", 12 * MINUTE),
        ]  # fmt: skip
        assert run(RULE, events) == []

    def test_a_reason_given_in_between(self):
        events = [
            *self.counted(1, 6), said("系统卡顿，给大家返场", 10 * MINUTE),
            said("还有三分钟活动结束恢复原价", 12 * MINUTE),
        ]  # fmt: skip
        assert run(RULE, events) == []

    def test_another_product(self):
        events = [
            price(2930, 0), price(2930, 1, sku="B"), price(2930, 2, sku="C"),
            *(said("还有三分钟恢复原价", 60 + 360 * index, sku=sku) for index, sku in enumerate("ABC")),
        ]  # fmt: skip
        assert run(RULE, events) == []


def test_the_last_day_said_every_day_is_one_more_promise_a_day():
    events = []
    for day in range(3):
        events += [price(8990, day * DAY, session=f"s{day}"),
                   said("今天最后一天，这个价格", day * DAY + 60, session=f"s{day}")]  # fmt: skip
    alerts = run(RULE, events)
    assert [alert.session for alert in alerts] == ["s0", "s1"]
    assert [alert.first_at for alert in alerts] == [at(60), at(DAY + 60)]


def test_the_timer_fires_in_event_time_by_a_tick():
    engine = Engine(only(RULE), lateness_ms=0)
    state = engine.open("demo", "1")
    engine.step(state, [price(2930, 0), said(FIVE)], now=0)
    assert engine.due_at(state) is not None
    engine.advance(state, now=64 * MINUTE * 1000)
    assert engine.stats.declined[RULE, "no-later-price"] == 0
    engine.advance(state, now=66 * MINUTE * 1000)
    assert engine.stats.declined[RULE, "no-later-price"] == 1


@pytest.mark.slow
def test_what_is_remembered_stays_bounded():
    engine = Engine(only(RULE))
    state = engine.open("demo", "1")
    for index in range(900):
        sku = f"S{index}"
        engine.step(
            state, [price(2930, 100 * index, sku=sku), said(FIVE, 100 * index + 50, sku=sku)], now=0
        )
    assert len(state._memory[RULE].promises) <= 200
    assert len(state._memory[RULE].countdowns) <= 200


def test_an_end_of_a_session_without_any_promise_does_nothing():
    assert run(RULE, [event("session", 0, phase="ended")]) == []
