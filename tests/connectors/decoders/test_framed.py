"""File formats as frames: each frame is a file of its own."""

from __future__ import annotations

from connectors.decoders.decoded import Recording
from connectors.decoders.framed import jsonl, srt
from connectors.privacy import Pseudonyms

RECORDING = Recording(
    platform="demo",
    room="77001",
    start_ms=1_788_231_600_000,
    pseudonyms=Pseudonyms(b"0123456789abcdef", "k1"),
)
LINE = b'{"type":"chat","id":"c-%d","platform":"demo","room":"77001","at":1788231600000,"text":"x"}'


def test_a_frame_may_hold_several_events_and_bad_lines() -> None:
    out = jsonl(RECORDING).feed(b"\n".join([LINE % 1, b"{", LINE % 2]), 1_788_231_601_000)
    assert [event.id for event in out.events] == ["c-1", "c-2"]
    assert [problem.place for problem in out.problems] == ["line 2"]


def test_nothing_of_a_frame_stays_for_the_next() -> None:
    decoder = jsonl(RECORDING)
    cut = decoder.feed((LINE % 1)[:40], 1_788_231_601_000)
    whole = decoder.feed(LINE % 2, 1_788_231_602_000)
    assert (len(cut.problems), [event.id for event in whole.events]) == (1, ["c-2"])


def test_the_same_file_twice_gives_the_same_ids() -> None:
    file = b"1\n00:00:01,000 --> 00:00:03,000\n\xe8\xbf\x99\xe4\xb8\xaa\xe8\x8c\xb6\n"
    decoder = srt(RECORDING)
    first, second = (decoder.feed(file, 1_788_231_700_000).events for _ in range(2))
    assert first
    assert first == second
