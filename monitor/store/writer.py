"""One thread writes; whoever wants something written hands it a job and gets a future.

SQLite takes one writer at a time, and a durable commit costs a flush of the disk. So all jobs
that wait are run in one transaction, each in a savepoint of its own, and committed once: under
load, many requests share a flush. Jobs are run in the order in which they came, so that neither
ingestion nor the worker can starve the other.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.errors import StoreClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

__all__ = ["Writer"]

T = TypeVar("T")

#: Jobs that share one transaction at most; bounds how long the first of them waits.
GROUP = 64


class _Job:
    __slots__ = ("future", "run")

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.future: Future[Any] = Future()


class Writer:
    """The thread and its queue.

    A job's future is done only after the commit that contains it, so a result that can be seen
    is durable. A job that raises is rolled back alone; a commit that fails fails all its jobs.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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
                    break
                group = [first]
                while len(group) < GROUP:
                    try:
                        job = self._queue.get_nowait()
                    except Empty:
                        break
                    if job is None:
                        ending = True
                        break
                    group.append(job)
                self._commit(connection, group)

    def _commit(self, connection: Connection, group: list[_Job]) -> None:
        answers: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            with connection.begin():
                for job in group:
                    if not job.future.set_running_or_notify_cancel():
                        continue
                    try:
                        with connection.begin_nested():
                            answers.append((job, job.run(connection), None))
                    except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
                        answers.append((job, None, error))
        except Exception as error:  # noqa: BLE001 - disk full, lock: everyone must hear of it
            answers = [(job, None, error) for job in group if not job.future.done()]
            # After a failed COMMIT the database is still inside the transaction, and SQLAlchemy
            # believes that it is over.
            connection.connection.rollback()
        for job, result, failure in answers:
            if failure is not None:
                job.future.set_exception(failure)
            else:
                job.future.set_result(result)
