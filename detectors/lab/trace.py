"""An engine that writes down what one rule made of what it was given, step by step."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from detectors.alerts import Alert, Exemption, Level, Number
from detectors.engine.engine import Engine
from detectors.engine.raised import Tracked
from detectors.engine.room import RoomState
from detectors.engine.runner import RuleRunner
from detectors.events import Chat, Event, Product, Session, Speech
from detectors.match.lexicon import Hit
from detectors.pack.load import Rulebook
from detectors.rule import Declined, Finding
from detectors.speech.utterance import Utterance

__all__ = ["Silence", "TraceStep", "TracedFinding", "Tracer", "Word"]


class Word(Struct, frozen=True):
    """A pattern that stands in a text."""

    group: str
    term: str
    text: str
    """As it was said or written."""
    form: str
    """How it was spelled: `plain`, or the disguise."""


class Silence(Struct, frozen=True):
    """A stated silence."""

    reason: str
    subject: str
    why: str


class TracedFinding(Struct, frozen=True, kw_only=True):
    """A conclusion of the rule and what became of it."""

    subject: str
    level: Level
    outcome: str
    """`alert`: the first hit; `hit`: a repetition; `same`: counted before; `amends`; `inhibited`: a
    stronger rule stands on the subject; `shadow`: the rule is in the shadow."""
    reason: str
    numbers: dict[str, Number]
    exemptions: list[Exemption]
    missing: list[str]


class TraceStep(Struct, kw_only=True):
    """One call of the rule in which something was there to decide."""

    at: int
    """Event time, ms."""
    platform: str
    room: str
    event: str | None
    """Id; ``None``: a timer."""
    kind: str
    """Type of the event, `timer` for a timer."""
    text: str
    """Words of the event, as far as it has any."""
    words: list[Word] = []
    silences: list[Silence] = []
    found: list[TracedFinding] = []

    @property
    def is_open(self) -> bool:
        """Words of the rule stand there, and it made nothing of them."""
        return not self.silences and not self.found


class TracedRunner(RuleRunner):
    """Asks as the runner does, and writes down what one rule answers."""

    #: Set by `Tracer`, which knows it before anything is asked.
    rule_id = ""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.steps: list[TraceStep] = []
        self.event: Event | None = None
        """What is delivered now; ``None``: nothing, a timer is due."""
        self._step: TraceStep | None = None

    def call(
        self, state: RoomState, seat: Any, handler: Any, now: int,
        changed: dict[str, Tracked], *arguments: Any,
    ) -> bool | None:  # fmt: skip
        if seat.id == self.rule_id:
            source = arguments[0]
            # What was said may be judged when the next event is there.
            event = source.event if isinstance(source, Utterance) else self.event
            self._step = self._begin(state, now, event)
            hits: list[Hit] = arguments[1] if isinstance(arguments[-1], list) else []
            self._step.words = [_word(arguments[0], hit) for hit in hits]
            answer = super().call(state, seat, handler, now, changed, *arguments)
            if hits and self._step.is_open:
                self.steps.append(self._step)
            self._step = None
            return answer
        return super().call(state, seat, handler, now, changed, *arguments)

    def take(self, state: RoomState, seat: Any, changed: dict[str, Tracked]) -> None:
        if seat.id != self.rule_id:
            super().take(state, seat, changed)
            return
        context = self.context
        step = self._step if self._step is not None else self._begin(state, context.now, self.event)
        declined: list[Declined] = list(context.declined)
        findings: list[Finding] = list(context.findings)
        before = {identity: mark.hits for identity, mark in state._raised.marks.items()}
        inhibited = self._stats.inhibited[seat.id]
        super().take(state, seat, changed)
        muted = self._stats.inhibited[seat.id] > inhibited
        step.silences = [Silence(*one) for one in declined]
        step.found = [
            self._found(state, seat, finding, before, muted=muted) for finding in findings
        ]
        if declined or findings:
            self.steps.append(step)

    @staticmethod
    def _begin(state: RoomState, now: int, event: Event | None) -> TraceStep:
        return TraceStep(
            at=now,
            platform=state.platform,
            room=state.room,
            event=event.id if event is not None else None,
            kind=type(event).__name__.lower() if event is not None else "timer",
            text=_text(event),
        )

    def _found(
        self, state: RoomState, seat: Any, finding: Finding, before: dict[str, int], *, muted: bool
    ) -> TracedFinding:
        alert = self._alert(state, finding)
        level = finding.level
        if finding.amends:
            outcome = "amends"
        elif seat.rule.spec.stage == "shadow":
            outcome = "shadow"
        elif alert is None or (muted and alert.id not in before):
            outcome = "inhibited"
        elif alert.id not in before:
            outcome, level = "alert", alert.level
        elif alert.hits > before[alert.id]:
            outcome, level = "hit", alert.level
        else:
            outcome = "inhibited" if muted else "same"
        return TracedFinding(
            subject=finding.subject,
            level=level,
            outcome=outcome,
            reason=finding.reason,
            numbers=dict(finding.numbers),
            exemptions=list(finding.exemptions),
            missing=list(finding.missing),
        )

    def _alert(self, state: RoomState, finding: Finding) -> Alert | None:
        session = finding.trigger[-1].session
        for identity in reversed(state._raised.marks):
            mark = state._raised.marks[identity]
            if mark.rule == self.rule_id and mark.session == session:
                tracked = state._raised.get(identity)
                if tracked is not None and tracked.alert.subject == finding.subject:
                    return tracked.alert
        return None


class Tracer(Engine):
    """Evaluates as the engine does; `steps` says what one of its rules did."""

    Runner = TracedRunner
    _runner: TracedRunner

    def __init__(self, rulebook: Rulebook, rule_id: str, **options: Any) -> None:
        super().__init__(rulebook, **options)
        self.rule_id = self._runner.rule_id = rule_id
        # What it makes of a line that says nothing to it is shown too.
        self.reader.leads.always = self.viewers.always = rule_id

    @property
    def steps(self) -> list[TraceStep]:
        """What the rule was asked and what it made of that, in order."""
        return self._runner.steps

    def memory(self, state: RoomState) -> Any:
        """What the rule remembers of a room, as plain data; ``None``: nothing yet."""
        memory = state._memory.get(self.rule_id)
        return None if memory is None else msgspec.to_builtins(memory, str_keys=True)

    def timers(self, state: RoomState) -> dict[str, int]:
        """When which timers of the rule are due, event time, ms."""
        prefix = f"{self.rule_id}\t"
        return {
            name.removeprefix(prefix): due
            for name, due in state._sequence.timers.items()
            if name.startswith(prefix)
        }

    def _deliver(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        self._runner.event = event
        super()._deliver(state, event, changed)
        self._runner.event = None


def _word(source: Utterance | Chat, hit: Hit) -> Word:
    text = source.span(hit.start, hit.end).text if isinstance(source, Utterance) else hit.term
    return Word(hit.group, hit.term, text, hit.form)


def _text(event: Event | None) -> str:
    if isinstance(event, Speech | Chat):
        return event.text
    if isinstance(event, Product | Session):
        return event.title or ""
    return ""
