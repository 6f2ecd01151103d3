"""Frames a second through each decoder of captures, and megabytes a second through whole files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable

from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.captured import Captured
from connectors.decoders.decoded import Decoded
from connectors.decoders.formats import CAPTURES
from connectors.decoders.relay_mappings import douyinlive
from connectors.source import FrameDecoder
from tests.connectors.decoders.bilibili_frames import CARD, brotlied, command, danmu, plain, zlibbed
from tests.connectors.decoders.protobuf_frames import (
    AT,
    CLASSES,
    chat,
    common,
    har,
    har_entry,
    kuaishou,
    push,
    saved,
    write,
    xiaohongshu,
)
from tests.connectors.decoders.test_exports import ORDERS, PRICES, book
from tests.connectors.decoders.test_har import lines
from tests.connectors.decoders.test_relay import CHAT
from tests.connectors.importing import decode_bytes, recording

#: Chat lines of one frame, as in a busy room.
LINES = 10
FRAMES = 5_000


def main() -> None:
    card = write(
        "Shopping", common=common(1), promotion_id=9,
        updated_product_info=CLASSES["Card"](price=9_990, title="桂花茶 250g"),
    )  # fmt: skip
    texts = [f"想要{number}号链接的桂花茶" for number in range(LINES)]
    douyin = [
        push(*(chat(text) for text in texts), ("WebcastLiveShoppingMessage", card), first_id=first)
        for first in range(1, FRAMES, LINES + 1)
    ]
    shelf = {"promotions": [
        {"promotion_id": str(number), "title": "桂花茶", "min_price": 3_990, "max_price": 9_990}
        for number in range(100)
    ]}  # fmt: skip
    said = [{"type": "text", "desc": text, "profile": {"user_id": text}} for text in texts]
    print(f"one core; {LINES} chat lines a frame, on a shelf 100 products")
    _frames("Douyin", douyin)
    _frames("Kuaishou", [kuaishou(*texts)])
    _frames("Xiaohongshu", [xiaohongshu(*said)])
    bilibili = BilibiliFrames(recording(platform="bilibili"))
    for name, pack in (("plain", plain), ("zlib", zlibbed), ("Brotli", brotlied)):
        frames = [
            pack(*(danmu(text, uid=first + 1, id_=f"{first}-{text}") for text in texts))
            for first in range(100)
        ]
        _frames(f"Bilibili {name}", frames, bilibili)
    _frames("Bilibili cards", [zlibbed(command("SHOPPING_EXPLAIN_CARD", CARD))], bilibili)
    relayed = [json.dumps(CHAT, ensure_ascii=False).encode()]
    _frames("JSON relay", relayed, douyinlive(recording(platform="douyin")))
    _frames("shelf", [json.dumps(shelf, ensure_ascii=False).encode()])
    sockets = [saved(frame, AT / 1_000 + n) for n, frame in enumerate(douyin * 20)]
    _file("HAR", har(har_entry("wss://x.douyin.com/", frames=sockets)), "har")
    _file("saved frames", lines(*sockets), "frames")
    header, _, rows = ORDERS.partition("\n")
    _file("orders, CSV", (header + "\n" + rows * 4_000).encode("gb18030", "replace"), "csv")
    _file("prices, XLSX", book(PRICES + PRICES[3:] * 5_000), "xlsx")


def _frames(name: str, frames: list[bytes], decoder: FrameDecoder | None = None) -> None:
    feeding = decoder if decoder is not None else Captured(recording(platform=""))
    fed = (feeding.feed(frames[number % len(frames)], AT) for number in range(FRAMES))
    took_s, events = _timed(lambda: fed)
    size = sum(map(len, frames)) / len(frames)
    print(
        f"{name:>14}: {FRAMES / took_s:>8,.0f} frames/s, {events / took_s:>9,.0f} events/s"
        f" ({size:,.0f} bytes a frame)"
    )


def _file(name: str, data: bytes, format_: str) -> None:
    took_s, events = _timed(
        lambda: [
            decode_bytes(data, format_, cut=1 << 20, platform="" if format_ in CAPTURES else "demo")
        ]  # type: ignore[arg-type]
    )
    print(
        f"{name:>14}: {len(data) / took_s / 1e6:>8,.1f} MB/s,     {events / took_s:>9,.0f} events/s"
        f" ({len(data) / 1e6:,.1f} MB)"
    )


def _timed(work: Callable[[], Iterable[Decoded]]) -> tuple[float, int]:
    began = time.perf_counter()
    events = sum(len(out.events) for out in work())
    return time.perf_counter() - began, events


if __name__ == "__main__":
    main()
