"""The vocabulary in: what was observed in a live session.

One struct an event type, a tagged union over `type`. A field that is ``None`` was **not
observed** (unknown); an empty value was **observed to be absent**. No detector may take the
one for the other. Money is an integer number of 分 for one unit; times are milliseconds since
the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

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
    "decode",
    "decode_lines",
    "encode",
]

#: Milliseconds since the Unix epoch (UTC). Bounded so that a time in seconds or microseconds is
#: refused instead of being believed: 2001-09-09 to 2286-11-20.
Millis = Annotated[int, Meta(ge=1_000_000_000_000, lt=10_000_000_000_000)]
Fen = Annotated[int, Meta(ge=0, lt=10**15)]
Key = Annotated[str, Meta(min_length=1, max_length=256)]
#: Longest text of one chat line or speech segment that is taken, in characters.
Text = Annotated[str, Meta(max_length=20_000)]

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
    session: str = ""
    """One broadcast of a room; empty: observed while the room was off the air."""
    at: Millis
    """When it happened, by the platform's clock."""
    seen: Millis | None = None
    """When it was captured; unknown means the same as `at`."""
    raw: str | None = None
    """SHA-256 of the bytes as received."""
    absent: list[str] | None = None
    """Names of fields that were observed to be absent and have no empty form (`operator.licence`)."""


class Party(Struct, kw_only=True, omit_defaults=True):
    """A business as it shows itself in the room."""

    name: str | None = None
    uscc: str | None = None
    """统一社会信用代码"""
    address: str | None = None
    phone: str | None = None
    licence: str | None = None
    """Licence as displayed, with its name: “食品经营许可证 JY…”."""


class Session(_Common, kw_only=True, tag="session"):
    """A broadcast begins or ends."""

    rank: ClassVar[int] = 0

    phase: Literal["started", "ended"]
    title: str | None = None
    host: str | None = None


class Room(_Common, kw_only=True, tag="room"):
    """Who is behind the room, as displayed."""

    rank: ClassVar[int] = 1

    operator: Party | None = None
    """直播间运营者"""
    seller: Party | None = None
    """实际销售者"""
    host: str | None = None
    host_kind: Literal["seller", "influencer", "ai"] | None = None
    """`seller` speaks in its own room (店播), `influencer` for another (达人播)."""
    ai_label: bool | None = None
    """Is the AI host labelled as such now."""
    ad_label: bool | None = None


class Chat(_Common, kw_only=True, tag="chat"):
    """A chat line (弹幕)."""

    rank: ClassVar[int] = 6

    user: str | None = None
    """Pseudonym; the same person has the same one within a platform."""
    role: Literal["viewer", "host", "assistant", "system"] | None = None
    text: Text


class Speech(_Common, kw_only=True, tag="speech"):
    """A transcribed segment of what was said (口播)."""

    until: Millis | None = None
    speaker: Literal["host", "assistant", "guest"] | None = None
    text: Text
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    sku: str | None = None
    """The product on screen while it was said."""


class Product(_Common, kw_only=True, tag="product"):
    """A product card as displayed (商品卡)."""

    rank: ClassVar[int] = 2

    sku: Key
    title: str | None = None
    shop: str | None = None
    brand: str | None = None
    category: Category | None = None
    attributes: dict[str, str] | None = None
    """Chinese names as on labels: 厂名 厂址 产地 生产日期 保质期 生产许可证 批准文号 材质 净含量 …"""
    status: Literal["listed", "explaining", "sold_out", "removed"] | None = None
    price: Fen | None = None
    reference_price: Fen | None = None
    reference_label: str | None = None
    """What the reference price is called: 原价, 划线价, 专柜价 …"""
    stock: Annotated[int, Meta(ge=0)] | None = None
    sold: Annotated[int, Meta(ge=0)] | None = None
    url: str | None = None


class Price(_Common, kw_only=True, tag="price"):
    """A price of one SKU."""

    rank: ClassVar[int] = 3

    sku: Key
    price: Fen | None = None
    kind: Literal["asking", "transaction", "coupon", "deposit"]
    """`asking` displayed, `transaction` paid, `coupon` paid after a coupon anyone can use."""
    reference_price: Fen | None = None
    reference_label: str | None = None
    unit: str | None = None
    """What one price buys."""
    conditions: list[str] | None = None


class Counter(_Common, kw_only=True, tag="counter"):
    """A number that the platform shows."""

    rank: ClassVar[int] = 4

    name: Literal["viewers", "visits", "likes", "followers", "sold", "stock", "orders"]
    value: Annotated[int, Meta(ge=0)] | None = None
    low: Annotated[int, Meta(ge=0)] | None = None
    """Lower bound of a number that the platform rounds (“1.2万”)."""
    high: Annotated[int, Meta(ge=0)] | None = None
    sku: str | None = None


class Order(_Common, kw_only=True, tag="order"):
    """An order of one SKU."""

    rank: ClassVar[int] = 4

    order: Key
    sku: Key
    user: str | None = None
    quantity: Annotated[int, Meta(ge=0)] | None = None
    price: Fen | None = None
    """Paid for one."""
    status: Literal["placed", "paid", "refunded", "cancelled"]


class Prize(_Common, kw_only=True, tag="prize"):
    """A prize draw (福袋, 抽奖)."""

    rank: ClassVar[int] = 4

    prize: Key
    phase: Literal["announced", "changed", "drawn"]
    name: str | None = None
    value: Fen | None = None
    count: Annotated[int, Meta(ge=0)] | None = None
    odds: str | None = None
    conditions: list[str] | str | None = None
    ends_at: Millis | None = None
    winners: list[str] | None = None
    passphrase: str | None = None
    """口令 that viewers have to write to take part."""


class Review(_Common, kw_only=True, tag="review"):
    """A buyer's review (评价), present or gone."""

    rank: ClassVar[int] = 4

    review: Key
    sku: str | None = None
    user: str | None = None
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    text: Text | None = None
    phase: Literal["present", "gone"]


class Gap(_Common, kw_only=True, tag="gap"):
    """An interval in which nothing was watched."""

    rank: ClassVar[int] = 0

    from_: Millis = msgspec.field(name="from")
    until: Millis
    reason: str | None = None
    source: str | None = None


Event = Session | Room | Chat | Speech | Product | Price | Counter | Order | Prize | Review | Gap

_EVENT: type[Event] = Event  # type: ignore[assignment]  # a union is no type to the checker
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def decode(line: bytes | str) -> Event:
    """The event in one JSON object.

    Raises:
        InvalidEvent: the bytes are no JSON or break the contract; names the field.
    """
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as error:
        # A null where no null fits says “unknown”, as a missing field does; few recorders write
        # it, so that only what failed is looked at again.
        if "got `null`" not in str(error):
            raise InvalidEvent(str(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent(str(error)) from error
    try:
        # The first look ended at the null: what stands behind it may be no JSON at all.
        return msgspec.convert(_without_nulls(msgspec.json.decode(line)), _EVENT)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent(str(error)) from error


def _without_nulls(value: object) -> object:
    """A JSON value whose objects have no null members."""
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    return value


def decode_lines(data: bytes) -> list[Event]:
    """All events of a block of JSON lines, fast; blank lines are passed over.

    Raises:
        InvalidEvent: if any line is bad. Decode line by line to find which.
    """
    try:
        return _decoder.decode_lines(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent(str(error)) from error


def encode(event: Event) -> bytes:
    """The event as one JSON object, unknown fields left out."""
    return _encoder.encode(event)


def encode_lines(events: Iterable[Event]) -> bytes:
    """The events as JSON lines."""
    return _encoder.encode_lines(events)
