"""A JSON relay on this machine, through the runner."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from connectors.decoders.relay_mappings import douyinlive
from connectors.errors import Fatal
from connectors.plan import Plan
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.sources import relay
from connectors.sources.relay import Relay, RelayOptions
from detectors.events import Chat, Gap, Session
from tests.connectors.decoders.test_relay import CHAT, message, status
from tests.connectors.importing import recording
from tests.connectors.lines import QUICK, until

pytestmark = pytest.mark.asyncio

ROOM = "536681248455"
Serve = Callable[[web.WebSocketResponse, int], Awaitable[None]]


@asynccontextmanager
async def program(serve: Serve) -> AsyncIterator[str]:
    """A program like douyinLive; `serve` is given each connection and its number."""
    count = 0

    async def take(request: web.Request) -> web.StreamResponse:
        nonlocal count
        if request.match_info["room"] != ROOM:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        count += 1
        await serve(socket, count)
        if request.transport is not None:
            request.transport.abort()
        return socket

    app = web.Application()
    app.router.add_get("/ws/{room}", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/ws/{{room}}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(
    url: str, room: str = ROOM, **options: Any
) -> AsyncIterator[tuple[MemorySink, Runner]]:
    def make(room: str) -> Any:
        about = recording(platform="douyin", room=room, session=None)
        return Relay(RelayOptions(url=url, **options), about), douyinlive(about)

    sink = MemorySink()
    runner = Runner(sink, random=random.Random(7))
    await runner.apply(
        [Plan(name="relay", platform="douyin", make=make, rooms=(room,), pace=QUICK)]
    )
    try:
        yield sink, runner
    finally:
        await runner.stop()


async def say(socket: web.WebSocketResponse, body: Any) -> None:
    await socket.send_str(json.dumps(body, ensure_ascii=False))


async def hear(socket: web.WebSocketResponse) -> None:
    """Answers pings until the other side goes."""
    async for one in socket:
        if one.type == WSMsgType.PING:
            await socket.pong(one.data)


async def test_a_broadcast_arrives_and_a_loss_is_a_gap() -> None:
    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        await say(socket, status("ROOM_ONLINE"))
        await say(socket, message("WebcastChatMessage", count, content=f"第{count}句"))
        if count < 4:
            await asyncio.sleep(0.02)
        else:
            await hear(socket)

    async with program(serve) as url, running(url) as (sink, _):
        await until(lambda: sum(isinstance(event, Chat) for event in sink.events) == 4)
        texts = [event.text for event in sink.events if isinstance(event, Chat)]
        assert texts == ["第1句", "第2句", "第3句", "第4句"]
        # Told four times that it is on the air, it has begun once.
        assert sum(isinstance(event, Session) for event in sink.events) == 1
        gaps = [event for event in sink.events if isinstance(event, Gap)]
        assert len(gaps) == 3
        assert {gap.room for gap in gaps} == {ROOM}
    assert sink.letters == []


async def test_silence_that_answers_pings_is_a_connection() -> None:
    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        await hear(socket)

    async with program(serve) as url, running(url, ping_s=0.05) as (sink, runner):
        await until(lambda: runner.collections["relay"].stats.rooms["connected"])
        await asyncio.sleep(0.4)
        assert runner.collections["relay"].stats.reconnects == 0
        assert sink.events == []


@pytest.mark.slow
async def test_silence_that_does_not_is_dead_since_the_last_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "ANSWER_S", 1.0)
    answered: list[int] = []

    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        if count > 1:
            await say(socket, CHAT)
            await hear(socket)
            return
        async for one in socket:
            if one.type == WSMsgType.PING and len(answered) < 3:
                await socket.pong(one.data)
                answered.append(time.time_ns() // 1_000_000)

    async with program(serve) as url, running(url, ping_s=0.1) as (sink, _):
        await until(lambda: len(sink.events) >= 2)
        gap = next(event for event in sink.events if isinstance(event, Gap))
        # Not since the connection, nor since it was noticed.
        assert gap.from_ >= answered[0] - 5
        assert gap.until - gap.from_ >= 1_090


async def test_pings_of_the_program_are_answered() -> None:
    pongs: list[bytes] = []

    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        await socket.ping(b"there?")
        one = await socket.receive()
        assert one.type == WSMsgType.PONG
        pongs.append(bytes(one.data))
        await hear(socket)

    async with program(serve) as url, running(url):
        await until(lambda: pongs == [b"there?"])


async def test_hostile_messages_become_dead_letters() -> None:
    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        await socket.send_bytes(b"\xff\x00")
        await socket.send_str("[" * 3_000)
        await socket.send_str("nonsense")
        await say(socket, CHAT)
        await hear(socket)

    async with program(serve) as url, running(url) as (sink, _):
        await until(lambda: len(sink.events) == 1)
        assert [letter.frame[:9] for letter in sink.letters] == [b"\xff\x00", b"[" * 9, b"nonsense"]


async def test_an_address_that_the_program_does_not_know_is_final() -> None:
    async def serve(socket: web.WebSocketResponse, count: int) -> None:
        await hear(socket)

    async with program(serve) as url, running(url, room="1/../2") as (_, runner):
        connection = runner.collections["relay"].connections[0]
        await until(lambda: connection.state == "failed")
        assert "404" in (connection.problem or "")


async def test_a_program_that_is_not_there_is_waited_for() -> None:
    async with running("ws://127.0.0.1:1/ws/{room}") as (_, runner):
        connection = runner.collections["relay"].connections[0]
        await until(lambda: runner.collections["relay"].stats.reconnects >= 3)
        assert "no connection" in (connection.problem or "")


@pytest.mark.parametrize(
    ("url", "hosts", "reason"),
    [
        ("ws://example.com/ws", (), "another machine"),
        ("ws://127.0.0.1.example.com/ws", (), "another machine"),
        ("ws://10.0.0.5:1088/ws", ("10.0.0.6",), "another machine"),
        ("ws://[::ffff:10.0.0.5]/ws", (), "another machine"),
        ("http://127.0.0.1/ws", (), "no address"),
        ("127.0.0.1:1088", (), "no address"),
        ("ws:///ws", (), "no address"),
    ],
)
async def test_other_machines_have_to_be_named(
    url: str, hosts: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(Fatal, match=reason):
        Relay(RelayOptions(url=url, hosts=hosts), recording(room="1"))


@pytest.mark.parametrize("url", ["ws://10.0.0.5:1088/ws", "ws://localhost/ws", "ws://[::1]:7/ws"])
async def test_named_machines_and_this_one_may_be_asked(url: str) -> None:
    assert Relay(RelayOptions(url=url, hosts=("10.0.0.5",)), recording(room="1")).host
