"""What a browser recorded: HAR and saved frames."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import Any

import pytest

from connectors.decoders import har as har_module
from connectors.decoders.decoded import Decoded
from connectors.decoders.formats import sniff
from detectors.events import Chat, Gap, Price
from tests.connectors.decoders.protobuf_frames import (
    AT,
    chat,
    common,
    har,
    har_entry,
    kuaishou,
    push,
    saved,
    write,
)
from tests.connectors.decoders.test_pages import COMMENTS, ROOM, SHELF
from tests.connectors.importing import decode_bytes

SOCKET = "wss://webcast5-ws-web-lf.douyin.com/webcast/im/push/v2/?room_id=1"
CONSOLE = "https://buyin.jinritemai.com/api/comment/info"


def decode(data: bytes, **known: object) -> Decoded:
    return decode_bytes(data, "har", **({"platform": "", "session": None} | known))


def lines(*saved_frames: dict[str, object]) -> bytes:
    return b"".join(json.dumps(frame).encode() + b"\n" for frame in saved_frames)


def capture() -> bytes:
    """A page, its socket, its console: what is recorded of an evening, in small."""
    room = json.loads(json.dumps(ROOM).replace("126467122577003", "7412345678901234567"))
    room["data"]["data"][0]["owner"]["web_rid"] = "90210"
    frames = [
        saved(push(chat("多少钱"), first_id=1), AT / 1_000),
        saved(push(chat("想要"), first_id=2), AT / 1_000 + 0.75),
        saved(b"\x3a\x02hb", AT / 1_000, sent=True),
        saved(b"\xff\xff\xff", AT / 1_000),
    ]
    return har(
        har_entry("https://live.douyin.com/webcast/room/web/enter/", room),
        har_entry("https://lf.douyinstatic.com/a.png", "iVBORw0KGgo=", kind="image/png"),
        har_entry(SOCKET, None, frames=frames),
        har_entry(CONSOLE, {"data": {"comment_infos": COMMENTS}}, packed=True),
        har_entry("https://live.douyin.com/shelf", SHELF, kind="text/plain"),
        har_entry("https://live.douyin.com/settings", {"theme": "dark"}),
    )


def test_answers_and_frames_become_events_of_one_platform() -> None:
    out = decode(capture())
    texts = [event.text for event in out.events if isinstance(event, Chat)]

    assert texts == ["多少钱", "想要", "这个保真吗", "加我微信 〔微信号〕"]
    assert {event.platform for event in out.events} == {"douyin"}
    assert out.problems == []
    assert out.skipped == {
        "answer image/png": 1,
        "frame that the page sent": 1,
        "answer without anything known": 1,
    }
    assert [(piece.place, piece.reason) for piece in out.unknown] == [
        ("entry 3 frame 4 frame", "unknown frame of webcast5-ws-web-lf.douyin.com")
    ]


def test_the_page_tells_the_room_whose_broadcast_the_socket_names() -> None:
    out = decode(capture(), room="")

    assert {(event.room, event.session) for event in out.events} == {
        ("90210", "7412345678901234567")
    }


def test_who_goes_from_room_to_room_is_in_the_one_that_was_entered_last() -> None:
    frames = [
        saved(
            push(
                ("WebcastChatMessage", write("Chat", common=common(n, room_id=room), content="好"))
            )
        )
        for n, room in enumerate((71, 72, 71), 1)
    ]
    out = decode_bytes(lines(*frames), "frames", platform="", room="", session=None)
    named = decode_bytes(lines(*frames), "frames", platform="", room="r", session=None)

    assert [(event.room, event.session) for event in out.events] == [
        ("71", "71"), ("72", "72"), ("71", "71"),
    ]  # fmt: skip
    assert named.notes == [
        "goes on with broadcast 72: also taken for room r",
        "goes on with broadcast 71: also taken for room r",
    ]


def test_raw_is_the_hash_of_the_frame_and_of_the_answers_body() -> None:
    frame, body = push(chat("多少钱"), first_id=1), {"comment_infos": COMMENTS[:1]}
    out = decode(
        har(har_entry(SOCKET, frames=[saved(frame, AT / 1_000)]), har_entry(CONSOLE, body))
    )

    assert [event.raw for event in out.events] == [
        hashlib.sha256(frame).hexdigest(),
        hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest(),
    ]


def test_an_answer_is_seen_when_it_is_complete() -> None:
    (line,) = decode(har(har_entry(CONSOLE, {"comment_infos": COMMENTS[:1]}))).events

    # 11:30:00.000Z and 120.5 ms.
    assert line.at == AT + 120


def test_the_login_in_the_headers_is_not_read() -> None:
    out = decode(capture())

    assert "s=1" not in repr(out)


def test_frames_of_a_long_recording_are_decoded_before_their_address_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = har(har_entry(SOCKET, frames=[saved(push(chat("好"), first_id=n)) for n in range(1, 6)]))
    whole = decode(data)
    monkeypatch.setattr(har_module, "MAX_WAITING", 300)

    assert [event.id for event in decode(data).events] == [event.id for event in whole.events]


def test_an_archive_that_was_cut_off_gives_what_it_has() -> None:
    data = capture()
    out = decode(data[: data.index(b"comment/info")])

    assert [event.text for event in out.events if isinstance(event, Chat)] == ["多少钱", "想要"]
    assert [problem.reason for problem in out.problems] == ["the file is cut off"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"log": {}}', "no HAR: it has no log.entries"),
        (b"[]]", "no HAR: closes more than it opens"),
        (b"", "no HAR: it has no log.entries"),
    ],
)
def test_what_is_no_archive_is_said(data: bytes, reason: str) -> None:
    assert [problem.reason for problem in decode(data).problems] == [reason]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"startedDateTime": "yesterday"}, "an answer without a time: say --start"),
        ({"time": "soon"}, None),
        ({"time": -1}, None),
        ({"response": None}, None),
        ({"response": {"content": {"text": 5}}}, None),
        ({"request": 7}, None),
    ],
)
def test_an_entry_of_another_shape_breaks_nothing(
    change: dict[str, object], problem: str | None
) -> None:
    out = decode(har(har_entry(CONSOLE, {"comment_infos": COMMENTS}) | change), start_ms=None)

    assert [found.reason for found in out.problems] == ([problem] if problem else [])


def test_saved_frames_one_a_line_in_seconds_milliseconds_or_words() -> None:
    frame = push(("WebcastLikeMessage", b"\x18\x07"), packed=False)
    # Without a time of its own in the message, what counts is the time of the response.
    data = lines(
        saved(kuaishou("一"), AT / 1_000),
        saved(kuaishou("二"), AT + 1),
        saved(kuaishou("三")) | {"time": "2026-09-01T19:30:00.002+08:00"},
        saved(frame, AT),
        saved('{"data":{"comment_infos":[{"comment_id":"5","content":"四"}]}}', AT + 3),
    )
    out = decode_bytes(data, "frames", platform="", session=None)
    found = [(event.text, event.at) for event in out.events if isinstance(event, Chat)]

    assert found == [("一", AT), ("二", AT + 1), ("三", AT + 2), ("四", AT + 3)]
    assert out.problems == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "no saved frame"),
        (b"[]", "no saved frame"),
        (b'{"time": 1, "opcode": 2, "data": "CAES"}', "a frame without a time: say --start"),
        (b'{"opcode": 2, "data": "CAES"}', "a frame without a time: say --start"),
        (b'{"time": 1788262200, "opcode": 2, "data": "%%%"}', "its data is no base64"),
    ],
)
def test_a_line_that_is_no_frame_costs_only_itself(line: bytes, reason: str) -> None:
    out = decode_bytes(
        line + b"\n" + lines(saved(kuaishou("好"))),
        "frames", platform="", session=None, start_ms=None,
    )  # fmt: skip

    assert [event.text for event in out.events if isinstance(event, Chat)] == ["好"]
    assert [problem.place for problem in out.problems] == ["line 1"]
    assert reason in out.problems[0].reason


def test_pings_are_counted() -> None:
    out = decode_bytes(lines(saved(b"") | {"opcode": 9}), "frames")

    assert out.skipped == {"frame of the socket itself": 1}


def test_two_recordings_of_one_evening_give_the_same_ids() -> None:
    frame = push(chat("多少钱"), first_id=1)
    from_har = decode(har(har_entry(SOCKET, frames=[saved(frame, AT / 1_000)]))).events
    from_lines = decode_bytes(lines(saved(frame)), "frames", platform="", session=None).events

    assert from_har == from_lines


FRAME = push(chat("多少钱"), first_id=1)
IN_BASE64 = base64.b64encode(FRAME).decode()
DEVTOOLS = {
    "method": "Network.webSocketFrameReceived",
    "params": {"requestId": "7.1", "timestamp": 81_233.7,
               "response": {"opcode": 2, "mask": False, "payloadData": IN_BASE64}},
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"data": IN_BASE64.rstrip("=")},
        {"data": base64.urlsafe_b64encode(FRAME).decode()},
        {"data": base64.encodebytes(FRAME).decode()},
        {"data": list(FRAME)},
        {"data": {"type": "Buffer", "data": list(FRAME)}},
        {"opcode": "2"},
        {"opcode": 2.0},
        {"opcode": None},
        {"opcode": [2]},
        {"type": 7, "url": None, "room": {}},
        {"time": None},
        {"time": "soon"},
    ],
)
def test_a_frame_that_was_saved_another_way_is_read(changes: dict[str, object]) -> None:
    whole = decode_bytes(lines(saved(FRAME)), "frames", platform="", session=None)
    out = decode_bytes(lines(saved(FRAME) | changes), "frames", platform="", session=None)
    assert [event.id for event in out.events] == [event.id for event in whole.events]
    assert out.problems == []


def test_a_list_of_frames_is_read_in_any_spelling() -> None:
    frames = [saved(kuaishou(f"第{number}句"), AT + number) for number in range(3)]
    whole = decode_bytes(lines(*frames), "frames", platform="", session=None)
    for data in (
        json.dumps(frames).encode(),
        b"\xef\xbb\xbf\n" + json.dumps(frames, indent=2).encode(),
        b"[" + b" " * 9 + b",\n".join(lines(frame) for frame in frames) + b"]",
    ):
        assert sniff(data, "frames.json") == "frames"
        for cut in (0, 1, 1_000):
            out = decode_bytes(data, "frames", cut=cut, platform="", session=None)
            assert [event.id for event in out.events] == [event.id for event in whole.events]
            assert out.problems == []
    cut_off = decode_bytes(json.dumps(frames).encode()[:-9], "frames", platform="", session=None)
    assert [event.text for event in cut_off.events if isinstance(event, Chat)] == ["第0句", "第1句"]
    assert [problem.reason for problem in cut_off.problems] == ["the file is cut off"]


def test_an_answer_that_was_saved_by_itself_is_read_as_it_stands() -> None:
    whole = decode_bytes(json.dumps(ROOM).encode(), "frames", platform="", session=None)
    assert len(whole.events) == 4
    for indent in (1, 2, 4):
        data = json.dumps(ROOM, indent=indent).encode()
        assert sniff(data, "room.json") == "frames"
        for cut in (0, 1, 1_000):
            out = decode_bytes(data, "frames", cut=cut, platform="", session=None)
            assert [type(event) for event in out.events] == [type(one) for one in whole.events]
            assert out.problems == []
    two = json.dumps(ROOM, indent=1) + "\n" + json.dumps({"comment_infos": COMMENTS}, indent=1)
    out = decode_bytes(two.replace("\n", "\r\n").encode(), "frames", platform="", session=None)
    assert len([event for event in out.events if isinstance(event, Chat)]) == len(COMMENTS)


def test_frames_of_the_developers_protocol_are_read() -> None:
    sent = DEVTOOLS | {"method": "Network.webSocketFrameSent"}
    data = lines(DEVTOOLS, sent)
    assert sniff(data) == "frames"
    out = decode_bytes(data, "frames", platform="", session=None)
    assert [event.text for event in out.events if isinstance(event, Chat)] == ["多少钱"]
    assert out.skipped["frame that the page sent"] == 1


def test_an_error_of_the_socket_is_no_frame() -> None:
    out = decode_bytes(
        lines(saved("net::ERR_TIMED_OUT") | {"opcode": -1, "type": "error"}, saved(FRAME)), "frames"
    )
    assert len(out.events) == 1
    assert (out.problems, out.skipped) == ([], {"frame of the socket itself": 1})


def entry_of(body: bytes, kind: str = "application/json") -> dict[str, Any]:
    entry = har_entry(CONSOLE, {})
    content = {"mimeType": kind, "text": base64.b64encode(body).decode(), "encoding": "base64"}
    return entry | {"response": {"content": content}}


BODY = json.dumps({"comment_infos": COMMENTS}).encode()


@pytest.mark.parametrize(
    "entry",
    [
        entry_of(b"\xef\xbb\xbf" + BODY),
        entry_of(gzip.compress(BODY)),
        entry_of(BODY, "text/html"),
        entry_of(BODY, ""),
    ],
)
def test_an_answer_that_was_recorded_another_way_is_read(entry: dict[str, Any]) -> None:
    out = decode(har(entry))
    assert len([event for event in out.events if isinstance(event, Chat)]) == len(COMMENTS)
    assert out.problems == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (entry_of(BODY[:-7]), "an answer that is no whole JSON"),
        (entry_of(gzip.compress(BODY)[:-9]), "its body: packed bytes that are cut off"),
        (
            har_entry(CONSOLE, {}) | {"_webSocketMessages": {"0": "CAES"}},
            "frames that are no list of objects",
        ),
    ],
)
def test_an_answer_that_may_hold_something_and_cannot_be_read_is_reported(
    entry: dict[str, Any], reason: str
) -> None:
    [problem] = decode(har(entry)).problems
    assert problem.reason == reason
    assert problem.data


def test_where_a_socket_is_silent_for_minutes_nothing_was_watched() -> None:
    moments = (AT, AT + 119_000, AT + 600_000, AT + 601_000)
    data = lines(*(saved(kuaishou(f"第{n}句"), at) for n, at in enumerate(moments)))
    gaps = [
        event
        for event in decode_bytes(data, "frames", platform="", session=None).events
        if isinstance(event, Gap)
    ]

    assert [(gap.from_, gap.until, gap.platform, gap.source) for gap in gaps] == [
        (AT + 119_000, AT + 600_000, "kuaishou", "frames")
    ]


def test_the_same_frames_again_make_no_gap() -> None:
    data = lines(*(saved(kuaishou("好"), at) for at in (AT, AT + 500_000, AT, AT + 100_000)))
    out = decode_bytes(data, "frames", platform="", session=None)

    assert sum(isinstance(event, Gap) for event in out.events) == 1


def test_a_frame_of_bilibili_is_told_by_its_header() -> None:
    body = json.dumps({"cmd": "WATCHED_CHANGE", "data": {"num": 812, "text_small": "812"}}).encode()
    head = (16 + len(body)).to_bytes(4, "big") + b"\x00\x10\x00\x00\x00\x00\x00\x05\x00\x00\x00\x01"
    data = lines(saved(base64.b64encode(head + body).decode()) | {"opcode": 2})
    out = decode_bytes(data, "frames", platform="", session=None)

    assert [(event.platform, getattr(event, "value", None)) for event in out.events] == [
        ("bilibili", 812)
    ]


RELAYED = {
    "common": {"method": "WebcastChatMessage", "msgId": "1", "roomId": "7412345678901234567",
               "createTime": str(AT)},
    "user": {"id": "5501", "nickname": "小雨点"}, "content": "多少钱",
}  # fmt: skip


def test_messages_of_relays_and_recorders_need_no_wrapping() -> None:
    danmu = {
        "cmd": "DANMU_MSG:4:0:2:2:2:0",
        "info": [[0, 1, 25, 0, AT, 0, 0, "a1"], "好看", [5, "甲", 0], [], [], [], 0, 0, 0, {}],
    }
    forwarded = {"host_info": {}, "live_info": {"live_id": "L9", "online_count": 7},
                 "events": [{"decoded_type": "comment", "msg_id": "w", "sec_openid": "o",
                             "content": "有货吗", "msg_time": AT}]}  # fmt: skip
    data = b"".join(json.dumps(line).encode() + b"\n" for line in (RELAYED, danmu, forwarded))
    out = decode_bytes(data, "frames", platform="", session=None)

    assert out.problems == []
    assert [(event.platform, event.text, event.at, event.seen)
            for event in out.events if isinstance(event, Chat)] == [
        ("douyin", "多少钱", AT, None), ("bilibili", "好看", AT, None), ("channels", "有货吗", AT, None),
    ]  # fmt: skip


def test_a_relay_and_a_socket_tell_the_same_message_once() -> None:
    relayed = decode_bytes(json.dumps(RELAYED).encode(), "frames", platform="", session=None)
    captured = decode_bytes(
        lines(saved(push(chat("多少钱"), first_id=1))), "frames", platform="", session=None
    )

    assert [
        (event.id, event.session, event.user) for event in relayed.events if isinstance(event, Chat)
    ] == [
        (event.id, event.session, event.user)
        for event in captured.events
        if isinstance(event, Chat)
    ]


def test_a_message_without_any_time_needs_the_start() -> None:
    data = b'{"cmd": "WATCHED_CHANGE", "data": {"num": 5}}\n'

    assert [found.reason for found in decode_bytes(data, "frames", start_ms=None).problems] == [
        "a message without a time: say --start"
    ]
    assert [event.at for event in decode_bytes(data, "frames").events] == [AT]


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (json.dumps(RELAYED).encode(), "frames"),
        (b'{"cmd":"DANMU_MSG","info":[]}\n', "frames"),
        (capture(), "har"),
        (lines(saved(kuaishou("好"))), "frames"),
        (b"PK\x03\x04", "xlsx"),
    ],
)
def test_the_format_is_told_by_the_beginning(data: bytes, format_: str) -> None:
    assert sniff(data, "x") == format_


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (b"a\tb\n", "csv"),  # what some consoles call a workbook
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xlsx"),
    ],
)
def test_what_is_called_xls_is_told_by_its_bytes(data: bytes, format_: str) -> None:
    assert sniff(data, "商品.xls") == format_


SHOP = (
    '<!DOCTYPE html><html><head><script type="application/ld+json">{"@context":"https://schema.org",'
    '"@type":"Product","name":"桂花茶","sku":"T9","offers":{"@type":"Offer","price":"39.90",'
    '"priceCurrency":"CNY","availability":"https://schema.org/InStock"}}</script></head></html>'
)


def test_the_markup_of_a_page_tells_what_it_sells() -> None:
    har = {"log": {"entries": [entry_of(SHOP.encode(), "text/html; charset=utf-8")]}}
    out = decode(json.dumps(har).encode(), platform="", room="7")

    assert out.problems == []
    assert [(event.sku, event.price) for event in out.events if isinstance(event, Price)] == [
        ("T9", 3_990)
    ]


def test_a_page_without_goods_is_passed_over_in_silence() -> None:
    har = {"log": {"entries": [entry_of(b"<html><p>hello</p></html>", "text/html")]}}
    out = decode(json.dumps(har).encode(), platform="", room="7")

    assert (out.events, out.problems, out.notes) == ([], [], [])
    assert out.skipped == {"answer text/html": 1}


def test_a_page_that_was_saved_is_read_with_its_address() -> None:
    saved = SHOP.replace(
        "<html>", "<html>\n<!-- saved from url=(0028)https://shop.example/item/T9 -->", 1
    )
    out = decode_bytes(saved.encode(), "page", platform="shop", room="", session=None)

    assert out.problems == []
    assert {event.room for event in out.events} == {"shop.example/item/T9"}
    assert {type(event).__name__ for event in out.events} == {"Product", "Price"}


def test_files_of_a_relay_begin_with_how_the_relay_stands() -> None:
    online = {"type": "system", "event": "live_status", "code": "ROOM_ONLINE", "live": True,
              "room_id": "5164", "live_name": "小铺", "title": "晚场"}  # fmt: skip
    line = {"method": "WebcastChatMessage", "content": "多少钱", "user": {"id": "1", "nickname": "甲"},
            "common": {"method": "WebcastChatMessage", "msgId": "763", "roomId": "99", "createTime": "1788262200123"}}  # fmt: skip
    data = b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in (online, line))

    assert sniff(data, "evening.jsonl") == "frames"
    out = decode_bytes(data, "frames", platform="", room="77", session=None, start_ms=None)
    assert out.problems == []
    assert [type(event).__name__ for event in out.events] == ["Session", "Chat"]
    assert {event.at for event in out.events} == {1_788_262_200_123}

    # Alone, nobody knows when it was.
    alone = decode_bytes(
        json.dumps(online).encode(), "frames", platform="", room="77", start_ms=None
    )
    assert alone.events == []
    assert "--start" in alone.problems[0].reason


def test_lists_of_messages_of_dycast_are_read() -> None:
    data = (
        b'[{"id":"1","method":"WebcastChatMessage","user":{"id":"u","name":"x"},"content":"hi"}]\n'
    )
    assert sniff(data * 2, "x.json") == "frames"
    out = decode_bytes(data * 2, "frames", platform="", room="77", session=None)
    assert {type(event).__name__ for event in out.events} == {"Chat"}
