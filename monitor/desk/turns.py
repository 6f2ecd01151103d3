"""Whose turn it is: how many requests the desk works on at a time.

A page of alerts is many times as large in memory as on the wire, and all of them are read and drawn
by a few threads. So a request waits until another is done, and when many wait already it is
refused. Its body is read before it waits, within a time, so that nobody holds a turn by sending
slowly. Event streams and static files need no turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from monitor.connections import Phase, enter
from monitor.errors import Overloaded

__all__ = ["Turns"]

#: Requests that are worked on at the same time.
AT_ONCE = 4
#: Requests that may wait; with one of 20 ms each that is a second or two.
WAITING = 96
#: A bundle that is dropped onto the page and a capture are long, and are read as they come.
_FREE = ("/static/", "/api/v1/alerts/stream", "/api/v1/bundles/check", "/api/v1/captures")


class Turns:
    """The requests under way."""

    def __init__(self, patience_s: float) -> None:
        """
        Args:
            patience_s: how long the body of a request may take.
        """
        self._patience_s = patience_s
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self, request: web.Request) -> AsyncIterator[None]:
        """Waits for a turn.

        Raises:
            HTTPRequestTimeout: the body did not come.
            HTTPRequestEntityTooLarge: it is longer than is taken.
            Overloaded: too many requests wait.
        """
        if request.path.startswith(_FREE):
            yield
            return
        if request.can_read_body:
            await self._read_body(request)
        if request.path == "/sign-in":  # has a bound of its own: hashing takes long
            yield
            return
        if self._waiting >= WAITING:
            raise Overloaded("too many requests wait for an answer", 2, "requests")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _read_body(self, request: web.Request) -> None:
        enter(request, Phase.BODY)
        try:
            async with asyncio.timeout(self._patience_s):
                await request.read()  # kept by the request for whoever reads it again
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        enter(request, Phase.WORK)
