"""Where events go: what the runner needs of a log, and one in memory for trials and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from detectors.events import Event

__all__ = ["Cause", "Letter", "MemorySink", "Observed", "Sink"]


class Observed(Struct, frozen=True, gc=False):
    """An event that the contract takes."""

    event: Event
    data: bytes
    """The event as JSON."""
    frame: bytes = b""
    """What it was read from, as received; the same object for all events of a frame. Empty: a gap."""


Cause = Literal["invalid", "unknown", "decoder"]


class Letter(Struct, frozen=True):
    """A frame that could not be used, whole or in part, kept so that it can be looked at."""

    source: str
    reason: str
    frame: bytes
    """The bytes as received."""
    received_at: int
    room: str = ""
    """The room of the connection; empty: it shows many."""
    cause: Cause = "invalid"
    """`unknown`: well-formed, of a kind that the decoder does not know; `decoder`: it raised."""
    kind: str = ""
    """Of cause `unknown`: the kind."""


class Sink(Protocol):
    """A log. Both calls return when everything is durable; what comes twice is stored once."""

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        """Stores events in the order given.

        Raises:
            Retryable: nothing of it was stored, or nobody knows; the runner tries again.
        """
        ...

    async def bury(self, letters: Sequence[Letter]) -> None:
        """Stores dead letters.

        Raises:
            Retryable: as in `write`.
        """
        ...


class MemorySink:
    """Keeps everything in lists, each event once."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.letters: list[Letter] = []
        self._known: set[tuple[str, str, str]] = set()

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        """Stores events that are not there yet."""
        for observed in events:
            event = observed.event
            key = (event.platform, event.room, event.id)
            if key not in self._known:
                self._known.add(key)
                self.events.append(event)

    async def bury(self, letters: Sequence[Letter]) -> None:
        """Stores letters."""
        self.letters += letters
