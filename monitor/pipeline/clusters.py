"""The clusters of the second stage that a worker has at hand, least recently used first.

As with rooms, every state here is as it was committed last, or belongs to the batch in work; so
any of them can be dropped and read again from where it was written.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog

from detectors.across.cluster import ClusterError
from detectors.across.signal import encode
from detectors.across.stage import FORGOTTEN_MS
from monitor.store.rows import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from detectors.across.cluster import Cluster
    from detectors.across.signal import Signal
    from detectors.across.stage import Stage
    from monitor.store.rows import Outcome

__all__ = ["ClusterSource", "Clusters"]

log = structlog.get_logger(__name__)


class ClusterSource(Protocol):
    """Where states are read from; the store."""

    def load_cluster(self, key: str) -> Mapping[str, bytes] | None:
        """The parts of a cluster, ``None`` when it was never seen."""
        ...


class Clusters:
    """A bounded cache of clusters over a source, and their way through the stage."""

    def __init__(self, stage: Stage, source: ClusterSource, *, capacity: int) -> None:
        """
        Args:
            stage: opens, restores and steps states.
            source: where a cluster is read from that is not at hand.
            capacity: clusters in memory at most; the rest waits in the source.
        """
        self._stage = stage
        self._source = source
        self._capacity = capacity
        self._live: OrderedDict[str, Cluster] = OrderedDict()
        self._whole: set[str] = set()
        self._touched: dict[str, Cluster] = {}

    def __len__(self) -> int:
        return len(self._live)

    def reload(self) -> None:
        """Forgets everything at hand; it is read again when it is needed."""
        self._live.clear()
        self._whole.clear()
        self._touched.clear()

    def take(self, signals: Iterable[Signal], outcome: Outcome, *, now: int) -> None:
        """Steps each cluster with its signals; alerts and dead letters go into the outcome."""
        groups: dict[str, list[Signal]] = {}
        for signal in signals:
            groups.setdefault(signal.key, []).append(signal)
        for key, group in groups.items():
            state = self._get(key, outcome, now)
            self._touched[key] = state
            try:
                outcome.alerts.extend(self._stage.step(state, group, now=now))
            except Exception as error:
                log.exception("stage_failed", cluster=key)
                # Back to its last commit; what it was given is kept.
                self._live.pop(key, None)
                self._whole.discard(key)
                del self._touched[key]
                outcome.dead.extend(_letter(key, one, repr(error), now) for one in group)
        failures, self._stage.stats.failures = self._stage.stats.failures, []
        for failure in failures:
            log.error(
                "rule_failed", rule=failure.rule, cluster=failure.cluster, error=failure.error
            )
            letter = DeadLetter(
                stage="rule",
                source=failure.cluster,
                reason=failure.error,
                data=b"",
                first_at=now,
                last_at=now,
                rule=failure.rule,
            )
            outcome.dead.append(letter)

    def finish(self, outcome: Outcome) -> None:
        """Puts what has changed into the outcome, to be committed with the rest."""
        for key, state in self._touched.items():
            changed = state.changed_parts()
            if key in self._whole:
                self._whole.discard(key)
                changed = dict(state.parts())
                outcome.rewritten.append(key)
            if changed:
                outcome.parts[key] = changed
        self._touched = {}

    def evict(self) -> None:
        """Drops the least recently used beyond the capacity; call it after a commit."""
        while len(self._live) > self._capacity:
            self._live.popitem(last=False)

    def _get(self, key: str, outcome: Outcome, now: int) -> Cluster:
        state = self._live.get(key)
        if state is None:
            parts = self._source.load_cluster(key)
            if parts is not None:
                state = self._restored(key, parts, outcome, now)
        if state is None or now - state.head.arrived > FORGOTTEN_MS:
            state = self._stage.open(key)
            self._whole.add(key)
        self._live[key] = state
        self._live.move_to_end(key)
        return state

    def _restored(
        self, key: str, parts: Mapping[str, bytes], outcome: Outcome, now: int
    ) -> Cluster | None:
        """The cluster as it was written; ``None``, where another version wrote it: it starts anew."""
        try:
            return self._stage.restore(parts)
        except ClusterError as error:
            log.error("state_unreadable", cluster=key, error=str(error))  # noqa: TRY400
            outcome.dead.append(
                DeadLetter(
                    stage="engine",
                    source=key,
                    reason=f"the cluster starts anew, its state cannot be read: {error}",
                    data=msgspec.msgpack.encode(parts),
                    first_at=now,
                    last_at=now,
                )
            )
            return None


def _letter(key: str, signal: Signal, reason: str, now: int) -> DeadLetter:
    return DeadLetter(
        stage="engine",
        source=key,
        reason=reason,
        data=encode(signal),
        first_at=now,
        last_at=now,
        event=signal.event.id,
    )
