"""How grave an alert is: by its story, by repetition, and beside other alerts of its broadcast."""

from __future__ import annotations

from operator import attrgetter

from detectors.alerts import SEVERITY, Alert, Level
from detectors.engine import story
from detectors.engine.raised import Tracked
from detectors.match.likeness import LIKENESS
from detectors.rule import RuleSpec

__all__ = ["is_likeness", "may_rise", "raise_for", "weigh"]

#: Events of the verdict that an alert carries: the first and the latest.
MAX_TRIGGERS = 60

_place = attrgetter("at", "rank", "id")


def may_rise(spec: RuleSpec, alert: Alert, support: Alert) -> bool:
    """Is an alert watched that would be a lead beside that other one?"""
    evidence = alert.evidence
    if "raised_for" in evidence.numbers or SEVERITY[spec.level] < SEVERITY["lead"]:
        return False
    shown = support.evidence.trigger[0]
    return alert.level == "watch" or any(event.id == shown.id for event in evidence.trigger)


def raise_for(spec: RuleSpec, tracked: Tracked, support: Alert) -> None:
    """Makes a lead of what is watched, for what another alert of the broadcast shows.

    The events of that alert become part of the verdict.
    """
    alert = tracked.alert
    if not may_rise(spec, alert, support):
        return
    evidence, shown = alert.evidence, support.evidence.trigger[0]
    title = support.title.removeprefix("涉嫌")
    alert.level = "lead"
    alert.reason += f"同场另见{title}，级别上调。"
    evidence.numbers = {**evidence.numbers, "raised_for": title}
    alert.level_reason = story.level_reason_of(spec, alert, "")
    if all(event.id != shown.id for event in evidence.trigger):
        evidence.trigger = sorted([*evidence.trigger, shown], key=_place)
        tracked.told.append(shown.id)


def weigh(spec: RuleSpec, tracked: Tracked) -> None:
    """The level: of the story, raised by repetition or for others, capped by the pack, never lowered;
    and what is too much of the evidence goes."""
    alert = tracked.alert
    alert.level = _level(spec, tracked, alert.findings[alert.story].level)
    alert.level_reason = story.level_reason_of(spec, alert, alert.level_reason)
    evidence = alert.evidence
    if len(evidence.trigger) > MAX_TRIGGERS:
        # How it began, where it stands, and all that the story stands on.
        told = set(tracked.told)
        half = MAX_TRIGGERS // 2
        last = len(evidence.trigger) - half
        evidence.trigger = [
            event
            for place, event in enumerate(evidence.trigger)
            if place < half or place >= last or event.id in told
        ]
    kept = {event.id for event in evidence.trigger}
    evidence.spans = [span for span in evidence.spans if span.event in kept]


def _level(spec: RuleSpec, tracked: Tracked, level: Level) -> Level:
    """The level after this hit: raised by repetition, capped by the pack, never lowered."""
    alert = tracked.alert
    for step in () if is_likeness(alert) else spec.escalation:
        if tracked.repeated >= step.hits and SEVERITY[step.level] > SEVERITY[level]:
            level = step.level
    if SEVERITY[level] > SEVERITY[spec.level]:
        level = spec.level
    return level if SEVERITY[level] > SEVERITY[alert.level] else alert.level


def is_likeness(alert: Alert) -> bool:
    """Does an alert stand on the model's likeness alone? Such an alert is not raised by others and raises none."""
    return LIKENESS in alert.evidence.numbers
