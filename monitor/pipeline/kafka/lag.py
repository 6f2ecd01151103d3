"""What waits in the partitions of a worker, from the moment at which they were assigned, and what
their topics have let go of before it was evaluated."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from connectors.logger import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faust.types import TP

    from monitor.pipeline.kafka.transport import BatchingApp

__all__ = ["Lag"]

log = logger()


class Lag:
    """Messages of some topics that were not evaluated yet."""

    def __init__(
        self,
        app: BatchingApp,
        *,
        done_to: Mapping[str, Mapping[int, int]],
        last_arrival: Mapping[str, Mapping[int, int]],
        clock: Callable[[], int],
    ) -> None:
        """
        Args:
            done_to: by topic and partition, the last offset that is done.
            last_arrival: the same, when that came to the brokers, ms.
            clock: wall clock, ms.
        """
        self._app = app
        self._done_to = done_to
        self._last_arrival = last_arrival
        self._clock = clock
        #: From where to where partitions had to be read when they were assigned, and when that was.
        self._ends: dict[TP, tuple[int, int | None]] = {}
        self._assigned_at = 0
        self.unevaluated: Counter[str] = Counter()
        """By topic: records that it no longer had when their partition was assigned, and that the
        group had not evaluated. Markers of transactions count along, so there may be fewer."""
        #: To where that was counted, by partition: before the next commit the same gap is seen again.
        self._counted_to: dict[TP, int] = {}

    async def look(self) -> None:
        """Notes from where to where the assigned partitions have to be read, before anything is
        fetched: from what is committed, else from where they begin."""
        consumer = cast("Any", self._app.consumer)
        places = [tp for tp in consumer.assignment() if tp.topic in self._done_to]
        self._assigned_at, self._ends = self._clock(), {}
        try:
            begins = await consumer.earliest_offsets(*places)
            heads = await consumer.highwaters(*places)
            thread = consumer._thread
            client = thread._ensure_consumer()
            committed = {tp: await thread.call_thread(client.committed, tp) for tp in places}
        except Exception:
            log.exception("offsets_unknown")  # the lag is known with the first fetch, then
            return
        for tp in places:
            self._count_gap(tp, committed[tp], begins.get(tp))
        # What retention took does not wait.
        self._ends = {
            tp: (max(begins.get(tp) or 0, committed[tp] or 0), heads.get(tp)) for tp in places
        }

    def coordinator_answers(self) -> bool:
        """Does the broker that keeps the group answer to its heartbeats?

        A worker with nothing to evaluate fetches without an answer as it does without records, so this
        alone says that the brokers are away.
        """
        client = cast("Any", self._app.consumer)._thread._consumer
        return client is None or client._coordinator.coordinator_id is not None

    def _count_gap(self, tp: TP, committed: int | None, begin: int | None) -> None:
        """Retention may have taken what lies between the group's position and where the partition
        begins. A group without a position has not lost anything that it had begun to read."""
        if committed is None or begin is None:
            return
        gap = begin - max(committed, self._counted_to.get(tp, 0))
        if gap > 0:
            self._counted_to[tp] = begin
            self.unevaluated[tp.topic] += gap
            log.error(
                "records_gone_before_evaluated",
                topic=tp.topic,
                partition=tp.partition,
                records=gap,
                committed=committed,
                begins_at=begin,
            )

    def read(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By topic and partition: messages that wait, and for how long about, ms."""
        found: dict[tuple[str, int], tuple[int, int]] = {}
        consumer = cast("Any", self._app.consumer)
        for tp in consumer.assignment():
            if tp.topic not in self._done_to:
                continue
            begin, head = self._ends.get(tp, (0, None))
            head = max(filter(None, (head, consumer.highwater(tp))), default=head)
            if head is None:
                continue
            done = self._done_to[tp.topic].get(tp.partition)
            waiting = max(0, head - max(begin, -1 if done is None else done + 1))
            last = self._last_arrival[tp.topic].get(tp.partition, self._assigned_at)
            age_ms = max(0, self._clock() - last) if waiting else 0
            found[tp.topic, tp.partition] = (waiting, age_ms)
        return found
