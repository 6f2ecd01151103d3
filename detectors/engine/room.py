"""The state of one room: what rules may read, and what the engine keeps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from detectors.across.signal import Signal
from detectors.engine.chunks import SIZES, Chunks
from detectors.engine.counted import Counted
from detectors.engine.following import Following
from detectors.engine.raised import Raised
from detectors.engine.shelf import Shelf, Stored
from detectors.events import (
    Category,
    Counter,
    Event,
    Gap,
    Order,
    Party,
    Price,
    Prize,
    Product,
    Room,
    Session,
    room_key,
)
from detectors.facts.crowd import Crowd
from detectors.speech.stream import Stream
from detectors.stats.latest import trim
from detectors.stats.price_history import PriceHistory, quote_of

__all__ = ["Facts", "RoomState"]

MAX_CARDS = 500
MAX_GAPS = 200
#: A room without any event for so long, ms, may not have been watched.
SILENCE_MS = 600_000
MAX_PRIZES = 50
MAX_COUNTERS = 1_000
#: Chat lines, and other events, that are kept as context before a trigger.
MAX_RECENT = 40

E = TypeVar("E", bound=Struct)


class Facts(Struct):
    """What was last observed; bounded by the constants above, the oldest go first."""

    platform: str = ""
    room: str = ""
    watched_since: int = 0
    """Time of the first event ever seen of this room."""
    broadcast: Session | None = None
    """The start of the latest broadcast."""
    identity: Room | None = None
    """Who is behind the room; each field is the last known value."""
    explaining: str | None = None
    counters: dict[str, Counter] = {}
    gaps: list[Gap] = []
    silences: list[tuple[int, int]] = []
    """Stretches of `SILENCE_MS` and more in which no event of the room happened: the end of one
    broadcast and the begin of the next, or a recording that pauses. At most `MAX_GAPS`."""
    prizes: dict[str, Prize] = {}


class Sequence(Struct):
    """How far the room has come: what waits behind the watermark, and the room's clock."""

    newest: int = 0
    """Greatest `at` that was seen."""
    watermark: int = 0
    """Events below this time were handed to the rules."""
    delivered: int = 0
    """Latest `at` of an event that was handed to the rules."""
    arrived: int = 0
    """Wall clock of the last arrival."""
    buffer: list[Event] = []
    late: int = 0
    duplicates: int = 0
    timers: dict[str, int] = {}
    """Due times by “rule\\tkey”."""


class RoomState:
    """A room: what the rules may read, and the engine's bookkeeping (names with an underscore)."""

    __slots__ = (
        "_changed",
        "_chunks",
        "_counted",
        "_crowd",
        "_engine",
        "_first_due",
        "_following",
        "_heard",
        "_memory",
        "_raised",
        "_recent_chat",
        "_recent_other",
        "_sequence",
        "_shelf",
        "_signals",
        "_streams",
        "_waiting",
        "_written",
        "cards",
        "facts",
        "prices",
    )

    def __init__(self, facts: Facts, stored: Stored | None = None) -> None:
        self.facts = facts
        #: Names of the parts that changed since they were last written.
        self._changed: set[str] = {"facts"}
        #: Parts that are read one by one; `stored` has them as they were written.
        self._shelf = Shelf(self._changed, stored)
        #: Cards by SKU; each field is the last known value.
        self.cards: dict[str, Product] = {}
        self.prices: dict[str, PriceHistory] = {}
        #: ``None``: nobody has asked for it yet. Most rooms are opened by an event that still waits.
        self._crowd: Crowd | None = None
        self._sequence = Sequence()
        #: Event time of the first timer; ``None``: not looked up since the timers changed.
        self._first_due: int | None = None
        self._memory: dict[str, Struct] = {}
        #: By part of a rule's memory, the hash of its bytes as they were written last.
        self._written: dict[str, int] = {}
        #: By type of event, what the engine that has this room asks: memory, rule, handler.
        self._heard: dict[type | str, list[tuple[Struct, Any, Any]]] = {}
        self._engine: object | None = None
        #: The alerts that may be hit again.
        self._raised = Raised(self._changed, self._shelf)
        #: The contexts after the triggers of alerts, while they are being gathered.
        self._following = Following(self._changed)
        self._recent_chat: deque[Event] = deque(maxlen=MAX_RECENT)
        self._recent_other: deque[Event] = deque(maxlen=MAX_RECENT)
        #: What each speaker has said of late.
        self._streams: dict[str, Stream] = {}
        #: Which events were counted.
        self._counted = Counted(self._changed, self._shelf)
        #: Signals that the last call found for the second stage.
        self._signals: list[Signal] = []
        #: Rules that wait for what is said next; ``None``: they have to be asked.
        self._waiting: set[str] | None = None
        #: How events that come and go were written last, by the kind of their parts.
        self._chunks: dict[str, Chunks] = {}

    # What the rules read ------------------------------------------------------------------

    @property
    def crowd(self) -> Crowd:
        """Who is in the room and what they do; kept where a rule reads it."""
        if self._crowd is None:
            self._crowd = Crowd()
        return self._crowd

    @property
    def crowd_bytes(self) -> int:
        """Bytes of memory that the crowd takes, about."""
        return self._crowd.size if self._crowd is not None else 0

    @property
    def key(self) -> str:
        return room_key(self.facts.platform, self.facts.room)

    @property
    def platform(self) -> str:
        return self.facts.platform

    @property
    def room(self) -> str:
        return self.facts.room

    @property
    def session(self) -> str:
        """The latest broadcast; empty: none was seen to start."""
        return self.facts.broadcast.session if self.facts.broadcast else ""

    @property
    def title(self) -> str | None:
        return self.facts.broadcast.title if self.facts.broadcast else None

    @property
    def host(self) -> str | None:
        """Of this broadcast as it was announced, else of the room as last shown."""
        if self.facts.broadcast is not None and self.facts.broadcast.host:
            return self.facts.broadcast.host
        return self.facts.identity.host if self.facts.identity else None

    @property
    def host_kind(self) -> str | None:
        return self.facts.identity.host_kind if self.facts.identity else None

    @property
    def operator(self) -> Party | None:
        return self.facts.identity.operator if self.facts.identity else None

    @property
    def seller(self) -> Party | None:
        return self.facts.identity.seller if self.facts.identity else None

    @property
    def explaining(self) -> str | None:
        """The SKU that is being explained (讲解中), as far as observed."""
        return self.facts.explaining

    @property
    def counters(self) -> dict[str, Counter]:
        """The latest counters by “name” or “name/sku”."""
        return self.facts.counters

    @property
    def prizes(self) -> dict[str, Prize]:
        """Prizes that were announced and not yet drawn, by id."""
        return self.facts.prizes

    @property
    def gaps(self) -> list[Gap]:
        return self.facts.gaps

    @property
    def watched_since(self) -> int:
        return self.facts.watched_since

    @property
    def viewers(self) -> int | None:
        """Viewers now, the lower bound where the platform rounds; ``None``: not observed."""
        counter = self.facts.counters.get("viewers")
        if counter is None:
            return None
        return counter.value if counter.value is not None else counter.low

    def shown(self, skus: Iterable[str]) -> list[Event]:
        """Earlier events that verdicts rely on: start of the broadcast, identity, these cards."""
        known = (self.facts.broadcast, self.facts.identity, *map(self.cards.get, skus))
        return [event for event in known if event is not None]

    def title_of(self, sku: str | None) -> str:
        """“T1 高山云雾绿茶”: a SKU in words."""
        if not sku:
            return "全直播间"
        card = self.cards.get(sku)
        return f"{sku} {card.title}" if card is not None and card.title else sku

    def meant(self, sku: str | None) -> str | None:
        """The product of a text: the one named, else the only one that the room shows."""
        return sku or (next(iter(self.cards)) if len(self.cards) == 1 else None)

    def category(self, sku: str | None) -> Category | None:
        """Class of a product as shown on its card; ``None``: unknown."""
        card = self.cards.get(sku) if sku else None
        return card.category if card is not None else None

    def unwatched_ms(self, start: int, end: int) -> int:
        """How much of ``[start, end)`` lies in gaps; overlapping gaps count once."""
        return _covered([(gap.from_, gap.until) for gap in self.facts.gaps], start, end)

    def watched_ms(self, start: int, end: int) -> int:
        """How much of ``[start, end)`` was watched: neither in gaps nor in long silences.

        Nothing says that a room was watched while nothing at all happened in it for
        `SILENCE_MS`, as between two broadcasts.
        """
        facts = self.facts
        away = [(gap.from_, gap.until) for gap in facts.gaps] + facts.silences
        return max(0, end - start) - _covered(away, start, end)

    def hear(self, events: SequenceOf[Event]) -> None:
        """Notes the silences between events that are about to be handed to the rules, in order."""
        sequence, facts = self._sequence, self.facts
        last = sequence.delivered or events[0].at
        sequence.delivered = max(last, events[-1].at)
        if events[-1].at - last < SILENCE_MS:
            return
        for event in events:
            if event.at - last >= SILENCE_MS:
                facts.silences.append((last, event.at))
                del facts.silences[:-MAX_GAPS]
                self._changed.add("facts")
            last = max(last, event.at)

    def chunks(self, kind: str) -> Chunks:
        """How events that come and go were written last, by the kind of their parts."""
        found = self._chunks.get(kind)
        if found is None:
            found = self._chunks[kind] = Chunks(SIZES[kind])
        return found

    # Taking up facts ----------------------------------------------------------------------

    def learn(self, event: Event) -> None:
        """Updates the facts of the room from an event; chat and speech change none."""
        facts = self.facts
        changed = self._changed
        if isinstance(event, Product):
            known = self.cards.pop(event.sku, None)
            self.cards[event.sku] = event if known is None else _merge(known, event)
            changed.add(f"card:{event.sku}")
            while len(self.cards) > MAX_CARDS:
                oldest = next(iter(self.cards))
                del self.cards[oldest]
                changed.add(f"card:{oldest}")
            if event.status == "explaining":
                facts.explaining = event.sku
            elif event.status == "removed" and facts.explaining == event.sku:
                facts.explaining = None
            for name, value in (("stock", event.stock), ("sold", event.sold)):
                if value is not None:
                    self._count(_counter_of(event, name, value))
            changed.add("facts")
        elif isinstance(event, Counter):
            self._count(event)
            changed.add("facts")
        elif isinstance(event, Session):
            self._learn_session(event)
            changed.add("facts")
        elif isinstance(event, Room):
            known_room = facts.identity
            facts.identity = event if known_room is None else _merge(known_room, event)
            changed.add("facts")
        elif isinstance(event, Gap):
            facts.gaps.append(event)
            del facts.gaps[:-MAX_GAPS]
            changed.add("facts")
        elif isinstance(event, Prize):
            if event.phase == "drawn":
                facts.prizes.pop(event.prize, None)
            else:
                known_prize = facts.prizes.pop(event.prize, None)
                facts.prizes[event.prize] = (
                    event if known_prize is None else _merge(known_prize, event)
                )
                trim(facts.prizes, MAX_PRIZES)
            changed.add("facts")
        if isinstance(event, (Product, Price, Order)):
            quote = quote_of(event)
            if quote is not None:
                history = self.prices.get(quote.sku)
                if history is None:
                    history = self.prices[quote.sku] = PriceHistory()
                    while len(self.prices) > MAX_CARDS:
                        oldest = next(iter(self.prices))
                        del self.prices[oldest]
                        changed.add(f"price:{oldest}")
                history.observe(quote)
                changed.add(f"price:{quote.sku}")
            elif isinstance(event, Order) and event.status in ("refunded", "cancelled"):
                history = self.prices.get(event.sku)
                if history is not None and event.order and history.withdraw(event.order):
                    changed.add(f"price:{event.sku}")

    def _learn_session(self, event: Session) -> None:
        facts = self.facts
        if event.phase == "started":
            facts.broadcast = event
        facts.explaining = None
        facts.prizes = {}

    def _count(self, counter: Counter) -> None:
        counters = self.facts.counters
        name = f"{counter.name}/{counter.sku}" if counter.sku else counter.name
        counters.pop(name, None)
        counters[name] = counter
        trim(counters, MAX_COUNTERS)


def _covered(intervals: list[tuple[int, int]], start: int, end: int) -> int:
    """How much of ``[start, end)`` lies in intervals; what overlaps counts once."""
    total, reached = 0, start
    for first, last in sorted(intervals):
        low, high = max(first, reached), min(last, end)
        if high > low:
            total += high - low
            reached = high
    return total


def _counter_of(card: Product, name: str, value: int) -> Counter:
    return Counter(
        id=card.id,
        platform=card.platform,
        room=card.room,
        session=card.session,
        at=card.at,
        name=name,  # type: ignore[arg-type]
        value=value,
        sku=card.sku,
    )


def _merge(known: E, event: E) -> E:
    """The newer event, with what it leaves unknown taken from the older one."""
    fields = {
        name: before
        for name, now, before in zip(
            event.__struct_fields__,
            msgspec.structs.astuple(event),
            msgspec.structs.astuple(known),
            strict=True,
        )
        if now is None and before is not None
    }
    return msgspec.structs.replace(event, **fields) if fields else event
