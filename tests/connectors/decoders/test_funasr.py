"""FunASR transcripts as host speech."""

from __future__ import annotations

import json

from detectors.events import Speech
from tests.connectors.importing import START_MS, decode_bytes, decode_file


def said(document: object, **known: object) -> list[tuple[int, int | None, str | None, str]]:
    data = (
        document
        if isinstance(document, bytes)
        else json.dumps(document, ensure_ascii=False).encode()
    )
    return [
        (
            event.at - START_MS,
            event.until - START_MS if event.until else None,
            event.speaker,
            event.text,
        )
        for event in decode_bytes(data, "funasr", **known).events
        if isinstance(event, Speech)
    ]


def test_sentences_with_one_voice_are_the_hosts() -> None:
    out = decode_file("funasr.json", "funasr")

    assert [
        (e.at - START_MS, e.until, e.speaker, e.text) for e in out.events if isinstance(e, Speech)
    ] == [
        (880, START_MS + 1_600, "host", "欢迎大家。"),
        (1_700, START_MS + 3_200, "host", "这款茶不治病。"),
    ]
    assert [problem.place for problem in out.problems] == ["item 1 sentence 3"]


def test_times_of_single_words_are_cut_into_sentences() -> None:
    out = decode_file("funasr_stamps.json", "funasr")

    assert [(e.at - START_MS, e.text) for e in out.events if isinstance(e, Speech)] == [
        (0, "买它，真的划算。"),
        (2_000, "OK 下一个！"),
    ]


def test_words_and_times_that_do_not_match_are_one_piece() -> None:
    out = decode_bytes(
        '{"text": "买它。好的。", "timestamp": [[0, 100], [900, 1000]]}'.encode(), "funasr"
    )

    assert [(e.at - START_MS, e.text) for e in out.events if isinstance(e, Speech)] == [
        (0, "买它。好的。")
    ]
    assert out.notes


def test_with_several_voices_a_number_is_no_role_until_it_is_said() -> None:
    sentences = [
        {"text": "欢迎", "start": 0, "end": 500, "spk": 0},
        {"text": "来了", "start": 600, "end": 900, "spk": 1},
    ]
    assert [who for _, _, who, _ in said([{"sentence_info": sentences}])] == [None, None]
    assert [
        who
        for _, _, who, _ in said(
            [{"sentence_info": sentences}], speakers={"0": "host", "1": "assistant"}
        )
    ] == ["host", "assistant"]


def test_the_servers_stamped_sentences_and_the_hosted_services() -> None:
    server = {
        "mode": "offline",
        "text": "买它。",
        "stamp_sents": [{"text_seg": "买 它", "punc": "。", "start": 30, "end": 430}],
    }
    assert said(server) == [(30, 430, "host", "买它。")]

    hosted = {
        "transcripts": [
            {"text": "买它。", "sentences": [{"begin_time": 30, "end_time": 430, "text": "买它。"}]}
        ]
    }
    assert said(hosted) == [(30, 430, "host", "买它。")]


def test_a_document_a_line() -> None:
    line = '{"sentence_info": [{"text": "好", "start": 0, "end": 10}]}\n'

    # The same words at the same time twice are two events: the second has another number.
    assert len(said((line + line).encode())) == 2


def test_a_text_without_times_is_reported() -> None:
    assert (
        decode_bytes('{"text": "买它"}'.encode(), "funasr").problems[0].reason
        == "a text without times"
    )
