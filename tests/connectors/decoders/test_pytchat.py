"""YouTube chat as pytchat and yt-dlp write it."""

from __future__ import annotations

import json

from detectors.events import Chat
from tests.connectors.importing import DATA, START_MS, decode_bytes, decode_file, recording


def test_text_and_paid_messages_of_a_live_answer_are_chat() -> None:
    out = decode_file("youtube_live.json", "pytchat")

    assert [
        (event.id, event.at - START_MS, event.text)
        for event in out.events
        if isinstance(event, Chat)
    ] == [
        ("m1", 1_000, "主播好😀"),
        ("m2", 2_000, "今天卖什么😀"),
        ("m3", 3_000, "卖春茶😀"),
        ("p1", 5_000, "冲冲冲"),
    ]
    assert out.problems == []


def test_the_channels_owner_is_the_host() -> None:
    roles = [
        event.role
        for event in decode_file("youtube_live.json", "pytchat").events
        if isinstance(event, Chat)
    ]

    assert roles == ["viewer", "viewer", "host", "viewer"]


def test_what_has_no_text_is_counted_by_its_own_name() -> None:
    assert decode_file("youtube_live.json", "pytchat").skipped == {
        "liveChatPaidStickerRenderer": 1,
        "markChatItemAsDeletedAction": 1,
        "addLiveChatTickerItemAction": 1,
    }


def test_names_and_channels_of_viewers_do_not_leave_the_decoder() -> None:
    events = decode_file("youtube_live.json", "pytchat").events

    assert "不该出现的名字" not in repr(events)
    assert "UCa" not in repr(events)
    assert isinstance(events[0], Chat)
    assert events[0].user == recording().account("UCa")


def test_recordings_that_overlap_give_the_same_events() -> None:
    live = {event.id: event.at for event in decode_file("youtube_live.json", "pytchat").events}
    replay = {event.id: event.at for event in decode_file("youtube_replay.json", "pytchat").events}

    assert replay["m2"] == live["m2"]


def test_a_message_with_only_its_place_in_the_video_needs_the_start() -> None:
    out = decode_file("youtube_replay.json", "pytchat")
    assert [event.at for event in out.events] == [START_MS + 2_000, START_MS + 3_000]

    unknown = decode_file("youtube_replay.json", "pytchat", start_ms=None)
    assert [event.at for event in unknown.events] == [START_MS + 2_000]
    assert "--start" in unknown.problems[0].reason


def test_a_live_message_without_a_time_is_reported() -> None:
    data = (DATA / "youtube_live.json").read_bytes().replace(b'"1788262201000000"', b"0")
    out = decode_bytes(data, "pytchat")

    assert len(out.events) == 3
    assert [problem.reason for problem in out.problems] == ["a message without a time"]


def test_a_replay_action_a_line_as_yt_dlp_writes_it() -> None:
    document = json.loads((DATA / "youtube_replay.json").read_text(encoding="utf-8"))
    actions = document["response"]["continuationContents"]["liveChatContinuation"]["actions"]
    data = "".join(json.dumps(action, ensure_ascii=False) + "\n" for action in actions).encode()

    assert [event.at for event in decode_bytes(data, "pytchat").events] == [
        START_MS + 2_000,
        START_MS + 3_000,
    ]


def test_items_of_pytchats_own_output() -> None:
    items = [
        {"type": "textMessage", "id": "x1", "message": "好喝吗", "timestamp": START_MS + 5,
         "author": {"name": "阿青", "channelId": "UCa", "isChatOwner": False}},
        {"type": "superSticker", "id": "x2", "message": "", "timestamp": START_MS, "author": {}},
    ]  # fmt: skip
    out = decode_bytes(json.dumps(items).encode(), "pytchat")

    assert [
        (event.id, event.at, event.text) for event in out.events if isinstance(event, Chat)
    ] == [("x1", START_MS + 5, "好喝吗")]
    assert out.skipped == {"item without text": 1}


def test_a_bad_message_does_not_stop_the_others() -> None:
    document = json.loads((DATA / "youtube_live.json").read_text(encoding="utf-8"))
    actions = document["continuationContents"]["liveChatContinuation"]["actions"]
    actions[1]["addChatItemAction"]["item"]["liveChatTextMessageRenderer"]["message"] = 17
    actions.append("not an action")
    out = decode_bytes(json.dumps(document).encode(), "pytchat")

    assert [event.id for event in out.events] == ["m1", "m3", "p1"]
    assert [problem.place for problem in out.problems] == ["action 2", "action 8"]


def test_an_answer_of_a_finished_stream_holds_nothing() -> None:
    out = decode_bytes(b'{"response": {"responseContext": {}}}', "pytchat")

    assert (out.events, out.problems) == ([], [])
