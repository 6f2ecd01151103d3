"""The event log in memory: for tests and trials, forgets everything at the end."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.pipeline.log import Appended, Entry, Record, Retention, Trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["MemoryLog"]


class _Kept(Struct, frozen=True):
    record: Record
    event: str


class MemoryLog:
    """Keeps the contract of `EventLog`, durability apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[_Kept] = deque()
        self._known: dict[tuple[str, str], bytes] = {}
        self._head = 0
        self._position = 0
        self._bytes = 0
        self._listeners: list[Callable[[], None]] = []

    def append(self, entries: Sequence[Entry], *, source: str, now: int) -> Future[Appended]:
        """Appends at once."""
        added = 0
        with self._lock:
            for entry in entries:
                if (entry.room, entry.event) in self._known:
                    continue
                self._head += 1
                added += 1
                self._bytes += len(entry.data)
                self._known[entry.room, entry.event] = entry.data
                record = Record(self._head, entry.room, now, entry.data)
                self._kept.append(_Kept(record, entry.event))
            appended = Appended(added, len(entries) - added, self._head)
        done: Future[Appended] = Future()
        done.set_result(appended)
        for listener in self._listeners:
            listener()
        return done

    def read(self, after: int, limit: int) -> list[Record]:
        """Records behind a position."""
        with self._lock:
            behind = (kept.record for kept in self._kept if kept.record.position > after)
            return list(islice(behind, limit))

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes of an event that is still here."""
        with self._lock:
            return self._known.get((room, event))

    @property
    def head(self) -> int:
        """Last position that was given."""
        return self._head

    @property
    def position(self) -> int:
        """How far the worker has gone."""
        return self._position

    def acknowledge(self, position: int) -> None:
        """Moves the position, never back."""
        with self._lock:
            self._position = max(self._position, position)

    @property
    def pending_bytes(self) -> int:
        """Nothing ever waits here."""
        return 0

    def trim(self, retention: Retention, *, now: int) -> Trimmed:
        """Takes out what is too old or too much, from the front."""
        removed = 0
        with self._lock:
            while self._kept and self._kept[0].record.position <= self._position:
                record = self._kept[0].record
                old = now - record.arrived > retention.max_age_ms
                if not old and self._bytes <= retention.max_bytes:
                    break
                kept = self._kept.popleft()
                del self._known[record.room, kept.event]
                self._bytes -= len(record.data)
                removed += 1
            return Trimmed(removed, self._bytes)

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each append."""
        self._listeners.append(listener)
