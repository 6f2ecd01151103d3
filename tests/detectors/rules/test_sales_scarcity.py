"""虚假抢购: the last pieces that are not, and stock that comes back at once."""

from __future__ import annotations

import pytest

from tests.detectors.build import counter, order, price, product, run, run_engine, session, speech

RULE = "fake-scarcity"


def declined(engine):
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def said(*texts, stock=3_000, every=60, **fields):
    """The texts, one a minute, with the stock shown before each."""
    events = []
    for number, text in enumerate(texts):
        if stock is not None:
            events.append(counter("stock", stock, number * every - 5, sku="A"))
        events.append(speech(text, number * every, sku="A", **fields))
    return events


THREE = ("只剩最后二十单了", "最后二十单", "就剩20单了")


def test_three_times_the_last_with_ample_stock_is_a_lead():
    (alert,) = run(RULE, said(*THREE))
    assert alert.level == "lead"
    assert alert.evidence.numbers["declared"] == 3
    assert "3,000" in alert.reason
    assert [span.text for span in alert.evidence.spans] == [
        "只剩最后二十单",
        "最后二十单",
        "就剩20单",
    ]


@pytest.mark.parametrize("text", ["就这五件了", "剩三件剩三件赶紧的", "就这几件了啊，卖完拉倒"])
def test_the_last_in_other_words(text):
    assert len(run(RULE, said(text, text, text))) == 1


@pytest.mark.parametrize("text", ["上一款只剩两件，这款有很多", "剩下的三款都有货"])
def test_another_product(text):
    assert run(RULE, said(text, text, text)) == []


def test_twice_is_not_often():
    alerts, engine = run_engine(RULE, said(*THREE[:2]))
    assert alerts == []
    assert "said-too-rarely" in declined(engine)


def test_a_fourth_time_is_another_hit_of_the_same_alert():
    (alert,) = run(RULE, said(*THREE, "真的最后20单"))
    assert alert.hits == 2


def test_repetition_in_one_breath_counts_once():
    assert run(RULE, said(*THREE, every=19)) == []
    assert len(run(RULE, said(*THREE, every=20))) == 1


def test_what_was_said_half_an_hour_ago_is_over():
    assert run(RULE, said(*THREE, every=901)) == []
    assert len(run(RULE, said(*THREE, every=900))) == 1


def test_stock_just_as_declared_and_a_little_more_is_honest():
    assert run(RULE, said(*THREE, stock=69)) == []
    assert len(run(RULE, said(*THREE, stock=70))) == 1  # 20 declared, 50 more


def test_without_a_number_the_stock_must_be_ample():
    words = ("马上没了", "库存告急", "卖完就没了")
    assert run(RULE, said(*words, stock=99)) == []
    assert len(run(RULE, said(*words, stock=100))) == 1


def test_a_rounded_stock_counts_with_its_lower_bound():
    def shown(low):
        return [
            event
            for number, text in enumerate(THREE)
            for event in (
                counter("stock", None, number * 60 - 5, sku="A", low=low),
                speech(text, number * 60, sku="A"),
            )
        ]

    assert run(RULE, shown(60)) == []
    assert len(run(RULE, shown(1_000))) == 1


def test_stock_that_runs_down_is_running_out():
    events = [
        counter("stock", 900, -5, sku="A"),
        speech("库存不多了", 0, sku="A"),
        counter("stock", 500, 55, sku="A"),
        speech("快没了", 60, sku="A"),
        counter("stock", 200, 115, sku="A"),
        speech("马上没了", 120, sku="A"),
    ]
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    assert "stock-falling" in declined(engine)


def test_unknown_stock_needs_the_sales_as_proof():
    words = said(*THREE, stock=None)
    alerts, engine = run_engine(RULE, words)
    assert alerts == []
    assert "stock-unknown" in declined(engine)
    sold = [counter("sold", 1_000, -5, sku="A"), *words]
    assert run(RULE, [*sold, counter("sold", 1_069, 200, sku="A")]) == []
    (alert,) = run(RULE, [*sold, counter("sold", 1_070, 200, sku="A")])
    assert alert.level == "lead"
    assert alert.evidence.numbers["sold_since"] == 70


def test_a_low_stock_that_sells_on_and_on_was_refilled():
    words = [counter("sold", 1_000, -8, sku="A"), *said(*THREE, stock=18)]
    assert run(RULE, [*words, counter("sold", 1_069, 200, sku="A")]) == []
    (alert,) = run(RULE, [*words, counter("sold", 1_070, 200, sku="A")])
    assert alert.evidence.numbers["sold_since"] == 70


def test_orders_are_proof_of_sales_too():
    words = said(*THREE, stock=None)
    orders = [order(10 + number, status="placed") for number in range(70)]
    events = sorted([*words[:1], *orders, *words[1:]], key=lambda event: event.at)
    (alert,) = run(RULE, [counter("sold", 1_000, -5, sku="A"), *events])
    assert alert.evidence.numbers["sold_since"] == 70


def test_an_order_placed_and_paid_is_one_sale_of_when_it_was_placed():
    words = said(*THREE, stock=None)
    placed = [order(10 + number, order=f"p{number}", status="placed") for number in range(70)]
    paid = [order(100 + number / 10, order=f"p{number}", status="paid") for number in range(70)]
    sold = counter("sold", 1_000, -5, sku="A")

    def played(orders):
        return run(RULE, [sold, *sorted([*words, *orders], key=lambda event: event.at)])

    (alert,) = played([*placed, *paid])
    assert alert.evidence.numbers["sold_since"] == 70
    # Ordered before it was said that so few are left, and paid after that.
    earlier = [order(-80 + number, order=f"p{number}", status="placed") for number in range(70)]
    assert played([*earlier, *paid]) == []


@pytest.mark.parametrize(
    "text",
    [
        "最后五分钟了",
        "还剩三十秒",
        "最后一个问题",
        "最后一件事情说一下",
        "最后三款产品",
        "红包只剩二十个",
        "M码只剩二十件",
        "赠品只剩二十份",
        "不存在只剩二十单这种事",
        "我们不搞只剩二十单那一套",
        "有人问是不是只剩二十单了",
        "只剩二十单了吗",
    ],
)
def test_time_other_things_and_denials_are_no_stock(text):
    assert run(RULE, said(text, text, text)) == []


def test_presale_has_no_stock():
    deposit = price(1_000, -60, kind="deposit")
    assert run(RULE, [deposit, *said(*THREE)]) == []
    card = product(-60, title="预售 阳山水蜜桃")
    assert run(RULE, [card, *said(*THREE)]) == []


def test_batches_that_were_announced_run_out_one_by_one():
    assert run(RULE, [speech("今天一共三百单分三批放", -60, sku="A"), *said(*THREE)]) == []


def test_a_restock_with_its_reason_starts_anew():
    events = [
        *said(*THREE[:2]),
        speech("仓库又调了一批货过来，给大家加库存", 150, sku="A"),
        counter("stock", 3_000, 360, sku="A"),
        speech("只剩最后二十单", 361, sku="A"),
    ]
    assert run(RULE, events) == []


def test_an_unknown_product_is_not_guessed():
    alerts, engine = run_engine(RULE, [speech(text, n * 60) for n, text in enumerate(THREE)])
    assert alerts == []
    assert "unknown-sku" in declined(engine)


def refilled(back_after, stock=300, times=2, between=()):
    events = [product(0, title="洗脸巾", status="explaining", stock=50)]
    for number in range(times):
        start = 300 * (number + 1)
        events.append(product(start, status="sold_out"))
        events.extend(event(start) for event in between)
        events.append(product(start + back_after, status="listed", stock=stock))
    return events


def test_two_refills_within_two_minutes_are_a_lead():
    (alert,) = run(RULE, refilled(120))
    assert alert.level == "lead"
    assert alert.evidence.numbers["gap_1_s"] == 120
    assert run(RULE, refilled(121)) == []
    assert run(RULE, refilled(120, times=1)) == []


def test_a_few_pieces_that_come_back_were_not_paid_for():
    assert run(RULE, refilled(60, stock=10)) == []
    assert len(run(RULE, refilled(60, stock=11))) == 1


def test_a_refill_with_its_reason_is_lawful_and_without_is_not():
    def explained(start):
        return speech("有没付款的退出来了，给大家返场", start + 20, sku="A")

    def bare(start):
        return speech("再给大家加一波库存", start + 20, sku="A")

    assert run(RULE, refilled(60, between=[explained])) == []
    assert len(run(RULE, refilled(60, between=[bare]))) == 1


def test_sold_out_in_words_is_a_condition_in_卖完了就没了():
    events = [
        event
        for start in (0, 300)
        for event in (
            speech("卖完了就没了", start, sku="A"),
            counter("stock", 300, start + 30, sku="A"),
        )
    ]
    assert run(RULE, events) == []


def test_a_new_broadcast_forgets():
    first = said(*THREE[:2])
    end = [session("ended", 90), session("started", 100, session="s2")]
    last = [
        counter("stock", 3_000, 115, sku="A", session="s2"),
        speech(THREE[2], 120, sku="A", session="s2"),
    ]
    assert run(RULE, [*first, *end, *last]) == []


def test_what_was_paid_counts_where_nothing_else_is_shown():
    events = []
    for start in (0, 600, 1_200):
        events.append(speech("最后十单，拍完下架", start, sku="A"))
        events += [order(start + 20 + 8 * n, price=8_990) for n in range(40)]
    (alert,) = run(RULE, events)
    assert alert.level == "lead"
    assert alert.evidence.numbers["left"] == 10
    assert alert.evidence.numbers["sold_since"] == 80
