"""The second stage: signals of many rooms in any order, alerts over several rooms out.

It does for clusters what the engine does for rooms: states go in with what is new, changed states
and alerts come out, and nothing is kept here. Nothing reads a clock: `now` is stamped on what is
raised, and says when a cluster was last of use.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from detectors.across import cluster as clusters
from detectors.across.cluster import Cluster, ClusterHead
from detectors.across.rule import AcrossRule, Conclusion, Inconclusive
from detectors.across.signal import Signal, period_title
from detectors.alerts import (
    MOST_FOUND,
    MOST_RELATED,
    SEVERITY,
    Alert,
    Evidence,
    Found,
    Level,
    Related,
    Sighting,
    alert_id,
)
from detectors.calendar import DAY_MS
from detectors.engine.bases import bases_of, facts_of, missing_of, penalty_questions
from detectors.engine.handed import handed_out
from detectors.engine.story import SAYS_MAX, ground_of, level_reason_of
from detectors.events import Event
from detectors.pack.load import Rulebook
from detectors.pack.sections import sections_of
from detectors.pack.suppression import suppressed_by
from detectors.pack.versions import Versions

__all__ = ["FORGOTTEN_MS", "Stage", "StageStats"]

#: Events of the verdict that an alert carries: the first and the latest; the rooms are all named.
MAX_TRIGGERS = 60
#: A cluster that was of no use for so long, by the wall clock, begins anew.
FORGOTTEN_MS = 45 * DAY_MS
#: How exactly it is known when a cluster was last of use.
TOUCH_MS = DAY_MS


class StageFailure(Struct):
    """A rule raised an exception: a fault of ours, never of the signals."""

    rule: str
    cluster: str
    error: str


class StageStats(Struct):
    """What was counted since the start; the runtime publishes it."""

    signals: int = 0
    duplicates: int = 0
    evaluations: Tally[str] = msgspec.field(default_factory=Tally)
    declined: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    raised: Tally[tuple[str, Level]] = msgspec.field(default_factory=Tally)
    """Alerts that are new or have risen, by rule and level."""
    shadowed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """The same of rules in the shadow, which raise nothing."""
    suppressed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Versions of alerts that carry the mark of a suppression, by rule and suppression."""
    failures: list[StageFailure] = []


class Stage:
    """Steps clusters with the rules over rooms of a rulebook. One stage serves all clusters."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.stats = StageStats()
        self._law = rulebook.law
        self._versions = Versions(rulebook)
        self._suppressions = rulebook.suppressions
        self._rules = {rule.id: rule for rule in rulebook.active if isinstance(rule, AcrossRule)}

    def open(self, key: str) -> Cluster:
        """The state of a cluster of which nothing was seen yet."""
        return Cluster(ClusterHead(key))

    def restore(self, parts: Mapping[str, bytes]) -> Cluster:
        """The state that was written as parts.

        Raises:
            ClusterError: a part cannot be read, or is of another version.
        """
        return clusters.restore(parts)

    def step(self, state: Cluster, signals: Iterable[Signal], *, now: int) -> list[Alert]:
        """Takes signals of one cluster, in any order; returns its alert if it is new or changed."""
        rule = self._rules.get(state.rule)
        if rule is None:
            return []
        state.most = rule.most
        taken = False
        for signal in signals:
            self.stats.signals += 1
            if state.take(signal, rule.place(signal)):
                taken = True
            else:
                self.stats.duplicates += 1
        if taken or now - state.head.arrived > TOUCH_MS:
            state.touch(now)
        if not taken:
            return []
        self.stats.evaluations[rule.id] += 1
        try:
            found = rule.judge(state)
        except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
            failure = StageFailure(rule.id, state.key, f"{type(error).__name__}: {error}")
            self.stats.failures.append(failure)
            return []
        if isinstance(found, Inconclusive):
            self.stats.declined[rule.id, found.reason] += 1
            return []
        return self._conclude(state, rule, found, now)

    def _conclude(
        self, state: Cluster, rule: AcrossRule, found: Conclusion, now: int
    ) -> list[Alert]:
        """The alert, unless its last version says the same of rooms, accounts and level."""
        head, spec = state.head, rule.spec
        level = _capped(rule, found)
        if head.level is not None and SEVERITY[head.level] > SEVERITY[level]:
            level = head.level
        grown = (
            found.hits > head.hits or found.accounts > head.accounts or found.last_at > head.last_at
        )
        if head.level == level and not grown:
            return []
        risen = head.level != level
        head.level, head.hits = level, max(head.hits, found.hits)
        head.accounts = max(head.accounts, found.accounts)
        head.last_at = max(head.last_at, found.last_at)
        if spec.stage == "shadow":
            if risen:
                self.stats.shadowed[spec.id, level] += 1
            return []
        if risen:
            self.stats.raised[spec.id, level] += 1
        first_at = found.first_at or found.sightings[0].at
        last_at = found.last_at or found.sightings[-1].at
        subject = f"{state.name}@{period_title(state.period, rule.period_ms)}"
        sections = sections_of(spec, found.exemptions)
        law = bases_of(
            self._law, spec, first_at, found.law, found.when,
            facts_of(spec, found.level, found.facts),
        )  # fmt: skip
        asked = penalty_questions(self._law, spec, first_at, found.law)
        alert = Alert(
            id=alert_id(spec.id, spec.version, "", "", "", subject),
            rule=spec.id,
            rule_version=spec.version,
            level=level,
            focus=spec.focus,
            platform="",
            room="",
            session="",
            subject=subject,
            subject_title=found.subject_title,
            first_at=first_at,
            last_at=last_at,
            hits=found.hits,
            raised_at=now,
            title=found.title or spec.alert_title or f"涉嫌{spec.title}",
            reason=found.reason,
            law=law,
            exemptions=sections.exemptions,
            applies=sections.applies,
            leniency=sections.leniency,
            missing=missing_of(spec, [*found.missing, *asked], law),
            status=spec.status,
            evidence=Evidence(
                trigger=_shown(found.sightings),
                numbers=dict(found.numbers),
                rooms=[_sighting(one) for one in found.sightings],
                crowd=found.crowd if found.crowd is not None else msgspec.UNSET,
            ),
            title_en=spec.alert_title_en or f"Suspected: {spec.title_en}",
            engine=self._versions.of(spec),
            findings=_findings(spec.id, level, found),
            findings_total=len(found.sightings),
            related=_related(found),
        )
        alert.version, alert.changed = _versions(state, rule, found)
        ground = ground_of(spec, alert.findings[alert.story], found.because, found.numbers)
        alert.level_reason = level_reason_of(spec, alert, ground)
        self._mark(alert, found)
        return [handed_out(alert, spec)]

    def _mark(self, alert: Alert, found: Conclusion) -> None:
        """Marks an alert that the site does not want to be bothered with; an operator can only be
        meant where it is behind all of the rooms."""
        first = found.sightings[0]
        alone = all(one.party == first.party for one in found.sightings)
        mark = suppressed_by(self._suppressions, alert, first.operator if alone else None)
        if mark is not None:
            alert.suppressed = mark
            self.stats.suppressed[alert.rule, mark.by] += 1


def _versions(state: Cluster, rule: AcrossRule, found: Conclusion) -> tuple[int, list[str]]:
    """How many versions there are by now, and what differs in the last one from the one before: one
    when it was first concluded, one for each room and account since.

    Counted along the times of the sightings, so that it is the same in whatever order and batches
    they came.
    """
    sightings = state.in_order()
    judged: dict[int, Conclusion | Inconclusive] = {len(sightings): found}

    def concluded(count: int) -> Conclusion | Inconclusive:
        """What the first sightings alone come to."""
        if count not in judged:
            judged[count] = rule.judge(state.until(sightings[count - 1]))
        return judged[count]

    def first_of(low: int, is_it: Callable[[Conclusion], bool]) -> int:
        high = len(sightings)
        while low < high:
            middle = (low + high) // 2
            one = concluded(middle)
            if isinstance(one, Inconclusive) or not is_it(one):
                low = middle + 1
            else:
                high = middle
        return low

    begins = first_of(1, lambda one: True)
    first = concluded(begins)
    assert not isinstance(first, Inconclusive)  # noqa: S101 - the search ends where there is a conclusion
    version = 1 + max(0, found.hits - first.hits) + max(0, found.accounts - first.accounts)
    if version == 1:
        return 1, []
    stands = first_of(begins, lambda one: one.hits >= found.hits and one.accounts >= found.accounts)
    before = concluded(max(begins, stands - 1))
    risen = isinstance(before, Conclusion) and _capped(rule, before) != _capped(rule, found)
    return version, ["level", "story"] if risen else ["story"]


def _capped(rule: AcrossRule, found: Conclusion) -> Level:
    """The level of a conclusion, at most that of the pack."""
    return min(found.level, rule.spec.level, key=SEVERITY.__getitem__)


def _related(found: Conclusion) -> list[Related]:
    """The rooms' own alerts of what was said, the earliest first."""
    own = dict.fromkeys(one.alert for one in found.sightings if one.alert)
    return [Related(id=one, why="utterance") for one in list(own)[:MOST_RELATED]]


def _findings(rule: str, level: Level, found: Conclusion) -> list[Found]:
    """The sightings, all of one weight: how it began, and where it stands."""
    half = MOST_FOUND // 2
    sightings = found.sightings
    if len(sightings) > MOST_FOUND:
        sightings = sightings[:half] + sightings[-half:]
    return [
        Found(
            at=one.at, event=one.event.id, text="", by=f"fact:{rule}", level=level,
            says=f"“{one.words[: SAYS_MAX - 2]}”" if one.words else found.reason[:SAYS_MAX],
        )
        for one in sightings
    ]  # fmt: skip


def _shown(sightings: list[Signal]) -> list[Event]:
    """The first and the latest sightings of a cluster, as many as an alert shows."""
    events = [one.event for one in sightings]
    half = MAX_TRIGGERS // 2
    return events if len(events) <= MAX_TRIGGERS else events[:half] + events[-half:]


def _sighting(signal: Signal) -> Sighting:
    event = signal.event
    return Sighting(
        platform=event.platform,
        room=event.room,
        session=event.session,
        at=event.at,
        event=event.id,
        words=signal.words,
        host=signal.host,
        operator=signal.operator,
        rule=signal.source,
        alert=signal.alert,
    )
