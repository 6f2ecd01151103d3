"""Writes what an older livewatch leaves behind, as SQL: run with that version first in the path.

    git archive REVISION | tar -x -C /tmp/older
    cd /tmp/older && python .../tests/data/databases/write.py > .../tests/data/databases/NAME.sql, packed by gzip -9n

It is stopped with everything that a monitor may be stopped with: rooms whose time waits, events that wait
for stragglers, events in the log that nobody has evaluated, alerts that somebody has handled, a timer.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

BASE_MS = 1_790_856_000_000
ROOMS = ("1", "2", "直播间:3")


def events(first: int, last: int) -> list[bytes]:
    """A part of an evening, the same whoever reads it: three events a second and room."""
    found = []
    for number in range(first, last):
        for room in ROOMS:
            told = {
                "platform": "demo", "room": room, "session": "s1", "at": BASE_MS + number * 1_000,
            }  # fmt: skip
            found += [
                {"type": "speech", "id": f"s{number}", "text": "这个苹果很甜", "sku": str(number % 4),
                 "speaker": "host", **told},
                {"type": "chat", "id": f"c{number}", "text": "喊" if number % 5 == 0 else "坏" if
                 number == 7 else "来了", "role": "viewer", "user": f"u{number % 3}", **told},
                {"type": "price", "id": f"p{number}", "sku": "1", "price": 990 + number % 2 * 100,
                 "kind": "asking", **told},
            ]  # fmt: skip
    return [json.dumps(one, ensure_ascii=False).encode() for one in found]


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    import structlog

    from detectors import events as vocabulary
    from detectors.events import decode
    from monitor.config import Config
    from monitor.pipeline.log import Entry
    from monitor.runtime import Runtime
    from monitor.store.rows import AlertFilter
    from tests.monitor.rules import rulebook

    # A log that nobody has configured is written to standard output, where the SQL goes.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    now = BASE_MS
    # Until 2026-11-28 a colon in a room's number was written as it is.
    room_key = getattr(vocabulary, "room_key", "{}:{}".format)

    def put(lines: list[bytes]) -> None:
        decoded = [(decode(line), line) for line in lines]
        entries = [Entry(room_key(one.platform, one.room), one.id, line) for one, line in decoded]
        runtime.log.append(entries, source="http", now=now).result()

    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime(Path(folder), Config(), rulebook=rulebook(), clock=lambda: now)
        runtime.worker._ticks_from = 0
        for number in range(30):
            now = BASE_MS + number * 1_000
            put(events(number, number + 1))
            runtime.worker.round()
        handled = [row.alert.id for row in runtime.store.list_alerts(AlertFilter(), 50).items]
        runtime.store.transition(handled[0], "acknowledged", "何敏", now)
        runtime.store.transition(handled[1], "closed", "何敏", now, "minor", "已核查")
        now += 1_000
        put(events(30, 32))
        runtime.store.close()
        connection = sqlite3.connect(Path(folder) / "livewatch.db")
        sys.stdout.write("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    main()
