"""The event log: what arrived, in order of arrival, until everyone is done with it.

A source appends; the worker reads from its position on. Positions start at 1, only grow and are
never given twice. An event that is still in the log is recognised when it comes again and is
not stored a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

__all__ = ["Appended", "Entry", "EventLog", "Record", "Retention", "Trimmed"]


class Entry(Struct, frozen=True, gc=False):
    """An event on its way into the log."""

    room: str
    """Room key, `platform:room`."""
    event: str
    """Id of the event, unique in the room."""
    data: bytes
    """The event as JSON, as it was received."""


class Record(Struct, frozen=True, gc=False):
    """An event in the log."""

    position: int
    room: str
    arrived: int
    """Wall clock at the append, ms."""
    data: bytes


class Appended(Struct, frozen=True):
    """What became of an append: all of it is durable now, or was already."""

    added: int
    duplicates: int
    head: int
    """Last position of the log."""


class Retention(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long events stay. Those that the worker has not read yet stay in any case."""

    max_age_ms: int
    max_bytes: int


class Trimmed(Struct, frozen=True):
    """What a trim took out, and what stays."""

    events: int
    remaining_bytes: int


class EventLog(Protocol):
    """What a log can do. All methods may be called from any thread."""

    def append(self, entries: Sequence[Entry], *, source: str, now: int) -> Future[Appended]:
        """Appends in the order given; the future is done when the entries are durable."""
        ...

    def read(self, after: int, limit: int) -> list[Record]:
        """Records behind a position, in order, at most `limit`."""
        ...

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes of an event that is still in the log."""
        ...

    def parents(self, first: int, last: int) -> list[str]:
        """`traceparent` of what was appended at these positions, as far as it was traced."""
        ...

    def parent_of(self, room: str, event: str) -> str | None:
        """The same of an event that is still in the log."""
        ...

    @property
    def head(self) -> int:
        """Last position that was given, 0 before the first."""
        ...

    @property
    def position(self) -> int:
        """How far the worker has gone."""
        ...

    def acknowledge(self, position: int) -> None:
        """Says that everything up to `position` is done with; never goes back."""
        ...

    @property
    def pending_bytes(self) -> int:
        """Bytes that were handed in and are not durable yet."""
        ...

    def trim(self, retention: Retention, *, now: int, until: int | None = None) -> Trimmed:
        """Takes out what is too old or too much, from the front, never past `position`.

        Args:
            until: nor past this position, where an archive has what lies before it.
        """
        ...

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each durable append, in a foreign thread."""
        ...
