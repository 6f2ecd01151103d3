"""Loggers that write to standard error, whether or not logs were set up.

structlog writes to standard output until it is set up (`monitor.logs`), which commands that run once
never do: there they answer, often in JSON that another program reads.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

__all__ = ["STANDARD_ERROR", "logger"]


class _StandardError(io.TextIOBase):
    """Standard error as it is when a line is written: a test, or a wrapper, may exchange it.

    A line that cannot be written is lost: mostly its file lies on the disk that is just full, and the
    thread that tells of that has to go on.
    """

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


#: One for all loggers: lines of several threads do not mix.
STANDARD_ERROR = cast(TextIO, _StandardError())


def logger() -> Any:
    """The logger of a module; how its lines look is as logs were set up when the first is written."""
    return structlog.wrap_logger(structlog.PrintLogger(STANDARD_ERROR))
