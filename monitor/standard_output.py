"""Standard output of a command when nobody reads it, or nothing can be written there, any more."""

from __future__ import annotations

import os
import sys

__all__ = ["discard"]


def discard() -> None:
    """Lets whatever is still written there, and what waits in its buffer, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
