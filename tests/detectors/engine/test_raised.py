"""An alert that was hit long ago goes on with its first evidence, wherever it lies meanwhile."""

from __future__ import annotations

import msgspec
import pytest

from detectors.alerts import Alert
from detectors.engine import raised
from detectors.events import Event
from tests.detectors.build import at, chat, speech
from tests.detectors.engine.test_counted import DAY_MS, Runtime, chunks
from tests.detectors.engine.test_engine import Promise, Shout, engine, essence


def subjects(count: int, start: float = 0.0) -> list[Event]:
    """Speech about one product after the other, with some chat around it."""
    events: list[Event] = []
    for number in range(count):
        events.append(chat("多少钱", start + number - 0.5))
        events.append(speech("苹果", start + number, sku=f"A{number}"))
    return events


@pytest.mark.slow
def test_the_first_of_a_thousand_alerts_goes_on() -> None:
    room = Runtime(engine(Shout))
    for batch in chunks(subjects(1_000), 100):
        room.take(batch)
    first = next(one for one in room.alerts.values() if one.subject == "A0")
    room.take([speech("苹果", 5_000, sku="A0"), chat("完", 6_000)])
    again = room.alerts[first.id]
    assert (again.hits, again.first_at, again.last_at) == (2, at(0), at(5_000))
    assert again.evidence.before == first.evidence.before
    assert [event.at for event in again.evidence.trigger] == [at(0), at(5_000)]
    assert again.evidence.after == first.evidence.after


@pytest.mark.slow
def test_a_scan_in_one_go_finds_the_same_as_a_room_restored_at_each_batch() -> None:
    events = [*subjects(300), *subjects(300, start=400), chat("完", 5_000)]
    room = Runtime(engine(Shout, Promise))
    for batch in chunks(events, 7):
        room.take(batch)
    machine = engine(Shout, Promise)
    state = machine.open("demo", "1")
    once: dict[str, Alert] = {one.id: one for one in machine.step(state, events, now=0)}
    assert essence(once) == essence(room.alerts)
    assert {one.hits for one in once.values()} == {2}
    encoded = {key: msgspec.json.encode(one) for key, one in once.items()}
    assert encoded == {key: msgspec.json.encode(room.alerts[key]) for key in encoded}


@pytest.mark.slow
def test_few_alerts_are_at_hand_and_a_room_is_restored_without_them() -> None:
    room = Runtime(engine(Shout))
    room.take(subjects(500))
    state = room.restored()
    assert len(state._raised.marks) == 500 - 3  # The last lines wait for their turn.
    assert not state._raised.at_hand
    room.machine.step(state, subjects(5, start=600), now=0)
    assert len(state._raised.at_hand) <= raised.AT_HAND
    marks = sum(len(body) for name, body in room.parts.items() if name.startswith("mark:"))
    assert marks / 497 < 60


def test_what_was_not_hit_for_a_while_is_on_the_shelf_and_goes_on_from_there() -> None:
    room = Runtime(engine(Shout))
    machine, state = room.machine, room.restored()
    machine.step(state, [*subjects(2), chat("完", 100)], now=1_000)
    assert len(state._raised.at_hand) == 2
    machine.step(state, [chat("完", 101)], now=1_000 + raised.HELD_MS)
    assert len(state._raised.at_hand) == 2
    machine.step(state, [chat("完", 102)], now=1_001 + raised.HELD_MS)
    assert not state._raised.at_hand
    again = [speech("苹果", 900, sku="A0"), chat("完", 1_000)]
    hits = {one.subject: one.hits for one in machine.step(state, again, now=30_000)}
    assert hits["A0"] == 2


@pytest.mark.slow
def test_one_that_was_hit_longest_ago_begins_anew_beyond_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raised, "MARKS", 50)
    room = Runtime(engine(Shout))
    room.take([*subjects(60), chat("完", 500)])
    assert sum(name.startswith("raised:") for name in room.parts) == 50
    room.take([speech("苹果", 900, sku="A0"), speech("苹果", 901, sku="A59"), chat("完", 1_000)])
    hits = {one.subject: one.hits for one in room.alerts.values()}
    assert (hits["A0"], hits["A59"]) == (1, 2)


def test_alerts_that_nothing_can_hit_any_more_are_taken_out() -> None:
    room = Runtime(engine(Shout, remembered_ms=7 * DAY_MS))
    room.take([*subjects(20), chat("完", 500)], now=at(500))
    state = room.restored()
    room.machine.forget(state, now=at(6 * 86_400))
    assert len(state._raised.marks) == 20
    room.machine.forget(state, now=at(8 * 86_400))
    room.write(state)
    assert not [name for name in room.parts if name.startswith(("raised:", "mark:"))]


def test_alerts_of_an_older_version_are_shelved_and_go_on() -> None:
    room = Runtime(engine(Shout))
    room.take([*subjects(10), chat("完", 500)])
    for name in [name for name in room.parts if name.startswith("raised:")]:
        identity = name.removeprefix("raised:")
        tracked = raised.unpack(room.parts.pop(name))
        del room.parts[f"mark:{identity}"]
        room.parts[f"alert:{identity}"] = msgspec.msgpack.encode((1, tracked))
    room.take([speech("苹果", 900, sku="A0"), chat("完", 1_000)])
    assert {one.hits for one in room.alerts.values() if one.subject == "A0"} == {2}
    kinds = {name.partition(":")[0] for name in room.parts}
    assert "alert" not in kinds
    assert sum(name.startswith("raised:") for name in room.parts) == 10


def test_bytes_that_are_no_alert_say_so() -> None:
    for spoilt in (b"", b"other", raised.pack(raised.Tracked(alert=None))[:-3]):  # type: ignore[arg-type] # any bytes
        with pytest.raises(ValueError, match="no alert"):
            raised.unpack(spoilt)
