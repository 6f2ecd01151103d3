"""Answers on their way out: packed where the client takes that, and refused where nobody reads.

An event stream is no `web.Response` and passes as it is: packing would hold its events back.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from monitor.connections import GUARD, Connection, Phase, connection_of
from monitor.problems import problem

__all__ = ["outgoing", "takes_gzip"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Shorter answers are sent as they are, bytes.
SMALLEST = 1_024
#: Longer ones are packed in a thread, bytes.
INLINE_BYTES = 64 * 2**10
#: Longer ones are written in pieces, bytes.
LARGE_BYTES = 256 * 2**10
PIECE_BYTES = 64 * 2**10
#: Half the time of zlib's own choice, and JSON is hardly larger for it.
LEVEL = 4
GZIP = 31
_PACKED = frozenset(
    {
        "application/json",
        "application/problem+json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)


@web.middleware
async def outgoing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: tells the connection what it waits for, and packs the answer."""
    connection = connection_of(request)
    if connection is not None:
        connection.enter(Phase.WORK)
    try:
        response = await handler(request)
        if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
            return response
        await _pack(request, response)
        guard = request.app[GUARD]
        size = len(response.body)
        if not guard.room_for(size):
            guard.count(503, "unread")
            response = problem(503, "unread-answers", "answers wait to be read; come back later")
            response.headers["Retry-After"] = "5"
            return response
        if size <= LARGE_BYTES or request.method == "HEAD":
            return response
        return await _send(request, response, connection)
    finally:
        if connection is not None:
            connection.enter(Phase.IDLE)


async def _send(
    request: web.Request, response: web.Response, connection: Connection | None
) -> web.StreamResponse:
    """Writes a large answer in pieces, as the client takes them: written at once, what the client
    has not taken would be in memory twice."""
    body = memoryview(response.body if isinstance(response.body, bytes) else b"")
    sent = web.StreamResponse(
        status=response.status, reason=response.reason, headers=response.headers
    )
    sent.content_length = len(body)
    sent.cookies.update(response.cookies)
    if connection is not None:
        connection.holding_bytes = len(body)
    try:
        await sent.prepare(request)
        for start in range(0, len(body), PIECE_BYTES):
            await sent.write(body[start : start + PIECE_BYTES])
        await sent.write_eof()
    finally:
        if connection is not None:
            connection.holding_bytes = 0
    return sent


async def _pack(request: web.Request, response: web.Response) -> None:
    body = response.body
    if not isinstance(body, bytes) or len(body) < SMALLEST:
        return
    if response.content_type not in _PACKED or "Content-Encoding" in response.headers:
        return
    vary = response.headers.get("Vary")
    response.headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
        return
    packed = await asyncio.to_thread(_gzip, body) if len(body) > INLINE_BYTES else _gzip(body)
    response.body = packed
    response.headers["Content-Encoding"] = "gzip"


def takes_gzip(accepted: str) -> bool:
    """Does an `Accept-Encoding` allow gzip (RFC 9110, 12.5.3)?"""
    weights = {}
    for entry in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        weight = next((part[2:].strip() for part in parameters if part.startswith("q=")), "1")
        weights[name] = weight.strip("0.") != ""
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _gzip(body: bytes) -> bytes:
    packing = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    return packing.compress(body) + packing.flush()
