"""Calls rules one by one, contains their failures, and takes what they hand over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from detectors.across.rule import AcrossRule
from detectors.across.signal import Clue, Signal, periods_of
from detectors.alerts import SEVERITY, Alert
from detectors.engine.raised import Tracked
from detectors.engine.room import Facts, RoomState
from detectors.engine.stats import EngineStats, RuleFailure, reason_of
from detectors.engine.tracker import Tracker
from detectors.pack.load import Rulebook
from detectors.pack.versions import Versions
from detectors.rule import Context, NoState, Rule

__all__ = ["RuleRunner", "Seat"]

#: One of this many events is timed: reading a clock costs as much as a quick rule.
TIMED = 64


class Seat:
    """A rule with what the engine needs of it at each event."""

    __slots__ = ("follows", "id", "part", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.id = rule.id
        #: Name of the part with its memory; ``None``: it remembers nothing.
        self.part = f"rule:{rule.id}" if rule.State.__struct_fields__ else None
        #: True if the rule may wait for the next words (`Rule.awaits`).
        self.follows = type(rule).awaits is not Rule.awaits


class RuleRunner:
    """Asks the active rules of a rulebook about the events, texts and timers of a room."""

    def __init__(
        self,
        rulebook: Rulebook,
        stats: EngineStats,
        timer: Callable[[], float] | None,
        settings: Mapping[str, int | float],
    ) -> None:
        """
        Args:
            stats: counts findings, refusals and failures.
            timer: a clock of processor time, s; ``None``: no call is timed.
            settings: of the engine, as alerts name them.
        """
        self._stats = stats
        self._timer = timer
        self._untimed = TIMED
        self.timing = False
        """Are calls of rules timed for the event at hand?"""
        active = rulebook.active
        self.seats = {rule.id: Seat(rule) for rule in active}
        self.context = Context(
            RoomState(Facts(platform="", room="")), NoState(), 0, lambda: rulebook.likeness
        )
        """The context of every call; the caller sets room, memory and time."""
        self._across = {rule.id: rule for rule in active if isinstance(rule, AcrossRule)}
        self.tracker = Tracker(
            active, rulebook.law, rulebook.suppressions, Versions(rulebook, settings)
        )
        stats.inhibited = self.tracker.inhibited
        stats.suppressed = self.tracker.suppressed

    def begin(self) -> None:
        """Begins an event; decides whether its calls are timed."""
        if self._timer is not None:
            self._untimed -= 1
            self.timing = not self._untimed
            if self.timing:
                self._untimed = TIMED

    def call(
        self, state: RoomState, seat: Seat, handler: Any, now: int,
        changed: dict[str, Tracked], *arguments: Any,
    ) -> bool | None:  # fmt: skip
        """Asks a rule about a text or a timer; true if it has found something, false if what it has
        found is taken back by the words around."""
        memory = state._memory.get(seat.id)
        if memory is None:
            memory = state._memory[seat.id] = seat.rule.State()
        context = self.context
        context.room, context.state, context.now = state, memory, now
        if seat.part is not None:
            state._changed.add(seat.part)
        if self.timing:
            handler = self.timed(seat.id, handler)
        try:
            handler(context, *arguments)
            if seat.follows:
                self.note_waiting(state, seat)
            answer: bool | None = None
            if context.touched:
                if context.findings:
                    answer = True
                elif any(one.reason in seat.rule.takes_back for one in context.declined):
                    answer = False
                self.take(state, seat, changed)
        except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
            self.failed(state, seat, arguments[0], error)
            return None
        return answer

    def timed(self, rule: str, handler: Any) -> Callable[..., None]:
        """A handler whose time is noted, also where it raises."""
        timer, timings = self._timer, self._stats.timings
        assert timer is not None  # noqa: S101 - nothing is timed without it

        def call(*arguments: Any) -> None:
            began = timer()
            try:
                handler(*arguments)
            finally:
                timings.append((rule, timer() - began))

        return call

    def failed(self, state: RoomState, seat: Seat, cause: Any, error: Exception) -> None:
        """Notes a rule's failure; what it handed over before it failed does not count."""
        self.context.clear()
        event = getattr(cause, "event", cause)
        self._stats.failures.append(
            RuleFailure(seat.id, getattr(event, "id", str(event)), state.key, reason_of(error))
        )

    def take(self, state: RoomState, seat: Seat, changed: dict[str, Tracked]) -> None:
        """Takes up what a call handed over: timers, stated silences, findings."""
        context = self.context
        for key, due in context.timers:
            name = f"{seat.id}\t{key}"
            state._changed.add("sequence")
            state._first_due = None
            if due is None:
                state._sequence.timers.pop(name, None)
            else:
                state._sequence.timers[name] = due
        for declined in context.declined:
            self._stats.declined[seat.id, declined.reason] += 1
        if not (context.clues or context.findings):
            context.clear()
            return
        clues, findings = list(context.clues), list(context.findings)
        context.clear()
        raised: dict[str, Alert] = {}
        for finding in findings:
            self._stats.findings[seat.id] += 1
            if seat.rule.spec.stage == "shadow":
                if not finding.amends:
                    level = min(finding.level, seat.rule.spec.level, key=SEVERITY.__getitem__)
                    self._stats.shadowed[seat.id, level] += 1
            else:
                alert = self.tracker.conclude(state, seat.rule.spec, finding, changed)
                if alert is None:
                    continue
                raised[finding.trigger[-1].id] = alert
                if seat.rule.worded:
                    for rule in self._across.values():
                        in_claim = rule.from_claim(state, finding)
                        if in_claim is not None:
                            self._signal(state, in_claim, alert)
        for clue in clues:
            self._signal(state, clue, raised.get(clue.event.id))

    def _signal(self, state: RoomState, clue: Clue, alert: Alert | None = None) -> None:
        """Notes a clue with its place, and with what the room shows of the people behind it."""
        rule = self._across.get(clue.to)
        if rule is None:
            return
        found = state._signals
        if alert is not None and any(
            one.rule == clue.to and one.event.id == clue.event.id for one in found[-8:]
        ):
            # One utterance is one passage, however many rules find a claim in it.
            return
        for period in periods_of(clue.event.at, rule.period_ms, rule.window_ms):
            found.append(
                Signal(
                    rule=clue.to,
                    cluster=clue.cluster,
                    period=period,
                    event=clue.event,
                    words=clue.words,
                    shape=clue.shape,
                    host=state.host,
                    operator=state.operator,
                    source=alert.rule if alert is not None else "",
                    alert=alert.id if alert is not None else "",
                    level=alert.level if alert is not None else None,
                )
            )

    def note_waiting(self, state: RoomState, seat: Seat) -> None:
        """Keeps which rules wait for what is said next: asking all of them each time is dear."""
        waiting = state._waiting
        if waiting is None:
            return
        memory = state._memory.get(seat.id)
        if memory is not None and seat.rule.awaits(memory):
            waiting.add(seat.id)
        else:
            waiting.discard(seat.id)
