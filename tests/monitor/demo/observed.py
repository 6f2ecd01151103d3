"""What the shipped rules raise on the recording, with everything an alert ever stood on."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.events import Event
from monitor.demo.recording import Recording
from monitor.demo.stage import Staged

#: What is done takes time: an alert about it may stand on events of the next minutes.
ACT_MS = 6 * 60_000
#: Rules about counters of the whole room, which no line makes: time is all that links them.
ROOM_WIDE = ("fake-traffic",)


@dataclass
class Observed:
    """An alert over all its versions."""

    final: Alert
    triggers: dict[str, Event] = field(default_factory=dict)

    def is_about(self, sku: str | None) -> bool:
        if sku is None:
            return True
        words = self.final.subject.replace(":", " ").replace("/", " ").replace("|", " ").split()
        return sku in words or sku in self.final.subject_title.split()


def observe(recording: Recording, engine: Engine) -> list[Observed]:
    """Runs the whole recording, event by event."""
    state = engine.open("demo", "77001")
    observed: dict[str, Observed] = {}

    def take(versions: list[Alert]) -> None:
        for version in versions:
            known = observed.setdefault(version.id, Observed(version))
            known.final = version
            known.triggers.update((event.id, event) for event in version.evidence.trigger)

    for event in recording.events:
        take(engine.step(state, [event], now=event.at))
    take(engine.finish(state, now=0))
    assert not engine.stats.failures, engine.stats.failures[:3]
    return list(observed.values())


def standing_on(staged: Staged, alerts: list[Observed]) -> list[Observed]:
    """The alerts of the expected rule (or any) and SKU that stand on the staged line."""
    wanted = staged.expected
    ids = set(staged.events)
    found = []
    for alert in alerts:
        if wanted.rule and alert.final.rule != wanted.rule:
            continue
        if not alert.is_about(wanted.sku):
            continue
        if staged.act and (wanted.raised or wanted.sku or wanted.rule in ROOM_WIDE):
            until = staged.at + ACT_MS
            touched = any(staged.at <= event.at <= until for event in alert.triggers.values())
        else:
            touched = bool(ids & alert.triggers.keys())
        if touched:
            found.append(alert)
    return found
