"""The packets of Bilibili's live broadcast: how they are taken out of a frame, and made.

A frame (one websocket message) holds packets. Each begins with 16 bytes, big-endian::

    pack_len u32   of the whole packet
    header_len u16 16
    ver u16        0 JSON · 1 int32 or a request · 2 zlib · 3 Brotli
    op u32         2 heartbeat · 3 its reply · 5 command · 7 authentication · 8 its reply
    seq u32

The body of a compressed packet is again packets. Frames are foreign bytes: lengths may lie, a
few bytes may unpack to gigabytes, and packing may be nested. Every limit below ends in a
`Problem`, never in an exception.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import brotli
from msgspec import Struct

from connectors.decoders.decoded import Decoded

__all__ = [
    "AUTHENTICATION",
    "AUTHENTICATION_REPLY",
    "COMMAND",
    "HEARTBEAT",
    "HEARTBEAT_REPLY",
    "MAX_FRAME",
    "MAX_UNPACKED",
    "Packet",
    "make_packet",
    "packets",
]

HEADER = struct.Struct(">IHHII")
HEARTBEAT, HEARTBEAT_REPLY, COMMAND, AUTHENTICATION, AUTHENTICATION_REPLY = 2, 3, 5, 7, 8
JSON, PLAIN, ZLIB, BROTLI = 0, 1, 2, 3

#: Longest frame that is looked at, in bytes; real ones have some kilobytes.
MAX_FRAME = 4 << 20
#: What one frame may unpack to, in bytes.
MAX_UNPACKED = 8 << 20
#: Packets of one frame.
MAX_PACKETS = 10_000
#: Packets in a packed packet are not packed again.
MAX_DEPTH = 1


class Packet(Struct, frozen=True):
    """A packet that holds no others."""

    op: int
    ver: int
    body: bytes
    within: str
    start: int

    @property
    def place(self) -> str:
        """“byte 0”, “byte 0 packet at 512”"""
        return f"{self.within}{self.start}"


class _Budget:
    """What a frame may still use."""

    def __init__(self) -> None:
        self.unpacked = MAX_UNPACKED
        self.packets = MAX_PACKETS


def make_packet(op: int, body: bytes = b"", *, ver: int = PLAIN, seq: int = 1) -> bytes:
    """A packet as a client sends it.

    >>> make_packet(HEARTBEAT).hex(" ", 4)
    '00000010 00100001 00000002 00000001'
    """
    return HEADER.pack(HEADER.size + len(body), HEADER.size, ver, op, seq) + body


def packets(frame: bytes, out: Decoded) -> Iterator[Packet]:
    """The innermost packets of a frame; what cannot be read becomes a problem."""
    if len(frame) > MAX_FRAME:
        out.bad("byte 0", f"a frame of {len(frame)} bytes, more than {MAX_FRAME}", frame)
        return
    if not frame:
        out.skip("empty frame")
        return
    if frame.startswith(b"{"):
        # As a length, this would be of gigabytes: a command that somebody saved without its frame.
        yield Packet(COMMAND, JSON, frame, "byte ", 0)
        return
    yield from _walk(frame, "byte ", 0, _Budget(), out)


def _walk(data: bytes, place: str, depth: int, budget: _Budget, out: Decoded) -> Iterator[Packet]:
    start, size = 0, len(data)
    while start < size:
        rest = size - start
        if rest < HEADER.size:
            out.bad(f"{place}{start}", f"{rest} bytes are no packet", data[start:])
            return
        length, header_length, ver, op, _ = HEADER.unpack_from(data, start)
        fault = ""
        if not HEADER.size <= header_length <= length:
            fault = f"a header of {header_length} in a packet of {length} bytes"
        elif length > rest:
            fault = f"a packet of {length} bytes of which {rest} are there"
        elif not budget.packets:
            fault = f"more than {MAX_PACKETS} packets in a frame"
        if fault:
            out.bad(f"{place}{start}", fault, data[start:])
            return
        budget.packets -= 1
        body = data[start + header_length : start + length]
        if op == HEARTBEAT_REPLY:
            # The length leaves out what the server echoes behind it: it ends the frame.
            yield Packet(op, ver, body[:4], place, start)
            return
        if ver not in (ZLIB, BROTLI):
            yield Packet(op, ver, body, place, start)
        elif depth >= MAX_DEPTH:
            out.bad(f"{place}{start}", "a packed packet in a packed packet", body)
        else:
            at = f"{place}{start}"
            unpacked = _unpack(body, ver, at, budget, out)
            yield from _walk(unpacked, f"{at} packet at ", depth + 1, budget, out)
        start += length


def _unpack(body: bytes, ver: int, at: str, budget: _Budget, out: Decoded) -> bytes:
    """The body unpacked, empty where it cannot be."""
    limit = budget.unpacked
    try:
        unpacked, whole = _inflate(body, limit) if ver == ZLIB else _unbrotli(body, limit)
    except (zlib.error, brotli.error) as error:
        out.bad(at, f"cannot be unpacked: {error}", body)
        return b""
    if len(unpacked) > limit:
        budget.unpacked = 0
        out.bad(at, f"the frame unpacks to more than {MAX_UNPACKED} bytes", body)
        return b""
    budget.unpacked -= len(unpacked)
    if not whole:
        out.bad(at, "packed data that are cut off", body)
    return unpacked


def _inflate(body: bytes, limit: int) -> tuple[bytes, bool]:
    unpacking = zlib.decompressobj()
    # One byte more than fits, so that “exactly the limit” and “more” can be told apart.
    return unpacking.decompress(body, limit + 1), unpacking.eof


def _unbrotli(body: bytes, limit: int) -> tuple[bytes, bool]:
    unpacking = brotli.Decompressor()
    parts = [unpacking.process(body, output_buffer_limit=limit + 1)]
    size = len(parts[0])
    # The limit is one of a step: it goes on until nothing more is at hand.
    while size <= limit and not unpacking.is_finished():
        part = unpacking.process(b"", output_buffer_limit=limit + 1 - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts), unpacking.is_finished()
