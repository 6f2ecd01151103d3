"""Saved frames and answers, one a line, as the browser extension sends them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from connectors.decoders.decoded import Decoded
from detectors.events import Chat, Gap, Price, Product
from tests.connectors.decoders.bilibili_frames import danmu, plain
from tests.connectors.importing import START_MS, decode_bytes

CARD: dict[str, Any] = {
    "@type": "Product",
    "name": "云雾茶",
    "sku": "T1",
    "offers": {
        "price": "89.90",
        "priceCurrency": "CNY",
        "availability": "http://schema.org/SoldOut",
    },
}


def saved(**fields: Any) -> dict[str, Any]:
    return {"time": START_MS, "type": "receive", "opcode": 1, **fields}


def socket(text: str, **fields: Any) -> dict[str, Any]:
    data = base64.b64encode(plain(danmu(text, uid=7, id_=text))).decode()
    return saved(opcode=2, data=data, **fields)


def decode(*lines: dict[str, Any], **known: Any) -> Decoded:
    body = "\n".join(json.dumps(line) for line in lines).encode()
    return decode_bytes(body, "frames", **({"platform": "", "room": "", "session": None} | known))


def card(**fields: Any) -> Decoded:
    return decode(saved(type="answer", data=json.dumps({**CARD, **fields}), room="7"))


def test_each_line_may_name_its_room() -> None:
    out = decode(socket("一", room="1"), socket("二", room="2"), socket("三", room="1"))
    assert [(event.room, event.text) for event in out.events if isinstance(event, Chat)] == [
        ("1", "一"),
        ("2", "二"),
        ("1", "三"),
    ]
    assert not out.problems


def test_the_room_that_a_person_names_goes_before() -> None:
    out = decode(socket("一", room="1"), room="77001")
    assert [event.room for event in out.events] == ["77001"]


def test_an_answer_about_something_else_is_no_unknown_frame() -> None:
    other = json.dumps({"banner": "双十一"})
    assert decode(saved(type="answer", data=other, room="1")).unknown == []
    assert len(decode(saved(data=other, room="1")).unknown) == 1


def test_what_was_lost_is_a_gap() -> None:
    out = decode(
        saved(type="gap", until=START_MS + 5_000, room="1", url="https://live.bilibili.com/1")
    )
    (gap,) = out.events
    assert isinstance(gap, Gap)
    assert (gap.platform, gap.room, gap.from_, gap.until, gap.source) == (
        "bilibili",
        "1",
        START_MS,
        START_MS + 5_000,
        "frames",
    )


@pytest.mark.parametrize(
    "fields",
    [{}, {"room": "1"}, {"room": "1", "until": START_MS - 1}, {"until": START_MS + 1}],
)
def test_a_gap_without_a_room_or_an_end_is_reported(fields: dict[str, Any]) -> None:
    out = decode(saved(type="gap", **fields))
    assert out.events == []
    assert len(out.problems) == 1


def test_a_product_that_the_page_marks_up() -> None:
    product, price = card().events
    assert isinstance(product, Product)
    assert isinstance(price, Price)
    assert (product.sku, product.title, product.status, product.room) == (
        "T1",
        "云雾茶",
        "sold_out",
        "7",
    )
    assert (price.sku, price.kind, price.price, price.reference_price) == (
        "T1",
        "asking",
        8_990,
        None,
    )


def test_a_struck_out_price_is_the_reference() -> None:
    offer = {
        "priceCurrency": "CNY",
        "priceSpecification": [
            {"price": 39.9},
            {"price": "¥459", "priceType": "https://schema.org/StrikethroughPrice"},
        ],
    }
    _, price = card(offers=[offer]).events
    assert isinstance(price, Price)
    assert (price.price, price.reference_price, price.reference_label) == (3_990, 45_900, "划线价")


def test_a_range_stands_among_the_conditions() -> None:
    offers = {"lowPrice": 10, "highPrice": 20, "priceCurrency": "CNY"}
    _, price = card(offers=offers).events
    assert isinstance(price, Price)
    assert (price.price, price.conditions) == (1_000, ["10.00-20.00元"])


@pytest.mark.parametrize("currency", ["USD", None, "JPY", "¥"])
def test_a_price_that_is_surely_or_maybe_no_yuan_is_left_out(currency: str | None) -> None:
    out = card(offers={"price": "89.90", "priceCurrency": currency})
    assert [type(event) for event in out.events] == [Product]
    assert sum(out.skipped.values()) == 1


@pytest.mark.parametrize("more", [{"price": 0}, {"validForMemberTier": {"name": "黑金"}}])
def test_a_price_that_is_none_or_not_for_anyone_is_left_out(more: dict[str, Any]) -> None:
    out = card(offers={"price": "89.90", "priceCurrency": "CNY", **more})
    assert [type(event) for event in out.events] == [Product]
    assert sum(out.skipped.values()) == 1


def test_offers_of_different_goods_are_cards_of_their_own() -> None:
    offers = [
        {"price": 1, "priceCurrency": "CNY", "sku": "a", "availability": "InStock"},
        {"price": 2, "priceCurrency": "CNY", "sku": "b", "availability": "SoldOut"},
    ]
    events = card(offers=offers).events
    cards = [event for event in events if isinstance(event, Product)]
    prices = [event for event in events if isinstance(event, Price)]
    assert [(one.sku, one.status) for one in cards] == [("a", "listed"), ("b", "sold_out")]
    assert [(one.sku, one.price) for one in prices] == [("a", 100), ("b", 200)]
    assert len({event.id for event in events}) == 4


OFFER = {"@type": "Offer", "@id": "#o", "price": 39.9, "priceCurrency": "CNY"}
LINKED = [
    {**CARD, "@id": "#tea", "offers": {"@id": "#o"}, "isRelatedTo": {"@id": "#cup"}},
    OFFER,
    {"@type": "Product", "@id": "#cup", "name": "茶杯", "offers": OFFER | {"@id": "#p"}},
]


@pytest.mark.parametrize(
    "document",
    [
        LINKED,
        {"@context": "https://schema.org", "@graph": LINKED},
        {
            "data": {
                "seo": {"@graph": [{"@type": "WebPage", "mainEntity": {"@id": "#tea"}}, *LINKED]}
            }
        },
        {"@type": "WebPage", "mainEntity": LINKED[0] | {"offers": OFFER}},
        {**OFFER, "itemOffered": CARD | {"offers": None}},
        {"@graph": LINKED[0] | {"offers": [OFFER]}},
    ],
    ids=["list", "graph", "graph inside", "page", "offer", "graph of one"],
)
def test_what_refers_to_each_other_is_one_thing_and_what_is_recommended_is_none(
    document: object,
) -> None:
    line = saved(type="answer", data=json.dumps(document), room="7")
    product, price = decode(line).events
    assert isinstance(product, Product)
    assert isinstance(price, Price)
    assert (product.sku, price.sku, price.price) == ("T1", "T1", 3_990)


def test_of_more_goods_than_a_page_has_the_first_are_taken_and_it_says_so() -> None:
    many = [{**CARD, "sku": f"T{number}"} for number in range(101)]
    out = decode(saved(type="answer", data=json.dumps(many), room="7"))
    assert len(out.events) == 200
    assert "more than 100 products of one page" in out.notes


def test_more_markup_than_any_page_needs_is_reported() -> None:
    deep: object = OFFER
    for _ in range(20):
        deep = {"@type": "Thing", "offers": deep}
    out = card(offers=deep)
    assert [problem.reason for problem in out.problems] == ["more markup than any page needs"]


def test_a_product_without_a_name_is_none() -> None:
    assert card(name=" ").events == []
