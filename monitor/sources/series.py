"""The sources' figures in Prometheus' words, read when they are asked for.

Labels are the source's name and the state of a connection: never a room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from connectors.stats import STATES
from connectors.unknowns import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric

    from connectors.collection import Collection
    from connectors.runner import Runner
    from monitor.intake import Intake
    from monitor.metrics import Metrics

__all__ = ["SourceSeries"]

#: Counters by the attribute of `SourceStats` that they show.
COUNTERS = (
    ("messages", "Frames received."),
    ("events", "Events made durable, gaps among them."),
    ("unknown", "Pieces of kinds that the decoder does not know."),
    ("skipped", "Pieces that have no place in the contract."),
    ("dead_letters", "Frames kept because they could not be used, and samples of unknown kinds."),
    ("reconnects", "Connections that were lost or not had."),
    ("dropped", "Frames read and not stored, because the monitor had to end."),
    ("retries", "Writes to the log that had to be repeated."),
)


#: Unknown kinds of one source that have a series of their own: strangers name them.
KINDS_TOLD = 50


class SourceSeries(Collector):
    """All sources of a runner, and those who post."""

    def __init__(
        self,
        runner: Runner,
        clock: Callable[[], int],
        metrics: Metrics,
        *,
        is_silent: Callable[[Collection | Intake], bool] = lambda _: False,
    ) -> None:
        """
        Args:
            is_silent: has a source or a sender brought nothing for longer than it should?
        """
        self._is_silent = is_silent
        self._runner = runner
        self._metrics = metrics
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """The figures as of now."""
        # A copy: the event loop may change the sources while another thread asks.
        collections = dict(self._runner.collections)
        counted: dict[str, Collection | Intake] = {**self._metrics.intakes, **collections}
        for attribute, text in COUNTERS:
            family = CounterMetricFamily(f"livewatch_source_{attribute}", text, labels=["source"])
            for name, each in counted.items():
                family.add_metric([name], getattr(each.stats, attribute))
            yield family
        yield _unknown_kinds(counted)
        yield from _fields(counted)
        for suffix, text, value in (
            ("up", "Is a connection there, and does the log take what comes?", _up),
            ("queue_messages", "Frames read and not stored yet.", lambda c: len(c.backlog)),
            ("queue_bytes", "Bytes read and not stored yet.", lambda c: c.backlog.weight),
        ):
            gauge = GaugeMetricFamily(f"livewatch_source_{suffix}", text, labels=["source"])
            for name, collection in collections.items():
                gauge.add_metric([name], value(collection))
            yield gauge
        yield self._ages(counted)
        yield self._silent(counted)
        yield self._retries(collections)
        rooms = GaugeMetricFamily(
            "livewatch_source_rooms", "Connections by state.", labels=["source", "state"]
        )
        for name, collection in collections.items():
            for state in STATES:
                rooms.add_metric([name, state], collection.stats.rooms[state])
        yield rooms

    def _retries(self, collections: dict[str, Collection]) -> Metric:
        waits = GaugeMetricFamily(
            "livewatch_source_refused_retry_seconds",
            "Until connections are tried again that were refused.",
            labels=["source"],
        )
        now = self._clock()
        for name, collection in collections.items():
            if collection.retry_at is not None and collection.stats.rooms["failed"]:
                waits.add_metric([name], max(0, collection.retry_at - now) / 1000)
        return waits

    def _silent(self, counted: dict[str, Collection | Intake]) -> Metric:
        silent = GaugeMetricFamily(
            "livewatch_source_silent",
            "1: nothing came for longer than collection.quiet_s, or off_air_s off the air.",
            labels=["source"],
        )
        for name, each in counted.items():
            silent.add_metric([name], float(self._is_silent(each)))
        return silent

    def _ages(self, counted: dict[str, Collection | Intake]) -> Metric:
        ages = GaugeMetricFamily(
            "livewatch_source_last_message_age_seconds",
            "Since the latest frame of any room, or the latest request.",
            labels=["source"],
        )
        now = self._clock()
        for name, each in counted.items():
            last = each.stats.last_message_ms
            if last is not None:
                ages.add_metric([name], max(0, now - last) / 1000)
        return ages


def _unknown_kinds(counted: dict[str, Collection | Intake]) -> Metric:
    kinds = CounterMetricFamily(
        "livewatch_source_unknown_kinds",
        "Pieces that the decoder does not know, by kind; beyond the first 50 of a source: other.",
        labels=["source", "kind"],
    )
    for name, each in counted.items():
        # In the order in which they first came, so that a series never changes its meaning.
        counts = list(dict(each.unknowns.counts).items())
        others = sum(count for _, count in counts[KINDS_TOLD:])
        for kind, count in counts[:KINDS_TOLD]:
            if kind == OTHER:
                others += count
            else:
                kinds.add_metric([name, kind.removeprefix("unknown ")], count)
        if others:
            kinds.add_metric([name, OTHER], others)
    return kinds


def _fields(counted: dict[str, Collection | Intake]) -> Iterator[Metric]:
    fields = CounterMetricFamily(
        "livewatch_source_fields",
        "Events, and pieces that became none for the lack of it, with and without a field.",
        labels=["source", "type", "field", "presence"],
    )
    lacking = GaugeMetricFamily(
        "livewatch_source_lacking",
        "1: the field, or the kind of event itself (no field), has stopped to come.",
        labels=["source", "type", "field"],
    )
    for name, each in counted.items():
        for kind, shares in each.presence.shares().items():
            for field, share in shares.items():
                fields.add_metric([name, kind, field, "present"], share.present)
                fields.add_metric([name, kind, field, "missing"], share.missing)
        for lack in each.presence.lacks:
            lacking.add_metric([name, lack.kind, lack.field], 1)
    yield fields
    yield lacking


def _up(collection: Collection) -> float:
    return float(collection.blocked is None and collection.stats.rooms["connected"] > 0)
