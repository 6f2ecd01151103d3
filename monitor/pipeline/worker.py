"""The worker thread: reads the log, steps the engine, commits the outcome.

Only this thread touches the engine and the states of rooms. Each round reads a batch, and
commits alerts, changed states and the position in one transaction before it reads the next, so
after a kill it continues exactly at the last commit. After an unforeseen failure it does the same
on purpose: it drops what is in memory and starts from the last commit.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from connectors.logger import logger
from detectors.across.stage import Stage
from monitor.pipeline.batch import Batch
from monitor.pipeline.clusters import Clusters, ClusterSource
from monitor.pipeline.isolation import EvaluationFailed
from monitor.pipeline.portion import portion
from monitor.pipeline.resting import IdleRooms, Rest, Resting
from monitor.pipeline.rooms import CROWD_BYTES, Rooms, RoomSource
from monitor.store.outages import is_outage
from monitor.store.rows import DeadLetter, Outcome
from monitor.tracing.evaluation import Evaluation
from monitor.tracing.spans import exported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detectors.engine.engine import Engine
    from monitor.pipeline.log import EventLog, Record
    from monitor.store.alerts import Change

__all__ = ["Pace", "Progress", "Sink", "Worker", "wall_clock_ms"]

log = logger()

#: Share of time that the worker spends evaluating while the log is not full.
BUSY_SHARE = 0.25
#: Pauses after the first, second … failure in a row, s; the last one repeats.
BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)


def wall_clock_ms() -> int:
    """Now, ms since the epoch."""
    return time.time_ns() // 1_000_000


class Sink(RoomSource, ClusterSource, IdleRooms, Protocol):
    """Where outcomes go, and where rooms and clusters come from; the store."""

    def commit(self, outcome: Outcome, now: int) -> list[Change]:
        """Writes all of it durably or nothing."""
        ...

    def probe(self, outcome: Outcome, now: int) -> None:
        """Raises what `commit` would raise, and writes nothing."""
        ...


class Pace(Struct, frozen=True, kw_only=True):
    """How the worker trades latency for work."""

    batch_events: int = 2_000
    """Events of one batch at most."""
    interval_ms: int = 50
    """Shortest time from the start of one batch to the next, unless a full batch waits."""
    busy_interval_ms: int = 100
    """The same when batches are expensive: a batch costs by the rooms it touches, so fewer, larger ones
    save work. Within these bounds the worker is busy for `BUSY_SHARE` of the time."""
    tick_ms: int = 250
    """Longest sleep; the worker wakes earlier when a room is due."""
    grace_ms: int = 3_000
    """After a start no idle room is advanced for this long: senders may still send events from the
    time the monitor was down, which would otherwise come too late."""


class Progress(Struct, kw_only=True):
    """What a batch did; handed to `on_batch`."""

    records: Sequence[Record]
    outcome: Outcome
    changes: list[Change]
    committed_ms: int
    step_s: float
    """Time spent in the engine."""
    commit_s: float
    """Time spent waiting for the disk."""


class Worker:
    """The thread that evaluates."""

    def __init__(
        self,
        engine: Engine,
        events: EventLog,
        sink: Sink,
        *,
        pace: Pace | None = None,
        capacity: int = 1_000,
        crowd_bytes: int = CROWD_BYTES,
        rest: Rest | None = None,
        clock: Callable[[], int] = wall_clock_ms,
        on_batch: Callable[[Progress], None] | None = None,
    ) -> None:
        """
        Args:
            engine: steps the rooms; belongs to this worker alone.
            events: the log that is read.
            sink: takes outcomes, gives states.
            pace: sizes and pauses.
            capacity: most rooms in memory, and most clusters.
            crowd_bytes: bound on the memory of the crowds of these rooms, estimated.
            rest: when idle rooms are trimmed and forgotten; ``None``: never.
            clock: wall clock, ms.
            on_batch: told of each committed batch, in the worker's thread.
        """
        self._engine = engine
        self._log = events
        self._sink = sink
        self._pace = pace or Pace()
        self._clock = clock
        self._on_batch = on_batch
        self._rooms = Rooms(engine, sink, capacity=capacity, crowd_bytes=crowd_bytes)
        self._resting = None if rest is None else Resting(engine, self._rooms, sink, rest)
        self.stage = Stage(engine.rulebook)
        """The second stage; it goes with each batch."""
        self._clusters = Clusters(self.stage, sink, capacity=capacity)
        self._position = events.position
        #: Most events of the next batch; halved after a failure that names no culprit.
        self._limit = self._pace.batch_events
        self._records: Sequence[Record] = ()
        self._ticks_from = clock() + self._pace.grace_ms
        self._arrived = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failure: str | None = None
        """Why the last round failed; ``None`` when it did not."""
        events.listen(self._wake.set)

    # The thread

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="livewatch-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch in work is committed."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """The thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def lag_events(self) -> int:
        """Events in the log that were not evaluated yet."""
        return max(0, self._log.head - self._position)

    @property
    def lag_ms(self) -> int:
        """Estimated age of the oldest waiting event; 0: none waits."""
        if not self.lag_events:
            return 0
        batch = self._records
        in_work = bool(batch) and batch[0].position > self._position
        since = batch[0].arrived if in_work else self._arrived
        return max(0, self._clock() - since) if since else 0

    @property
    def rooms_in_memory(self) -> int:
        """Rooms in memory."""
        return len(self._rooms)

    @property
    def crowd_bytes(self) -> int:
        """What the crowds of the rooms at hand take, about."""
        return self._rooms.crowd_bytes

    @property
    def last_arrival_ms(self) -> int:
        """Wall clock at which the last evaluated event arrived; 0 before the first."""
        return self._arrived

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                limit = self._limit
                taken = self.round()
                failures, self.failure = 0, None
                self._limit = min(2 * limit, self._pace.batch_events)
            except Exception as error:
                self.failure = repr(error)
                log.exception("worker_failed", position=self._position, failures=failures)
                self._stopping.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                if self._records and not is_outage(error):
                    failures = self._narrow(error)
                self._recover()
                continue
            if taken < limit:
                self._rest(began, time.monotonic() - began)

    def _rest(self, began: float, cost_s: float) -> None:
        """Sleeps until there is something to do, and keeps the distance between batches."""
        self._wake.clear()
        if self._log.head <= self._position:
            wait_ms = self._pace.tick_ms
            due = self._rooms.next_due()
            if due is not None:
                wait_ms = min(wait_ms, max(0, max(due, self._ticks_from) - self._clock()))
            self._wake.wait(wait_ms / 1000)
        pace = self._pace
        longest_ms = max(pace.interval_ms, pace.busy_interval_ms)
        interval_ms = min(max(pace.interval_ms, cost_s * 1_000 / BUSY_SHARE), longest_ms)
        rest_s = interval_ms / 1000 - (time.monotonic() - began)
        if rest_s > 0:
            self._stopping.wait(rest_s)

    def _narrow(self, error: Exception) -> int:
        """After an unforeseen failure, halves the next batch; a single event that fails is set aside as a
        dead letter. Returns the count of failures in a row that the pause is chosen by."""
        self._limit = max(1, len(self._records) // 2)
        if len(self._records) > 1:
            return 0
        record = self._records[0]
        letter = DeadLetter(
            stage="engine",
            source=record.room,
            reason=f"the batch failed: {error!r}"[:1_000],
            data=record.data,
            first_at=record.arrived,
            last_at=self._clock(),
        )
        try:
            outcome = Outcome(position=record.position, dead=[letter], contained={"batch": 1})
            self._sink.commit(outcome, self._clock())
        except Exception:
            log.exception("recovery_failed")
            return 1
        log.error("batch_set_aside", room=record.room, position=record.position)
        self._tell(
            Progress(
                records=[record],
                outcome=outcome,
                changes=[],
                committed_ms=self._clock(),
                step_s=0,
                commit_s=0,
            )
        )
        return 0

    def _tell(self, progress: Progress) -> None:
        if self._on_batch is not None:
            try:
                self._on_batch(progress)
            except Exception:
                # The batch is committed; a failing callback must not repeat it.
                log.exception("measuring_failed")

    def _recover(self) -> None:
        try:
            self._position = self._log.position
            self._rooms.reload()
            self._clusters.reload()
        except Exception:
            log.exception("recovery_failed")

    # One round

    def round(self) -> int:
        """One batch, committed; returns how many events it took. Tests call it without a thread."""
        now = self._clock()
        limit, self._records = self._limit, ()
        waiting = self._log.read(self._position, limit)
        records = self._records = waiting[: portion([len(record.data) for record in waiting])]
        began = time.perf_counter()
        batch = Batch(self._engine, self._rooms, self._log)
        batch.take(records, now=now)
        # After a full batch more events wait, so time may only advance to its last arrival.
        full = len(waiting) >= limit or len(records) < len(waiting)
        # No ticks while a culprit is searched for: a tick may be what fails.
        if now >= self._ticks_from and limit == self._pace.batch_events:
            batch.tick(reached=records[-1].arrived if full else now)
        outcome = batch.finish(now=now)
        rested = self._resting is not None and self._resting.take(outcome, now=now)
        if batch.empty and not (rested or outcome.dead):
            return 0
        self._clusters.take(batch.signals, outcome, now=now)
        self._clusters.finish(outcome)
        stepped = time.perf_counter()
        evaluation = self._trace(records, outcome, began) if exported() else None
        outcome, changes = self._commit(batch, outcome, now)
        if evaluation is not None:
            evaluation.end()
        if outcome.position is not None:
            self._position = outcome.position
            self._arrived = records[-1].arrived
        self._rooms.evict(now)
        self._clusters.evict()
        self._tell(
            Progress(
                records=records,
                outcome=outcome,
                changes=changes,
                committed_ms=self._clock(),
                step_s=stepped - began,
                commit_s=time.perf_counter() - stepped,
            )
        )
        return len(records)

    def _trace(self, records: Sequence[Record], outcome: Outcome, began: float) -> Evaluation:
        """The spans of a batch, and to which traces its alerts belong."""
        parents = self._log.parents(records[0].position, records[-1].position) if records else []
        began_ns = time.time_ns() - round((time.perf_counter() - began) * 1e9)
        evaluation = Evaluation(parents, began_ns=began_ns, records=len(records))
        outcome.traces = evaluation.raise_alerts(outcome.alerts, self._log.parent_of)
        return evaluation

    def _commit(self, batch: Batch, outcome: Outcome, now: int) -> tuple[Outcome, list[Change]]:
        """Commits the outcome; what the store refuses becomes dead letters."""
        try:
            return outcome, self._sink.commit(outcome, now)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("commit_refused", rooms=len(outcome.rooms), alerts=len(outcome.alerts))

        def probe(share: Outcome) -> None:
            try:
                self._sink.probe(share, now)
            except Exception as error:
                if is_outage(error):
                    raise
                raise EvaluationFailed(f"{type(error).__name__}: {error}"[:1_000]) from error

        traces = outcome.traces
        outcome = batch.contain(probe, now=now)
        outcome.traces = traces
        self._clusters.reload()
        self._clusters.take(batch.signals, outcome, now=now, probe=probe)
        self._clusters.finish(outcome)
        return outcome, self._sink.commit(outcome, now)
