"""The contexts after the triggers of a room's alerts: what followed is kept once, and packed.

An alert shows what happened for some minutes after its first trigger. Alerts of one room are often
gathering at the same time, so they share most of what they show: each event is encoded and kept once,
under a number, and a context knows the number at which it began. Events are decoded when an alert is
written. Full runs of them are compressed and never written again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from detectors.events import Chat, Event

__all__ = ["After", "Following"]

#: Events of the context after a trigger, chat lines and others each.
MAX_AFTER = 40
#: Events of one run.
RUN = 32

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Event])


class After(Struct):
    """The context after an alert's first trigger, while it is being gathered."""

    until: int
    events: list[Event] = []
    """What had happened before the context was opened, or was gathered by a version that kept events
    with each context."""
    chats: int = 0
    others: int = 0
    begins: int = 0
    """Number of the first event that may belong to it."""


class Following:
    """The open contexts of one room by alert, and the events that they need."""

    __slots__ = ("_changed", "_next", "_runs", "_tail", "open")

    def __init__(self, changed: set[str]) -> None:
        """
        Args:
            changed: the state's own names of parts that have to be written.
        """
        self._changed = changed
        self.open: dict[str, After] = {}
        """The one that began first comes first."""
        #: Full runs, compressed, by number: run n begins with event n * RUN.
        self._runs: dict[int, bytes] = {}
        #: The run that takes the next event, and the number of that.
        self._tail: list[bytes] = []
        self._next = 0

    def begin(self, alert: str, until: int, meanwhile: Iterable[Event] = ()) -> None:
        """Opens a context: what happens from now on, before an event time (ms), belongs to it.

        Args:
            meanwhile: what has happened since the trigger, if it was not known at once what that means.
        """
        after = After(until=until, begins=self._next)
        for event in meanwhile:
            if event.at < until:
                after.events.append(event)
                after.chats += isinstance(event, Chat)
                after.others += not isinstance(event, Chat)
        self.open[alert] = after
        self._changed.add("contexts")

    def first_end(self) -> int | None:
        """Event time, ms, at which the first of the open contexts ends; ``None``: none is open."""
        return min((after.until for after in self.open.values()), default=None)

    def take(self, event: Event) -> None:
        """Keeps an event if it belongs to a context."""
        chat = isinstance(event, Chat)
        wanted = False
        for after in self.open.values():
            # A context that time has not closed yet takes nothing from beyond its end: what it
            # holds must not depend on when the runtime's clock ticks.
            if event.at >= after.until:
                continue
            if chat:
                if after.chats < MAX_AFTER:
                    after.chats += 1
                    wanted = True
            elif after.others < MAX_AFTER:
                after.others += 1
                wanted = True
        if not wanted:
            return
        run = self._next // RUN
        self._changed.update(("contexts", f"following:{run}"))
        self._tail.append(_encoder.encode(event))
        self._next += 1
        if len(self._tail) == RUN:
            self._runs[run] = zlib.compress(_listed(self._tail), 1)
            self._tail = []

    def events(self, alert: str) -> list[Event]:
        """What a context holds by now; none where it is not open."""
        after = self.open.get(alert)
        if after is None:
            return []
        found = list(after.events)
        chats = sum(isinstance(event, Chat) for event in found)
        others = len(found) - chats
        for event in self._from(after.begins):
            if chats == after.chats and others == after.others:
                break
            if event.at >= after.until:
                continue
            if isinstance(event, Chat):
                if chats < after.chats:
                    chats += 1
                    found.append(event)
            elif others < after.others:
                others += 1
                found.append(event)
        return found

    def close(self, alert: str) -> bool:
        """Ends a context; returns whether it was open. Events that no other one needs go."""
        if self.open.pop(alert, None) is None:
            return False
        self._changed.add("contexts")
        needed = min((after.begins for after in self.open.values()), default=self._next) // RUN
        for run in [run for run in self._runs if run < needed]:
            del self._runs[run]
            self._changed.add(f"following:{run}")
        if not self.open:
            if self._tail:
                self._changed.add(f"following:{self._next // RUN}")
            self._tail, self._next = [], 0
        return True

    def runs(self) -> list[int]:
        """The numbers of the runs that there are."""
        return [*self._runs, *([self._next // RUN] if self._tail else [])]

    def run(self, number: int) -> bytes | list[msgspec.Raw] | None:
        """A run as it is written: a full one compressed; ``None``: there is none."""
        packed = self._runs.get(number)
        if packed is not None:
            return packed
        if self._tail and number == self._next // RUN:
            return list(map(msgspec.Raw, self._tail))
        return None

    def restore(self, number: int, run: bytes | list[msgspec.Raw]) -> None:
        """Takes a run as it was written.

        Raises:
            zlib.error, msgspec.MsgspecError: it is none.
        """
        if isinstance(run, bytes):
            _decoder.decode(zlib.decompress(run))
            self._runs[number] = run
        else:
            self._tail = [bytes(one) for one in run]
            _decoder.decode(_listed(self._tail))
            self._next = number * RUN + len(run)

    def restored(self) -> None:
        """Call it when all contexts and runs are there."""
        begins = max((after.begins for after in self.open.values()), default=0)
        after_runs = (max(self._runs, default=-1) + 1) * RUN
        self._next = max(self._next, begins, after_runs)

    def _from(self, number: int) -> Iterator[Event]:
        """The events from a number on."""
        last = self._next // RUN
        for run in range(number // RUN, last + 1):
            packed = self._runs.get(run)
            if packed is not None:
                events = _decoder.decode(zlib.decompress(packed))
            elif run == last and self._tail:
                events = _decoder.decode(_listed(self._tail))
            else:
                continue
            yield from events[max(0, number - run * RUN) :]


def _listed(events: list[bytes]) -> bytes:
    """Encoded events as one encoded list."""
    return _encoder.encode(list(map(msgspec.Raw, events)))
