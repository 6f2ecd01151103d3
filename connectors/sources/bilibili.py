"""Live rooms of Bilibili through its open platform.

Authorised by the host, who gives his 身份码, and by the platform, which gives an application its
key: nothing else is used. It sees what the platform pushes to applications: chat, paid chat and
the beginning and end of broadcasts; of shopping, what the platform pushes beside. Viewers have an
`open_id`. Order is that of the platform; what was pushed while the connection was lost does not
come again and is told as a gap. The project has to be kept alive every 20 s, the connection every
30 s; it counts as dead 5 s after a heartbeat has had no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Meta, Struct

from connectors.clock import now_ms
from connectors.decoders.bilibili_packets import (
    AUTHENTICATION,
    AUTHENTICATION_REPLY,
    HEARTBEAT,
    MAX_FRAME,
    make_packet,
    packets,
)
from connectors.decoders.decoded import Decoded, Recording
from connectors.errors import Fatal, Retryable
from connectors.logger import logger
from connectors.source import Delivery
from connectors.sources.bilibili_api import EXPIRED, OpenLiveApi, Refusal, Started
from connectors.sources.websocket import WebSocket, new_session

__all__ = ["OpenPlatform", "OpenPlatformOptions"]

log = logger()

BASE_URL = "https://live-open.biliapi.com"
#: Beside a heartbeat, how long an answer may take, s.
ANSWER_S = 5.0
#: A project that was not kept alive for so long is taken for ended, ms; the platform says 60 s.
LAPSED_MS = 50_000
#: After so many connections that brought nothing, or one round of the hosts, the project is begun
#: anew, with another key for the sockets.
MIN_ROUND = 3
_HEARTBEAT_BODY = b"{}"


class OpenPlatformOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `bilibili-open`."""

    access_key_id: str
    secret_file: str
    """File of the application's secret (access_key_secret)."""
    app_id: Annotated[int, Meta(ge=0, le=2**53)]
    code_file: str
    """File of the host's 身份码; `{room}` stands for the room."""
    base_url: str = BASE_URL
    hosts: tuple[str, ...] = ("bilibili.com",)
    """Domains of the sockets that the platform may name."""
    heartbeat_s: Annotated[float, Meta(gt=0, le=3_600)] = 30.0
    """Of the connection."""
    project_heartbeat_s: Annotated[float, Meta(gt=0, le=3_600)] = 20.0


class OpenPlatform:
    """The connection of one room."""

    Options = OpenPlatformOptions
    decoder, brings = "bilibili", "bytes"

    def __init__(self, options: OpenPlatformOptions, recording: Recording) -> None:
        """
        Raises:
            Fatal: a file cannot be read, or the room is no number.
        """
        if not recording.room.isascii() or not recording.room.isdigit():
            raise Fatal("a room of Bilibili is a number (the long one, not the short)")
        self.name = f"bilibili {recording.room}"
        self.host = urlsplit(options.base_url).hostname or options.base_url
        self._options = options
        self._room = int(recording.room)
        self._code = _secret(options.code_file.replace("{room}", recording.room))
        secret = _secret(options.secret_file).encode()
        self._api = OpenLiveApi(options.base_url, options.access_key_id, secret, options.app_id)
        self._started: Started | None = None
        """The project, as far as we know it runs."""
        self._kept_alive_ms = 0
        self._attempts = 0
        """Connections since one brought a message."""
        self._session: aiohttp.ClientSession | None = None
        self._socket: WebSocket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._loss: Retryable | Fatal | None = None
        """Why a task of ours ended the connection."""
        self._renew = False
        """Is the key of the sockets too old?"""
        self._lost = False
        """Was the connection lost, so that it will be made again?"""

    # The connection -----------------------------------------------------------------------

    async def connect(self) -> None:
        """Starts the project unless it runs, and opens the next socket.

        Raises:
            Retryable: not now.
            Fatal: key, 身份码 or room are wrong.
        """
        await self.close()
        self._lost, self._loss = True, None
        self._session = new_session()
        attempt, self._attempts = self._attempts, self._attempts + 1
        try:
            started = await self._project(attempt)
            links = started.websocket_info.wss_link
            socket = self._socket = await WebSocket.open(
                self._session, links[attempt % len(links)], max_bytes=MAX_FRAME
            )
            await self._authenticate(socket, started.websocket_info.auth_body)
        except Fatal:
            self._lost = False
            raise
        self._lost = False
        self._tasks = [
            asyncio.create_task(self._beat(socket), name=f"{self.name}-heartbeat"),
            asyncio.create_task(
                self._keep_alive(socket, started.game_info.game_id), name=f"{self.name}-project"
            ),
        ]

    async def _project(self, attempt: int) -> Started:
        """The project that runs, or a new one."""
        assert self._session is not None  # noqa: S101  made by the caller
        known = self._started
        if known is not None:
            every = max(MIN_ROUND, len(known.websocket_info.wss_link))
            lapsed = now_ms() - self._kept_alive_ms > LAPSED_MS
            if not lapsed and not self._renew and not (attempt and attempt % every == 0):
                return known
            self._started = None
            if not lapsed:
                await self._end(known)
        started = await self._api.start(self._session, self._code)
        self._started, self._kept_alive_ms, self._renew = started, now_ms(), False
        if started.anchor_info.room_id != self._room:
            raise Fatal(
                f"the 身份码 is that of room {started.anchor_info.room_id}, not of {self._room}"
            )
        if not started.websocket_info.wss_link:
            raise Retryable("the platform names no socket")
        for link in started.websocket_info.wss_link:
            self._check(link)
        return started

    def _check(self, link: str) -> None:
        """Is this a socket that we were told to trust?"""
        parts = urlsplit(link)
        host = parts.hostname or ""
        trusted = any(host == name or host.endswith(f".{name}") for name in self._options.hosts)
        secure = parts.scheme == "wss" or self._options.base_url.startswith("http://")
        if not trusted or not secure:
            raise Fatal(f"the platform names a socket that is not trusted: {parts.scheme}://{host}")

    async def _authenticate(self, socket: WebSocket, body: str) -> None:
        await socket.send(make_packet(AUTHENTICATION, body.encode()))
        frame = await socket.receive(ANSWER_S)
        reply = next(
            (one for one in packets(frame, Decoded()) if one.op == AUTHENTICATION_REPLY), None
        )
        if reply is None:
            raise Retryable("the first message is no answer to the authentication")
        try:
            code = msgspec.json.decode(reply.body, type=dict[str, msgspec.Raw]).get("code", b"")
        except (msgspec.MsgspecError, UnicodeError):
            code = b""
        if bytes(code) != b"0":
            self._renew = True
            raise Retryable(f"the authentication is refused: {reply.body[:200]!r}")
        await socket.send(make_packet(HEARTBEAT, _HEARTBEAT_BODY))

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """The messages.

        Raises:
            Retryable: the connection was lost, or the platform ended the project.
            Fatal: the platform refuses us.
        """
        socket = self._socket
        if socket is None:
            raise Retryable("not connected")
        while True:
            try:
                frame = await socket.receive(self._options.heartbeat_s + ANSWER_S)
            except Retryable as error:
                loss = self._loss or error
                self._lost = isinstance(loss, Retryable)
                raise loss from error
            yield Delivery(frame, now_ms())
            # Only here has the message been taken: the next loss begins with the first host again.
            self._attempts = 0

    async def send(self, reply: bytes) -> None:
        """Sends a packet of the decoder's.

        Raises:
            Retryable: the connection was lost.
        """
        if self._socket is None:
            raise Retryable("not connected")
        await self._socket.send(reply)

    async def close(self) -> None:
        """Ends the connection; the project too, unless it was lost and goes on at the next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
        session = self._session
        if session is None:
            return
        started = self._started
        try:
            if started is not None and not self._lost:
                # Left running, it would keep the room closed to us for a while.
                self._started = None
                await self._end(started)
        finally:
            self._session = None
            await session.close()

    # What goes on beside --------------------------------------------------------------------

    async def _beat(self, socket: WebSocket) -> None:
        """Keeps the connection alive."""
        while True:
            await asyncio.sleep(self._options.heartbeat_s)
            try:
                await socket.send(make_packet(HEARTBEAT, _HEARTBEAT_BODY))
            except Retryable:
                return  # the reader sees it, too

    async def _keep_alive(self, socket: WebSocket, game_id: str) -> None:
        """Keeps the project alive, and ends the connection when it is not."""
        while True:
            await asyncio.sleep(self._options.project_heartbeat_s)
            assert self._session is not None  # noqa: S101  open for as long as this task runs
            try:
                await self._api.heartbeat(self._session, game_id)
                self._kept_alive_ms = now_ms()
                continue
            except Refusal as error:
                if error.code != EXPIRED:
                    log.warning("heartbeat_refused", source=self.name, reason=error.reason)
                    continue
                self._loss = Retryable(f"the platform ended the project: {error.reason}")
            except Retryable as error:
                # The project lives for a minute; the next heartbeat may come through.
                log.warning("heartbeat_failed", source=self.name, reason=error.reason)
                continue
            except Fatal as error:
                self._loss = error
            self._started = None
            await socket.close()
            return

    async def _end(self, started: Started) -> None:
        if self._session is None:
            return
        try:
            await self._api.end(self._session, started.game_info.game_id)
        except (Retryable, Fatal) as error:
            log.warning("project_not_ended", source=self.name, reason=error.reason)


def _secret(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise Fatal(f"cannot read {path}: {error}") from error
    if not text:
        raise Fatal(f"{path} is empty")
    return text
