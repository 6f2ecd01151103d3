"""Price histories: lawful ones that move, and swings that nobody announced.

Every history begins with a time in which the price stood still (or moved as it always does): the
broadcast so far, some hours, or ten days, read from the page as often as pages are read.
"""

from __future__ import annotations

from collections.abc import Callable

from detectors import events
from detectors.calendar import HOUR_MS, MINUTE_MS
from monitor.simulation.campaign import Campaign
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import PLATFORM, Good, in_yuan

__all__ = ["LAWFUL", "SWINGS"]

#: The price in 分 at a time.
Curve = Callable[[int], float]


def announced(evening: Evening) -> None:
    """The host announces a promotion, the price falls, and is what it was when the time is over."""
    rng, good, usual = evening.rng, _good(evening), _still(evening)
    start = evening.moment(0.5, 0.65)
    end = min(evening.end, start + round(rng.uniform(5, 15) * MINUTE_MS))
    price = good.price_fen / rng.uniform(1.3, 2.5)
    words = {"from": in_yuan(good.price_fen), "to": in_yuan(price), "lasts": str(round((end - start) / MINUTE_MS))}  # fmt: skip
    evening.call(start - 60_000, "price_announced", good, **words)
    evening.call(start, "price_begins", good, **words)
    _watch(evening, lambda at: price if start <= at < end else usual(at))
    if end < evening.end - 30_000:
        evening.call(end, "price_ends", good, **words)


def conditions(evening: Evening) -> None:
    """A coupon price beside the asking price, with its conditions."""
    good, usual = _good(evening), _still(evening)
    share = evening.rng.uniform(0.4, 0.75)
    _watch(evening, usual)
    start = evening.moment(0.4, 0.6)
    _watch(evening, lambda _: good.price_fen * share, since=start, kind="coupon", conditions=_conditions("coupon"))  # fmt: skip


def units(evening: Evening) -> None:
    """Another unit of the same product: a case beside a single piece."""
    rng, usual = evening.rng, _still(evening)
    pieces = rng.choice((2, 3, 6, 10, 12))
    good = _good(evening)
    start = evening.moment(0.35, 0.6)
    _watch(evening, usual, unit="1件")
    _watch(evening, lambda _: good.price_fen * pieces * 0.9, since=start, unit=f"{pieces}件装")


def moving(evening: Evening) -> None:
    """A price that always moves, such as gold or what the market brings in fresh."""
    rng, good = evening.rng, _good(evening)
    swing = rng.uniform(1.15, 1.7)
    moves: list[float] = [swing ** rng.uniform(-1, 1) for _ in range(997)]
    every = rng.choice((60_000, 120_000, 300_000))

    def price(at: int) -> float:
        return good.price_fen * moves[at // every % 997]

    _before(evening, price, evening.start - 24 * HOUR_MS, 20 * MINUTE_MS)
    _watch(evening, price)


def auction(evening: Evening) -> None:
    """Lots that start low and are bid up, one after the other."""
    rng, good = evening.rng, _good(evening)
    evening.call(evening.start + 20_000, "price_auction", good)
    evening.unpriced.add(good.sku)
    lot_ms = round(rng.uniform(3, 6) * MINUTE_MS)
    step = rng.uniform(0.03, 0.1)

    def price(at: int) -> float:
        return 100 + good.price_fen * step * ((at - evening.start) % lot_ms) / 15_000

    _watch(evening, price, every_s=10, conditions=_conditions("auction"))


def member_day(evening: Evening) -> None:
    """A lower price for members, on the day that was announced."""
    rng, good, usual = evening.rng, _good(evening), _still(evening)
    price = good.price_fen / rng.uniform(1.3, 1.8)
    start = evening.moment(0.3, 0.5)
    words = {"from": in_yuan(good.price_fen), "to": in_yuan(price), "clock": evening.clock(start)}
    evening.call(evening.start + 30_000, "price_member_day", good, **words)
    evening.call(start, "price_member_begins", good, **words)
    _watch(evening, usual)
    _watch(evening, lambda _: price, since=start, conditions=_conditions("member"))


def small_changes(evening: Evening) -> None:
    """Changes of less than a tenth, now and then."""
    rng, good, usual = evening.rng, _good(evening), _still(evening)
    start = evening.moment(0.4, 0.6)
    factor = rng.uniform(0.91, 1.09)
    _watch(evening, lambda at: good.price_fen * factor if at >= start else usual(at))


def still(evening: Evening) -> None:
    """Nothing changes for ten days."""
    _watch(evening, _still(evening))


def deposit(evening: Evening) -> None:
    """A deposit that is far below the price, named as one."""
    good, usual = _good(evening), _still(evening)
    evening.call(evening.start + 40_000, "price_deposit", good)
    _watch(evening, usual)
    _watch(evening, lambda _: good.price_fen * 0.1, since=evening.moment(0.3, 0.6), kind="deposit")


def ladder(evening: Evening) -> None:
    """The host announces each step of a price that falls with the number of orders."""
    good, usual = _good(evening), _still(evening)
    steps = sorted(evening.moment(0.4, 0.9) for _ in range(3))
    for number, at in enumerate(steps, 1):
        price = good.price_fen * 0.85**number
        evening.call(at - 15_000, "price_ladder", good, count=str(number * 100), to=in_yuan(price))

    def price_at(at: int) -> float:
        return usual(at) * 0.85 ** sum(at >= step for step in steps)

    _watch(evening, price_at)


def step(campaign: Campaign) -> None:
    """The price is multiplied, and stays."""
    _swing(campaign, lambda share: campaign.plan.factor)


def cut(campaign: Campaign) -> None:
    """The price is divided, and stays."""
    _swing(campaign, lambda share: 1 / campaign.plan.factor)


def spike(campaign: Campaign) -> None:
    """The price leaps, up or down, and is back minutes later."""
    factor = campaign.plan.factor ** campaign.rng.choice((-1, 1))
    _swing(campaign, lambda share: factor)


def creep(campaign: Campaign) -> None:
    """The price is multiplied in so many small steps that none of them is seen."""
    plan = campaign.plan
    steps = plan.actions
    _swing(campaign, lambda share: plan.factor ** (min(steps, int(share * steps) + 1) / steps))


def oscillation(campaign: Campaign) -> None:
    """Up and down again, minute by minute."""
    plan = campaign.plan
    _swing(campaign, lambda share: plan.factor if int(share * plan.actions) % 2 == 0 else 1)


def _swing(campaign: Campaign, factor: Callable[[float], float]) -> None:
    """A price that stands still and then follows a factor of the share of the swing's time."""
    evening = campaign.evenings[0]
    good, usual = _good(evening), _still(evening)
    length = evening.end - evening.start
    start = evening.start + round(campaign.rng.uniform(0.5, 0.6) * length)
    end = min(evening.end - 1, start + round(campaign.plan.minutes * MINUTE_MS))
    back = campaign.plan.kind in ("price-spike", "price-oscillation")
    campaign.record(evening, start, end)

    def price(at: int) -> float:
        if at < start or (back and at >= end):
            return usual(at)
        return good.price_fen * factor(min(0.9999, (at - start) / (end - start)))

    for event in _watch(evening, price):
        if start <= event.at <= end:
            campaign.add(event)


def _good(evening: Evening) -> Good:
    return evening.shop.goods[0]


def _still(evening: Evening) -> Curve:
    """A price that stands still before the broadcast: only in it, for hours, or for ten days."""
    rng, good = evening.rng, _good(evening)
    since = evening.start - round(
        rng.choice((0, rng.uniform(3, 20), rng.uniform(48, 240))) * HOUR_MS
    )
    _before(evening, lambda _: good.price_fen, since, rng.choice((20, 60, 180)) * MINUTE_MS)
    return lambda _: good.price_fen


def _before(evening: Evening, price: Curve, since: int, every: int) -> None:
    at = since
    while at < evening.start - MINUTE_MS:
        _sighting(evening, at, price(at), "asking", session="")
        at += round(every * evening.rng.uniform(0.8, 1.2))


def _watch(
    evening: Evening,
    price: Curve,
    *,
    since: int | None = None,
    every_s: float | None = None,
    kind: str = "asking",
    unit: str | None = None,
    conditions: list[str] | None = None,
) -> list[events.Price]:
    """Reads the price through the evening."""
    rng = evening.rng
    every = every_s or rng.choice((15, 30, 60))
    at = float(since or evening.start + 5_000)
    seen = []
    while at < evening.end:
        moment = round(at)
        seen.append(
            _sighting(evening, moment, price(moment), kind, unit=unit, conditions=conditions)
        )
        at += every * 1_000 * rng.uniform(0.9, 1.1)
    return seen


def _sighting(
    evening: Evening,
    at: int,
    price: float,
    kind: str,
    *,
    session: str | None = None,
    unit: str | None = None,
    conditions: list[str] | None = None,
) -> events.Price:
    event = events.Price(
        id="-", platform=PLATFORM, room=evening.shop.room, at=at,
        session=evening.session if session is None else session, sku=_good(evening).sku,
        price=max(1, round(price / 10) * 10), kind=kind, unit=unit, conditions=conditions,  # type: ignore[arg-type]  # one of the contract's kinds
    )  # fmt: skip
    evening.events.append(event)
    return event


def _conditions(kind: str) -> list[str]:
    known: list[str] = data("host")["conditions"][kind]
    return known


LAWFUL: dict[str, Callable[[Evening], None]] = {
    "price-announced": announced,
    "price-conditions": conditions,
    "price-units": units,
    "price-moving": moving,
    "price-auction": auction,
    "price-member-day": member_day,
    "price-small-changes": small_changes,
    "price-still": still,
    "price-deposit": deposit,
    "price-ladder": ladder,
}
SWINGS: dict[str, Callable[[Campaign], None]] = {
    "price-step": step,
    "price-cut": cut,
    "price-spike": spike,
    "price-creep": creep,
    "price-oscillation": oscillation,
}
