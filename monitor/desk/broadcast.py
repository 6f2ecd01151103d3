"""Changes of alerts, handed to every open stream.

One task reads what changed since its last look when the store says so (and, in case the change
was made by another process, at a slow pace of its own) and puts it into a queue per client. A
client that does not keep up loses its queue and is told to read the list again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from monitor.store.rows import AlertRow
from monitor.store.store import Store

__all__ = ["Broadcast", "Client"]

#: Changes that wait for one client.
QUEUE = 1_000
#: Changes that are read from the store at a time.
BATCH = 500
#: A look without a notice from the store, s.
POLL_S = 1.0


class Resync(Struct, frozen=True):
    """The client missed changes: its place in the stream is now `seq`."""

    seq: int


class Client:
    """One open stream."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        """Changes up to here were handed out."""
        self._queue: asyncio.Queue[AlertRow | Resync] = asyncio.Queue(QUEUE)

    def offer(self, row: AlertRow, latest: int) -> None:
        """Adds a change; what does not fit turns the whole queue into one `Resync`."""
        try:
            self._queue.put_nowait(row)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(Resync(latest))

    async def next(self, timeout_s: float) -> AlertRow | Resync | None:
        """The next change; ``None``: nothing happened for so long."""
        try:
            async with asyncio.timeout(timeout_s):
                entry = await self._queue.get()
        except TimeoutError:
            return None
        self.seq = max(self.seq, entry.seq)
        return entry


class Broadcast:
    """The one reader of changes, and the clients that it serves."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clients: set[Client] = set()
        self._seq = 0
        """Changes up to here were offered to the clients."""
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def clients(self) -> int:
        """Open streams."""
        return len(self._clients)

    def notify(self, seq: int) -> None:
        """There is a change: callable from any thread, never blocks."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop ended between the two
                loop.call_soon_threadsafe(self._woken.set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Reads changes for as long as the application runs."""
        self._loop = asyncio.get_running_loop()
        self._seq = self._store.seq
        stop = self._store.listen(self.notify)
        task = asyncio.create_task(self._run(), name="livewatch-broadcast")
        try:
            yield
        finally:
            stop()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._loop = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A place among those who hear of changes, from now on."""
        client = Client(self._seq)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()
            if self._clients:
                await self._hand_out()
            else:
                self._seq = max(self._seq, self._store.seq)

    async def _hand_out(self) -> None:
        while True:
            rows = await asyncio.to_thread(self._store.changes_since, self._seq, BATCH)
            for row in rows:
                for client in self._clients:
                    client.offer(row, rows[-1].seq)
            if rows:
                self._seq = rows[-1].seq
            if len(rows) < BATCH:
                return
