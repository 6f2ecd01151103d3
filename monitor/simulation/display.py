"""What the platform shows of an evening beside what people do: the room, its cards, its counters."""

from __future__ import annotations

from detectors import events
from monitor.simulation.audience import Display
from monitor.simulation.evening import Evening
from monitor.simulation.shop import PLATFORM, Good

__all__ = ["display"]

#: Steps for which a frozen counter stands still: five minutes.
FROZEN_STEPS = 30
#: (time, quantity) of what changes a counter.
_Changes = list[tuple[int, int]]


def display(evening: Evening) -> None:
    """Adds the room, the cards, what the host always says, and the counters; once, at the end."""
    _open_room(evening)
    _say_usual(evening)
    _poll_audience(evening)
    _poll_shelf(evening)


def _common(evening: Evening, at: int) -> dict[str, object]:
    return {"id": "-", "platform": PLATFORM, "room": evening.shop.room, "session": evening.session, "at": at}  # fmt: skip


def _open_room(evening: Evening) -> None:
    shop = evening.shop
    evening.events.append(events.Session(**_common(evening, evening.start), phase="started", title=f"{shop.operator}晚间直播", host=shop.host))  # type: ignore[arg-type]  # fmt: skip  # fields by name
    party = events.Party(name=f"{shop.operator}有限公司", address=shop.address, phone=shop.phone)
    evening.events.append(events.Room(**_common(evening, evening.start + 1), operator=party, seller=party, host=shop.host, host_kind="seller", ad_label=True))  # type: ignore[arg-type]  # fmt: skip  # fields by name
    for place, good in enumerate(shop.goods):
        at = evening.start + 500 + 40 * place
        price = None if good.sku in evening.unpriced else good.price_fen
        evening.events.append(events.Product(**_common(evening, at), sku=good.sku, title=good.title, shop=shop.operator, category=shop.category, status="listed", price=price, stock=_stock(evening, good)))  # type: ignore[arg-type]  # fmt: skip  # fields by name
        if price is not None:
            evening.events.append(events.Price(**_common(evening, at + 10), sku=good.sku, price=price, kind="asking"))  # type: ignore[arg-type]  # fmt: skip  # fields by name
    for at, good in evening.programme[1:]:
        evening.events.append(events.Product(**_common(evening, at), sku=good.sku, title=good.title, shop=shop.operator, category=shop.category, status="explaining"))  # type: ignore[arg-type]  # fmt: skip  # fields by name
    evening.events.append(events.Session(**_common(evening, evening.end), phase="ended"))  # type: ignore[arg-type]  # fields by name


def _say_usual(evening: Evening) -> None:
    rng = evening.rng
    at = evening.start + 3_000.0
    while at < evening.end - 5_000:
        evening.call(at, "speech")
        at += rng.uniform(12, 55) * 1_000


def _polls(evening: Evening, every_s: float) -> list[int]:
    """Times at which a counter is read."""
    rng = evening.rng
    at = evening.start + rng.uniform(1, 5) * 1_000
    times = []
    while at < evening.end:
        times.append(round(at))
        at += every_s * 1_000 * (1 + rng.uniform(-evening.poll_jitter, evening.poll_jitter))
    return times


def _poll_audience(evening: Evening) -> None:
    rng = evening.rng
    audience = evening.audience
    curves = {
        "viewers": (audience.viewers, rng.choice((10, 15, 30))),
        "visits": (audience.totals(audience.entries, audience.visits_before), rng.choice((15, 30, 60))),
        "likes": (audience.totals(audience.likes), rng.choice((15, 30, 60))),
        "followers": (audience.totals([entry * 0.01 for entry in audience.entries], audience.followers), 120),
    }  # fmt: skip
    for name, (curve, every_s) in curves.items():
        display = evening.display[name]
        if display == "hidden":
            continue
        lag = 9 if display == "delayed" else 0
        for at in _polls(evening, every_s):
            step = evening.step(at)
            if display == "frozen":
                step -= step % FROZEN_STEPS
            evening.count(at, name, None, curve[max(0, step - lag)], display)


def _poll_shelf(evening: Evening) -> None:
    sales = sorted(evening.sales)
    gone = sorted(sales + evening.elsewhere)
    counted = sorted(gone + evening.claimed)
    for name in ("sold", "stock", "orders"):
        display = evening.display[name]
        if display == "hidden":
            continue
        lag_ms = 90_000 if display == "delayed" else 0
        if name == "orders":
            _poll_orders(evening, sales, display, lag_ms)
            continue
        for good in evening.shop.goods:
            if name == "sold":
                changes = [(at, n) for at, sku, n in counted if sku == good.sku]
                start = evening.sold_before[good.sku]
            else:
                changes = [(at, -n) for at, sku, n in gone if sku == good.sku]
                changes += [(at, n) for at, sku, n in evening.restocks if sku == good.sku]
                changes.sort()
                start = _stock(evening, good)
            resets = [at for at, sku in evening.resets if sku == good.sku and name == "sold"]
            _poll_good(evening, good, name, start, changes, sorted(resets), lag_ms)


def _poll_good(
    evening: Evening,
    good: Good,
    name: str,
    start: int,
    changes: _Changes,
    resets: list[int],
    lag_ms: int,
) -> None:
    """Reads one counter of a product, more often while it is shown."""
    rng = evening.rng
    place, number = 0, start
    for at in _polls(evening, rng.choice((20, 30, 60))):
        if evening.good_at(at) is not good and rng.random() < 0.7:
            continue
        while place < len(changes) and changes[place][0] <= at - lag_ms:
            if resets and resets[0] <= changes[place][0]:
                resets.pop(0)
                number = 0
            number += changes[place][1]
            place += 1
        if resets and resets[0] <= at - lag_ms:
            resets.pop(0)
            number = 0
        evening.count(at, name, good.sku, number, evening.display[name])


def _stock(evening: Evening, good: Good) -> int:
    """What was on stock at the beginning: enough for all that is sold, with what is added."""
    changes = [(at, n) for at, sku, n in evening.sales + evening.elsewhere if sku == good.sku]
    added = [(at, -n) for at, sku, n in evening.restocks if sku == good.sku]
    needed = missing = 0
    for _, n in sorted(changes + added):
        missing += n
        needed = max(needed, missing)
    if added:
        return needed + needed % 4
    return good.stock if good.stock >= needed else -(-needed // 100) * 100


def _poll_orders(
    evening: Evening, sales: list[tuple[int, str, int]], display: Display, lag_ms: int
) -> None:
    place = 0
    for at in _polls(evening, 60):
        while place < len(sales) and sales[place][0] <= at - lag_ms:
            place += 1
        evening.count(at, "orders", None, place, display)
