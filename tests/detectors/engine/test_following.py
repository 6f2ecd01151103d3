"""What follows a trigger is kept once for all alerts of a room, and shown as if each had its own."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.engine import following, snapshot
from detectors.engine.following import MAX_AFTER, RUN, After, Following
from detectors.engine.snapshot import SnapshotError
from detectors.events import Chat, Event
from tests.detectors.build import at, chat, speech
from tests.detectors.engine.test_counted import Runtime, chunks
from tests.detectors.engine.test_engine import Shout, engine, essence


class Apart:
    """Each context with its own events: what has to come out."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[int, list[Event]]] = {}

    def take(self, event: Event) -> None:
        for until, events in self.open.values():
            alike = [one for one in events if isinstance(one, Chat) == isinstance(event, Chat)]
            if event.at < until and len(alike) < MAX_AFTER:
                events.append(event)


@pytest.mark.parametrize("seed", range(5))
def test_contexts_that_share_events_hold_what_each_would_hold_alone(seed: int) -> None:
    choose = random.Random(seed)
    changed: set[str] = set()
    shared, apart = Following(changed), Apart()
    written: dict[str, object] = {}
    for second in range(1_500):
        if choose.random() < 0.03 or second == 1_499:
            until = at(second + choose.choice((5, 60, 120)))
            shared.begin(f"a{second}", until)
            apart.open[f"a{second}"] = until, []
        # Some come late, and belong where they are delivered.
        when = second - choose.choice((0, 0, 0, 30))
        event = chat(f"多少钱{second}", when) if choose.random() < 0.7 else speech("好", when)
        shared.take(event)
        apart.take(event)
        for alert, (until, events) in list(apart.open.items()):
            if until <= at(second):
                assert shared.events(alert) == events
                assert shared.close(alert)
                del apart.open[alert]
        for name in changed - {"contexts"}:
            written[name] = shared.run(int(name.partition(":")[2]))
        changed.clear()
        assert {name for name, run in written.items() if run is not None} == {
            f"following:{run}" for run in shared.runs()
        }
    assert apart.open
    for alert, (_, events) in apart.open.items():
        assert shared.events(alert) == events


def test_events_go_when_no_context_needs_them() -> None:
    shared = Following(set())
    shared.begin("a", at(1_000))
    for second in range(RUN):
        shared.take(chat("好", second))
    shared.begin("b", at(1_000))
    shared.take(chat("好", 500))
    assert shared.runs() == [0, 1]
    shared.close("a")
    assert shared.runs() == [1]
    shared.close("b")
    assert not shared.runs()
    assert not shared.close("b")
    shared.take(chat("好", 501))
    assert not shared.runs()
    assert shared.events("b") == []


@pytest.mark.slow
def test_a_room_that_is_restored_at_each_batch_shows_the_same_contexts() -> None:
    events: list[Event] = []
    for second in range(600):
        events.append(chat(f"多少钱{second}", second))
        if second % 20 == 10:
            events.append(speech("苹果", second, sku=f"A{second}"))
    events += [chat("完", 5_000), chat("完", 5_010)]
    room = Runtime(engine(Shout))
    for batch in chunks(events, 9):
        room.take(batch)
    machine = engine(Shout)
    once = {one.id: one for one in machine.step(machine.open("demo", "1"), events, now=0)}
    assert essence(once) == essence(room.alerts)
    for key, alert in once.items():
        assert alert.evidence.after
        assert alert.evidence.after == room.alerts[key].evidence.after


def test_what_is_full_is_not_written_again() -> None:
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [speech("苹果", 0, sku="A")], now=0)
    seen: list[str] = []
    for second in range(1, MAX_AFTER + 5):
        machine.step(state, [chat("好", second)], now=0)
        seen += [name for name in machine.changed_parts(state) if name.startswith("following:")]
    # The trigger and forty chat lines, of which 32 fill the first run.
    assert seen.count("following:0") == RUN
    assert seen.count("following:1") == 1 + MAX_AFTER - RUN


def test_contexts_of_an_older_version_go_on() -> None:
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [speech("苹果", 0, sku="A"), chat("一", 1), chat("二", 9)], now=0)
    parts = snapshot.parts(state)
    [(alert, context)] = state._following.open.items()
    for name in [name for name in parts if name.startswith("following:")]:
        del parts[name]
    del parts["contexts"]
    older = After(context.until, state._following.events(alert), context.chats, context.others)
    parts[f"after:{alert}"] = msgspec.msgpack.encode((snapshot.STATE_VERSION, older))
    restored = machine.restore(parts)
    assert restored._following.events(alert) == state._following.events(alert) != []
    later: list[Event] = [chat("三", 20), chat("完", 500)]
    for one in (state, restored):
        machine.step(one, later, now=0)
    changed = machine.changed_parts(restored)
    assert changed[f"after:{alert}"] is None
    first, second = (next(iter(machine.finish(one, now=0)), None) for one in (state, restored))
    assert first == second


@pytest.mark.parametrize("body", [b"no run", [b"\x01"], [{"type": "chat"}]])
def test_a_run_that_cannot_be_read_is_told(body: object) -> None:
    machine = engine(Shout)
    parts = snapshot.parts(machine.open("demo", "1"))
    parts["following:0"] = msgspec.msgpack.encode((snapshot.STATE_VERSION, body))
    with pytest.raises(SnapshotError):
        machine.restore(parts)


def test_one_event_is_kept_once_for_many_contexts() -> None:
    shared = Following(set())
    for number in range(100):
        shared.begin(f"a{number}", at(1_000))
    for second in range(MAX_AFTER):
        shared.take(chat("好", second))
    kept = sum(len(shared._runs.get(run, b"")) for run in shared.runs())
    one = len(following._encoder.encode(chat("好", 0)))
    assert kept < MAX_AFTER * one
    assert all(len(shared.events(f"a{number}")) == MAX_AFTER for number in range(100))
