"""A program on this machine that serves a room's messages as JSON over a websocket.

Authorised by whoever runs that program: it, not livewatch, speaks with the platform. Known ones are
douyinLive (`ws://127.0.0.1:1088/ws/ROOM`) and whatever else sends JSON; what their messages mean,
the decoder knows. It sees what the program passes on, in that order; what was sent while nobody
listened does not come again and is told as a gap. A ping every 30 s finds a dead connection.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote, urlsplit

import aiohttp
from msgspec import Meta, Struct

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording
from connectors.errors import Fatal, Retryable
from connectors.source import Delivery
from connectors.sources.websocket import WebSocket, new_session

__all__ = ["Relay", "RelayOptions"]

#: Longest message, in bytes.
MAX_MESSAGE = 4 << 20
#: Beside a ping, how long its answer may take, s.
ANSWER_S = 5.0


class RelayOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `relay`."""

    url: str
    """`ws://127.0.0.1:1088/ws/{room}`; `{room}` stands for the room."""
    hosts: tuple[str, ...] = ()
    """Other machines that may be asked, name by name; this one always may."""
    ping_s: Annotated[float, Meta(gt=0, le=3_600)] = 30.0
    """How often the other side is asked whether it is there."""


class Relay:
    """The connection of one room."""

    Options = RelayOptions
    decoder = "douyinlive"

    def __init__(self, options: RelayOptions, recording: Recording) -> None:
        """
        Raises:
            Fatal: the address is none, or that of a machine that was not named.
        """
        self._url = options.url.replace("{room}", quote(recording.room, safe=""))
        parts = urlsplit(self._url)
        self.host = parts.hostname or ""
        if parts.scheme not in ("ws", "wss") or not self.host:
            raise Fatal(
                f"{self._url} is no address of a websocket: ws://127.0.0.1:1088/ws/{{room}}"
            )
        if not _is_here(self.host) and self.host not in options.hosts:
            raise Fatal(f"{self.host} is another machine: name it in `hosts` to ask it")
        self.name = f"relay {self.host}:{parts.port or ''}{parts.path}"
        self._ping_s = options.ping_s
        self._session: aiohttp.ClientSession | None = None
        self._socket: WebSocket | None = None
        self._pinging: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connects.

        Raises:
            Retryable: the program is not there.
            Fatal: it knows no such address.
        """
        await self.close()
        self._session = new_session()
        self._socket = await WebSocket.open(
            self._session, self._url, max_bytes=MAX_MESSAGE, final=(401, 403, 404)
        )
        self._pinging = asyncio.create_task(self._ping(self._socket), name=f"{self.name}-ping")

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """The messages.

        Raises:
            Retryable: the connection was lost.
        """
        if self._socket is None:
            raise Retryable("not connected")
        while True:
            frame = await self._socket.receive(self._ping_s + ANSWER_S)
            yield Delivery(frame, now_ms())

    async def send(self, reply: bytes) -> None:
        """Sends a text.

        Raises:
            Retryable: the connection was lost.
        """
        if self._socket is None:
            raise Retryable("not connected")
        await self._socket.send_text(reply.decode("utf-8", "replace"))

    async def close(self) -> None:
        """Ends the connection."""
        if self._pinging is not None:
            self._pinging.cancel()
            await asyncio.gather(self._pinging, return_exceptions=True)
            self._pinging = None
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ping(self, socket: WebSocket) -> None:
        while True:
            await asyncio.sleep(self._ping_s)
            try:
                await socket.ping()
            except Retryable:
                return  # the reader sees it, too


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
