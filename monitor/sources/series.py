"""The sources' figures in Prometheus' words, read when they are asked for.

Labels are the source's name and the state of a connection: never a room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from connectors.stats import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric

    from connectors.collection import Collection
    from connectors.runner import Runner

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


class SourceSeries(Collector):
    """All sources of a runner."""

    def __init__(self, runner: Runner, clock: Callable[[], int]) -> None:
        self._runner = runner
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """The figures as of now."""
        # A copy: the event loop may change the sources while another thread asks.
        collections = dict(self._runner.collections)
        for attribute, text in COUNTERS:
            family = CounterMetricFamily(f"livewatch_source_{attribute}", text, labels=["source"])
            for name, collection in collections.items():
                family.add_metric([name], getattr(collection.stats, attribute))
            yield family
        for suffix, text, value in (
            ("up", "Is a connection there, and does the log take what comes?", _up),
            ("queue_messages", "Frames read and not stored yet.", lambda c: len(c.backlog)),
            ("queue_bytes", "Bytes read and not stored yet.", lambda c: c.backlog.weight),
        ):
            gauge = GaugeMetricFamily(f"livewatch_source_{suffix}", text, labels=["source"])
            for name, collection in collections.items():
                gauge.add_metric([name], value(collection))
            yield gauge
        yield self._ages(collections)
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

    def _ages(self, collections: dict[str, Collection]) -> Metric:
        ages = GaugeMetricFamily(
            "livewatch_source_last_message_age_seconds",
            "Since the latest frame of any room.",
            labels=["source"],
        )
        now = self._clock()
        for name, collection in collections.items():
            last = collection.stats.last_message_ms
            if last is not None:
                ages.add_metric([name], max(0, now - last) / 1000)
        return ages


def _up(collection: Collection) -> float:
    return float(collection.blocked is None and collection.stats.rooms["connected"] > 0)
