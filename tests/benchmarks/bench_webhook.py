"""Signed webhooks into a real monitor: events a second that are checked, durable and answered."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import aiohttp

from connectors.signatures import new_secret, parse_secret, sign
from tests.benchmarks.recording import mixed
from tests.copies import SHIPPED
from tests.e2e.process import MonitorProcess

ROOMS = 50
CONNECTIONS = 8


def main() -> None:
    print(f"one process, {CONNECTIONS} connections, every request signed and answered when durable")
    for per_request, events in ((100, 40_000), (20, 20_000), (1, 4_000)):
        with tempfile.TemporaryDirectory() as folder:
            rate, requests, latency_ms, cpu_s = asyncio.run(_run(Path(folder), per_request, events))
        print(
            f"{per_request:>4} events a request: {rate:>8,.0f} events/s, {requests:>6,.0f} requests/s,"
            f" 99 % of them within {latency_ms:,.0f} ms;"
            f" {cpu_s / events * 1e6:,.0f} µs of the monitor's processor time an event, evaluation too"
        )


async def _run(folder: Path, per_request: int, events: int) -> tuple[float, float, float, float]:
    text = new_secret(bytes(32))
    (folder / "secrets").write_text(text)
    (folder / "livewatch.toml").write_text(
        f'[ingest.senders.bench]\nsecrets_file = "{folder / "secrets"}"\n'
    )
    data = folder / "data"
    config = str(folder / "livewatch.toml")
    monitor = MonitorProcess(data, "--config", config, module=SHIPPED, token=None, anew=True)
    try:
        before = _cpu_s(monitor.process.pid)
        sent = await _send(monitor.url, parse_secret(text), per_request, events)
        return (*sent, _cpu_s(monitor.process.pid) - before)
    finally:
        monitor.kill()


async def _send(
    url: str, secret: bytes, per_request: int, events: int
) -> tuple[float, float, float]:
    lines = list(mixed(events, ROOMS))
    cuts = [*range(0, events, per_request), events]
    bodies = [b"\n".join(lines[start:end]) for start, end in pairwise(cuts)]
    waiting = list(enumerate(bodies))
    times: list[float] = []

    async def sender(session: aiohttp.ClientSession) -> None:
        while waiting:
            number, body = waiting.pop()
            began = time.perf_counter()
            while True:
                now = int(time.time())
                headers = {
                    "webhook-id": f"msg_{number}",
                    "webhook-timestamp": str(now),
                    "webhook-signature": sign(secret, f"msg_{number}", now, body),
                }
                async with session.post(
                    f"{url}/api/v1/events/bench", data=body, headers=headers
                ) as response:
                    await response.read()
                    if response.status == 202:
                        break
                    assert response.status == 429
                    await asyncio.sleep(float(response.headers["Retry-After"]))
            times.append(time.perf_counter() - began)

    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        await asyncio.gather(*(sender(session) for _ in range(CONNECTIONS)))
        took = time.perf_counter() - began
    times.sort()
    return events / took, len(bodies) / took, times[int(len(times) * 0.99)] * 1_000


def _cpu_s(pid: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
