"""A process that is stopped while its rules still warm up ends in order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_S

#: Ends at once; the automata are then still being made.
STARTED_AND_STOPPED = """
from detectors.pack.load import load_rulebook
from monitor.pipeline.warming import warm

rulebook = load_rulebook()
prepare = rulebook.prepare

def told():
    prepare()
    print("prepared", flush=True)

rulebook.prepare = told
warm(rulebook)
print("stopped", flush=True)
"""


@pytest.mark.slow(6)
def test_a_process_stopped_while_it_warms_up_ends_after_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STARTED_AND_STOPPED],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "stopped\nprepared\n"), ended.stderr
