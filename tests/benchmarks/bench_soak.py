"""A real monitor for a long time: is its memory flat, and what does an event cost on disk?

`python -m tests.benchmarks.bench_soak --seconds 3600 --rate 1000`: events that happen now are
posted over many rooms, no text comes twice, one in a hundred is unlawful (labelled lines of many
rules, each cut into other talk), and 5 % are prices, cards and counters. Broadcasts end after some
minutes and a room that was never seen takes the place of theirs, so what is kept of ended rooms
shows. Memory is read from Linux, sizes from the database file, by table and by kind of part.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from tests.benchmarks.bench_latency import _cpu_s, _resident_mb
from tests.benchmarks.recording import CHAT, SPEECH
from tests.copies import SHIPPED
from tests.e2e.process import TOKEN, MonitorProcess

#: Events of one request, and requests that are on their way at once at most.
REQUEST, SENDERS = 50, 8
#: One event in so many is unlawful.
UNLAWFUL_EVERY = 100
#: From one reading of memory and disk to the next, s.
SAMPLE_S = 10.0
#: What comes before is warming up, s; of a short run the first third.
WARM_S = 600.0
#: Growth that still counts as flat, MB an hour.
FLAT_MB_H = 30.0
#: Parts of room states by their kinds.
PARTS = {
    "room_parts": "SELECT substr(part, 1, instr(part || ':', ':') - 1), count(*),"
    " total(length(data) + length(part) + length(room)) FROM room_parts GROUP BY 1",
    "room_shelf": "SELECT substr(part, 1, instr(part || ':', ':') - 1), count(*),"
    " total(length(data) + length(part) + length(room)) FROM room_shelf GROUP BY 1",
}
LABELLED = Path(__file__).parents[1] / "data" / "labelled"


def main(arguments: list[str] | None = None) -> None:
    """Runs it and prints the tables."""
    options = _options([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = Path(folder) / "data"
        monitor = MonitorProcess(data, module=SHIPPED, anew=True)
        if options.nice:
            _put_first(monitor.process.pid, options.nice)
        soak = Soak(monitor, data, options)
        try:
            asyncio.run(soak.run())
        finally:
            monitor.stop()
        soak.report()
        if options.folder:
            print((data.parent / "data.stderr").read_text()[-2_000:])


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=500.0, help="events a second")
    parser.add_argument("--rooms", type=int, default=300, help="rooms on the air at once")
    parser.add_argument("--broadcast-s", type=float, default=1_200.0)
    parser.add_argument(
        "--nice", type=int, default=0,
        help="priority of the monitor's process: -10 on a machine that does other work, too",
    )  # fmt: skip
    parser.add_argument("--folder", help="where the data lies; else a temporary folder")
    return parser.parse_args(arguments)


def _put_first(pid: int, nice: int) -> None:
    """Gives all threads of a process a priority; those that it starts later inherit it."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)


class Sample(NamedTuple):
    """What the monitor took and had at a time of the run."""

    at: float
    """Seconds since the begin."""
    resident_mb: float
    proportional_mb: float
    """The same, pages that others map too by their share (PSS)."""
    anonymous_mb: float
    """Of this, what is no page of a file: Python's objects, SQLite's pages."""
    database: int
    """Bytes."""
    ahead: int
    """Bytes of the write-ahead file."""
    taken: int
    """Events that were accepted."""
    lag_events: int
    lag_s: float
    """Age of the oldest event that was not evaluated yet."""
    cpu_s: float
    """Time that its process has computed."""


class Talk:
    """Events without end, in rooms that come and go; no text twice."""

    def __init__(self, rooms: int, broadcast_s: float) -> None:
        self._choose = random.Random(11)
        self._broadcast_s = broadcast_s
        self._number = 0
        self._opened = 0
        #: Of each place on the air: its room, and when its broadcast ends.
        self._places: list[tuple[str, float]] = []
        # Ends spread over one broadcast: from then on broadcasts of every age are on the air at
        # any time, and what rooms take does not swell and ebb with the age of all.
        for _ in range(rooms):
            self._places.append(self._open(self._choose.random() * broadcast_s, 0.0))
        self._unlawful = [
            line["text"]
            for path in sorted(LABELLED.glob("*.jsonl"))
            for line in map(msgspec.json.decode, path.read_bytes().splitlines())
            if line.get("label") is True and line.get("text")
        ]
        self.unlawful = 0
        self.rooms = rooms

    def _open(self, seconds: float, now: float) -> tuple[str, float]:
        self._opened += 1
        self.rooms = self._opened
        return f"r{self._opened}", now + seconds

    def lines(self, count: int, now: float) -> Iterator[dict[str, Any]]:
        """Events at this second of the run, without their times."""
        choose = self._choose
        for _ in range(count):
            place = choose.randrange(len(self._places))
            room, until = self._places[place]
            self._number += 1
            base = {"id": f"e{self._number}", "platform": "soak", "room": room, "session": "s"}
            if now > until:
                yield {**base, "type": "session", "phase": "ended"}
                self._places[place] = self._open(self._broadcast_s, now)
                continue
            yield {**base, **self._said(room)}

    def _said(self, room: str) -> dict[str, Any]:
        choose = self._choose
        # A number that only this text has keeps every cache of texts from helping.
        mark = f"{self._number:x}".translate(
            str.maketrans("0123456789abcdef", "零一二三四五六七八九甲乙丙丁戊己")
        )
        sku = f"S{choose.randrange(12)}"
        if self._number % UNLAWFUL_EVERY == 0:
            self.unlawful += 1
            text = f"{choose.choice(SPEECH)}第{self._number}单，{choose.choice(self._unlawful)}"
            return {"type": "speech", "speaker": "host", "text": text, "sku": sku}
        draw = choose.random()
        if draw < 0.85:
            # Some write all evening, most write once or twice, some hundreds in a room.
            user = f"k1:{room}-{min(int(choose.expovariate(1 / 80)), 600)}"
            text = f"{choose.choice(CHAT)}{mark}{choose.choice(CHAT)}"
            return {"type": "chat", "user": user, "role": "viewer", "text": text}
        if draw < 0.95:
            text = f"{choose.choice(SPEECH)}第{self._number}单{choose.choice(SPEECH)}"
            return {"type": "speech", "speaker": "host", "text": text, "sku": sku}
        if draw < 0.97:
            return {"type": "counter", "name": "viewers", "value": 1_000 + choose.randrange(50)}
        if draw < 0.98:
            return {
                "type": "counter",
                "name": "stock",
                "sku": sku,
                "value": choose.randrange(5_000),
            }
        if draw < 0.99:
            price = choose.choice((5_990, 6_990))
            return {"type": "price", "kind": "asking", "sku": sku, "price": price}
        return {"type": "product", "sku": sku, "title": f"商品{sku}{mark}", "status": "explaining"}


class Soak:
    """One run."""

    def __init__(self, monitor: MonitorProcess, data: Path, options: argparse.Namespace) -> None:
        self._monitor = monitor
        self._data = data
        self._options = options
        self._talk = Talk(options.rooms, options.broadcast_s)
        self._samples: list[Sample] = []
        self._sent = self._taken = self._refused = 0
        self._slowest_s = 0.0

    async def run(self) -> None:
        """Sends, and reads memory and disk meanwhile."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as session:
            watching = asyncio.create_task(self._watch(session, began))
            numbers = iter(range(2**60))
            await asyncio.gather(*(self._send(session, numbers, began) for _ in range(SENDERS)))
            self._seconds = time.monotonic() - began
            await asyncio.sleep(5)
            watching.cancel()

    async def _send(
        self, session: aiohttp.ClientSession, numbers: Iterator[int], began: float
    ) -> None:
        """One of the senders: posts the next request when it is due."""
        for number in numbers:
            due = number * REQUEST / self._options.rate
            if due >= self._options.seconds:
                return
            passed = time.monotonic() - began
            if passed >= self._options.seconds:
                return
            if passed < due:
                await asyncio.sleep(due - passed)
            await self._post(session, time.monotonic() - began)

    async def _post(self, session: aiohttp.ClientSession, passed: float) -> None:
        now = time.time_ns() // 1_000_000
        body = b"\n".join(
            msgspec.json.encode({**event, "at": now}) for event in self._talk.lines(REQUEST, passed)
        )
        self._sent += REQUEST
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self._monitor.url}/api/v1/events"
        while True:
            began = time.monotonic()
            async with session.post(url, data=body, headers=headers) as response:
                answer = await response.read()
            self._slowest_s = max(self._slowest_s, time.monotonic() - began)
            if response.status == 202:
                self._taken += msgspec.json.decode(answer)["accepted"]
                return
            self._refused += 1
            await asyncio.sleep(1)

    async def _watch(self, session: aiohttp.ClientSession, began: float) -> None:
        while True:
            sizes = [
                file.stat().st_size if file.exists() else 0
                for file in (self._data / "livewatch.db", self._data / "livewatch.db-wal")
            ]
            async with session.get(f"{self._monitor.url}/healthz") as response:
                health = msgspec.json.decode(await response.read())
            pid = self._monitor.process.pid
            sample = Sample(
                time.monotonic() - began,
                _resident_mb(pid),
                *_shares_mb(pid),
                *sizes,
                self._taken,
                health["lag_events"],
                health["lag_ms"] / 1_000,
                _cpu_s(pid),
            )
            if len(self._samples) % 3 == 0:
                self._print(sample)
            self._samples.append(sample)
            await asyncio.sleep(SAMPLE_S)

    def _print(self, sample: Sample) -> None:
        before = self._samples[-3] if len(self._samples) > 2 else None
        rate = cpu = 0.0
        if before is not None:
            seconds = sample.at - before.at
            rate = (sample.taken - before.taken) / seconds
            cpu = (sample.cpu_s - before.cpu_s) / seconds
        print(
            f"{sample.at:6.0f} s {sample.taken:10,} taken {rate:6.0f}/s"
            f" {sample.resident_mb:5.0f} MB resident {sample.proportional_mb:5.0f} PSS"
            f" {sample.anonymous_mb:5.0f} anonymous; lag {sample.lag_events:7,} {sample.lag_s:6.1f} s;"
            f" {cpu:4.2f} cores; {sample.database / 2**20:6.0f} MB database"
            f" {sample.ahead / 2**20:4.0f} MB write-ahead",
            flush=True,
        )

    def report(self) -> None:
        """Prints what was found."""
        print(
            f"{self._sent:,} events in {self._seconds:.0f} s ({self._sent / self._seconds:,.0f}/s),"
            f" {self._talk.rooms:,} rooms in all, {self._talk.unlawful:,} unlawful;"
            f" {self._taken:,} accepted, {self._refused} requests refused, slowest answer"
            f" {self._slowest_s:.1f} s"
        )
        warm_s = min(WARM_S, self._seconds / 3)
        steady = [(one.at, one.resident_mb) for one in self._samples if one.at >= warm_s]
        if len(steady) > 2:
            slope, _ = statistics.linear_regression(*zip(*steady, strict=True))
            growth = slope * 3_600
            peak = max(one.resident_mb for one in self._samples)
            verdict = "flat" if growth < FLAT_MB_H else "GROWING"
            print(
                f"memory after {warm_s:.0f} s: {steady[0][1]:.0f} to {steady[-1][1]:.0f} MB, by its"
                f" line {growth:+.0f} MB an hour: {verdict}; peak {peak:.0f} MB"
            )
        lags = sorted(one.lag_s for one in self._samples)
        print(f"evaluation behind: {lags[len(lags) // 2]:.1f} s (median), {lags[-1]:.1f} s at most")
        disk = self._samples[-1].database
        print(f"database {disk / 2**20:.0f} MB, {disk / max(1, self._taken):.0f} bytes an event")
        for name, count, size in _tables(self._data / "livewatch.db"):
            each = size / max(1, self._taken)
            print(f"  {name:28}{count:12,} rows{size / 2**20:10.1f} MB{each:9.1f} bytes an event")


def _shares_mb(pid: int) -> tuple[float, float]:
    """Memory of a process by its share of each page, and the pages that are of no file, MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    told = rollup.read_text() if rollup.exists() else ""
    found = [
        re.search(rf"^{name}:\s+(\d+) kB", told, re.MULTILINE) for name in ("Pss", "Anonymous")
    ]
    whole, anonymous = (int(one[1]) / 1024 if one else 0.0 for one in found)
    return whole, anonymous


def _tables(path: Path) -> list[tuple[str, int, int]]:
    """Rows and bytes of what is stored, by table and by kind of part."""
    queries = {
        "event_log": "SELECT count(*), total(length(data)) FROM event_log",
        "alerts": "SELECT count(*), total(length(words)) FROM alerts",
        "alert_versions": "SELECT count(*), total(length(body)) FROM alert_versions",
        "alert_hits": "SELECT count(*), total(length(alert) + 8) FROM alert_hits",
        "rooms": "SELECT count(*), total(length(room) + length(platform) + 60) FROM rooms",
        "dead_letters": "SELECT count(*), total(length(data)) FROM dead_letters",
    }
    found = []
    connection = sqlite3.connect(path)
    try:
        for name, query in queries.items():
            count, size = connection.execute(query).fetchone()
            found.append((name, count, int(size)))
        for table, query in PARTS.items():
            rows = connection.execute(query)
            found.extend((f"{table} {kind}", count, int(size)) for kind, count, size in rows)
    finally:
        connection.close()
    return found


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
