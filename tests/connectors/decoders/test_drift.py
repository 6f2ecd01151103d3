"""A message of a known name whose fields have moved: nothing comes of it, and it is kept as it was."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.captured import Captured
from connectors.decoders.decoded import Decoded
from connectors.decoders.kuaishou import KuaishouFrames
from connectors.decoders.pages import PageAnswers
from connectors.decoders.relay_mappings import douyinlive
from connectors.decoders.webcast import WebcastFrames
from connectors.decoders.xiaohongshu import XiaohongshuFrames
from detectors.events import Chat, Counter
from tests.connectors.decoders.protobuf_frames import AT, kuaishou, push, write, xiaohongshu
from tests.connectors.importing import recording


def command(name: str, **fields: Any) -> bytes:
    return json.dumps({"cmd": name, **fields}, ensure_ascii=False).encode()


CHAT = {"method": "WebcastChatMessage", "common": {"msgId": "1", "roomId": "7"}, "words": "多少钱"}
MOVED = {
    "bilibili, a list for an object": (
        BilibiliFrames,
        command("SHOPPING_EXPLAIN_CARD", data=[{"goods_id": "1", "goods_name": "茶"}]),
        "SHOPPING_EXPLAIN_CARD",
    ),
    "bilibili, a list for an object, of a counter": (
        BilibiliFrames,
        command("ONLINE_RANK_COUNT", data=[{"online_count": 5}]),
        "ONLINE_RANK_COUNT",
    ),
    "bilibili, an object for a list": (
        BilibiliFrames,
        command("DANMU_MSG:4:0", info={"text": "多少钱"}),
        "DANMU_MSG",
    ),
    "douyin, another number": (
        WebcastFrames,
        push(("WebcastChatMessage", b"\x9a\x06\x09\xe5\xa4\x9a\xe5\xb0\x91\xe9\x92\xb1")),
        "WebcastChatMessage",
    ),
    "douyin, a product elsewhere": (
        WebcastFrames,
        push(("WebcastLiveShoppingMessage", b"\xc0\x02\x05")),
        "WebcastLiveShoppingMessage",
    ),
    "douyin, an explanation of nothing": (
        WebcastFrames,
        push(("WebcastAwemeShopExplainMessage", write("Chat", content="x"))),
        "WebcastAwemeShopExplainMessage",
    ),
    "kuaishou": (KuaishouFrames, kuaishou(""), "a comment"),
    "xiaohongshu, a list for an object": (
        XiaohongshuFrames,
        json.dumps({"v": 1, "t": 4, "b": {"d": [1]}}).encode(),
        "a frame of type 4",
    ),
    "xiaohongshu": (XiaohongshuFrames, xiaohongshu({"type": "text", "words": "好"}), "text"),
    "douyinLive": (douyinlive, json.dumps(CHAT, ensure_ascii=False).encode(), "WebcastChatMessage"),
}


@pytest.mark.parametrize("how", MOVED)
def test_what_has_moved_is_counted_and_kept(how: str) -> None:
    make, frame, name = MOVED[how]
    out: Decoded = make(recording(platform="p", room="7")).feed(frame, AT)
    assert [event for event in out.events if not isinstance(event, Counter)] == []
    assert [piece.reason for piece in out.unknown] == [f"unknown shape of {name}"]
    assert out.unknown[0].data
    assert out.problems == []


def answers(body: object) -> Decoded:
    out = PageAnswers(recording(platform="taobao", room="7")).feed(json.dumps(body).encode(), AT)
    assert out.problems == []
    return out


def test_json_that_lies_between_other_bytes_is_found_and_what_is_unknown_is_kept() -> None:
    chat = {"subType": 10001, "content": "多少钱", "publisherId": "9"}
    other = {"subType": 77, "words": "新"}
    mixed = b"\xff\x0a\x05".join(
        json.dumps(one, ensure_ascii=False).encode()
        for one in ({"viewCountFormat": "1.2万"}, chat, other)
    )
    packed = base64.b64encode(b"\x07{" + mixed + b"}{").decode()
    out = answers({"data": {"timestampList": [{"data": packed, "timestamp": AT}]}})
    counter, line = out.events
    assert isinstance(counter, Counter)
    assert isinstance(line, Chat)
    assert (counter.name, counter.low, line.text) == ("visits", 12_000, "多少钱")
    [unknown] = out.unknown
    assert unknown.reason == "unknown message of Taobao, subType 77"
    assert json.loads(unknown.data) == other


def test_a_shelf_that_says_yuan_is_believed_and_a_bare_number_is_not() -> None:
    shelf = {"promotions": [{"promotion_id": "3", "title": "茶", "min_price": "¥39.9"}]}
    assert [event.price for event in answers(shelf).events] == [3_990, 3_990]  # type: ignore[union-attr]


def test_a_frame_that_was_packed_on_its_way_is_unpacked() -> None:
    captured = Captured(recording(platform="", room="7", session=None))
    packed = gzip.compress(push(("WebcastChatMessage", write("Chat", content="好")), packed=False))
    assert len(captured.feed(packed, AT).events) == 1
    [problem] = captured.feed(packed[:-9], AT).problems
    assert problem.data == packed[:-9]


def test_a_command_without_its_frame_is_read() -> None:
    frame = command("WATCHED_CHANGE", data={"num": 812})
    [event] = BilibiliFrames(recording(platform="bilibili", room="7")).feed(frame, AT).events
    assert event.value == 812  # type: ignore[union-attr]
