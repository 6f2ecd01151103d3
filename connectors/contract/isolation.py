"""Catches a decoder that reads a clock, opens a file or a connection, or starts a process."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

__all__ = ["OutsideTouched", "alone"]

_EVENTS = ("open", "socket.", "subprocess.", "os.system", "urllib.")
_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime")
#: Of a module that is compiled when it is imported the loader also writes a file that is put in place.
_MODULE = re.compile(r"\.(?:py|pyc|so)(?:\.\d+)?$")
_watching = False
_installed = False


class OutsideTouched(BaseException):
    """Not an `Exception`: a decoder that catches everything does not catch this."""


@contextmanager
def alone() -> Iterator[None]:
    """Within it, whoever touches the outside is stopped."""
    global _watching, _installed
    if not _installed:
        # Such a hook cannot be taken out again; outside of here it does nothing.
        sys.addaudithook(_audit)
        _installed = True
    clocks = [patch.object(time, name, _refusing(f"time.{name}")) for name in _CLOCKS]
    for clock in clocks:
        clock.start()
    _watching = True
    try:
        yield
    finally:
        _watching = False
        for clock in clocks:
            clock.stop()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event.startswith(_EVENTS):
        # An import is the loader's business, and happens once; a descriptor was told of when it was
        # opened.
        if (
            event == "open"
            and arguments
            and (isinstance(arguments[0], int) or _MODULE.search(str(arguments[0])))
        ):
            return
        raise OutsideTouched(event)


def _refusing(name: str) -> Callable[..., Any]:
    def refuse(*arguments: Any) -> Any:
        raise OutsideTouched(name)

    return refuse
