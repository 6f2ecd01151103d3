"""The boards of Grafana as code: `python deploy/grafana/boards.py` writes `dashboards/*.json`.

The committed files equal what this module writes; a test sees to it, and tries every query against
a Prometheus that scrapes a running monitor. In a query `@` stands for the variables of the board.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["BOARDS", "UNUSED", "Board", "Panel", "Query", "rendered", "write"]

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'job=~"$job", instance=~"$instance"'

#: Series that no board and no alert shows, and why.
UNUSED = {
    "process_virtual_memory_bytes": "addresses, not memory: it says nothing of what is used",
    "livewatch_alerts_suppressed_total": "how often a suppression works is asked of `livewatch rules`",
    "livewatch_source_fields_total": "`livewatch sources list` shows it; livewatch_source_lacking alarms",
    "livewatch_source_refused_retry_seconds": "`livewatch sources list` says when, by source",
    "livewatch_source_queue_messages": "the queue is bounded by bytes, and those are on a board",
    "livewatch_source_unknown_total": "livewatch_source_unknown_kinds_total has them by kind",
}


@dataclass(frozen=True)
class Query:
    """One line of a panel."""

    promql: str
    legend: str = ""

    @property
    def expression(self) -> str:
        """As Grafana gets it."""
        return self.promql.replace("@", CHOSEN)

    def asked(self, window: str) -> str:
        """As Prometheus is asked without Grafana: of every process, with rates over this window."""
        whole = self.expression.replace("$__rate_interval", window)
        return whole.replace("$job", ".+").replace("$instance", ".+")


@dataclass(frozen=True)
class Panel:
    """One panel. All have a title, a unit and a sentence that says what to look for."""

    title: str
    unit: str
    says: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    stacked: bool = False
    thresholds: tuple[tuple[float | None, str], ...] = ()


@dataclass(frozen=True)
class Board:
    """One board; its panels fill rows of 24 columns."""

    name: str
    title: str
    says: str
    panels: tuple[Panel, ...] = field(default=())


def stat(
    title: str, unit: str, says: str, promql: str, legend: str = "", *,
    thresholds: tuple[tuple[float | None, str], ...] = (), width: int = 4,
) -> Panel:  # fmt: skip
    """One figure."""
    return Panel(
        title, unit, says, (Query(promql, legend),), "stat", width, 4, thresholds=thresholds
    )


def lines(
    title: str, unit: str, says: str, *queries: tuple[str, str], width: int = 8,
    stacked: bool = False,
) -> Panel:  # fmt: skip
    """Lines over time."""
    return Panel(
        title, unit, says, tuple(Query(*one) for one in queries), width=width, stacked=stacked
    )


BAD_ABOVE_0 = ((None, "green"), (1.0, "red"))
BAD_AT_0 = ((None, "red"), (1.0, "green"))

OVERVIEW = Board(
    "overview",
    "livewatch · overview",
    "Is everything watched, and do alerts come in time?",
    (
        stat(
            "Works",
            "none",
            "1: /healthz answers 200. Lowest of those chosen.",
            "min(livewatch_healthy{@})",
            thresholds=BAD_AT_0,
        ),
        stat(
            "Problems",
            "none",
            "Kinds of problems that /healthz names now.",
            "sum(livewatch_problem{@})",
            thresholds=BAD_ABOVE_0,
        ),
        stat(
            "Rooms on the air",
            "none",
            "As far as is known.",
            'sum(livewatch_rooms{@, state="on_air"})',
        ),
        stat(
            "Open alerts",
            "none",
            "Not closed, by the level of the product.",
            "sum by (level) (livewatch_alerts_open{@})",
            "{{level}}",
            width=6,
        ),
        stat(
            "Later than 30 s",
            "percentunit",
            "Alerts of the last hour that came later than 30 s after the event; the objective is 1 %.",
            'job:livewatch_alerts_late:ratio1h{job=~"$job"}',
            thresholds=((None, "green"), (0.01, "orange"), (0.1, "red")),
            width=6,
        ),
        lines(
            "Events",
            "cps",
            "Events made durable, by source.",
            (
                "sum by (source) (rate(livewatch_events_ingested_total{@}[$__rate_interval]))",
                "{{source}}",
            ),
            stacked=True,
        ),
        lines(
            "Alerts a minute",
            "cpm",
            "Raised, or risen to the level.",
            (
                "60 * sum by (level) (rate(livewatch_alerts_total{@}[$__rate_interval]))",
                "{{level}}",
            ),
            stacked=True,
        ),
        lines(
            "From the event to the alert",
            "s",
            "Half and 99 of 100 of live events; recordings are left out.",
            ('stage:livewatch_event_delay_seconds:p50_5m{job=~"$job"}', "{{stage}} p50"),
            ('stage:livewatch_event_delay_seconds:p99_5m{job=~"$job"}', "{{stage}} p99"),
        ),
        lines(
            "Problems by kind",
            "none",
            "1 while /healthz names one.",
            ("max by (kind) (livewatch_problem{@})", "{{kind}}"),
        ),
        lines(
            "Lag",
            "s",
            "Age of the oldest event that waits for evaluation.",
            ("livewatch_consumer_lag_seconds{@}", "{{instance}} {{topic}}/{{partition}}"),
        ),
        lines(
            "Requests refused",
            "cps",
            "429: senders are asked to wait; 503: too many clients; 408, 413: slow or too large.",
            (
                "sum by (status, reason) (rate(livewatch_http_requests_refused_total{@}[$__rate_interval]))",
                "{{status}} {{reason}}",
            ),
        ),
        lines(
            "Processor",
            "percentunit",
            "Of one processor.",
            ("rate(process_cpu_seconds_total{@}[$__rate_interval])", "{{instance}}"),
        ),
        lines(
            "Memory",
            "bytes",
            "Held by the process; of it, about, the crowds of rooms.",
            ("process_resident_memory_bytes{@}", "{{instance}}"),
            ("livewatch_crowd_bytes{@}", "{{instance}} crowds"),
        ),
        lines(
            "Open files and connections",
            "none",
            "Far below the limit?",
            ("process_open_fds{@}", "{{instance}} files"),
            ("process_max_fds{@}", "{{instance}} limit"),
            ("livewatch_http_connections{@}", "{{instance}} connections"),
            ("livewatch_sse_clients{@}", "{{instance}} streams"),
        ),
        lines(
            "Requests",
            "reqps",
            "By kind of answer; streams are left out.",
            (
                "sum by (code_class) (rate(livewatch_http_request_duration_seconds_count{@}[$__rate_interval]))",
                "{{code_class}}",
            ),
        ),
        lines(
            "Time to answer",
            "s",
            "99 of 100, by route.",
            (
                "histogram_quantile(0.99, sum by (route, le) (rate(livewatch_http_request_duration_seconds_bucket{@}[$__rate_interval])))",
                "{{route}}",
            ),
        ),
        lines(
            "Clients cut or refused",
            "cps",
            "Connections that were refused, and streams whose reader did not keep up.",
            (
                "sum by (reason) (rate(livewatch_http_connections_refused_total{@}[$__rate_interval])) or sum(livewatch_http_connections{@}) * 0",
                "{{reason}}",
            ),
            (
                "sum by (reason) (rate(livewatch_sse_streams_cut_total{@}[$__rate_interval])) or sum(livewatch_sse_clients{@}) * 0",
                "streams {{reason}}",
            ),
        ),
        lines(
            "Sign-ins",
            "reqps",
            "Refused and slowed ones in a row are somebody who tries passwords.",
            (
                "sum by (result) (rate(livewatch_sign_ins_total{@}[$__rate_interval]))",
                "{{result}}",
            ),
            (
                "sum(rate(livewatch_tokens_refused_total{@}[$__rate_interval]))",
                "token refused",
            ),
        ),
        Panel(
            "Versions",
            "none",
            "What runs, since when, and by which rules and model it decides.",
            (
                Query("livewatch_build_info{@}", "{{instance}} {{version}} {{revision}}"),
                Query(
                    "livewatch_rules_info{@}",
                    "{{instance}} rules {{image}} model {{model}} shadow {{shadow_model}}",
                ),
                Query(
                    "time() - process_start_time_seconds{@}", "{{instance}} seconds since the start"
                ),
            ),
            "table",
            24,
            6,
        ),
    ),
)

PIPELINE = Board(
    "pipeline",
    "livewatch · pipeline",
    "From the event to the committed alert: where does time go, what is lost on the way?",
    (
        lines(
            "Waiting events",
            "none",
            "Events in the log that are not evaluated.",
            ("livewatch_consumer_lag_messages{@}", "{{instance}} {{topic}}/{{partition}}"),
        ),
        lines(
            "Behind the clock",
            "s",
            "How far evaluation is behind; the configured lateness is its floor.",
            ("livewatch_watermark_lag_seconds{@}", "{{instance}} {{topic}}/{{partition}}"),
        ),
        lines(
            "A batch",
            "s",
            "Mean time of a batch in the engine and in the commit.",
            (
                "sum by (part) (rate(livewatch_batch_duration_seconds_sum{@}[$__rate_interval])) / sum by (part) (rate(livewatch_batch_duration_seconds_count{@}[$__rate_interval]))",
                "{{part}}",
            ),
        ),
        lines(
            "Delay by stage",
            "s",
            "99 of 100 live events, by stage.",
            (
                "histogram_quantile(0.99, sum by (stage, le) (rate(livewatch_event_delay_seconds_bucket{@}[$__rate_interval])))",
                "{{stage}}",
            ),
        ),
        lines(
            "Events by type",
            "cps",
            "A type that ends is a source that has changed.",
            (
                "sum by (type) (rate(livewatch_events_ingested_total{@}[$__rate_interval]))",
                "{{type}}",
            ),
            stacked=True,
        ),
        lines(
            "Not stored",
            "cps",
            "Sent and not stored: no event, too large, or stored before.",
            (
                "sum by (source, reason) (rate(livewatch_events_rejected_total{@}[$__rate_interval]))",
                "{{source}} {{reason}}",
            ),
        ),
        lines(
            "Dead letters",
            "none",
            "Kept because they could not be used, within an hour. Cause fault or decoder is a fault of ours.",
            (
                "sum by (stage, cause) (increase(livewatch_dead_letters_total{@}[1h]))",
                "{{stage}} {{cause}}",
            ),
        ),
        lines(
            "Contained faults",
            "none",
            "What had to be set aside for the rest to go on, within an hour.",
            ("sum by (what) (increase(livewatch_contained_total{@}[1h]))", "{{what}}"),
        ),
        lines(
            "Rooms in memory",
            "none",
            "States at hand, of those known and on the air.",
            ("livewatch_rooms_in_memory{@}", "{{instance}} in memory"),
            ("livewatch_rooms{@}", "{{instance}} {{state}}"),
        ),
        lines(
            "Changes of the configuration",
            "none",
            "Within an hour, by what came of them; 1: something of them waits for a restart.",
            ("sum by (outcome) (increase(livewatch_config_reloads_total{@}[1h]))", "{{outcome}}"),
            ("livewatch_config_restart_needed{@}", "{{instance}} waits for a restart"),
        ),
    ),
)

RULES = Board(
    "rules",
    "livewatch · rules",
    "Which rules raise, which are right, which are dear or fail?",
    (
        stat(
            "Rules",
            "none",
            "By stage.",
            "max by (stage) (livewatch_rules{@})",
            "{{stage}}",
            width=6,
        ),
        lines(
            "Alerts an hour, the ten loudest",
            "none",
            "Raised, or risen to a level, within an hour.",
            ("topk(10, sum by (rule) (increase(livewatch_alerts_total{@}[1h])))", "{{rule}}"),
            width=9,
        ),
        lines(
            "Precision of 30 days",
            "percentunit",
            "Of what people closed, how much was no false alarm; duplicates count neither way.",
            ('rule:livewatch_alert_precision:ratio30d{job=~"$job"}', "{{rule}}"),
            width=9,
        ),
        lines(
            "Closed",
            "none",
            "Within a day, by reason.",
            (
                "sum by (disposition) (increase(livewatch_alert_dispositions_total{@}[1d]))",
                "{{disposition}}",
            ),
        ),
        lines(
            "What came of calls",
            "cps",
            "Declined: the rule found words and gave no verdict, with a reason.",
            (
                "sum by (outcome) (rate(livewatch_rule_evaluations_total{@}[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        lines(
            "Failures",
            "none",
            "A rule that raised, within an hour: the finding at that event is missing.",
            (
                'topk(10, sum by (rule) (increase(livewatch_rule_evaluations_total{@, outcome="failed"}[1h])))',
                "{{rule}}",
            ),
        ),
        lines(
            "The ten dearest, mean",
            "s",
            "Processor time of a call, of one event in 64.",
            ('topk(10, rule:livewatch_rule_duration_seconds:mean5m{job=~"$job"})', "{{rule}}"),
        ),
        lines(
            "Slow calls",
            "cps",
            "Calls that took a hundredth of a second and more, by rule.",
            (
                'topk(10, sum by (rule) (rate(livewatch_rule_duration_seconds_count{@}[$__rate_interval])) - sum by (rule) (rate(livewatch_rule_duration_seconds_bucket{@, le="0.01"}[$__rate_interval])))',
                "{{rule}}",
            ),
        ),
        lines(
            "In the shadow",
            "none",
            "What rules, and a model, in the shadow would have done within a day.",
            (
                "sum by (rule, level) (increase(livewatch_shadow_findings_total{@}[1d])) or sum(livewatch_rules{@}) * 0",
                "{{rule}} {{level}}",
            ),
            (
                "sum by (rule, decision) (increase(livewatch_shadow_model_total{@}[1d])) or sum(livewatch_rules{@}) * 0",
                "model {{rule}} {{decision}}",
            ),
        ),
    ),
)

SOURCES = Board(
    "sources",
    "livewatch · sources",
    "Who is watched, who is not, and what do they bring?",
    (
        lines(
            "Up",
            "none",
            "1: a connection is there and the log takes what comes.",
            ("livewatch_source_up{@}", "{{source}}"),
        ),
        lines(
            "Connections",
            "none",
            "By state; the names of those that are not watched are on the page /unwatched.",
            ("sum by (source, state) (livewatch_source_rooms{@})", "{{source}} {{state}}"),
            stacked=True,
        ),
        lines(
            "Since the latest message",
            "s",
            "Of any room of the source, or the latest request.",
            ("livewatch_source_last_message_age_seconds{@}", "{{source}}"),
        ),
        lines(
            "Silent",
            "none",
            "1: nothing came for longer than collection.quiet_s.",
            ("livewatch_source_silent{@}", "{{source}}"),
        ),
        lines(
            "Messages and events",
            "cps",
            "Frames or requests received, and what was made of them.",
            (
                "sum by (source) (rate(livewatch_source_messages_total{@}[$__rate_interval]))",
                "{{source}} messages",
            ),
            (
                "sum by (source) (rate(livewatch_source_events_total{@}[$__rate_interval]))",
                "{{source}} events",
            ),
        ),
        lines(
            "Not watched",
            "s",
            "Seconds of gaps told within an hour, of several rooms added up.",
            (
                "sum by (source) (increase(livewatch_capture_gap_seconds_total{@}[1h])) or sum by (source) (livewatch_source_up{@}) * 0",
                "{{source}}",
            ),
        ),
        lines(
            "Lost connections",
            "none",
            "Within an hour.",
            ("sum by (source) (increase(livewatch_source_reconnects_total{@}[1h]))", "{{source}}"),
        ),
        lines(
            "Fields that stopped to come",
            "none",
            "1: rules that need it are blind.",
            (
                "max by (source, type, field) (livewatch_source_lacking{@}) or max by (source) (livewatch_source_silent{@}) * 0",
                "{{source}} {{type}}.{{field}}",
            ),
        ),
        lines(
            "Unknown kinds",
            "none",
            "Pieces that no decoder knows, within an hour, the ten most frequent kinds.",
            (
                "topk(10, sum by (source, kind) (increase(livewatch_source_unknown_kinds_total{@}[1h]))) or sum by (source) (livewatch_source_silent{@}) * 0",
                "{{source}} {{kind}}",
            ),
        ),
        lines(
            "Could not be used",
            "none",
            "Within an hour: kept as dead letters, passed over, thrown away at the end, stored again.",
            (
                "sum by (source) (increase(livewatch_source_dead_letters_total{@}[1h]))",
                "{{source}} dead letters",
            ),
            (
                "sum by (source) (increase(livewatch_source_skipped_total{@}[1h]))",
                "{{source}} passed over",
            ),
            (
                "sum by (source) (increase(livewatch_source_dropped_total{@}[1h]))",
                "{{source}} dropped",
            ),
            (
                "sum by (source) (increase(livewatch_source_retries_total{@}[1h]))",
                "{{source}} retries",
            ),
        ),
        lines(
            "Waiting for the log",
            "bytes",
            "Read and not stored yet; at the bound reading stops.",
            ("livewatch_source_queue_bytes{@}", "{{source}}"),
        ),
    ),
)

EVIDENCE = Board(
    "evidence",
    "livewatch · evidence",
    "Is what arrived fixed, signed, and stamped by somebody else?",
    (
        lines(
            "Log",
            "none",
            "Events that have a leaf in the Merkle log.",
            ("livewatch_evidence_log_size_entries{@}", "{{instance}}"),
        ),
        lines(
            "Heads without a stamp",
            "none",
            "Signed heads that no time stamp of the authority covers.",
            ("livewatch_evidence_unstamped_heads{@}", "{{instance}} {{tsa}}"),
        ),
        lines(
            "Since the last stamp",
            "s",
            "By authority.",
            ("time() - livewatch_evidence_last_timestamp_seconds{@}", "{{instance}} {{tsa}}"),
        ),
        lines(
            "Problems of evidence",
            "none",
            "1 while /healthz names one.",
            (
                'max by (instance, kind) (livewatch_problem{@, kind=~"signing|timestamps|evidence|records"})',
                "{{instance}} {{kind}}",
            ),
        ),
        lines(
            "Archive behind",
            "s",
            "How long the oldest record that could be in the archive has waited for it.",
            ("livewatch_archive_behind_seconds{@}", "{{instance}}"),
        ),
        lines(
            "Archive",
            "bytes",
            "Bytes of its files.",
            ("livewatch_archive_bytes{@}", "{{instance}} {{kind}}"),
        ),
        lines(
            "Records lost",
            "none",
            "Arrived, and nobody has them any more: by why, for ever; frames that were too large to keep.",
            ("livewatch_evidence_lost_records{@}", "{{instance}} {{why}}"),
            ("livewatch_frames_not_kept_total{@}", "{{instance}} {{source}}: frames not kept"),
        ),
        lines(
            "Files of the archive",
            "none",
            "All, and those that should have been purged and that the store does not delete.",
            ("livewatch_archive_files{@}", "{{instance}} {{kind}}"),
            ("livewatch_archive_locked_files{@}", "{{instance}} {{kind}} not deleted"),
            width=16,
        ),
    ),
)

STORAGE = Board(
    "storage",
    "livewatch · storage",
    "Is there room, is what is stored sound, and what takes it?",
    (
        lines(
            "Disk",
            "bytes",
            "Free space where the data lies, and the size of that file system.",
            ("livewatch_disk_free_bytes{@}", "{{instance}} free"),
            ("livewatch_disk_size_bytes{@}", "{{instance}} size"),
        ),
        lines(
            "Database",
            "bytes",
            "The file with its write-ahead file.",
            ("livewatch_storage_bytes{@}", "{{instance}} {{store}}"),
        ),
        stat(
            "Damaged tables",
            "none",
            "Tables that cannot be read as a whole.",
            "sum(livewatch_storage_damaged_tables{@})",
            thresholds=BAD_ABOVE_0,
        ),
        stat(
            "Commits missing",
            "none",
            "1: what was durable is gone.",
            "max(livewatch_storage_commits_missing{@})",
            thresholds=BAD_ABOVE_0,
        ),
        lines(
            "Bytes by kind",
            "bytes",
            "Without indexes and free space; counted every five minutes.",
            ("sum by (kind) (livewatch_stored_bytes{@})", "{{kind}}"),
            width=12,
            stacked=True,
        ),
        lines(
            "Rows by kind",
            "none",
            "Counted every five minutes.",
            ("sum by (kind) (livewatch_stored_rows{@})", "{{kind}}"),
            width=12,
        ),
        lines(
            "Faults",
            "none",
            "Reads and writes that failed, within an hour.",
            (
                "sum by (kind) (increase(livewatch_storage_faults_total{@}[1h])) or sum(livewatch_storage_damaged_tables{@}) * 0",
                "{{kind}}",
            ),
        ),
        lines(
            "Commit",
            "s",
            "99 of 100: the disk.",
            (
                'histogram_quantile(0.99, sum by (instance, le) (rate(livewatch_batch_duration_seconds_bucket{@, part="commit"}[$__rate_interval])))',
                "{{instance}}",
            ),
        ),
    ),
)

NOTIFICATIONS = Board(
    "notifications",
    "livewatch · notifications",
    "Are people told, and in time?",
    (
        lines(
            "Waiting",
            "none",
            "Messages in the outbox, by channel.",
            ("sum by (channel) (livewatch_notification_queue_messages{@})", "{{channel}}"),
        ),
        lines(
            "Age of the oldest",
            "s",
            "Quiet hours and escalations that are not due count, too.",
            ("max by (channel) (livewatch_notification_oldest_seconds{@})", "{{channel}}"),
        ),
        lines(
            "Told",
            "cpm",
            "A minute, on their own (sent) or in a digest (folded).",
            (
                '60 * sum by (channel, outcome) (rate(livewatch_notifications_total{@, outcome=~"sent|folded"}[$__rate_interval]))',
                "{{channel}} {{outcome}}",
            ),
        ),
        lines(
            "Not told",
            "none",
            "Within an hour: failed attempts, given up, or dropped since somebody took care of the alert.",
            (
                'sum by (channel, outcome) (increase(livewatch_notifications_total{@, outcome=~"failed|dead|dropped"}[1h]))',
                "{{channel}} {{outcome}}",
            ),
        ),
        lines(
            "From the event to the message",
            "s",
            "99 of 100 messages about live events.",
            (
                'histogram_quantile(0.99, sum by (le) (rate(livewatch_event_delay_seconds_bucket{@, stage="notify"}[$__rate_interval])))',
                "p99",
            ),
        ),
        lines(
            "Alerts that wait for the desk",
            "none",
            "Not closed, by level.",
            ("sum by (level) (livewatch_alerts_open{@})", "{{level}}"),
        ),
    ),
)

KAFKA = Board(
    "kafka",
    "livewatch · workers on Kafka",
    "How the work is shared, and how the states move.",
    (
        lines(
            "Waiting records",
            "none",
            "By partition: one that grows alone is a busy room, all together too few workers.",
            (
                "sum by (topic, partition) (livewatch_consumer_lag_messages{@})",
                "{{topic}}/{{partition}}",
            ),
            width=12,
        ),
        lines(
            "States",
            "bytes",
            "Of rooms in memory, standby copies included.",
            ("sum by (instance) (livewatch_state_bytes{@})", "{{instance}}"),
            width=12,
        ),
        lines(
            "Rooms and clusters",
            "none",
            "With a state here.",
            ("sum by (instance) (livewatch_state_rooms{@})", "{{instance}} rooms"),
            ("sum by (instance) (livewatch_state_clusters{@})", "{{instance}} clusters"),
        ),
        lines(
            "Records of a fetch",
            "none",
            "Half of the fetches have fewer.",
            (
                "histogram_quantile(0.5, sum by (instance, le) (rate(livewatch_batch_events_bucket{@}[$__rate_interval])))",
                "{{instance}}",
            ),
        ),
        lines(
            "State written",
            "Bps",
            "What goes to the changelog.",
            (
                "sum by (instance) (rate(livewatch_state_written_bytes_sum{@}[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
        lines(
            "Not evaluated",
            "none",
            "Records that their topic let go of while the workers were away.",
            ("sum by (topic) (livewatch_unevaluated_records_total{@})", "{{topic}}"),
        ),
        lines(
            "Rebalances",
            "none",
            "Assignments taken up within an hour, and how long states took to come.",
            ("sum by (instance) (increase(livewatch_rebalances_total{@}[1h]))", "{{instance}}"),
            ("livewatch_recovery_seconds{@}", "{{instance}} seconds"),
        ),
        lines(
            "Broker retries",
            "cps",
            "Attempts to send that failed.",
            (
                "sum by (instance) (rate(livewatch_broker_retries_total{@}[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
    ),
)

BOARDS = (OVERVIEW, PIPELINE, RULES, SOURCES, NOTIFICATIONS, EVIDENCE, STORAGE, KAFKA)


def rendered(board: Board) -> dict[str, Any]:
    """A board as Grafana reads it (dashboard JSON, version 1)."""
    panels: list[dict[str, Any]] = []
    x = y = tallest = 0
    for number, panel in enumerate(board.panels, 1):
        if x + panel.width > 24:
            x, y, tallest = 0, y + tallest, 0
        panels.append(_panel(panel, number, x, y))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return {
        "uid": f"livewatch-{board.name}",
        "title": board.title,
        "description": board.says,
        "tags": ["livewatch"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "graphTooltip": 1,
        "links": [
            {
                "title": "livewatch",
                "type": "dashboards",
                "tags": ["livewatch"],
                "asDropdown": True,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
                _variable("job", "Job", "label_values(livewatch_build_info, job)"),
                _variable(
                    "instance", "Instance", 'label_values(livewatch_build_info{job=~"$job"}, instance)'
                ),
            ]
        },
        "panels": panels,
    }  # fmt: skip


def _variable(name: str, label: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    steps = panel.thresholds or ((None, "green"),)
    custom: dict[str, Any] = {}
    if panel.kind == "timeseries":
        custom = {
            "lineWidth": 1,
            "fillOpacity": 20 if panel.stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none"},
        }
    table = panel.kind == "table"
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": {"h": panel.height, "w": panel.width, "x": x, "y": y},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "custom": custom,
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"value": value, "color": color} for value, color in steps],
                },
            },
            "overrides": [],
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend or "__auto",
                "exemplar": "event_delay" in query.promql,
                **({"instant": True, "format": "table"} if table else {}),
            }
            for place, query in enumerate(panel.queries)
        ],
    }


def write(folder: Path = FOLDER) -> None:
    """Writes all boards."""
    folder.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        text = json.dumps(rendered(board), ensure_ascii=False, indent=2) + "\n"
        (folder / f"{board.name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
