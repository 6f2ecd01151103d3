"""An alert as it is handed out: with what need not be kept of it between two hits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from detectors.alerts import Alert, Input
from detectors.events import Event, encode

__all__ = ["handed_out", "inputs_of"]


def handed_out(alert: Alert) -> Alert:
    """The alert with the records that its verdict read."""
    evidence = alert.evidence
    read = [*evidence.facts, *evidence.trigger]
    steps = (point.event for point in evidence.prices)
    return msgspec.structs.replace(alert, inputs=inputs_of(read, steps))


def inputs_of(events: Iterable[Event], ids: Iterable[str] = ()) -> list[Input]:
    """Events by id and digest of their record, by time; then those of which only ids are kept."""
    ordered = sorted(
        {event.id: event for event in events}.values(), key=lambda event: (event.at, event.id)
    )
    known = {event.id for event in ordered}
    return [
        *(
            Input(event=event.id, sha256=hashlib.sha256(encode(event)).hexdigest())
            for event in ordered
        ),
        *(Input(event=one) for one in dict.fromkeys(ids) if one not in known),
    ]
