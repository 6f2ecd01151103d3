"""Signals of rooms as records, and the states of clusters that they lead to.

The key of a signal is its cluster's, so all signals of a cluster lie in one partition, whoever
sent them and in whatever order; the state of the cluster lies in the partition of the changelog
with the same number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors.logger import logger
from detectors.across.cluster import HEAD, arrived
from detectors.across.signal import InvalidSignal, Signal, decode, encode
from detectors.across.stage import FORGOTTEN_MS
from detectors.calendar import DAY_MS
from detectors.events import Chat, Speech
from monitor.pipeline.kafka.dead_letters import Place
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.states import entries_of
from monitor.store.rows import DeadLetter, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from monitor.pipeline.clusters import Clusters
    from monitor.pipeline.kafka.states import Entry, Shard

__all__ = [
    "SignalBatch",
    "cluster_entries",
    "drop_oversized_clusters",
    "forgotten_entries",
    "signal_messages",
]

log = logger()


def signal_messages(
    topic: str, signals: Iterable[Signal], outcome: Outcome, largest: int
) -> list[Message]:
    """Signals on their way to the second stage; one that is larger than any broker takes becomes
    a dead letter. Of a text of absurd length only the words that count go along."""
    messages = []
    for signal in signals:
        body = encode(signal)
        if len(body) > largest and isinstance(signal.event, Speech | Chat):
            event = msgspec.structs.replace(signal.event, text=signal.words)
            body = encode(msgspec.structs.replace(signal, event=event))
        if len(body) > largest:
            log.error("signal_too_large", cluster=signal.key, bytes=len(body))
            outcome.dead.append(
                DeadLetter(
                    stage="engine",
                    source=signal.key,
                    reason=f"a signal of {len(body)} bytes cannot be sent",
                    data=body,
                    first_at=signal.at,
                    last_at=signal.at,
                    event=signal.event.id,
                )
            )
            continue
        messages.append(Message(topic, signal.key.encode(), body))
    return messages


class SignalBatch:
    """One fetch of one partition of the signals."""

    def __init__(self, clusters: Clusters, shard: Shard, topic: str, partition: int) -> None:
        self._clusters = clusters
        self._shard = shard
        self._topic = topic
        self._partition = partition
        self.outcome = Outcome()
        #: Places of dead letters that were records, in the order of `outcome.dead`.
        self.places: dict[int, Place] = {}

    def evaluate(self, records: Sequence[Any]) -> None:
        """Steps each cluster with what it has not applied yet."""
        applied = self._shard.applied
        taken: list[Signal] = []
        for record in records:
            try:
                signal = decode(record.value or b"")
                key = signal.key.encode()
            except (InvalidSignal, RecursionError, UnicodeError) as error:
                self._reject(record, str(error))
                continue
            if record.key != key:
                self._reject(record, f"the key is not {signal.key}")
            elif record.offset > applied.get(signal.key, -1):
                taken.append(signal)
        self._clusters.take(taken, self.outcome, now=records[-1].timestamp)
        self._clusters.finish(self.outcome)

    def _reject(self, record: Any, reason: str) -> None:
        place = Place(self._topic, self._partition, record.offset, record.key)
        self.places[len(self.outcome.dead)] = place
        self.outcome.dead.append(
            DeadLetter(
                stage="decode",
                source=self._topic,
                reason=reason,
                data=record.value or b"",
                first_at=record.timestamp,
                last_at=record.timestamp,
            )
        )


def drop_oversized_clusters(outcome: Outcome, largest: int) -> None:
    """Of a cluster the sightings that no broker would take stay out; dead letters say so."""
    for key, parts in outcome.parts.items():
        for part, data in list(parts.items()):
            if data is not None and len(data) > largest:
                log.error("sighting_too_large", cluster=key, bytes=len(data))
                del parts[part]
                outcome.dead.append(
                    DeadLetter(
                        stage="engine",
                        source=key,
                        reason=f"a sighting of {len(data)} bytes cannot be written",
                        data=data,
                        first_at=0,
                        last_at=0,
                    )
                )


def cluster_entries(outcome: Outcome, shard: Shard, offset: int) -> list[list[Entry]]:
    """The records of the changelog, by cluster."""
    rewritten = set(outcome.rewritten)
    groups: list[list[Entry]] = []
    for key, parts in outcome.parts.items():
        entries = entries_of(key, None, parts, offset)
        if key in rewritten:
            written = {name for name, _ in entries}
            gone: list[Entry] = [(name, None) for name in shard.keys(key) if name not in written]
            entries = gone + entries
        groups.append(entries)
    return groups


def forgotten_entries(shard: Shard, now: int, *, but: Collection[str]) -> list[list[Entry]]:
    """The records that take out clusters which were of no use for long, but for those named.

    A day later than `Clusters` has begun to take them for new.
    """
    before = now - FORGOTTEN_MS - DAY_MS
    return [
        [(name, None) for name in shard.keys(key)]
        for key, head in shard.each(HEAD)
        if arrived(head) < before and key not in but
    ]
