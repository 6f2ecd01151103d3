"""Douyin's and TikTok's frames: chat, counts, the platform's notices."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from connectors.decoders.decoded import Decoded
from connectors.decoders.frame import Place
from connectors.decoders.webcast import WebcastFrames
from detectors.events import Chat, Counter, Session
from tests.connectors.decoders.protobuf_frames import (
    AT,
    CLASSES,
    chat,
    common,
    push,
    response,
    write,
)
from tests.connectors.importing import recording

ROOM_ID = "7412345678901234567"


def decode(frame: bytes, received_at: int = AT + 900, **known: object) -> Decoded:
    return WebcastFrames(recording(**({"platform": "douyin", "session": None} | known))).feed(
        frame, received_at
    )


def text(pattern: str = "", *pieces: str) -> object:
    return CLASSES["Text"](
        default_pattern=pattern, pieces=[CLASSES["Piece"](string_value=piece) for piece in pieces]
    )


def test_a_chat_line_has_the_platforms_id_time_and_broadcast_and_a_pseudonym() -> None:
    frame = push(chat("这个多少钱呀", event_time=AT // 1_000), first_id=9_001)
    (line,) = decode(frame).events

    assert isinstance(line, Chat)
    assert (line.id, line.text, line.role) == ("9001", "这个多少钱呀", "viewer")
    assert (line.platform, line.room, line.session) == ("douyin", "77001", ROOM_ID)
    assert (line.at, line.seen) == (AT, AT + 900)
    assert line.user is not None
    assert line.user.startswith("k1:")
    assert line.raw == hashlib.sha256(frame).hexdigest()
    assert "小雨点" not in repr(line)


def test_what_viewers_write_of_themselves_is_masked() -> None:
    (line,) = decode(push(chat("加我微信 tea_77001 呀"), first_id=1)).events

    assert isinstance(line, Chat)
    assert line.text == "加我微信 〔微信号〕 呀"


def test_the_room_is_that_of_the_broadcast_where_nobody_named_it() -> None:
    (line,) = decode(push(chat("来啦"), first_id=1), room="").events

    assert (line.room, line.session) == (ROOM_ID, ROOM_ID)


def test_a_new_start_has_another_room_id_and_is_another_session() -> None:
    decoder = WebcastFrames(recording(platform="douyin", session=None))
    sessions = []
    for room_id in (77, 78):
        message = write("Chat", common=common(room_id, room_id=room_id), content="好")
        sessions += [
            event.session
            for event in decoder.feed(push(("WebcastChatMessage", message)), AT).events
        ]

    assert sessions == ["77", "78"]


def test_two_identical_lines_without_ids_are_two_events() -> None:
    message = ("WebcastChatMessage", write("Chat", content="想要"))
    first, second = decode(push(message, message)).events

    assert first.id != second.id
    assert [event.id for event in decode(push(message, message)).events] == [first.id, second.id]


def test_the_time_of_a_message_may_be_in_seconds_or_milliseconds_or_missing() -> None:
    moments = [
        decode(push(("WebcastChatMessage", write("Chat", content="好", **fields)))).events[0].at
        for fields in (
            {"event_time": AT // 1_000 + 5},
            {"common": common(1, create_time=AT + 7)},
            {},  # the response's own time
        )
    ]

    assert moments == [AT + 5_000, AT + 7, AT]


@pytest.mark.parametrize("field", ["rich_old", "rich", "rich_v2"])
def test_text_may_come_as_rich_text(field: str) -> None:
    (line,) = decode(
        push(("WebcastChatMessage", write("Chat", **{field: text("", "好", "喝")})))
    ).events

    assert isinstance(line, Chat)
    assert line.text == "好喝"


def test_counts_of_the_room_are_exact_where_the_message_is_exact() -> None:
    message = write(
        "UserSeq", common=common(5), total=812, total_user=13_100, total_user_str="1.3万"
    )
    viewers, visits = decode(push(("WebcastRoomUserSeqMessage", message), first_id=5)).events

    assert isinstance(viewers, Counter)
    assert isinstance(visits, Counter)
    assert (viewers.name, viewers.value) == ("viewers", 812)
    assert (visits.name, visits.value) == ("visits", 13_100)


def test_a_rounded_count_is_a_range() -> None:
    (visits,) = decode(
        push(("WebcastRoomUserSeqMessage", write("UserSeq", total_user_str="1.3万")))
    ).events

    assert isinstance(visits, Counter)
    assert (visits.value, visits.low, visits.high) == (None, 13_000, 13_999)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"display_long": "91在线观众", "display_value": 91}, "viewers"),
        ({"display_long": "91人看过", "display_value": 91}, "visits"),
        ({"display_long": "91", "display_value": 91}, None),  # of what?
        ({"display_long": "91在线观众", "display_value": 91, "incremental": True}, None),
        ({"display_long": "91在线观众", "display_value": 91, "is_hidden": True}, None),
    ],
)
def test_room_statistics_count_what_their_label_says(
    fields: dict[str, object], name: str | None
) -> None:
    out = decode(push(("WebcastRoomStatsMessage", write("Stats", **fields))))

    assert [event.name for event in out.events if isinstance(event, Counter)] == (
        [name] if name else []
    )
    assert bool(out.skipped) == (name is None)


def test_likes_are_the_rooms_total() -> None:
    (likes,) = decode(push(("WebcastLikeMessage", write("Like", count=3, total=756)))).events

    assert isinstance(likes, Counter)
    assert (likes.name, likes.value) == ("likes", 756)


def test_the_platforms_notice_of_a_violation_is_kept_word_by_word() -> None:
    extra = CLASSES["ControlExtra"](
        violation_reason=text("涉嫌虚假宣传"), content=text("直播间已被{0:string}", "暂停展示")
    )
    (notice,) = decode(
        push(("WebcastControlMessage", write("Control", action=4, extra=extra)), first_id=8)
    ).events

    assert isinstance(notice, Chat)
    assert (notice.role, notice.user) == ("system", None)
    assert notice.text == "涉嫌虚假宣传 暂停展示"


def test_the_end_of_the_broadcast() -> None:
    (end,) = decode(push(("WebcastControlMessage", write("Control", action=3)), first_id=8)).events

    assert isinstance(end, Session)
    assert (end.phase, end.id) == ("ended", "end-8")


@pytest.mark.parametrize(("platform", "ends"), [("tiktok", True), ("douyin", False)])
def test_a_broadcast_that_the_platform_suspended_is_over_where_that_is_known(
    platform: str, ends: bool
) -> None:
    frame = push(("WebcastControlMessage", write("Control", action=4)), first_id=8)
    out = decode(frame, platform=platform)

    assert [type(event) for event in out.events] == ([Session] if ends else [])
    assert bool(out.skipped) == (not ends)


def test_the_end_is_one_end_however_often_it_is_told() -> None:
    end = ("WebcastControlMessage", write("Control", common=common(8), action=3))
    again = ("WebcastControlMessage", write("Control", common=common(9), action=3))

    assert {event.id for event in decode(push(end, again)).events} == {f"end-{ROOM_ID}"}


def test_the_steps_of_a_combo_are_one_gift() -> None:
    steps = [
        ("WebcastGiftMessage", write("Gift", gift_id=1, combo_count=n, repeat_end=int(n == 3)))
        for n in (2, 3)
    ]
    out = decode(push(*steps))

    assert out.events == []
    assert out.skipped == {"gift": 1, "gift (a step of a combo)": 1}


def test_an_unknown_message_is_kept_with_its_bytes_and_a_known_one_without_place_is_counted() -> (
    None
):
    out = decode(push(("WebcastBrandNewMessage", b"\x08\x01"), ("WebcastMemberMessage", b"")))

    (kept,) = out.unknown
    assert (kept.reason, kept.data) == ("unknown WebcastBrandNewMessage", b"\x08\x01")
    assert out.skipped == {"WebcastMemberMessage": 1}


def test_a_response_without_an_envelope_is_read_too() -> None:
    # As the page polls it before its socket is open.
    (line,) = decode(response(chat("你好"), first_id=3)).events

    assert line.id == "3"


def test_a_frame_that_is_not_packed_says_the_same() -> None:
    packed, plain = (
        decode(push(chat("你好"), first_id=3, packed=packed)) for packed in (True, False)
    )

    assert [event.id for event in packed.events] == [event.id for event in plain.events] == ["3"]


def test_a_heartbeat_is_counted() -> None:
    out = decode(write("PushFrame", payload_type="hb"))

    assert out.skipped == {"frame without a body (hb)": 1}


@pytest.mark.slow
def test_a_bomb_is_a_problem() -> None:
    bomb = write("PushFrame", payload_type="msg", payload=gzip.compress(bytes(64 << 20)))
    (problem,) = decode(bomb).problems

    assert problem.reason == "unpacks to more than 16 MiB"
    assert len(problem.data) <= 4_096


def test_packed_twice_and_cut_off_are_problems() -> None:
    twice = gzip.compress(gzip.compress(response(chat("好"))))
    for payload in (twice, gzip.compress(response(chat("好")))[:-12]):
        out = decode(write("PushFrame", payload_type="msg", payload=payload))
        assert [problem.place for problem in out.problems] == ["frame"]


def test_what_was_read_before_a_fault_is_kept() -> None:
    whole = response(chat("第一句"), chat("第二句"), first_id=1)
    out = decode(write("PushFrame", payload_type="msg", payload=whole[:-9]))

    assert "1" in {event.id for event in out.events}
    assert "cut off" in out.problems[0].reason


def test_fields_that_nobody_knows_change_nothing() -> None:
    name, message = chat("你好")
    drifted = message + b"\xfa\xff\x07\x03new" + b"\x98\x06\x05"

    assert decode(push((name, drifted), first_id=2)).events[0].id == "2"


def test_a_host_known_from_the_page_is_no_viewer() -> None:
    decoder = WebcastFrames(recording(platform="douyin"))
    decoder.broadcast.enter(ROOM_ID, Place("77001", host_account="5501"))
    (line,) = decoder.feed(push(chat("加我微信 tea_77001", user=5_501)), AT).events

    assert isinstance(line, Chat)
    assert (line.role, line.text) == ("host", "加我微信 tea_77001")


def test_a_line_of_one_who_is_called_as_the_host_is_of_unknown_role() -> None:
    (line,) = decode(push(chat("都是现货"), first_id=1), host="小雨点").events

    assert isinstance(line, Chat)
    assert line.role is None
