"""What each decoder was tested on, so that an office knows what to expect of it.

No recorded bytes of the live sockets of Douyin, Kuaishou, TikTok, Xiaohongshu and Taobao are
public, so that their decoders were built from what public programs say of the fields. They may be
right; nobody here has seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

__all__ = ["LEVELS", "PROOFS", "Level", "Proof"]

Level = Literal[
    "recorded bytes",  # bytes that the platform, shop or program sent, recorded by somebody else
    "printed samples",  # messages that the program's own documentation prints, or an open standard
    "field tables only",  # names and numbers of fields in public programs and schemas
    "own format",  # of livewatch itself: what writes the frames is part of it
]
LEVELS: tuple[Level, ...] = get_args(Level)


class Proof(Struct, frozen=True):
    """How well a decoder is tested."""

    level: Level
    """Best kind of data that the whole decoder was tested on; parts tested better stand in `beside`."""
    by: str
    """The data it was tested on, or the description it was built from."""
    beside: str = ""
    """Parts that are tested better, or worse."""


#: By the decoder's name.
PROOFS: Mapping[str, Proof] = {
    "ass": Proof("printed samples", "the format's description; files written by hand"),
    "bilibili": Proof(
        "field tables only",
        "the open platform's documentation and public clients (blivedm); frames made by hand",
    ),
    "bililive": Proof(
        "printed samples",
        "descriptions of 录播姬, biliup and DanmakuFactory; files written by hand",
        "the attributes of a line: 1,200 recorded ones of a video on the main site",
    ),
    "captured": Proof("field tables only", "as the decoder that a frame's shape calls for"),
    "csv": Proof(
        "recorded bytes",
        "price lists of a shop over a year (1,144 rows)",
        "exports of 罗盘, 抖店, 千牛 and 生意参谋: names of columns only",
    ),
    "douyin": Proof("field tables only", "a public schema (douyinlive-proto); frames made by hand"),
    "douyinlive": Proof(
        "printed samples",
        "the program's documentation",
        "goods, prices and notices: field tables only",
    ),
    "dycast": Proof("field tables only", "the program's source"),
    "frames": Proof(
        "own format",
        "what the browser extension sends",
        "within: as the decoder that a frame's shape calls for",
    ),
    "funasr": Proof("printed samples", "the program's documentation"),
    "har": Proof(
        "printed samples",
        "HAR 1.2 and what Chromium adds; archives made by hand around recorded answers",
        "within: as the decoder that an answer's shape calls for",
    ),
    "jsonl": Proof("own format", "the events themselves"),
    "kuaishou": Proof("field tables only", "public clients; frames made by hand"),
    "lrc": Proof("printed samples", "the format's description; files written by hand"),
    "pages": Proof(
        "field tables only",
        "public programs that read consoles of Douyin, Kuaishou, Taobao and WeChat Channels",
        "the room of Douyin on entering, and YouTube's chat: recorded answers",
    ),
    "product-page": Proof(
        "recorded bytes",
        "pages and heads of shops of a public collection (extruct), and schema.org",
    ),
    "pytchat": Proof("recorded bytes", "12 recorded documents of YouTube, live and replay"),
    "recorder-hook": Proof("printed samples", "the recorder's own page on webhooks"),
    "screen": Proof("own format", "pictures that tests draw, read by the recogniser itself"),
    "segments": Proof("own format", "synthetic speech, heard by the recogniser itself"),
    "srt": Proof("printed samples", "the format's description; files written by hand"),
    "tiktok": Proof("field tables only", "public clients and schemas; frames made by hand"),
    "vtt": Proof("printed samples", "the W3C's description; files written by hand"),
    "whisper": Proof("printed samples", "what openai-whisper, WhisperX, whisper.cpp and Transformers print"),
    "wxlivespy": Proof("field tables only", "the program's types"),
    "xiaohongshu": Proof("field tables only", "public clients; frames made by hand"),
    "xlsx": Proof(
        "printed samples",
        "workbooks written by other libraries (openpyxl, xlwt)",
        "exports of 罗盘, 抖店 and 生意参谋: names of columns only",
    ),
}  # fmt: skip
