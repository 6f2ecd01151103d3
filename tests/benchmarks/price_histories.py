"""Price histories for `bench_curve`: swings by kind and size, and the lawful ones that look alike.

Semi-synthetic: no figure of a real shop stands behind them. Each history is a broadcast or several
with some chat and counters around the price, seen by polling or only when it changes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from detectors.events import Event, decode

__all__ = ["LAWFUL", "SWINGS", "History", "histories"]

BASE_MS = 1_790_856_000_000
S, MIN, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SIZES = (1.3, 1.4, 1.5, 2.0, 3.0, 10.0, 1 / 1.5, 0.5, 1 / 3, 0.1)
IDLE = (
    "今天讲一下面料和做工",
    "新来的朋友点个关注",
    "这款穿着很显瘦",
    "家里有小孩的可以看看",
    "主播喝口水",
)


class History(NamedTuple):
    """One recording, and from when on a swing is in it."""

    kind: str
    size: str
    events: list[Event]
    begins: int | None
    """When the swing began, ms; ``None``: lawful."""
    second: int | None
    """When its price was seen for the second time, ms."""


class _Shop:
    def __init__(self, seed: object) -> None:
        self.rng = random.Random(repr(seed))
        self.rows: list[dict[str, Any]] = []
        self.base = self.rng.choice([990, 1990, 2990, 4990, 8900, 12900, 25900, 69900, 159900])
        self.polled = self.rng.random() < 0.7
        self.unit = self.rng.choice([None, "件", "盒"])
        self.card = self.rng.random() < 0.3
        self.shown = 0

    def add(self, what: str, at: float, **fields: Any) -> None:
        self.rows.append({"type": what, "at": BASE_MS + round(at), "platform": "demo", "room": "1",
                          "session": f"s{round(at) // DAY}", **fields})  # fmt: skip

    def price(self, at: float, fen: float, **fields: Any) -> None:
        if self.card and not fields:
            self.add(
                "product", at, sku="A", title="羊毛围巾", price=round(fen), status="explaining"
            )
        else:
            self.add("price", at, **{"sku": "A", "kind": "asking", "price": round(fen), "unit": self.unit, **fields})  # fmt: skip

    def stand(self, start: float, end: float, fen: float, every: float, **fields: Any) -> None:
        """The price stands: seen again and again, or once, while the room goes on."""
        at = start
        while at < end:
            if self.polled or at == start:
                self.price(at, fen, **fields)
            at += every * self.rng.uniform(0.9, 1.1)

    def chatter(self, start: float, end: float) -> None:
        """Chat and counters, as a room on the air has them, and a host who says nothing of prices."""
        at = start
        while at < end:
            self.add(
                "chat", at, user=f"u{self.rng.randrange(90)}", role="viewer", text="主播晚上好"
            )
            if self.rng.random() < 0.1:
                self.add("speech", at + 1, speaker="host", text=self.rng.choice(IDLE))
            at += self.rng.expovariate(1 / 40_000)

    def quiet(self, how: str) -> float:
        """A history that stood still; its length: minutes, hours, ten days. Returns its end."""
        if how == "minutes":
            length, every = self.rng.uniform(21, 40) * MIN, self.rng.choice([30 * S, MIN])
            self.chatter(-length, 0)
            self.stand(-length, 0, self.base, every)
        elif how == "hours":
            length = self.rng.uniform(2, 6) * HOUR
            self.chatter(-length, 0)
            self.stand(-length, 0, self.base, self.rng.choice([MIN, 5 * MIN]))
        else:
            for day in range(10, 0, -1):
                start = -day * DAY - HOUR
                self.chatter(start, start + 2 * HOUR)
                polled, self.polled = self.polled, True
                self.stand(start, start + 2 * HOUR, self.base, 20 * MIN)
                self.polled = polled
            self.chatter(-HOUR, 0)
            self.stand(-HOUR, 0, self.base, 5 * MIN)
        return 0.0

    def events(self) -> list[Event]:
        rows = sorted(self.rows, key=lambda row: row["at"])
        return [decode(msgspec.json.encode({"id": f"e{n}", **{k: v for k, v in row.items() if v is not None}}))
                for n, row in enumerate(rows)]  # fmt: skip


Swing = Callable[[_Shop, float, float], tuple[float, float]]


def _step(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    every = shop.rng.choice([20 * S, MIN])
    shop.polled = True
    shop.stand(at, at + 20 * MIN, shop.base * size, every)
    shop.chatter(at, at + 20 * MIN)
    return at, at + 1.1 * every


def _spike(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    shop.price(at, shop.base * size)
    shop.polled = True
    shop.stand(at + MIN, at + 20 * MIN, shop.base, MIN)
    shop.chatter(at, at + 20 * MIN)
    return at, at + MIN


def _creep(shop: _Shop, at: float, size: float, length: float) -> tuple[float, float]:
    steps = shop.rng.randrange(12, 40)
    crossed = second = 0.0
    for step in range(1, steps + 1):
        fen = round(shop.base * size ** (step / steps))
        now = at + length * step / steps
        shop.price(now, fen)
        if not crossed and round(abs(fen / shop.base - 1), 2) >= 0.3:
            crossed = now
            second = now + length / steps
        shop.polled = True
    shop.price(at + length + MIN, round(shop.base * size))
    shop.chatter(at, at + length + 5 * MIN)
    return crossed or at + length, second or at + length + MIN


def _creep_fast(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    return _creep(shop, at, size, 40 * MIN)


def _creep_slow(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    return _creep(shop, at, size, shop.rng.uniform(2, 6) * HOUR)


def _oscillate(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    low, high = sorted((shop.base, shop.base * size))
    for turn in range(20):
        shop.price(at + turn * MIN, high if turn % 2 else low)
    shop.chatter(at, at + 20 * MIN)
    return at + MIN, at + 5 * MIN


def _oscillate_about(shop: _Shop, at: float, size: float) -> tuple[float, float]:
    before = bool(shop.rows)
    for turn in range(20):
        shop.price(at + turn * MIN, shop.base * (1.25 if turn % 2 else 0.75))
    shop.chatter(at, at + 20 * MIN)
    # With nothing before it, it takes some turns to be one.
    return at + MIN, at + (2 if before else 5) * MIN


SWINGS: dict[str, tuple[Swing, tuple[float, ...], tuple[str, ...]]] = {
    "step": (_step, SIZES, ("minutes", "hours", "days")),
    "spike": (_spike, SIZES, ("minutes", "hours", "days")),
    "creep 40 min": (_creep_fast, (1.3, 1.5, 2.0, 3.0, 0.6), ("minutes", "hours", "days")),
    "creep hours": (_creep_slow, (1.3, 1.5, 2.0, 3.0, 0.6), ("minutes", "hours", "days")),
    "oscillation": (_oscillate, (0.5, 1.5, 0.6), ("none", "minutes", "days")),
    "oscillation about": (_oscillate_about, (0.5,), ("none", "minutes", "days")),
}


# Lawful histories -------------------------------------------------------------------------

WORDS_DOWN = ("三二一上秒杀", "今天给大家降价", "这款特价来了", "福利款给大家上", "现在半价", "限时优惠价", "领券下单更划算")  # fmt: skip
WORDS_UP = ("活动结束了，恢复原价", "这款要涨价了", "秒杀结束，调价了")


def _said(shop: _Shop) -> None:
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    size = shop.rng.choice(SIZES)
    words = shop.rng.choice(WORDS_UP if size > 1 else WORDS_DOWN)
    sku = shop.rng.choice(["A", None])
    if shop.rng.random() < 0.8:
        shop.add("speech", end + shop.rng.uniform(-300, 8) * S, speaker="host", text=words, sku=sku)
    else:
        shop.add("chat", end + shop.rng.uniform(-300, 8) * S, user="a", role="assistant", text=words)  # fmt: skip
    shop.polled = True
    shop.stand(end, end + 15 * MIN, shop.base * size, MIN)
    shop.stand(end + 15 * MIN, end + 30 * MIN, shop.base, MIN)
    shop.chatter(end, end + 30 * MIN)


def _conditions(shop: _Shop) -> None:
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    words = shop.rng.choice([["限时秒杀"], ["满199减100"], ["会员价"], ["拼团价"], ["会员日专享"], ["新人首单"], ["满2件"]])  # fmt: skip
    shop.polled = True
    shop.stand(end, end + 15 * MIN, shop.base * shop.rng.choice([0.4, 0.6, 0.69]), MIN, conditions=words)  # fmt: skip
    shop.stand(end + 15 * MIN, end + 30 * MIN, shop.base, MIN)


def _other_kind(shop: _Shop) -> None:
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    kind = shop.rng.choice(["coupon", "deposit"])
    for n in range(15):
        shop.price(end + n * MIN, shop.base * 0.5, kind=kind)
        shop.price(end + n * MIN + S, shop.base)


def _other_unit(shop: _Shop) -> None:
    shop.card, shop.unit = False, "1盒"
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    shop.polled = True
    shop.stand(end, end + 15 * MIN, shop.base * 2.6, MIN, unit="3盒")


def _other_goods(shop: _Shop) -> None:
    shop.card = True
    end = shop.quiet(shop.rng.choice(["minutes", "hours"]))
    for n in range(15):
        shop.add("product", end + n * MIN, sku="A", title="电热水壶 1.5l", price=round(shop.base * 1.7), status="explaining")  # fmt: skip


def _specifications(shop: _Shop) -> None:
    """Two sizes under one link, both shown at each poll."""
    for n in range(60):
        shop.price(n * MIN, shop.base)
        shop.price(n * MIN + 500, shop.base * 1.8)
    shop.chatter(0, HOUR)


def _auction(shop: _Shop) -> None:
    shop.add("speech", -20 * S, speaker="host", text="下一件竞拍，起拍价很低", sku="A")
    now = 0.0
    for _ in range(6):
        fen = shop.base / 10
        for _ in range(shop.rng.randrange(8, 25)):
            shop.price(now, fen)
            fen *= shop.rng.uniform(1.02, 1.3)
            now += shop.rng.uniform(3, 20) * S
        now += 2 * MIN
        shop.add("speech", now - 30 * S, speaker="host", text="成交，下一件起拍", sku="A")
    shop.chatter(0, now)


def _silent_auction(shop: _Shop) -> None:
    shop.polled = True
    now = 0.0
    for _ in range(6):
        fen = shop.base / 10
        for _ in range(shop.rng.randrange(8, 25)):
            shop.price(now, fen)
            fen *= shop.rng.uniform(1.02, 1.3)
            now += shop.rng.uniform(3, 20) * S
        now += 2 * MIN
    shop.chatter(0, now)


def _member_days(shop: _Shop) -> None:
    """Each Thursday cheaper; the first time it was said."""
    shop.polled = True
    first = shop.rng.choice([35, 33])
    for day in range(first, 0, -1):
        start = -day * DAY
        shop.chatter(start, start + HOUR)
        cheap = day % 7 == 0
        if day in (35, 28):
            shop.add("speech", start - MIN, speaker="host", text="今天会员日", sku="A")
        shop.stand(start, start + HOUR, shop.base * (0.65 if cheap else 1), 10 * MIN)


def _lively(shop: _Shop) -> None:
    shop.polled = True
    every = shop.rng.choice([MIN, 5 * MIN, 15 * MIN])
    for n in range(80):
        shop.price(n * every, shop.base * shop.rng.uniform(0.65, 1.35))
    shop.chatter(0, 80 * every)


def _lively_days(shop: _Shop) -> None:
    shop.polled = True
    for day in range(60, 0, -1):
        for half in (0, 8 * HOUR):
            shop.price(-day * DAY + half, shop.base * shop.rng.uniform(0.65, 1.4))


def _walk(shop: _Shop) -> None:
    """A price of the day, as of vegetables: it drifts, and stands for some days now and then."""
    shop.polled = True
    fen = float(shop.base)
    for day in range(200, 0, -1):
        if shop.rng.random() < 0.5:
            fen *= 1 + shop.rng.gauss(0, 0.045)
        shop.price(-day * DAY, fen)


def _small(shop: _Shop) -> None:
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    shop.polled = True
    for n in range(20):
        shop.price(end + n * MIN, shop.base * shop.rng.uniform(0.91, 1.09))


def _first(shop: _Shop) -> None:
    """Put up at a wrong price, put right within two minutes."""
    shop.polled = True
    shop.chatter(0, 30 * MIN)
    wrong = shop.base * shop.rng.choice([10, 0.1, 3])
    shop.price(0, wrong)
    shop.price(30 * S, wrong)
    shop.stand(MIN, 30 * MIN, shop.base, MIN)


def _restock(shop: _Shop) -> None:
    shop.card = False
    end = shop.quiet(shop.rng.choice(["minutes", "hours"]))
    shop.add("product", end, sku="A", title="羊毛围巾", status="sold_out")
    back = end + shop.rng.uniform(5, 60) * MIN
    shop.add("product", back - S, sku="A", title="羊毛围巾", status="listed")
    shop.polled = True
    shop.stand(back, back + 10 * MIN, shop.base * shop.rng.choice([1, 1, 1.35, 0.66]), MIN)
    shop.chatter(end, back + 10 * MIN)


def _tiers(shop: _Shop) -> None:
    """Buyers of many pay less: what is paid moves between three tiers."""
    for n in range(150):
        amount = shop.rng.choices([1, 12, 100], [0.7, 0.25, 0.05])[0]
        fen = shop.base * {1: 1.0, 12: 0.8, 100: 0.6}[amount]
        shop.add("order", n * 20 * MIN + shop.rng.uniform(0, 600) * S, order=f"o{n}", sku="A", status="paid",
                 user=f"b{n}", quantity=amount, price=round(fen))  # fmt: skip


def _struck_out(shop: _Shop) -> None:
    shop.card = False
    end = shop.quiet(shop.rng.choice(["minutes", "hours", "days"]))
    shop.polled = True
    shop.stand(end, end + 15 * MIN, shop.base * 0.6, MIN, reference_price=shop.base, reference_label="原价")  # fmt: skip


def _gap(shop: _Shop) -> None:
    end = shop.quiet("hours")
    shop.add("gap", end + 40 * MIN, **{"from": BASE_MS + round(end) + 1, "until": BASE_MS + round(end + 40 * MIN), "reason": "断线", "source": "t"})  # fmt: skip
    shop.polled = True
    shop.stand(end + 40 * MIN, end + 50 * MIN, shop.base * 1.5, MIN)


def _back(shop: _Shop) -> None:
    """An announced promotion of an hour, and the old price again without a word."""
    end = shop.quiet(shop.rng.choice(["hours", "days"]))
    shop.add("speech", end - 30 * S, speaker="host", text="三二一上秒杀", sku="A")
    shop.polled = True
    shop.stand(end, end + HOUR, shop.base * 0.5, MIN)
    shop.stand(end + HOUR, end + 2 * HOUR, shop.base, MIN)
    shop.chatter(end, end + 2 * HOUR)


LAWFUL: dict[str, Callable[[_Shop], None]] = {
    "said by the host or an assistant": _said,
    "conditions": _conditions,
    "coupon, deposit": _other_kind,
    "another unit": _other_unit,
    "other goods under the link": _other_goods,
    "several specifications": _specifications,
    "auction": _auction,
    "auction without a word": _silent_auction,
    "member days": _member_days,
    "moves at each sight": _lively,
    "moves each day": _lively_days,
    "price of the day": _walk,
    "under 10 %": _small,
    "wrong first price, put right": _first,
    "back after sold out": _restock,
    "wholesale tiers (paid)": _tiers,
    "old price struck out": _struck_out,
    "not watched meanwhile": _gap,
    "back from a promotion": _back,
}


def histories(seeds: range) -> Iterator[History]:
    """All kinds for each seed."""
    for seed in seeds:
        for kind, (swing, sizes, quiets) in SWINGS.items():
            for size in sizes:
                for how in quiets:
                    shop = _Shop((seed, kind, size, how))
                    end = shop.quiet(how) if how != "none" else 0.0
                    begins, second = swing(shop, end + MIN, size)
                    yield History(
                        kind, f"×{size:.2g}" if size >= 1 else f"÷{1 / size:.2g}", shop.events(),
                        BASE_MS + round(begins), BASE_MS + round(second),
                    )  # fmt: skip
        for kind, make in LAWFUL.items():
            for number in range(5):
                shop = _Shop((seed, kind, number))
                make(shop)
                yield History(kind, "", shop.events(), None, None)
