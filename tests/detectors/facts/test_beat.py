"""A loose beat is told from a crowd's orders; a rush, and orders by chance, keep none."""

from __future__ import annotations

import random

import pytest

from detectors.facts.crowd.beat import LEAST_CELLS, beat


def on_a_beat(choose, many, *, jitter, others=0):
    """Times of orders on a beat of 40 s, and as many others by chance."""
    times = [40_000 * (place + 0.5 + jitter * choose.uniform(-1, 1)) for place in range(many)]
    times += [choose.uniform(0, 40_000 * many) for _ in range(others)]
    return sorted(map(round, times))


@pytest.mark.parametrize(("jitter", "others"), [(0.01, 0), (0.15, 0), (0.15, 8)])
def test_a_loose_beat_is_found_among_other_orders(jitter, others):
    found = beat(on_a_beat(random.Random(4), 24, jitter=jitter, others=others))
    assert found is not None
    assert 39_000 < found.period < 41_000
    assert found.tail < 1e-4
    assert found.hit > found.expected


@pytest.mark.slow
def test_orders_by_chance_and_in_rushes_keep_no_beat():
    choose = random.Random(5)
    for many in (16, 40):
        for _ in range(60):
            steady = sorted(round(choose.uniform(0, many * 30_000)) for _ in range(many))
            rushes, at = [], 0.0
            while len(rushes) < many:
                at += choose.expovariate(1 / 60_000)
                rushes += [
                    round(at + choose.expovariate(1 / 5_000))
                    for _ in range(choose.choice((1, 2, 5, 8)))
                ]
            for times in (steady, sorted(rushes)[:many]):
                found = beat(times)
                assert found is None or found.tail > 1e-4


def test_a_rush_on_one_point_of_the_grid_is_no_beat():
    found = beat([*(20 * n for n in range(30)), *(60_000 * n for n in range(1, 6))])
    assert found is None or found.tail > 0.01


def test_few_orders_are_not_looked_at():
    assert beat([40_000 * n for n in range(LEAST_CELLS - 1)]) is None
