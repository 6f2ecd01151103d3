"""Subtitles as host speech."""

from __future__ import annotations

import hashlib

from detectors.events import Speech
from tests.connectors.importing import DATA, START_MS, decode_bytes, decode_file


def said(data: bytes, **known: object) -> list[tuple[int, int | None, str | None, str]]:
    return [
        (
            event.at - START_MS,
            event.until - START_MS if event.until else None,
            event.speaker,
            event.text,
        )
        for event in decode_bytes(data, "srt", **known).events
        if isinstance(event, Speech)
    ]


def test_subrip_with_mark_crlf_tags_overlap_and_a_broken_cue() -> None:
    out = decode_file("talk.srt", "srt")

    assert said((DATA / "talk.srt").read_bytes()) == [
        (1_000, 3_500, "host", "欢迎大家来到直播间"),
        (3_400, 6_000, "host", "这款茶喝一个月 高血压就降下来"),
        (8_000, 9_000, "host", "价格 <100 元"),  # "<" in speech is no tag; a dot for the comma
        (9_000, 10_000, "host", "价格 <100 元"),  # said twice
    ]
    assert [(problem.place, problem.reason) for problem in out.problems] == [
        ("line 11", "times that cannot be read")
    ]


def test_webvtt_with_voices_notes_styles_and_rolling_lines() -> None:
    assert said((DATA / "talk.vtt").read_bytes()) == [
        (1_000, 3_000, "host", "今天的茶全网最低价"),
        (2_500, 4_000, "assistant", "只剩三十件了 & 快拍"),
        (2_500, 4_000, None, "是真的吗"),  # nobody said who 张三 is
        (4_000, 6_000, "host", "先看叶底"),
        (6_000, 8_000, "host", "再看汤色"),  # the caption above it rolled on
    ]


def test_who_is_who_can_be_said() -> None:
    voices = said((DATA / "talk.vtt").read_bytes(), speakers={"张三": "guest"})

    assert voices[2][2] == "guest"


def test_the_hosts_own_name_is_the_host() -> None:
    voices = said((DATA / "talk.vtt").read_bytes(), host="张三")

    assert voices[2][2] == "host"


def test_a_word_before_a_colon_is_a_name_only_if_it_says_who_speaks() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\n价格：39块9\n\n2\n00:00:03,000 --> 00:00:04,000\n助播：还有十件\n"

    assert said(data.encode()) == [
        (1_000, 2_000, "host", "价格：39块9"),
        (3_000, 4_000, "assistant", "还有十件"),
    ]


def test_numbers_that_are_spoken_stay_and_numbers_of_cues_go() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\n一共\n39\n\n2\n00:00:03,000 --> 00:00:04,000\n好\n"
    assert [text for *_, text in said(data.encode())] == ["一共 39", "好"]

    without_blank_lines = (
        "1\n00:00:01,000 --> 00:00:02,000\n一共\n2\n00:00:03,000 --> 00:00:04,000\n好\n"
    )
    assert [text for *_, text in said(without_blank_lines.encode())] == ["一共", "好"]


def test_an_end_before_the_start_is_unknown() -> None:
    assert said(b"1\n00:00:05,000 --> 00:00:02,000\nok\n") == [(5_000, None, "host", "ok")]


def test_gbk_subtitles_are_read() -> None:
    assert (
        said("1\n00:00:01,000 --> 00:00:02,000\n全网最低价\n".encode("gbk"))[0][3] == "全网最低价"
    )


def test_the_same_file_gives_the_same_ids_and_identical_cues_are_two_events() -> None:
    cue = "00:00:01,000 --> 00:00:02,000\n买它\n\n"
    first = decode_bytes((cue + cue).encode(), "srt").events

    assert len({event.id for event in first}) == 2
    assert first == decode_bytes((cue + cue).encode(), "srt").events


def test_raw_is_the_hash_of_the_cue() -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\nok\n"

    (event,) = decode_bytes(data, "srt").events
    assert event.raw == hashlib.sha256(data[2:]).hexdigest()


def test_a_file_without_any_cue_is_reported() -> None:
    assert [problem.reason for problem in decode_bytes(b"hello\n", "srt").problems] == [
        "no cue in the file"
    ]
