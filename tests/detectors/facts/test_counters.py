"""Counters beside each other: what cannot be, what is too regular, what rose alone."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.events import Counter
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.counters import MAX_MINUTES, Counters, interval
from detectors.facts.crowd.orders import Placed
from detectors.facts.crowd.sold_counters import MAX_DISPLAYS, Leap, SoldBook
from tests.detectors.build import counter, order, session

LAG = {"lag_least": 2, "lag_most": 6}


def play(minutes, **names) -> Counters:
    """A book with one display of each counter a minute."""
    book = Counters()
    for number in range(minutes):
        for name, value in names.items():
            shown = counter(name, round(value(number)), 60 * number)
            minute, _ = book.minute(shown.at)
            book.show(minute, shown)
    return book


def scattered(seed, level, spread):
    choose = random.Random(seed)
    values = [choose.gauss(0, spread) for _ in range(200)]
    return lambda number: level(number) + values[number]


def summed(rate, seed=1, spread=8.0):
    choose = random.Random(seed)
    total, sums = 1_000.0, []
    for number in range(200):
        total += max(0.0, rate(number) + choose.gauss(0, spread))
        sums.append(total)
    return lambda number: sums[number]


def test_a_display_with_one_bound_tells_nothing():
    assert interval(counter("viewers", None, low=10_000)) is None
    assert interval(counter("viewers", None, low=12_000, high=12_999)) == (12_000, 12_999)
    assert interval(counter("viewers", 7)) == (7, 7)


def test_who_watches_came_in():
    audience = lambda number: 400 + (900 if number >= 10 else 0)  # noqa: E731  a curve
    ordinary = play(20, viewers=audience, visits=summed(lambda n: 60 + 900 * (n == 10)))
    before, after, gained, _ = ordinary.entered_too_few(**LAG)
    assert after - before <= gained
    silent = play(15, viewers=audience, visits=summed(lambda n: 60))
    before, after, gained, _ = silent.entered_too_few(**LAG)
    # 60 visits a minute, within the lag before and after: never 900.
    assert (before, after) == (400, 1_300)
    assert gained < 500


def test_visits_that_are_renewed_every_five_minutes_are_waited_for():
    audience = lambda number: 400 + (900 if number >= 11 else 0)  # noqa: E731  a curve
    visits = summed(lambda n: 60 + 900 * (n == 11))
    for end in range(12, 25):
        book = play(end, viewers=audience, visits=lambda number: visits(number // 5 * 5))
        found = book.entered_too_few(**LAG)
        assert found is None or found[1] - found[0] - found[2] <= 60, end


def test_an_audience_scatters_and_a_ruler_does_not():
    visits = summed(lambda n: 60)
    people = play(15, viewers=scattered(4, lambda n: 500 + 20 * n, 12), visits=visits)
    ruler = play(15, viewers=lambda n: 501 + 20 * n, visits=visits)
    assert people.straightness(12)[2] > 0.5 * people.straightness(12)[3]
    assert ruler.straightness(12)[2] < 0.05 * ruler.straightness(12)[3]
    rounded = Counters()
    for number in range(15):
        minute, _ = rounded.minute(60_000 * number)
        minute.viewers = (500 + 20 * number, 519 + 20 * number)
    assert rounded.straightness(12) is None


def test_likes_alone_stand_apart_and_likes_with_the_crowd_do_not():
    wave = lambda number: 300 if number < 22 else 6_000  # noqa: E731  a curve
    alone = play(28, viewers=scattered(1, lambda n: 500, 9), likes=summed(wave))
    found = alone.apart("likes", length=5, backs=(5, 12), least=4, tau=0.25)
    assert found.ratio > 10
    assert found.others["viewers"] < 1.2
    together = play(
        28, viewers=scattered(1, lambda n: 500 if n < 22 else 9_000, 9), likes=summed(wave)
    )
    found = together.apart("likes", length=5, backs=(5, 12), least=4, tau=0.25)
    assert found is None or found.ratio < 2 * found.others["viewers"]


def test_likes_that_are_renewed_every_five_minutes_are_compared_between_renewals():
    wave = summed(lambda number: 300 if number < 30 else 6_000, spread=0)
    frozen = lambda number: wave(number - number % 5)  # noqa: E731  a curve
    book = play(50, viewers=scattered(1, lambda n: 500, 9), likes=frozen)
    assert book.apart("likes", length=5, backs=(5, 12), least=4, tau=0.25) is None
    found = book.apart("likes", length=12, backs=(12, 20), least=4, tau=0.25)
    assert (found.before, found.now) == (300, 6_000)
    # Of one that was renewed once in the time nothing is known.
    once = play(50, viewers=scattered(1, lambda n: 500, 9), likes=lambda n: 9_000 * (n >= 40))
    assert once.apart("likes", length=12, backs=(12, 20), least=4, tau=0.25) is None


def test_a_counter_that_starts_again_forgets_what_was_before():
    book = play(20, viewers=lambda n: 400, visits=summed(lambda n: 60))
    again = counter("visits", 12, 60 * 20)
    minute, _ = book.minute(again.at)
    book.show(minute, again)
    assert len(book.minutes) == 1
    assert book.last("visits") == (12, 12)


def test_the_book_is_bounded():
    book = play(500, viewers=lambda n: 400 + n % 7)
    assert len(book.minutes) == MAX_MINUTES


def sold(book: SoldBook, shown: Counter) -> list[Leap]:
    """Shows a counter; the leap that it makes, if it does."""
    book.show(shown.name, shown.sku, shown.at, (shown.value, shown.value))
    leap = book.leap("A", least=12, times=5, samples=5) if shown.name == "sold" else None
    return [leap] if leap is not None else []


def test_a_leap_that_orders_explain_is_none():
    for bought in (0, 300):
        book, leaps = SoldBook(), []
        for number in range(18):
            leap = number >= 12
            leaps += sold(book, counter("sold", 1_000 + number + 300 * leap, 60 * number, sku="A"))
            sold(book, counter("orders", 50 + number + bought * leap, 60 * number + 1))
        found = book.due(
            "A", leaps, counter("sold", 1, 60 * 20, sku="A").at, orders=(), late_ms=360_000,
            wait_ms=120_000, share=0.5, pieces=5,
        )  # fmt: skip
        assert [leap.gain for leap in found] == ([] if bought else [301])


def test_a_leap_is_explained_by_orders_that_were_seen_one_by_one():
    for bought in (10, 290):
        book, leaps = SoldBook(orders_seen=True), []
        for number in range(13):
            leaps += sold(book, counter("sold", 1_000 + 300 * (number >= 12), 60 * number, sku="A"))
        at = leaps[0].at
        orders = [Placed("o1", at, 1, "A", pieces=bought), Placed("o2", at, 2, "B", pieces=300)]
        found = book.due(
            "A",
            leaps,
            at + 120_000,
            orders=orders,
            late_ms=360_000,
            wait_ms=120_000,
            share=0.5,
            pieces=5,
        )
        assert [leap.bought for leap in found] == ([10] if bought == 10 else [])
        assert leaps == found


@pytest.mark.parametrize("follows", [True, False])
def test_where_stocks_follow_the_sales_of_a_room_the_stock_says_what_a_leap_holds(follows):
    book, leaps = SoldBook(), []
    for number in range(18):
        leap = number >= 12
        leaps += sold(book, counter("sold", 1_000 + 150 * leap, 60 * number, sku="A"))
        sold(book, counter("stock", 700, 60 * number + 1, sku="A"))
        sold(book, counter("orders", 50 + 3 * number, 60 * number + 2))
        # Of another product as much is gone as was sold, or sales of other channels are counted, too.
        sold(book, counter("sold", 200 + 2 * number, 60 * number + 3, sku="B"))
        sold(book, counter("stock", 400 - 2 * number * follows, 60 * number + 4, sku="B"))
    found = book.due(
        "A", leaps, counter("sold", 1, 60 * 20, sku="A").at, orders=(), late_ms=360_000,
        wait_ms=120_000, share=0.5, pieces=5,
    )  # fmt: skip
    # Of five pieces each, all orders of the room would be most of the leap.
    assert [leap.bought for leap in found] == ([0] if follows else [])


def test_a_counter_that_falls_begins_anew():
    book = SoldBook()
    for value in (500, 510, 3, 4):
        sold(book, counter("sold", value, value, sku="A"))
    assert [low for _, low, _ in book.shelves["A"].sold] == [3, 4]


def test_an_order_that_is_shown_as_placed_and_as_paid_counts_once_in_the_minute_in_which_it_came():
    crowd = Crowd()
    for number in range(3):
        crowd.take(order(number, order=f"o{number}", status="placed"))
    assert crowd.head.bought == 3
    for number in range(3):
        crowd.take(order(90 + number, order=f"o{number}", status="paid"))
    crowd.take(order(100, order="o0", status="refunded"))
    assert crowd.head.bought == 3


def test_what_was_displayed_is_kept_of_a_broadcast_and_comes_back_from_its_part():
    crowd, back = Crowd(), Crowd()
    for number in range(60):
        crowd.take(counter("sold", 1_000 + number, 60 * number, sku="A"))
        crowd.take(counter("orders", 50 + number, 60 * number + 1))
    assert "displays" in crowd.take_changes()
    assert 20 < len(crowd.sold.shelves["A"].sold) <= MAX_DISPLAYS + 1
    assert "displays" in crowd.part_names()
    back.take_part("displays", msgspec.msgpack.encode(crowd.part("displays")))
    assert back.sold == crowd.sold
    crowd.take(session("started", 4_000))
    assert not crowd.sold.shelves
    assert crowd.part("displays") is None


def test_a_leap_waits_for_the_next_display_of_the_stock():
    for gone in (False, True):
        book, leaps = SoldBook(), []
        for number in range(13):
            leaps += sold(book, counter("sold", 1_000 + 300 * (number >= 12), 60 * number, sku="A"))
            sold(book, counter("orders", 50 + number, 60 * number + 1))
        for number in range(9):
            sold(book, counter("stock", 500, 60 * number, sku="A"))
        due = {"orders": (), "late_ms": 360_000, "wait_ms": 120_000, "share": 0.5, "pieces": 5}
        # Wholesale buyers take dozens in one order: what the stock lost since is not known yet.
        assert book.due("A", leaps, counter("sold", 1, 60 * 20, sku="A").at, **due) == []
        assert book.awaits_stock("A", leaps[0])
        sold(book, counter("stock", 200 if gone else 500, 60 * 21, sku="A"))
        found = book.due("A", leaps, counter("sold", 1, 60 * 22, sku="A").at, **due)
        assert [leap.gain for leap in found] == ([] if gone else [300])


def test_a_stock_that_is_put_up_in_between_lost_what_it_lost_before_and_after():
    for gone in (True, False):
        book, leaps = SoldBook(), []
        stock = (500, 480, 980, 900, 850, 660) if gone else (500, 480, 980, 970, 965, 960)
        for number in range(13):
            leaps += sold(book, counter("sold", 1_000 + 300 * (number >= 12), 60 * number, sku="A"))
            sold(book, counter("orders", 50 + number, 60 * number + 1))
        for number, left in enumerate(stock):
            sold(book, counter("stock", left, 60 * (8 + number), sku="A"))
        found = book.due(
            "A", leaps, counter("sold", 1, 60 * 20, sku="A").at, orders=(), late_ms=360_000,
            wait_ms=120_000, share=0.5, pieces=5,
        )  # fmt: skip
        assert [leap.gain for leap in found] == ([] if gone else [300])


def test_visits_that_stand_still_say_nothing_of_those_who_came():
    audience = lambda number: 300 + 200 * max(0, number - 20)  # noqa: E731  a curve

    def still(minutes, came=0):
        """Sixty visits a minute, none from the twentieth to the twenty-sixth, then `came`."""
        return play(
            minutes, viewers=audience,
            visits=lambda n: 1_000 + 60 * min(n, 20) + (n >= 26) * (came + 60 * (n - 26)),
        )  # fmt: skip

    assert still(26).entered_too_few(**LAG) is None
    assert still(26).rise_while_still(**LAG) == (300, 1_100)
    # Once visits are renewed they count: here for everybody who came, there for hardly anybody.
    for came, fits in ((3_000, True), (3, False)):
        book = still(34, came)
        assert book.rise_while_still(**LAG) is None
        before, after, gained, _ = book.entered_too_few(**LAG)
        assert (after - before <= gained) is fits
