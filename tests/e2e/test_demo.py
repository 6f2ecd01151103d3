"""`livewatch demo` as a stranger starts it: a process, its address, alerts through the API."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from tests.patience import PATIENCE_S

#: How soon a stranger sees the first alert and the first six rules, in seconds from the address, on
#: a machine that has nothing else to do: time of the evening at its pace, and the processor's.
FIRST_ALERT_S, SIX_RULES_S = 15.0, 40.0
PACE = 30


@contextmanager
def livewatch(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The command as a process; stopped by Ctrl-C at the end, which must end it in order."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LIVEWATCH")}
    with (cwd / "stderr.txt").open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 0, (cwd / "stderr.txt").read_text()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def address(process: subprocess.Popen[str]) -> str:
    """The address that the command prints, plainly."""
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
    assert found is not None
    return found.group()


def alerts(url: str) -> list[dict[str, object]]:
    """All alerts through the API, page by page."""
    items: list[dict[str, object]] = []
    cursor = ""
    while True:
        query = f"api/v1/alerts?limit=100{'&cursor=' + cursor if cursor else ''}"
        with urllib.request.urlopen(url + query, timeout=PATIENCE_S) as answer:  # noqa: S310  our own
            page = json.load(answer)
        items += page["items"]
        cursor = page["next"]
        if not cursor:
            return items


def processor_s(process: subprocess.Popen[str]) -> float:
    """Processor time of the process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_look(url: str, process: subprocess.Popen[str], data: Path, rules: int) -> float:
    """Waits for alerts of so many rules; how soon they would be there if nothing else ran."""
    began_s, deadline = processor_s(process), time.monotonic() + PATIENCE_S
    while True:
        first_at: dict[object, int] = {}
        for alert in alerts(url):
            at = int(str(alert["first_at"]))
            first_at[alert["rule"]] = min(at, first_at.get(alert["rule"], at))
        if len(first_at) >= rules:
            break
        assert time.monotonic() < deadline, f"only alerts of {sorted(map(str, first_at))}"
        time.sleep(0.3)  # how often a person looks
    start_ms = json.loads((data / "demo.json").read_bytes())["start_ms"]
    played_ms = max(0, sorted(first_at.values())[rules - 1] - start_ms)
    return played_ms / 1000 / PACE + processor_s(process) - began_s


@pytest.mark.slow(10)
def test_a_stranger_soon_sees_alerts_and_a_second_start_goes_on(tmp_path: Path) -> None:
    with livewatch("demo", "--data", "data", "--port", "0", cwd=tmp_path) as process:
        url = address(process)
        first_s = first_look(url, process, tmp_path / "data", 1)
        six_s = first_s + first_look(url, process, tmp_path / "data", 6)
        print(f"first alert after {first_s:.1f} s, six rules after {six_s:.1f} s")
        assert first_s < FIRST_ALERT_S
        assert six_s < SIX_RULES_S
        before = {alert["id"] for alert in alerts(url)}
    sent = json.loads((tmp_path / "data/demo.json").read_bytes())["sent"]

    # The rest at once: what was found stays, what was sent is not sent as new.
    with livewatch(
        "demo", "--data", "data", "--port", "0", "--pace", "100000", cwd=tmp_path
    ) as process:
        url = address(process)
        wait_until_over(tmp_path)
        after = {alert["id"] for alert in alerts(url)}
        said = (tmp_path / "stderr.txt").read_text()
    assert f"after {sent:,} events" in said
    assert before < after

    with livewatch("demo", "--data", "data", "--port", "0", cwd=tmp_path) as process:
        url = address(process)
        assert {alert["id"] for alert in alerts(url)} == after
    assert "was played into data before" in (tmp_path / "stderr.txt").read_text()


def wait_until_over(cwd: Path) -> None:
    """Until the command says that the evening is over."""
    deadline = time.monotonic() + PATIENCE_S
    while "The evening is over" not in (cwd / "stderr.txt").read_text():
        assert time.monotonic() < deadline, (cwd / "stderr.txt").read_text()
        time.sleep(0.2)  # polling what a person reads


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "monitor.cli", "demo", "--port", str(port)],
            cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert refused.returncode == 4
    assert f"port {port} of 127.0.0.1 is taken" in refused.stderr
    assert "--port 0" in refused.stderr


def test_written_twice_the_recording_is_the_same(tmp_path: Path) -> None:
    """By this process and by another: what hangs on the hash of a text differs between two."""
    subprocess.run(
        [sys.executable, "-m", "monitor.cli", "demo", "--write", "a.jsonl"],
        cwd=tmp_path, check=True, capture_output=True, timeout=PATIENCE_S,
    )  # fmt: skip
    written = CliRunner().invoke(app, ["demo", "--write", str(tmp_path / "b.jsonl")])
    assert written.exit_code == 0, written.output
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_recording_that_does_not_fit_on_the_disk_leaves_no_part_of_it(tmp_path: Path) -> None:
    command = (
        f"ulimit -f 64; exec {shlex.quote(sys.executable)} -m monitor.cli demo --write a.jsonl"
    )
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot write a.jsonl: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_run_serves_the_own_configuration_instead_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "livewatch.toml").write_text("[server]\nport = 0\n", encoding="utf-8")
    with livewatch("run", "--data", "data", cwd=tmp_path) as process:
        url = address(process)
        assert alerts(url) == []
    assert not (tmp_path / "data/demo.json").exists()


@pytest.mark.slow
def test_run_without_a_configuration_plays_the_demo(tmp_path: Path) -> None:
    with livewatch("run", "--port", "0", "--pace", "1", cwd=tmp_path) as process:
        address(process)
        deadline = time.monotonic() + PATIENCE_S
        while not (tmp_path / "var/demo/demo.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)  # the file appears when the first events are on their way
