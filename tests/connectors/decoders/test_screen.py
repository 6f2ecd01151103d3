"""What is made of the text on a screen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.contract.decoders import assert_decoder_contract
from connectors.decoders.screen import Screen
from detectors.events import Price, Product
from tests.connectors.lines import AT, recording

TITLE = "云雾山高山绿茶250g礼盒装"


def frame(*texts: str, at: int = AT, **line: Any) -> bytes:
    lines = [
        {"text": text, "confidence": 0.97, "top": 40 * number, **line}
        for number, text in enumerate(texts)
    ]
    picture = {"at": at, "lines": lines, "model": "rapidocr 3.10.0"}
    return json.dumps(picture, ensure_ascii=False).encode()


def read(*texts: str, **line: Any) -> tuple[list[Product], list[Price]]:
    out = Screen(recording()).feed(frame(*texts, **line), AT + 2_000)
    assert not out.problems
    return (
        [event for event in out.events if isinstance(event, Product)],
        [event for event in out.events if isinstance(event, Price)],
    )


def test_a_card_has_its_title_its_prices_and_what_stands_on_it() -> None:
    [product], [price] = read(TITLE, "产地：福建宁德保质期：18个月", "¥39.9 到手价", "原价¥199")

    assert product.title == TITLE
    assert product.attributes == {"产地": "福建宁德", "保质期": "18个月"}
    assert (product.price, product.reference_price) == (None, 19_900)
    assert (product.at, product.seen, product.status) == (AT, AT + 2_000, "explaining")
    assert (price.sku, price.kind, price.price) == (product.sku, "coupon", 3_990)
    assert (price.reference_price, price.reference_label) == (19_900, "原价")


@pytest.mark.parametrize(
    ("text", "kind", "fen"),
    [
        ("¥39.9", "asking", 3_990),
        ("￥1,299", "asking", 129_900),
        ("?39.9到手价", "coupon", 3_990),
        ("？39.9 到手价", "coupon", 3_990),
        ("到手价：39.9元", "coupon", 3_990),
        ("券后39", "coupon", 3_900),
        ("直播价 ¥59", "asking", 5_900),
        ("定金¥100", "deposit", 10_000),
    ],
)
def test_prices_are_read_as_they_are_shown(text: str, kind: str, fen: int) -> None:
    _, [price] = read(TITLE, text)
    assert (price.kind, price.price, price.conditions) == (kind, fen, None)


def test_a_banner_above_is_no_title() -> None:
    [product], _ = read("欢迎新来的家人们关注", TITLE, "限时秒杀进行中", "¥39.9")
    assert product.title == TITLE


def test_a_lowest_price_says_so() -> None:
    _, [price] = read(TITLE, "¥39.9起")
    assert (price.price, price.conditions) == (3_990, ["¥39.9起"])


def test_blanks_within_a_title_come_and_go_and_it_stays_the_same_goods() -> None:
    [one], _ = read("云雾山高山绿茶 250g 礼盒装", "¥ 39.9")
    [other], _ = read(TITLE, "¥39.9")
    assert one.sku == other.sku


@pytest.mark.parametrize(
    "texts",
    [
        (TITLE, "还剩?10件", "满39减5", "2026.09.01"),  # no price
        ("¥39.9", TITLE),  # under the price: whose it is, nobody knows
        ("好茶", "¥39.9"),  # no title
        (TITLE, "¥39.9", "高山红茶500g袋装", "¥59.9"),  # several goods
        ("今日直播间福利专场", "¥39.9"),  # a banner, whatever the goods are
        (TITLE, "39.9"),  # a number
    ],
)
def test_what_can_be_read_in_two_ways_is_passed_over(texts: tuple[str, ...]) -> None:
    assert read(*texts) == ([], [])


def test_what_was_hardly_read_was_not_read() -> None:
    assert read(TITLE, "¥39.9", confidence=0.6) == ([], [])


def test_what_stays_on_the_screen_is_told_once_and_a_change_again() -> None:
    decoder = Screen(recording())
    told = [
        len(decoder.feed(frame(TITLE, price, at=AT + 10_000 * number), AT + 99_000).events)
        for number, price in enumerate(["¥39.9", "¥39.9", "¥49.9", "¥39.9"])
    ]
    assert told == [2, 0, 2, 2]


@pytest.mark.slow
def test_it_keeps_the_contract() -> None:
    frames = [
        frame(TITLE, "¥39.9 到手价", "原价¥199", "产地：福建宁德"),
        frame(TITLE, "¥49.9 到手价", at=AT + 10_000),
        frame("没有价格的画面", at=AT + 20_000),
    ]
    assert_decoder_contract(lambda: Screen(recording()), frames)
