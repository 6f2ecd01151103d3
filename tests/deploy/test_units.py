"""The units of systemd: sound, and confined."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.commands.exits import Exit
from monitor.supervision import notify, supervised
from tests.deploy.tools import DEPLOY, program
from tests.monitor.test_cli import livewatch

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
#: Exposure by `systemd-analyze security`, of 10; they have 1.3.
MOST = 2.0
SIGHUP = """
import asyncio, signal
from monitor.commands.exits import Exit
from monitor.commands.service import run_service

async def work(settings, stopping):
    signal.raise_signal(signal.SIGHUP)
    await asyncio.sleep(0.1)
    return Exit.DONE

raise SystemExit(run_service(None, "livewatch-worker", work))
"""


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_a_unit_is_verified_and_little_exposed(unit: Path, tmp_path: Path) -> None:
    tool = program("systemd-analyze", package="systemd")
    # The command has to be there when a unit is verified.
    command = tmp_path / "livewatch"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    text = unit.read_text("utf-8").replace("/opt/livewatch/.venv/bin/livewatch", str(command))
    name = unit.name.replace("@", "@01")
    (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}
    verified = subprocess.run(
        [tool, "verify", "--man=no", str(tmp_path / name)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    # Other units of the machine may have their faults.
    ours = [line for line in verified.stderr.splitlines() if name in line or str(tmp_path) in line]
    assert ours == []
    scored = subprocess.run(
        [tool, "security", "--offline=true", f"--threshold={round(10 * MOST)}", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert scored.returncode == 0, scored.stdout[-400:]


def test_the_commands_of_the_units_exist() -> None:
    for unit in UNITS:
        [words] = re.findall(
            r"^ExecStart=\S+/livewatch (\S+) (.*)$", unit.read_text(), re.MULTILINE
        )
        shown = livewatch(words[0], "--help").stdout.decode()
        for option in re.findall(r"--[a-z-]+", words[1]):
            assert option in shown, f"{unit.name}: {words[0]} has no {option}"


def test_no_start_is_the_last_but_of_what_a_start_does_not_mend() -> None:
    for unit in UNITS:
        lines = unit.read_text().splitlines()
        assert {"StartLimitIntervalSec=0", "Restart=on-failure"} <= {*lines}, unit.name
        assert f"RestartPreventExitStatus={Exit.USAGE} {Exit.CONFIGURATION}" in lines, unit.name


def test_sighup_ends_no_service_that_does_not_follow_its_configuration(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGHUP], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr.count("configuration_not_followed")) == (0, 1)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """Where systemd listens."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.settimeout(30)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return listening


@pytest.mark.asyncio
async def test_systemd_hears_that_it_is_ready_alive_and_ends(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    alive = [True]
    heard = []
    async with supervised(lambda: alive[0]):
        while heard.count(b"WATCHDOG=1") < 2:
            heard.append(await asyncio.to_thread(systemd.recv, 64))
        alive[0] = False
        systemd.setblocking(False)
        rest = []
        for _ in range(2):
            # What was said before may still be there, as much as the thread that read was late.
            rest.clear()
            await asyncio.sleep(0.1)
            with contextlib.suppress(BlockingIOError):
                while True:
                    rest.append(systemd.recv(64))
        assert rest == [], "who does not work is not alive"
    systemd.settimeout(30)
    assert heard[0] == b"READY=1"
    assert systemd.recv(64) == b"STOPPING=1"
    systemd.close()


def test_without_systemd_nobody_is_told() -> None:
    assert notify("READY=1", {}) is False
    assert notify("READY=1", {"NOTIFY_SOCKET": "/nowhere/at/all"}) is False
