"""Exit statuses, the same for every command."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """What a command says to the shell."""

    DONE = 0
    CHECK_FAILED = 1
    USAGE = 2
    """Bad usage, or no readable input."""
    CONFIGURATION = 3
    UNREACHABLE = 4
    """A dependency cannot be reached."""
    INVALID_INPUT = 5
    """Some input was invalid; the rest was done."""
    SEAL_UNTRUSTED = 6
    """Of `evidence verify`: all holds, and nobody who is trusted vouches for the seal."""
    INCOMPLETE = 7
    """Of `evidence verify`: what is there holds, and something that was promised is not there."""
    INTERRUPTED = 130
