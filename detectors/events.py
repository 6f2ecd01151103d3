"""The vocabulary in: what was observed in a live session.

One struct an event type, a tagged union over `type`. A field that is ``None`` was **not
observed** (unknown); an empty value was **observed to be absent**. No detector may take the
one for the other. Money is an integer number of 分 for one unit; times are milliseconds since
the Unix epoch.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

from detectors.calendar import DAY_MS

__all__ = [
    "Category",
    "Chat",
    "Counter",
    "Event",
    "Gap",
    "InvalidEvent",
    "Order",
    "Party",
    "Price",
    "Prize",
    "Product",
    "Review",
    "Room",
    "Session",
    "Speech",
    "check_arrival",
    "check_arrivals",
    "checked",
    "decode",
    "decode_lines",
    "encode",
    "encode_lines",
    "room_key",
]

# Bounds. Each field has one of these types, so this is the one place that says how much of
# anything is taken; `detectors.event_schema` publishes them. What is outside is refused, never cut.

#: Largest number that JSON writers everywhere can write without rounding it (RFC 8259, 6).
MAX_COUNT = 2**53 - 1
#: Largest amount of money, 分.
MAX_FEN = 10**13
#: Earliest and latest moment, ms since the epoch: 2015-01-01 and 2286-11-20 (UTC). A time in
#: seconds or in microseconds is refused instead of being believed.
EARLIEST_MS, LATEST_MS = 1_420_070_400_000, 9_999_999_999_999
#: How long after its arrival an event may say that it happened: clocks and zones differ.
AHEAD_MS = DAY_MS
#: Characters (code points) at most.
MAX_NAME, MAX_TITLE, MAX_URL, MAX_TEXT = 256, 2_000, 4_096, 20_000
#: Entries at most: of attributes and conditions, of names of absent fields, of winners.
MAX_ENTRIES, MAX_ABSENT, MAX_WINNERS = 100, 64, 10_000

Millis = Annotated[int, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
Fen = Annotated[int, Meta(ge=0, le=MAX_FEN)]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rating = Annotated[int, Meta(ge=1, le=5)]
Key = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Name = Annotated[str, Meta(max_length=MAX_NAME)]
Title = Annotated[str, Meta(max_length=MAX_TITLE)]
Url = Annotated[str, Meta(max_length=MAX_URL)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
#: Its digits are checked by `_check_digits`: an expression costs as much as all the rest of an event.
Sha256 = Annotated[
    str, Meta(min_length=64, max_length=64, extra_json_schema={"pattern": "^[0-9a-fA-F]{64}$"})
]
Conditions = Annotated[list[Title], Meta(max_length=MAX_ENTRIES)]

Category = Literal[
    "food", "fresh_produce", "health_food", "infant_food", "alcohol", "tobacco",
    "cosmetics", "special_cosmetics", "drug", "medical_device",
    "clothing", "jewellery", "collectible", "electronics", "home",
    "agricultural_input", "education", "finance", "service", "other",
]  # fmt: skip


class InvalidEvent(ValueError):
    """A line that is no event of the contract; the message says which field and why."""


class _Common(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Fields of every event."""

    #: Place in the order of events that happened in the same millisecond: what is known of the
    #: room comes before what is said about it, the end of a session comes last.
    rank: ClassVar[int] = 5

    id: Key
    """Unique in the room and deterministic; the same observation delivered twice has the same id."""
    platform: Key
    room: Key
    session: Name = ""
    """One broadcast of a room; empty: observed while the room was off the air."""
    at: Millis
    """When it happened, by the platform's clock."""
    seen: Millis | None = None
    """When it was captured; unknown means the same as `at`."""
    raw: Sha256 | None = None
    """SHA-256 of the bytes as received."""
    absent: Annotated[list[Name], Meta(max_length=MAX_ABSENT)] | None = None
    """Names of fields that were observed to be absent and have no empty form (`operator.licence`)."""


class Party(Struct, kw_only=True, omit_defaults=True):
    """A business as it shows itself in the room."""

    name: Name | None = None
    uscc: Name | None = None
    """统一社会信用代码"""
    address: Title | None = None
    phone: Name | None = None
    licence: Title | None = None
    """Licence as displayed, with its name: “食品经营许可证 JY…”."""


class Session(_Common, kw_only=True, tag="session"):
    """A broadcast begins or ends."""

    rank: ClassVar[int] = 0

    phase: Literal["started", "ended"]
    title: Title | None = None
    host: Name | None = None


class Room(_Common, kw_only=True, tag="room"):
    """Who is behind the room, as displayed."""

    rank: ClassVar[int] = 1

    operator: Party | None = None
    """直播间运营者"""
    seller: Party | None = None
    """实际销售者"""
    host: Name | None = None
    host_kind: Literal["seller", "influencer", "ai"] | None = None
    """`seller` speaks in its own room (店播), `influencer` for another (达人播)."""
    ai_label: bool | None = None
    """Is the AI host labelled as such now."""
    ad_label: bool | None = None


class Chat(_Common, kw_only=True, tag="chat"):
    """A chat line (弹幕)."""

    rank: ClassVar[int] = 6

    user: Name | None = None
    """Pseudonym; the same person has the same one within a platform."""
    role: Literal["viewer", "host", "assistant", "system"] | None = None
    text: Text


class Speech(_Common, kw_only=True, tag="speech"):
    """A transcribed segment of what was said (口播)."""

    until: Millis | None = None
    speaker: Literal["host", "assistant", "guest"] | None = None
    text: Text
    confidence: Share | None = None
    sku: Name | None = None
    """The product on screen while it was said."""


class Product(_Common, kw_only=True, tag="product"):
    """A product card as displayed (商品卡)."""

    rank: ClassVar[int] = 2

    sku: Key
    title: Title | None = None
    shop: Name | None = None
    brand: Name | None = None
    category: Category | None = None
    attributes: Annotated[dict[Name, Title], Meta(max_length=MAX_ENTRIES)] | None = None
    """Chinese names as on labels: 厂名 厂址 产地 生产日期 保质期 生产许可证 批准文号 材质 净含量 …"""
    status: Literal["listed", "explaining", "sold_out", "removed"] | None = None
    price: Fen | None = None
    reference_price: Fen | None = None
    reference_label: Title | None = None
    """What the reference price is called: 原价, 划线价, 专柜价 …"""
    stock: Count | None = None
    sold: Count | None = None
    url: Url | None = None


class Price(_Common, kw_only=True, tag="price"):
    """A price of one SKU."""

    rank: ClassVar[int] = 3

    sku: Key
    price: Fen | None = None
    kind: Literal["asking", "transaction", "coupon", "deposit"]
    """`asking` displayed, `transaction` paid, `coupon` paid after a coupon anyone can use."""
    reference_price: Fen | None = None
    reference_label: Title | None = None
    unit: Name | None = None
    """What one price buys."""
    conditions: Conditions | None = None


class Counter(_Common, kw_only=True, tag="counter"):
    """A number that the platform shows."""

    rank: ClassVar[int] = 4

    name: Literal["viewers", "visits", "likes", "followers", "sold", "stock", "orders"]
    value: Count | None = None
    low: Count | None = None
    """Lower bound of a number that the platform rounds (“1.2万”)."""
    high: Count | None = None
    sku: Name | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("Expected `low` <= `high`")


class Order(_Common, kw_only=True, tag="order"):
    """An order of one SKU."""

    rank: ClassVar[int] = 4

    order: Key
    sku: Key
    user: Name | None = None
    quantity: Count | None = None
    price: Fen | None = None
    """Paid for one."""
    status: Literal["placed", "paid", "refunded", "cancelled"]


class Prize(_Common, kw_only=True, tag="prize"):
    """A prize draw (福袋, 抽奖)."""

    rank: ClassVar[int] = 4

    prize: Key
    phase: Literal["announced", "changed", "drawn"]
    name: Name | None = None
    value: Fen | None = None
    count: Count | None = None
    odds: Title | None = None
    conditions: Conditions | Text | None = None
    ends_at: Millis | None = None
    winners: Annotated[list[Name], Meta(max_length=MAX_WINNERS)] | None = None
    passphrase: Title | None = None
    """口令 that viewers have to write to take part."""


class Review(_Common, kw_only=True, tag="review"):
    """A buyer's review (评价), present or gone."""

    rank: ClassVar[int] = 4

    review: Key
    sku: Name | None = None
    user: Name | None = None
    rating: Rating | None = None
    text: Text | None = None
    phase: Literal["present", "gone"]


class Gap(_Common, kw_only=True, tag="gap"):
    """An interval in which nothing was watched."""

    rank: ClassVar[int] = 0

    from_: Millis = msgspec.field(name="from")
    until: Millis
    reason: Title | None = None
    source: Name | None = None

    def __post_init__(self) -> None:
        if self.from_ > self.until:
            raise ValueError("Expected `from` <= `until`")


Event = Session | Room | Chat | Speech | Product | Price | Counter | Order | Prize | Review | Gap

_EVENT: type[Event] = Event  # type: ignore[assignment]  # a union is no type to the checker
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()
_raw = attrgetter("raw")
#: Events that also say when they ended.
_WITH_END = frozenset({Speech, Gap})
_BAD = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(line: bytes | str, arrived: int | None = None) -> Event:
    """The event in one JSON object.

    Args:
        arrived: when the event arrived, ms since the epoch; ``None``: what lies ahead of that
            moment is not asked.

    Raises:
        InvalidEvent: the bytes are no JSON or break the contract; names the field.
    """
    try:
        _check_utf8(line)
        event = _decoder.decode(line)
    except msgspec.ValidationError as error:
        # A null where no null fits says “unknown”, as a missing field does; few recorders write
        # it, so that only what failed is looked at again.
        if "got `null`" not in str(error):
            raise InvalidEvent(str(error)) from error
        event = _decode_with_nulls(line)
    except _BAD as error:
        raise InvalidEvent(_said(error)) from error
    if event.raw is not None:
        _check_digits(event.raw)
    if arrived is not None:
        check_arrival(event, arrived)
    return event


def checked(event: Event) -> Event:
    """The event as it is read back from its own JSON: its fields keep the contract's bounds, which
    a struct does not look at when it is made.

    Raises:
        InvalidEvent: it breaks the contract; names the field.
        ValueError, TypeError, OverflowError, RecursionError: it cannot be written as JSON.
    """
    data = _encoder.encode(event)
    try:
        read: Event = _decoder.decode(data)
    except msgspec.ValidationError:
        return decode(data)
    if read.raw is not None:
        _check_digits(read.raw)
    return read


def _decode_with_nulls(line: bytes | str) -> Event:
    try:
        # The first look ended at the null: what stands behind it may be no JSON at all.
        return msgspec.convert(_without_nulls(msgspec.json.decode(line)), _EVENT)
    except _BAD as error:
        raise InvalidEvent(_said(error)) from error


def _said(error: Exception) -> str:
    """Why bytes are no event, in words for whoever sent them."""
    if isinstance(error, RecursionError):
        return "JSON is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"the bytes are no UTF-8: {error.reason} (byte {error.start})"
    if type(error) is msgspec.DecodeError and "truncated" in str(error):
        return "JSON ends too early, or has half of a surrogate pair"
    return str(error)


def _check_digits(hashes: str) -> None:
    try:
        unhexlify(hashes)
    except ValueError as error:
        raise InvalidEvent("Expected 64 hexadecimal digits - at `$.raw`") from error


def _without_nulls(value: object) -> object:
    """A JSON value whose objects have no null members."""
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    return value


def _check_utf8(data: bytes | str) -> None:
    """Refuses bytes that are no text: the decoder does not look at fields that it passes over."""
    if isinstance(data, bytes) and not data.isascii():
        data.decode()


def check_arrival(event: Event, arrived: int) -> None:
    """Refuses an event of more than a day after its arrival: a room whose clock is so far ahead
    would wait for time to reach it, and every event that follows would be late.

    Raises:
        InvalidEvent: names the field.
    """
    _check_ahead(event, arrived + AHEAD_MS)


def _check_ahead(event: Event, latest: int) -> None:
    if event.at > latest:
        raise _ahead("at", latest)
    if event.seen is not None and event.seen > latest:
        raise _ahead("seen", latest)
    if isinstance(event, (Speech, Gap)) and event.until is not None and event.until > latest:
        raise _ahead("until", latest)


def _ahead(field: str, latest: int) -> InvalidEvent:
    return InvalidEvent(
        f"Expected `int` <= {latest}, a day after the event arrived - at `$.{field}`"
    )


def decode_lines(data: bytes, arrived: int | None = None) -> list[Event]:
    """All events of a block of JSON lines, fast; blank lines are passed over.

    Args:
        arrived: as for `decode`.

    Raises:
        InvalidEvent: if any line is bad. Decode line by line to find which.
    """
    try:
        _check_utf8(data)
        events = _decoder.decode_lines(data)
    except _BAD as error:
        raise InvalidEvent(str(error)) from error
    # An even number of digits each: joined, all are hexadecimal where each is.
    _check_digits("".join(filter(None, map(_raw, events))))
    if arrived is not None:
        check_arrivals(events, arrived)
    return events


def check_arrivals(events: Sequence[Event], arrived: int) -> None:
    """What `check_arrival` asks of each of some events that arrived together.

    Raises:
        InvalidEvent: names the field, not the event.
    """
    latest = arrived + AHEAD_MS
    for event in events:
        # Asked here first, for it is asked of every event that comes.
        if (
            event.at > latest
            or (event.seen is not None and event.seen > latest)
            or type(event) in _WITH_END
        ):
            _check_ahead(event, latest)


def encode(event: Event) -> bytes:
    """The event as one JSON object, unknown fields left out."""
    return _encoder.encode(event)


def encode_lines(events: Iterable[Event]) -> bytes:
    """The events as JSON lines."""
    return _encoder.encode_lines(events)


def room_key(platform: str, room: str) -> str:
    """`platform:room`, the unit of order and of state.

    A colon in the platform's name is written `%3A` and a percent sign `%25`, so that the first
    colon ends the platform and no two rooms have one key.

    >>> room_key("demo", "a:b"), room_key("demo:a", "b")
    ('demo:a:b', 'demo%3Aa:b')
    """
    if "%" in platform or ":" in platform:
        platform = platform.replace("%", "%25").replace(":", "%3A")
    return f"{platform}:{room}"
