"""`GET /api/v1/alerts/stream`: changes of alerts as server-sent events.

The id of a message is the number of the change, so a reader that comes back with
`Last-Event-ID` (or `?last=`) gets what it missed, each alert once as it stands now, and then
what comes. An alert that changed again while it waited appears again under its new number.
"""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import ClientConnectionResetError, web

from monitor.desk.broadcast import Client
from monitor.desk.keys import BROADCAST, STORE
from monitor.desk.problems import problem
from monitor.desk.representation import brief, represent
from monitor.store.rows import AlertRow

__all__ = ["stream"]

HEARTBEAT_S = 15.0
RETRY_MS = 1_000
#: A reader that is further behind is told to read the list again.
RESUME_MAX = 5_000
BATCH = 500

_encoder = msgspec.json.Encoder()


async def stream(request: web.Request) -> web.StreamResponse:
    """Streams until the reader or the server goes."""
    last = request.headers.get("Last-Event-ID") or request.query.get("last")
    if last is not None and not (last.isascii() and last.isdigit() and len(last) < 19):
        return problem(400, "bad-event-id", f"Last-Event-ID {last[:40]!r} is no number of a change")
    narrow = request.query.get("fields") == "brief"
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
        }
    )
    try:
        # Enlisted before the missed changes are read, so that none falls between the two.
        async with request.app[BROADCAST].client() as client:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            await _catch_up(request, response, client, last, narrow=narrow)
            await _follow(response, client, narrow=narrow)
    except (ClientConnectionResetError, ConnectionResetError):
        pass  # the reader closed the page
    return response


async def _catch_up(
    request: web.Request,
    response: web.StreamResponse,
    client: Client,
    last: str | None,
    *,
    narrow: bool,
) -> None:
    store = request.app[STORE]
    if last is None:
        await response.write(_control("hello", client.seq))
        return
    reached = int(last)
    if reached > store.seq or store.seq - reached > RESUME_MAX:
        # Another database, or too long ago.
        client.seq = store.seq
        await response.write(_control("resync", client.seq))
        return
    while True:
        rows = await asyncio.to_thread(store.changes_since, reached, BATCH)
        if rows:
            await response.write(b"".join(_message(row, narrow=narrow) for row in rows))
            reached = rows[-1].seq
        if len(rows) < BATCH:
            break
    client.seq = max(client.seq, reached)
    await response.write(_control("hello", client.seq))


async def _follow(response: web.StreamResponse, client: Client, *, narrow: bool) -> None:
    while True:
        told = client.seq
        entry = await client.next(HEARTBEAT_S)
        if entry is None:
            await response.write(b": still here\n\n")
        elif not isinstance(entry, AlertRow):
            await response.write(_control("resync", entry.seq))
        elif entry.seq > told:  # else it was among the missed ones already
            await response.write(_message(entry, narrow=narrow))


def _message(row: AlertRow, *, narrow: bool) -> bytes:
    data = _encoder.encode(brief(row) if narrow else represent(row))
    return b"event: alert\nid: %d\ndata: %s\n\n" % (row.seq, data)


def _control(name: str, seq: int) -> bytes:
    return f'event: {name}\nid: {seq}\ndata: {{"seq":{seq}}}\n\n'.encode()
