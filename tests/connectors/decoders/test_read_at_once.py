"""What is read at once, where all of a message is as expected, is what is read field by field."""

from __future__ import annotations

import random

import pytest

from connectors.contract.hostile import hostile_frames
from connectors.decoders import bilibili
from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.decoded import Decoded
from connectors.decoders.kuaishou import KuaishouFrames
from connectors.decoders.webcast import WebcastFrames
from connectors.decoders.wire import Form
from connectors.decoders.xiaohongshu import XiaohongshuFrames
from detectors.events import encode
from tests.benchmarks.live_frames import Mix, frames_of
from tests.connectors.decoders.protobuf_frames import AT
from tests.connectors.importing import recording

DECODERS = {
    "bilibili": BilibiliFrames, "kuaishou": KuaishouFrames, "douyin": WebcastFrames,
    "xiaohongshu": XiaohongshuFrames,
}  # fmt: skip


def told(platform: str, frames: list[bytes]) -> list[tuple[object, ...]]:
    decoder = DECODERS[platform](recording(platform=platform))
    return [everything(decoder.feed(frame, AT + number)) for number, frame in enumerate(frames)]


def everything(out: Decoded) -> tuple[object, ...]:
    return (
        [encode(event) for event in out.events],
        out.problems, out.unknown, out.skipped, out.lacking, out.notes,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("mix", ["room", "chat"])
@pytest.mark.parametrize("platform", ["bilibili", "kuaishou", "douyin"])
def test_it_makes_no_difference_whether_a_message_is_read_at_once(
    platform: str, mix: Mix, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = frames_of(platform, 20, mix=mix)
    frames += hostile_frames(frames[:4], random.Random(3))
    at_once = told(platform, frames)
    monkeypatch.setattr(Form, "read", lambda _form, _data: None)
    monkeypatch.setattr(bilibili, "chat_of", lambda *_: None)

    assert told(platform, frames) == at_once
    assert sum(len(events) for events, *_ in at_once) > 100  # type: ignore[misc, arg-type]
