"""One broadcast of one room: everything that is said, bought and shown in it, as events."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from detectors import events
from detectors.calendar import MINUTE_MS
from monitor.simulation.accounts import Accounts
from monitor.simulation.audience import STEP_MS, Audience, Display, shown
from monitor.simulation.phrasebook import Phrasebook
from monitor.simulation.shop import PLATFORM, Good, Shop

__all__ = ["Evening"]

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
    """Collects the events of a broadcast; `monitor.simulation.display` adds what the platform shows.

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
        self.session = f"{shop.room}-{start // MINUTE_MS}"
        self.events: list[events.Event] = []
        steps = max(2, (self.end - self.start) // STEP_MS)
        self.audience = Audience(rng, shop.viewers, steps)
        self.sales: list[tuple[int, str, int]] = []
        """Time, SKU and quantity of every sale that the sold counter counts."""
        self.sold_before = {
            good.sku: rng.randrange(20, 3_000) if rng.random() < 0.7 else 0 for good in shop.goods
        }
        """What each sold counter shows as the broadcast begins."""
        self.elsewhere: list[tuple[int, str, int]] = []
        """The same of sales through other channels, which the room's orders do not show."""
        self.unpriced: set[str] = set()
        """SKUs whose price is not shown as the broadcast begins."""
        self.claimed: list[tuple[int, str, int]] = []
        """What the sold counter counts and nobody bought: time, SKU and quantity."""
        self.restocks: list[tuple[int, str, int]] = []
        self.resets: list[tuple[int, str]] = []
        """When the sold counter of an SKU starts again at nought."""
        self.display: dict[str, Display] = dict.fromkeys(_ROLES, "exact")
        self.poll_jitter = rng.uniform(0.05, 0.5)
        self.fetched_ms = 1
        """Orders bear the time of the next fetch; one comes every so many ms."""
        self.present: list[str] = []
        """Accounts that have written or will, in the order of arrival."""
        self._marks: list[_Mark] = []
        self._orders = 0
        self._runs: dict[str, int] = {}
        expected = shop.chatter * shop.viewers**0.75 * minutes
        self._often = 3 + expected**0.5 / 10
        self.programme: list[tuple[int, Good]] = []
        """When the host turns to which product."""
        at = self.start
        while at < self.end:
            self.programme.append((at, rng.choice(shop.goods)))
            at += round(rng.uniform(3, 8) * MINUTE_MS)

    # What happens

    def show(self, at: float, good: Good) -> None:
        """The host turns to a product, until the next one's time."""
        self.programme.append((self.inside(at), good))
        self.programme.sort(key=lambda turn: turn[0])

    def turns(self, start: float, end: float) -> list[int]:
        """When the host turns to a product, within a time."""
        return [at for at, _ in self.programme if start <= at <= end]

    def chat(self, at: float, user: str | None, text: str, role: str = "viewer") -> events.Chat:
        """Somebody writes."""
        event = events.Chat(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session,
            at=self.inside(at), user=user, role=role, text=text,  # type: ignore[arg-type]  # one of the contract's roles
        )  # fmt: skip
        self.events.append(event)
        return event

    def remark(self, at: float, user: str) -> events.Chat:
        """Somebody writes something ordinary."""
        return self.chat(
            at, user, self.own_words(lambda: self.book.remark(self.rng, self.shop.words))
        )

    def own_words(self, draw: Callable[[], str]) -> str:
        """A text that somebody writes unasked.

        A crowd has its sayings, and the larger it is the more often one is heard, but people think
        of their own longer sentences: what has been written too often is not written again.
        """
        for _ in range(6):
            text = draw()
            if len(text) < _RUN:
                break
            runs = [text[place : place + _RUN] for place in range(len(text) - _RUN + 1)]
            if all(self._runs.get(run, 0) < self._often for run in runs):
                for run in runs:
                    self._runs[run] = self._runs.get(run, 0) + 1
                break
        else:
            text = self.book.draw(self.rng, "short", self.shop.words)
        return text

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

    def call(self, at: float, name: str, good: Good | None = None, **words: str) -> events.Speech:
        """The host says a sentence of a list, about what is shown unless it is something else."""
        good = good or self.good_at(at)
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
        moment = self._fetched(at)
        good = good or self.good_at(moment)
        event = events.Order(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session, at=moment,
            order=f"{self.session}-o{self._orders}", sku=good.sku, user=user,
            quantity=quantity, price=price_fen or good.price_fen, status="paid",
        )  # fmt: skip
        if self.shop.order_feed:
            if self.shop.shows_placed:
                self.events.append(msgspec.structs.replace(event, status="placed"))
                event.at = moment = self._fetched(moment + self.rng.gammavariate(2, 6_000))
            self.events.append(event)
        self.sales.append((moment, good.sku, quantity))
        return event

    def _fetched(self, at: float) -> int:
        """When the order of a moment is fetched."""
        passed = self.inside(at) - self.start
        return self.inside(self.start - (-passed // self.fetched_ms) * self.fetched_ms)

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

    def drawn(self, name: str, **words: str) -> str:
        """A text of a list, with the words of this room."""
        return self.book.draw(self.rng, name, {**self.shop.words, **words})

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
        shown_good = self.programme[0][1]
        for since, good in self.programme:
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

    def lose(self, start: int, end: int) -> None:
        """Nobody watches for a time: what happened in it is not among the events."""
        self.events = [event for event in self.events if not start <= event.at < end]
        gap = events.Gap(
            id="-", platform=PLATFORM, room=self.shop.room, session=self.session, at=start,
            from_=start, until=end, reason="connection lost", source="simulated",
        )  # fmt: skip
        self.events.append(gap)

    # What comes of it

    def close(self) -> list[events.Event]:
        """All events, in the order of time, with their ids."""
        self.events.sort(key=lambda event: (event.at, event.rank))
        for place, event in enumerate(self.events):
            event.id = f"{self.session}-{place:x}"
        return self.events

    def count(self, at: int, name: str, sku: str | None, number: float, display: Display) -> None:
        """The platform shows a number, as it shows such numbers."""
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
