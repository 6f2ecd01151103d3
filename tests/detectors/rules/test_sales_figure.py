"""虚构销量: what is said of sales against the counter of the same goods."""

from __future__ import annotations

import pytest

from tests.detectors.build import counter, gap, product, room, run, run_engine, session, speech

RULE = "fabricated-sales-figure"


def declined(engine):
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def judged(text, sold=1_000, **fields):
    return run(RULE, [counter("sold", sold, -30, sku="A"), speech(text, 0, sku="A", **fields)])


def test_a_figure_just_within_the_margin_is_silent_and_just_above_is_not():
    assert judged("已经卖了一千二百单") == []  # 1.2 × 1,000 is not more than the margin
    (alert,) = judged("已经卖了一千二百零一单")
    assert alert.level == "watch"
    assert alert.evidence.numbers["claimed"] == 1_201


def test_it_is_a_lead_when_it_is_far_above():
    (alert,) = judged("已经卖了一千五百零一单")
    assert alert.level == "lead"
    assert "1,501" in alert.reason
    assert "最多 1,000" in alert.reason


def test_the_alert_quotes_the_words_and_carries_both_sides():
    (alert,) = judged("家人们，已经卖了十万单啦")
    assert [span.text for span in alert.evidence.spans] == ["卖了十万"]
    assert [event.__class__.__name__ for event in alert.evidence.trigger] == ["Counter", "Speech"]


def test_an_influencer_and_an_unknown_host_are_told_apart():
    events = [counter("sold", 100, -30, sku="A"), speech("已经卖了十万单", 0, sku="A")]
    (unknown,) = run(RULE, events)
    assert any("主播身份（自播或达人）" in one for one in unknown.missing)
    (known,) = run(RULE, [room(-60, host_kind="influencer"), *events])
    assert "主播身份（自播或达人）" not in known.missing
    assert any("达人" in basis.when for basis in known.law if "广告法" in basis.law)


def test_an_unidentified_guest_is_worth_a_look_only():
    (alert,) = judged("已经卖了十万单", speaker="guest")
    assert alert.level == "watch"


def test_one_word_of_little_confidence_is_none():
    assert judged("已经卖了十万单", confidence=0.4) == []
    assert len(judged("已经卖了十万单", confidence=0.5)) == 1


def test_a_small_figure_is_left_alone():
    assert judged("已经卖了九十九单", sold=1) == []
    assert len(judged("已经卖了一百单", sold=1)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "十万粉丝了谢谢大家",
        "已经有二十万人看过",
        "点赞破十万就抽奖",
        "刚才卖了五十万块钱的货",
        "补贴已经出了三十万",
        "仓库备了五万单",
        "今天争取卖到十万单",
        "卖到一万单就涨价",
        "如果能卖了十万单我请客",
        "有人问是不是卖了十万单",
        "我们没有卖了十万单",
        "全渠道卖了十万单",
        "去年卖了十万单",
        "品牌卖了十万单",
        "老链接卖了十万单，这是新链接",
    ],
)
def test_other_things_than_sales_of_this_link_are_silent(text):
    assert judged(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "十万单已经卖出去了",
        "已经有六万个家人下单了",
        "这一款销量破五万了",
        "全网最低价已经卖了十万单",
        "不是我吹已经卖了十万单",
        "已经卖了十万单，你还在犹豫什么",
        "已经拍了一万八千单库存只剩三百单",
    ],
)
def test_the_same_in_other_words_is_heard(text):
    assert len(judged(text)) == 1


def test_without_a_counter_nothing_is_said():
    alerts, engine = run_engine(RULE, [speech("已经卖了十万单", 0, sku="A")])
    assert alerts == []
    assert declined(engine) == {"counter-unknown"}


def test_the_counter_of_another_product_does_not_count():
    assert (
        run(RULE, [counter("sold", 10, -30, sku="B"), speech("已经卖了十万单", 0, sku="A")]) == []
    )


@pytest.mark.slow
def test_an_old_counter_waits_for_the_next_within_ten_minutes():
    old = counter("sold", 10, -301, sku="A")
    claim = speech("已经卖了十万单", 0, sku="A")
    assert run(RULE, [old, claim]) == []
    assert len(run(RULE, [old, claim, counter("sold", 20, 600, sku="A")])) == 1
    assert run(RULE, [old, claim, counter("sold", 20, 601, sku="A")]) == []


def test_a_fast_growing_counter_is_given_its_growth():
    # 1,000 a minute until two minutes before: 3,000 then, at most 5,000 when it was said.
    grown = [counter("sold", 1_000, -240, sku="A"), counter("sold", 3_000, -120, sku="A")]
    assert run(RULE, [*grown, speech("已经卖了五千单", 0, sku="A")]) == []
    assert len(run(RULE, [*grown, speech("已经卖了一万单", 0, sku="A")])) == 1


def test_an_open_ended_counter_has_no_upper_bound():
    claim = speech("已经卖了五万单", 0, sku="A")
    assert run(RULE, [counter("sold", None, -30, sku="A", low=10_000), claim]) == []
    banded = counter("sold", None, -30, sku="A", low=10_000, high=20_000)
    assert len(run(RULE, [banded, claim])) == 1


def test_a_counter_that_started_again_is_not_compared():
    events = [
        counter("sold", 52_000, -900, sku="A"),
        counter("sold", 40, -30, sku="A"),
        speech("已经卖了五万单", 0, sku="A"),
    ]
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    assert "counter-restarted" in declined(engine)


def test_refunds_that_lower_the_counter_a_little_are_no_restart():
    events = [
        counter("sold", 1_000, -300, sku="A"),
        counter("sold", 950, -30, sku="A"),
        speech("已经卖了五万单", 0, sku="A"),
    ]
    assert len(run(RULE, events)) == 1


def test_the_room_is_compared_with_the_room():
    claim = speech("直播间今天已经爆了两万单", 0, sku="A")
    (alert,) = run(RULE, [counter("orders", 900, -30), claim])
    assert alert.subject == "room"


def test_without_its_orders_a_room_is_bounded_by_all_its_products():
    claim = speech("直播间今天已经爆了两万单", 0, sku="A")
    cards = [product(-90, sku="A"), product(-80, sku="B")]
    one = counter("sold", 10, -30, sku="A")
    assert run(RULE, [*cards, one, claim]) == []  # of B nothing is known
    other = counter("sold", 30_000, -20, sku="B")
    assert run(RULE, [*cards, one, other, claim]) == []
    (alert,) = run(RULE, [*cards, one, counter("sold", 700, -20, sku="B"), claim])
    assert alert.evidence.numbers["shown_upper"] == 710
    assert alert.evidence.numbers["products"] == 2


def test_the_orders_of_the_room_bound_what_one_product_sold_today():
    orders = counter("orders", 900, -30)
    assert len(run(RULE, [orders, speech("这款今天卖了两万单", 0, sku="A")])) == 1
    assert run(RULE, [orders, speech("这款卖了两万单", 0, sku="A")]) == []  # since when?


def test_a_card_may_state_a_figure_too():
    (alert,) = run(RULE, [product(0, title="已售10w+ 防滑拖鞋", sold=540)])
    assert alert.reason.startswith("商品标题称")


def test_claims_do_not_wait_into_the_next_broadcast():
    events = [
        speech("已经卖了十万单", 0, sku="A"),
        session("ended", 60),
        session("started", 120, session="s2"),
        counter("sold", 3, 130, sku="A", session="s2"),
    ]
    assert run(RULE, events) == []


def test_a_gap_beside_it_is_listed_in_the_evidence():
    events = [
        counter("sold", 10, -100, sku="A"),
        gap(-80, -40, reason="断线"),
        speech("已经卖了十万单", 0, sku="A"),
    ]
    (alert,) = run(RULE, events)
    assert [known.reason for known in alert.evidence.gaps] == ["断线"]
