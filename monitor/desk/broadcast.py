"""Changes of alerts, kept at hand for every open stream.

One task reads what changed since its last look when the store says so (and, in case the change
was made by another process, at a slow pace of its own) and keeps the latest changes as messages,
once for all streams. A stream asks for what comes after the change that it sent last, when its
reader has taken that: nothing waits in memory for a reader who does not keep up. What is no longer
at hand is read from the store, a few changes at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
from msgspec import Struct

from monitor.desk.representation import brief, represent
from monitor.store.rows import AlertRow
from monitor.store.store import Store

__all__ = ["Broadcast", "Message"]

#: Bytes of messages that are kept at hand.
KEPT_BYTES = 4 * 2**20
#: Changes that are read from the store at a time, for all streams and for one that is behind: an
#: alert may have tens of kilobytes, and each stream holds its own until its reader has taken them.
BATCH = 16
STEP = 4
#: Streams that read from the store at the same time; the others wait.
READERS = 4
#: A look without a notice from the store, s.
POLL_S = 1.0

_encoder = msgspec.json.Encoder()


class Message(Struct, frozen=True):
    """A change as it is sent."""

    seq: int
    whole: bytes
    brief: bytes
    alert: str = ""
    """Its id."""
    territories: str | None = ""
    """As of the row."""

    @property
    def size(self) -> int:
        """Bytes of both."""
        return len(self.whole) + len(self.brief)


class Broadcast:
    """The one reader of changes, and what it keeps for the streams."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clients = 0
        self._seq = 0
        """Changes up to here were read."""
        self._kept: deque[Message] = deque()
        self._kept_bytes = 0
        self._floor = 0
        """Every change after this one is among those kept, as far as it was read."""
        self._readers = asyncio.Semaphore(READERS)
        self._woken = asyncio.Event()
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def clients(self) -> int:
        """Open streams."""
        return self._clients

    @property
    def seq(self) -> int:
        """Number of the latest change that streams have."""
        return self._seq

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
        self._seq = self._floor = self._store.seq
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

    @contextmanager
    def client(self) -> Iterator[int]:
        """Counts a stream; the number is that of the change from which it hears all."""
        self._clients += 1
        try:
            yield self._seq
        finally:
            self._clients -= 1

    async def after(self, seq: int) -> list[Message]:
        """The next changes after one, some of them; none: it was the latest."""
        if seq >= self._floor:
            return self._at_hand(seq)
        async with self._readers:
            return await asyncio.to_thread(self._read, seq, STEP)

    async def wait(self, seq: int, timeout_s: float) -> bool:
        """Waits for a change after one; false: there was none for so long."""
        if self._seq > seq:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _at_hand(self, seq: int) -> list[Message]:
        found: list[Message] = []
        for message in reversed(self._kept):
            if message.seq <= seq:
                break
            found.append(message)
        # The oldest first, and no more than a stream sends before it asks again.
        return found[: -BATCH - 1 : -1]

    def _read(self, seq: int, limit: int) -> list[Message]:
        return [_message(row) for row in self._store.changes_since(seq, limit)]

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()
            if self._clients:
                await self._take()
            elif self._store.seq > self._seq:
                # Nobody listens: whoever comes back for these reads them from the store.
                self._kept.clear()
                self._kept_bytes = 0
                self._seq = self._floor = self._store.seq

    async def _take(self) -> None:
        while True:
            messages = await asyncio.to_thread(self._read, self._seq, BATCH)
            for message in messages:
                self._kept.append(message)
                self._kept_bytes += message.size
            while self._kept_bytes > KEPT_BYTES:
                gone = self._kept.popleft()
                self._kept_bytes -= gone.size
                self._floor = gone.seq
            if messages:
                self._seq = messages[-1].seq
                self._news.set()
                self._news = asyncio.Event()
            if len(messages) < BATCH:
                return


def _message(row: AlertRow) -> Message:
    return Message(
        row.seq, _event(row.seq, represent(row)), _event(row.seq, brief(row)), row.alert.id,
        row.territories,
    )  # fmt: skip


def _event(seq: int, fields: object) -> bytes:
    return b"event: alert\nid: %d\ndata: %s\n\n" % (seq, _encoder.encode(fields))
