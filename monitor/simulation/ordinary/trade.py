"""Orders, returns and stock as honest shops have them."""

from __future__ import annotations

from detectors.calendar import MINUTE_MS
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import in_yuan

__all__ = [
    "buy_again",
    "flash_sale",
    "group_buy",
    "presale",
    "reset_counters",
    "restock",
    "returns",
    "sizes",
    "sold_elsewhere",
    "wholesale",
]


def buy_again(evening: Evening) -> None:
    """Regulars buy, half of them within a minute or two of a product being shown."""
    rng = evening.rng
    turns = evening.turns(evening.start, evening.end - MINUTE_MS)
    for user in evening.shop.regulars:
        while rng.random() < 0.3:
            at = evening.moment()
            if turns and rng.random() < 0.5:
                at = rng.choice(turns) + round(rng.expovariate(1 / 60_000))
            evening.order(at, user)


def flash_sale(evening: Evening) -> None:
    """A sale on the hour: announced, over within a minute, followed by “拍到了” and “没抢到”."""
    rng = evening.rng
    hour = 30 * MINUTE_MS
    at = -(-(evening.start + 5 * MINUTE_MS) // hour) * hour
    while at < evening.end - 2 * MINUTE_MS:
        good = evening.good_at(at)
        price = max(100, round(good.price_fen * rng.uniform(0.6, 0.9) / 100) * 100)
        now, usual = in_yuan(price), in_yuan(good.price_fen)
        evening.call(at - 4 * MINUTE_MS, "flash_call", good, yuan=now)
        evening.call(at - 20_000, "flash_call", good, yuan=now)
        over = evening.inside(at + 90_000)
        evening.ask(at, good, price, data("host")["conditions"]["flash"])
        evening.ask(over, good, good.price_fen)
        evening.call(over, "flash_over", good, yuan=usual)
        count = min(evening.viewers_who(rng.uniform(0.02, 0.12), at), 600)
        for _ in range(count):
            moment = min(at + rng.expovariate(1 / 14_000), over - 1_000)
            user = evening.someone(at) if rng.random() < 0.3 else evening.newcomer()  # fmt: skip
            order = evening.order(moment, user, good, price_fen=price)
            if rng.random() < evening.shop.returns / 2:
                evening.refund(order, order.at + round(rng.uniform(1, 90) * 3_600_000))
        texts = data("crowd")["flash_after"]
        evening.wave(at + 8_000, texts, max(2, count // 3), within_s=40, disguise=0.2)
        at += hour


def group_buy(evening: Evening) -> None:
    """Groups of two or three complete within seconds of each other."""
    rng = evening.rng
    at = evening.moment(0.1, 0.7)
    good = evening.good_at(at)
    evening.call(at, "group_call")
    for _ in range(evening.viewers_who(rng.uniform(0.01, 0.05), at)):
        moment = at + rng.uniform(0.2, 15) * MINUTE_MS
        for _ in range(rng.choice((2, 3))):
            evening.order(moment + rng.expovariate(1 / 25_000), evening.newcomer(), good)


def wholesale(evening: Evening) -> None:
    """One buyer orders for a shop: many orders, or many pieces, one after the other."""
    rng = evening.rng
    for _ in range(rng.randint(1, 2)):
        user = evening.newcomer()
        at: float = evening.moment(0.1, 0.8)
        good = evening.good_at(at)
        evening.chat(at - 60_000, user, evening.drawn("wholesale_ask", goods=good.title))
        for _ in range(rng.randint(8, 40)):
            evening.order(at, user, good, rng.choice((1, 5, 10, 10, 20)))
            at += rng.uniform(4, 40) * 1_000


def returns(evening: Evening) -> None:
    """A trade in which a third to a half of all orders comes back."""
    evening.shop.returns = evening.rng.uniform(0.3, 0.5)


def sizes(evening: Evening) -> None:
    """Clothes: some order two or three sizes, keep what fits, and send the others back."""
    rng = evening.rng
    for _ in range(evening.viewers_who(rng.uniform(0.01, 0.05), evening.moment())):
        at = evening.moment(0.02, 0.95)
        user = evening.someone(at) if rng.random() < 0.3 else evening.newcomer()
        good = evening.good_at(at)
        orders = [evening.order(at + place * rng.uniform(8, 60) * 1_000, user, good)
                  for place in range(rng.choice((2, 2, 3)))]  # fmt: skip
        kept = rng.choice((0, 1, 1, 1))
        # A fifth have asked for their size by then, the others try them on at home.
        hours = rng.uniform(0.05, 0.5) if rng.random() < 0.2 else rng.uniform(30, 160)
        for order in orders[kept:]:
            evening.refund(order, order.at + round(hours * 3_600_000 * rng.uniform(0.95, 1.05)))


def restock(evening: Evening) -> None:
    """Stock is restored in round numbers, and those who waited buy."""
    rng = evening.rng
    for _ in range(rng.randint(1, 4)):
        at = evening.moment(0.1, 0.9)
        good = evening.good_at(at)
        evening.restocks.append((at, good.sku, rng.choice((50, 100, 200, 500))))
        evening.call(at, "restock_call")
        for _ in range(min(200, evening.viewers_who(rng.uniform(0.005, 0.03), at))):
            evening.order(at + rng.expovariate(1 / 40_000), evening.newcomer(), good)


def presale(evening: Evening) -> None:
    """Those who paid a deposit last week pay the rest at the announced hour: the counter leaps."""
    rng = evening.rng
    at = evening.moment(0.15, 0.8)
    good = evening.good_at(at)
    evening.call(at - 2 * MINUTE_MS, "presale_call", good)
    evening.call(at, "presale_call", good)
    for _ in range(rng.randint(80, 600)):
        moment = evening.inside(at + rng.expovariate(1 / 90_000))
        evening.elsewhere.append((moment, good.sku, 1))


def sold_elsewhere(evening: Evening) -> None:
    """The sold counter counts the shop's other channels too: it grows without orders seen here."""
    rng = evening.rng
    for good in evening.shop.goods:
        per_minute = rng.uniform(0.1, 3)
        at: float = evening.start
        while at < evening.end:
            at += rng.expovariate(per_minute / MINUTE_MS)
            evening.elsewhere.append((round(at), good.sku, 1))


def reset_counters(evening: Evening) -> None:
    """A product is listed anew: what it sold before is no longer counted."""
    for good in evening.rng.sample(evening.shop.goods, 2):
        evening.resets.append((evening.moment(0.2, 0.9), good.sku))
