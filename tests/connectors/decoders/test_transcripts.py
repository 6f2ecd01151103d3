"""Transcripts and timed text of other programs: Whisper's family, SubStation Alpha, LRC."""

from __future__ import annotations

import json
import math

import pytest

from connectors.decoders.decoded import Decoded
from connectors.decoders.formats import Format, sniff
from detectors.events import Speech
from tests.connectors.importing import START_MS, decode_bytes

OPENAI = {
    "text": "欢迎来到直播间，今天这款茶只要三十九块九。",
    "segments": [
        {"id": 0, "seek": 0, "start": 0.0, "end": 2.5, "text": " 欢迎来到直播间", "tokens": [1, 2],
         "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.2, "no_speech_prob": 0.01},
        {"id": 1, "seek": 0, "start": 2.5, "end": 6.04, "text": "今天这款茶只要三十九块九", "tokens": [3],
         "temperature": 0.0, "avg_logprob": -0.9, "compression_ratio": 1.1, "no_speech_prob": 0.02},
    ],
    "language": "zh",
}  # fmt: skip
WHISPERX = {
    "segments": [
        {"start": 0.5, "end": 2.0, "text": "有没有现货", "speaker": "SPEAKER_01",
         "words": [{"word": "有", "start": 0.5, "end": 0.7, "score": 0.61, "speaker": "SPEAKER_01"}]},
        {"start": 2.0, "end": 4.0, "text": "都是现货", "speaker": "SPEAKER_00", "words": []},
    ],
    "word_segments": [{"word": "有", "start": 0.5, "end": 0.7, "score": 0.61}],
    "language": "zh",
}  # fmt: skip
WHISPER_CPP = {
    "systeminfo": "AVX = 1", "model": {"type": "base"}, "params": {"language": "zh"},
    "result": {"language": "zh"},
    "transcription": [
        {"timestamps": {"from": "00:00:00,000", "to": "00:00:03,000"}, "offsets": {"from": 0, "to": 3000},
         "text": " 家人们晚上好",
         "tokens": [{"text": "[_BEG_]", "p": 0.1}, {"text": "家", "p": 0.9}, {"text": "人", "p": 0.4}]},
        {"timestamps": {"from": "00:00:03,000", "to": "00:00:05,120"}, "offsets": {"from": 3000, "to": 5120},
         "text": "上链接"},
    ],
}  # fmt: skip
ASS = """\ufeff[Script Info]
Title: 直播
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:05.20,0:00:07.00,Default,嘉宾,0,0,0,,我用了三年，真的好
Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,{\\an8\\i1}第一行\\N第二行, 有逗号
Comment: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,剪辑备注
Dialogue: 0,0:00:09.00,0:00:10.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0
Dialogue: 0,什么时候,0:00:10.00,Default,,0,0,0,,坏了
"""
LRC = """[ti:晚场]
[offset:+500]
[00:02.50]大家好
[00:05.00][01:05.00]喜欢的点点关注
[00:08.00]
[00:09.10]<00:09.10>三 <00:09.60>二 <00:10.00>一
"""


def spoken(data: object, format_: Format) -> tuple[list[Speech], Decoded]:
    raw = data if isinstance(data, bytes) else str(data).encode()
    if isinstance(data, dict | list):
        raw = json.dumps(data, ensure_ascii=False).encode()
    out = decode_bytes(raw, format_)
    speech = [event for event in out.events if isinstance(event, Speech)]
    assert len(speech) == len(out.events)
    return speech, out


def times(speech: list[Speech]) -> list[tuple[int, int | None]]:
    return [
        (one.at - START_MS, None if one.until is None else one.until - START_MS) for one in speech
    ]


def test_whisper_says_when_what_and_how_sure_it_is() -> None:
    speech, out = spoken(OPENAI, "whisper")

    assert out.problems == []
    assert times(speech) == [(0, 2_500), (2_500, 6_040)]
    assert [one.text for one in speech] == ["欢迎来到直播间", "今天这款茶只要三十九块九"]
    assert [one.confidence for one in speech] == [
        pytest.approx(math.exp(-0.2), abs=1e-4), pytest.approx(math.exp(-0.9), abs=1e-4),
    ]  # fmt: skip
    assert {one.speaker for one in speech} == {"host"}


def test_whisperx_tells_voices_apart_and_knows_no_roles() -> None:
    speech, _ = spoken(WHISPERX, "whisper")
    # How words fit the sound is not how surely they were heard.
    assert [(one.speaker, one.confidence) for one in speech] == [(None, None), (None, None)]

    named = decode_bytes(
        json.dumps(WHISPERX).encode(),
        "whisper",
        speakers={"SPEAKER_00": "host", "SPEAKER_01": "guest"},
    )
    assert [one.speaker for one in named.events if isinstance(one, Speech)] == ["guest", "host"]


def test_whisper_cpp_has_offsets_and_tokens() -> None:
    speech, out = spoken(WHISPER_CPP, "whisper")

    assert out.problems == []
    assert times(speech) == [(0, 3_000), (3_000, 5_120)]
    # The mark of time at the beginning is no word that was heard.
    assert speech[0].confidence == pytest.approx(math.sqrt(0.9 * 0.4), abs=1e-4)
    assert speech[1].confidence is None


@pytest.mark.parametrize(
    "data",
    [
        OPENAI["segments"],
        [OPENAI],
        {"text": "…", "chunks": [
            {"timestamp": [0.0, 2.5], "text": "欢迎来到直播间"},
            {"timestamp": [2.5, None], "text": "今天这款茶只要三十九块九"},
        ]},
        b"start\tend\ttext\n0\t2500\t\xe6\xac\xa2\xe8\xbf\x8e\xe6\x9d\xa5\xe5\x88\xb0\xe7\x9b\xb4\xe6\x92\xad\xe9\x97\xb4\n"
        b"2500\t6040\t\xe4\xbb\x8a\xe5\xa4\xa9\xe8\xbf\x99\xe6\xac\xbe\xe8\x8c\xb6\xe5\x8f\xaa\xe8\xa6\x81\xe4\xb8\x89\xe5\x8d\x81\xe4\xb9\x9d\xe5\x9d\x97\xe4\xb9\x9d\n",
    ],
)  # fmt: skip
def test_what_else_whispers_programs_write(data: object) -> None:
    speech, out = spoken(data, "whisper")

    assert out.problems == []
    assert [one.text for one in speech] == ["欢迎来到直播间", "今天这款茶只要三十九块九"]
    assert [one.at - START_MS for one in speech] == [0, 2_500]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"segments": []}, "no segment"),
        ({"words": []}, "no transcript of Whisper"),
        ({"segments": [{"start": -1, "text": "好"}]}, ">= 0"),
        ({"segments": [{"text": "好"}]}, "start"),
        ({"segments": [{"start": 1e300, "text": "好"}]}, "start"),
        (b"{", "no JSON"),
        (b"start\tend\ttext\n1\tx\t\xe5\xa5\xbd\n", "no start, end and text"),
    ],
)
def test_a_broken_transcript_says_why(data: object, reason: str) -> None:
    speech, out = spoken(data, "whisper")

    assert speech == []
    assert reason in out.problems[0].reason


def test_one_broken_segment_costs_only_itself() -> None:
    segments = [*OPENAI["segments"], {"start": "later", "text": "坏"}]  # type: ignore[misc]
    speech, out = spoken({"segments": segments}, "whisper")

    assert len(speech) == 2
    assert [problem.place for problem in out.problems] == ["segment 3"]


def test_substation_alpha_by_the_columns_that_it_names() -> None:
    speech, out = spoken(ASS, "ass")

    assert [(one.text, one.speaker) for one in speech] == [
        ("第一行 第二行, 有逗号", "host"), ("我用了三年，真的好", "guest"),
    ]  # fmt: skip
    assert times(speech) == [(1_000, 3_500), (5_200, 7_000)]
    assert out.skipped == {"comment": 1, "drawing": 1}
    assert [problem.place for problem in out.problems] == ["line 12"]


def test_columns_in_another_order() -> None:
    ssa = "[Events]\nFormat: Marked, Start, End, Name, Text\nDialogue: Marked=0,0:00:01.00,0:00:02.00,主播,好\n"
    (one,), _ = spoken(ssa, "ass")
    assert (one.text, one.speaker) == ("好", "host")


def test_lrc_with_an_offset_repeated_lines_and_times_of_words() -> None:
    speech, out = spoken(LRC, "lrc")

    assert out.problems == []
    assert [one.text for one in speech] == [
        "大家好",
        "喜欢的点点关注",
        "三 二 一",
        "喜欢的点点关注",
    ]
    # A positive offset shows lines earlier; a time without words ends what was said before it.
    assert times(speech) == [(2_000, 4_500), (4_500, 7_500), (8_600, 64_500), (64_500, 69_500)]


@pytest.mark.parametrize(
    ("data", "name", "format_"),
    [
        (json.dumps(OPENAI).encode(), "x.json", "whisper"),
        (json.dumps(WHISPERX, indent=2).encode(), "x.json", "whisper"),
        (json.dumps(WHISPER_CPP, indent=1).encode(), "x.json", "whisper"),
        (b"start\tend\ttext\n0\t1\tx\n", "x.tsv", "whisper"),
        (ASS.encode(), "x.txt", "ass"),
        (LRC.encode(), "x.txt", "lrc"),
        (b"[00:01.00]x\n", "x", "lrc"),
        (b"[1, 2]", "x.json", None),
        (b"sku\ttitle\n", "x.tsv", "csv"),
        (b"<!DOCTYPE html><html>", "x", "page"),
        (b"<html lang=zh>", "x.xml", "page"),
        (b"<?xml version='1.0'?><i></i>", "x", "bililive"),
    ],
)
def test_a_file_is_known_by_how_it_begins(data: bytes, name: str, format_: Format | None) -> None:
    assert sniff(data, name) == format_
