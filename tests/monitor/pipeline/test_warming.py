"""A process that is stopped while its rules still warm up ends in order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_S

#: Ends at once; the automata are made after that. One pack has as many kinds of them as all.
STARTED_AND_STOPPED = """
import threading
from importlib.resources import files
from detectors.pack.load import load_rulebook
from monitor.pipeline.warming import warm

rulebook = load_rulebook([files("detectors") / "packs" / "food-banned.yaml"])
prepare, stopped = rulebook.prepare, threading.Event()

def told():
    stopped.wait()
    prepare()
    print("prepared", flush=True)

rulebook.prepare = told
warm(rulebook)
print("stopped", flush=True)
stopped.set()
"""


@pytest.mark.slow(2)
def test_a_process_stopped_while_it_warms_up_ends_after_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTED_AND_STOPPED],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "stopped\nprepared\n"), ended.stderr
