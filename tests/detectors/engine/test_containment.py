"""What fails inside is one rule's or one event's, whatever fails; the rest of the room goes on."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from detectors.alerts import Alert, encode
from detectors.engine.engine import Engine
from detectors.engine.listener import MOST_OF_EVENT
from detectors.events import Chat, Event
from detectors.rule import Context, Finding, Rule
from tests.detectors.build import chat, product, rulebook, speech
from tests.detectors.engine.test_engine import Shout
from tests.detectors.engine.test_engine import engine as engine_with
from tests.detectors.hostile import AT, hostile_events

MINUTE_MS = 60_000


class Kept(Struct):
    things: list[Any] = []


class Culprit(Rule):
    """Fails as it is told to by what viewers write."""

    id = "culprit"
    State = Kept

    def on_chat(self, ctx: Context, event: Chat) -> None:
        match event.text:
            case "raises":
                raise RuntimeError("坏了")
            case "recursion":
                self.on_chat(ctx, event)
            case "memory":
                raise MemoryError
            case "overflow":
                float(10**400)
            case "timer":
                ctx.set_timer(event.at + 5_000, "x")
            case "timer-never":
                ctx.set_timer(10**30, "x")
            case "keeps-number":
                ctx.state.things.append(10**30)
            case "keeps-object":
                ctx.state.things.append(object())
            case "keeps-surrogate":
                ctx.state.things.append("\ud800")
            case "no-trigger":
                ctx.raise_alert(Finding(subject="x", level="info", reason="", trigger=[]))
            case _ if event.text in VALUES:
                values = {"subject": "x", "level": "info", "reason": "", "trigger": [event]}
                ctx.raise_alert(Finding(**(values | VALUES[event.text])))

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        raise RuntimeError("坏了")


VALUES: dict[str, dict[str, Any]] = {
    "number": {"numbers": {"x": 10**30}},
    "object": {"numbers": {"x": object()}},
    "list": {"numbers": {"x": [1]}},
    "surrogate": {"reason": "\ud800"},
    "title": {"title": 5},
    "level": {"level": "grave"},
    "missing": {"missing": [None]},
}
FAULTS = [
    "raises", "recursion", "memory", "overflow", "timer-never", "no-trigger", "keeps-number",
    "keeps-object", "keeps-surrogate", *VALUES,
]  # fmt: skip


def encodable(engine: Engine, alerts: list[Alert], state: Any) -> None:
    """Everything that a runtime writes of a step can be written and read again."""
    for alert in alerts:
        msgspec.json.decode(encode(alert), type=Alert)
    engine.changed_parts(state)
    engine.restore_snapshot(engine.snapshot(state))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_rules_own_and_the_others_see_every_event(fault):
    machine = engine_with(Culprit, Shout)
    state = machine.open("demo", "1")
    rows: list[Event] = [
        speech("苹果", 0), chat(fault, 1, id="bad"), speech("苹果", 2), chat("后来", 3),
    ]  # fmt: skip
    alerts = machine.step(state, rows, now=0)
    alerts += machine.finish(state, now=0)
    encodable(machine, alerts, state)
    assert {(alert.rule, alert.hits) for alert in alerts[-1:]} == {("shout", 2)}
    assert {failure.rule for failure in machine.stats.failures} == {"culprit"}
    if not fault.startswith("keeps"):
        assert [failure.event for failure in machine.stats.failures] == ["bad"]


def test_a_timer_that_fails_is_the_rules_own_and_does_not_come_again():
    machine = engine_with(Culprit, Shout)
    state = machine.open("demo", "1")
    machine.step(state, [chat("timer", 0), speech("苹果", 1)], now=0)
    machine.advance(state, now=MINUTE_MS)
    assert [(one.rule, one.event) for one in machine.stats.failures] == [("culprit", "x")]
    machine.advance(state, now=2 * MINUTE_MS)
    assert len(machine.stats.failures) == 1
    encodable(machine, [], state)


def test_a_memory_that_cannot_be_written_begins_again_and_is_told_once():
    machine = engine_with(Culprit, Shout)
    state = machine.open("demo", "1")
    machine.step(state, [chat("timer", 0), chat("keeps-object", 1), chat("x", 9)], now=0)
    assert b"rule:culprit" not in b"".join(filter(None, machine.changed_parts(state).values()))
    (failure,) = machine.stats.failures
    assert failure.rule == "culprit"
    assert "begins again" in failure.error
    restored = machine.restore_snapshot(machine.snapshot(state))
    assert restored._memory["culprit"] == Kept()
    assert restored._sequence.timers == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_event_within_the_bounds_makes_a_rule_fail_or_the_state_unwritable(seed):
    machine = Engine(rulebook(), lateness_ms=2_000)
    rooms = {room: machine.open("demo", room) for room in ("1", "2")}
    events = hostile_events(seed)
    raised: Counter[str] = Counter()
    for step in range(20):
        now = AT + step * MINUTE_MS
        batch = list(islice(events, 90))
        for room, state in rooms.items():
            alerts = machine.step(state, [one for one in batch if one.room == room], now=now)
            if step % 5 == 4:
                alerts += machine.advance(state, now=now + MINUTE_MS)
            encodable(machine, alerts, state)
            raised.update(alert.rule for alert in alerts)
    assert machine.stats.failures == []
    assert len(raised) > 5


@pytest.mark.parametrize(("times", "left_out"), [(10, 0), (30, 20)])
def test_a_card_with_labels_without_end_is_read_up_to_a_bound_and_that_is_said(
    times: int, left_out: int
) -> None:
    long = "这款采用加厚面料，四季都能穿，机洗不变形。" * 90
    assert 10 * len(long) < MOST_OF_EVENT - 100 < 11 * len(long)
    labels = {f"详情{number}": f"{number}{long}" for number in range(times)}
    card = product(1, attributes=labels | {"材质": "100%棉"}, title="全网最低价的睡衣")
    engine = Engine(rulebook())
    state = engine.open(card.platform, card.room)
    alerts = [*engine.step(state, [card], now=card.at), *engine.finish(state, now=0)]

    assert "absolute-term" in {alert.rule for alert in alerts}
    told = [(one.rule, one.event, one.error) for one in engine.stats.failures]
    because = f"{left_out} texts were not read: of one event {MOST_OF_EVENT} characters are"
    assert told == ([("", card.id, because)] if left_out else [])
