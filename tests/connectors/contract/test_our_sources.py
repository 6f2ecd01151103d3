"""The sources that livewatch brings keep the contract that strangers' have to keep."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from connectors.contract.sources import assert_source_contract
from connectors.sources.bilibili import OpenPlatform, OpenPlatformOptions
from connectors.sources.relay import Relay, RelayOptions
from tests.connectors import shop as shops
from tests.connectors.importing import recording
from tests.connectors.platform import APP_ID, CODE, KEY_ID, ROOM, SECRET, platform

pytestmark = pytest.mark.asyncio


async def test_the_relay() -> None:
    transports: list[asyncio.BaseTransport] = []

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        transports.append(request.transport)
        await socket.send_str('{"method":"a"}')
        await socket.send_bytes(b'{"method":"b"}')
        async for _ in socket:
            pass
        return socket

    async def hang_up() -> None:
        for transport in transports:
            transport.abort()  # type: ignore[attr-defined]  # of a socket

    app = web.Application()
    app.router.add_get("/ws/77001", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    def relay(at: int) -> Relay:
        options = RelayOptions(url=f"ws://127.0.0.1:{at}/ws/{{room}}")
        return Relay(options, recording(room="77001"))

    try:
        await assert_source_contract(
            lambda: relay(port), frames=2, interrupt=hang_up, unreachable=lambda: relay(1)
        )
    finally:
        await runner.cleanup()


@pytest.mark.slow
async def test_the_open_platform_of_bilibili(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "code").write_text(CODE)
    async with platform() as served:

        def open_platform(url: str) -> OpenPlatform:
            options = OpenPlatformOptions(
                access_key_id=KEY_ID,
                secret_file=str(tmp_path / "secret"),
                app_id=APP_ID,
                code_file=str(tmp_path / "code"),
                base_url=url,
                hosts=("127.0.0.1",),
                heartbeat_s=0.1,  # its answers are frames
            )
            return OpenPlatform(options, recording(platform="bilibili", room=str(ROOM)))

        async def hang_up() -> None:
            for visit in served.visits:
                visit.hang_up()

        await assert_source_contract(
            lambda: open_platform(served.url),
            frames=2,
            interrupt=hang_up,
            unreachable=lambda: open_platform("http://127.0.0.1:1"),
        )


async def test_the_pages_of_shops() -> None:
    async with shops.shop() as served:

        async def hang_up() -> None:
            served.hang_ups = 2

        await assert_source_contract(
            lambda: shops.source(served.port),
            frames=2,
            interrupt=hang_up,
            unreachable=lambda: shops.source(1),
        )
