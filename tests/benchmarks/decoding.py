"""Decodes files of frames with the decoders of the tree that it finds first, whenever a line asks.

A process of its own, so that two revisions can be measured in turns: run as a file, with
PYTHONPATH naming the tree. It imports nothing but what every revision has.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from connectors.decoders.decoded import Recording
from connectors.parcel import unpack
from connectors.privacy import Pseudonyms
from connectors.source import Delivery
from connectors.unknowns import Unknowns

AT = 1_788_262_200_000
CLASSES = {
    "douyin": "connectors.decoders.webcast:WebcastFrames",
    "kuaishou": "connectors.decoders.kuaishou:KuaishouFrames",
    "bilibili": "connectors.decoders.bilibili:BilibiliFrames",
    "xiaohongshu": "connectors.decoders.xiaohongshu:XiaohongshuFrames",
}


class Origin:
    """The connection that frames came by."""

    source_name = "bench"
    room = "77001"


def made(platform: str) -> Any:
    """A decoder that has seen nothing: no account's pseudonym is remembered, either."""
    module, _, name = CLASSES[platform].partition(":")
    recording = Recording(
        platform=platform, room="77001", pseudonyms=Pseudonyms(b"0123456789abcdef", "k1")
    )
    return getattr(importlib.import_module(module), name)(recording)


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Processor seconds, and what came of the work."""
    gc.collect()
    began = time.process_time()
    count = work()
    return time.process_time() - began, count


def decode(platform: str, frames: list[bytes]) -> int:
    """The decoder alone; the number of events."""
    decoder, events = made(platform), 0
    for number, frame in enumerate(frames):
        events += len(decoder.feed(frame, AT + number).events)
    return events


def bring(platform: str, frames: list[bytes]) -> int:
    """All that the runner does with a frame until it is stored; the number of events."""
    decoder, unknowns, events = made(platform), Unknowns(), 0
    for number, frame in enumerate(frames):
        parcel, _ = unpack(decoder, Delivery(frame, AT + number), Origin(), unknowns)
        events += len(parcel.events)
    return events


def main() -> None:
    """Answers each line, a platform and a file of frames, with seconds and numbers of events."""
    for asked in sys.stdin:
        platform, _, path = asked.strip().partition(" ")
        frames = msgspec.msgpack.decode(Path(path).read_bytes(), type=list[bytes])
        decoded_s, events = timed(lambda: decode(platform, frames))  # noqa: B023  called at once
        brought_s, brought = timed(lambda: bring(platform, frames))  # noqa: B023
        if events != brought or not events:
            raise RuntimeError(f"{events} events decoded, {brought} brought")
        print(json.dumps([decoded_s, brought_s, events]), flush=True)


if __name__ == "__main__":
    main()
