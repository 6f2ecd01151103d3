"""From findings to alerts: identity, repetition, escalation, muting, and the evidence snapshot."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from operator import attrgetter

import msgspec
from msgspec import UNSET

from detectors.alerts import MOST_RELATED, Alert, Evidence, Related, alert_id
from detectors.calendar import MINUTE_MS
from detectors.engine import story
from detectors.engine.bases import (
    bases_of,
    facts_of,
    missing_of,
    open_questions,
    penalty_questions,
)
from detectors.engine.evidence import context_after, is_same_fact, note_gaps
from detectors.engine.handed import handed_out
from detectors.engine.levels import is_likeness, may_rise, raise_for, weigh
from detectors.engine.raised import Tracked, skus_of
from detectors.engine.room import RoomState
from detectors.pack.english import english, templates
from detectors.pack.law import LawTable
from detectors.pack.sections import Sections, sections_of, shared_kinds
from detectors.pack.suppression import Suppression, suppressed_by
from detectors.pack.versions import Versions
from detectors.rule import Finding, Rule, RuleSpec

__all__ = ["Tracker"]

#: Identities of hits that an alert remembers, so that a hit that comes again counts once.
MAX_HIT_IDS = 256
#: Open contexts of one room; beyond this the oldest is closed.
MAX_CONTEXTS = 400
#: A stronger rule mutes those it inhibits on the same subject for this long.
INHIBITION_MS = 10 * MINUTE_MS

_place = attrgetter("at", "rank", "id")


class Tracker:
    """Makes and updates the alerts of rooms; it keeps nothing itself."""

    def __init__(
        self, rules: Iterable[Rule], law: LawTable, suppressions: Iterable[Suppression],
        versions: Versions,
    ) -> None:  # fmt: skip
        """
        Args:
            versions: says by what alerts are concluded.
        """
        self._versions = versions
        # Read now, so that no alert waits for a file.
        shared_kinds()
        templates()
        self._law = law
        self._suppressions = list(suppressions)
        #: Hits of suppressed alerts, by rule and suppression.
        self.suppressed: Tally[tuple[str, str]] = Tally()
        self._specs = {rule.id: rule.spec for rule in rules}
        #: Findings that a stronger alert on the same subject muted, by rule.
        self.inhibited: Tally[str] = Tally()
        self._inhibitors: dict[str, list[str]] = {}
        self._raisers: dict[str, list[str]] = {}
        for spec in self._specs.values():
            for muted in spec.inhibits:
                self._inhibitors.setdefault(muted, []).append(spec.id)
            for raised in spec.raises:
                self._raisers.setdefault(raised, []).append(spec.id)

    def conclude(
        self, state: RoomState, spec: RuleSpec, finding: Finding, changed: dict[str, Tracked]
    ) -> Alert | None:
        """Takes a finding: a new alert, a repetition, or nothing where a stronger one stands.

        Returns:
            The alert of which it is a hit; ``None``: it is none.
        """
        last = finding.trigger[-1]
        raised = state._raised
        if self._muted(state, spec, finding):
            self.inhibited[spec.id] += 1
            return None
        identity = _identity(state, spec, _session_of(finding), finding.subject)
        if finding.amends:
            known = raised.get(identity)
            hit = finding.hit or last.id
            if known is not None and hit not in known.hits:
                known.hits.append(hit)
                del known.hits[:-MAX_HIT_IDS]
                _amend(spec, known, finding)
                raised.note(identity, known)
                changed[identity] = known
            return None
        tracked = raised.get(identity)
        is_new = tracked is None
        if tracked is None:
            tracked = Tracked(self._new(state, spec, finding, identity))
            following = state._following
            triggers = {event.id for event in finding.trigger}
            meanwhile = [
                event
                for event in (*state._recent_chat, *state._recent_other)
                if event.at > last.at and event.id not in triggers
            ]
            following.begin(
                identity, last.at + spec.evidence.after_s * 1000, sorted(meanwhile, key=_place)
            )
            state._first_due = None
            while len(following.open) > MAX_CONTEXTS:
                self._close(state, next(iter(following.open)), changed)
        hit = finding.hit or last.id
        if hit in tracked.hits:
            return None
        alert = tracked.alert
        found = story.found_in(spec, finding, self._versions.of(spec))
        graver = story.is_graver(alert, found)
        counts = story.names_of(spec, finding.because, finding.numbers).isdisjoint(spec.unrepeated)
        rises = counts and any(step.hits == tracked.repeated + 1 for step in spec.escalation)
        may_rise = spec.id in self._raisers and "raised_for" not in alert.evidence.numbers
        earlier = None
        if not is_new and (graver or rises or may_rise) and identity in changed:
            earlier = self._copy(state, identity, tracked)
        before = story.account_of(alert)
        tracked.hits.append(hit)
        del tracked.hits[:-MAX_HIT_IDS]
        tracked.unrepeated += not counts
        sections = sections_of(spec, finding.exemptions)
        self._count_hit(state, tracked, finding, sections)
        story.listed(alert, found, is_story=graver)
        if graver:
            self._tell(spec, tracked, finding, sections, state.host_kind)
            alert.level_reason = finding.level_reason or story.ground_of(
                spec, found, finding.because, finding.numbers
            )
        weigh(spec, tracked)
        raised.note(identity, tracked, hit=True)
        self._raise_levels(state, spec, tracked, changed)
        if not is_new and story.note_version(alert, before) and earlier is not None:
            tracked.passed.append(earlier)
        self._relate(state, identity, tracked, finding, changed, is_new=is_new)
        if self._suppressions:
            mark = suppressed_by(self._suppressions, alert, state.operator)
            alert.suppressed = mark if mark is not None else UNSET
            if mark is not None:
                self.suppressed[spec.id, mark.by] += 1
        raised.note(identity, tracked)
        changed[identity] = tracked
        return alert

    def settle(self, state: RoomState, until: int, changed: dict[str, Tracked]) -> None:
        """Closes the contexts that end at or before a time; their alerts get a last version."""
        for identity, after in list(state._following.open.items()):
            if after.until <= until:
                self._close(state, identity, changed)

    def _close(self, state: RoomState, identity: str, changed: dict[str, Tracked]) -> None:
        tracked = state._raised.get(identity)
        context = context_after(state, tracked.alert) if tracked is not None else []
        state._following.close(identity)
        # Without anything that followed, the last version already says it all.
        if tracked is not None and context:
            tracked.alert.evidence.after = context
            note_gaps(state, tracked.alert.evidence)
            state._raised.note(identity, tracked)
            changed[identity] = tracked

    def versions(self, state: RoomState, changed: dict[str, Tracked], now: int) -> list[Alert]:
        """Copies of the alerts that changed, as of now; what they told in between goes before."""
        copies = []
        for identity, tracked in changed.items():
            for passed in tracked.passed:
                passed.raised_at = now
                copies.append(passed)
            tracked.passed.clear()
            tracked.alert.raised_at = now
            copies.append(self._copy(state, identity, tracked))
        for identity in state._raised.settle(list(changed), now):
            state._following.close(identity)
        return copies

    def _copy(self, state: RoomState, identity: str, tracked: Tracked) -> Alert:
        """An alert as it is handed out, with the context that is still open."""
        alert = tracked.alert
        evidence = alert.evidence
        is_open = identity in state._following.open
        after = context_after(state, alert) if is_open else evidence.after
        return handed_out(
            msgspec.structs.replace(
                alert,
                evidence=msgspec.structs.replace(
                    evidence,
                    trigger=list(evidence.trigger),
                    after=list(after),
                    facts=list(evidence.facts),
                    gaps=list(evidence.gaps),
                ),
            ),
            self._specs.get(alert.rule),
        )

    def _muted(self, state: RoomState, spec: RuleSpec, finding: Finding) -> bool:
        last, session = finding.trigger[-1], _session_of(finding)
        for inhibitor in self._inhibitors.get(spec.id, ()):
            identity = _identity(state, self._specs[inhibitor], session, finding.subject)
            mark = state._raised.marks.get(identity)
            if mark is not None and last.at - mark.last_at <= INHIBITION_MS:
                return True
        return False

    def _raise_levels(
        self, state: RoomState, spec: RuleSpec, tracked: Tracked, changed: dict[str, Tracked]
    ) -> None:
        """Raises this alert for others of its broadcast, or others for this one, whichever is later."""
        alert = tracked.alert
        raisers = self._raisers.get(spec.id)
        if (not raisers and not spec.raises) or is_likeness(alert):
            return
        about = skus_of(alert)
        for identity, mark in list(state._raised.marks.items()):
            if mark.session != alert.session or mark.likeness:
                continue
            raised = "raised_for" in alert.evidence.numbers
            by_it = bool(raisers) and mark.rule in (raisers or ())
            if raised if by_it else mark.raised or mark.rule not in spec.raises:
                continue
            if about and mark.skus and about.isdisjoint(mark.skus):
                continue  # It was said of other goods.
            other = state._raised.get(identity)
            if other is None:
                continue
            if by_it:
                raise_for(spec, tracked, other.alert)
            elif may_rise(self._specs[mark.rule], other.alert, alert):
                if identity in changed:
                    other.passed.append(self._copy(state, identity, other))
                before = story.account_of(other.alert)
                raise_for(self._specs[mark.rule], other, alert)
                story.note_version(other.alert, before)
                state._raised.note(identity, other)
                changed[identity] = other

    def _relate(
        self, state: RoomState, identity: str, tracked: Tracked, finding: Finding,
        changed: dict[str, Tracked], *, is_new: bool,
    ) -> None:  # fmt: skip
        """Names the alerts of the same utterance or product, and this one to them."""
        alert = tracked.alert
        known = {one.id for one in alert.related}
        for other_id, why in state._raised.beside(
            identity, [event.id for event in finding.trigger], skus_of(alert) if is_new else set()
        ):
            if len(alert.related) >= MOST_RELATED:
                return
            mark = state._raised.marks[other_id]
            if other_id in known or mark.session != alert.session or mark.related >= MOST_RELATED:
                continue
            other = state._raised.get(other_id)
            if other is None:
                continue
            alert.related = [*alert.related, Related(id=other_id, why=why)]
            other.alert.related = [*other.alert.related, Related(id=identity, why=why)]
            state._raised.note(other_id, other)
            changed[other_id] = other

    def _count_hit(
        self, state: RoomState, tracked: Tracked, finding: Finding, sections: Sections
    ) -> None:
        """Adds what every hit adds, whichever finding is the story."""
        alert, last = tracked.alert, finding.trigger[-1]
        alert.hits += 1
        alert.first_at = min(alert.first_at, finding.first_at or last.at)
        alert.last_at = max(alert.last_at, last.at)
        alert.leniency = [
            *sections.leniency,
            *(one for one in alert.leniency if one.clause in tracked.amended),
        ]
        evidence = alert.evidence
        evidence.numbers = evidence.numbers | story.discretion(finding.numbers)
        known = {event.id for event in evidence.trigger}
        evidence.trigger.extend(event for event in finding.trigger if event.id not in known)
        skus = (getattr(event, "sku", None) for event in finding.trigger)
        kept = {event.id for event in evidence.trigger}
        for fact in state.shown(dict.fromkeys(sku or state.facts.explaining or "" for sku in skus)):
            if fact.id not in kept:
                evidence.facts = [
                    other for other in evidence.facts if not is_same_fact(other, fact)
                ]
                evidence.facts.append(fact)
        spans = {(span.event, span.field, span.start, span.end): span for span in evidence.spans}
        events = {event.id: event for event in finding.trigger}
        for found in finding.spans:
            span = story.mark_of(found, events.get(found.event))
            spans[span.event, span.field, span.start, span.end] = span
        evidence.spans = list(spans.values())
        note_gaps(state, evidence)

    def _tell(
        self, spec: RuleSpec, tracked: Tracked, finding: Finding, sections: Sections,
        host_kind: str | None,
    ) -> None:  # fmt: skip
        """Makes a finding the alert's story: reason, law, exemptions and figures are taken from it."""
        alert = tracked.alert
        alert.title = finding.title or spec.alert_title or f"涉嫌{spec.title}"
        alert.title_en = (
            finding.title_en
            or english(finding.title or "", spec.english)
            or spec.alert_title_en
            or f"Suspected: {spec.title_en}"
        )
        alert.reason = finding.reason
        alert.reason_en = finding.reason_en
        alert.subject_title = finding.subject_title or alert.subject_title
        alert.applies = sections.applies
        # Facts in the operator's favour stay, whichever finding is the story.
        amended = [one for one in alert.exemptions if one.clause in tracked.amended]
        alert.exemptions = [*sections.exemptions, *amended]
        alert.engine = self._versions.of(spec)
        alert.law = bases_of(
            self._law, spec, alert.first_at, finding.law, finding.when,
            facts_of(spec, finding.level, finding.facts), host_kind,
        )  # fmt: skip
        asked = [
            *open_questions(self._law, spec, host_kind),
            *penalty_questions(self._law, spec, alert.first_at, finding.law),
        ]
        alert.missing = missing_of(spec, [*finding.missing, *asked], alert.law)
        evidence = alert.evidence
        kept = {
            name: value
            for name, value in evidence.numbers.items()
            if name in tracked.amended or name == "raised_for"
        }
        evidence.numbers = {**finding.numbers, **kept}
        if "raised_for" in kept:
            alert.reason += f"同场另见{kept['raised_for']}，级别上调。"
        tracked.told = [event.id for event in finding.trigger]
        if finding.crowd is not None:
            evidence.crowd = finding.crowd
        if finding.prices:
            evidence.prices = list(finding.prices)

    def _new(self, state: RoomState, spec: RuleSpec, finding: Finding, identity: str) -> Alert:
        last = finding.trigger[-1]
        first_at = finding.first_at if finding.first_at is not None else last.at
        triggers = {event.id for event in finding.trigger}
        since = last.at - spec.evidence.before_s * 1000
        recent = (*state._recent_chat, *state._recent_other)
        return Alert(
            id=identity,
            rule=spec.id,
            rule_version=spec.version,
            level="info",
            focus=spec.focus,
            platform=state.platform,
            room=state.room,
            session=_session_of(finding),
            subject=finding.subject,
            first_at=first_at,
            last_at=last.at,
            hits=0,
            raised_at=0,
            title="",
            reason="",
            law=[],
            exemptions=[],
            missing=[],
            status=spec.status,
            evidence=Evidence(
                trigger=[],
                before=sorted(
                    (
                        event
                        for event in recent
                        if since <= event.at <= last.at and event.id not in triggers
                    ),
                    key=_place,
                ),
            ),
        )


def _session_of(finding: Finding) -> str:
    """The broadcast that a finding is about."""
    return finding.trigger[-1].session if finding.session is None else finding.session


def _identity(state: RoomState, spec: RuleSpec, session: str, subject: str) -> str:
    return alert_id(spec.id, spec.version, state.platform, state.room, session, subject)


def _amend(spec: RuleSpec, tracked: Tracked, finding: Finding) -> None:
    """Adds facts in the operator's favour to an alert."""
    alert = tracked.alert
    sections = sections_of(spec, finding.exemptions)
    alert.exemptions = [*alert.exemptions, *sections.exemptions]
    alert.leniency = [*alert.leniency, *sections.leniency]
    alert.evidence.numbers = {**alert.evidence.numbers, **finding.numbers}
    names = (*(one.clause for one in finding.exemptions), *finding.numbers)
    tracked.amended = list(dict.fromkeys([*tracked.amended, *names]))
