"""The formats that files may have: their names, their decoders, and how to tell them apart."""

from __future__ import annotations

import codecs
import re
from typing import Literal, get_args

from connectors.decoders.csv_table import CsvTable
from connectors.decoders.decoded import Decoder, Recording
from connectors.decoders.tables import TableLayout
from detectors.events import Event

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
    "bililive",
    "pytchat",
    "srt",
    "vtt",
    "ass",
    "lrc",
    "funasr",
    "whisper",
    "csv",
    "xlsx",
    "har",
    "page",
    "frames",
    "jsonl",
]
FORMATS: tuple[Format, ...] = get_args(Format)

#: Formats that do not say which room they are from.
NEEDS_ROOM: frozenset[Format] = frozenset(
    {"pytchat", "srt", "vtt", "ass", "lrc", "funasr", "whisper", "csv", "xlsx"}
)
#: Formats whose times are relative.
NEEDS_START: frozenset[Format] = frozenset({"srt", "vtt", "ass", "lrc", "funasr", "whisper"})
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
_WHISPER = re.compile(rb'"(?:segments|word_segments|transcription|chunks)"\s*:\s*\[')
_PYTCHAT = re.compile(
    rb'"(?:\w*[cC]hatItemAction|continuationContents|responseContext|authorName|author)"\s*:'
)
_PAGE = re.compile(rb"(?:<\?xml[^>]{0,200}\?>\s{0,20})?<(?:!doctype html|html)[\s>]", re.IGNORECASE)
_LRC = re.compile(
    rb"\[(?:\d{1,4}:\d{1,2}(?:[.:]\d{1,3})?|(?:ar|ti|al|by|offset|length|re|ve):[^\]\r\n]{0,500})\]"
)
_CONTRACT = re.compile(rb'"(?:platform|room)"\s*:')
_HAR = re.compile(rb'\{\s*"log"\s*:\s*\{')
_FRAME = re.compile(rb'"opcode"\s*:|"data"\s*:\s*"')
#: Messages of relays and recorders of commands, one a line.
_MESSAGE = re.compile(
    rb'"(?:cmd|host_info|live_info)"\s*:|"method"\s*:\s*"(?:Webcast|Network\.webSocketFrame)'
    rb'|"event"\s*:\s*"live_status"'
)
#: Lines of the beginning that are looked at: a relay first says how it stands itself.
FIRST_LINES = 20
#: Answers to pages that somebody saved by themselves.
_ANSWER = re.compile(
    rb'"(?:comment_infos|commentList|promotions|timestampList|liveInfo|msgList|appMsgList|room_cart'
    rb'|room_view_stats|has_commerce_goods)"\s*:'
)
_FRAME_TIME = re.compile(rb'"time"\s*:')
#: How workbooks begin: as a zip archive, and as Excel wrote them until 2003.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TYPES = "|".join(str(kind.__struct_config__.tag) for kind in get_args(Event))
_TYPE = re.compile(rf'"type"\s*:\s*"(?:{_TYPES})"'.encode())
_ENDINGS: dict[str, Format] = {
    ".xml": "bililive", ".srt": "srt", ".vtt": "vtt", ".csv": "csv", ".tsv": "csv",
    # Consoles write text under the names of workbooks.
    ".ass": "ass", ".ssa": "ass", ".lrc": "lrc", ".html": "page", ".htm": "page",
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
    if _PAGE.match(text):
        return "page"
    if text.startswith((b"<?xml", b"<i>", b"<i ", b"<!DOCTYPE")):
        return "bililive"
    if text.startswith(b"start\tend\ttext"):
        return "whisper"
    if text.startswith(b"[Script Info]"):
        return "ass"
    if _LRC.match(text):
        return "lrc"
    if text.startswith((b"{", b"[")):
        # A list may be spread over lines.
        is_lines = text.startswith(b"{")
        lines = text.split(b"\n", FIRST_LINES)[:FIRST_LINES] if is_lines else [text[:BEGINNING]]
        if any(_TYPE.search(line) and _CONTRACT.search(line) for line in lines):
            return "jsonl"
        if _HAR.match(text):
            return "har"
        if any(_FRAME.search(line) and _FRAME_TIME.search(line) for line in lines):
            return "frames"
        if any(map(_MESSAGE.search, lines)):
            return "frames"
        if _PYTCHAT.search(text):
            return "pytchat"
        if _FUNASR.search(text):
            return "funasr"
        if _WHISPER.search(text):
            return "whisper"
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
        case "whisper":
            from connectors.decoders.whisper import WhisperTranscript

            return WhisperTranscript(recording)
        case "ass":
            from connectors.decoders.timed_text import SubStationAlpha

            return SubStationAlpha(recording)
        case "lrc":
            from connectors.decoders.timed_text import Lrc

            return Lrc(recording)
        case "page":
            from connectors.decoders.saved_page import SavedPage

            return SavedPage(recording)
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
