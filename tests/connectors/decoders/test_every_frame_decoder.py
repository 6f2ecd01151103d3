"""What holds for every frame decoder that the package brings, whatever bytes come."""

from __future__ import annotations

import functools
import gzip
import importlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.bilibili_packets import COMMAND, ZLIB, make_packet
from connectors.decoders.decoded import Decoded
from tests.connectors.decoders.protobuf_frames import (
    AT,
    chat,
    har,
    har_entry,
    kuaishou,
    push,
    response,
    saved,
    write,
    xiaohongshu,
)
from tests.connectors.decoders.test_every_decoder import check
from tests.connectors.decoders.test_exports import ORDERS, PRICES, book
from tests.connectors.decoders.test_har import lines
from tests.connectors.decoders.test_pages import CHANNELS, COMMENTS, ROOM, SHELF
from tests.connectors.importing import DATA, recording
from tests.whole import examples

PROJECT = Path(__file__).parents[3] / "pyproject.toml"
ENTRIES: dict[str, str] = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"][
    "entry-points"
]["livewatch.decoders"]
every_decoder = pytest.mark.parametrize("name", sorted(ENTRIES))

#: Good frames of every kind; each decoder is given all of them, as a mixed-up source would.
FRAMES: list[bytes] = [
    push(chat("多少钱"), chat("想要"), first_id=1),
    push(chat("多少钱"), packed=False),
    response(("WebcastLiveShoppingMessage", write("Shopping", promotion_id=9)), first_id=1),
    kuaishou("多少钱", "想要"),
    kuaishou("多少钱", packed=False),
    xiaohongshu({"type": "text", "desc": "好看", "profile": {"user_id": "u"}}),
    make_packet(COMMAND, b'{"cmd":"WATCHED_CHANGE","data":{"num":5}}'),
    make_packet(COMMAND, gzip.compress(b"{}"), ver=ZLIB),
    *(
        json.dumps(answer, ensure_ascii=False).encode()
        for answer in (SHELF, ROOM, CHANNELS, {"comment_infos": COMMENTS})
    ),
    har(har_entry("https://live.douyin.com/x", SHELF, frames=[saved(kuaishou("好"))])),
    lines(saved(push(chat("好"), first_id=1)), saved("{}")),
    ORDERS.encode("gb18030"),
    book(PRICES),
    (DATA / "danmaku.xml").read_bytes(),
    (DATA / "youtube_replay.json").read_bytes(),
    (DATA / "talk.vtt").read_bytes(),
    (DATA / "funasr.json").read_bytes(),
]


def decoder(name: str) -> Any:
    module, _, attribute = ENTRIES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)(recording())


def feed(name: str, *frames: bytes) -> Decoded:
    one, out = decoder(name), Decoded()
    for number, frame in enumerate(frames):
        out.merge(one.feed(frame, AT + number))
    return out


def checked(name: str, *frames: bytes) -> None:
    """Checks what comes of the frames, how much it is, and that it comes again."""
    out = feed(name, *frames)
    check(out)
    # Nothing that comes in makes more than a few events for each of its bytes.
    assert len(out.events) + len(out.problems) + len(out.unknown) <= 64 + sum(map(len, frames))
    again = feed(name, *frames)
    assert [event.id for event in again.events] == [event.id for event in out.events]


@every_decoder
@settings(deadline=None, max_examples=examples(30))  # a busy machine is no fault
@given(frames=st.lists(st.binary(max_size=200), max_size=3))
def test_no_bytes_break_a_decoder(name: str, frames: list[bytes]) -> None:
    checked(name, *frames)


@every_decoder
@settings(deadline=None, max_examples=examples(30))  # a busy machine is no fault
@given(data=st.data())
@pytest.mark.slow
def test_a_damaged_frame_breaks_no_decoder(name: str, data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(FRAMES))
    at = data.draw(st.integers(0, len(good)))
    drop = data.draw(st.integers(0, 12))
    insert = data.draw(st.binary(max_size=8))

    checked(name, good[:at] + insert + good[at + drop :], good)


@functools.cache
def zeros() -> bytes:
    """64 MiB, packed."""
    return gzip.compress(bytes(64 << 20), 1)


@functools.cache
def messages() -> bytes:
    return response(*[("WebcastX", b"")] * 20_000)


#: Small on the wire, endless inside: packed, nested, repeated. Made when they are sent.
BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip in a push frame": lambda: write("PushFrame", payload_type="msg", payload=zeros()),
    "gzip in a socket message": lambda: write(
        "SocketMessage", payload_type=310, compression=2, payload=zeros()
    ),
    "messages in a response": messages,
    "nested lists": lambda: b"[" * 500_000,
    "nested objects": lambda: b'{"a":' * 500_000,
    "nested, and closed": lambda: b'{"promotions":' * 5_000 + b"1" + b"}" * 5_000,
    "groups": lambda: b"\x0b" * 500_000,
    "fields": lambda: b"\x08\x01" * 300_000,
    "braces in base64": lambda: json.dumps(
        {"timestampList": [{"data": "e3t7" * 80_000}] * 3}
    ).encode(),
    "quotes": lambda: b'{"log":{"entries":[' + b'"\\' * 300_000,
    "lines": lambda: b"\n" * 200_000,
    "entities": lambda: (DATA / "bomb.xml").read_bytes(),
}


@pytest.mark.law(3)
@pytest.mark.slow
@every_decoder
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_is_built_to_do_harm_does_none(name: str, bomb: str) -> None:
    frame = BOMBS[bomb]()
    out = feed(name, frame)

    check(out)
    assert len(out.events) + len(out.problems) + len(out.unknown) <= 30_000
