"""The context of an alert: events after its trigger, and gaps."""

from __future__ import annotations

from detectors.alerts import Alert, Evidence, WatchedGap
from detectors.engine.room import RoomState
from detectors.events import Event

__all__ = ["context_after", "is_same_fact", "note_gaps"]


def context_after(state: RoomState, alert: Alert) -> list[Event]:
    """Events after the trigger, without those of the verdict itself."""
    triggers = {event.id for event in alert.evidence.trigger}
    followed = state._following.events(alert.id)
    return [event for event in followed if event.id not in triggers]


def note_gaps(state: RoomState, evidence: Evidence) -> None:
    """Names what was not watched in the time that the evidence is of, as far as it is known by now.

    At each hit and when the context is complete, not when a version is handed out: that may be any
    moment later.
    """
    if not state.facts.gaps:
        return
    start = min(event.at for event in (*evidence.before, *evidence.trigger))
    end = max(event.at for event in (*evidence.after, *evidence.trigger))
    evidence.gaps = [
        WatchedGap(from_=gap.from_, until=gap.until, reason=gap.reason, source=gap.source)
        for gap in state.facts.gaps
        if gap.from_ < end and gap.until > start
    ]


def is_same_fact(known: Event, fact: Event) -> bool:
    """True if two events show the same card, or both the room."""
    return type(known) is type(fact) and getattr(known, "sku", None) == getattr(fact, "sku", None)
