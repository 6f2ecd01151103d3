"""A Faust transport that makes one message of each partition's fetch.

Faust's cost is per message (some 85 µs: tasks, waits, a hop between threads), so a batch pays
once. For the topics that `BatchingApp.batched` names, the consumer hands on one Faust message a
partition and fetch; its value is a `Fetched` with the records, its offset that of the last one.
Other topics pass unchanged.

These of Faust's internals need care beside `getmany`:

- `_new_offset`: what may be committed is the end of the longest prefix of batches that the
  worker has *declared* done. Faust's own acknowledgement is not asked: it acknowledges an event
  whose handler raised, was cancelled, or that it passed over in a rebalance.
- `on_buffer_full`: with every partition taken out because its queue is full, Faust sleeps a second.
- `_add_gap`: offsets between two batches are no gaps.
- `on_partitions_revoked` and `perform_seek`: what was in flight will be delivered again.
- `_read_offset`: Faust passes over what lies before it, also where it was fetched and never handed
  on; what may follow is decided here.
- `_getmany`: nothing of the events is fetched while a rebalance goes on. Faust lets them flow when
  the changelog does, and empties the agents' queues afterwards: what was fetched between the two
  would be lost until the next start.
- `_create_worker_consumer`, `_new_producer`: their clients pause while no broker answers.
- aiokafka's `PartitionRecords`: a record of these topics stays as it was parsed, with key, value,
  offset and timestamp. The object of eleven fields that aiokafka makes of each costs three times
  as much as parsing it.

The version of Faust is pinned, and tests on a real broker fail when these move.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, ClassVar

import faust
from aiokafka.consumer import fetcher
from aiokafka.errors import IllegalStateError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from monitor.pipeline.kafka.patience import be_patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    import aiokafka

__all__ = ["SCHEME", "BatchingApp", "Fetched", "PassedOver", "Transport"]

#: Addresses of brokers with this scheme are reached through this transport.
SCHEME = "livewatch"


#: Between two looks whether a rebalance is over.
PAUSE_S = 0.05


class PassedOver(Exception):
    """Faust did not hand on a fetch that was delivered; only a new start can repair that."""


class Fetched:
    """Records of one partition, in the order of their offsets."""

    __slots__ = ("done", "generation", "last", "partition", "previous", "records", "topic")

    def __init__(
        self, tp: TP, records: Sequence[Any], generation: int, previous: int | None
    ) -> None:
        self.topic: str = tp.topic
        self.partition: int = tp.partition
        self.records = records
        #: Offset of the last record.
        self.last: int = records[-1].offset
        #: Last offset of the fetch before it; ``None``: it is the first since the last seek.
        self.previous = previous
        #: Generation of the group in which it was fetched.
        self.generation = generation
        #: All that follows from it is durable; set by whoever processed it.
        self.done = False

    def check_follows(self, done_to: int | None) -> None:
        """Is it the next one after the fetch that ended at `done_to`?

        What a state has applied is a single number, so no fetch may be left out before another.

        Raises:
            PassedOver: one between them is missing.
        """
        if self.previous is not None and self.previous != done_to:
            raise PassedOver(
                f"{self.topic}/{self.partition}: a fetch before {self.records[0].offset} is missing"
            )


class BatchingApp(faust.App):
    """An app that says which topics come in batches."""

    batched: frozenset[str] = frozenset()

    def batch(self, topics: Iterable[str]) -> None:
        """Has these topics come in batches."""
        self.batched = frozenset(topics)
        _Records.topics |= self.batched


class _Records(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """What aiokafka makes of a fetch."""

    #: Topics of which the records stay as they were parsed, of all apps in this process.
    topics: ClassVar[set[str]] = set()

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record if tp.topic in self.topics else super()._consumer_record(tp, record)


fetcher.PartitionRecords = _Records


class _PatientThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        be_patient(consumer._client)
        return consumer


class Consumer(driver.Consumer):
    """Faust's consumer, with one message a fetch."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        #: Batches handed on and not committed, oldest first.
        self._delivered: defaultdict[TP, deque[Fetched]] = defaultdict(deque)
        #: Where the latest of them ends.
        self._delivered_to: dict[TP, int] = {}
        #: Where a first fetch began that did not begin where the group has committed.
        self._first: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _PatientThread(self, loop=self.loop, beacon=self.beacon)

    def _batched(self, topic: str) -> bool:
        return topic in self.app.batched  # type: ignore[attr-defined]  # a BatchingApp

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109  Faust's signature
    ) -> AsyncIterator[tuple[TP, Any]]:
        """Fetches; yields a message a partition, and every record of the topics not batched."""
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            # A rebalance began while we waited: what was fetched is fetched again after it.
            await self._seek_back()
            return
        for place, fetched in records.items():
            tp = ensure_TP(place)
            if not fetched:
                continue
            wanted = active is None or tp in active or tp in self._buffered_partitions
            if not wanted:
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if self._batched(tp.topic):
                if not self._goes_on(generation):
                    return
                if not self._is_changelog_tp(tp):
                    # Faust empties the agents' queues at the end of a recovery.
                    if self.app.rebalancing or not self._starts_well(tp, fetched[0].offset):
                        await self._back_to_committed(tp)
                        continue
                    # Faust notes where it has read to also after its queues were emptied, and
                    # would pass over what comes again.
                    self._read_offset[tp] = None
                batch = Fetched(tp, fetched, generation, self._delivered_to.get(tp))
                yield tp, self._message_of(batch)
                continue
            for record in fetched:
                if not self._goes_on(generation):
                    return
                yield tp, self._to_message(tp, record)

    def _starts_well(self, tp: TP, offset: int) -> bool:
        """May a fetch that begins here be handed on? The first one after a seek has to begin where
        the group has committed, for what lies before it would be missing. Where the log has
        nothing there (retention took it, or it is a marker of a transaction), the same offset
        comes again, and is taken.
        """
        if tp in self._delivered_to:
            return True
        first = self._first.pop(tp, None)
        if offset <= (self._committed_offset[tp] or 0) or offset == first:
            return True
        self._first[tp] = offset
        self.log.warning("%s: the first fetch begins at %s, behind what is committed", tp, offset)
        return False

    def _goes_on(self, generation: int) -> bool:
        return self.flow_active and self.app.consumer_generation_id == generation

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109  Faust's signature
    ) -> Any:
        if active_partitions is not None and self.app.rebalancing:
            # Faust fetches from the events before a recovery has set them to where they go on.
            active_partitions = {tp for tp in active_partitions if self._is_changelog_tp(tp)}
            if not active_partitions:
                await self.sleep(PAUSE_S)
                return {}
        return await super()._getmany(active_partitions, timeout)

    async def _back_to_committed(self, tp: TP) -> None:
        """What was fetched too early is fetched again; so is what was not committed before it."""
        with contextlib.suppress(IllegalStateError):  # it is another's now
            await self.seek(tp, self._committed_offset[tp] or 0)
            self._delivered.pop(tp, None)
            self._delivered_to.pop(tp, None)

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001  the rebalance seeks again when it is over
            self.log.warning("cannot seek while the flow is stopped: %r", error)

    def _message_of(self, batch: Fetched) -> ConsumerMessage:
        tp = TP(batch.topic, batch.partition)
        if tp.topic not in self.app.tables.changelog_topics:
            self._delivered[tp].append(batch)
            self._delivered_to[tp] = batch.last
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=batch.last,
            timestamp=batch.records[-1].timestamp / 1000,
            timestamp_type=batch.records[-1].timestamp_type,
            headers=None,
            key=None,
            value=batch,  # type: ignore[arg-type]  # the serializer "raw" lets it pass
            checksum=None,
            tp=tp,
            generation_id=batch.generation,
        )

    def _new_offset(self, tp: TP) -> int | None:
        if not self._batched(tp.topic):
            return super()._new_offset(tp)
        # Faust's own book is not read, so it must not grow.
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        delivered = self._delivered[tp]
        offset = None
        while delivered and delivered[0].done:
            offset = delivered.popleft().last + 1
        return offset

    def on_buffer_full(self, tp: TP) -> None:
        """Leaves the partition in: handing on waits for a full queue. Faust would sleep a second."""
        if not self._batched(tp.topic):
            super().on_buffer_full(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if not self._batched(tp.topic):
            await super()._add_gap(tp, offset_from, offset_to)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forgets what was in flight."""
        for tp in revoked:
            self._delivered.pop(tp, None)
            self._delivered_to.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Goes back to what is committed; all behind it is delivered again."""
        await super().perform_seek()
        self._delivered.clear()
        self._delivered_to.clear()

    async def on_stop(self) -> None:
        """Commits all that is done; Faust's own last commit is left out while another is at work."""
        await self.commit()
        await super().on_stop()


class Producer(driver.Producer):
    """Faust's producer, with a client that can wait."""

    def _new_producer(self, transactional_id: str | None = None) -> aiokafka.AIOKafkaProducer:
        producer = super()._new_producer(transactional_id)
        be_patient(producer.client)
        return producer


class Transport(driver.Transport):
    """Faust's transport over aiokafka with both."""

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
