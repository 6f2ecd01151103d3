"""What holds for every decoder, whatever bytes come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.decoded import Decoded
from connectors.decoders.formats import FORMATS, Format, sniff
from detectors.events import decode, encode
from tests.connectors.decoders.protobuf_frames import chat, kuaishou, push, saved, xiaohongshu
from tests.connectors.decoders.test_exports import PRICES, book
from tests.connectors.decoders.test_har import capture, lines
from tests.connectors.decoders.test_pages import SHELF
from tests.connectors.importing import DATA, decode_bytes

FIXTURES: dict[str, Format] = {
    "danmaku.xml": "bililive",
    "danmaku_broken_item.xml": "bililive",
    "bomb.xml": "bililive",
    "youtube_live.json": "pytchat",
    "youtube_replay.json": "pytchat",
    "talk.srt": "srt",
    "talk.vtt": "vtt",
    "funasr.json": "funasr",
    "funasr_stamps.json": "funasr",
    "prices_gbk.csv": "csv",
    "prices_utf8.csv": "csv",
    "history_dmy.csv": "csv",
    "evening.har": "har",
    "frames.jsonl": "frames",
    "prices.xls": "xlsx",
    "prices.xlsx": "xlsx",
}
#: Written by the tests rather than kept as files.
WRITTEN = {
    "evening.har": capture(),
    "frames.jsonl": lines(
        saved(push(chat("多少钱"), first_id=1), url="wss://webcast5-ws.douyin.com/x"),
        saved(kuaishou("想要")),
        saved(xiaohongshu({"type": "text", "desc": "好看"}).decode()),
        saved(json.dumps(SHELF, ensure_ascii=False)),
    ),
    "prices.xlsx": book(PRICES),
}
every_format = pytest.mark.parametrize("format_", FORMATS)
every_fixture = pytest.mark.parametrize(("name", "format_"), FIXTURES.items())


def good_file(name: str) -> bytes:
    """A file that its decoder reads."""
    return WRITTEN[name] if name in WRITTEN else (DATA / name).read_bytes()


def check(out: Decoded) -> None:
    """What every decoder promises of what it gives."""
    for event in out.events:
        assert decode(encode(event)) == event
    for problem in out.problems:
        assert problem.place
        assert problem.reason
        assert len(problem.data) <= 4_096
    for piece in out.unknown:
        assert piece.reason.startswith("unknown ")
        assert len(piece.data) <= 4_096


@every_format
@settings(deadline=None)  # a busy machine is no fault
@given(data=st.binary(max_size=400))
def test_no_bytes_break_a_decoder(format_: Format, data: bytes) -> None:
    check(decode_bytes(data, format_))


#: What hurts the formats: markup, line ends and separators in the wrong place.
THORNS = [b"<", b">", b'"', b"\n\n", b"]]>", b"\x00", b"&x;", b"-->", b"{", b"[", b"<d ", b"</i>",
          b"}", b"]", b"\\", b"\x1f\x8b", b"PK\x01\x02", b"\xff" * 11]  # fmt: skip


@pytest.mark.law(3)
@every_fixture
@settings(deadline=None)  # a busy machine is no fault
@given(data=st.data())
@pytest.mark.slow
def test_a_damaged_file_breaks_no_decoder_in_any_cut(
    name: str, format_: Format, data: st.DataObject
) -> None:
    good = good_file(name)
    at = data.draw(st.integers(0, len(good)))
    drop = data.draw(st.integers(0, 30))
    insert = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from(THORNS)))
    cut = data.draw(st.integers(1, len(good)))
    damaged = good[:at] + insert + good[at + drop :]

    out = decode_bytes(damaged, format_)
    check(out)
    assert decode_bytes(damaged, format_, cut=cut).events == out.events


@pytest.mark.law(3)
@every_fixture
@settings(deadline=None)  # a busy machine is no fault
@given(data=st.data())
@pytest.mark.slow
def test_the_cut_of_the_bytes_changes_nothing(
    name: str, format_: Format, data: st.DataObject
) -> None:
    good = good_file(name)
    cut = data.draw(st.integers(1, len(good)))

    assert decode_bytes(good, format_, cut=cut) == decode_bytes(good, format_)


@every_fixture
def test_the_format_of_a_file_is_told_by_its_beginning(name: str, format_: Format) -> None:
    assert sniff(good_file(name), name) == format_


@every_fixture
def test_a_second_reading_gives_the_same_ids(name: str, format_: Format) -> None:
    good = good_file(name)
    first, second = (decode_bytes(good, format_) for _ in range(2))

    assert [event.id for event in first.events] == [event.id for event in second.events]
    assert len({event.id for event in first.events}) == len(first.events)


@every_format
def test_an_empty_file_gives_nothing(format_: Format) -> None:
    assert decode_bytes(b"", format_).events == []


@pytest.mark.parametrize(
    ("text", "name", "format_"),
    [
        (
            b'{"type":"chat","id":"a","platform":"p","room":"r","at":1,"text":"\\"author\\": sentence_info"}',
            "x",
            "jsonl",
        ),
        (b"1\n00:00:01,000 --> 00:00:02,000\n", "x.txt", "srt"),
        (b"\xef\xbb\xbfWEBVTT\n", "x.txt", "vtt"),
        (b"a,b\n", "list.CSV", "csv"),
        (b"a,b\n", "list.csv.gz", "csv"),
        (b"a,b\n", "list", None),
        (b"", "empty.jsonl", "jsonl"),
    ],
)
def test_the_name_decides_where_the_beginning_does_not(
    text: bytes, name: str, format_: Format | None
) -> None:
    assert sniff(text, name) == format_
