"""`GET /api/v1/alerts/stream`: changes of alerts as server-sent events.

The id of a message is the number of the change, so a reader that comes back with
`Last-Event-ID` (or `?last=`) gets what it missed, each alert once as it stands now, and then
what comes. An alert that changed again while it waited appears again under its new number.

A stream sends the next changes only when the reader has taken those before, so a reader that does
not read costs some kilobytes, until its connection is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import ClientConnectionResetError, web

from monitor.connections import GUARD, TooManyStreams
from monitor.desk.broadcast import Broadcast
from monitor.desk.gate import principal_of, store_of
from monitor.desk.keys import ACCESS, BROADCAST, STORE, UNMASKED
from monitor.desk.shown import event_for
from monitor.problems import problem
from monitor.store.scoped import ScopedStore

__all__ = ["stream"]

HEARTBEAT_S = 15.0
RETRY_MS = 1_000
#: A reader that is further behind is told to read the list again.
RESUME_MAX = 5_000


async def stream(request: web.Request) -> web.StreamResponse:
    """Streams until the reader or the server goes."""
    last = request.headers.get("Last-Event-ID") or request.query.get("last")
    if last is not None and not (last.isascii() and last.isdigit() and len(last) < 19):
        return problem(400, "bad-event-id", f"Last-Event-ID {last[:40]!r} is no number of a change")
    guard = request.app.get(GUARD)
    try:
        with guard.stream(request) if guard is not None else contextlib.nullcontext():
            return await _stream(request, last)
    except TooManyStreams:
        if guard is not None:
            guard.count(503, "streams")
        answer = problem(503, "too-many-streams", "as many streams are open as may be")
        answer.headers["Retry-After"] = "10"
        return answer


async def _stream(request: web.Request, last: str | None) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
        }
    )
    broadcast, store = request.app[BROADCAST], request.app[STORE]
    try:
        # Counted before the missed changes are read, so that none falls between the two.
        with broadcast.client() as now:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            reached = now if last is None else int(last)
            if reached > store.seq:  # another database
                reached = store.seq
                await response.write(_control("resync", reached))
                greeted = True
            else:
                greeted = False
            await _follow(
                response,
                broadcast,
                reached,
                greeted=greeted,
                narrow=_narrow(request),
                reader=store_of(request),
                unmasked=lambda alert: _unmasks(request, alert),
            )
    except (ClientConnectionResetError, ConnectionResetError):
        pass  # the reader closed the page
    return response


async def _follow(
    response: web.StreamResponse,
    broadcast: Broadcast,
    reached: int,
    *,
    greeted: bool,
    narrow: bool,
    reader: ScopedStore,
    unmasked: Callable[[str], Awaitable[bool]],
) -> None:
    while True:
        if broadcast.seq - reached > RESUME_MAX:
            # Too long away, or much too slow: the list tells it all at once.
            reached = broadcast.seq
            await response.write(_control("resync", reached))
            greeted = True
        messages = await broadcast.after(reached)
        for message in messages:
            reached = message.seq
            if not reader.scope.covers(message.territories):
                continue
            sent = message.brief if narrow else message.whole
            sees = await unmasked(message.alert)
            if reader.scope or not sees:
                sent = await asyncio.to_thread(
                    event_for, message.whole, sent, store=reader, unmasked=sees
                )
            # Waits until the reader has taken most of what was written before.
            await response.write(sent)
        if messages:
            continue
        if not greeted:
            await response.write(_control("hello", reached))
            greeted = True
        if not await broadcast.wait(reached, HEARTBEAT_S):
            await response.write(b": still here\n\n")


async def _unmasks(request: web.Request, alert: str) -> bool:
    """May the accounts of an alert be seen now: also what was granted or taken since the stream began."""
    who = principal_of(request)
    if who.may("unmask"):
        return True
    if who.unmasked is None or alert not in request.app[UNMASKED].get(who.name, ()):
        return False
    # As it stands this moment: what was taken back ends at once.
    found = await asyncio.to_thread(request.app[ACCESS].unmaskings.granted, [who.name])
    return alert in found.get(who.name, ())


def _narrow(request: web.Request) -> bool:
    return request.query.get("fields") == "brief"


def _control(name: str, seq: int) -> bytes:
    return f'event: {name}\nid: {seq}\ndata: {{"seq":{seq}}}\n\n'.encode()
