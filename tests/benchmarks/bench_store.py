"""How many versions of alerts the desk's store takes a second, on a file and on PostgreSQL.

The alerts of the demo's evening, as the runtime on Kafka hands them over: 500 at most in one
commit. Each round renames them, so all are new; PostgreSQL is left out where it is not installed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.pack.load import load_rulebook
from monitor.demo.recording import FIXED_START_MS, record
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.postgres import running_server

COMMIT = 500
ALERTS = 5_000


def versions() -> list[Alert]:
    """All that an evening raises, version by version."""
    engine = Engine(load_rulebook())
    states = {}
    found: list[Alert] = []
    for event in record(FIXED_START_MS).events:
        key = (event.platform, event.room)
        if key not in states:
            states[key] = engine.open(*key)
        found += engine.step(states[key], [event], now=event.at)
    return found


def commits(evening: list[Alert]) -> Iterator[list[Alert]]:
    """The same alerts again and again, each time as others."""
    batch: list[Alert] = []
    for index in range(ALERTS):
        alert = evening[index % len(evening)]
        turn = index // len(evening)
        batch.append(msgspec.structs.replace(alert, id=f"{turn}{alert.id}"[:26]))
        if len(batch) == COMMIT:
            yield batch
            batch = []


@contextmanager
def stores() -> Iterator[list[tuple[str, Store]]]:
    """Those that can be had here."""
    with tempfile.TemporaryDirectory() as folder:
        opened = [("SQLite, a file", Store.open(Path(folder) / "livewatch.db"))]
        with suppress(pytest.skip.Exception), running_server() as url:
            opened.append(("PostgreSQL, a local server", Store.connect(url)))
            yield opened
            for _, store in opened:
                store.close()
            return
        yield opened


def main() -> None:
    """Prints the table."""
    evening = versions()
    size = sum(len(msgspec.json.encode(alert)) for alert in evening) / len(evening)
    print(f"{ALERTS:,} versions of alerts, {size:,.0f} bytes each, {COMMIT} a commit")
    with stores() as opened:
        for name, store in opened:
            began, cpu = time.perf_counter(), time.process_time()
            for now, batch in enumerate(commits(evening), FIXED_START_MS):
                store.commit(Outcome(alerts=batch), now=now)
            took = time.perf_counter() - began
            cpu_s = time.process_time() - cpu
            print(f"{name:28}{ALERTS / took:10,.0f}/s   {cpu_s / ALERTS * 1e3:.2f} ms of processor")


if __name__ == "__main__":
    main()
