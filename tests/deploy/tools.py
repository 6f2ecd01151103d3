"""Programs that Debian's packages bring: Prometheus, Alertmanager and what checks their files."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

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


def free_port() -> int:
    """A port that nobody has, most likely also in a moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
