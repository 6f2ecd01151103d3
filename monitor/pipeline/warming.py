"""What the first events would wait for is made beside them, once the process has started.

The compiled image of the rules is mapped in a moment, but the first process after a change has to have
it made, which takes seconds, and the table of likeness takes a good part of one. A room would wait for it
with its first text, and with it every room of the process; a start would take as much longer. So a thread
of its own does it; who needs it earlier waits.

A process that is stopped in these seconds ends after them: Python takes down a daemon thread where
it asks for the interpreter's lock, and the automata's library, in whose frames that happens, aborts
the process instead of unwinding.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from monitor.pipeline.collector import calm_collector

if TYPE_CHECKING:
    from detectors.pack.load import Rulebook

__all__ = ["warm"]


def warm(rulebook: Rulebook) -> None:
    """Call it once in a process that evaluates for long."""

    def work() -> None:
        rulebook.prepare()
        calm_collector()

    threading.Thread(target=work, name="livewatch-warm").start()
