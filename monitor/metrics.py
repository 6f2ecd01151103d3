"""What the monitor measures about itself, in Prometheus' words.

One registry a process, never the global one. Labels are bounded: rules, levels, event types,
routes; never rooms, products or people. Children are kept, because looking one up costs more
than counting.
"""

from __future__ import annotations

import contextlib
import shutil
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from detectors import __version__
from monitor.revision import revision
from monitor.store.rows import CAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from detectors.across.stage import StageStats
    from detectors.engine.stats import EngineStats
    from detectors.pack.load import Rulebook
    from monitor.intake import Intake
    from monitor.store.alerts import Change
    from monitor.store.rows import DeadLetter

__all__ = ["PROBLEMS", "Metrics"]

#: Kinds of problems that `/healthz` names; a series each, from the start.
PROBLEMS = (
    "disk",  # too little room: no events are taken in
    "lag",  # too much waits for evaluation: no events are taken in
    "database",  # damaged pages, missing commits, reads or writes that fail
    "configuration",  # a change of the configuration that was refused
    "source",  # a source or sender that fails, is silent, or has stopped to carry a field
    "notifications",  # messages that could not be delivered
    "signing",  # no head of the log of evidence could be signed, or the rules in force not be kept
    "timestamps",  # an authority gives no time stamps
    "evidence",  # the topic of events is not followed, or a screenshot does not reach the desk
    "records",  # records that were lost in the last days before anybody read them
    "archive",  # hours that are over are not in the archive, which cannot be written
    "brokers",  # Kafka does not answer a worker
    "upkeep",  # something of what is tidied up now and then failed: the log grows, say
)

#: Why requests are refused, by status.
REFUSALS = {
    "408": ("headers", "body"),
    "413": ("body",),
    "429": ("lag", "pending", "disk", "bodies", "storage", "brokers"),
    "503": ("streams", "requests", "unread", "desk"),
}
#: Bounds of delays, s: from “at once” to five minutes.
DELAY_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
#: Processor time of one call of a rule, s: from ten microseconds to a tenth of a second.
RULE_S = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
HTTP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: Characters that the names and values of an exemplar may have together (OpenMetrics), less ours.
EXEMPLAR_MAX = 120
#: An event that happened longer ago than this is part of a recording: its age is no delay, ms.
RECORDING_MS = 3_600_000

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here


class Metrics:
    """All series of this process."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=False)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"livewatch_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"livewatch_{name}", text, labels, registry=registry)

        build = gauge("build_info", "The running version; always 1.", "version", "revision")
        build.labels(__version__, revision()).set(1)
        ProcessCollector(registry=registry)
        self.rules_info = gauge(
            "rules_info",
            "What is decided by; always 1: digests of the compiled rules, of the model in use and"
            " of the model in the shadow, empty where there is none.",
            "image",
            "model",
            "shadow_model",
        )
        self.rules = gauge("rules", "Rules by stage.", "stage")
        self.rule_seconds = Histogram(
            "livewatch_rule_duration_seconds",
            "Processor time of calls of a rule, of one event in 64; reading the words of a text is"
            " done once for all rules and not in it.",
            ["rule"],
            buckets=RULE_S,
            registry=registry,
        )
        self.healthy = gauge(
            "healthy", "1 while GET /healthz answers 200, 0 while it says failing."
        )
        self.problems = gauge("problem", "1: GET /healthz names a problem of this kind.", "kind")
        for kind in PROBLEMS:
            self.problems.labels(kind).set(0)
        self.reloads = counter(
            "config_reloads_total", "Changes of the configuration, by what came of them.", "outcome"
        )
        for outcome in ("followed", "refused"):
            self.reloads.labels(outcome)
        self.restart_needed = gauge(
            "config_restart_needed",
            "1: sections of the configuration were changed that take a restart.",
        )
        self.ingested = counter(
            "events_ingested_total", "Events that are durable in the log.", "source", "type"
        )
        self.rejected = counter(
            "events_rejected_total",
            "What was sent and not stored: no event, too large, stored before, or of nobody who may send.",
            "source",
            "reason",
        )
        self.delay = Histogram(
            "livewatch_event_delay_seconds",
            "From the moment of an event to the stage; recordings are left out.",
            ["stage"],
            buckets=DELAY_S,
            registry=registry,
        )
        for stage in ("ingest", "alert"):
            self.delay.labels(stage)
        #: By topic and partition; the embedded log counts as one of each.
        self.lags = [
            gauge(
                "watermark_lag_seconds",
                "How far evaluation is behind the clock, the configured lateness included.",
                "topic",
                "partition",
            ),
            gauge(
                "consumer_lag_messages",
                "Events in the log not evaluated yet.",
                "topic",
                "partition",
            ),
            gauge(
                "consumer_lag_seconds", "Age of the oldest of them, about.", "topic", "partition"
            ),
        ]
        self.watermark_lag, self.lag_messages, self.lag_seconds = (
            series.labels("log", "0") for series in self.lags
        )
        self.evaluations = counter(
            "rule_evaluations_total",
            "What came of calls of a rule: finding, inhibited, declined, failed or silent.",
            "rule",
            "outcome",
        )
        self.alerts = counter(
            "alerts_total", "Alerts that were raised, or reached the level.", "rule", "level"
        )
        self.suppressed = counter(
            "alerts_suppressed_total",
            "Hits of alerts that carry the mark of a suppression.",
            "rule",
            "suppression",
        )
        self.shadowed = counter(
            "shadow_findings_total", "What rules in the shadow would have raised.", "rule", "level"
        )
        self.model_shadow = counter(
            "shadow_model_total",
            "Texts that a model in the shadow decides otherwise than the one in use, before gates.",
            "rule",
            "decision",
        )
        self.alerts_open = gauge("alerts_open", "Alerts that are not closed.", "level")
        self.dispositions = counter(
            "alert_dispositions_total", "Alerts that were closed.", "rule", "disposition"
        )
        self.notifications = counter(
            "notifications_total",
            "Messages about alerts by channel: sent, folded into a digest, failed attempts, dropped"
            " since somebody took care of the alert, dead after many attempts.",
            "channel",
            "outcome",
        )
        self.notification_queue = gauge(
            "notification_queue_messages", "Messages that wait.", "channel"
        )
        self.notification_age = gauge(
            "notification_oldest_seconds", "Age of the oldest of them.", "channel"
        )
        self.channel_failing = gauge(
            "notification_channel_failing", "1: its latest attempt failed.", "channel"
        )
        self.channel_stopped = gauge(
            "notification_channel_stopped",
            "1: the other side wants nothing more, and nothing is sent until a restart.",
            "channel",
        )
        self.gap_seconds = counter(
            "capture_gap_seconds_total", "Time in which nothing was watched.", "source"
        )
        self.dead_letters = counter(
            "dead_letters_total", "What could not be used and was kept.", "stage", "cause"
        )
        for stage, causes in CAUSES.items():
            for cause in causes:
                # An alarm needs the series before the first letter.
                self.dead_letters.labels(stage, cause)
        self.contained = counter(
            "contained_total",
            "Faults inside, by what had to be set aside for the rest to go on.",
            "what",
        )
        for what in ("event", "room", "batch"):
            self.contained.labels(what)
        self.rooms = gauge("rooms", "Rooms that were ever seen, and those on the air.", "state")
        self.rooms_in_memory = gauge("rooms_in_memory", "States of rooms at hand.")
        self.crowd_bytes = gauge("crowd_bytes", "Memory of the crowds of the rooms at hand, about.")
        self.batch_seconds = Histogram(
            "livewatch_batch_duration_seconds",
            "Time of a batch by part: the engine, the commit.",
            ["part"],
            buckets=HTTP_S,
            registry=registry,
        )
        self.sse_clients = gauge("sse_clients", "Open streams of the console.")
        self.http = Histogram(
            "livewatch_http_request_duration_seconds",
            "Time to answer; streams are left out.",
            ["route", "method", "code_class"],
            buckets=HTTP_S,
            registry=registry,
        )
        #: What is counted of those who post events, by name.
        self.intakes: dict[str, Intake] = {}
        self.stored_rows = gauge(
            "stored_rows", "Rows in the store, by kind; counted every five minutes.", "kind"
        )
        self.stored_bytes = gauge(
            "stored_bytes", "Bytes of them, without indexes and free space.", "kind"
        )
        self.http_connections = gauge("http_connections", "Open connections of clients.")
        self.connections_refused = counter(
            "http_connections_refused_total",
            "Connections that were refused, or cut since their client was too slow or sent no request.",
            "reason",
        )
        self.sign_ins = counter(
            "sign_ins_total",
            "Attempts to sign in at the console: ok, refused, or slowed: not looked at, since too"
            " many before failed.",
            "result",
        )
        for result in ("ok", "refused", "slowed"):
            self.sign_ins.labels(result)
        self.tokens_refused = counter(
            "tokens_refused_total",
            "Requests to the desk with a bearer token that does not hold: revoked, expired or none of ours.",
        )
        self.refused = counter(
            "http_requests_refused_total",
            "Requests answered 408, 413, 429 or 503, by what was the matter.",
            "status",
            "reason",
        )
        for status, reasons in REFUSALS.items():
            for reason in reasons:
                self.refused.labels(status, reason)
        self.streams_cut = counter(
            "sse_streams_cut_total", "Streams whose reader did not keep up.", "reason"
        )
        self.storage = gauge("storage_bytes", "Bytes on disk.", "store")
        self.evidence_log_size = gauge(
            "evidence_log_size_entries", "Events that have a leaf in the Merkle log."
        )
        self.evidence_unstamped = gauge(
            "evidence_unstamped_heads", "Signed heads that no stamp of an authority covers.", "tsa"
        )
        self.evidence_lost = gauge(
            "evidence_lost_records", "Records that arrived and that nobody has any more.", "why"
        )
        self.frames_not_kept = counter(
            "frames_not_kept_total", "Frames that are larger than the brokers take.", "source"
        )
        self.archive_behind = gauge(
            "archive_behind_seconds",
            "How long the oldest record that could be in the archive has waited for it.",
        )
        self.archive_files = gauge("archive_files", "Files of the archive.", "kind")
        self.archive_bytes = gauge("archive_bytes", "Bytes of these files.", "kind")
        self.archive_locked = gauge(
            "archive_locked_files",
            "Files that should have been purged and that the store does not delete.",
            "kind",
        )
        self.evidence_last_stamp = gauge(
            "evidence_last_timestamp_seconds",
            "When an authority last time-stamped a head, Unix time.",
            "tsa",
        )
        self.disk_free = gauge("disk_free_bytes", "Free space where the data lies.")
        self.disk_size = gauge("disk_size_bytes", "Size of that file system.")
        self.storage_faults = counter(
            "storage_faults_total",
            "Reads and writes that failed: damaged pages, a disk that fails or is full.",
            "kind",
        )
        self.damaged_tables = gauge(
            "storage_damaged_tables", "Tables that cannot be read as a whole."
        )
        self.commits_missing = gauge(
            "storage_commits_missing", "1: commits that were durable are no longer there."
        )
        self._ingested = cache(self.ingested.labels)
        self._rejected = cache(self.rejected.labels)
        self._evaluations = cache(self.evaluations.labels)
        self._alerts = cache(self.alerts.labels)
        self._http = cache(self.http.labels)
        self._stage = cache(self.delay.labels)
        self._rule_seconds = cache(self.rule_seconds.labels)
        self._part = cache(self.batch_seconds.labels)
        self._seen: dict[tuple[str, str], int] = {}

    def count_ingested(self, source: str, types: Mapping[str, int]) -> None:
        """Counts durable events by type."""
        for kind, count in types.items():
            self._ingested(source, kind).inc(count)

    def count_rejected(self, source: str, reason: str, count: int = 1) -> None:
        """Counts what was not stored."""
        self._rejected(source, reason).inc(count)

    def observe_delay(self, stage: str, at: int, now: int, *, alert: str | None = None) -> None:
        """Takes the delay of a live event, both ms; that of a recording says nothing.

        Args:
            alert: id of the alert, which goes with the figure as an exemplar.
        """
        delay_ms = now - at
        if 0 <= delay_ms < RECORDING_MS:
            told = {"alert": alert} if alert is not None and len(alert) <= EXEMPLAR_MAX else None
            self._stage(stage).observe(delay_ms / 1000, told)

    def keep_no_data(self) -> None:
        """This process has no data directory: 0 bytes free would be an alarm."""
        for series in (self.disk_free, self.disk_size):
            self.registry.unregister(series)

    def observe_disk(self, folder: Path) -> None:
        """Reads how much room there is where the data lies."""
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            return
        self.disk_free.set(usage.free)
        self.disk_size.set(usage.total)

    def know_rules(self, rulebook: Rulebook, image: str = "") -> None:
        """Tells what is decided by, and begins the series of each rule: a rate needs its zero."""
        model, shadow = rulebook.likeness, rulebook.shadow_model
        self.rules_info.clear()
        self.rules_info.labels(
            image[:12],
            model.version[:12] if model is not None else "",
            shadow.version[:12] if shadow is not None else "",
        ).set(1)
        self.rules.clear()
        for rule in rulebook:
            self.rules.labels(rule.spec.stage).inc()
        for rule in rulebook.active:
            if rule.spec.stage != "shadow":
                self._alerts(rule.id, rule.spec.level)
            self._evaluations(rule.id, "failed")

    def forget_channel(self, name: str) -> None:
        """A channel of notifications is not configured any more: it has no queue."""
        for series in (
            self.notification_queue, self.notification_age, self.channel_failing,
            self.channel_stopped,
        ):  # fmt: skip
            with contextlib.suppress(KeyError):
                series.remove(name)

    def tell_problems(self, kinds: Iterable[str]) -> None:
        """Sets which kinds of problems there are now."""
        found = set(kinds)
        for kind in PROBLEMS:
            self.problems.labels(kind).set(kind in found)

    def observe_batch(self, part: str, seconds: float) -> None:
        """Takes the time of one part of a batch."""
        self._part(part).observe(seconds)

    def count_refused(self, status: int, reason: str) -> None:
        """Counts a request that the monitor could not or would not serve now."""
        self.refused.labels(str(status), reason).inc()

    def observe_http(self, route: str, method: str, status: int, seconds: float) -> None:
        """Takes the time of one request."""
        self._http(route, method, f"{status // 100}xx").observe(seconds)

    def count_sign_in(self, result: str) -> None:
        """Counts an attempt to sign in: `ok`, `refused` or `slowed`."""
        self.sign_ins.labels(result).inc()

    def count_changes(self, changes: Iterable[Change]) -> None:
        """Counts alerts that are new or have risen."""
        for change in changes:
            if change.created or change.level_raised:
                self._alerts(change.rule, change.level).inc()

    def read_engine(self, stats: EngineStats) -> None:
        """Publishes what the engine counted since the last call; in the worker's thread."""
        declined: dict[str, int] = {}
        for (rule, _), count in stats.declined.items():
            declined[rule] = declined.get(rule, 0) + count
        for rule, calls in stats.evaluations.items():
            inhibited = stats.inhibited[rule]
            found = stats.findings[rule] - inhibited
            spoke = found + inhibited + declined.get(rule, 0)
            for outcome, count in (
                ("finding", found),
                ("inhibited", inhibited),
                ("declined", declined.get(rule, 0)),
                # A call may find and decline at once, so this is what is left at least.
                ("silent", max(0, calls - spoke)),
            ):
                before = self._seen.get((rule, outcome), 0)
                if count > before:
                    self._evaluations(rule, outcome).inc(count - before)
                    self._seen[rule, outcome] = count

        timings, stats.timings = stats.timings, []
        for rule, seconds in timings:
            self._rule_seconds(rule).observe(seconds)
        self._add("suppressed", self.suppressed, stats.suppressed)
        self._add("shadowed", self.shadowed, stats.shadowed)
        self._add("model shadow", self.model_shadow, stats.model_shadow)

    def read_stage(self, stats: StageStats) -> None:
        """Publishes what the second stage muted and shadowed since the last call."""
        self._add("suppressed over rooms", self.suppressed, stats.suppressed)
        self._add("shadowed over rooms", self.shadowed, stats.shadowed)

    def _add(self, name: str, series: Counter, tally: Mapping[tuple[str, str], int]) -> None:
        """Adds what was counted by rule and label since the last call."""
        for (rule, label), count in tally.items():
            key = (rule, f"{name} {label}")
            series.labels(rule, label).inc(count - self._seen.get(key, 0))
            self._seen[key] = count

    def count_letters(self, letters: Iterable[DeadLetter]) -> None:
        """Counts dead letters that were kept."""
        for letter in letters:
            self.dead_letters.labels(letter.stage, str(letter.cause)).inc()

    def count_contained(self, contained: Mapping[str, int]) -> None:
        """Counts what a batch has set aside."""
        for what, count in contained.items():
            self.contained.labels(what).inc(count)

    def count_failed(self, rule: str, count: int) -> None:
        """Counts calls in which a rule raised."""
        self._evaluations(rule, "failed").inc(count)

    def expose(self, accept: str = "") -> tuple[bytes, str]:
        """The series as text, in the format that a scraper accepts, with its content type.

        Exemplars are part of OpenMetrics only, which Prometheus asks for.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
