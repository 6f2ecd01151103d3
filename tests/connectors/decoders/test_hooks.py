"""Webhooks of programs that people already run: 录播姬 and wxlivespy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.decoded import Decoded
from connectors.decoders.recorder_hook import RecorderHook
from connectors.decoders.wxlivespy import WxlivespyForward
from detectors.events import Chat, Counter, Session, encode
from tests.connectors.decoders.foreign import JSONS, holds
from tests.connectors.importing import recording

NOW = 1_788_262_200_000

#: As on the recorder's page.
STARTED: dict[str, Any] = {
    "EventType": "SessionStarted",
    "EventTimestamp": "2021-05-14T17:52:44.4960899+08:00",
    "EventId": "e3e1c9ec-f386-4bc3-9e5a-661bf3ed2fb2",
    "EventData": {
        "SessionId": "7c7f3672-70ce-405a-aa12-886702ced6e5", "RoomId": 23058, "ShortId": 3,
        "Name": "3号直播间", "Title": "哔哩哔哩音悦台", "AreaNameParent": "生活", "AreaNameChild": "影音馆",
        "Recording": True, "Streaming": True, "DanmakuConnected": True,
    },
}  # fmt: skip


def recorder(body: Any, **known: Any) -> Decoded:
    known = {"platform": "bilibili", "room": "", "session": None} | known
    frame = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RecorderHook(recording(**known)).feed(frame, NOW)


def test_a_recording_begins() -> None:
    [event] = recorder(STARTED).events
    assert isinstance(event, Session)
    assert (event.platform, event.room, event.session) == (
        "bilibili", "23058", "7c7f3672-70ce-405a-aa12-886702ced6e5",
    )  # fmt: skip
    # 2021-05-14T09:52:44.496Z
    assert (event.phase, event.at, event.seen) == ("started", 1_620_985_964_496, NOW)
    assert (event.title, event.host) == ("哔哩哔哩音悦台", "3号直播间")


def test_a_repeated_request_is_the_same_event() -> None:
    [first], [again] = recorder(STARTED).events, recorder(STARTED).events
    assert first.id == again.id == "rec-e3e1c9ec-f386-4bc3-9e5a-661bf3ed2fb2"


def test_the_end_names_the_session_of_the_start_whatever_comes_first() -> None:
    ended = STARTED | {
        "EventType": "SessionEnded", "EventId": "x", "EventTimestamp": "2021-05-14T17:52:54.9481095+08:00",
    }  # fmt: skip
    [event] = recorder(ended).events
    assert isinstance(event, Session)
    assert (event.phase, event.at) == ("ended", 1_620_985_974_948)
    assert event.session == STARTED["EventData"]["SessionId"]


@pytest.mark.parametrize("kind", ["FileOpening", "FileClosed", "StreamStarted", "StreamEnded"])
def test_files_and_streams_are_counted(kind: str) -> None:
    out = recorder(STARTED | {"EventType": kind})
    assert (out.events, out.problems, out.skipped) == ([], [], {kind: 1})


def test_a_kind_that_nobody_knows_yet_is_no_error() -> None:
    out = recorder(STARTED | {"EventType": "DiskFull"})
    assert (out.events, out.problems) == ([], [])
    assert [problem.reason for problem in out.unknown] == ["unknown event type DiskFull"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"[]", "no object"),
        ({"hello": 1}, "no EventType"),
        (STARTED | {"EventTimestamp": "gestern"}, "EventTimestamp"),
        (STARTED | {"EventTimestamp": None}, "EventTimestamp"),
        (STARTED | {"EventData": None}, "no RoomId"),
        (STARTED | {"EventId": ""}, "no RoomId"),
    ],
)
def test_what_is_no_webhook_of_the_recorder_is_kept_with_the_reason(body: Any, reason: str) -> None:
    out = recorder(body)
    assert reason in out.problems[0].reason
    assert not out.events


FORWARD: dict[str, Any] = {
    "host_info": {"wechat_uin": "2042584", "finder_username": "v2_060000231003b20f@finder"},
    "live_info": {
        "wechat_uin": "2042584", "live_id": "20425847264", "live_status": 1, "online_count": 18,
        "start_time": NOW // 1000 - 600, "like_count": 321, "reward_total_amount_in_wecoin": 5,
        "nickname": "茶老板", "head_url": "",
    },
    "events": [
        {"decoded_type": "comment", "msg_id": "finderlive_usermsg_comment_1F4E_o9hHn5apfwHL",
         "msg_time": NOW - 5_000, "msg_sub_type": "1", "content": "多少钱一盒", "nickname": "小李",
         "decoded_openid": "o9hHn5apfwHL", "sec_openid": "b2afac", "seq": 4},
        {"decoded_type": "comment", "msg_id": "finderlive_usermsg_comment_2B_o9host", "content": "39.9 一盒",
         "msg_time": NOW - 4_000, "nickname": "茶老板", "decoded_openid": "o9host", "seq": 5},
        {"decoded_type": "enter", "msg_id": "e", "nickname": "小王", "seq": 6},
        {"decoded_type": "unknown", "msg_id": "u", "original_data": {"type": 7}, "seq": 7},
    ],
}  # fmt: skip


def spy(body: Any, **known: Any) -> Decoded:
    known = {"platform": "wechat", "room": "", "session": None} | known
    frame = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return WxlivespyForward(recording(**known)).feed(frame, NOW)


@pytest.mark.parametrize(
    "body", [FORWARD, {"decoded_data": FORWARD, "original_url": "x", "original_body": ""}]
)
def test_a_forward_of_the_console(body: Any) -> None:
    out = spy(body)
    assert {(event.platform, event.room, event.session) for event in out.events} == {
        ("wechat", "2042584", "20425847264")
    }
    started, viewers, likes, asked, answered = out.events
    assert isinstance(started, Session)
    assert (started.phase, started.at) == ("started", NOW - 600_000)
    assert isinstance(viewers, Counter)
    assert (viewers.name, viewers.value, viewers.at) == ("viewers", 18, NOW - 4_000)
    assert isinstance(likes, Counter)
    assert (likes.name, likes.value) == ("likes", 321)
    assert isinstance(asked, Chat)
    assert (asked.role, asked.text, asked.at) == ("viewer", "多少钱一盒", NOW - 5_000)
    assert isinstance(answered, Chat)
    assert answered.role is None  # the host, or a viewer of his name
    assert out.skipped == {"enter": 1}
    assert [problem.reason for problem in out.unknown] == ["unknown event type unknown"]


def test_an_event_that_is_forwarded_twice_has_one_id_which_names_no_viewer() -> None:
    first, again = (
        spy(FORWARD),
        spy(FORWARD | {"live_info": FORWARD["live_info"] | {"online_count": 19}}),
    )
    chats = [
        [event.id for event in out.events if isinstance(event, Chat)] for out in (first, again)
    ]
    assert chats[0] == chats[1]
    for event in first.events:
        encoded = encode(event).decode()
        assert "o9hHn5apfwHL" not in encoded
        assert "小李" not in encoded


def test_the_end_of_a_broadcast() -> None:
    out = spy(FORWARD | {"live_info": FORWARD["live_info"] | {"live_status": 2}, "events": []})
    ended = out.events[-1]
    assert isinstance(ended, Session)
    assert (ended.phase, ended.at) == ("ended", NOW)


@pytest.mark.parametrize("body", [b"\xff", {}, {"events": []}, FORWARD | {"live_info": None}])
def test_what_is_no_forward_is_kept_with_the_reason(body: Any) -> None:
    out = spy(body)
    assert out.problems
    assert not out.events


@settings(deadline=None)  # a busy machine is no fault
@given(frame=st.binary(max_size=300))
def test_no_bytes_break_them(frame: bytes) -> None:
    holds(recorder(frame))
    holds(spy(frame))


@settings(deadline=None)  # a busy machine is no fault
@given(changed=st.dictionaries(st.sampled_from([*STARTED, *FORWARD, *STARTED["EventData"]]), JSONS),
       inner=st.dictionaries(st.sampled_from([*FORWARD["live_info"], *FORWARD["events"][0], "RoomId", "SessionId"]), JSONS))  # fmt: skip
@pytest.mark.slow
def test_no_shape_breaks_them(changed: dict[str, Any], inner: dict[str, Any]) -> None:
    def dump(value: Any) -> bytes:
        return json.dumps(value).encode("utf-8", "surrogatepass")

    holds(recorder(dump(STARTED | {"EventData": STARTED["EventData"] | inner} | changed)))
    events = [FORWARD["events"][0] | inner]
    holds(spy(dump(FORWARD | {"live_info": FORWARD["live_info"] | inner, "events": events})))
    holds(spy(dump(FORWARD | changed)))
