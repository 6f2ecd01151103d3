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
