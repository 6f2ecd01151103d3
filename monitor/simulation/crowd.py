"""What an ordinary crowd does by itself: write, buy, send back."""

from __future__ import annotations

import random

from detectors.calendar import MINUTE_MS
from monitor.simulation.evening import Evening

__all__ = ["gather"]


def gather(evening: Evening) -> None:
    """Fills an evening with its ordinary viewers and buyers."""
    _write(evening)
    _buy(evening)


def _write(evening: Evening) -> None:
    """Viewers come, write a little or a lot, and go."""
    rng, shop = evening.rng, evening.shop
    length = evening.end - evening.start
    wanted = shop.chatter * shop.viewers**0.75 * length / MINUTE_MS
    regulars = list(shop.regulars)
    rng.shuffle(regulars)
    arrivals: list[tuple[float, str, int]] = []
    lines = 0
    while lines < wanted:
        if regulars:
            user, count = regulars.pop(), 2 + min(40, int(rng.paretovariate(0.9)))
            arrive = evening.start + rng.betavariate(1, 4) * length
        elif shop.neighbours and rng.random() < 0.03:
            user, count = rng.choice(shop.neighbours), min(20, int(rng.paretovariate(1.2)))
            arrive = evening.start + rng.random() * length
        else:
            user, count = evening.newcomer(), min(60, int(rng.paretovariate(1.15)))
            arrive = evening.start + (rng.random() if rng.random() < 0.75 else 0) * length
        arrivals.append((arrive, user, count))
        lines += count
    arrivals.sort()
    for arrive, user, count in arrivals:
        evening.present.append(user)
        stay = MINUTE_MS + rng.expovariate(1 / (18 * MINUTE_MS))
        leave = min(evening.end, arrive + stay)
        for _ in range(count):
            evening.remark(rng.uniform(arrive, leave), user)


def _buy(evening: Evening) -> None:
    """Orders at a rate that follows the viewers, some of which come back."""
    rng, shop = evening.rng, evening.shop
    for step, viewers in enumerate(evening.audience.viewers):
        expected = viewers * shop.orders_per_viewer_minute / 6
        for _ in range(_poisson(rng, expected)):
            at = evening.start + (step + rng.random()) * 10_000
            user = evening.someone(at) if rng.random() < 0.3 else evening.newcomer()
            if rng.random() < 0.05:
                evening.abandon(at, user)
                continue
            quantity = 1 if rng.random() < 0.86 else rng.choice((2, 2, 2, 3, 4, 5))
            order = evening.order(at, user, quantity=quantity)
            if rng.random() < shop.returns:
                hours = rng.uniform(0.2, 1.5) if rng.random() < 0.2 else rng.uniform(20, 150)
                evening.refund(order, order.at + round(hours * 3_600_000))


def _poisson(rng: random.Random, expected: float) -> int:
    """Knuth's method; a normal number where that would take long."""
    if expected > 30:
        return max(0, round(rng.gauss(expected, expected**0.5)))
    product, count = rng.random(), 0
    limit = 2.718281828459045**-expected
    while product > limit:
        product *= rng.random()
        count += 1
    return count
