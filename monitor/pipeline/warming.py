"""What the first events would wait for is made beside them, once the process has started.

The second look at a text in which a word is disguised takes seconds to build, and the words that
expressions need and the table of likeness a good part of one. A room would wait for it with its first such word, and with it
every room of the process; a start would take as much longer if it were built then. So a thread of its own builds it; who needs it earlier waits.

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
