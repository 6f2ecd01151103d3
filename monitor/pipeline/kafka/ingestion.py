"""Ingestion into Kafka: what `POST /api/v1/events` takes goes to the topic of events, and before it,
where frames are kept, the frame that it was read from to theirs."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from connectors.logger import logger
from monitor.condition import Problem
from monitor.errors import BrokerError, MessageTooLarge, Overloaded
from monitor.metrics import Metrics
from monitor.pipeline.kafka.dead_letters import message_of
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.log import Appended
from monitor.tracing.context import HEADER, current

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from monitor.config import Config
    from monitor.pipeline.log import Entry
    from monitor.relay import CaptureRelay
    from monitor.store.rows import DeadLetter

__all__ = ["IngestService"]

log = logger()

#: How long one request waits for the brokers before its sender is told to come back.
PATIENCE_S = 20.0
#: What Kafka adds to a record, bytes, about.
RECORD_BYTES = 256
#: From one line about frames that are too large to the next of that source, ms.
TELLING_MS = 60_000


class IngestService:
    """Log, letter box and gate of the ingest API over one producer, and what answers for them.

    An event that comes twice is stored twice: the room that takes it knows its id.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = Metrics()
        self.metrics.keep_no_data()
        for series in self.metrics.lags:
            series.remove("log", "0")
        self.names = TopicNames.of(config.kafka.prefix)
        self.outbox = Outbox(
            config.kafka, name=f"{config.kafka.prefix}-ingest", give_up_s=PATIENCE_S
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: dict[str, int] = {}
        """When it was last told of each source that a frame was too large, ms."""
        self.failure: str | None = None
        """Why the latest request failed; ``None`` when it did not."""
        self.relay: CaptureRelay | None = None
        """Hands screenshots on to the desk."""

    # The ingest API's side; called in the event loop

    def append(self, entries: Sequence[Entry], *, source: str, now: int) -> Future[Appended]:
        """Sends in the order given; the future is done when the brokers have all of it."""
        parent = current.get()
        traced = parent is not None and parent.sampled
        headers = ((HEADER, parent.header.encode()),) if parent is not None and traced else ()
        messages = [
            Message(self.names.events, entry.room.encode(), entry.data, headers=headers)
            for entry in entries
        ]
        return self._submit(self.outbox.send(messages), Appended(len(entries), 0, 0))

    def keep(self, frames: Sequence[Entry], *, source: str, now: int) -> Future[int]:
        """Sends frames; the future is done when the brokers have all of them that they take.

        Args:
            now: when they were received, ms.
        """
        return self._submit(self._keep(frames, source, now), len(frames))

    async def _keep(self, frames: Sequence[Entry], source: str, now: int) -> None:
        common = (("source", source.encode()), ("received", b"%d" % now))
        messages = [
            Message(
                self.names.frames, frame.room.encode(), frame.data,
                headers=(("sha256", frame.event.encode()), *common),
            )
            for frame in frames
        ]  # fmt: skip
        limit = self.config.kafka.max_message_bytes - RECORD_BYTES
        fitting = []
        for message in messages:
            if len(message.value) + len(message.key or b"") <= limit:
                fitting.append(message)
            else:
                self._pass_over(message, source, now)
        try:
            await self.outbox.send(fitting)
        except MessageTooLarge:
            # The brokers take less than we were told; what of these fits is kept all the same.
            for message in fitting:
                try:
                    await self.outbox.send([message])
                except MessageTooLarge:
                    self._pass_over(message, source, now)

    def _pass_over(self, message: Message, source: str, now: int) -> None:
        """Of a frame that the brokers do not take its events have the SHA-256 alone."""
        self.metrics.frames_not_kept.labels(source).inc()
        if now - self._told.get(source, 0) >= TELLING_MS:
            self._told[source] = now
            log.warning(
                "frame_not_kept", source=source, bytes=len(message.value),
                sha256=dict(message.headers)["sha256"].decode(),
                advice="kafka.max_message_bytes, and the topics' max.message.bytes with it",
            )  # fmt: skip

    def bury(self, letters: list[DeadLetter]) -> Future[None]:
        """Sends letters; the future is done when the brokers have them."""
        messages = [message_of(self.names.deadletters, letter, None) for letter in letters]
        return self._submit(self.outbox.send(messages), None)

    def check(self) -> None:
        """Passes, or says when to come back.

        Raises:
            Overloaded: too much waits for the brokers.
        """
        if self.outbox.pending_bytes > self.config.ingest.max_pending_bytes:
            raise Overloaded("the brokers do not keep up", 2, "brokers")

    def _submit(self, sending: Coroutine[Any, Any, None], result: Any) -> Future[Any]:
        future: Future[Any] = Future()
        task = asyncio.get_running_loop().create_task(sending)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            error = BrokerError("the monitor ends") if task.cancelled() else task.exception()
            self.failure = str(error) if error is not None else None
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        task.add_done_callback(done)
        return future

    # What answers over HTTP

    def start(self) -> None:
        """The producer is started beside, because it may fail."""

    def stop(self) -> None:
        """The producer is stopped beside."""

    def sweep(self) -> None:
        """Kafka keeps house itself."""

    def refresh_metrics(self) -> None:
        """All are counted along."""

    def problems(self) -> list[Problem]:
        """What keeps events, or screenshots, from being taken in."""
        found = []
        if self.outbox.pending_bytes > self.config.ingest.max_pending_bytes:
            found.append(Problem("lag", "the brokers do not keep up: no events are taken in"))
        if self.relay is not None and self.relay.problem is not None:
            found.append(Problem("evidence", self.relay.problem))
        return found

    def ready(self) -> str | None:
        """What has to pass before events can be taken."""
        return self.failure

    def health(self) -> tuple[bool, dict[str, object]]:
        """Did the brokers take what came last?"""
        return self.failure is None, {
            "failure": self.failure,
            "pending_bytes": self.outbox.pending_bytes,
        }
