"""Bodies of requests, read and unpacked within a limit."""

from __future__ import annotations

import zlib

from aiohttp import web

__all__ = ["TooLarge", "Undecodable", "encoding_of", "read_body", "unpack"]

CHUNK_BYTES = 64 * 2**10
GZIP = 31


class TooLarge(Exception):
    """The body is longer than is taken."""


class Undecodable(Exception):
    """The body is not what its encoding says."""


def encoding_of(request: web.Request) -> str:
    """`identity` or `gzip`.

    Raises:
        HTTPUnsupportedMediaType: anything else.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise web.HTTPUnsupportedMediaType(reason="Content-Encoding is gzip or nothing")
    return encoding


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body as it was sent, packed or not.

    Raises:
        TooLarge: more than `limit` bytes.
    """
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """The body unpacked, never more than `limit` bytes of it in memory.

    Raises:
        TooLarge: it unpacks to more.
        Undecodable: no gzip, cut off, or followed by something else.
    """
    if encoding == "identity":
        return body
    unpacking = zlib.decompressobj(wbits=GZIP)
    try:
        # One byte more than fits, so that "exactly the limit" and "more" can be told apart.
        unpacked = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise Undecodable(f"the body is no gzip: {error}") from error
    if len(unpacked) > limit or unpacking.unconsumed_tail:
        raise TooLarge
    if not unpacking.eof:
        raise Undecodable("the gzip body is cut off")
    if unpacking.unused_data:
        raise Undecodable("there is something behind the gzip body")
    return unpacked
