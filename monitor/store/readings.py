"""What kept bytes may say: as they are, and unpacked of what platforms and browsers wrap them in.

A search for someone's account must find it behind JSON's escapes, base64 and packing as well as
in clear. Everything is bounded: the bytes are foreign.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

import brotli

__all__ = ["readings", "varint"]

#: Readings of one piece, what they may hold together in bytes, and wrappings inside each other.
MAX_READINGS, MAX_BYTES, MAX_DEPTH = 200, 32 << 20, 5
#: What one packed piece is unpacked to at most, in bytes.
MAX_UNPACKED = 8 << 20
#: Beginnings of packed and of encoded pieces that are tried.
MAX_PIECES = 64
_ESCAPES = re.compile(rb"(?:\\{1,7}u[0-9a-fA-F]{4})+")
_ESCAPE = re.compile(rb"u([0-9a-fA-F]{4})")
_SOLIDUS = re.compile(rb"\\{1,7}/")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
#: How gzip, zlib and a packet of Bilibili with Brotli begin.
_PACKED = re.compile(
    rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\x00\x10\x00\x03\x00\x00\x00\x05....", re.S
)
_BROTLI = b"\x00\x10\x00\x03"


def readings(data: bytes) -> Iterator[bytes]:
    """The bytes, then what they hold when they are unescaped and unpacked."""
    waiting, seen, size = [(data, 0)], {data}, 0
    for reading, depth in waiting:
        yield reading
        if depth == MAX_DEPTH:
            continue
        for inner in _inside(reading):
            size += len(inner)
            if len(seen) >= MAX_READINGS or size > MAX_BYTES:
                return
            if inner and inner not in seen:
                seen.add(inner)
                waiting.append((inner, depth + 1))


def varint(number: int) -> bytes:
    """A number as protobuf writes it.

    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _inside(data: bytes) -> Iterator[bytes]:
    if b"\\" in data:
        yield _SOLIDUS.sub(b"/", _ESCAPES.sub(_unescaped, data))
    if b"%" in data:
        yield unquote_to_bytes(data)
    for found in islice(_PACKED.finditer(data), MAX_PIECES):
        yield _unpacked(found[0], data, found)
    for found in islice(_BASE64.finditer(data), MAX_PIECES):
        text = found[0].rstrip(b"=")
        # What a cut leaves behind the last whole group says nothing.
        text = text[: len(text) - 1] if len(text) % 4 == 1 else text
        try:
            yield base64.urlsafe_b64decode(
                text.replace(b"+", b"-").replace(b"/", b"_") + b"=" * (-len(text) % 4)
            )
        except binascii.Error:
            continue


def _unescaped(found: re.Match[bytes]) -> bytes:
    units = b"".join(bytes.fromhex(code.decode()) for code in _ESCAPE.findall(found[0]))
    return units.decode("utf-16-be", "replace").encode()


def _unpacked(mark: bytes, data: bytes, found: re.Match[bytes]) -> bytes:
    try:
        if mark.startswith(_BROTLI):
            unpacked: bytes = brotli.Decompressor().process(
                data[found.end() :], output_buffer_limit=MAX_UNPACKED
            )
        else:
            either = zlib.MAX_WBITS | 32
            unpacked = zlib.decompressobj(either).decompress(data[found.start() :], MAX_UNPACKED)
    except (zlib.error, brotli.error):
        return b""
    return unpacked
