"""The spans of one batch: of its evaluation for each trace that has records in it, and of its alerts.

An alert belongs to the trace of the event that hit last, whichever batch brought that: a room
waits for stragglers, so an alert often comes some batches later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.logger import logger
from detectors.events import room_key
from monitor.tracing.context import parse
from monitor.tracing.spans import Open, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.alerts import Alert

__all__ = ["Evaluation"]

log = logger()


class Evaluation:
    """One batch, from its first record to its commit."""

    def __init__(self, parents: Iterable[str], *, began_ns: int, records: int) -> None:
        """
        Args:
            parents: `traceparent` of what the records of this batch came with.
            began_ns: when it began, ns since the epoch.
        """
        self._steps: dict[str, Open] = {}
        for parent in dict.fromkeys(parents):
            span = begin("livewatch.evaluate", parse(parent), at_ns=began_ns, records=records)
            if span is not None:
                self._steps[parent] = span
        self._alerts: list[tuple[Open, Alert]] = []

    def raise_alerts(
        self, alerts: Iterable[Alert], parent_of: Callable[[str, str], str | None]
    ) -> dict[str, str]:
        """Begins a span for each alert that is to be committed; `traceparent` by alert.

        Args:
            parent_of: what an event came with, by key of the room and id.
        """
        found: dict[str, str] = {}
        for alert in alerts:
            if not alert.evidence.trigger:
                continue
            event = alert.evidence.trigger[-1]
            parent = parent_of(room_key(event.platform, event.room), event.id)
            if parent is None:
                continue
            upstream = self._steps.get(parent)
            follows = upstream.context if upstream is not None else parse(parent)
            span = begin(
                "livewatch.alert", follows, alert=alert.id, rule=alert.rule, level=alert.level
            )
            if span is not None:
                self._alerts.append((span, alert))
                found[alert.id] = span.context.header
        return found

    def end(self) -> None:
        """All of it is durable."""
        for span, alert in self._alerts:
            span.end()
            log.info(
                "alert_written", alert=alert.id, rule=alert.rule, level=alert.level,
                trace_id=span.context.trace,
            )  # fmt: skip
        for step in self._steps.values():
            step.end()
