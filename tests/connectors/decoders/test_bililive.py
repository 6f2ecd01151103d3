"""Danmaku XML of BililiveRecorder and its relatives."""

from __future__ import annotations

import hashlib

import pytest

from detectors.events import Chat, Session
from tests.connectors.importing import DATA, START_MS, decode_bytes, decode_file, recording

WHOLE = (DATA / "danmaku.xml").read_bytes()


def chats(data: bytes, **known: object) -> list[Chat]:
    return [
        event for event in decode_bytes(data, "bililive", **known).events if isinstance(event, Chat)
    ]


def test_the_recording_names_room_session_title_and_host() -> None:
    out = decode_file("danmaku.xml", "bililive", room="", session=None, start_ms=None)

    session = out.events[0]
    assert isinstance(session, Session)
    assert (session.room, session.session) == ("77001", "77001-20260901T193000")
    assert (session.phase, session.title, session.host) == (
        "started",
        "春茶上新，全场包邮",
        "茶山阿婆",
    )
    # start_time has seven fractional digits: …00.1234567
    assert session.at == START_MS + 123


def test_the_files_own_start_goes_before_what_was_said() -> None:
    # `--start` is for the subtitles beside it.
    out = decode_file("danmaku.xml", "bililive", start_ms=START_MS + 3_600_000)

    assert out.events[0].at == START_MS + 123


def test_the_platforms_own_message_goes_before_the_attributes() -> None:
    first = chats(WHOLE)[0]

    assert first.id == "d-5f00000001"
    assert first.at == 1_788_262_203_100
    assert first.text == "这个茶一斤多少钱"
    assert first.role == "viewer"
    assert first.user == recording().account("10086001")


def test_two_identical_lines_are_two_events_and_a_copy_numbers_them_the_same_way() -> None:
    once = [chat.id for chat in chats(WHOLE) if chat.text == "已拍"]

    assert len(once) == len(set(once)) == 2
    assert once == [chat.id for chat in chats(WHOLE) if chat.text == "已拍"]


def test_a_recording_that_began_later_gives_the_same_ids() -> None:
    # The second recorder started 2 s later: the places in the file differ, the messages do not.
    later = (
        WHOLE.replace(b"19:30:00.1234567", b"19:30:02.1234567")
        .replace(b'p="3.250,', b'p="1.250,')
        .replace(b'p="4.010,', b'p="2.010,')
        .replace(b'p="4.015,', b'p="2.015,')
    )

    assert [chat.id for chat in chats(later)] == [chat.id for chat in chats(WHOLE)]


def test_the_host_is_known_by_name_and_a_moderator_is_of_unknown_role() -> None:
    roles = {chat.text: chat.role for chat in chats(WHOLE)}

    assert roles["今天只卖春茶"] == "host"
    assert roles["大家别刷屏"] is None


def test_a_masked_sender_is_unknown_and_contacts_are_masked() -> None:
    (line,) = [chat for chat in chats(WHOLE) if "微信" in chat.text]

    assert line.user is None
    assert line.text == "加我微信 〔微信号〕 便宜，电话〔手机号〕"


def test_no_name_and_no_account_of_a_viewer_leaves_the_decoder() -> None:
    out = decode_bytes(WHOLE, "bililive")

    shown = repr(out.events)
    for secret in ("夜读的鱼", "小满", "10086001", "10086002", "13800138000"):
        assert secret not in shown


def test_a_paid_line_is_chat_and_gifts_are_counted_by_kind() -> None:
    out = decode_bytes(WHOLE, "bililive")

    (paid,) = [event for event in out.events if event.id == "sc-991"]
    assert isinstance(paid, Chat)
    assert paid.text == "请问降血压吗"
    assert paid.at == 1_788_262_209_000
    assert out.skipped == {"gift": 1, "guard": 1}
    # A kind of item that nobody knows may be a chat line under another name.
    assert [piece.kind for piece in out.unknown] == ["element mystery"]
    assert out.problems == []


def test_raw_is_the_hash_of_the_bytes_of_the_item() -> None:
    start = WHOLE.index(b'<d p="4.010,')
    item = WHOLE[start : WHOLE.index(b"</d>", start) + len(b"</d>")]

    assert chats(WHOLE)[1].raw == hashlib.sha256(item).hexdigest()


@pytest.mark.parametrize("cut", [1, 2, 7, 64, 1_000])
def test_the_cut_of_the_input_changes_nothing(cut: int) -> None:
    assert decode_bytes(WHOLE, "bililive", cut=cut) == decode_bytes(WHOLE, "bililive")


def test_a_file_cut_inside_an_item_gives_what_was_complete_and_says_so() -> None:
    out = decode_file("danmaku_cut.xml", "bililive")

    assert len(out.events) == 7
    (problem,) = out.problems
    assert "cut off" in problem.reason
    assert "请问降".encode() in problem.data


def test_a_file_cut_between_items_lost_nothing() -> None:
    out = decode_file("danmaku_unclosed.xml", "bililive")

    assert len(out.events) == 8
    assert out.problems == []
    assert any("end tag" in note for note in out.notes)


def test_a_cut_at_any_byte_loses_no_complete_item() -> None:
    complete = decode_bytes(WHOLE, "bililive").events
    ends = [index + 1 for index in range(len(WHOLE)) if WHOLE[index : index + 1] == b">"]
    for end in (*ends, *(end - 3 for end in ends)):
        events = decode_bytes(WHOLE[:end], "bililive").events
        assert events == complete[: len(events)]
        whole_items = (
            WHOLE[:end].count(b"</d>")
            + WHOLE[:end].count(b"</sc>")
            + (b'+08:00" />' in WHOLE[:end])
        )
        assert len(events) == whole_items


def test_a_broken_item_is_reported_and_the_next_ones_are_read() -> None:
    out = decode_file("danmaku_broken_item.xml", "bililive")

    assert [problem.place for problem in out.problems] == ["byte 1533"]
    assert len(out.events) == 7
    assert out.skipped["gift"] == 1


def test_a_broken_opening_loses_its_own_item_only() -> None:
    broken = WHOLE.replace(b'<d p="4.010,', b'<d p="4.010,1" p="')
    out = decode_bytes(broken, "bililive")

    assert len(out.problems) == 1
    # Of the two identical lines one is left; nothing that stood before comes twice.
    assert len(out.events) == len(decode_bytes(WHOLE, "bililive").events) - 1
    assert len({event.id for event in out.events}) == len(out.events)


def test_entities_are_refused() -> None:
    out = decode_file("bomb.xml", "bililive")

    assert out.events == []
    assert [problem.reason for problem in out.problems] == [
        "a document type or entity in a danmaku file"
    ]


def test_old_files_without_uid_tell_viewers_apart_by_name() -> None:
    first, second = [
        event
        for event in decode_file("danmaku_old.xml", "bililive", start_ms=None).events
        if isinstance(event, Chat)
    ]

    assert first.user is not None
    assert first.user == second.user
    # Nothing was sent in the second's `p`: its place after the start of the recording.
    assert second.at == START_MS + 2_500


def test_the_main_sites_rows_keep_their_own_id() -> None:
    data = b'<i><chatserver>x</chatserver><d p="12.5,1,25,16777215,1788262205,0,7c0ffee0,55501234567">\xe5\xa5\xbd</d></i>'
    (chat,) = chats(data)

    assert chat.id == "d-55501234567"
    assert chat.at == 1_788_262_205_000  # in seconds there
    assert chat.user == recording().account("crc:7c0ffee0")


def test_biliups_paid_lines_are_chat() -> None:
    data = (
        '<i><d p="1.0,1,25,16777215,1788262201000,0,9,0" uid="9" user="a">你好</d>'
        '<s timestamp="1788262202" uid="9" username="a" price="30">支持主播</s><o timestamp="1788262203">x</o></i>'
    ).encode()
    out = decode_bytes(data, "bililive")

    assert [(event.at, event.text) for event in out.events if isinstance(event, Chat)] == [
        (1_788_262_201_000, "你好"),
        (1_788_262_202_000, "支持主播"),
    ]
    assert out.skipped == {"o": 1}


def test_a_line_without_any_time_is_reported() -> None:
    out = decode_bytes(b"<i><d p=''>a</d></i>", "bililive", start_ms=None)

    assert out.events == []
    assert "no time" in out.problems[0].reason


def test_a_file_that_does_not_name_its_room_is_refused_once() -> None:
    row = b'<d p="1,1,25,0,1788262201000,0,9,0">a</d>'
    out = decode_bytes(b"<i>" + row * 50 + b"</i>", "bililive", room="")

    assert len(out.problems) == 1
    assert "--room" in out.problems[0].reason


def test_an_item_without_end_is_given_up_in_bounded_memory() -> None:
    from connectors.decoders.bililive import MAX_ITEM, BililiveXml

    decoder = BililiveXml(recording())
    decoder.feed(b"<i><d p='1,1,25,0,1788262201000,0,9,0'>")
    problems = []
    for _ in range(3 * MAX_ITEM // 4_096):
        problems += decoder.feed(b"a" * 4_096).problems
    out = decoder.feed(b"</d><d p='1,1,25,0,1788262201000,0,9,0'>\xe5\xa5\xbd</d></i>")

    assert any("more than" in problem.reason for problem in problems)
    assert len(decoder._buffer) <= MAX_ITEM
    assert [event.text for event in out.events if isinstance(event, Chat)] == ["好"]


def test_a_place_in_the_video_is_no_time_of_capture() -> None:
    # On the main site a comment is written long after the second at which it stands.
    sent = START_MS // 1_000 + 3_600
    line = f'<i><d p="12.5,1,25,16777215,{sent},0,abc,77">好看</d></i>'.encode()
    (event,) = decode_bytes(line, "bililive", platform="bilibili", start_ms=START_MS).events

    assert event.at == sent * 1_000
    assert event.seen is None
