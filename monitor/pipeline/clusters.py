"""The clusters of the second stage in a worker's memory, least recently used first.

As with rooms, every state here is as it was committed last, or belongs to the batch in work; so
any of them can be dropped and read again from where it was written.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import msgspec

from connectors.logger import logger
from detectors.across.signal import encode
from detectors.across.stage import FORGOTTEN_MS
from detectors.alerts import encode as encode_alert
from monitor.pipeline.isolation import EvaluationFailed, isolate, kind_of
from monitor.store.rows import DeadLetter, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from detectors.across.cluster import Cluster
    from detectors.across.signal import Signal
    from detectors.across.stage import Stage

__all__ = ["ClusterSource", "Clusters"]

log = logger()


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
        #: What is to be committed of each cluster that took something.
        self._shares: dict[str, Outcome] = {}
        #: Why clusters start anew that could be read, and states of all that do.
        self._anew: dict[str, str] = {}
        self._unreadable: dict[str, DeadLetter] = {}

    def __len__(self) -> int:
        return len(self._live)

    def reload(self) -> None:
        """Forgets everything at hand; it is read again when it is needed."""
        self._live.clear()
        self._whole.clear()
        self._shares.clear()

    def take(
        self,
        signals: Iterable[Signal],
        outcome: Outcome,
        *,
        now: int,
        probe: Callable[[Outcome], None] | None = None,
    ) -> None:
        """Steps each cluster with its signals; dead letters go into the outcome.

        Args:
            probe: tries whether the store takes what came of a cluster; raises `EvaluationFailed`.
        """
        groups: dict[str, list[Signal]] = {}
        for signal in signals:
            groups.setdefault(signal.key, []).append(signal)
        for key, group in groups.items():
            try:
                self._evaluate(key, group, now, probe)
            except EvaluationFailed:
                log.exception("stage_failed", cluster=key)
                self._contain(key, group, outcome, now, probe)
            outcome.dead += self._failures(group, now)
        outcome.dead += self._unreadable.values()
        self._unreadable = {}

    def finish(self, outcome: Outcome) -> None:
        """Puts what came of the clusters into the outcome, to be committed with the rest."""
        for share in self._shares.values():
            outcome.alerts += share.alerts
            outcome.parts |= share.parts
            outcome.rewritten += share.rewritten
        self._shares = {}

    def _evaluate(
        self, key: str, group: list[Signal], now: int, probe: Callable[[Outcome], None] | None
    ) -> None:
        """Steps one cluster and encodes what came of it; raises `EvaluationFailed`."""
        self._stage.stats.failures = []
        state = self._get(key, now)
        share = Outcome()
        try:
            share.alerts = self._stage.step(state, group, now=now)
            for alert in share.alerts:
                encode_alert(alert)
            changed = state.changed_parts()
            if key in self._whole:
                self._whole.discard(key)
                changed = dict(state.parts())
                share.rewritten.append(key)
        except Exception as error:
            raise EvaluationFailed(f"{type(error).__name__}: {error}"[:1_000]) from error
        if changed:
            share.parts[key] = changed
        self._shares[key] = share
        if probe is not None:
            probe(share)

    def _contain(
        self,
        key: str,
        group: list[Signal],
        outcome: Outcome,
        now: int,
        probe: Callable[[Outcome], None] | None,
    ) -> None:
        """Steps a cluster again without the signals that make it fail; those become dead letters.
        Where none of them is at fault the cluster starts anew."""

        def attempt(chosen: Sequence[int]) -> None:
            # Back to its last commit.
            self._drop(key)
            self._evaluate(key, [group[index] for index in chosen], now, probe)

        found = isolate(len(group), attempt)
        if found.hopeless is not None:
            self._anew[key] = f"no signal is at fault: {found.hopeless}"
            found = isolate(len(group), attempt)
        if found.hopeless is not None:
            found.good, found.culprits = [], dict.fromkeys(range(len(group)), found.hopeless)
        self._drop(key)
        if found.good:
            attempt(found.good)
        self._anew.pop(key, None)
        for index, why in found.culprits.items():
            log.error("signal_set_aside", cluster=key, error=kind_of(why))
            outcome.dead.append(_letter(key, group[index], why, now))
        outcome.contained["event"] = outcome.contained.get("event", 0) + len(found.culprits)

    def _drop(self, key: str) -> None:
        self._live.pop(key, None)
        self._whole.discard(key)
        self._shares.pop(key, None)

    def _failures(self, group: list[Signal], now: int) -> list[DeadLetter]:
        """Rules that raised, with the signals that the cluster was given."""
        failures, self._stage.stats.failures = self._stage.stats.failures, []
        letters = []
        for failure in failures:
            log.error(
                "rule_failed",
                rule=failure.rule,
                cluster=failure.cluster,
                error=kind_of(failure.error),
            )
            letters.append(
                DeadLetter(
                    stage="rule",
                    source=failure.cluster,
                    reason=failure.error,
                    data=b"\n".join(map(encode, group)),
                    first_at=now,
                    last_at=now,
                    event=group[-1].event.id,
                    rule=failure.rule,
                )
            )
        return letters

    def evict(self) -> None:
        """Drops the least recently used beyond the capacity; call it after a commit."""
        while len(self._live) > self._capacity:
            self._live.popitem(last=False)

    def _get(self, key: str, now: int) -> Cluster:
        state = self._live.get(key)
        if state is None:
            parts = self._source.load_cluster(key)
            if parts is not None:
                state = self._restored(key, parts, now)
        if state is None or now - state.head.arrived > FORGOTTEN_MS:
            state = self._stage.open(key)
            self._whole.add(key)
        self._live[key] = state
        self._live.move_to_end(key)
        return state

    def _restored(self, key: str, parts: Mapping[str, bytes], now: int) -> Cluster | None:
        """The cluster as it was written; ``None``: it starts anew, which becomes a dead letter."""
        reason = self._anew.get(key)
        if reason is None:
            try:
                return self._stage.restore(parts)
            except Exception as error:  # noqa: BLE001  whatever its bytes do, other clusters go on
                reason = f"its state cannot be read: {type(error).__name__}: {error}"
        log.error("cluster_starts_anew", cluster=key, error=kind_of(reason))
        self._unreadable[key] = DeadLetter(
            stage="engine",
            source=key,
            reason=f"the cluster starts anew, {reason}",
            data=msgspec.msgpack.encode(parts),
            first_at=now,
            last_at=now,
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
