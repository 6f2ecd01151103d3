"""The stage: plays steps of the screenplay and writes down what a monitor would observe.

Time is in seconds from the start of the performance; every event is written with its own time,
also one that lies ahead (a crowd that writes for half a minute), and sorted at the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from detectors.events import (
    Chat,
    Counter,
    Event,
    Gap,
    Order,
    Price,
    Prize,
    Product,
    Session,
    Speech,
)
from monitor.demo.audience import Audience
from monitor.demo.crowd import Crowd
from monitor.demo.script import Act, Expectation, ScriptError, Step
from monitor.demo.shelf import HOST, PLATFORM, ROOM, SHELF, SHOP

__all__ = ["Performance", "Stage", "Staged", "fen"]

#: Characters a second of an unhurried seller, and the pause after a sentence.
SPEED_CHARS = 3.9
PAUSE_S = (0.7, 2.4)
#: Seconds between two readings of what the page shows.
VIEWERS_EVERY_S, LIKES_EVERY_S, SHELF_EVERY_S, PRICE_EVERY_S = 4, 6, 12, 45
#: Mistakes of the speech recognition: said, and what was understood.
_MISHEARD = (
    ("蜂蜜", "蜂密"), ("毛尖", "毛间"), ("面霜", "面双"), ("链接", "连接"), ("公屏", "公平"), ("福袋", "服袋"),
    ("秒杀", "秒沙"), ("柚子", "右子"), ("茶则", "茶择"), ("炒茶", "吵茶"), ("尺码", "尺马"), ("仓库", "苍库"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Staged:
    """An expectation with the events it is about."""

    place: str
    expected: Expectation
    at: int
    """Time of the line, ms."""
    events: tuple[str, ...]
    """Ids of the events that the line made."""
    act: bool
    """Something was done, which takes time; else something was said or written."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What was played: events in the order of time, and what the screenplay expects of them."""

    events: list[Event]
    expectations: list[Staged]
    length_s: float


def fen(yuan: str) -> int:
    """“89.90” in 分."""
    return round(float(yuan) * 100)


@dataclass(slots=True)
class _Sale:
    """Orders that come by themselves."""

    per_minute: float
    price: int | None


class Stage:
    """Plays one session of the room."""

    def __init__(self, *, start_ms: int, session: str, tag: str, seed: int, viewers: int) -> None:
        """
        Args:
            start_ms: when the session starts.
            tag: first part of the ids of its events, unique among sessions of the room.
            viewers: how many usually watch.
        """
        self.start_ms = start_ms
        self._session = session
        self._tag = tag
        self._rng = random.Random(seed)  # noqa: S311  a play, no secret
        self.crowd = Crowd(self._rng)
        self.audience = Audience(self._rng, usual=viewers)
        self._now = 0.0
        self._ticked = 0
        self._topic = "welcome"
        self._sku: str | None = None
        self._prices: dict[str, int] = {}
        self._references: dict[str, tuple[int, str] | None] = {}
        self._stock = {sku: goods.stock for sku, goods in SHELF.items()}
        self._shown: set[str] = set()
        self._sales: dict[str, _Sale] = {}
        self._sold: list[tuple[float, str, int]] = []
        self._readings: list[tuple[float, str]] = []
        self._brushed: dict[str, list[tuple[str, str, int]]] = {}
        self._prizes: dict[str, tuple[str, int]] = {}
        self._gaps: list[tuple[float, float]] = []
        self._events: list[tuple[float, Event]] = []
        self._made: list[str] = []
        self._number = 0
        self._expectations: list[Staged] = []

    def play(self, title: str, steps: Iterable[Step]) -> Performance:
        """The whole session, from its start to its end."""
        self.crowd.arrive(90)
        self._emit(0.0, Session, phase="started", title=title, host=HOST)
        for step in steps:
            self._made = []
            before = self._now
            if step.act is not None:
                self._do(step.act, step.place)
            elif step.speaker is not None:
                self._say(step.speaker, step.text, clear=bool(step.expected))
            else:
                self._write(step.viewer or self.crowd.someone(), step.text)
            self._expectations.extend(
                Staged(step.place, mark, self._ms(before), tuple(self._made), step.act is not None)
                for mark in step.expected
            )
        self._pass_to(self._now + 3)
        self._emit(self._now, Session, phase="ended")
        self._read_shelf()
        return Performance(self._in_order(), self._expectations, self._now)

    # What people do -----------------------------------------------------------------------

    def _say(self, speaker: str, text: str, *, clear: bool) -> None:
        rng = self._rng
        confidence = rng.triangular(0.85, 0.97, 0.93)
        if not clear and rng.random() < 0.3:
            for said, understood in _MISHEARD:
                if said in text:
                    text = text.replace(said, understood, 1)
                    confidence = rng.uniform(0.71, 0.84)
                    break
        length = 0.5 + len(text) / (SPEED_CHARS * rng.uniform(0.88, 1.14))
        self._emit(
            self._now, Speech, until=self._ms(self._now + length), speaker=speaker, text=text,
            confidence=round(confidence, 2), sku=self._sku,
        )  # fmt: skip
        self._pass_to(self._now + length + rng.uniform(*PAUSE_S))

    def _write(self, user: str, text: str) -> None:
        self._emit(self._now, Chat, user=user, role="viewer", text=text)
        self._pass_to(self._now + self._rng.uniform(0.3, 1.5))

    def _do(self, act: Act, place: str) -> None:
        verb = _VERBS.get(act.verb)
        if verb is None:
            raise ScriptError(f"{place}: nobody knows how to {act.verb!r}")
        try:
            verb(self, act)
        except (IndexError, KeyError, ValueError) as error:
            raise ScriptError(f"{place}: {act.verb}: {error!r}") from error

    def _topic_is(self, act: Act) -> None:
        self._topic = act.words[0]

    def _pause(self, act: Act) -> None:
        self._pass_to(self._now + float(act.words[0]))

    def _rest(self, act: Act) -> None:
        """Nothing is on screen."""
        self._sku = None

    # The shelf ----------------------------------------------------------------------------

    def _card(self, act: Act) -> None:
        sku, goods = act.words[0], SHELF[act.words[0]]
        status = act.options["status"]
        if "price" in act.options:
            self._set_price(sku, act)
        reference = self._references.get(sku)
        full: dict[str, Any] = {}
        if sku not in self._shown:
            self._shown.add(sku)
            full = {
                "shop": SHOP, "brand": goods.brand, "category": goods.category,
                "attributes": goods.attributes,
            }  # fmt: skip
        if status == "explaining":
            self._sku = sku
        elif self._sku == sku and status == "removed":
            self._sku = None
        self._emit(
            self._now, Product, sku=sku, title=goods.title, status=status,
            price=self._prices.get(sku),
            reference_price=reference[0] if reference else None,
            reference_label=reference[1] if reference else None,
            stock=self._stock.get(sku), **full,
        )  # fmt: skip
        self._readings.append((self._now + 0.4, sku))

    def _price(self, act: Act) -> None:
        sku = act.words[0]
        act.options["price"] = act.words[1]
        self._set_price(sku, act)
        self._show_price(self._now, sku)

    def _set_price(self, sku: str, act: Act) -> None:
        self._prices[sku] = fen(act.options["price"])
        self._references[sku] = (
            (fen(act.options["ref"]), act.options["label"]) if "ref" in act.options else None
        )

    def _show_price(self, at: float, sku: str) -> None:
        reference = self._references.get(sku)
        self._emit(
            at, Price, sku=sku, kind="asking", price=self._prices[sku], unit=SHELF[sku].unit,
            reference_price=reference[0] if reference else None,
            reference_label=reference[1] if reference else None,
        )  # fmt: skip

    def _stock_is(self, act: Act) -> None:
        sku = act.words[0]
        self._stock[sku] = int(act.words[1])
        self._emit(self._now, Counter, name="stock", sku=sku, value=self._stock[sku])

    def _sold_out(self, act: Act) -> None:
        sku = act.words[0]
        self._stock_is(Act("stock", (sku, "0")))
        self._card(Act("card", (sku,), {"status": "sold_out"}))

    def _restock(self, act: Act) -> None:
        sku = act.words[0]
        self._stock_is(act)
        self._card(Act("card", (sku,), {"status": "explaining"}))

    # Orders -------------------------------------------------------------------------------

    def _sales_go(self, act: Act) -> None:
        price = fen(act.options["price"]) if "price" in act.options else None
        self._sales[act.words[0]] = _Sale(float(act.options["per_minute"]), price)
        if price is not None:
            # What others are seen to have paid at the checkout.
            for after_s in (25, 110, 195, 280):
                self._emit(
                    self._now + after_s, Price, sku=act.words[0], kind="transaction", price=price,
                    unit=SHELF[act.words[0]].unit,
                )  # fmt: skip

    def _order(self, act: Act) -> None:
        for _ in range(int(act.options.get("n", "1"))):
            self._buy(self._now + self._rng.uniform(4, 22), act.words[0], fen(act.options["price"]))

    def _flash(self, act: Act) -> None:
        over_s = float(act.options["over"])
        for user in self.crowd.several(int(act.options["orders"])):
            # Most press the button at once, some after the page has loaded again.
            delay = min(self._rng.expovariate(3.2 / over_s), over_s * 1.5)
            self._buy(self._now + 0.8 + delay, act.words[0], fen(act.options["price"]), user)
        self._pass_to(self._now + over_s * 0.5)

    def _brush(self, act: Act) -> None:
        """Orders as from a clockwork, by accounts of one make."""
        sku, every_s = act.words[0], float(act.options["every"])
        count = int(act.options["orders"])
        price = self._prices[sku]
        for index in range(count):
            at = self._now + 2 + index * every_s + self._rng.uniform(-0.12, 0.12)
            user = f"茶友88{100 + index}"
            order = self._buy(at, sku, price, user)
            self._brushed.setdefault(sku, []).append((order, user, price))
        shown = int(act.options["sold"]) - count
        self._sold.extend(
            (self._now + 2 + index * every_s, sku, shown // count) for index in range(count)
        )

    def _refunds(self, act: Act) -> None:
        sku = act.words[0]
        orders = self._brushed[sku]
        for order, user, price in orders[: round(len(orders) * float(act.options["share"]))]:
            self._emit(
                self._now + self._rng.uniform(0, 40), Order, order=order, sku=sku, user=user,
                quantity=1, price=price, status="refunded",
            )  # fmt: skip

    def _buy(self, at: float, sku: str, price: int, user: str | None = None) -> str:
        rng = self._rng
        if user is None:
            known = rng.random() < 0.8
            user = self.crowd.someone() if known else f"茶客{rng.randrange(1_000, 9_999)}号"
        order = f"{self._tag}-o{self._number}"
        quantity = 2 if rng.random() < 0.12 and price < 30_000 else 1
        self._emit(
            at, Order, order=order, sku=sku, user=user, quantity=quantity, price=price,
            status="paid",
        )  # fmt: skip
        self._sold.append((at, sku, quantity))
        return order

    # The crowd ----------------------------------------------------------------------------

    def _chant(self, act: Act) -> None:
        """Many write the same, asked to or carried along."""
        text, over_s = act.words[0], float(act.options["over"])
        rng = self._rng
        for user in self.crowd.several(int(act.options["people"])):
            at = self._now + 0.6 + min(rng.expovariate(2.6 / over_s), over_s * 1.4)
            own = text
            if len(text) <= 2 and rng.random() < 0.25:
                own = text * rng.randrange(2, 4)
            elif rng.random() < 0.12:
                own = text + rng.choice("！~。")
            self._emit(at, Chat, user=user, role="viewer", text=own)
        self._pass_to(self._now + over_s * 0.2)

    def _claque(self, act: Act) -> None:
        """The same praise from many fresh accounts."""
        rng = self._rng
        at = self._now + 1
        for index in range(21):
            at += rng.uniform(1.5, 4.5)
            self._emit(
                at, Chat, user=f"小仙女{8_401 + index}", role="viewer",
                text=act.lines[index % len(act.lines)],
            )  # fmt: skip
        self._pass_to(self._now + 20)

    def _viewers(self, act: Act) -> None:
        options = act.options
        over_s = float(options["over"])
        self.audience.surge(
            self._now, to=int(options["to"]), over_s=over_s,
            likes_per_minute=float(options["likes"]), chat=float(options["chat"]),
        )  # fmt: skip
        rng = self._rng
        for user in self.crowd.arrive(int(options["arrivals"])):
            at = self._now + 2 + rng.uniform(0, over_s)
            text = rng.choice(
                ("阿秀让来的", "从阿秀那来", "阿秀家的", "来了来了", "杯子呢", "报到")
            )
            self._emit(at, Chat, user=user, role="viewer", text=text)

    def _prize(self, act: Act) -> None:
        prize, phase = act.words
        options = act.options
        ids = {"prize": f"{self._tag}-{prize}", "phase": phase}
        if phase == "drawn":
            passphrase, count = self._prizes.pop(prize)
            winners = self.crowd.several(count)
            self._emit(self._now, Prize, **ids, winners=winners, passphrase=passphrase)
            return
        count, passphrase = int(options["count"]), options["passphrase"]
        self._prizes[prize] = (passphrase, count)
        self._emit(
            self._now, Prize, **ids, name=options["name"], value=fen(options["value"]),
            count=count, passphrase=passphrase, odds="按实际参与人数", conditions=["发送口令"],
            ends_at=self._ms(self._now + 60 * float(options["minutes"])),
        )  # fmt: skip

    def _gap(self, act: Act) -> None:
        start, end = self._now, self._now + float(act.options["seconds"])
        self._pass_to(end)
        self._gaps.append((start, end))
        self._events.append(
            (
                end,
                Gap(
                    id=self._id(Gap), platform=PLATFORM, room=ROOM, session=self._session,
                    at=self._ms(end), from_=self._ms(start), until=self._ms(end),
                    reason=act.options["reason"], source="demo",
                ),
            )
        )  # fmt: skip

    # Time ---------------------------------------------------------------------------------

    def _pass_to(self, then: float) -> None:
        """What goes on by itself until then; it is no part of the line that is played."""
        made, self._made = self._made, []
        while self._ticked < then:
            # What is read in this second was true then: nothing else happens before `then`.
            self._tick(float(self._ticked), min(0.9, then - self._ticked))
            self._ticked += 1
        self._made = made
        self._now = then

    def _tick(self, at: float, within_s: float) -> None:
        rng, second = self._rng, self._ticked
        viewers = self.audience.step(at)
        if second % VIEWERS_EVERY_S == 0:
            self._emit(at + rng.uniform(0, within_s), Counter, name="viewers", value=viewers)
        if second % LIKES_EVERY_S == 1:
            self._emit(
                at + rng.uniform(0, within_s), Counter, name="likes", value=self.audience.likes
            )
        if self._sku is not None:
            if second % SHELF_EVERY_S == 2:
                self._readings.append((at + rng.uniform(0, within_s), self._sku))
                stock = self._stock.get(self._sku)
                if stock is not None:
                    self._emit(
                        at + rng.uniform(0, within_s),
                        Counter,
                        name="stock",
                        sku=self._sku,
                        value=stock,
                    )
            if second % PRICE_EVERY_S == 5 and self._sku in self._prices:
                self._show_price(at + rng.uniform(0, within_s), self._sku)
        if second % 3 == 0:
            self.crowd.arrive(1)
        if second % 4 == 0:
            self.crowd.leave(1)
        for _ in range(_poisson(rng, self.audience.chat_per_s)):
            text = self.crowd.remark(self._topic, at)
            self._emit(
                at + rng.uniform(0, 1), Chat, user=self.crowd.someone(), role="viewer", text=text
            )
        for sku, sale in self._sales.items():
            rate = sale.per_minute / 60 * (1.0 if sku == self._sku else 0.25)
            price = sale.price if sale.price is not None else self._prices[sku]
            for _ in range(_poisson(rng, rate)):
                self._buy(at + rng.uniform(0, 1), sku, price)

    # Writing down -------------------------------------------------------------------------

    def _read_shelf(self) -> None:
        """What the cards showed as sold at each reading."""
        totals = {sku: goods.sold for sku, goods in SHELF.items()}
        sales = sorted(self._sold)
        done = 0
        for at, sku in sorted(self._readings):
            while done < len(sales) and sales[done][0] <= at:
                totals[sales[done][1]] += sales[done][2]
                done += 1
            self._emit(at, Counter, name="sold", sku=sku, value=totals[sku])

    def _in_order(self) -> list[Event]:
        kept = [
            (at, event)
            for at, event in self._events
            if at <= self._now and not any(low <= at < high for low, high in self._gaps)
        ]
        kept.sort(key=lambda entry: (entry[1].at, entry[1].rank, entry[1].id))
        return [event for _, event in kept]

    def _emit(self, at: float, kind_of: Callable[..., Event], /, **fields: Any) -> None:
        event = kind_of(
            id=self._id(kind_of), platform=PLATFORM, room=ROOM, session=self._session,
            at=self._ms(at), **fields,
        )  # fmt: skip
        self._events.append((at, event))
        self._made.append(event.id)

    def _id(self, kind: Callable[..., Event]) -> str:
        self._number += 1
        return f"{self._tag}-{kind.__name__.lower()}-{self._number}"

    def _ms(self, at: float) -> int:
        return self.start_ms + round(at * 1000)


def _poisson(rng: random.Random, mean: float) -> int:
    """How many come in one unit of time; `mean` is small."""
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count


_VERBS: dict[str, Callable[[Stage, Act], None]] = {
    "topic": Stage._topic_is,
    "pause": Stage._pause,
    "rest": Stage._rest,
    "card": Stage._card,
    "price": Stage._price,
    "stock": Stage._stock_is,
    "soldout": Stage._sold_out,
    "restock": Stage._restock,
    "sales": Stage._sales_go,
    "order": Stage._order,
    "flash": Stage._flash,
    "brush": Stage._brush,
    "refunds": Stage._refunds,
    "chant": Stage._chant,
    "claque": Stage._claque,
    "viewers": Stage._viewers,
    "prize": Stage._prize,
    "gap": Stage._gap,
}
