"""An event that is delivered again adds nothing, however much later; what cannot be known is told."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.alerts import Alert
from detectors.engine import counted, snapshot
from detectors.engine.engine import Engine
from detectors.engine.known_ids import KnownIds
from detectors.engine.room import RoomState
from detectors.engine.shelf import is_shelved
from detectors.events import Event
from tests.detectors.build import at, chat, speech
from tests.detectors.engine.test_engine import Shout, engine
from tests.whole import examples

DAY_MS = 86_400_000


class Runtime:
    """A room of which only the written parts are kept between two batches."""

    def __init__(self, machine: Engine) -> None:
        self.machine = machine
        self.parts: dict[str, bytes] = {}
        self.alerts: dict[str, Alert] = {}
        self.read: list[str] = []
        """Shelved parts that were asked for."""
        self.write(machine.open("demo", "1", self))

    def get(self, part: str) -> bytes | None:
        self.read.append(part)
        return self.parts.get(part)

    def write(self, state: RoomState) -> None:
        for name, body in self.machine.changed_parts(state).items():
            if body is None:
                self.parts.pop(name, None)
            else:
                self.parts[name] = body

    def restored(self) -> RoomState:
        at_hand = {name: body for name, body in self.parts.items() if not is_shelved(name)}
        return self.machine.restore(at_hand, self)

    def take(self, events: list[Event], *, now: int = 0) -> None:
        state = self.restored()
        for alert in self.machine.step(state, events, now=now):
            self.alerts[alert.id] = alert
        self.write(state)

    @property
    def hits(self) -> int:
        return sum(alert.hits for alert in self.alerts.values())


def talk(count: int, *, every_s: float = 1.0, start: float = 0.0) -> list[Event]:
    """Speech that Shout raises on, one line after the other."""
    return [speech("苹果", start + number * every_s, sku="A") for number in range(count)]


def chunks(events: list[Event], size: int) -> list[list[Event]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


@pytest.mark.slow
@pytest.mark.parametrize("every_s", [0.01, 1.0, 200.0])
def test_everything_again_long_after_adds_nothing(every_s: float) -> None:
    room = Runtime(engine(Shout, remembered_ids=256))
    events = talk(1_000, every_s=every_s)
    for batch in chunks(events, 100):
        room.take(batch)
    first = room.hits
    for batch in chunks(events, 100):
        room.take(batch)
    room.take([chat("完", 1e7)])
    assert first < 1_000 or every_s > 2
    assert room.hits == 1_000
    assert room.machine.stats.duplicates == 1_000


@pytest.mark.slow
def test_a_room_in_order_never_reads_what_was_filed() -> None:
    room = Runtime(engine(Shout, remembered_ids=256))
    for batch in chunks(talk(2_500), 100):
        room.take(batch)
    parts = {name for name in room.parts if name.startswith("minute:")}
    assert len(parts) > 2_500 / 60 - 10
    # Only the minute that is being filled is read, to be written again.
    assert len(room.read) <= 2 * len(parts)


@pytest.mark.slow
def test_late_events_that_are_new_count_and_are_remembered() -> None:
    room = Runtime(engine(Shout, remembered_ids=256))
    for batch in chunks(talk(1_500), 100):
        room.take(batch)
    late = talk(600, every_s=2.0, start=0.5)
    for batch in chunks(late, 50):
        room.take(batch)
    for batch in chunks(late, 50):
        room.take(batch)
    room.take([chat("完", 1e7)])
    assert room.hits == 2_100
    assert room.machine.stats.duplicates == 600


@pytest.mark.slow
def test_a_scan_in_one_go_knows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "AT_HAND", 2)
    machine = engine(Shout, remembered_ids=256)
    state = machine.open("demo", "1")
    events = talk(1_500)
    alerts = [*machine.step(state, events, now=0), *machine.step(state, events, now=0)]
    alerts += machine.finish(state, now=0)
    assert max(alert.hits for alert in alerts) == 1_500
    assert machine.stats.duplicates == 1_500


@pytest.mark.slow
def test_a_flood_at_one_moment_is_bounded_and_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counted, "CROWDED", 1_000)
    monkeypatch.setattr(counted, "MINUTE_IDS", 4_000)
    room = Runtime(engine(Shout, remembered_ids=256))
    events: list[Event] = [msgspec.structs.replace(one, at=at(0)) for one in talk(6_000)]
    for batch in chunks(events, 200):
        room.take(batch)
        assert len(room.restored()._counted.ids) < 1_000 + 2_000
    again = events[:4_000]
    for batch in chunks(again, 200):
        room.take(batch)
    undecided = room.machine.stats.undecided
    room.take([chat("完", 1e7)])
    # Each of the 6,000 was counted once, or is among those of which nobody can say.
    assert room.hits + len({one.event for one in undecided} - {one.id for one in again}) == 6_000
    assert room.hits >= 4_000


@pytest.mark.slow
def test_one_time_far_ahead_does_not_make_a_room_forget() -> None:
    room = Runtime(engine(Shout, remembered_ids=256))
    room.take([chat("明天见", 86_000)])
    events = talk(2_000, every_s=0.5)
    for batch in chunks(events, 100):
        room.take(batch)
    for batch in chunks(events, 100):
        room.take(batch)
    assert room.hits == 2_000


@pytest.mark.slow
def test_an_id_among_the_latest_is_known_whatever_its_time() -> None:
    room = Runtime(engine(Shout, remembered_ids=256))
    events = talk(200)
    room.take(events)
    room.take([msgspec.structs.replace(one, at=one.at + 600_000) for one in events])
    room.take([chat("完", 1e7)])
    assert room.hits == 200


@pytest.mark.slow
def test_beyond_the_reach_an_event_is_told_and_not_counted() -> None:
    machine = engine(Shout, remembered_ids=256, remembered_ms=7 * DAY_MS)
    room = Runtime(machine)
    events = talk(1_000)
    for batch in chunks(events, 100):
        room.take(batch, now=at(0))
    # Nine days later the room is still at work: what it filed on the first day is forgotten.
    later = talk(1_000, start=9 * 86_400)
    for batch in chunks(later, 100):
        room.take(batch, now=at(9 * 86_400))
    assert not [name for name in room.parts if name == f"minute:{at(0) // 60_000}"]
    hits = room.hits
    room.take(events, now=at(9 * 86_400))
    assert room.hits == hits
    told = {one.event for one in machine.stats.undecided}
    known = machine.stats.duplicates
    assert len(told) + known == 1_000
    assert len(told) >= 600
    # A time of which the room never had anything is no riddle.
    room.take(talk(10, start=3 * 86_400), now=at(9 * 86_400))
    assert room.hits == hits + 10


@pytest.mark.slow
def test_within_the_reach_every_day_is_known() -> None:
    machine = engine(Shout, remembered_ids=256, remembered_ms=7 * DAY_MS)
    room = Runtime(machine)
    days = [talk(400, start=day * 86_400) for day in range(7)]
    for day, events in enumerate(days):
        room.take(events, now=at(day * 86_400))
    hits = room.hits
    for events in days:
        room.take(events, now=at(6.9 * 86_400))
    assert machine.stats.undecided == []
    room.take([chat("完", 1e7)], now=at(6.9 * 86_400))
    # The last line of the last day had waited for its turn.
    assert hits <= room.hits == 2_800


@pytest.mark.slow
def test_an_idle_room_forgets_its_latest_ids_and_tells_what_comes_again() -> None:
    machine = engine(Shout, remembered_ids=256, remembered_ms=7 * DAY_MS)
    room = Runtime(machine)
    events = talk(1_000)
    room.take([*events, chat("完", 1_100)], now=at(1_100))
    state = room.restored()
    machine.forget(state, now=at(8 * 86_400))
    room.write(state)
    assert not [n for n in room.parts if n.startswith(("latest:", "minute:", "day:", "recent:"))]
    room.take(events, now=at(8 * 86_400))
    assert room.hits == 1_000
    assert len(machine.stats.undecided) == 1_000


@pytest.mark.slow
def test_what_is_left_of_a_forgotten_room_tells_what_comes_again() -> None:
    machine = engine(Shout, remembered_ids=256, remembered_ms=7 * DAY_MS)
    room = Runtime(machine)
    events = talk(1_000)
    room.take(events, now=at(1_000))
    left = machine.remains(room.restored())
    assert sum(map(len, left.values())) < 300
    assert snapshot.newest_forgotten(left[snapshot.FORGOTTEN]) >= at(999)
    room.parts = dict(left)
    room.alerts.clear()
    # The room begins anew: what it had is told also where nothing is late yet.
    room.take(events[:500], now=at(60 * 86_400))
    room.take([*talk(5, start=2_000), chat("完", 3_000)], now=at(60 * 86_400))
    room.take(events[500:], now=at(60 * 86_400))
    assert room.hits == 5
    assert len(machine.stats.undecided) == 1_000


@pytest.mark.slow
def test_a_room_of_an_older_version_keeps_its_ids() -> None:
    machine = engine(Shout, remembered_ids=256)
    room = Runtime(machine)
    events = talk(300)
    room.take(events)
    ids = [one.id for one in events]
    for name in [name for name in room.parts if name.startswith("latest:")]:
        del room.parts[name]
    # As it was written: chunks without times, the first of them forgotten.
    for number in (1, 2):
        chunk = ids[number * 128 - 100 : (number + 1) * 128 - 100]
        room.parts[f"ids:{number}"] = msgspec.msgpack.encode((1, chunk))
    known = [one for one in events if one.id in set(ids[28:284])]
    hits = room.hits
    room.take(known)
    assert room.hits == hits
    assert machine.stats.duplicates == len(known)
    room.take([one for one in events if one.id not in set(ids[28:284])][:20])
    assert room.hits == hits
    assert len(machine.stats.undecided) == 20


deliveries = st.lists(st.integers(0, 59), min_size=1, max_size=80)


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(deliveries, st.integers(1, 9), st.sampled_from([0.5, 30.0, 4_000.0]), st.randoms())
def test_whatever_comes_in_whatever_order_counts_once(
    picks: list[int], size: int, every_s: float, chance: random.Random
) -> None:
    pool = talk(60, every_s=every_s)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counted, "CHUNK", 4)
        patched.setattr("detectors.engine.engine.CHUNK", 4)
        patched.setattr(counted, "CROWDED", 24)
        patched.setattr(counted, "AT_HAND", 2)
        room = Runtime(engine(Shout, remembered_ids=4))
        for batch in chunks([pool[index] for index in picks], size):
            room.take(batch)
        room.take([chat("完", 1e7)])
    assert room.hits == len(set(picks))
    assert room.machine.stats.undecided == []


def test_fingerprints_are_the_same_in_every_process() -> None:
    # BLAKE2b of six bytes, as `b2sum -l 48` gives it.
    assert counted.fingerprint("m-1").hex() == "308f0ed11f13"
    assert len({counted.fingerprint(f"m-{number}") for number in range(50_000)}) == 50_000


def test_ids_by_their_hashes_are_the_set_that_python_would_have() -> None:
    choose = random.Random(7)
    packed, known = KnownIds(), set[str]()
    for number in range(4_000):
        event = f"e{choose.randrange(6_000)}"
        assert (event in packed) == (event in known)
        packed.add(event)
        known.add(event)
        if number % 500 == 499:
            gone = choose.sample(sorted(known), 200)
            packed.difference_update([*gone, "none of them"])
            known.difference_update(gone)
        assert len(packed) == len(known)
    assert all(event in packed for event in known)
    assert len(packed._table) * packed._table.itemsize < 33 * len(known)


@pytest.mark.slow
def test_ids_of_full_chunks_are_packed_and_written_as_they_were() -> None:
    room = Runtime(engine(Shout, remembered_ids=1_000))
    state = room.machine.open("demo", "1")
    events = talk(600, every_s=0.1)
    room.machine.step(state, events, now=0)
    chunked = [ids for ids, _, _ in state._counted.latest.values()]
    assert [type(ids) for ids in chunked] == [bytes] * 4 + [list]
    room.write(state)
    again = room.restored()
    assert [again._counted.chunk(number) for number in range(5)] == [
        state._counted.chunk(number) for number in range(5)
    ]
    room.machine.step(again, events, now=0)
    assert room.machine.stats.duplicates == 600
