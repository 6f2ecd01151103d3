"""Events of several files in the order of event time, each once, in bounded memory."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from typing import IO

import msgspec

from detectors.events import Event, encode

__all__ = ["TimeOrder", "kind_of"]

#: Events that are sorted in memory; more go through temporary files.
RUN_EVENTS = 200_000


def kind_of(line: bytes) -> str:
    """The kind of an event by its JSON as this package writes it: the type stands first.

    >>> kind_of(b'{"type":"chat","id":"c-1"}')
    'chat'
    """
    return line[9 : line.index(b'"', 9)].decode()


class TimeOrder:
    """Takes events in any order, gives their JSON lines by (at, rank, id).

    An event that came twice, from recordings that overlap, is given once.
    """

    def __init__(self, run_events: int = RUN_EVENTS) -> None:
        self._run_events = run_events
        self._rows: list[bytes] = []
        self._runs: list[IO[bytes]] = []
        self.repeated = 0
        """Events that had come already."""

    def add(self, event: Event) -> None:
        """Takes an event."""
        # The place in the order, as bytes that sort as it does; no raw NUL or line end can stand
        # in JSON, so both part rows safely.
        identity = msgspec.json.encode((event.id, event.platform, event.room))
        self._rows.append(b"%013d%02d%b\0%b\n" % (event.at, event.rank, identity, encode(event)))
        if len(self._rows) >= self._run_events:
            self._spill()

    def lines(self) -> Iterator[bytes]:
        """The JSON lines in order, with their line ends."""
        self._rows.sort()
        last = b""
        for row in heapq.merge(*self._runs, self._rows):
            place, _, line = row.partition(b"\0")
            if place == last:
                self.repeated += 1
                continue
            last = place
            yield line
        for run in self._runs:
            run.close()

    def _spill(self) -> None:
        self._rows.sort()
        run = tempfile.TemporaryFile(prefix="livewatch-")  # noqa: SIM115  read and closed by `lines`
        run.writelines(self._rows)
        run.seek(0)
        self._runs.append(run)
        self._rows.clear()
