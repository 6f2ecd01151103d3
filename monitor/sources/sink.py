"""The way of the sources' events into the log: the same log, gate and letter box as of ingestion."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from connectors.errors import Retryable
from detectors.events import Gap, room_key
from monitor.archive.frames import frame_of
from monitor.errors import Overloaded
from monitor.pipeline.log import Entry
from monitor.sources.letters import sender_of
from monitor.store.rows import DeadLetter
from monitor.tracing.spans import received, step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.sink import Letter, Observed
    from monitor.archive.frames import FrameKeeper
    from monitor.config import Ingest
    from monitor.ingest import Appender, Gate, LetterBox
    from monitor.metrics import Metrics
    from monitor.store.rows import Cause

__all__ = ["LogSink"]


class LogSink:
    """A log as the runner wants it."""

    def __init__(
        self,
        events: Appender,
        store: LetterBox,
        admission: Gate,
        metrics: Metrics,
        settings: Ingest,
        *,
        clock: Callable[[], int],
        frames: FrameKeeper | None = None,
    ) -> None:
        """
        Args:
            frames: keeps what events were read from; ``None``: nobody wants it.
        """
        self._frames = frames
        self._log = events
        self._store = store
        self._admission = admission
        self._metrics = metrics
        self._settings = settings
        self._clock = clock

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        """Appends, and returns when all of it is durable.

        Raises:
            Retryable: the monitor cannot take more now.
        """
        with received(source):
            await self._write(source, events)

    async def _write(self, source: str, events: Sequence[Observed]) -> None:
        self._pass()
        now = self._clock()
        limit = self._settings.max_line_bytes
        fitting = [observed for observed in events if len(observed.data) <= limit]
        if len(fitting) < len(events):
            reason = f"the event is longer than {limit} bytes"
            await self._bury(
                [
                    _letter(
                        sender_of(source, observed.event.room),
                        reason,
                        observed.data,
                        now,
                        "too_large",
                    )
                    for observed in events
                    if len(observed.data) > limit
                ]
            )
            self._metrics.count_rejected(source, "too_large", len(events) - len(fitting))
        if not fitting:
            return
        if self._frames is not None:
            # Durable before the events: there is never an event whose frame was lost.
            kept = self._frames.keep(_frames(fitting), source=source, now=now)
            await asyncio.wrap_future(kept)
        entries = [_entry(observed) for observed in fitting]
        with step("livewatch.append", events=len(entries)):
            appended = await asyncio.wrap_future(self._log.append(entries, source=source, now=now))
        self._metrics.count_rejected(source, "duplicate", appended.duplicates)
        self._count(source, fitting, now)

    async def bury(self, letters: Sequence[Letter]) -> None:
        """Keeps dead letters.

        Raises:
            Retryable: the monitor cannot take more now.
        """
        self._pass()
        await self._bury(
            [
                _letter(
                    sender_of(letter.source, letter.room),
                    letter.reason,
                    letter.frame,
                    letter.received_at,
                    letter.cause,
                    letter.kind,
                )
                for letter in letters
            ]
        )

    def _pass(self) -> None:
        try:
            self._admission.check()
        except Overloaded as error:
            raise Retryable(str(error), retry_after=error.retry_after_s) from error

    async def _bury(self, letters: list[DeadLetter]) -> None:
        await asyncio.wrap_future(self._store.bury(letters))
        self._metrics.count_letters(letters)

    def _count(self, source: str, events: Sequence[Observed], now: int) -> None:
        types = Counter(observed.event.__struct_config__.tag for observed in events)
        self._metrics.count_ingested(source, {str(tag): count for tag, count in types.items()})
        oldest = now
        for observed in events:
            event = observed.event
            if isinstance(event, Gap):
                seconds = max(0, event.until - event.from_) / 1000
                self._metrics.gap_seconds.labels(source).inc(seconds)
            else:
                oldest = min(oldest, event.seen if event.seen is not None else event.at)
        self._metrics.observe_delay("ingest", oldest, now)


def _entry(observed: Observed) -> Entry:
    event = observed.event
    return Entry(room_key(event.platform, event.room), event.id, observed.data)


def _frames(events: Sequence[Observed]) -> list[Entry]:
    """The frames of events, each once."""
    found: list[Entry] = []
    last: bytes | None = None
    for observed in events:
        if observed.frame and observed.frame is not last:
            last = observed.frame
            event = observed.event
            found.append(frame_of(room_key(event.platform, event.room), last))
    return found


def _letter(
    source: str, reason: str, data: bytes, at: int, cause: Cause, kind: str = ""
) -> DeadLetter:
    return DeadLetter(
        stage="decode",
        source=source,
        reason=reason,
        data=data,
        first_at=at,
        last_at=at,
        cause=cause,
        kind=kind,
    )
