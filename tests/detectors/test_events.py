"""The vocabulary in: what is taken, what is refused, and that unknown is not absent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from detectors.events import (
    Chat,
    Counter,
    Gap,
    InvalidEvent,
    Price,
    Product,
    decode,
    decode_lines,
    encode,
    encode_lines,
    room_key,
)

CHAT = {
    "type": "chat", "id": "c1", "platform": "demo", "room": "1", "session": "s", "at": 1_788_231_600_000,
    "text": "好看",
}  # fmt: skip


def line(**fields: Any) -> bytes:
    return json.dumps({**CHAT, **fields}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "shout"}, "type"),  # not a type of the contract
        ({"id": ""}, "id"),  # an event without identity cannot be counted once
        ({"at": 1_788_231_600}, "at"),  # seconds
        ({"at": 1_788_231_600_000_000}, "at"),  # microseconds
        ({"at": "2026-09-01"}, "at"),
        ({"at": 1_788_231_600_000.5}, "at"),
        ({"text": None}, "text"),
        ({"role": "robot"}, "role"),
        ({"type": "price", "sku": "A", "kind": "asking", "price": 39.9}, "price"),  # yuan, not 分
        ({"type": "price", "sku": "A", "kind": "asking", "price": -1}, "price"),
        ({"type": "product", "sku": "A", "category": "茶"}, "category"),
        ({"type": "speech", "confidence": 93}, "confidence"),  # a percentage
        ({"at": 1_420_070_399_999}, "at"),  # 2014
        ({"type": "counter", "name": "likes", "value": 2**53}, "value"),
        ({"type": "counter", "name": "likes", "value": 10**25}, "value"),
        ({"type": "price", "sku": "A", "kind": "asking", "price": 10**13 + 1}, "price"),
        ({"user": "u" * 257}, "user"),
        ({"session": "s" * 257}, "session"),
        ({"room": "茶" * 257}, "room"),
        ({"text": "茶" * 20_001}, "text"),
        ({"type": "product", "sku": "A", "title": "茶" * 2_001}, "title"),
        ({"type": "product", "sku": "A", "attributes": {"n" * 257: ""}}, "attributes"),
        (
            {"type": "product", "sku": "A", "attributes": {f"{n}": "" for n in range(101)}},
            "attributes",
        ),
        ({"type": "room", "operator": {"name": "n" * 257}}, "operator.name"),
        ({"raw": "no hash"}, "raw"),
        ({"type": "counter", "name": "likes", "low": 2, "high": 1}, "`low` <= `high`"),
        ({"type": "gap", "from": CHAT["at"], "until": CHAT["at"] - 1}, "`from` <= `until`"),
    ],
)
def test_a_line_that_breaks_the_contract_is_refused_with_the_field_named(fields, field):
    with pytest.raises(InvalidEvent, match=field):
        decode(line(**fields))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"null x",
        b'{"type": null, "at": \xff}',
        b"\xff\xfe",
        b'"chat"',
        b"{}",
        line(mood="?").replace(b"?", b"\xff"),  # no UTF-8, in a field that nobody reads
        line(mood="?").replace(b"?", b"\\ud800"),  # half of a pair
        line(mood=0).replace(b": 0}", b": " + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        line(session=None, mood=0).replace(b": 0}", b": " + b'{"a":' * 990 + b"0" + b"}" * 991),
        line(type="counter", name="likes", value=0).replace(b": 0}", b": 1e999}"),
        line(type="counter", name="likes", value=0).replace(b": 0}", b": NaN}"),
        line(type="counter", name="likes", value=0).replace(b": 0}", b": " + b"9" * 5_000 + b"}"),
        line(type="speech", confidence=0).replace(b": 0}", b": Infinity}"),
    ],
)
def test_bytes_that_are_no_event_are_refused(data):
    with pytest.raises(InvalidEvent):
        decode(data)


def test_fields_that_may_come_later_are_passed_over():
    event = decode(line(mood="happy"))
    assert isinstance(event, Chat)


def test_missing_and_null_are_unknown_empty_is_absent():
    base = {**CHAT, "type": "product", "sku": "A"}
    unknown = decode(json.dumps({**base, "title": None}))
    absent = decode(json.dumps({**base, "title": "", "attributes": {}}))
    assert isinstance(unknown, Product)
    assert isinstance(absent, Product)
    assert (unknown.title, unknown.attributes) == (None, None)
    assert (absent.title, absent.attributes) == ("", {})


def test_null_is_a_missing_field_also_where_the_field_has_a_default_or_is_needed():
    assert decode(line(session=None)).session == ""
    product = decode(line(type="product", sku="A", attributes={"产地": None, "规格": "250 克"}))
    assert isinstance(product, Product)
    assert product.attributes == {"规格": "250 克"}
    with pytest.raises(InvalidEvent, match="missing required field `text`"):
        decode(line(text=None))


def test_absence_without_an_empty_form_is_named_and_survives_encoding():
    event = decode(line(type="counter", name="stock", absent=["value"]))
    assert isinstance(event, Counter)
    assert event.absent == ["value"]
    assert decode(encode(event)) == event


def test_unknown_fields_are_left_out_when_encoded():
    assert json.loads(encode(decode(line()))) == CHAT


def test_a_gap_has_the_contracts_field_from():
    event = decode(line(type="gap", **{"from": CHAT["at"], "until": 1_788_231_700_000}))
    assert isinstance(event, Gap)
    assert json.loads(encode(event))["from"] == CHAT["at"]


def test_a_block_of_lines_is_decoded_whole_or_refused():
    block = line(id="1") + b"\n\n" + line(id="2") + b"\n"
    assert [event.id for event in decode_lines(block)] == ["1", "2"]
    with pytest.raises(InvalidEvent):
        decode_lines(block + b"{}\n")


def test_lines_survive_the_round_trip():
    price = decode(line(type="price", sku="A", kind="coupon", price=990, conditions=["满2件"]))
    assert isinstance(price, Price)
    assert decode_lines(encode_lines([price, price])) == [price, price]


DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "at"),
        ({"at": CHAT["at"] - DAY_MS, "seen": CHAT["at"]}, "seen"),
        ({"at": CHAT["at"] - DAY_MS, "type": "speech", "until": CHAT["at"]}, "until"),
        (
            {"at": CHAT["at"] - DAY_MS, "type": "gap", "from": CHAT["at"] - 5, "until": CHAT["at"]},
            "until",
        ),
    ],
)
def test_nothing_happens_more_than_a_day_after_it_arrived(fields, field):
    data = line(**fields)
    arrived = CHAT["at"] - DAY_MS
    assert decode(data, arrived) == decode(data)
    assert decode_lines(data, arrived) == [decode(data)]
    for call in (decode, decode_lines):
        with pytest.raises(InvalidEvent, match=rf"a day after the event arrived - at `\$.{field}`"):
            call(data, arrived - 1)


def test_a_draw_may_end_later_than_a_day_ahead():
    prize = line(type="prize", prize="p", phase="announced", ends_at=CHAT["at"] + 9 * DAY_MS)
    assert decode(prize, CHAT["at"])


def test_no_two_rooms_have_one_key():
    names = ["a", "a:b", "b:c", "c", "a%3Ab", "a%", "a%25", ":", "", "%3A"]
    keys = {room_key(platform, room) for platform in names for room in names}
    assert len(keys) == len(names) ** 2
    assert room_key("demo", "1:2%") == "demo:1:2%"
