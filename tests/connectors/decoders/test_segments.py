"""Segments of recognised speech as events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.contract.decoders import assert_decoder_contract
from connectors.decoders.segments import Segments
from detectors.events import Speech
from tests.connectors.lines import AT, recording


def frame(**fields: Any) -> bytes:
    segment = {
        "zero_ms": AT, "start_ms": 4_000, "end_ms": 6_500, "text": "全网最低价", "confidence": 0.8,
        "model": "tiny", "model_sha256": "ab" * 32, "speaker": "host", **fields,
    }  # fmt: skip
    return json.dumps(segment, ensure_ascii=False).encode()


def feed(*frames: bytes) -> list[Speech]:
    decoder = Segments(recording())
    events = [event for each in frames for event in decoder.feed(each, AT + 9_000).events]
    assert all(isinstance(event, Speech) for event in events)
    return events  # type: ignore[return-value]


def test_a_segment_keeps_its_times_and_confidence() -> None:
    (said,) = feed(frame())

    assert (said.at, said.until, said.seen) == (AT + 4_000, AT + 6_500, AT + 9_000)
    assert (said.text, said.confidence, said.speaker) == ("全网最低价", 0.8, "host")
    assert (said.platform, said.room) == ("demo", "77001")


def test_a_model_that_does_not_say_how_sure_it_is_leaves_it_unknown() -> None:
    assert feed(frame(confidence=None))[0].confidence is None


def test_read_again_it_is_the_same_and_a_correction_is_another() -> None:
    first, again, corrected = feed(
        frame(), frame(text="全往最低价"), frame(text="全网最低价格", revision=1)
    )

    assert first.id == again.id != corrected.id
    assert corrected.at == first.at


def test_nothing_recognised_is_skipped_and_what_is_no_segment_is_kept() -> None:
    decoder = Segments(recording())

    assert decoder.feed(frame(text="  "), AT).skipped.total() == 1
    for bad in (b"", b"{}", b"\xff", frame(confidence=1.2), frame(start_ms=-1)):
        assert decoder.feed(bad, AT).problems


@pytest.mark.slow
def test_it_keeps_the_contract() -> None:
    frames = [frame(start_ms=n * 3_000, end_ms=n * 3_000 + 2_000) for n in range(4)]
    assert_decoder_contract(
        lambda: Segments(recording()), [*frames, frame(text="好", revision=2, confidence=None)]
    )
