"""A server of lines on a real socket, and a source for it: what the runner is tried on."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from random import Random

from connectors.clock import Clock, WallClock
from connectors.decoders.decoded import Decoded, Problem, Recording
from connectors.decoders.framed import jsonl
from connectors.errors import Fatal, Retryable
from connectors.plan import Pace, Plan
from connectors.privacy import Pseudonyms
from connectors.source import Delivery
from tests.patience import PATIENCE_S

AT = 1_788_231_600_000
PSEUDONYMS = Pseudonyms(b"0123456789abcdef", "k1")
#: As fast as a test wants it; what a test is about, it sets itself.
QUICK = Pace(first_wait_s=0.01, longest_wait_s=0.02, connects_per_s=10_000, connect_burst=10_000)

#: Turns of the loop from a socket that is accepted to its task: made, connected, started.
TURNS = 4

Serve = Callable[["Caller"], Awaitable[None]]


def recording(room: str = "77001") -> Recording:
    return Recording(platform="demo", room=room, pseudonyms=PSEUDONYMS)


def line(number: int, room: str = "77001", **fields: object) -> bytes:
    """A chat event of the contract, as a line."""
    event = {
        "type": "chat", "id": f"c-{number}", "platform": "demo", "room": room,
        "session": "s1", "at": AT + number, "text": f"第{number}句", **fields,
    }  # fmt: skip
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


class Caller:
    """One connection that the server has taken."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, room: str, count: int
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.room = room
        self.count = count
        """How many connections of this room there were before."""

    async def say(self, *lines: bytes) -> None:
        self.writer.writelines(lines)
        await self.writer.drain()

    async def hear(self) -> bytes:
        return (await self.reader.readline()).strip()

    def hang_up(self) -> None:
        """The hard way: a reset."""
        self.writer.transport.abort()


class LineServer:
    """Takes connections, reads the room's name and does as the test says."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.port = 0
        self.calls: list[str] = []
        """Rooms in the order in which they connected."""
        self.failures: list[BaseException] = []
        self.open: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        task.add_done_callback(self.open.discard)
        try:
            room = (await reader.readline()).decode().strip()
            if room:  # else it was stopped between connecting and saying who it is
                caller = Caller(reader, writer, room, self.calls.count(room))
                self.calls.append(room)
                await self._serve(caller)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001  shown to the test that reads it
            self.failures.append(error)
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[LineServer]:
    server = LineServer(serve)
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0, limit=1 << 20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        # Who is being accepted while `close` is called would be left open, of a closed server.
        for listener in listening.sockets:
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        listening.close()
        for task in server.open:
            task.cancel()
        await asyncio.gather(*server.open, return_exceptions=True)
        assert server.failures == [], server.failures


@contextmanager
def server_elsewhere(serve: Serve) -> Iterator[int]:
    """The server in a thread of its own: the commands own their loops."""
    ready, end = threading.Event(), threading.Event()
    port = 0

    async def work() -> None:
        nonlocal port
        async with serving(serve) as server:
            port = server.port
            ready.set()
            await asyncio.to_thread(end.wait)

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield port
    finally:
        end.set()
        thread.join()


class LineSocket:
    """A source of lines: what a simple real one looks like."""

    def __init__(self, port: int, room: str, *, resumes: bool = False) -> None:
        self.name = f"127.0.0.1:{port}"
        self.host = "127.0.0.1"
        self.resumes = resumes
        self.acked: list[bytes] = []
        self.nacked: list[tuple[bytes, str]] = []
        self.closed = 0
        self._port = port
        self._room = room
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        try:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self._port, limit=1 << 20
            )
        except OSError as error:
            raise Retryable(f"no connection: {error.strerror}") from error
        self._writer.write(self._room.encode() + b"\n")

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        while True:
            try:
                frame = await self._reader.readline()
            except OSError as error:
                raise Retryable(f"lost: {error}") from error
            if frame.startswith(b"BUSY"):
                raise Retryable("asked to wait", retry_after=float(frame.split()[1]))
            if frame.startswith(b"GO AWAY"):
                raise Fatal("refused: the key is wrong")
            if frame.startswith(b"END"):
                return
            if not frame.endswith(b"\n"):
                raise Retryable("the other side hung up")
            yield self._delivery(frame)

    def _delivery(self, frame: bytes) -> Delivery:
        async def ack() -> None:
            self.acked.append(frame)

        async def nack(reason: str) -> None:
            self.nacked.append((frame, reason))

        return Delivery(frame, time.time_ns() // 1_000_000, ack, nack)

    async def send(self, reply: bytes) -> None:
        if self._writer is None:
            raise Retryable("not connected")
        try:
            self._writer.write(reply + b"\n")
            await self._writer.drain()
        except OSError as error:
            raise Retryable(f"lost: {error}") from error

    async def close(self) -> None:
        self.closed += 1
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


class Talkative:
    """A decoder of lines that answers to `PING`, and does not know `NEW`."""

    def __init__(self, about: Recording) -> None:
        self._lines = jsonl(about)

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        word = frame.strip()
        if word == b"PING":
            return Decoded(replies=[b"PONG"])
        if word.startswith(b"NEW"):
            kind = word.decode()
            return Decoded(unknown=[Problem("byte 0", f"unknown {kind}", word)])
        if word == b"CRASH":
            raise RuntimeError("a decoder with a fault")
        return self._lines.feed(frame, received_at)


def plan(port: int, *rooms: str, name: str = "lines", pace: Pace = QUICK, **more: object) -> Plan:
    """A source of lines with its rooms; `made` collects the sources."""
    made: dict[str, LineSocket] = more.pop("made", {})  # type: ignore[assignment]
    resumes = bool(more.pop("resumes", False))

    def make(room: str) -> tuple[LineSocket, Talkative]:
        made[room] = LineSocket(port, room, resumes=resumes)
        return made[room], Talkative(recording(room))

    return Plan(name=name, platform="demo", make=make, rooms=rooms or ("77001",), pace=pace, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], object]) -> None:
    """Waits until something is so; a machine that is busy with others takes long for little."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)


def seeded() -> Random:
    return Random(7)


def wall() -> Clock:
    return WallClock()
