"""The worker as a service: engine, metrics, health."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import Counter as CounterSeries
from prometheus_client import Gauge, Histogram

from detectors.calendar import DAY_MS
from detectors.engine.engine import Engine
from detectors.pack.load import Rulebook
from monitor.condition import Problem
from monitor.images import digest
from monitor.metrics import Metrics
from monitor.pipeline.kafka.worker import Evaluated, KafkaWorker
from monitor.pipeline.worker import wall_clock_ms
from monitor.rulebooks import rulebook_of
from monitor.site_model import Installed, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.config import Config

__all__ = ["WorkerService"]

BATCH_SIZES = (1, 10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000)
STATE_BYTES = tuple(4**power * 256 for power in range(10))
#: A broker that is not found for so long is away, s: one that is elected anew is found before.
AWAY_S = 5.0
#: With something to do and no batch for so long a worker does not work any more, s.
STUCK_S = 60.0


class WorkerService:
    """What answers for a worker over HTTP; the worker itself runs beside it."""

    def __init__(
        self,
        config: Config,
        *,
        rulebook: Rulebook | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.config = config
        self.metrics = Metrics()
        self.metrics.keep_no_data()
        self._models = Installed(folder_of(None, config.rules.model))
        self.rulebook = rulebook if rulebook is not None else rulebook_of(config.rules)
        pipeline = config.pipeline
        self.engine = Engine(
            self.rulebook,
            lateness_ms=pipeline.lateness_ms,
            remembered_ids=pipeline.remembered_ids,
            remembered_ms=int(config.retention.log_days * DAY_MS),
            timer=time.thread_time,
        )
        own = [Path(name) for name in config.rules.packs]
        self.metrics.know_rules(self.rulebook, digest(own) if rulebook is None else "")
        self._folder = tempfile.TemporaryDirectory(prefix="livewatch-")
        self.worker = KafkaWorker(
            self.engine,
            config,
            folder=Path(self._folder.name),
            clock=clock,
            on_batch=self._measure,
        )
        self._clock = clock
        self._worked = time.monotonic()
        self._away_since: float | None = None
        """Since when the brokers have not answered."""
        for series in self.metrics.lags:
            series.remove("log", "0")
        registry = self.metrics.registry
        self._batch_events = Histogram(
            "livewatch_batch_events",
            "Records of one fetch.",
            buckets=BATCH_SIZES,
            registry=registry,
        )
        self._written = Histogram(
            "livewatch_state_written_bytes",
            "Bytes of room states that one fetch changed.",
            buckets=STATE_BYTES,
            registry=registry,
        )
        self._states = Gauge(
            "livewatch_state_bytes",
            "Bytes of room states in memory, standby copies included.",
            ["partition"],
            registry=registry,
        )
        self._state_rooms = Gauge(
            "livewatch_state_rooms",
            "Rooms that have a state here.",
            ["partition"],
            registry=registry,
        )
        self._state_clusters = Gauge(
            "livewatch_state_clusters",
            "Clusters of signals that have a state here.",
            ["partition"],
            registry=registry,
        )
        self._rebalances = CounterSeries(
            "livewatch_rebalances_total", "Assignments that were taken up.", registry=registry
        )
        self._recovery = Gauge(
            "livewatch_recovery_seconds",
            "How long the states of the last assignment took to come here.",
            registry=registry,
        )
        self._retries = CounterSeries(
            "livewatch_broker_retries_total", "Attempts to send that failed.", registry=registry
        )
        self._unevaluated = CounterSeries(
            "livewatch_unevaluated_records_total",
            "Records that their topic let go of before they were evaluated.",
            ["topic"],
            registry=registry,
        )
        for topic in (self.worker.names.events, self.worker.names.signals):
            self._unevaluated.labels(topic)
        self._counted_unevaluated: Counter[str] = Counter()
        self._counted_rebalances = 0
        self._counted_retries = 0

    def start(self) -> None:
        """The worker is run beside."""

    def stop(self) -> None:
        """The worker has been stopped; its folder goes."""
        self._folder.cleanup()

    def sweep(self) -> None:
        """Kafka keeps house itself."""

    def refresh_metrics(self) -> None:
        """Sets the series that are not counted along."""
        worker, metrics = self.worker, self.metrics
        lag = worker.lag()
        watermark, messages, seconds = metrics.lags
        for series in (*metrics.lags, self._states, self._state_rooms, self._state_clusters):
            series.clear()
        lateness_s = self.config.pipeline.lateness_ms / 1000
        for (topic, partition), (waiting, age_ms) in lag.items():
            name = str(partition)
            messages.labels(topic, name).set(waiting)
            seconds.labels(topic, name).set(age_ms / 1000)
            # A partition without a state has a series, too: nothing is not the same as nobody.
            if topic == worker.names.events:
                watermark.labels(topic, name).set(age_ms / 1000 + lateness_s)
                self._states.labels(name).set(0)
                self._state_rooms.labels(name).set(0)
            else:
                self._state_clusters.labels(name).set(0)
        for partition, shard in tuple(worker.states.shards.items()):
            self._states.labels(str(partition)).set(shard.bytes)
            self._state_rooms.labels(str(partition)).set(len(shard))
        for partition, shard in tuple(worker.crossing.states.shards.items()):
            self._state_clusters.labels(str(partition)).set(len(shard))
        metrics.rooms_in_memory.set(worker.rooms_in_memory)
        metrics.crowd_bytes.set(worker.crowd_bytes)
        for topic, records in worker.unevaluated.items():
            self._unevaluated.labels(topic).inc(records - self._counted_unevaluated[topic])
        self._counted_unevaluated = Counter(worker.unevaluated)
        self._recovery.set(worker.last_recovery_s)
        self._rebalances.inc(worker.recoveries - self._counted_rebalances)
        self._counted_rebalances = worker.recoveries
        self._retries.inc(worker.outbox.retries - self._counted_retries)
        self._counted_retries = worker.outbox.retries

    def problems(self) -> list[Problem]:
        """What is wrong beside that which makes it fail."""
        now = time.monotonic()
        if self.worker.coordinator_answers():
            self._away_since = None
            return []
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since < AWAY_S:
            return []
        brokers = self.config.kafka.brokers
        return [Problem("brokers", f"no broker answers at {brokers}: nothing is evaluated")]

    def ready(self) -> str | None:
        """What has to pass before this worker evaluates anything."""
        return None if self.worker.recoveries else "the states of its rooms have not come yet"

    def health(self) -> tuple[bool, dict[str, object]]:
        """Does the worker go on, judged by its progress."""
        worker = self.worker
        lag, events = worker.lag(), worker.names.events
        waiting = sum(count for count, _ in lag.values())
        first = sum(count for (topic, _), (count, _) in lag.items() if topic == events)
        idle_s = time.monotonic() - self._worked
        # A recovery that never ends is no progress either.
        due = waiting > 0 or not worker.recoveries or worker.app.rebalancing
        stuck = due and idle_s > STUCK_S
        ok = worker.failure is None and not stuck
        return ok, {
            "failure": worker.failure or ("no progress" if stuck else None),
            "ready": worker.recoveries > 0,
            "partitions": sorted(partition for topic, partition in lag if topic == events),
            "lag_events": first,
            "lag_signals": waiting - first,
            "lag_ms": max((age for _, age in lag.values()), default=0),
            "rebalances": worker.recoveries,
            "restart_needed": ["model"] if self._models.has_changed() else [],
        }

    def _measure(self, done: Evaluated) -> None:
        metrics, outcome = self.metrics, done.outcome
        self._worked = time.monotonic()
        metrics.observe_batch("engine", done.step_s)
        metrics.observe_batch("commit", done.write_s)
        metrics.read_engine(self.engine.stats)
        self._batch_events.observe(done.records)
        self._written.observe(done.state_bytes)
        now = self._clock()
        stage = self.worker.crossing.stage.stats
        metrics.read_stage(stage)
        raised, stage.raised = stage.raised, Counter()
        for (rule, level), count in raised.items():
            metrics.alerts.labels(rule, level).inc(count)
        for alert in outcome.alerts:
            if alert.hits == 1:
                metrics.alerts.labels(alert.rule, alert.level).inc()
            if alert.evidence.trigger:
                last = alert.evidence.trigger[-1]
                seen = last.seen if last.seen is not None else last.at
                metrics.observe_delay("alert", seen, now, alert=alert.id)
        failed: Counter[str] = Counter()
        metrics.count_letters(outcome.dead)
        metrics.count_contained(outcome.contained)
        for letter in outcome.dead:
            if letter.rule is not None:
                failed[letter.rule] += letter.attempts
        for rule, count in failed.items():
            metrics.count_failed(rule, count)
