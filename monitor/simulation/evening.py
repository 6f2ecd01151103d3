"""One broadcast of one room: everything that is said, bought and shown in it, as events."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from detectors import events
from monitor.simulation.accounts import Accounts
from monitor.simulation.audience import STEP_MS, Audience, Display, shown
from monitor.simulation.phrasebook import Phrasebook
from monitor.simulation.shop import PLATFORM, Good, Shop

__all__ = ["Evening"]

MINUTE_MS = 60_000
#: So many characters that stand in two lines are no accident. Among 1,200 comments under a video
#: the most frequent run of seven was written by 15 people, and the tenth by three.
_RUN = 7
_ROLES = ("viewers", "visits", "likes", "followers", "sold", "stock", "orders")


@dataclass(slots=True)
class _Mark:
    """Displayed counters that show what a campaign did, and who wants to know of them."""

    name: str
    sku: str | None
    start: int
    end: int
    tell: Callable[[events.Event], None]


class Evening:
    """Collects the events of a broadcast; `close` adds what the platform shows of them.

    Times that are handed in are ms since the epoch; those outside the broadcast are moved to its
    nearest end.
    """

    def __init__(
        self, rng: random.Random, shop: Shop, accounts: Accounts, *, start: int, minutes: float
    ) -> None:
        self.rng = rng
        self.shop = shop
        self.accounts = accounts
        self.book: Phrasebook = shop.book
        self.start = start
        self.end = start + round(minutes * MINUTE_MS)
        self.session = f"{shop.room}-{start // 86_400_000}"
        self.events: list[events.Event] = []
        steps = max(2, (self.end - self.start) // STEP_MS)
        self.audience = Audience(rng, shop.viewers, steps)
        self.sales: list[tuple[int, str, int]] = []
        """Time, SKU and quantity of every sale that the sold counter counts."""
        self.claimed: list[tuple[int, str, int]] = []
        """What the sold counter counts and nobody bought: time, SKU and quantity."""
        self.restocks: list[tuple[int, str, int]] = []
        self.resets: list[tuple[int, str]] = []
        """When the sold counter of an SKU starts again at nought."""
        self.display: dict[str, Display] = dict.fromkeys(_ROLES, "exact")
        self.poll_jitter = rng.uniform(0.05, 0.5)
        self.present: list[str] = []
        """Accounts that have written or will, in the order of arrival."""
        self._marks: list[_Mark] = []
        self._orders = 0
        self._runs: dict[str, int] = {}
        expected = shop.chatter * shop.viewers**0.75 * minutes
        self._often = 3 + expected**0.5 / 10
        self._programme: list[tuple[int, Good]] = []
        at = self.start
        while at < self.end:
            self._programme.append((at, rng.choice(shop.goods)))
            at += round(rng.uniform(3, 8) * MINUTE_MS)

    # What happens

    def chat(self, at: float, user: str | None, text: str, role: str = "viewer") -> events.Chat:
        """Somebody writes."""
        event = events.Chat(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session,
            at=self.inside(at), user=user, role=role, text=text,  # type: ignore[arg-type]  # one of the contract's roles
        )  # fmt: skip
        self.events.append(event)
        return event

    def remark(self, at: float, user: str) -> events.Chat:
        """Somebody writes something ordinary.

        A crowd has its sayings, and the larger it is the more often one is heard, but people think
        of their own longer sentences: what has been written too often is not written again.
        """
        for _ in range(6):
            text = self.book.remark(self.rng, self.shop.words)
            if len(text) < _RUN:
                break
            runs = [text[place : place + _RUN] for place in range(len(text) - _RUN + 1)]
            if all(self._runs.get(run, 0) < self._often for run in runs):
                for run in runs:
                    self._runs[run] = self._runs.get(run, 0) + 1
                break
        else:
            text = self.book.draw(self.rng, "short", self.shop.words)
        return self.chat(at, user, text)

    def say(self, at: float, text: str, good: Good | None = None) -> events.Speech:
        """The host speaks."""
        moment = self.inside(at)
        event = events.Speech(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session, at=moment,
            until=moment + 180 * len(text), speaker="host", text=text,
            confidence=round(self.rng.uniform(0.86, 0.98), 2), sku=good.sku if good else None,
        )  # fmt: skip
        self.events.append(event)
        return event

    def call(self, at: float, name: str, **words: str) -> events.Speech:
        """The host says a sentence of a list."""
        good = self.good_at(at)
        text = self.book.draw(self.rng, name, {**self.shop.words, "goods": good.title, **words})
        return self.say(at, text, good)

    def order(
        self,
        at: float,
        user: str,
        good: Good | None = None,
        quantity: int = 1,
        *,
        price_fen: int | None = None,
    ) -> events.Order:
        """Somebody buys, at the usual price unless another one is named."""
        self._orders += 1
        moment = self.inside(at)
        good = good or self.good_at(moment)
        event = events.Order(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session, at=moment,
            order=f"{self.session}-o{self._orders}", sku=good.sku, user=user,
            quantity=quantity, price=price_fen or good.price_fen, status="paid",
        )  # fmt: skip
        if self.shop.order_feed:
            if self.shop.shows_placed:
                self.events.append(msgspec.structs.replace(event, status="placed"))
                event.at = moment = self.inside(moment + self.rng.gammavariate(2, 6_000))
            self.events.append(event)
        self.sales.append((moment, good.sku, quantity))
        return event

    def abandon(self, at: float, user: str) -> None:
        """Somebody orders and never pays; the platform cancels it after a quarter of an hour."""
        if not (self.shop.order_feed and self.shop.shows_placed):
            return
        self._orders += 1
        good = self.good_at(at)
        placed = events.Order(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session,
            at=self.inside(at), order=f"{self.session}-o{self._orders}", sku=good.sku, user=user,
            quantity=1, price=good.price_fen, status="placed",
        )  # fmt: skip
        cancelled = self.inside(at + 15 * MINUTE_MS)
        self.events += placed, msgspec.structs.replace(placed, status="cancelled", at=cancelled)

    def ask(
        self, at: float, good: Good, price_fen: int, conditions: list[str] | None = None
    ) -> events.Price:
        """The page shows a price."""
        event = events.Price(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session,
            at=self.inside(at), sku=good.sku, price=price_fen, kind="asking", conditions=conditions,
        )  # fmt: skip
        self.events.append(event)
        return event

    def refund(self, order: events.Order, at: int) -> events.Order:
        """An order comes back; after the broadcast the room is off the air."""
        event = events.Order(
            id="-", platform=PLATFORM, room=self.shop.room,
            session=self.session if at < self.end else "", at=at, order=order.order,
            sku=order.sku, user=order.user, quantity=order.quantity, price=order.price,
            status="refunded",
        )  # fmt: skip
        if self.shop.order_feed:
            self.events.append(event)
        return event

    def wave(
        self,
        at: float,
        texts: Sequence[str],
        count: int,
        *,
        within_s: float,
        disguise: float = 0.0,
    ) -> None:
        """Many write much the same: most at once, some late. Half of them have written before."""
        rng = self.rng
        for _ in range(count):
            user = self.someone(at) if rng.random() < 0.5 else self.newcomer()
            moment = at + 1_500 + rng.gammavariate(1.6, within_s / 1.6) * 1_000
            if moment >= self.end:
                continue
            text = texts[int(rng.random() * len(texts))]
            self.chat(moment, user, self.book.disguise(rng, text, disguise))

    # Who and when

    def inside(self, at: float) -> int:
        """The time, moved into the broadcast if need be."""
        return min(max(round(at), self.start + 1), self.end - 1)

    def moment(self, low: float = 0.0, high: float = 1.0) -> int:
        """A time by chance between two shares of the broadcast."""
        return self.inside(self.start + self.rng.uniform(low, high) * (self.end - self.start))

    def step(self, at: float) -> int:
        """The step of the curves at a time."""
        return min(len(self.audience.viewers) - 1, max(0, (round(at) - self.start) // STEP_MS))

    def clock(self, at: float) -> str:
        """A time as a host says it, in China: “20:35”."""
        minute = (round(at) // MINUTE_MS + 8 * 60) % (24 * 60)
        return f"{minute // 60}:{minute % 60:02}"

    def watching(self, at: float) -> float:
        """How many watch at a time."""
        return self.audience.viewers[self.step(at)]

    def good_at(self, at: float) -> Good:
        """What is shown at a time."""
        shown_good = self._programme[0][1]
        for since, good in self._programme:
            if since > at:
                break
            shown_good = good
        return shown_good

    def newcomer(self) -> str:
        """An account that has not been seen before."""
        return self.accounts.new(self.shop.naming)

    def someone(self, at: float) -> str:
        """An account that may be there at a time and has written or will."""
        if not self.present:
            self.present.append(self.newcomer())
        share = min(1.0, 0.3 + (at - self.start) / (self.end - self.start))
        return self.present[int(self.rng.random() * max(1, round(len(self.present) * share)))]

    def viewers_who(self, share: float, at: float, least: int = 2) -> int:
        """How many of those who watch do something that this share of them does, by chance."""
        expected = self.watching(at) * share
        return max(least, round(self.rng.gauss(expected, expected**0.5)))

    def mark(
        self, name: str, sku: str | None, start: int, end: int, tell: Callable[[events.Event], None]
    ) -> None:
        """Tells of every displayed counter of that name and SKU in that time."""
        self._marks.append(_Mark(name, sku, start, end, tell))

    # What the platform shows

    def close(self) -> list[events.Event]:
        """All events, in the order of time, with their ids."""
        self._open_room()
        self._say_usual()
        self._poll_audience()
        self._poll_shelf()
        self.events.sort(key=lambda event: (event.at, event.rank))
        day = f"{self.session}-"
        for place, event in enumerate(self.events):
            event.id = f"{day}{place:x}"
        return self.events

    def _common(self, at: int) -> dict[str, object]:
        return {"id": "-", "platform": PLATFORM, "room": self.shop.room, "session": self.session, "at": at}  # fmt: skip

    def _open_room(self) -> None:
        shop = self.shop
        self.events.append(events.Session(**self._common(self.start), phase="started", title=f"{shop.operator}晚间直播", host=shop.host))  # type: ignore[arg-type]  # fmt: skip  # fields by name
        party = events.Party(
            name=f"{shop.operator}有限公司", address=shop.address, phone=shop.phone
        )
        self.events.append(events.Room(**self._common(self.start + 1), operator=party, seller=party, host=shop.host, host_kind="seller", ad_label=True))  # type: ignore[arg-type]  # fmt: skip  # fields by name
        for place, good in enumerate(shop.goods):
            at = self.start + 500 + 40 * place
            self.events.append(events.Product(**self._common(at), sku=good.sku, title=good.title, shop=shop.operator, category=shop.category, status="listed", price=good.price_fen, stock=good.stock))  # type: ignore[arg-type]  # fmt: skip  # fields by name
            self.events.append(events.Price(**self._common(at + 10), sku=good.sku, price=good.price_fen, kind="asking"))  # type: ignore[arg-type]  # fmt: skip  # fields by name
        for at, good in self._programme[1:]:
            self.events.append(events.Product(**self._common(at), sku=good.sku, title=good.title, shop=shop.operator, category=shop.category, status="explaining"))  # type: ignore[arg-type]  # fmt: skip  # fields by name
        self.events.append(events.Session(**self._common(self.end), phase="ended"))  # type: ignore[arg-type]  # fields by name

    def _say_usual(self) -> None:
        rng = self.rng
        at = self.start + 3_000.0
        while at < self.end - 5_000:
            self.call(at, "speech")
            at += rng.uniform(12, 55) * 1_000

    def _polls(self, every_s: float) -> list[int]:
        """Times at which a counter is read."""
        rng = self.rng
        at = self.start + rng.uniform(1, 5) * 1_000
        times = []
        while at < self.end:
            times.append(round(at))
            at += every_s * 1_000 * (1 + rng.uniform(-self.poll_jitter, self.poll_jitter))
        return times

    def _poll_audience(self) -> None:
        rng = self.rng
        audience = self.audience
        curves = {
            "viewers": (audience.viewers, rng.choice((10, 15, 30))),
            "visits": (audience.totals(audience.entries, audience.visits_before), rng.choice((15, 30, 60))),
            "likes": (audience.totals(audience.likes), rng.choice((15, 30, 60))),
            "followers": (audience.totals([entry * 0.01 for entry in audience.entries], audience.followers), 120),
        }  # fmt: skip
        for name, (curve, every_s) in curves.items():
            display = self.display[name]
            if display == "hidden":
                continue
            lag = 9 if display == "delayed" else 0
            for at in self._polls(every_s):
                self._count(at, name, None, curve[max(0, self.step(at) - lag)], display)

    def _poll_shelf(self) -> None:
        rng = self.rng
        goods = self.shop.goods
        sales = sorted(self.sales)
        for name in ("sold", "stock", "orders"):
            display = self.display[name]
            if display == "hidden":
                continue
            lag_ms = 90_000 if display == "delayed" else 0
            if name == "orders":
                self._poll_orders(sales, display, lag_ms)
                continue
            for good in goods:
                counted = sorted(sales + self.claimed) if name == "sold" else sales
                changes = [(at, n) for at, sku, n in counted if sku == good.sku]
                restocked = [(at, n) for at, sku, n in self.restocks if sku == good.sku]
                resets = sorted(at for at, sku in self.resets if sku == good.sku)
                before = rng.randrange(20, 3_000) if rng.random() < 0.7 else 0
                place = total = 0
                base = before
                for at in self._polls(rng.choice((20, 30, 60))):
                    if self.good_at(at) is not good and rng.random() < 0.7:
                        continue
                    while place < len(changes) and changes[place][0] <= at - lag_ms:
                        total += changes[place][1]
                        place += 1
                    while resets and resets[0] <= at:
                        resets.pop(0)
                        base = -total
                    if name == "sold":
                        self._count(at, name, good.sku, base + total, display)
                    else:
                        added = sum(n for when, n in restocked if when <= at)
                        self._count(at, name, good.sku, good.stock + added - total, display)

    def _poll_orders(
        self, sales: list[tuple[int, str, int]], display: Display, lag_ms: int
    ) -> None:
        place = 0
        for at in self._polls(60):
            while place < len(sales) and sales[place][0] <= at - lag_ms:
                place += 1
            self._count(at, "orders", None, place, display)

    def _count(self, at: int, name: str, sku: str | None, number: float, display: Display) -> None:
        if display != "exact" and self.rng.random() < 0.03:
            return
        figure = shown(number, display)
        event = events.Counter(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session, at=at,
            name=name, value=figure.value, low=figure.low, high=figure.high, sku=sku,  # type: ignore[arg-type]  # one of the contract's names
        )  # fmt: skip
        self.events.append(event)
        for mark in self._marks:
            if mark.name == name and mark.sku in (None, sku) and mark.start <= at <= mark.end:
                mark.tell(event)
