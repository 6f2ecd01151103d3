"""A whole monitor in this process, on a real port and a real file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest_asyncio
from aiohttp import web

from monitor.app import build_runner
from monitor.config import Config
from monitor.pipeline.worker import wall_clock_ms
from monitor.runtime import Runtime
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S

TOKEN = "the token of the tests"


class Served:
    """The monitor, and a client that knows the token."""

    def __init__(self, runtime: Runtime, url: str, session: aiohttp.ClientSession) -> None:
        self.runtime = runtime
        self.url = url
        self.session = session

    async def post(
        self, body: bytes, *, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers of the answer to a body of events."""
        sent = {"Authorization": f"Bearer {TOKEN}"} if headers is None else headers
        async with self.session.post(
            f"{self.url}/api/v1/events", data=body, headers=sent
        ) as response:
            answer: dict[str, Any] = msgspec.json.decode(await response.read())
            return response.status, answer, dict(response.headers)

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self.session.get(self.url + path) as response:
            return response.status, await response.read()

    async def alerts(self, count: int) -> list[dict[str, Any]]:
        """The alerts, as soon as there are so many."""
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop = self.runtime.store.listen(lambda _seq: loop.call_soon_threadsafe(changed.set))
        try:
            while True:
                _, body = await self.get("/api/v1/alerts")
                items: list[dict[str, Any]] = msgspec.json.decode(body)["items"]
                if len(items) >= count:
                    return items
                async with asyncio.timeout(PATIENCE_S):
                    await changed.wait()
                changed.clear()
        finally:
            stop()


class Serve:
    """Starts monitors: `await serve(config)`, in `tmp_path/data` by default."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self._folder = folder
        self._session = session
        self._runners: list[web.AppRunner] = []

    async def __call__(
        self,
        config: Config | None = None,
        data: Path | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> Served:
        runtime = Runtime(
            data or self._folder / "data", config or Config(), rulebook=rulebook(), clock=clock
        )
        runner = build_runner(runtime, token=TOKEN)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return Served(runtime, f"http://127.0.0.1:{runner.addresses[0][1]}", self._session)

    async def stop(self) -> None:
        """Ends all that run."""
        while self._runners:
            await self._runners.pop().cleanup()


@pytest_asyncio.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    async with aiohttp.ClientSession() as session:
        starting = Serve(tmp_path, session)
        yield starting
        await starting.stop()
