"""No decoder is silent when the other side moves what rules live on: each is tried with a field where
it belongs, and with the same under another name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.bilibili_packets import COMMAND, make_packet
from connectors.decoders.decoded import Decoded, Recording
from connectors.decoders.formats import Format
from connectors.decoders.kuaishou import KuaishouFrames
from connectors.decoders.pages import PageAnswers
from connectors.decoders.product_page import ProductPage
from connectors.decoders.relay_mappings import douyinlive, dycast
from connectors.decoders.webcast import WebcastFrames
from connectors.decoders.wxlivespy import WxlivespyForward
from connectors.decoders.xiaohongshu import XiaohongshuFrames
from connectors.presence import Presence
from connectors.rule_fields import missing_fields
from tests.connectors.decoders.protobuf_frames import AT, kuaishou, push, write, xiaohongshu
from tests.connectors.importing import decode_bytes, recording

Decode = Callable[[bytes], Decoded]
#: How many pieces each frame holds of what is moved.
PIECES = 4


def fed(make: Callable[[Recording], Any]) -> Decode:
    return lambda data: make(recording()).feed(data, AT)  # type: ignore[no-any-return]


def of(format_: Format) -> Decode:
    return lambda data: decode_bytes(data, format_)


def listed(name: str, **item: Any) -> Mapping[str, Any]:
    """An answer with a list of four such objects; `#` in a text is its number."""
    return {"data": {name: [_numbered(item, number) for number in range(1, PIECES + 1)]}}


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _numbered(member, number) for key, member in value.items()}
    return value.replace("#", str(number)) if isinstance(value, str) else value


def lines(*objects: Mapping[str, Any]) -> Iterable[bytes]:
    return (json.dumps(each).encode() for each in objects)


#: What is decoded, by which decoder, the name that is moved, and what is then missing.
JSON: dict[str, tuple[Decode, Any, str, str]] = {
    "comments of Douyin's console": (
        fed(PageAnswers),
        listed("comment_infos", comment_id="c#", nick_name="n", content="多少钱"),
        "content", "4 of 4 chat lines have no text",
    ),
    "comments of Kuaishou's console": (
        fed(PageAnswers), listed("commentList", commentId="c#", commentContent="多少钱"),
        "commentContent", "4 of 4 chat lines have no text",
    ),
    "comments of Taobao": (
        fed(PageAnswers), listed("comments", commentId="c#", content="多少钱", publisherId="p"),
        "content", "4 of 4 chat lines have no text",
    ),
    "comments of WeChat Channels": (
        fed(PageAnswers), listed("msgList", type=1, clientMsgId="m#", content="多少钱"),
        "content", "4 of 4 chat lines have no text",
    ),
    "kinds of WeChat Channels": (
        fed(PageAnswers), listed("msgList", type=1, clientMsgId="m#", content="多少钱"),
        "type", "4 of 4 chat lines have no text",
    ),
    "prices of the shelf": (
        fed(PageAnswers), listed("promotions", promotion_id="35#", title="茶", min_price=3_990),
        "min_price", "4 of 4 products have no price",
    ),
    "titles of the shelf": (
        fed(PageAnswers), listed("promotions", promotion_id="35#", title="茶", min_price=3_990),
        "title", "4 of 4 products have no title",
    ),
    "numbers of the shelf": (
        fed(PageAnswers), listed("promotions", promotion_id="35#", title="茶", min_price=3_990),
        "promotion_id", "4 of 4 products have no sku",
    ),
    "names in JSON-LD": (
        fed(PageAnswers),
        [{"@type": "Product", "sku": str(n), "name": "茶",
          "offers": {"@type": "Offer", "price": "39.9", "priceCurrency": "CNY"}} for n in range(PIECES)],
        "name", "4 of 4 products have no title",
    ),
    "prices in JSON-LD": (
        fed(PageAnswers),
        [{"@type": "Product", "sku": str(n), "name": "茶",
          "offers": {"@type": "Offer", "price": "39.9", "priceCurrency": "CNY"}} for n in range(PIECES)],
        "price", "4 of 4 products have no price",
    ),
    "comments that wxlivespy forwards": (
        fed(WxlivespyForward),
        {"host_info": {"wechat_uin": "7"}, "live_info": {"live_id": "L"}, "events": [
            {"decoded_type": "comment", "msg_id": f"m{n}", "content": "多少钱"} for n in range(PIECES)]},
        "content", "4 of 4 chat lines have no text",
    ),
    "chat of douyinLive": (
        fed(douyinlive),
        [{"method": "WebcastChatMessage", "common": {"msgId": f"{n}1"}, "content": "多少钱"}
         for n in range(PIECES)],
        "content", "4 of 4 chat lines have no text",
    ),
    "cards of douyinLive": (
        fed(douyinlive),
        [{"method": "WebcastLiveShoppingMessage", "common": {"msgId": f"{n}1"}, "promotionId": f"36{n}",
          "updatedProductInfo": {"price": "3990", "title": "茶"}} for n in range(PIECES)],
        "price", "4 of 4 products have no price",
    ),
    "numbers of cards of douyinLive": (
        fed(douyinlive),
        [{"method": "WebcastLiveShoppingMessage", "common": {"msgId": f"{n}1"}, "promotionId": f"36{n}",
          "updatedProductInfo": {"price": "3990", "title": "茶"}} for n in range(PIECES)],
        "promotionId", "4 of 4 products have no sku",
    ),
    "chat of dycast": (
        fed(dycast),
        [{"method": "WebcastChatMessage", "id": f"{n}1", "content": "多少钱"} for n in range(PIECES)],
        "content", "4 of 4 chat lines have no text",
    ),
    "sentences of FunASR": (
        of("funasr"),
        {"sentence_info": [{"text": "这个茶", "start": n * 1_000, "end": n * 1_000 + 9} for n in range(PIECES)]},
        "text", "4 of 4 utterances have no text",
    ),
    "segments of Whisper": (
        of("whisper"),
        {"segments": [{"text": "这个茶", "start": n, "end": n + 0.5, "avg_logprob": -0.1} for n in range(PIECES)]},
        "text", "4 of 4 utterances have no text",
    ),
    "messages of YouTube": (
        of("pytchat"),
        {"continuationContents": {"liveChatContinuation": {"actions": [
            {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": {
                "id": f"m{n}", "message": {"runs": [{"text": "hi"}]}, "timestampUsec": f"{AT}000"}}}}
            for n in range(PIECES)]}}},
        "message", "4 of 4 chat lines have no text",
    ),
    "events of the contract": (
        lambda data: decode_bytes(b"\n".join(lines(*json.loads(data))), "jsonl"),
        [{"type": "product", "id": f"p{n}", "platform": "d", "room": "1", "at": AT, "sku": f"A{n}",
          "price": 100} for n in range(PIECES)],
        "price", "4 of 4 products have no price",
    ),
}  # fmt: skip


def moved(value: Any, name: str) -> Any:
    """The same document with a field under another name."""
    if isinstance(value, dict):
        return {
            f"{key}V2" if key == name else key: moved(member, name) for key, member in value.items()
        }
    return [moved(member, name) for member in value] if isinstance(value, list) else value


def told(out: Decoded) -> list[str]:
    presence = Presence(whole=True)
    presence.take(out.events, out.lacking.elements(), at=AT)
    return missing_fields(presence.shares())


@pytest.mark.parametrize("what", JSON)
def test_a_field_that_was_renamed_is_missed(what: str) -> None:
    decode, document, name, missing = JSON[what]
    there = decode(json.dumps(document).encode())
    assert there.events
    assert missing not in told(there)
    gone = decode(json.dumps(moved(document, name)).encode())
    assert missing in told(gone)


def _command(name: str, **data: Any) -> bytes:
    return make_packet(COMMAND, json.dumps({"cmd": name, "data": data}).encode())


@pytest.mark.parametrize(
    ("decode", "there", "gone", "missing"),
    [
        (
            fed(BilibiliFrames),
            _command("SHOPPING_EXPLAIN_CARD", goods_id="1", goods_name="茶", goods_price="39.9"),
            _command("SHOPPING_EXPLAIN_CARD", goods_id="1", goods_name="茶", price_v2="39.9"),
            "1 of 1 product has no price",
        ),
        (
            fed(BilibiliFrames),
            _command("SHOPPING_EXPLAIN_CARD", goods_id="1", goods_name="茶", goods_price="39.9"),
            _command("SHOPPING_EXPLAIN_CARD", goods_id="1", name_v2="茶", goods_price="39.9"),
            "1 of 1 product has no title",
        ),
        (
            fed(BilibiliFrames),
            _command("SHOPPING_EXPLAIN_CARD", goods_id="1", goods_name="茶"),
            _command("SHOPPING_EXPLAIN_CARD", item="1", goods_name="茶"),
            "1 of 1 product has no sku",
        ),
        (
            fed(BilibiliFrames),
            _command("LIVE_OPEN_PLATFORM_DM", msg_id="a", msg="多少钱"),
            _command("LIVE_OPEN_PLATFORM_DM", msg_id="a", message="多少钱"),
            "1 of 1 chat line has no text",
        ),
        (
            fed(WebcastFrames),
            push(("WebcastChatMessage", write("Chat", content="多少钱"))),
            push(("WebcastChatMessage", write("Chat", event_time=AT))),
            "1 of 1 chat line has no text",
        ),
        (
            fed(KuaishouFrames), kuaishou("多少钱"), kuaishou(""), "1 of 1 chat line has no text",
        ),
        (
            fed(XiaohongshuFrames),
            xiaohongshu({"type": "text", "desc": "多少钱"}),
            xiaohongshu({"type": "text", "words": "多少钱"}),
            "1 of 1 chat line has no text",
        ),
        (
            fed(ProductPage),
            b'<script type="application/ld+json">{"@type":"Product","name":"t","offers":'
            b'{"@type":"Offer","price":"39.9","priceCurrency":"CNY"}}</script>',
            b"<html><body>t</body></html>",
            "1 of 1 product has no price",
        ),
    ],
)  # fmt: skip
def test_a_field_that_stands_elsewhere_in_a_frame_is_missed(
    decode: Decode, there: bytes, gone: bytes, missing: str
) -> None:
    found = decode(there)
    assert found.events
    assert missing not in told(found)
    assert missing in told(decode(gone))
