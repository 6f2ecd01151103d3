"""Programs that Debian's packages bring: Prometheus, Alertmanager and what checks their files."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts" / "livewatch.yml"
RECORDED = DEPLOY / "prometheus" / "rules" / "livewatch.yml"


def program(name: str, *others: str, package: str) -> str:
    """The path of a program; skips where it is missing, and fails where it has to be there."""
    for each in (name, *others):
        found = shutil.which(each)
        if found is not None:
            return found
    message = f"{name} is missing: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def promtool(*arguments: str | Path) -> None:
    """Runs promtool; its words are the failure."""
    tool = program("promtool", package="prometheus")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def rules_of(path: Path) -> list[dict[str, Any]]:
    """All rules of a file of Prometheus."""
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


#: Ports of tests lie below those that the system hands out by itself: to who asks for any, and to
#: clients.
_PORTS = range(20_000, 32_000)
_claimed: list[BinaryIO] = []


def free_port(count: int = 1) -> int:
    """The first of so many ports side by side that nobody has, also in a while.

    Other processes of tests, of this run or another, are not given them as long as this one lives:
    who asks and who listens are often two, and a broker comes back to its own port.
    """
    folder = Path(tempfile.gettempdir()) / "livewatch-test-ports"
    folder.mkdir(exist_ok=True)
    for _ in range(1_000):
        first = secrets.choice(_PORTS)
        ports = range(first, first + count)
        with contextlib.ExitStack() as given_up:
            try:
                files = [given_up.enter_context((folder / str(port)).open("wb")) for port in ports]
                for port, file in zip(ports, files, strict=True):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    with socket.socket() as one:
                        one.bind(("127.0.0.1", port))
            except OSError:
                continue
            given_up.pop_all()
            _claimed.extend(files)
        return first
    raise AssertionError("no free port")
