"""The formats that files may have: their names, their decoders, and how to tell them apart."""

from __future__ import annotations

import codecs
import re
from typing import Literal, get_args

from connectors.decoders.csv_table import CsvTable
from connectors.decoders.decoded import Decoder, Recording
from connectors.decoders.tables import TableLayout

__all__ = [
    "CAPTURES",
    "FORMATS",
    "LISTS",
    "NEEDS_ROOM",
    "NEEDS_START",
    "Format",
    "decoder_for",
    "sniff",
]

Format = Literal[
    "bililive", "pytchat", "srt", "vtt", "funasr", "csv", "xlsx", "har", "frames", "jsonl"
]
FORMATS: tuple[Format, ...] = get_args(Format)

#: Formats that do not say which room they are from.
NEEDS_ROOM: frozenset[Format] = frozenset({"pytchat", "srt", "vtt", "funasr", "csv", "xlsx"})
#: Formats whose times are relative.
NEEDS_START: frozenset[Format] = frozenset({"srt", "vtt", "funasr"})
#: Formats of lists, whose rows belong to no broadcast.
LISTS: frozenset[Format] = frozenset({"csv", "xlsx"})
#: Formats of a browser, which tell their platform and mostly their room themselves.
CAPTURES: frozenset[Format] = frozenset({"har", "frames"})
#: How much of a file `sniff` wants to see, in bytes.
HEAD_BYTES = 64 << 10
#: So much of a list shows what its members are like, in bytes.
BEGINNING = 4 << 10

_TIMING = re.compile(rb"\d{1,2}:\d{1,2}[,.]\d{1,3}\s*-->\s*\d")
_FUNASR = re.compile(
    rb'"(?:sentence_info|stamp_sents|begin_time|sentences|transcripts|timestamp)"\s*:'
)
_PYTCHAT = re.compile(
    rb'"(?:\w*[cC]hatItemAction|continuationContents|responseContext|authorName|author)"\s*:'
)
_CONTRACT = re.compile(rb'"(?:platform|room)"\s*:')
_HAR = re.compile(rb'\{\s*"log"\s*:\s*\{')
_FRAME = re.compile(rb'"opcode"\s*:|"data"\s*:\s*"')
#: Messages of relays and recorders of commands, one a line.
_MESSAGE = re.compile(
    rb'"(?:cmd|host_info|live_info)"\s*:|"method"\s*:\s*"(?:Webcast|Network\.webSocketFrame)'
)
#: Answers to pages that somebody saved by themselves.
_ANSWER = re.compile(
    rb'"(?:comment_infos|commentList|promotions|timestampList|liveInfo|msgList|appMsgList|room_cart'
    rb'|room_view_stats|has_commerce_goods)"\s*:'
)
_FRAME_TIME = re.compile(rb'"time"\s*:')
#: How workbooks begin: as a zip archive, and as Excel wrote them until 2003.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TYPE = re.compile(rb'"type"\s*:')
_ENDINGS: dict[str, Format] = {
    ".xml": "bililive", ".srt": "srt", ".vtt": "vtt", ".csv": "csv", ".tsv": "csv",
    # Consoles write text under the names of workbooks.
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".xlsx": "csv", ".xls": "csv", ".har": "har",
}  # fmt: skip


def sniff(head: bytes, name: str = "") -> Format | None:
    """The format of a file by how it begins, else by its name; ``None`` where neither says."""
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    name = name.lower().removesuffix(".gz")
    if head.startswith(_WORKBOOKS):
        return "xlsx"
    if text.startswith(b"WEBVTT"):
        return "vtt"
    if text.startswith((b"<?xml", b"<i>", b"<i ", b"<!DOCTYPE")):
        return "bililive"
    if text.startswith((b"{", b"[")):
        # A list may be spread over lines.
        first_line = text.partition(b"\n")[0] if text.startswith(b"{") else text[:BEGINNING]
        if _TYPE.search(first_line) and _CONTRACT.search(first_line):
            return "jsonl"
        if _HAR.match(text):
            return "har"
        if _FRAME.search(first_line) and _FRAME_TIME.search(first_line):
            return "frames"
        if _MESSAGE.search(first_line):
            return "frames"
        if _PYTCHAT.search(text):
            return "pytchat"
        if _FUNASR.search(text):
            return "funasr"
        if _ANSWER.search(text):
            return "frames"
    if _TIMING.search(text):
        return "vtt" if name.endswith(".vtt") else "srt"
    return next((known for ending, known in _ENDINGS.items() if name.endswith(ending)), None)


def decoder_for(
    format_: Format, recording: Recording, layout: TableLayout | None = None
) -> Decoder:
    """A new decoder for one file of a format."""
    # Imported here, so that a command that reads one format does not load all.
    match format_:
        case "bililive":
            from connectors.decoders.bililive import BililiveXml

            return BililiveXml(recording)
        case "pytchat":
            from connectors.decoders.pytchat import PytchatJson

            return PytchatJson(recording)
        case "srt" | "vtt":
            from connectors.decoders.subtitles import Subtitles

            return Subtitles(recording)
        case "funasr":
            from connectors.decoders.funasr import FunasrJson

            return FunasrJson(recording)
        case "csv":
            return CsvTable(recording, layout)
        case "xlsx":
            from connectors.decoders.workbook import Workbook

            return Workbook(recording, layout)
        case "har":
            from connectors.decoders.har import HarCapture

            return HarCapture(recording)
        case "frames":
            from connectors.decoders.frames import FramesJsonl

            return FramesJsonl(recording)
        case "jsonl":
            from connectors.decoders.jsonl import ContractJsonl

            return ContractJsonl()
