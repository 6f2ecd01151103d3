"""Fetches that bring too even a number of orders tell a machine from a crowd, whatever its rate."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter

import pytest

from detectors.facts.crowd.fetches import fetches, polled

#: An hour, ms; how often a source asks, s; mean gaps of a crowd's orders, s; the most that some sources give.
HOUR_MS = 3_600_000
ASKED = (10, 20, 30, 60)
GAPS = (1.5, 3, 6, 7, 10, 15, 20, 30, 40)
PAGES = (None, None, None, 1, 2, 5, 10, 20)


def crowd(choose, gap_s):
    """Times of a crowd's orders in an hour, ms: by chance, in waves, or two sizes at once now and then."""
    kind, at, times = choose.choice(("chance", "waves", "sizes")), 0.0, []
    factor, until = 1.0, HOUR_MS if kind != "waves" else 0
    while at < HOUR_MS:
        if at >= until:
            factor, until = choose.choice((0.2, 0.5, 1, 1, 2, 4)), at + choose.uniform(6e4, 4e5)
        at += choose.expovariate(factor / (1_000 * gap_s))
        times += [round(at)] * (2 if kind == "sizes" and choose.random() < 0.12 else 1)
    return times


def test_an_order_that_came_another_way_does_not_hide_who_fetches():
    begin = 1_788_265_270_282
    beats = (0, 1, 7, 8, 9, 11, 11, 11, 12, 14, 15, 17, 17, 19, 19, 20, 21, 25, 27, 27, 28, 29, 30)
    fetched = [begin + 5_000 * beat for beat in beats]
    assert polled(fetched) == (5_000, begin)
    assert polled(sorted([*fetched, begin + 8_890, begin + 61_230])) is not None
    # Who orders every five seconds leaves nothing out, whoever orders beside him.
    machine = [begin + 5_000 * beat for beat in range(23)]
    assert polled(machine) is None
    assert polled(sorted([*machine, begin + 8_890, begin + 61_230])) is None


def at_fetches(times, every, page=None):
    """When a source that asks so often shows them, at most so many at once, the latest ones."""
    shown, kept = Counter(), []
    for at in reversed(times):
        asked = every * -(-at // every)
        shown[asked] += 1
        if page is None or shown[asked] <= page:
            kept.append(asked)
    return kept[::-1]


def tails(rows, products):
    """The tails of a product's orders where they are unusual, looked at with every fifth one."""
    own, everything = [[] for _ in range(products)], []
    for at, product in rows:
        mine = own[product]
        mine.append(at)
        everything.append(at)
        if len(mine) < 20 or len(mine) % 5 or (grid := polled(mine[-40:])) is None:
            continue
        since = at - HOUR_MS // 2
        window = everything[bisect_left(everything, since) :]
        found = fetches(mine[bisect_left(mine, since) :], window, *grid, unusual=0.05)
        if found is not None:
            yield found.tail


@pytest.mark.slow
def test_of_ordinary_crowds_that_are_fetched_hardly_one_is_ever_filled_evenly():
    least = []
    for seed in range(100):
        choose = random.Random(seed)
        every, gap_s, page = choose.choice(ASKED), choose.choice(GAPS), choose.choice(PAGES)
        products = choose.choice((1, 1, 2, 3, 5))
        times = at_fetches(crowd(choose, gap_s), 1_000 * every, page)
        rows = [(at, choose.randrange(products)) for at in times]
        least.append(min(tails(rows, products), default=1.0))
    assert min(least) > 1e-4
    # Of an hour's looks the most unusual one is counted.
    assert sum(tail < 1e-2 for tail in least) <= 5


@pytest.mark.slow
@pytest.mark.parametrize("every", ASKED)
def test_a_machine_among_other_orders_is_found_at_each_distance_of_fetches(every):
    found = 0
    for seed in range(10):
        choose = random.Random(seed)
        gap = choose.uniform(0.08, 0.3) * every * 1_000
        machine = [
            round(gap * (n + choose.uniform(-0.3, 0.3))) + every for n in range(int(HOUR_MS / gap))
        ]
        rows = [(at, 0) for at in machine]
        rows += [(at, int(choose.random() < 0.8)) for at in crowd(choose, gap / 1_000)]
        rows = [
            (1_000 * every * -(-at // (1_000 * every)), product) for at, product in sorted(rows)
        ]
        found += any(tail < 1e-5 for tail in tails(rows, 2))
    assert found >= 9
