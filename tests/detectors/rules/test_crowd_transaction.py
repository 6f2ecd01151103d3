"""刷单: two independent oddities of the orders of one product, and what explains one of them."""

from __future__ import annotations

import random
from itertools import accumulate

import msgspec
import pytest

from detectors.engine.engine import Engine
from detectors.rules.crowd.evenness import _on_beat
from detectors.rules.crowd.order_window import KNOWN, Placed
from detectors.rules.crowd.transaction import FakeTransaction
from tests.detectors.build import (
    chat,
    counter,
    gap,
    only,
    order,
    price,
    product,
    rulebook,
    run,
    run_engine,
    session,
    speech,
)

RULE = "fake-transaction"
HOUR = 3_600
#: Half an hour in which ordinary people chat, so that accounts and names can be compared.
START = 600


def declined(engine):
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def chatter():
    people = ["青禾", "晚风", "小满", "阿木", "豆豆妈", "云朵", "老陈", "星河", "石榴", "海盐"]
    return [chat("晚上好", number * 50, user=people[number % 10]) for number in range(11)]


def even(count=20, every=10.0, user="买家{:03}", start=START, jitter=0.5, **fields):
    """Orders like clockwork."""
    choose = random.Random(7)
    return [
        order(
            start + number * every + choose.uniform(-jitter, jitter),
            order=f"o{number}", user=user.format(number) if user else None, **fields,
        )
        for number in range(count)
    ]  # fmt: skip


def ragged(count=30, mean=8.0, user="买家{:03}", start=START):
    """Orders as a crowd places them: gaps of an exponential distribution."""
    choose = random.Random(11)
    at, orders = float(start), []
    for number in range(count):
        at += choose.expovariate(1 / mean)
        orders.append(order(at, order=f"o{number}", user=user.format(number) if user else None))
    return orders


def series(name, values, every=60, start=START, **fields):
    return [
        counter(name, value, start + number * every, **fields)
        for number, value in enumerate(values)
    ]


def mixed(*parts):
    return sorted((event for part in parts for event in part), key=lambda event: event.at)


def test_clockwork_from_one_template_is_a_lead():
    (alert,) = run(RULE, mixed(chatter(), even()))
    assert (alert.level, alert.subject, alert.hits) == ("lead", "A", 1)
    assert alert.evidence.numbers["orders"] == 20
    assert "需向平台调取订单、物流、支付（直播办法第十六条、第二十一条）" in alert.missing


def test_nineteen_orders_are_too_few():
    assert run(RULE, mixed(chatter(), even(19))) == []


def test_clockwork_alone_is_one_indicator():
    alerts, engine = run_engine(RULE, mixed(chatter(), even(user=None)))
    assert alerts == []
    assert "one-indicator" in declined(engine)


def test_one_template_alone_is_one_indicator():
    alerts, engine = run_engine(RULE, mixed(chatter(), ragged()))
    assert alerts == []
    assert "one-indicator" in declined(engine)


def test_a_template_that_the_chatters_share_tells_nothing():
    alike = [chat("晚上好", number * 50, user=f"买家{900 + number}") for number in range(11)]
    (alert,) = run(RULE, mixed(chatter(), ragged(), rising()))
    assert alert.evidence.numbers["name_pattern"] == "买家"
    (alert,) = run(RULE, mixed(alike, ragged(), rising()))
    assert "name_pattern" not in alert.evidence.numbers


def strangers():
    """Names without a number at the end: no template, and never seen before."""
    return [chr(0x4E00 + number * 37) + chr(0x5E00 + number * 11) for number in range(40)]


def test_clockwork_from_accounts_never_seen_counts_after_five_watched_minutes():
    names = strangers()
    orders = [order(START + n * 10, order=f"o{n}", user=names[n]) for n in range(20)]
    (alert,) = run(RULE, mixed(chatter(), orders))
    assert alert.evidence.numbers["new_accounts"] == 20
    late = [chat("晚上好", 590, user="青禾")]  # watched for ten seconds only
    assert run(RULE, mixed(late, orders)) == []


def test_buyers_who_chatted_before_are_no_strangers():
    names = strangers()
    known = [chat("在吗", 10 + n, user=names[n]) for n in range(20)]
    orders = [order(START + n * 10, order=f"o{n}", user=names[n]) for n in range(20)]
    assert run(RULE, mixed(known, orders)) == []


def rising(step=400):
    """Sold goes up by `step` a minute before 50 viewers."""
    return mixed(
        series("viewers", [50] * 6), series("sold", [1_000 + step * n for n in range(6)], sku="A")
    )


def test_sales_beyond_the_audience_and_one_template_are_worth_a_look():
    (alert,) = run(RULE, mixed(chatter(), ragged(), rising()))
    assert alert.level == "watch"
    assert alert.evidence.numbers["people"] == 50
    assert alert.evidence.numbers["rise_limit"] == 30  # 3 × 50 × 20 %


def test_sales_that_the_audience_can_make_are_no_indicator():
    assert run(RULE, mixed(chatter(), ragged(), rising(step=5))) == []  # 25 in all


def test_pieces_of_one_buyer_for_a_shop_need_no_audience():
    """The counter rises by 100 in 300 s, of which 90 are three orders of thirty and more."""
    rises = rising(step=20)
    assert len(run(RULE, mixed(chatter(), ragged(), rises))) == 1
    orders = ragged()
    for large in orders[5:8]:
        large.quantity = 31
    assert run(RULE, mixed(chatter(), orders, rises)) == []


def test_visitors_who_came_and_went_could_buy_too():
    visits = series("visits", [10_000 + 3_000 * n for n in range(6)])
    assert run(RULE, mixed(chatter(), ragged(), rising(), visits)) == []


def test_unknown_viewers_limit_nothing():
    sold = series("sold", [1_000 + 400 * n for n in range(6)], sku="A")
    assert run(RULE, mixed(chatter(), ragged(), sold)) == []


def test_a_step_of_a_rounded_counter_is_no_rise():
    bands = [
        counter("sold", None, START + 60 * n, sku="A", low=low, high=low + 999)
        for n, low in enumerate((1_000, 1_000, 1_000, 2_000, 2_000))
    ]
    viewers = series("viewers", [50] * 6)
    assert run(RULE, mixed(chatter(), ragged(), viewers, bands)) == []


@pytest.mark.parametrize(
    ("reason", "start"),
    [
        (speech("三二一上链接，开抢", START - 5, sku="A"), START),
        (speech("拼团的都可以下单了", START - 60, sku="A"), START),
        (price(4_900, START - 30, conditions=["三人团"]), START),
        (product(2 * HOUR, status="listed"), 2 * HOUR + 10),  # on the hour
    ],
)
def test_a_rush_with_a_reason_explains_the_rise_and_the_newcomers(reason, start):
    names = strangers()
    choose = random.Random(3)
    orders = [
        order(start + choose.uniform(0, 200), order=f"o{n}", user=names[n]) for n in range(30)
    ]
    sold = series("sold", [1_000 + 400 * n for n in range(6)], start=start, sku="A")
    viewers = series("viewers", [50] * 6, start=start)
    events = mixed(chatter(), orders, sold, viewers)
    assert len(run(RULE, events)) == 1
    assert run(RULE, mixed(events, [reason])) == []


@pytest.mark.slow
def test_restocked_goods_are_bought_by_those_who_waited():
    empty = [product(START - 200, status="sold_out", stock=0)]
    back = [product(START - 5, status="explaining", stock=500)]
    events = mixed(chatter(), [
        order(START + n * n / 9, order=f"o{n}", user=name) for n, name in enumerate(strangers())
    ], rising())  # fmt: skip
    assert len(run(RULE, events)) == 1
    assert run(RULE, mixed(events, empty, back)) == []


def test_a_rush_does_not_explain_clockwork_from_one_template():
    rush = [speech("三二一上链接", START - 5, sku="A")]
    assert len(run(RULE, mixed(chatter(), rush, even()))) == 1


def returned(orders, share, after=2 * HOUR, status="refunded"):
    count = round(len(orders) * share)
    return [
        order(START + after + n, order=placed.order, user=placed.user, status=status)
        for n, placed in enumerate(orders[:count])
    ]


@pytest.mark.parametrize("status", ["refunded", "cancelled"])
def test_clockwork_that_is_refunded_is_a_lead(status):
    orders = even(user=None)
    assert run(RULE, mixed(chatter(), orders, returned(orders, 0.65, status=status))) == []
    (alert,) = run(RULE, mixed(chatter(), orders, returned(orders, 0.7, status=status)))
    assert alert.level == "lead"
    assert "20 单里 14 单在 24 小时内退款" in alert.reason


def test_refunds_alone_are_not_enough():
    orders = ragged(user=None)
    assert run(RULE, mixed(chatter(), orders, returned(orders, 1.0))) == []


def test_refunds_after_a_day_do_not_count():
    orders = even(user=None)
    assert run(RULE, mixed(chatter(), orders, returned(orders, 1.0, after=25 * HOUR))) == []


def test_refunds_after_the_broadcast_belong_to_its_alert():
    orders = even(user=None)
    end = [session("ended", START + HOUR)]
    back = [
        msgspec.structs.replace(event, session="")
        for event in returned(orders, 1.0, after=3 * HOUR)
    ]
    (alert,) = run(RULE, mixed(chatter(), orders, end, back))
    assert alert.session == "s1"
    # … and are what it was last seen by.
    assert orders[-1].at < end[0].at < alert.last_at <= back[-1].at


def test_refunds_raise_what_stood_already():
    orders = even()
    (alert,) = run(RULE, mixed(chatter(), orders, returned(orders, 0.8)))
    assert alert.hits == 2


def test_an_interval_that_was_not_watched_is_not_judged():
    hole = [gap(START + 20, START + 50)]
    alerts, engine = run_engine(RULE, mixed(chatter(), even(), hole))
    assert alerts == []
    assert "unwatched" in declined(engine)


def test_the_same_order_placed_and_paid_is_one():
    placed = even(10, user="买家{:03}", every=20, status="placed")
    paid = [msgspec.structs.replace(event, id=event.id + "p", status="paid") for event in placed]
    assert run(RULE, mixed(chatter(), placed, paid)) == []


@pytest.mark.slow
def test_memory_stays_small_with_many_goods_and_buyers():
    engine = Engine(only(RULE))
    state = engine.open("demo", "1")
    for number in range(4_000):
        engine.step(state, [order(number, order=f"order-{number}", sku=f"S{number % 60}",
                                  user=f"buyer-{number}")], now=0)  # fmt: skip
    assert len(msgspec.msgpack.encode(state._memory[RULE])) < 20_000


@pytest.mark.slow
def test_a_loose_beat_of_strangers_is_two_indicators_and_lots_of_an_auction_are_none():
    choose = random.Random(6)
    at = [
        *(START + 40 * (n + 0.5 + 0.18 * choose.uniform(-1, 1)) for n in range(28)),
        *(START + choose.uniform(0, 1_120) for _ in range(6)),
    ]

    def loose(prices):
        return [
            order(moment, order=f"o{n}", user=f"买家{n:03}", price=prices(n))
            for n, moment in enumerate(sorted(at))
        ]

    (alert,) = run(RULE, mixed(chatter(), loose(lambda _: 4_900)))
    assert alert.evidence.numbers["beats_kept"] > alert.evidence.numbers["beats_expected"]
    assert "节拍" in alert.reason
    assert run(RULE, mixed(chatter(), loose(lambda n: 4_900 + 100 * n))) == []


@pytest.mark.slow
def test_what_comes_back_at_once_is_held_against_the_rooms_other_products():
    choose = random.Random(12)

    def sold(sku, share):
        """Two hundred orders by as many buyers, of which a share comes back within two hours."""
        made = [
            order(START + choose.uniform(0, 3_400), order=f"{sku}{n}", sku=sku, user=f"{n}号{sku}")
            for n in range(200)
        ]
        back = [
            msgspec.structs.replace(
                one, id=f"{one.id}-back", at=one.at + 6_000_000, status="refunded"
            )
            for one in made[: round(200 * share)]
        ]
        return made + back

    others = sold("B", 0.25) + sold("C", 0.25)
    assert run(RULE, mixed(chatter(), sold("A", 0.25), others)) == []
    (alert,) = run(RULE, mixed(chatter(), sold("A", 0.6), others))
    assert alert.subject == "A"


def test_a_product_may_come_back_more_often_than_others():
    """Twice as many as is usual (10 %) of one product's orders are its sizes; four times are not."""
    choose = random.Random(31)

    def sold(count, returned):
        made = [
            order(START + choose.uniform(0, 3_400), order=f"o{n}", user=f"{n}号")
            for n in range(count)
        ]
        back = [
            msgspec.structs.replace(
                one, id=f"{one.id}-back", at=one.at + 6_000_000, status="refunded"
            )
            for one in made[:returned]
        ]
        return made + back

    assert run(RULE, mixed(chatter(), sold(140, 31))) == []
    (alert,) = run(RULE, mixed(chatter(), sold(140, 60)))
    assert alert.evidence.numbers["returned-quick"] > 31


def test_the_longer_one_waits_for_a_beat_the_clearer_it_has_to_be():
    rule = rulebook()[RULE]
    assert isinstance(rule, FakeTransaction)
    evenness = rule.evenness

    def placed(count, jitter):
        choose = random.Random(3)
        return [
            Placed(round(40_000 * (n + jitter * choose.uniform(-1, 1))), f"o{n}", f"{n}", KNOWN)
            for n in range(count)
        ]

    loose, clear = placed(16, 0.15), placed(40, 0.15)
    assert evenness.beat(loose, of=16) is not None
    assert evenness.beat(loose, of=4_000) is None
    assert evenness.beat(clear, of=4_000) is not None


def fetched(every, users="客{}", products=("A", "B", "C"), count=150, latency=0.0):
    """Orders of a crowd with the times at which a source fetched them."""
    choose = random.Random(3)
    at, orders = float(START), []
    for number in range(count):
        at += choose.expovariate(1 / 7)
        late = choose.uniform(0, latency)
        orders.append(
            order(
                START + every * -(-(at - START) // every) + late, order=f"f{number}",
                sku=choose.choice(products), user=users.format(number),
            )
        )  # fmt: skip
    return sorted(orders, key=lambda one: one.at)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every", "products", "latency"),
    [(20, "ABC", 0), (20, "A", 0), (15, "AB", 0), (60, "A", 0), (20.3, "AB", 0.3)],
)
def test_the_beat_of_whoever_fetches_the_orders_says_nothing(every, products, latency):
    orders = fetched(every, products=tuple(products), latency=latency)
    assert run(RULE, mixed(chatter(), orders)) == []


def test_a_few_orders_that_came_another_way_do_not_hide_that_the_others_were_fetched():
    # Of the only product one order in four shares its time with another, and every tenth came otherwise.
    times, choose = [], random.Random(4)
    for number in range(200):
        at = START + 5.0 * number
        times += [at] * choose.choice((0, 0, 0, 1, 1, 1, 2))
        if number % 16 == 0:
            times.append(at + choose.uniform(0.5, 4.5))
    orders = [
        order(at, order=f"p{n}", sku="A", user=f"客{n}") for n, at in enumerate(sorted(times))
    ]
    assert run(RULE, mixed(chatter(), orders)) == []
    # One at a time, on the same beat: a machine that orders.
    assert run(RULE, mixed(chatter(), even(40, every=5.0)))


def at_fetches(orders, every=30):
    """The same orders with the times at which a source that asks so often gives them."""
    return [msgspec.structs.replace(one, at=START * 1_000 + -(-(one.at - START * 1_000) // (every * 1_000)) * every * 1_000)
            for one in orders]  # fmt: skip


def bought(mean=5.0, count=300):
    """Orders of people: of the product of a machine one in six, of another the others."""
    choose, at, orders = random.Random(29), float(START), []
    for number in range(count):
        at += choose.expovariate(1 / mean)
        sku = "A" if choose.random() < 1 / 6 else "B"
        orders.append(order(at, order=f"c{number}", user=f"客{number}", sku=sku))
    return orders


@pytest.mark.parametrize("every", [10, 30])
def test_a_machine_is_seen_in_fetched_orders_by_fetches_that_bring_the_same_number(every):
    machine = even(250, every=6.0)
    (alert,) = run(RULE, mixed(chatter(), at_fetches(mixed(machine, bought()), every)))
    numbers = alert.evidence.numbers
    assert (alert.subject, numbers["fetch_s"]) == ("A", every)
    assert numbers["fetches"] >= 10
    assert numbers["fetch_spread_percent"] < 0.6 * numbers["fetch_expected_percent"]
    assert "汇总一次" in alert.reason
    # As many orders of a crowd, at the same fetches.
    crowd = mixed(ragged(250, mean=6.0), bought())
    assert run(RULE, mixed(chatter(), at_fetches(crowd, every))) == []


@pytest.mark.parametrize("page", [1, 5, 10])
def test_a_source_that_gives_full_pages_says_nothing_about_whoever_orders(page):
    asked = [START + 30 * number for number in range(120 if page == 1 else 40)]
    choose = random.Random(page)
    # Of a page most is of one product; the latest order alone is not always there.
    pages = [
        order(at, order=f"{at}-{n}", user=f"买家{at + n}", sku=choose.choice("AAAB"))
        for at in asked for n in range(page) if page > 1 or choose.random() < 0.8
    ]  # fmt: skip
    assert run(RULE, mixed(chatter(), pages)) == []


def test_fetches_of_a_machine_alone_are_no_page_where_the_sold_counter_rises_as_they_do():
    machine = at_fetches(even(60, every=6.0, jitter=0))
    assert run(RULE, mixed(chatter(), machine)) == []
    sold = series("sold", [700 + 5 * n for n in range(14)], every=30, sku="A")
    assert run(RULE, mixed(chatter(), machine, sold))
    # It rises by twice as much: half of the orders are left out.
    sold = series("sold", [700 + 10 * n for n in range(14)], every=30, sku="A")
    assert run(RULE, mixed(chatter(), machine, sold)) == []


def test_over_a_pause_the_beat_that_was_found_is_asked_beside_one_that_fits_hardly_better():
    # Over a pause of twenty minutes many beats fit the times of one product about as well.
    gaps = [5, 0, 0, 5, 0, 0, 5, 1, 4, 5, 5, 0, 5, 0, 0, 5, 5, 5, 0, 0, 5, 5, 1240, 5, 5, 0, 0, 5,
            0, 0, 0, 0, 5, 10, 5, 0, 5, 0, 4.2]  # fmt: skip
    times = [round(1_000 * at) for at in accumulate(gaps, initial=0)]
    choose = random.Random(6)
    fetched_too = [5_000 * choose.randrange(270) for _ in range(60)]
    by_people = [choose.randrange(1_340_000) for _ in range(60)]
    assert _on_beat(fetched_too, times, 5_000.0) == 1
    assert _on_beat(by_people, times, 5_000.0) < 0.6


@pytest.mark.slow
def test_a_machine_is_found_beside_the_orders_of_other_products():
    others = [
        msgspec.structs.replace(one, id=f"x{n}", order=f"x{n}", sku="B")
        for n, one in enumerate(ragged(40, mean=9.0, user="客{}"))
    ]
    (alert,) = run(RULE, mixed(chatter(), others, even(24, every=20.0)))
    assert alert.subject == "A"


@pytest.mark.slow
def test_sizes_that_were_ordered_to_try_them_on_are_one_purchase():
    def wardrobe(apart):
        choose = random.Random(9)
        orders, back = [], []
        for number in range(14):
            begin = START + 240 * number + choose.uniform(0, 200)
            for size in range(3):
                at = begin + apart * size * choose.uniform(0.7, 1.3)
                mine = {"order": f"s{number}-{size}", "user": f"客{number}", "sku": "A"}
                orders.append(order(at, **mine))
                if size:
                    back.append(order(at + 40 * HOUR, status="refunded", **mine))
        honest = [
            order(START + choose.uniform(0, 3_400), order=f"h{n}", user=f"友{n}")
            for n in range(100)
        ]
        return mixed(honest, orders, back)

    assert run(RULE, wardrobe(40)) == []
    assert run(RULE, wardrobe(400))
