"""Orders that nobody means.

Recorded in cases: 296 orders with empty parcels, refunded after receipt and review (苏州, 2020);
staff, relatives and friends order and nothing is sent (深圳, 2021).
"""

from __future__ import annotations

from detectors.calendar import MINUTE_MS
from monitor.simulation.accounts import shown_name
from monitor.simulation.campaign import Campaign

__all__ = ["mass_refund", "order_ring", "timed_orders", "touring_ring"]


def timed_orders(campaign: Campaign) -> None:
    """A machine orders on the beat."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening)
    good = rng.choice(evening.shop.goods)
    times = campaign.times(plan.actions, start, end, evening)
    for at, user in zip(times, campaign.turns(crew, len(times)), strict=True):
        campaign.buy(evening, at, user, good)
    # Customers who order in between, so that the beat does not stand alone.
    for _ in range(round(plan.actions * plan.camouflage)):
        evening.order(rng.uniform(start, end), evening.newcomer(), good)


def order_ring(campaign: Campaign) -> None:
    """The shops of an operator buy from each other: the same accounts, every product, seconds after it is listed."""
    rng, plan = campaign.rng, campaign.plan
    crew = campaign.crew(campaign.evenings[0])
    for evening in campaign.evenings:
        start, end = campaign.span(evening)
        goods = evening.shop.goods
        each = max(1, plan.actions // (len(campaign.evenings) * len(goods)))
        for good, at in zip(goods, campaign.times(len(goods), start, end - MINUTE_MS), strict=True):
            evening.show(at, good)
            for user in rng.sample(crew, min(len(crew), each)):
                moment = at + 2_000 + rng.random() * (8_000 + 240_000 * plan.jitter)
                campaign.buy(evening, moment, user, good)
        for _ in range(round(plan.actions * plan.camouflage / len(campaign.evenings))):
            evening.order(rng.uniform(start, end), rng.choice(crew[: len(crew) // 3 or 1]))


def touring_ring(campaign: Campaign) -> None:
    """The same few accounts order within minutes of each other in every room of an operator,
    evening after evening."""
    rng, plan = campaign.rng, campaign.plan
    crew = campaign.crew(campaign.evenings[0])
    for evening in campaign.evenings:
        start, end = campaign.span(evening)
        begin = rng.uniform(start, max(start, end - 10 * MINUTE_MS))
        spread = (1 + 9 * plan.jitter) * MINUTE_MS
        for user in crew:
            for _ in range(max(1, plan.actions // len(crew))):
                campaign.buy(evening, begin + rng.random() * spread, user)


def mass_refund(campaign: Campaign) -> None:
    """Orders that look like customers', nearly all of which come back once they have been shown."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening)
    good = rng.choice(evening.shop.goods)
    times = campaign.times(plan.actions, start, end, evening)
    last = end
    back = evening.end + round(rng.uniform(0.2, 3) * 60 * MINUTE_MS)
    for at, user in zip(times, campaign.turns(crew, len(times)), strict=True):
        if not rng.randrange(3):
            # Told to look around first: five to seven minutes in the shop (吉安, 2024).
            text = evening.book.draw(rng, "system", {"user": shown_name(user)})
            campaign.add(evening.chat(at - rng.uniform(5, 7) * MINUTE_MS, None, text, "system"))
        order = campaign.buy(evening, at, user, good)
        if rng.random() < plan.refunds:
            moment = back + round(rng.uniform(0, 90) * MINUTE_MS)
            last = max(last, moment)
            campaign.add(evening.refund(order, moment))
    campaign.record(evening, min(back, last), last)
