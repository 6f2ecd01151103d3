"""A recording played into the real monitor ends in the alerts that `scan` finds in it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.events import Chat, encode_lines
from tests.monitor.every_rule import every_rule
from tests.patience import PATIENCE_S

LIVEWATCH = [sys.executable, "-m", "monitor.cli"]

#: Longer than rules wait for a correction.
WAIT_MS = 900_000

pytestmark = pytest.mark.slow


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A running monitor."""
    process = subprocess.Popen(
        [
            *LIVEWATCH,
            "serve",
            "--data",
            str(tmp_path / "data"),
            "--port",
            "0",
            "--ingest-token",
            "T",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if match := re.search(r"http://[\d.]+:\d+", line):
                yield match[0]
                break
        else:
            pytest.fail("the monitor ended before it named its address")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """The first case of each rule that raises it, each in a room (or rooms) of its own."""
    events = every_rule()
    # A last word long after: what rules wait for is decided by then, and not by the test's clock.
    last = {event.room: event for event in events}
    events += [
        Chat(id="end", platform=one.platform, room=one.room, at=one.at + WAIT_MS, text="散了")
        for one in last.values()
    ]
    path = tmp_path / "evening.jsonl"
    path.write_bytes(encode_lines(sorted(events, key=lambda event: event.at)))
    return path


def alerts_of(address: str) -> dict[str, tuple[str, int]]:
    # The address is that of our own process.
    with urllib.request.urlopen(f"{address}/api/v1/alerts?limit=200", timeout=PATIENCE_S) as answer:  # noqa: S310
        items = json.load(answer)["items"]
    return {item["id"]: (item["level"], item["hits"]) for item in items}


def test_the_monitor_and_the_scan_conclude_the_same(address: str, recording: Path) -> None:
    scanned = subprocess.run(
        [*LIVEWATCH, "scan", str(recording)], capture_output=True, timeout=PATIENCE_S, check=True
    )
    found = (json.loads(line) for line in scanned.stdout.splitlines())
    expected = {alert["id"]: (alert["level"], alert["hits"]) for alert in found}
    assert expected

    # Twice: the second time every event is known, and nothing changes.
    for _ in range(2):
        played = subprocess.run(
            [*LIVEWATCH, "replay", str(recording), "--url", address, "--token", "T", "--speed", "0"],
            capture_output=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        assert played.stdout.decode().endswith("rejected 0\n")

    # The rooms move on by ticks of the clock, until what is buffered has been judged.
    deadline = time.monotonic() + PATIENCE_S
    while (got := alerts_of(address)) != expected and time.monotonic() < deadline:
        time.sleep(0.2)  # another process works: nothing here can be waited for
    assert got == expected
