"""Bytes, texts of strangers and moments as a person at a terminal can read them."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import msgspec

__all__ = ["local_time", "minute", "printable", "readable"]

#: Characters of a text, and bytes of what is no text, that are shown.
MAX_TEXT, MAX_BYTES = 200, 48
#: Longest JSON that is read so that its escapes become characters, in bytes.
MAX_JSON = 64 << 10
#: Joiners of emoji and of letters, which do not move what stands beside them.
_JOINERS = "\u200c\u200d"


def readable(data: bytes) -> str:
    """Text in UTF-8 as it is, on one line; anything else as hexadecimal numbers.

    >>> readable('{"text":"多少钱"}'.encode())
    '{"text":"多少钱"}'
    >>> readable(bytes([0, 1, 255]) + "茶".encode())
    '6 bytes: 00 01 ff e8 8c b6'
    """
    data = _unescaped(data)
    head = data[: 4 * MAX_TEXT]
    try:
        # A character that the cut goes through is left out.
        decode = codecs.getincrementaldecoder("utf-8")().decode
        text = decode(head.removeprefix(codecs.BOM_UTF8), len(head) == len(data))
    except UnicodeDecodeError:
        return _hexadecimal(data)
    if any((char < " " and char not in "\t\r\n\f") or "\x7f" <= char < "\xa0" for char in text):
        return _hexadecimal(data)
    line = printable(text)
    whole = len(line) <= MAX_TEXT and len(head) == len(data)
    return line if whole else f"{line[:MAX_TEXT]}…"


def printable(text: str) -> str:
    """A text of strangers on one line, without anything that a terminal would obey.

    >>> printable("“面\\x1b[2J议”\\n")
    '“面\\\\u001b[2J议”'
    """
    return "".join(map(_shown, " ".join(text.split())))


def local_time(ms: int) -> datetime:
    """A moment, ms since 1970, by this machine's clock."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone()


def minute(ms: int) -> str:
    """The day and the minute of a moment by this machine's clock."""
    return f"{local_time(ms):%Y-%m-%d %H:%M}"


def _shown(char: str) -> str:
    # What turns the direction of writing, say, would make the line look like another one.
    return char if char.isprintable() or char in _JOINERS else f"\\u{ord(char):04x}"


def _unescaped(data: bytes) -> bytes:
    """JSON that writes Chinese in escapes, with the characters themselves."""
    if b"\\u" not in data or len(data) > MAX_JSON:
        return data
    try:
        return msgspec.json.encode(msgspec.json.decode(data))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return data


def _hexadecimal(data: bytes) -> str:
    more = " …" if len(data) > MAX_BYTES else ""
    return f"{len(data):,} bytes: {data[:MAX_BYTES].hex(' ')}{more}"
