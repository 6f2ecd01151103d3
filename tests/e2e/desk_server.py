"""The real desk on a real port over a real store, in a thread of its own, to be stopped and started."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path

from aiohttp import web

from monitor.desk import setup
from monitor.store.store import Store
from tests.deploy.tools import free_port
from tests.monitor.desk.evening import NOW, rulebook
from tests.patience import PATIENCE_S


class DeskServer:
    """A desk that stands at one moment of one evening."""

    def __init__(self, path: Path) -> None:
        self.store = Store.open(path)
        self.port = free_port()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts, on the port of before; returns when it answers."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.result(timeout=PATIENCE_S)

    async def _serve(self, ready: Future[None]) -> None:
        try:
            app = web.Application()
            setup(app, store=self.store, rulebook=rulebook(), clock=lambda: NOW)
            runner = web.AppRunner(app, shutdown_timeout=0.2)
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
            await site.start()
        except BaseException as error:
            ready.set_exception(error)
            raise
        ready.set_result(None)
        await self._stop.wait()
        await runner.cleanup()

    def stop(self) -> None:
        """Stops answering; the store stays."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=PATIENCE_S)
        self._thread = None

    def close(self) -> None:
        self.stop()
        self.store.close()
