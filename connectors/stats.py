"""What the runner counts of a source; whoever runs it publishes the figures."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

__all__ = ["STATES", "SourceStats", "State"]

#: `waiting` for its turn or for the next attempt, `connected`, `ended` with its input, `failed`
#: for good, `stopped` by us.
STATES = ("waiting", "connected", "ended", "failed", "stopped")
State = str


class SourceStats(Struct):
    """Figures of one configured source, all its rooms together, since the start."""

    messages: int = 0
    """Frames received."""
    events: int = 0
    """Events made durable, gaps too."""
    unknown: int = 0
    """Pieces of kinds that the decoder does not know."""
    dead_letters: int = 0
    """Frames that were kept because they could not be used, and samples of unknown kinds."""
    skipped: int = 0
    """Pieces that have no place in the contract."""
    reconnects: int = 0
    """Connections that were lost or not had."""
    gap_ms: int = 0
    """Time not watched, as told in gaps; of several rooms, added up."""
    dropped: int = 0
    """Frames that were read and not stored, because the monitor had to end."""
    retries: int = 0
    """Writes to the log that had to be repeated."""
    last_message_ms: int | None = None
    """Wall clock of the latest frame."""
    rooms: Counter[State] = field(default_factory=Counter)
    """How many connections are in which state."""
