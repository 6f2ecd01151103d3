"""Every decoder that livewatch brings keeps the contract that strangers' have to keep."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from connectors.contract.decoders import assert_decoder_contract
from connectors.decoders.decoded import Recording
from connectors.plugins import DECODERS
from tests.connectors.decoders.bilibili_frames import CARD, brotlied, command, danmu, plain, zlibbed
from tests.connectors.decoders.protobuf_frames import (
    chat,
    kuaishou,
    push,
    response,
    saved,
    xiaohongshu,
)
from tests.connectors.decoders.test_exports import ORDERS, PRICES, book
from tests.connectors.decoders.test_har import capture, lines
from tests.connectors.decoders.test_hooks import FORWARD, STARTED
from tests.connectors.decoders.test_pages import CHANNELS, COMMENTS, ROOM, SHELF
from tests.connectors.decoders.test_product_page import PAGES as PRODUCT_PAGES
from tests.connectors.decoders.test_relay import CHAT, SHOPPING, status
from tests.connectors.decoders.test_transcripts import ASS, LRC, OPENAI, WHISPER_CPP, WHISPERX
from tests.connectors.importing import DATA
from tests.connectors.lines import AT, PSEUDONYMS, line

ROOT = Path(__file__).parents[3]
OURS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["entry-points"][DECODERS]

#: Answers to the pages of merchants.
PAGES = [
    json.dumps(answer, ensure_ascii=False).encode()
    for answer in (ROOM, SHELF, CHANNELS, {"comment_infos": COMMENTS})
]
#: Real frames by decoder. One that has none here is tried with hostile frames alone.
SAMPLES: dict[str, list[bytes]] = {
    "ass": [ASS.encode()],
    "bilibili": [
        zlibbed(danmu("这个茶多少钱", uid=7, id_="m1"), danmu("好", uid=8)),
        brotlied(command("SHOPPING_EXPLAIN_CARD", CARD)),
        plain(
            command("WATCHED_CHANGE", {"num": 12_345, "text_small": "1.2万"}), danmu("好", uid=8)
        ),
    ],
    "bililive": [(DATA / "danmaku.xml").read_bytes()],
    "captured": [push(chat("好"), first_id=1), kuaishou("好"), *PAGES],
    "douyinlive": [
        json.dumps(frame, ensure_ascii=False).encode()
        for frame in (status("ROOM_ONLINE"), CHAT, SHOPPING, status("ROOM_ENDED"))
    ],
    "dycast": [
        b'[{"id":"1","method":"WebcastChatMessage","content":"\xe6\x9d\xa5\xe4\xba\x86","user":{"id":"u"}}]'
    ],
    "csv": [(DATA / "prices_gbk.csv").read_bytes(), (DATA / "prices_utf8.csv").read_bytes()],
    "douyin": [push(chat("多少钱"), chat("想要"), first_id=1), response(chat("好"))],
    "frames": [lines(saved(push(chat("好"), first_id=1)), saved(kuaishou("好")))],
    "funasr": [(DATA / "funasr.json").read_bytes()],
    "har": [capture()],
    "jsonl": [line(1), line(2) + line(3)],
    "kuaishou": [kuaishou("多少钱", "想要"), kuaishou("好", packed=False)],
    "lrc": [LRC.encode()],
    "pages": PAGES,
    "product-page": PRODUCT_PAGES,
    "pytchat": [(DATA / "youtube_live.json").read_bytes()],
    "recorder-hook": [json.dumps(STARTED).encode()],
    "wxlivespy": [json.dumps(FORWARD, ensure_ascii=False).encode()],
    "srt": [(DATA / "talk.srt").read_bytes()],
    "tiktok": [push(chat("nice"), first_id=1)],
    "vtt": [(DATA / "talk.vtt").read_bytes()],
    "whisper": [json.dumps(one).encode() for one in (OPENAI, WHISPERX, WHISPER_CPP)],
    "xiaohongshu": [xiaohongshu({"type": "text", "desc": "好看", "profile": {"user_id": "u"}})],
    "xlsx": [book(PRICES), book([row.split(",") for row in ORDERS.splitlines()])],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_it_keeps_the_contract(name: str) -> None:
    module, _, attribute = OURS[name].partition(":")
    factory = getattr(__import__(module, fromlist=[attribute]), attribute)
    about = Recording(
        platform="demo", room="77001", session="s1", start_ms=AT, host="小云", pseudonyms=PSEUDONYMS
    )
    frames = SAMPLES.get(name, [])
    assert_decoder_contract(lambda: factory(about), frames, silent=not frames)
