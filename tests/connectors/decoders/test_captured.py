"""Frames and answers of a capture, told by shape and host."""

from __future__ import annotations

import json

import pytest

from connectors.decoders.captured import Captured, platform_of_host
from detectors.events import Chat, Product
from tests.connectors.decoders.protobuf_frames import AT, chat, kuaishou, push, write, xiaohongshu
from tests.connectors.decoders.test_pages import COMMENTS, SHELF
from tests.connectors.importing import recording


def captured(**known: object) -> Captured:
    return Captured(recording(**({"platform": "", "session": None} | known)))


@pytest.mark.parametrize(
    ("frame", "platform"),
    [
        (push(chat("好"), first_id=1), "douyin"),
        (push(chat("好"), first_id=1, packed=False), "douyin"),
        (kuaishou("好"), "kuaishou"),
        (xiaohongshu({"type": "text", "desc": "好"}), "xiaohongshu"),
    ],
)
def test_a_frame_tells_its_platform(frame: bytes, platform: str) -> None:
    lines = [event for event in captured().feed(frame, AT).events if isinstance(event, Chat)]

    assert [(line.platform, line.text) for line in lines] == [(platform, "好")]


def test_the_host_names_the_platform_where_shapes_are_shared() -> None:
    (line,) = captured().feed(
        push(chat("nice"), first_id=1), AT, "wss://webcast16-ws.tiktok.com/webcast/im/push"
    ).events  # fmt: skip

    assert line.platform == "tiktok"


def test_what_a_person_says_goes_before_both() -> None:
    out = captured(platform="office").feed(push(chat("好"), first_id=1), AT, "wss://x.douyin.com/")

    assert [event.platform for event in out.events] == ["office"]


@pytest.mark.parametrize(
    ("host", "platform"),
    [
        ("buyin.jinritemai.com", "douyin"),
        ("douyin.com", "douyin"),
        ("notdouyin.com", None),  # someone else's
        ("douyin.com.example", None),
        ("", None),
    ],
)
def test_a_host_is_known_by_its_end(host: str, platform: str | None) -> None:
    assert platform_of_host(host) == platform


def test_a_shelf_belongs_to_the_broadcast_whose_socket_ran_beside_it() -> None:
    one = captured(room="")
    url = "https://buyin.jinritemai.com/api"
    one.feed(push(chat("好"), first_id=1), AT, "wss://webcast5-ws.douyin.com/x")
    events = one.feed(json.dumps(SHELF).encode(), AT + 5, url, answer=True).events

    assert {(event.room, event.session) for event in events} == {("7412345678901234567",) * 2}
    assert any(isinstance(event, Product) for event in events)


def test_of_a_socket_every_frame_matters_and_of_a_page_what_is_known() -> None:
    unknown = b'{"weather": "fine"}'

    assert captured().feed(unknown, AT, answer=True).unknown == []
    assert [piece.data for piece in captured().feed(unknown, AT).unknown] == [unknown]
    assert captured().feed(b"\x00\x01\x02", AT, answer=True).skipped == {
        "answer of another kind": 1
    }
    assert [
        piece.reason for piece in captured().feed(b"\x00\x01", AT, "wss://a.example/").unknown
    ] == ["unknown frame of a.example"]


def test_a_small_answer_is_not_taken_for_a_frame() -> None:
    assert captured().feed(b"\x08\x05\x10\x01", AT, answer=True).skipped == {
        "answer of another kind": 1
    }


def test_an_address_that_is_none_is_no_fault() -> None:
    body = json.dumps({"comment_infos": COMMENTS}).encode()

    assert len(captured().feed(body, AT, "http://[broken").events) == 2


def test_a_heartbeat_of_the_server_is_known() -> None:
    out = captured().feed(write("PushFrame", seq_id=1, payload_type="hb"), AT)

    assert (out.unknown, out.skipped) == ([], {"frame without a body (hb)": 1})
