"""What a runtime around the engine costs: the same recording and detectors, on one machine.

`make bench-kafka` starts a broker, sets up Quix Streams in an environment of its own, and prints
one table. Each contender is a process of its own. Broker and sender share the machine with them;
so beside the rate on the clock there are the events that one second of the contender's own
processor time does, which is what a machine with more cores would give.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from detectors.alerts import Alert
from monitor.config import Config, Kafka
from monitor.errors import BrokerError
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames, create_topics
from tests.benchmarks.contenders import Job
from tests.benchmarks.recording import mixed
from tests.benchmarks.sending import fill

BROKER = os.environ.get("LIVEWATCH_KAFKA", "127.0.0.1:9092")
ROOT = Path(__file__).parents[2]
QUIX = Path(os.environ.get("LIVEWATCH_QUIX", str(ROOT / "var" / "quix")))
EVENTS, ROOMS, PARTITIONS = 100_000, 50, 4
#: Faust by the event is so slow that a part of the recording is enough.
FEW = 15_000
ROUNDS = 2
#: Those that no ratio is asked of.
ONCE = ("raw", "quix-durable")
LATENESS_MS = 2_000
LIVE_S = 8.0
#: The first seconds of a live run are its start.
WARM_S = 3.0


class Contender:
    """A process that does a job."""

    def __init__(self, name: str, job: Job) -> None:
        quix = name.startswith("quix")
        python = str(QUIX / "bin" / "python") if quix else sys.executable
        module = f"tests.benchmarks.{'quix' if quix else 'contenders'}"
        self._process = subprocess.Popen(
            [python, "-W", "ignore", "-m", module, name, msgspec.json.encode(job).decode()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get("LIVEWATCH_BENCH_DEBUG") else None,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line.strip() != "ready":
            self._process.kill()
            raise RuntimeError(f"{name}: {line}{self._process.communicate()[1] or ''}")

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """What it measured; then it is ended, for some would take long to stop."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                break
        else:
            raise RuntimeError(f"no result: {self._process.communicate()[1] or ''}")
        self._process.kill()
        self._process.communicate()
        return answer


def config_of() -> Config:
    """Topics of their own for each run; they are not there yet."""
    prefix = f"bench{secrets.token_hex(4)}"
    return Config(kafka=Kafka(brokers=BROKER, prefix=prefix, partitions=PARTITIONS))


def new_config() -> Config:
    """Topics of their own for each run."""
    config = config_of()
    asyncio.run(create_topics(config))
    return config


def job_of(config: Config, events: int, **more: Any) -> Job:
    return Job(BROKER, config.kafka.prefix, PARTITIONS, ROOMS, events, **more)


def filled(lines: Sequence[bytes]) -> tuple[Config, list[int]]:
    config = new_config()
    topic = TopicNames.of(config.kafka.prefix).events
    return config, asyncio.run(fill(BROKER, topic, PARTITIONS, lines))


def at_full_speed(name: str, lines: Sequence[bytes]) -> dict[str, Any]:
    """A recording that waits in the topic, as fast as it goes."""
    if name == "core":
        job = Job(BROKER, "", PARTITIONS, ROOMS, len(lines))
    else:
        config, ends = filled(lines)
        job = job_of(config, len(lines), ends=ends if name == "worker" else [])
    contender = Contender(name, job)
    contender.go()
    return contender.result()


def two_workers(lines: Sequence[bytes]) -> dict[str, Any]:
    """Two workers of one group with half of the partitions each; the rate while both work."""
    config, ends = filled(lines)
    job = job_of(config, len(lines), ends=ends, workers=2)
    with_both = subprocess_pair(job)
    began = max(one["began"] for one in with_both)
    ended = min(one["progress"][-1][0] for one in with_both)
    done = sum(
        records for one in with_both for at, records in one["progress"] if began < at <= ended
    )
    cpu_s = sum(one["cpu_s"] for one in with_both)
    return {
        "events": done,
        "took_s": ended - began,
        "per_cpu_s": sum(one["events"] for one in with_both) / cpu_s,
        "cores": sum(one["cpu_s"] / one["took_s"] for one in with_both),
        "rss_mb": sum(one["rss_mb"] for one in with_both),
    }


def subprocess_pair(job: Job) -> list[dict[str, Any]]:
    """Both are started before either is ready: only together they have the partitions they wait for."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as threads:
        pair = list(threads.map(lambda _: Contender("worker", job), range(2)))
    for one in pair:
        one.go()
    return [one.result() for one in pair]


def delays_ms(name: str, rate: float) -> list[float]:
    """From an event to its alert in the topic, less the lateness, while events come at a rate."""
    config = new_config()
    names = TopicNames.of(config.kafka.prefix)
    events = int(rate * LIVE_S)
    contender = Contender(name, job_of(config, int(events * 0.98)))
    contender.go()
    time.sleep(2.0 if name not in {"worker", "raw"} else 0.5)  # to have their partitions
    subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.sending"),
            *(BROKER, names.events, str(PARTITIONS), str(ROOMS), str(rate), str(LIVE_S)),
        ],
        cwd=ROOT,
        check=True,
    )
    result = contender.result()
    if name == "raw":
        found: list[float] = result["delays_ms"]
        return found[int(len(found) * WARM_S / LIVE_S) :]
    return asyncio.run(_delays(config, names.alerts))


async def _delays(config: Config, topic: str) -> list[float]:
    decoder = msgspec.json.Decoder(Alert)
    first: dict[tuple[str, int], float] = {}
    async for record in read_topic(config.kafka, topic):
        alert = decoder.decode(record.value)
        key = (alert.id, alert.last_at)
        first[key] = min(first.get(key, record.timestamp), record.timestamp)
    began = min((at for _, at in first), default=0)
    return [
        seen - at - LATENESS_MS for (_, at), seen in first.items() if at > began + WARM_S * 1000
    ]


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


ROWS = {
    "core": "core alone, in memory",
    "worker": "livewatch worker, all durable",
    "raw": "aiokafka getmany, decoding only",
    "faust": "Faust agent by the event, nothing durable",
    "quix": "Quix Streams, nothing durable",
    "quix-durable": "Quix Streams, states durable",
}


def main() -> None:
    """Prints the table."""
    # A new topic has no leader for a moment, and aiokafka says so at length.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        new_config()
    except BrokerError as error:
        print(f"left out: {error}; make bench-kafka starts one")
        return
    lines = list(mixed(EVENTS, ROOMS))
    there = [name for name in ROWS if QUIX.exists() or not name.startswith("quix")]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in there}
    for turn in range(ROUNDS):
        for name in there:
            if turn and name in ONCE:
                continue
            part = lines[:FEW] if name in {"faust", "quix-durable"} else lines
            runs[name].append(at_full_speed(name, part))
    rates = {
        name: median(one["events"] / one["took_s"] for one in found) for name, found in runs.items()
    }
    print(f"{EVENTS:,} events, {ROOMS} rooms, {PARTITIONS} partitions; {os.cpu_count()} cores,")
    print(f"load {os.getloadavg()[0]:.1f}; median of {ROUNDS}; delays at half of each one's rate,")
    print("at most 10,000/s, from an event to its alert in the topic, the lateness (2 s) taken off")
    titles = ("events/s", "of core", "per CPU s", "CPU", "RSS MB", "p50 ms", "p99 ms")
    print(f"{'':44}" + "".join(f"{title:>10}" for title in titles))
    for name in there:
        found = runs[name]
        per_cpu = median(one["events"] / one["cpu_s"] for one in found)
        cores = median(one["cpu_s"] / one["took_s"] for one in found)
        rss = median(one["rss_mb"] for one in found)
        if name == "core":
            delay = f"{'':>20}"
        else:
            late = delays_ms(name, min(10_000, rates[name] / 2))
            delay = f"{quantile(late, 0.5):10.0f}{quantile(late, 0.99):10.0f}"
        print(
            f"{ROWS[name]:44}{rates[name]:10,.0f}{rates[name] / rates['core']:10.2f}"
            f"{per_cpu:10,.0f}{cores:10.0%}{rss:10.0f}{delay}",
            flush=True,
        )
    both = two_workers(lines)
    rate = both["events"] / both["took_s"]
    print(
        f"{'two workers, half of the partitions each':44}{rate:10,.0f}{rate / rates['core']:10.2f}"
        f"{both['per_cpu_s']:10,.0f}{both['cores']:10.0%}{both['rss_mb']:10.0f}"
    )
    print()
    for name in there[2:]:
        print(f"the worker does {rates['worker'] / rates[name]:.2f} times as much as: {ROWS[name]}")
    print(f"two workers do {rate / rates['worker']:.2f} times as much as one")
    _print_profile(runs["worker"][-1])


def _print_profile(run: dict[str, Any]) -> None:
    """Where the processor time of the worker goes."""
    events = run["events"]
    spent = dict(run["stages"])
    collector = spent.pop("collector", 0.0)
    threads = dict(run["threads"])
    own = threads.pop("MainThread", 0.0)
    rows = sorted(spent.items(), key=lambda item: -item[1])
    rows.append(("grouping, sending, Faust, the event loop", own - sum(spent.values())))
    rows.extend(
        ("fetching (aiokafka, Faust's thread)" if seconds > 0.1 else f"thread {name}", seconds)
        for name, seconds in threads.items()
        if seconds > 0.01
    )
    print(f"\nthe worker, µs of processor time an event; {run['batches']:,} fetches,", end=" ")
    print(f"{run['state_bytes'] / events:,.0f} bytes of state and")
    print(f"{run['alerts'] * 1000 / events:.1f} versions of alerts in 1,000 events")
    whole = run["cpu_s"]
    for name, seconds in rows:
        print(f"{name:44}{seconds / events * 1e6:10.2f}{seconds / whole:10.1%}")
    print(f"{'whole':44}{whole / events * 1e6:10.2f}{1:10.0%}")
    print(
        f"{'of it the garbage collector':44}{collector / events * 1e6:10.2f}{collector / whole:10.1%}"
    )


if __name__ == "__main__":
    main()
