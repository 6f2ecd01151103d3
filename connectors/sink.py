"""Where the runner stores events and dead letters; `MemorySink` does so in memory, for trials and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from detectors.events import Event

__all__ = ["Cause", "Letter", "MemorySink", "Observed", "Sink"]


class Observed(Struct, frozen=True, gc=False):
    """A valid event with its JSON and the frame it came from."""

    event: Event
    data: bytes
    """The event as JSON."""
    frame: bytes = b""
    """The frame as received, one object shared by all its events; empty for a gap."""


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
    """Stores events and dead letters. Calls return once all is durable; duplicates are stored once."""

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        """Stores events in the order given.

        Raises:
            Retryable: nothing was stored, or it is not known; the runner tries again.
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
