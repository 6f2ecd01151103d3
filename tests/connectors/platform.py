"""A platform that speaks as Bilibili's open platform does: signed requests, projects that lapse,
sockets with keys that expire, true framing, and every way to break off.

Nothing here uses our own code: signatures are checked by the platform's published rule.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from tests.connectors.decoders.bilibili_frames import packet
from tests.connectors.lines import until
from tests.patience import PATIENCE_S

KEY_ID, SECRET, APP_ID, CODE = "key-1", "secret of the application", 1_700_000, "HOSTCODE1"
ROOM = 23058
_SIGNED = ("x-bili-accesskeyid", "x-bili-content-md5", "x-bili-signature-method",
           "x-bili-signature-nonce", "x-bili-signature-version", "x-bili-timestamp")  # fmt: skip


class Visit:
    """One connection to a socket."""

    def __init__(self, host: int, socket: web.WebSocketResponse, transport: Any) -> None:
        self.host = host
        self.socket = socket
        self._transport = transport
        self.authenticated = asyncio.Event()
        self.heartbeats: list[bytes] = []
        self.silent = False
        """Answers to nothing any more, and says nothing."""
        self.over = asyncio.Event()

    async def push(self, frame: bytes) -> None:
        await self.socket.send_bytes(frame)

    def hang_up(self) -> None:
        """A reset, with no goodbye."""
        self._transport.abort()

    async def cut(self, frame: bytes) -> None:
        """Half of a message, then a reset."""
        head = (
            b"\x82\x7e" + struct.pack(">H", len(frame))
            if len(frame) > 125
            else bytes([0x82, len(frame)])
        )
        self._transport.write(head + frame[: len(frame) // 2])
        await asyncio.sleep(0.01)
        self._transport.abort()


class Platform:
    """What happened, and how it behaves; a test sets and reads it."""

    def __init__(self) -> None:
        self.url = ""
        self.hosts = 3
        self.domain = "127.0.0.1"
        self.lapse_s = 60.0
        """A project without a heartbeat for so long is over."""
        self.room = ROOM
        self.answers: dict[str, list[web.Response]] = {}
        """Answers to give instead, by request: `start`, `heartbeat`, `end`, `sub0`, `sub1` …"""
        self.requests: list[str] = []
        self.games: dict[str, float] = {}
        """Projects that run, and when they were kept alive last."""
        self.visits: list[Visit] = []
        self.keys: set[str] = set()
        """Keys of sockets that are good."""
        self._nonces: set[str] = set()
        self._number = 0
        self.failures: list[str] = []

    @property
    def now(self) -> Visit:
        """The latest connection."""
        return self.visits[-1]

    def expire_keys(self) -> None:
        """From now on no key of a socket is good that was given so far."""
        self.keys.clear()

    def end_project(self) -> None:
        """As when the host stops it."""
        self.games.clear()

    async def visit(self, count: int) -> Visit:
        """The connection of this number, as soon as it is authenticated."""
        await until(lambda: len(self.visits) >= count)
        visit = self.visits[count - 1]
        async with asyncio.timeout(PATIENCE_S):
            await visit.authenticated.wait()
        return visit

    # Over HTTP ----------------------------------------------------------------------------

    async def api(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        self.requests.append(what)
        if self.answers.get(what):
            return self.answers[what].pop(0)
        body = await request.read()
        code = self._refusal(request, body)
        if code:
            return self._answer(code)
        fields = json.loads(body)
        if what == "start":
            return self._start(fields)
        alive = self._alive(fields["game_id"])
        if what == "heartbeat":
            if alive:
                self.games[fields["game_id"]] = time.monotonic()
            return self._answer(0 if alive else 7003)
        self.games.pop(fields["game_id"], None)
        return self._answer(0 if alive else 7000)

    def _start(self, fields: dict[str, Any]) -> web.Response:
        if fields["app_id"] != APP_ID:
            return self._answer(8002)
        if fields["code"] != CODE:
            return self._answer(7007)
        if any(self._alive(game) for game in list(self.games)):
            return self._answer(7002)
        self._number += 1
        game, key = f"game-{self._number}", f"key-{self._number}"
        self.games[game] = time.monotonic()
        self.keys.add(key)
        port = self.url.rpartition(":")[2]
        links = [f"ws://{self.domain}:{port}/sub/{host}" for host in range(self.hosts)]
        return self._answer(0, {
            "game_info": {"game_id": game},
            "websocket_info": {"auth_body": json.dumps({"roomid": self.room, "key": key, "protover": 2}), "wss_link": links},
            "anchor_info": {"room_id": self.room, "uid": 7, "open_id": "o-host", "uname": "茶老板", "uface": ""},
        })  # fmt: skip

    def _alive(self, game: str) -> bool:
        return time.monotonic() - self.games.get(game, -1e9) <= self.lapse_s

    def _refusal(self, request: web.Request, body: bytes) -> int:
        headers = request.headers
        if headers.get("Content-Type") != "application/json":
            return 4011
        if headers.get("Accept") != "application/json":
            return 4013
        if headers.get("x-bili-accesskeyid") != KEY_ID:
            return 4001
        if headers.get("x-bili-content-md5") != hashlib.md5(body).hexdigest():  # noqa: S324  their rule
            return 4012
        if abs(time.time() - int(headers["x-bili-timestamp"])) > 600:
            return 4003
        text = "\n".join(f"{name}:{headers[name]}" for name in _SIGNED)
        expected = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if headers.get("Authorization") != expected:
            return 4002
        nonce = headers["x-bili-signature-nonce"]
        if nonce in self._nonces:
            return 4004
        self._nonces.add(nonce)
        return 0

    @staticmethod
    def _answer(code: int, data: Any = None) -> web.Response:
        body = {
            "code": code,
            "message": "ok" if not code else f"错误 {code}",
            "request_id": "r",
            "data": data,
        }
        return web.json_response(body)

    # Over the socket ------------------------------------------------------------------------

    async def sub(self, request: web.Request) -> web.StreamResponse:
        host = int(request.match_info["host"])
        self.requests.append(f"sub{host}")
        if self.answers.get(f"sub{host}"):
            return self.answers[f"sub{host}"].pop(0)
        socket = web.WebSocketResponse(compress=False, autoping=False, max_msg_size=1 << 16)
        await socket.prepare(request)
        visit = Visit(host, socket, request.transport)
        self.visits.append(visit)
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY and not visit.silent:
                    await self._hear(visit, message.data)
        finally:
            visit.over.set()
        return socket

    async def _hear(self, visit: Visit, frame: bytes) -> None:
        length, header, ver, op, _ = struct.unpack_from(">IHHII", frame)
        body = frame[header:]
        if length != len(frame) or header != 16 or ver != 1:
            self.failures.append(f"a packet that no client sends: {frame[:64]!r}")
        if op == 7:
            good = json.loads(body)["key"] in self.keys
            reply = json.dumps({"code": 0 if good else -101}).encode()
            await visit.socket.send_bytes(packet(reply, op=8, ver=1))
            if good:
                visit.authenticated.set()
            else:
                await visit.socket.close()
        elif op == 2:
            visit.heartbeats.append(body)
            # The length leaves out the echo of what the client sent.
            await visit.socket.send_bytes(packet(struct.pack(">I", 1), op=3, ver=1) + body)
        else:
            self.failures.append(f"an operation that no client sends: {op}")


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """A platform on a free port; at the end, whatever broke its rules fails the test."""
    served = Platform()
    app = web.Application()
    app.router.add_post("/v2/app/{what}", served.api)
    app.router.add_get("/sub/{host}", served.sub)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield served
    finally:
        for visit in served.visits:
            with contextlib.suppress(Exception):
                visit.hang_up()
        await runner.cleanup()
        assert served.failures == []
