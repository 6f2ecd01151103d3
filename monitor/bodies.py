"""Bodies of requests, read and unpacked within a limit."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Iterator

from aiohttp import web

from monitor.connections import Phase, enter
from monitor.errors import Overloaded

__all__ = ["Pool", "TooLarge", "TooSlow", "Undecodable", "encoding_of", "read_body", "unpack"]

CHUNK_BYTES = 64 * 2**10
GZIP = 31
#: A body that comes more slowly than this a second runs out of time.
PACE_BYTES = 16 * 2**10


class TooLarge(Exception):
    """The body is longer than is taken."""


class TooSlow(Exception):
    """The sender does not go on."""


class Undecodable(Exception):
    """The body is not what its encoding says."""


class Pool:
    """The bytes that all bodies under way may have together. Used in the event loop alone."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0

    def take(self, count: int) -> None:
        """Takes bytes for a body.

        Raises:
            Overloaded: there are none left.
        """
        self.taken += count
        if self.taken > self.size:
            raise Overloaded("too many bodies are being received", 1, "bodies")

    @contextlib.contextmanager
    def returning(self) -> Iterator[Pool]:
        """A share of the pool for one body; all that was taken goes back at the end."""
        share = _Share(self)
        try:
            yield share
        finally:
            self.taken -= share.taken


class _Share(Pool):
    """What one body has taken."""

    def __init__(self, whole: Pool) -> None:
        super().__init__(whole.size)
        self._whole = whole

    def take(self, count: int) -> None:
        self.taken += count
        self._whole.take(count)


def encoding_of(request: web.Request) -> str:
    """`identity` or `gzip`.

    Raises:
        HTTPUnsupportedMediaType: anything else.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise web.HTTPUnsupportedMediaType(reason="Content-Encoding is gzip or nothing")
    return encoding


async def read_body(request: web.Request, limit: int, patience_s: float, pool: Pool) -> bytes:
    """The body as it was sent, packed or not.

    Args:
        limit: most bytes.
        patience_s: how long it may take, and a second more for each `PACE_BYTES` that came.
        pool: the bytes of all bodies; the caller gives back what this one took (`pool.returning`).

    Raises:
        TooLarge: more than `limit` bytes.
        TooSlow: the sender does not go on.
        Overloaded: bodies of other requests fill the memory that there is for them.
    """
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge
    enter(request, Phase.BODY)
    body = bytearray()
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(began + patience_s) as waiting:
            async for chunk in request.content.iter_chunked(CHUNK_BYTES):
                pool.take(len(chunk))
                body += chunk
                if len(body) > limit:
                    raise TooLarge
                waiting.reschedule(began + patience_s + len(body) / PACE_BYTES)
    except TimeoutError as error:
        raise TooSlow from error
    enter(request, Phase.WORK)
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
