"""Unpacks compressed frames, up to a limit."""

from __future__ import annotations

import zlib

from connectors.errors import DecodeError, Refused

__all__ = ["GZIP_MARK", "MAX_INFLATED", "inflate"]

#: Largest frame that is unpacked, in bytes; real ones stay under a megabyte.
MAX_INFLATED = 16 << 20
GZIP_MARK = b"\x1f\x8b"
#: Gzip or zlib, whichever the first bytes say.
_EITHER = zlib.MAX_WBITS | 32


def inflate(data: bytes, limit: int = MAX_INFLATED) -> bytes:
    """What gzip or zlib packed.

    Raises:
        Refused: more than `limit` bytes come of it, or what comes of it is packed again.
        DecodeError: not packed so, or cut off.
    """
    unpacker = zlib.decompressobj(_EITHER)
    try:
        unpacked = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise DecodeError(f"cannot be unpacked: {error}", data) from error
    if len(unpacked) > limit:
        raise Refused(f"unpacks to more than {limit >> 20} MiB", data)
    if not unpacker.eof:
        raise DecodeError("packed bytes that are cut off", data)
    if unpacked.startswith(GZIP_MARK):
        raise Refused("packed twice", data)
    return unpacked
