"""One thread writes; whoever wants something written hands it a job and gets a future.

SQLite takes one writer at a time, and a durable commit costs a flush of the disk. So all jobs
that wait are run in one transaction, each in a savepoint of its own, and committed once: under
load, many requests share a flush. Jobs are run in the order in which they came, so that neither
ingestion nor the worker can starve the other.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.errors import StoreClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

__all__ = ["Writer"]

T = TypeVar("T")

#: Jobs that share one transaction at most, and how long it may go on taking in more, s: bounds of
#: how long the first of them waits.
GROUP = 64
GROUP_S = 0.05


class _Job:
    __slots__ = ("future", "run")

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.future: Future[Any] = Future()


class Writer:
    """The thread and its queue.

    A job's future is done only after the commit that contains it, so a result that can be seen
    is durable. A job that raises is rolled back alone; a commit that fails fails all its jobs, and
    so does a disk that fails under one of them.
    """

    def __init__(
        self, engine: Engine, on_error: Callable[[BaseException], None] | None = None
    ) -> None:
        """
        Args:
            on_error: told of what a job or a commit raised, in the writer's thread.
        """
        self._engine = engine
        self._on_error = on_error
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="livewatch-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Queues a job. It runs in the writer's thread and must not commit or roll back."""
        queued = _Job(job)
        with self._lock:
            if self._closed:
                raise StoreClosed("the store is closed")
            self._queue.put(queued)
        return queued.future

    @property
    def waiting(self) -> int:
        """Jobs in the queue, about."""
        return self._queue.qsize()

    def close(self) -> None:
        """Writes what is queued, then ends the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        with self._engine.connect() as connection:
            ending = False
            while not ending:
                first = self._queue.get()
                if first is None:
                    return
                ending = self._commit(connection, first)
                # What the job holds, a batch's outcome, is not kept until the next one comes.
                del first

    def _commit(self, connection: Connection, first: _Job) -> bool:
        """One transaction: the job and those that wait behind it; says whether the end has come."""
        ran: list[tuple[_Job, Any, BaseException | None]] = []
        ending = False
        try:
            with connection.begin():
                until = time.monotonic() + GROUP_S
                job: _Job | None = first
                while job is not None:
                    if job.future.set_running_or_notify_cancel():
                        # Named before it runs: when all of the transaction is undone it hears of that.
                        ran.append((job, None, None))
                        ran[-1] = (job, *self._run_job(connection, job))
                    job, ending = self._next(len(ran), until)
        except Exception as error:  # noqa: BLE001 - disk full, lock: everyone must hear of it
            ran = [(job, None, error) for job, _, _ in ran]
            # After a failed COMMIT the driver is still inside the transaction while SQLAlchemy
            # believes that it is over: the next one starts on a new connection.
            connection.invalidate()
            if not ran and first.future.set_running_or_notify_cancel():
                # Not even the beginning went well.
                ran = [(first, None, error)]
        for job, result, failure in ran:
            if failure is not None:
                if self._on_error is not None:
                    self._on_error(failure)
                job.future.set_exception(failure)
            else:
                job.future.set_result(result)
        return ending

    @staticmethod
    def _run_job(connection: Connection, job: _Job) -> tuple[Any, BaseException | None]:
        """What it returned or raised.

        Raises:
            Exception: what it raised, and all of the transaction is undone with it. After a write that
                failed SQLite rolls back by itself, and the commit of nothing would go well.
        """
        own: Exception | None = None
        try:
            with connection.begin_nested():
                try:
                    return job.run(connection), None
                except Exception as error:
                    own = error
                    raise
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            if own is not None and error is not own:
                raise own from None  # There is no savepoint any more to go back to.
            return None, error

    def _next(self, count: int, until: float) -> tuple[_Job | None, bool]:
        """The next job of this transaction, if there is one and room for it."""
        if count >= GROUP or time.monotonic() >= until:
            return None, False
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None, False
        return job, job is None
