"""The worker: takes fetches from Faust, evaluates them, and makes all that follows durable.

The order of a fetch: decode, group by room, step; send alerts, dead letters, and signals for the
second stage (`crossing`); write the changed states with the offset that they have applied; then
declare the fetch done, and only then may its offset be committed. A fetch with many long texts goes
that way in portions (`portion`), and others have their turn in between. After a crash at any point the
records come again, and what a room has applied is passed over; alerts that were sent twice are
one alert, for their ids say so, and a signal that comes twice changes nothing.

Three kinds of failure have three answers. A record or a rule that fails becomes a dead letter and
the rest goes on. Brokers that fail are waited for. What nobody foresaw is tried again from the
last written states; and when waiting and trying have lasted too long, the worker ends with the
fetch not declared done, so that another takes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import msgspec

from connectors.logger import logger
from detectors.across.stage import Stage
from monitor.errors import BrokerError, MessageTooLarge
from monitor.pipeline.kafka.app import create_app
from monitor.pipeline.kafka.crossing import Crossing
from monitor.pipeline.kafka.dead_letters import Place, message_of
from monitor.pipeline.kafka.evaluated import Evaluated
from monitor.pipeline.kafka.forgetting import Forgetting
from monitor.pipeline.kafka.lag import Lag
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.partition import TICK, Memory, PartitionBatch, parent_in
from monitor.pipeline.kafka.records import alert_messages, drop_oversized, room_entries
from monitor.pipeline.kafka.rules_topic import rule_messages
from monitor.pipeline.kafka.signals import signal_messages
from monitor.pipeline.kafka.summaries import Summaries
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.kafka.transport import PassedOver
from monitor.pipeline.portion import portion
from monitor.pipeline.rooms import Rooms
from monitor.pipeline.worker import wall_clock_ms
from monitor.store.rows import DeadLetter, Outcome
from monitor.tracing.context import HEADER
from monitor.tracing.evaluation import Evaluation
from monitor.tracing.spans import exported

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from detectors.engine.engine import Engine
    from monitor.config import Config
    from monitor.pipeline.kafka.transport import Fetched

__all__ = ["Evaluated", "KafkaWorker"]

log = logger()

#: Pauses after failures that nobody foresaw, s; after the last one the worker ends.
RETRIES_S = (0.1, 0.5, 2.0, 5.0)
TICK_S = 1.0
#: Fetches in work at once, of all partitions.
IN_WORK = 4
#: How long the app may take to stop, s.
STOP_S = 10.0


class KafkaWorker:
    """One process of the group."""

    def __init__(
        self,
        engine: Engine,
        config: Config,
        *,
        folder: Path,
        clock: Callable[[], int] = wall_clock_ms,
        on_batch: Callable[[Evaluated], None] | None = None,
    ) -> None:
        """
        Args:
            engine: steps the rooms; belongs to this worker alone.
            folder: an empty folder that Faust may use.
            clock: wall clock, ms; only to see whether a tick is due.
            on_batch: told of each fetch that is durable.
        """
        self._engine = engine
        self._config = config
        self._clock = clock
        self._on_batch = on_batch
        self.names = TopicNames.of(config.kafka.prefix)
        #: Bytes of one value at most; the rest of a record is small.
        self._largest = config.kafka.max_message_bytes - 4_096
        self.outbox = Outbox(config.kafka, name=f"{config.kafka.prefix}-worker")
        self.app, self.states, clusters = create_app(config.kafka, self._evaluate, folder=folder)
        self.app.tables["rooms"].on_recover(self._recovered)
        self.crossing = Crossing(
            Stage(engine.rulebook),
            self.names,
            self.outbox,
            clusters,
            largest=self._largest,
            stale=self._stale,
            on_batch=on_batch,
        )
        """The second stage: works on the signals of all rooms."""
        self._rooms: dict[int, Rooms] = {}
        self._memories: dict[int, Memory] = {}
        self._summaries = Summaries(self.names.summaries)
        self.forgetting = Forgetting(engine, config.retention)
        self._last_arrival: dict[int, int] = {}
        #: Partitions with a tick that was written and not yet read again.
        self._ticks: set[int] = set()
        #: Where the latest fetch ends that is done, by partition.
        self._done_to: dict[int, int] = {}
        #: Fetches of one partition go one after another; those of others meanwhile.
        self._lanes: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._slots = asyncio.Semaphore(IN_WORK)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self.failure: str | None = None
        """Why the worker ends; ``None``: because it was asked to."""
        self.clean = True
        """Nothing was left behind that keeps the process from ending."""
        events, signals = self.names.events, self.names.signals
        self._lag = Lag(
            self.app,
            done_to={events: self._done_to, signals: self.crossing.done_to},
            last_arrival={events: self._last_arrival, signals: self.crossing.last_arrival},
            clock=clock,
        )
        self.recoveries = 0
        """Assignments that were taken up, the first included."""
        self.last_recovery_s = 0.0
        """How long the states of the last assignment took to come here."""

    # The process

    async def run(self, stopping: asyncio.Event, *, ready: asyncio.Event | None = None) -> bool:
        """Works until asked to stop; says whether all went well."""
        await self.outbox.start()
        try:
            await self.outbox.send(rule_messages(self.names.rules, self._engine.rulebook))
        except MessageTooLarge as error:
            # Alerts name rules then that no bundle has, which the bundles say.
            log.exception("rules_not_kept", reason=str(error))
        ticking: asyncio.Task[None] | None = None
        starting = asyncio.create_task(self.app.start(), name="livewatch-faust")
        waiting = [
            asyncio.create_task(event.wait(), name="livewatch-wait")
            for event in (stopping, self._ended)
        ]
        crashed = asyncio.create_task(self.app.wait_until_stopped(), name="livewatch-crash")
        try:
            ticking = asyncio.create_task(self._tick_forever(), name="livewatch-ticks")
            done, _ = await asyncio.wait(
                [starting, crashed, *waiting], return_when=asyncio.FIRST_COMPLETED
            )
            self.clean = starting in done
            if starting in done:
                await starting
                if ready is not None:
                    ready.set()
                await asyncio.wait([crashed, *waiting], return_when=asyncio.FIRST_COMPLETED)
            if crashed.done() and not stopping.is_set() and self.failure is None:
                self.failure = f"Faust ended: {self.app.crash_reason!r}"
        finally:
            for task in (ticking, *waiting):
                if task is not None:
                    task.cancel()
            await self._stop(starting, crashed)
        return self.failure is None

    async def _stop(self, *tasks: asyncio.Task[Any]) -> None:
        # The portions in work are finished, and nothing more is taken into work.
        self._ended.set()
        if self._tasks and self.failure is None:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        ending = asyncio.create_task(self.app.stop(), name="livewatch-stop")
        await asyncio.wait([ending], timeout=STOP_S)
        left = [task for task in (ending, *tasks, *self._tasks) if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1.0)
        # Stopped while it starts, or without a broker, Faust may leave threads that never end.
        self.clean = self.clean and ending.done() and not ending.cancelled()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.outbox.stop()

    def _fail(self, reason: str) -> None:
        log.error("worker_ends", reason=reason)
        self.failure = self.failure or reason
        self._ended.set()

    # Fetches

    async def _evaluate(self, fetched: Fetched) -> None:
        """Takes a fetch into work; never raises, and the work goes on when Faust cancels the agent.

        Faust is told at once that it is acknowledged: what counts is `Fetched.done`. So while one
        partition waits for the brokers another is evaluated.
        """
        await self._slots.acquire()
        task = asyncio.create_task(self._insist(fetched))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._slots.release()
        self._tasks.discard(task)

    async def _insist(self, fetched: Fetched) -> None:
        across = fetched.topic == self.names.signals
        done_to = self.crossing.done_to if across else self._done_to
        async with self._lanes[fetched.topic, fetched.partition]:
            if self._is_over(fetched):
                return
            try:
                fetched.check_follows(done_to.get(fetched.partition))
            except PassedOver as error:
                self._fail(str(error))
                return
            left = list(fetched.records)
            for pause_s in (*RETRIES_S, None):
                process = self._process_all if pause_s is not None else self._in_parts
                try:
                    await self._in_portions(fetched, left, process)
                except (BrokerError, PassedOver) as error:
                    self._fail(str(error))
                    return
                except Exception as error:
                    log.exception(
                        "fetch_failed",
                        topic=fetched.topic,
                        partition=fetched.partition,
                        offset=fetched.last,
                    )
                    self._back(fetched)
                    if pause_s is None:
                        self._fail(f"a fetch cannot be evaluated: {type(error).__name__}")
                        return
                    await asyncio.sleep(pause_s)
                else:
                    return

    async def _in_portions(
        self,
        fetched: Fetched,
        left: list[Any],
        process: Callable[[Fetched, Sequence[Any]], Awaitable[None]],
    ) -> None:
        """Processes what is left of a fetch, and takes from it what is durable."""
        while left and not self._is_over(fetched):
            count = portion([len(record.value or b"") for record in left])
            await process(fetched, left[:count])
            del left[:count]
            # Others have their turn, also where nothing had to be written.
            await asyncio.sleep(0)

    def _is_over(self, fetched: Fetched) -> bool:
        """Is nothing more of it to be evaluated here? What is left comes again, to whoever has the
        partition then."""
        return self._ended.is_set() or self._stale(fetched)

    async def _process_all(self, fetched: Fetched, records: Sequence[Any]) -> None:
        if fetched.topic == self.names.signals:
            await self.crossing.process(fetched, records)
        else:
            await self._process(fetched, records)

    async def _in_parts(self, fetched: Fetched, records: Sequence[Any]) -> None:
        """Processes records by halves after a failure that named no culprit; a single record that
        makes it fail is set aside, and the next one follows."""
        try:
            await self._process_all(fetched, records)
        except (BrokerError, PassedOver):
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the partition goes on
            self._back(fetched)
            if self._stale(fetched):
                return
            if len(records) > 1:
                half = len(records) // 2
                await self._in_parts(fetched, records[:half])
                await self._in_parts(fetched, records[half:])
                return
            await self._set_aside(fetched, records[0], error)

    async def _set_aside(self, fetched: Fetched, record: Any, error: Exception) -> None:
        place = Place(fetched.topic, fetched.partition, record.offset, record.key)
        log.exception("batch_set_aside", topic=place.topic, offset=place.offset)
        letter = DeadLetter(
            stage="engine",
            source=fetched.topic,
            reason=f"the batch failed: {error!r}"[:1_000],
            data=record.value or b"",
            first_at=record.timestamp,
            last_at=self._clock(),
        )
        outcome = Outcome(dead=[letter], contained={"batch": 1})
        largest = self._largest // 2
        await self.outbox.send([message_of(self.names.deadletters, letter, place, largest=largest)])
        fetched.done = record.offset == fetched.last
        done_to = self.crossing.done_to if fetched.topic == self.names.signals else self._done_to
        done_to[fetched.partition] = record.offset
        self._read_ticks(fetched.partition, [record])
        self._tell(
            Evaluated(
                fetched.partition,
                1,
                outcome,
                oldest_ms=record.timestamp,
                step_s=0,
                write_s=0,
                state_bytes=0,
            )
        )

    def _back(self, fetched: Fetched) -> None:
        """Back to the states as they were written last."""
        if fetched.topic == self.names.signals:
            self.crossing.forget(fetched.partition)
        else:
            self._rooms.pop(fetched.partition, None)

    def _tell(self, evaluated: Evaluated) -> None:
        if self._on_batch is not None:
            try:
                self._on_batch(evaluated)
            except Exception:
                # It is durable: whoever measures must not have it done again.
                log.exception("measuring_failed")

    def _stale(self, fetched: Fetched) -> bool:
        """Was it fetched in an assignment that is over?"""
        return fetched.generation != self.app.consumer_generation_id

    async def _process(self, fetched: Fetched, records: Sequence[Any]) -> None:
        """Makes all that follows from some records of a fetch durable; declares it done with the
        last of them."""
        partition, last = fetched.partition, records[-1].offset
        shard = self.states.shard(partition)
        rooms = self._rooms_of(partition)
        memory = self._memories.get(partition)
        if memory is None:
            memory = self._memories[partition] = Memory(fetched.topic, partition)
        began = time.perf_counter()
        batch = PartitionBatch(self._engine, rooms, shard, memory)
        batch.evaluate(records)
        outcome = batch.finish(now=records[-1].timestamp)
        drop_oversized(outcome, rooms, self._largest)
        outcome.alerts = memory.places.placed(shard, outcome.alerts)
        memory.places.add_to(outcome, shard)
        alerts = alert_messages(self.names.alerts, outcome, self._largest)
        evaluation = None
        if exported():
            evaluation, alerts = _traced(records, outcome, alerts, memory, began)
        signals = signal_messages(self.names.signals, batch.signals, outcome, self._largest)
        groups = room_entries(outcome, shard, last)
        groups += self.forgetting.entries(
            partition, shard, rooms, records[-1].timestamp, but=outcome.parts
        )
        stepped = time.perf_counter()
        summaries = self._summaries.take(outcome.rooms, records[-1].timestamp)
        await self.outbox.send([*alerts, *signals, *summaries])
        await self._bury(outcome.dead, batch.places, memory)
        if self._stale(fetched):
            # The rooms are another's now; what is in memory here is ahead of what is written.
            self._rooms.pop(partition, None)
            return
        size = 0
        if groups:
            written = await self.outbox.write(self.names.rooms, partition, groups)
            size = shard.put_all(groups, written)
        if evaluation is not None:
            evaluation.end()
        fetched.done = last == fetched.last
        self._done_to[partition] = last
        self._read_ticks(partition, records)
        rooms.evict(records[-1].timestamp)
        self._last_arrival[partition] = records[-1].timestamp
        self._tell(
            Evaluated(
                partition,
                len(records),
                outcome,
                oldest_ms=records[0].timestamp,
                step_s=stepped - began,
                write_s=time.perf_counter() - stepped,
                state_bytes=size,
            )
        )

    async def _bury(
        self, dead: Sequence[DeadLetter], places: Mapping[int, Place], memory: Memory
    ) -> None:
        letters = []
        for index, letter in enumerate(dead):
            place = places.get(index)
            if place is None and letter.event is not None:
                place = memory.place(letter.source, letter.event)
            largest = self._largest // 2
            letters.append(message_of(self.names.deadletters, letter, place, largest=largest))
        await self.outbox.send(letters)

    def _rooms_of(self, partition: int) -> Rooms:
        rooms = self._rooms.get(partition)
        if rooms is None:
            owned = max(1, len(self.partitions))
            rooms = self._rooms[partition] = Rooms(
                self._engine,
                self.states.shard(partition),
                capacity=max(1, self._config.pipeline.max_rooms // owned),
                crowd_bytes=self._config.pipeline.crowds_mb * 2**20 // owned,
            )
        return rooms

    async def _recovered(self) -> None:
        """The states of an assignment are here: what was in memory before is let go."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._rooms.clear()
        self._memories.clear()
        self._last_arrival.clear()
        self._ticks.clear()
        self._done_to.clear()
        self.forgetting.clear()
        self.crossing.clear()
        await self._lag.look()
        self.recoveries += 1
        recovery = cast("Any", self.app.tables).recovery
        if recovery._recovery_started_at is not None:
            self.last_recovery_s = time.monotonic() - recovery._recovery_started_at
        log.info(
            "rooms_recovered",
            partitions=sorted(self.partitions),
            rooms=sum(map(len, self.states.shards.values())),
            clusters=sum(map(len, self.crossing.states.shards.values())),
            seconds=round(self.last_recovery_s, 3),
        )

    # Ticks

    async def _tick_forever(self) -> None:
        while not self._ended.is_set():
            await asyncio.sleep(TICK_S)
            try:
                await self._tick()
            except BrokerError as error:
                self._fail(str(error))
            except Exception:
                log.exception("tick_failed")

    async def _tick(self) -> None:
        """Writes a tick where a room waits for time to pass, one a partition until it is read: a
        worker that lags would fill the topic with ticks that all say the same."""
        if self.app.rebalancing or not self.recoveries:
            return
        now = self._clock()
        due = set()
        for partition in self.partitions - self._ticks:
            at = self._rooms_of(partition).next_due()
            if at is not None and at <= now:
                due.add(partition)
        self._ticks |= due
        ticks = [Message(self.names.events, TICK, b"", partition) for partition in sorted(due)]
        try:
            await self.outbox.send([*ticks, *self._summaries.overdue(now)])
        except BaseException:
            self._ticks -= due
            raise

    def _read_ticks(self, partition: int, records: Sequence[Any]) -> None:
        if partition in self._ticks and any(record.key == TICK for record in records):
            self._ticks.discard(partition)

    # What can be read from outside

    @property
    def partitions(self) -> set[int]:
        """Partitions of the events that this worker has."""
        if not self.recoveries:
            return set()
        return {
            tp.partition for tp in self.app.consumer.assignment() if tp.topic == self.names.events
        }

    @property
    def rooms_in_memory(self) -> int:
        """Rooms ready to be stepped."""
        return sum(map(len, self._rooms.values()))

    @property
    def crowd_bytes(self) -> int:
        """What the crowds of the rooms at hand take, about."""
        return sum(rooms.crowd_bytes for rooms in self._rooms.values())

    @property
    def unevaluated(self) -> Mapping[str, int]:
        """By topic: records that it let go of before this worker could evaluate them."""
        return self._lag.unevaluated

    def lag(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By topic and partition, of events and signals: messages that wait, and for how long
        about, ms."""
        return self._lag.read() if self.recoveries else {}

    def coordinator_answers(self) -> bool:
        """Does the broker that keeps the group answer? Before the first assignment nobody asks."""
        return not self.recoveries or self._lag.coordinator_answers()


def _traced(
    records: Sequence[Any],
    outcome: Outcome,
    alerts: Sequence[Message],
    memory: Memory,
    began: float,
) -> tuple[Evaluation, list[Message]]:
    """The spans of a fetch, and its alerts with the headers by which others go on with them."""
    parents = [parent for record in records if (parent := parent_in(record.headers))]
    began_ns = time.time_ns() - round((time.perf_counter() - began) * 1e9)
    evaluation = Evaluation(parents, began_ns=began_ns, records=len(records))
    found = evaluation.raise_alerts(outcome.alerts, memory.parent_of)
    headers = {alert.encode(): ((HEADER, parent.encode()),) for alert, parent in found.items()}
    return evaluation, [
        msgspec.structs.replace(message, headers=headers.get(message.key or b"", ()))
        for message in alerts
    ]
