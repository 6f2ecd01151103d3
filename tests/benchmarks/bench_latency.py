"""From an event to the alert in the console: a real monitor, a real sender, a real stream.

2,000 events a second over 100 rooms are posted live (`at` is the wall clock); now and then a host
says what the rules take up, and the stream of the console tells when the alert can be seen. The
configured lateness is the floor of that delay and is taken off. `LIVEWATCH_BENCH_S` sets how long
it runs; some minutes show whether memory stays flat.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tests.benchmarks.recording import mixed
from tests.copies import SHIPPED
from tests.e2e.process import TOKEN, MonitorProcess

RATE = 2_000
ROOMS = 100
LATENESS_MS = 2_000
#: Events of one request.
REQUEST = 40
#: One event in so many is a claim.
CLAIM_EVERY = 200
CLAIM = "这个苹果茶喝一个月高血压就能降下来"
#: The first seconds warm up and are left out.
WARM_S = 3.0


def main(module: str = SHIPPED) -> None:
    """Runs it and prints the table."""
    seconds = float(os.environ.get("LIVEWATCH_BENCH_S", "20"))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        monitor = MonitorProcess(data, module=module, anew=True)
        try:
            asyncio.run(_measure(monitor, seconds))
        finally:
            monitor.stop()
        size = sum(file.stat().st_size for file in data.iterdir())
        print(f"on disk            {size / 2**20:10.1f} MB")


class Measured:
    """What was sent and what was seen."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, int], float] = {}
        self.delays_ms: list[float] = []
        self.posts_ms: list[float] = []
        self.events = 0
        self.refused = 0
        self.memory_mb: list[tuple[float, float]] = []
        self.cpu_s = 0.0
        self.warm_until = time.monotonic() + WARM_S


async def _measure(monitor: MonitorProcess, seconds: float) -> None:
    measured = Measured()
    timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        reader = asyncio.create_task(_read(session, monitor.url, measured))
        watcher = asyncio.create_task(_watch_memory(monitor.process.pid, measured))
        await _send(session, monitor.url, measured, seconds)
        await asyncio.sleep(LATENESS_MS / 1000 + 2)
        measured.cpu_s = _cpu_s(monitor.process.pid)
        for task in (reader, watcher):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    _print(measured, seconds)


def _events() -> AsyncIterator[tuple[dict[str, Any], bool]]:
    async def forever() -> AsyncIterator[tuple[dict[str, Any], bool]]:
        index = 0
        turn = 0
        while True:
            turn += 1
            for line in mixed(50_000, rooms=ROOMS, seed=turn):
                index += 1
                event = msgspec.json.decode(line)
                event["id"] = f"{turn}-{event['id']}"
                claim = index % CLAIM_EVERY == 0
                if claim:
                    event = {
                        **{key: event[key] for key in ("id", "platform", "room", "session")},
                        "type": "speech",
                        "speaker": "host",
                        "text": CLAIM,
                        "sku": "S1",
                    }
                yield event, claim

    return forever()


async def _send(
    session: aiohttp.ClientSession, url: str, measured: Measured, seconds: float
) -> None:
    events = _events()
    encode = msgspec.json.Encoder().encode
    began = time.monotonic()
    posting: set[asyncio.Task[None]] = set()
    requests = int(seconds * RATE / REQUEST)
    for number in range(requests):
        wait = began + number * REQUEST / RATE - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        lines = []
        now = time.time_ns() // 1_000_000
        claims = []
        for _ in range(REQUEST):
            event, claim = await anext(events)
            event["at"] = now
            if event.get("until"):
                event["until"] = now + 3_000
            if claim:
                claims.append((event["room"], now))
            lines.append(encode(event))
        for key in claims:
            measured.sent[key] = time.monotonic()
        task = asyncio.create_task(_post(session, url, b"\n".join(lines), measured))
        posting.add(task)
        task.add_done_callback(posting.discard)
        measured.events += REQUEST
    await asyncio.gather(*posting)


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, measured: Measured) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    began = time.monotonic()
    async with session.post(f"{url}/api/v1/events", data=body, headers=headers) as response:
        await response.read()
        if response.status != 202:
            measured.refused += REQUEST
    if began > measured.warm_until:
        measured.posts_ms.append((time.monotonic() - began) * 1000)


async def _read(session: aiohttp.ClientSession, url: str, measured: Measured) -> None:
    async with session.get(f"{url}/api/v1/alerts/stream?fields=brief") as response:
        async for raw in response.content:
            if not raw.startswith(b"data: "):
                continue
            seen = time.monotonic()
            alert = msgspec.json.decode(raw[6:])
            if "room" not in alert:
                continue  # the stream's own greeting
            # A version shows its claim and the earlier ones of its room that it has overtaken.
            room, last_at = alert["room"], alert["last_at"]
            for key in [key for key in measured.sent if key[0] == room and key[1] <= last_at]:
                sent = measured.sent.pop(key)
                if sent > measured.warm_until:
                    measured.delays_ms.append((seen - sent) * 1000 - LATENESS_MS)


async def _watch_memory(pid: int, measured: Measured) -> None:
    began = time.monotonic()
    while True:
        measured.memory_mb.append((time.monotonic() - began, _resident_mb(pid)))
        await asyncio.sleep(1)


def _resident_mb(pid: int) -> float:
    """Resident memory of a process, as Linux tells it; 0 elsewhere."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text() if status.exists() else "")
    return int(found[1]) / 1024 if found else 0.0


def _cpu_s(pid: int) -> float:
    """Time that a process has computed, as Linux tells it; 0 elsewhere."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return 0.0
    user, system = status.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def _print(measured: Measured, seconds: float) -> None:
    delays, posts = measured.delays_ms, measured.posts_ms
    print(f"{measured.events:,} events in {seconds:.0f} s over {ROOMS} rooms, live, one reader")
    print(f"refused (429)      {measured.refused:10,}")
    print(f"alerts seen        {len(delays):10,}   not seen: {len(measured.sent)}")
    print("                      p50        p90        p99        max   ms")
    for name, values in (("beyond lateness ", delays), ("answer to a post", posts)):
        figures = "".join(f"{_quantile(values, share):11.0f}" for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{name}{figures}")
    print(f"computing time     {measured.cpu_s:10.1f} s, start included")
    steps = measured.memory_mb[:: max(1, len(measured.memory_mb) // 8)]
    print("memory, MB        " + "  ".join(f"{at:.0f}s {mb:.0f}" for at, mb in steps))


if __name__ == "__main__":
    main(*sys.argv[1:2])
