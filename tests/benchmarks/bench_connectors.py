"""Five thousand rooms in one process: what connections, decoding and storing cost.

The platform is a process of its own on this machine (`live_server`), a websocket a room. Rates are
those of `bench_rooms`: one room in a hundred is busy (50 to 500 events a second), 29 are ordinary
(1 to 5), 70 as good as idle. Events go through the runner into the embedded event log on a disk,
synchronously as in the monitor; nothing evaluates them here. `LIVEWATCH_BENCH_ROOMS`,
`LIVEWATCH_BENCH_S` and `LIVEWATCH_BENCH_SHARE` change size, length and rate.
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiohttp

from connectors.decoders.framed import jsonl
from connectors.errors import Retryable
from connectors.plan import Pace, Plan
from connectors.runner import Runner
from connectors.sink import Observed
from connectors.source import Delivery
from connectors.stats import SourceStats
from monitor.config import Ingest
from monitor.metrics import Metrics
from monitor.pipeline.log import Retention
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import wall_clock_ms
from monitor.sources.sink import LogSink
from monitor.store.database import Database
from monitor.store.store import Store
from tests.benchmarks.bench_rooms import rates
from tests.benchmarks.meter import resident_mb
from tests.connectors.lines import recording

ROOMS = int(os.environ.get("LIVEWATCH_BENCH_ROOMS", "5000"))
SECONDS = float(os.environ.get("LIVEWATCH_BENCH_S", "60"))
#: Of the rates of `bench_rooms`; less where the machine is shared with others.
SHARE = float(os.environ.get("LIVEWATCH_BENCH_SHARE", "1"))
PARTS = 6


class Socket:
    """A websocket of a room, as a source of a relay would have it."""

    host = "127.0.0.1"

    def __init__(self, session: aiohttp.ClientSession, port: int, room: str) -> None:
        self.name = room
        self._session = session
        self._url = f"http://127.0.0.1:{port}/{room}"
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def connect(self) -> None:
        try:
            self._socket = await self._session.ws_connect(
                self._url, compress=0, timeout=aiohttp.ClientWSTimeout(ws_close=0.5)
            )
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(str(error)) from error

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        assert self._socket is not None
        async for message in self._socket:
            yield Delivery(message.data.encode(), wall_clock_ms())
        raise Retryable("the other side hung up")

    async def send(self, reply: bytes) -> None: ...

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()


class Open:
    """Takes everything: nothing is evaluated here that could lag."""

    def check(self) -> None: ...


class Timed(LogSink):
    """Measures from the moment of an event to that of its storage."""

    delays_ms: list[int]

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        await super().write(source, events)
        now = wall_clock_ms()
        self.delays_ms.extend(now - observed.event.at for observed in events[::10])


async def bench(port: int, folder: Path) -> None:
    database = Database(folder / "livewatch.db")
    log = SqliteLog(database)
    store = Store(database)
    sink = Timed(log, store, Open(), Metrics(), Ingest(), clock=wall_clock_ms)
    sink.delays_ms = []
    speeds = [speed * SHARE for speed in rates(ROOMS)]
    names = tuple(f"r{number}@{speed:.3f}" for number, speed in enumerate(speeds))
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=60)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        plan = Plan(
            name="bench",
            platform="bench",
            make=lambda room: (Socket(session, port, room), jsonl(recording(room))),
            rooms=names,
            pace=Pace(connects_per_s=1_000, connect_burst=100, connecting=100, connect_s=60),
        )
        runner = Runner(sink)
        empty_mb = resident_mb()
        print(f"{ROOMS:,} rooms, {sum(speeds):,.0f} events/s planned; {empty_mb:.0f} MB before")
        began, cpu = time.perf_counter(), time.process_time()
        await runner.apply([plan])
        collection = runner.collections["bench"]
        stats = collection.stats
        while stats.rooms["connected"] < ROOMS:
            assert time.perf_counter() - began < 180, stats.rooms
            await asyncio.sleep(0.1)
        took, spent = time.perf_counter() - began, time.process_time() - cpu
        print(
            f"all connected after {took:.1f} s, {spent / ROOMS * 1000:.2f} ms of processor each; "
            f"{resident_mb():.0f} MB, {(resident_mb() - empty_mb) * 1024 / ROOMS:.0f} KB a room"
        )
        print("   s  frames/s  events/s  core  µs/event   MB  queue  stored after p50/p99")
        trimmer = asyncio.create_task(trim(log))
        for part in range(1, PARTS + 1):
            await report(part, stats, sink, lambda: len(collection.backlog))
        trimmer.cancel()
        await asyncio.gather(trimmer, return_exceptions=True)
        lost, letters = stats.reconnects, stats.dead_letters
        await runner.stop()
        print(
            f"connections lost {lost}, dead letters {letters}, dropped {stats.dropped}; received "
            f"{stats.messages:,} frames, stored {stats.events:,} events"
        )
    store.close()


async def trim(log: SqliteLog) -> None:
    """As the monitor does, so that the file stays small."""
    while True:
        await asyncio.sleep(5)
        log.acknowledge(log.head)
        await asyncio.to_thread(
            log.trim, Retention(max_age_ms=10_000, max_bytes=1 << 30), now=wall_clock_ms()
        )


async def report(part: int, stats: SourceStats, sink: Timed, queued: Callable[[], int]) -> None:
    sink.delays_ms.clear()
    began, cpu = time.perf_counter(), time.process_time()
    frames, events = stats.messages, stats.events
    await asyncio.sleep(SECONDS / PARTS)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    new = stats.events - events
    delays = sorted(sink.delays_ms) or [0]
    print(
        f"{part * SECONDS / PARTS:4.0f} {(stats.messages - frames) / took:9,.0f} {new / took:9,.0f}"
        f"  {spent / took:4.2f} {spent / max(new, 1) * 1e6:9.1f} {resident_mb():5.0f}"
        f" {queued():6,}  {delays[len(delays) // 2]:,} / {delays[len(delays) * 99 // 100]:,} ms",
        flush=True,
    )


def main() -> None:
    wanted = 2 * ROOMS + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            print(f"needs {wanted} open files (ulimit -n); this shell allows {hard}")
            return
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.live_server"], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="livewatch-bench-") as folder:
            asyncio.run(bench(port, Path(folder)))
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
