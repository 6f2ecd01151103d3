"""The worker's half that works on signals: the second stage, with the discipline of the first.

The order of a fetch is the same: step; send alerts and dead letters; write the changed states with
the offset that they have applied; declare the fetch done. After a crash the signals come again;
what a cluster has applied is passed over, and what it has not changes nothing by coming twice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from detectors.calendar import DAY_MS
from monitor.pipeline.clusters import Clusters
from monitor.pipeline.kafka.dead_letters import message_of
from monitor.pipeline.kafka.evaluated import Evaluated
from monitor.pipeline.kafka.records import alert_messages
from monitor.pipeline.kafka.signals import (
    SignalBatch,
    cluster_entries,
    drop_oversized_clusters,
    forgotten_entries,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detectors.across.stage import Stage
    from monitor.pipeline.kafka.outbox import Outbox
    from monitor.pipeline.kafka.states import RoomStates
    from monitor.pipeline.kafka.topics import TopicNames
    from monitor.pipeline.kafka.transport import Fetched

__all__ = ["Crossing"]

#: Clusters ready to be stepped, of one partition.
CAPACITY = 1_000


class Crossing:
    """Evaluates fetches of signals; those of one partition one after another."""

    def __init__(
        self,
        stage: Stage,
        names: TopicNames,
        outbox: Outbox,
        states: RoomStates,
        *,
        largest: int,
        stale: Callable[[Fetched], bool],
        on_batch: Callable[[Evaluated], None] | None = None,
    ) -> None:
        """
        Args:
            stage: steps the clusters.
            largest: bytes of one value at most.
            stale: was a fetch made in an assignment that is over?
            on_batch: told of each fetch that is durable.
        """
        self.stage = stage
        self.states = states
        self._names = names
        self._outbox = outbox
        self._largest = largest
        self._stale = stale
        self._on_batch = on_batch
        self._clusters: dict[int, Clusters] = {}
        self._swept: dict[int, int] = {}
        #: Where the latest fetch ends that is done, and when it came, by partition.
        self.done_to: dict[int, int] = {}
        self.last_arrival: dict[int, int] = {}

    def forget(self, partition: int) -> None:
        """Back to the states as they were written last."""
        self._clusters.pop(partition, None)

    def clear(self) -> None:
        """Another assignment: what was in memory before is let go."""
        self._clusters.clear()
        self._swept.clear()
        self.done_to.clear()
        self.last_arrival.clear()

    async def process(self, fetched: Fetched, records: Sequence[Any]) -> None:
        """Makes all that follows from some records of a fetch durable; declares it done with the
        last of them."""
        partition, last = fetched.partition, records[-1].offset
        now = records[-1].timestamp
        shard = self.states.shard(partition)
        clusters = self._clusters.get(partition)
        if clusters is None:
            clusters = self._clusters[partition] = Clusters(self.stage, shard, capacity=CAPACITY)
        began = time.perf_counter()
        batch = SignalBatch(clusters, shard, fetched.topic, partition)
        batch.evaluate(records)
        outcome = batch.outcome
        drop_oversized_clusters(outcome, self._largest)
        alerts = alert_messages(self._names.alerts, outcome, self._largest)
        groups = cluster_entries(outcome, shard, last)
        if now - self._swept.get(partition, 0) > DAY_MS:
            self._swept[partition] = now
            touched = outcome.parts.keys()
            groups += forgotten_entries(shard, now, but=touched)
        stepped = time.perf_counter()
        letters = [
            message_of(
                self._names.deadletters,
                letter,
                batch.places.get(index),
                largest=self._largest // 2,
            )
            for index, letter in enumerate(outcome.dead)
        ]
        await self._outbox.send([*alerts, *letters])
        if self._stale(fetched):
            # The clusters are another's now; what is in memory here is ahead of what is written.
            self.forget(partition)
            return
        size = 0
        if groups:
            written = await self._outbox.write(self._names.across, partition, groups)
            size = shard.put_all(groups, written)
        fetched.done = last == fetched.last
        self.done_to[partition] = last
        self.last_arrival[partition] = now
        clusters.evict()
        if self._on_batch is not None:
            self._on_batch(
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
