"""The contract of every rule, generated: whatever the rule, these laws hold on its own cases."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from detectors.across.rule import AcrossRule
from detectors.alerts import SEVERITY, Alert
from detectors.engine.engine import Engine
from detectors.events import Chat, Event, Gap, encode
from detectors.lab.cases import case_events
from detectors.rule import Rule
from tests.detectors.build import rulebook
from tests.detectors.pack.test_pack import SPINE

LATENESS_MS = 10_000
RULES = [rule.id for rule in rulebook()]
#: Rules over several rooms raise nothing in one: `tests/detectors/across` has the laws of their alerts.
IN_A_ROOM = [rule.id for rule in rulebook() if not isinstance(rule, AcrossRule)]


def quick(rules: Iterable[str]) -> list[Any]:
    """`make test-quick` tries a law on the headline rules."""
    return [pytest.param(rule, marks=() if rule in SPINE else pytest.mark.slow) for rule in rules]


every_rule = pytest.mark.parametrize("rule_id", quick(RULES))


class Recording:
    """The events of a case, and what all rules conclude from them as they are."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.events: list[Event] = sorted(case_events(case), key=lambda event: event.at)
        self.written = [encode(event) for event in self.events]

    @functools.cached_property
    def alerts(self) -> dict[str, Alert]:
        """Several laws compare with it."""
        return play(engine(), [self.events])


@functools.cache
def recording(rule_id: str, number: int) -> Recording:
    """That of the rule's case of this number; no law changes it, which is itself a law."""
    return Recording(rulebook()[rule_id].spec.cases[number])


def recordings(rule: Rule, *, positive: bool | None = None, most: int = 12) -> list[Recording]:
    """Those of the rule's cases; at most so many from each side, spread over the list."""
    chosen: list[int] = []
    for side in (True, False):
        if positive is None or positive is side:
            cases = [
                number
                for number, case in enumerate(rule.spec.cases)
                if bool(case.get("expect")) is side
            ]
            chosen += cases[:: max(1, len(cases) // most)][:most]
    return [recording(rule.id, number) for number in chosen]


#: Longer than any rule waits before it concludes that something did not come within a broadcast.
WAITS_MS = 2 * 3_600_000


def play(engine: Engine, batches: Iterable[Sequence[Event]]) -> dict[str, Alert]:
    state = engine.open("demo", "1")
    final: dict[str, Alert] = {}
    for batch in batches:
        for alert in engine.step(state, batch, now=0):
            final[alert.id] = alert
    for alert in engine.finish(state, now=0):
        final[alert.id] = alert
    assert engine.stats.failures == []
    return final


def essence(alerts: dict[str, Alert]) -> list[tuple[Any, ...]]:
    return sorted(
        (a.id, a.level, a.hits, a.first_at, a.last_at, a.reason, repr(a.evidence.numbers))
        for a in alerts.values()
    )


@functools.cache
def engine() -> Engine:
    """One for all: an engine keeps nothing of the rooms it steps, and making one takes a while."""
    return Engine(rulebook(), lateness_ms=LATENESS_MS)


@pytest.mark.law(3)
@pytest.mark.slow
@pytest.mark.parametrize("rule_id", RULES)
def test_order_within_the_lateness_repetition_and_batches_change_nothing(rule_id):
    choose = random.Random(rule_id)
    for recorded in recordings(rulebook()[rule_id]):
        events, expected = recorded.events, essence(recorded.alerts)
        jittered = sorted(events, key=lambda event: event.at + choose.randrange(LATENESS_MS))
        doubled = [event for event in jittered for _ in range(choose.choice((1, 1, 2)))]
        batches, rest = [], doubled
        while rest:
            size = choose.randrange(1, 1 + max(1, len(rest)))
            batches.append(rest[:size])
            rest = rest[size:]
        assert essence(play(engine(), batches)) == expected


@every_rule
def test_snapshot_and_restore_at_every_prefix_changes_nothing(rule_id):
    for recorded in recordings(rulebook()[rule_id], most=3):
        machine = engine()
        events, expected = recorded.events, essence(recorded.alerts)
        # A long recording is restored often enough to meet every kind of state.
        stride = max(1, len(events) // 60)
        state = machine.open("demo", "1")
        final: dict[str, Alert] = {}
        for start in range(0, len(events), stride):
            for alert in machine.step(state, events[start : start + stride], now=0):
                final[alert.id] = alert
            state = machine.restore_snapshot(machine.snapshot(state))
        for alert in machine.finish(state, now=0):
            final[alert.id] = alert
        assert essence(final) == expected


@every_rule
def test_the_input_is_not_changed(rule_id):
    for recorded in recordings(rulebook()[rule_id], most=4):
        # This reading has not changed it, nor one for another law before.
        _ = recorded.alerts
        assert [encode(event) for event in recorded.events] == recorded.written


@every_rule
def test_ticks_in_one_jump_or_many_steps_are_the_same(rule_id):
    for recorded in recordings(rulebook()[rule_id], most=4):
        events, results = recorded.events, []
        for steps in (1, 97):
            machine = engine()
            state = machine.open("demo", "1")
            final: dict[str, Alert] = {}
            for alert in machine.step(state, events, now=0):
                final[alert.id] = alert
            day = 26 * 3_600_000
            for step in range(1, steps + 1):
                for alert in machine.advance(state, now=day * step // steps):
                    final[alert.id] = alert
            results.append(essence(final))
        assert results[0] == results[1]


@pytest.mark.parametrize("rule_id", quick(IN_A_ROOM))
def test_what_accuses_names_its_basis_and_the_evidence_stands_alone(rule_id):
    rule = rulebook()[rule_id]
    seen = 0
    for recorded in recordings(rule, positive=True):
        for alert in recorded.alerts.values():
            if alert.rule != rule_id:
                continue
            seen += 1
            evidence = alert.evidence
            assert alert.law or rule.spec.level == "info"
            assert alert.reason
            assert "违法" not in alert.title + alert.reason
            assert evidence.trigger
            assert alert.first_at <= alert.last_at
            known = {event.id: event for event in (*evidence.trigger, *evidence.before)}
            for span in evidence.spans:
                event = known[span.event]
                text = (
                    (getattr(event, "attributes", None) or {})[span.field.partition(".")[2]]
                    if span.field.startswith("attributes.")
                    else getattr(event, span.field)
                )
                assert text[span.start : span.end] == span.text
            assert len({event.id for event in evidence.trigger}) == len(evidence.trigger)
    assert seen


#: Rules whose verdict rests on more events than an alert carries.
MANY_EVENTS = {
    "fabricated-sales-figure",
    "fake-transaction",
    "fake-traffic",
    "prize-rigged",
    "scripted-chat",
    "price-swing",
}


@pytest.mark.law(3)
@pytest.mark.parametrize("rule_id", [rule for rule in IN_A_ROOM if rule not in MANY_EVENTS])
@pytest.mark.slow
def test_a_rule_run_on_its_own_evidence_comes_to_the_same_verdict(rule_id):
    for recorded in recordings(rulebook()[rule_id], positive=True):
        for alert in recorded.alerts.values():
            if alert.rule != rule_id:
                continue
            evidence = alert.evidence
            own = {
                event.id: event
                for event in (*evidence.facts, *evidence.before, *evidence.trigger, *evidence.after)
            }
            # What waits for a time is raised by its passing, which no event of the evidence tells.
            later = Chat(
                id="later", platform=alert.platform, room=alert.room, session=recorded.events[0].session,
                at=max(alert.last_at, *(event.at for event in own.values())) + WAITS_MS,
                role="viewer", text="。",
            )  # fmt: skip
            own_events = sorted(own.values(), key=lambda event: event.at)
            again = play(engine(), [[*own_events, later]])
            found = [other for other in again.values() if other.rule == rule_id]
            assert alert.subject in {other.subject for other in found}, alert.reason


@pytest.mark.law(3)
@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.slow
def test_a_gap_over_everything_never_makes_a_verdict_stronger(rule_id):
    for recorded in recordings(rulebook()[rule_id]):
        without = {
            (alert.rule, alert.subject): SEVERITY[alert.level]
            for alert in recorded.alerts.values()
            if alert.rule == rule_id
        }
        events = recorded.events
        first = events[0]
        blind = Gap(
            id="blind", platform=first.platform, room=first.room, session=first.session,
            at=first.at - 1, from_=first.at - 9 * 86_400_000, until=events[-1].at + 1,
            reason="断线", source="test",
        )  # fmt: skip
        for alert in play(engine(), [[blind, *events]]).values():
            if alert.rule == rule_id:
                assert SEVERITY[alert.level] <= without.get((alert.rule, alert.subject), -1)


@pytest.mark.law(3)
@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.slow
def test_memory_is_bounded_and_shrinks_when_the_room_is_idle(rule_id):
    rule = rulebook()[rule_id]
    machine = Engine(rulebook().only(rule_id), lateness_ms=LATENESS_MS)
    state = machine.open("demo", "1")
    sizes = []
    shift = 0
    choose = random.Random(rule_id)
    base = recordings(rule, most=4)
    for repetition in range(40):
        for number, recorded in enumerate(base):
            events = recorded.events
            span = events[-1].at - events[0].at + 60_000
            moved = [
                msgspec.structs.replace(
                    event,
                    id=f"{repetition}-{number}-{index}",
                    at=event.at + shift + choose.randrange(50),
                )
                for index, event in enumerate(events)
            ]
            shift += span
            machine.step(state, moved, now=0)
        if repetition < 12 or repetition >= 28:
            memory = state._memory.get(rule_id)
            sizes.append(len(msgspec.msgpack.encode(memory)) if memory is not None else 0)
    # What is forgotten at once after a long time looks small by chance, so a dozen are compared.
    assert max(sizes[12:]) <= 2 * max(sizes[:12]) + 2_000, sizes
    assert sizes[-1] < 200_000, sizes
