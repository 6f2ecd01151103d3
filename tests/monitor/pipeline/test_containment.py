"""What fails inside costs the event, else the room's past, and never another room, nor the log."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from detectors.alerts import Alert
from detectors.engine import snapshot
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import encode
from monitor.pipeline.isolation import EvaluationFailed, isolate
from monitor.pipeline.worker import Pace, Worker
from monitor.store.tables import room_parts
from tests.detectors.build import rulebook as shipped_rules
from tests.detectors.hostile import AT, hostile_events
from tests.monitor.build import BASE_MS, chat, speech
from tests.monitor.pipeline.test_worker import Bench
from tests.patience import PATIENCE_S


class Broken(Engine):
    """Fails outside of its guard as its events say."""

    def _expect(self, state: RoomState, released: Any) -> None:
        if any("poison" in getattr(event, "text", "") for event in released):
            raise RuntimeError("the engine cannot bear this")
        super()._expect(state, released)

    def step(self, state: RoomState, events: Any, *, now: int) -> list[Alert]:
        return self._marred(super().step(state, events, now=now))

    def advance(self, state: RoomState, *, now: int) -> list[Alert]:
        if any("tick" in getattr(event, "text", "") for event in state._recent_chat):
            raise RuntimeError("time must not pass here")
        return self._marred(super().advance(state, now=now))

    def _marred(self, alerts: list[Alert]) -> list[Alert]:
        for alert in alerts:
            texts = {getattr(event, "text", "") for event in alert.evidence.trigger}
            if "苹果 title" in texts:
                alert.title = 5  # type: ignore[assignment]  # encodes, but no store takes it
            if "苹果 set" in texts:
                alert.title = {object()}  # type: ignore[assignment]  # does not even encode
        return alerts

    def changed_parts(self, state: RoomState) -> dict[str, bytes | None]:
        if any("unwritable" in getattr(event, "text", "") for event in state._recent_chat):
            raise OverflowError("no number is so large")
        return super().changed_parts(state)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "livewatch.db", engine=Broken)
    yield made
    made.store.close()


def letters(bench: Bench) -> dict[str | None, bytes]:
    return {letter.event: letter.data for letter in bench.store.dead_letters()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "culprit",
    [
        chat("bad", 3, "poison"),
        chat("bad", 3, "unwritable"),
        speech("bad", 3, "苹果 title"),
        speech("bad", 3, "苹果 set"),
    ],
    ids=["step", "encoding", "commit", "alert"],
)
@pytest.mark.parametrize("apart", [False, True], ids=["together", "apart"])
def test_the_culprit_alone_is_set_aside(bench: Bench, culprit: bytes, apart: bool) -> None:
    """Also where it waited behind the watermark since an earlier batch."""
    lines = [
        speech("s1", 1), speech("r1", 1, room="2"), culprit, speech("s2", 4),
        speech("r2", 5, room="2"), chat("c", 20), chat("d", 20, room="2"),
    ]  # fmt: skip
    for batch in [[one] for one in lines] if apart else [lines]:
        bench.send(*batch)
        bench.worker.round()
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (2, "watch"), ("shout", "2", ""): (2, "watch")}
    assert letters(bench) == {"bad": culprit}
    assert bench.log.position == bench.log.head == 7
    assert sum(batch.outcome.contained.get("event", 0) for batch in bench.batches) == 1
    bench.restart()
    bench.send(*lines, speech("s3", 30), chat("e", 40))
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (3, "lead"), ("shout", "2", ""): (2, "watch")}
    assert letters(bench) == {"bad": culprit}


@pytest.mark.slow
def test_where_time_itself_fails_the_room_starts_anew_and_is_told(bench: Bench) -> None:
    bench.send(speech("s1", 1), chat("t", 2, "tick"), chat("c", 9), speech("r1", 1, room="2"))
    bench.pass_time(0.1)
    assert bench.alerts()["shout", "1", ""] == (1, "watch")
    bench.pass_time(20)
    assert bench.alerts() == {("shout", "1", ""): (1, "watch"), ("shout", "2", ""): (1, "watch")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.source) == ("engine", "demo:1")
    assert (
        "the room starts anew, no event is at fault: RuntimeError: time must not" in letter.reason
    )
    assert "recent:chat/0" in msgspec.msgpack.decode(letter.data)
    batches = len(bench.batches)
    bench.send(speech("s2", 40), speech("s3", 41), chat("d", 60))
    bench.pass_time(20)
    assert bench.alerts()["shout", "1", ""] == (2, "watch")
    assert len(bench.store.dead_letters()) == 1
    bench.pass_time(600)
    assert len(bench.batches) <= batches + 4  # nothing is due again and again


@pytest.mark.slow
def test_a_flood_of_culprits_costs_the_room_its_batch_and_no_other_room(bench: Bench) -> None:
    bad = [chat(f"bad{number}", number, "poison") for number in range(30)]
    bench.send(*bad, speech("s1", 40), speech("r1", 1, room="2"), chat("d", 60, room="2"))
    bench.pass_time(5)
    assert bench.alerts()["shout", "2", ""] == (1, "watch")
    kept = letters(bench)
    assert {f"bad{number}" for number in range(30)} <= kept.keys()
    assert bench.log.position == bench.log.head
    bench.send(speech("s2", 70), chat("c", 90))
    bench.pass_time(5)
    assert bench.alerts()["shout", "1", ""][0] >= 1


@pytest.mark.slow
def test_a_database_that_is_away_is_no_culprit(bench: Bench, monkeypatch: Any) -> None:
    bench.send(speech("s1", 1), chat("c", 9))
    commit, down = bench.store.commit, itertools.chain([True] * 3, itertools.repeat(False))

    def failing(outcome: Any, now: int) -> Any:
        if next(down):
            raise sa.exc.OperationalError("COMMIT", {}, OSError("database or disk is full"))
        return commit(outcome, now)

    monkeypatch.setattr(bench.store, "commit", failing)
    for _ in range(3):
        with pytest.raises(sa.exc.OperationalError):
            bench.worker.round()
        bench.worker._recover()
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}
    assert bench.store.dead_letters() == []


@pytest.mark.slow
def test_what_nobody_foresaw_costs_one_event_of_the_log(tmp_path: Path, monkeypatch: Any) -> None:
    bench = Bench(tmp_path / "livewatch.db")
    load = bench.store.load_room
    seen = threading.Event()

    def failing(platform: str, room: str) -> Any:
        if room == "13":
            raise ValueError("this room cannot even be looked up")
        return load(platform, room)

    monkeypatch.setattr(bench.store, "load_room", failing)
    bench.worker = Worker(
        bench.engine, bench.log, bench.store, pace=Pace(interval_ms=1, grace_ms=0),
        on_batch=lambda progress: seen.set() if bench.log.position == bench.log.head else None,
    )  # fmt: skip
    bench.send(*(speech(f"s{number}", number, room=f"{number}") for number in range(20)))
    bench.worker.start()
    assert seen.wait(PATIENCE_S)
    bench.worker.stop()
    [letter] = bench.store.dead_letters()
    assert letter.data == speech("s13", 13, room="13")
    assert "this room cannot even be looked up" in letter.reason
    assert len(bench.store.rooms()) == 19
    bench.store.close()


@pytest.mark.slow
def test_who_measures_does_not_have_a_batch_done_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "livewatch.db")
    bench.worker._on_batch = lambda progress: 1 / 0
    bench.send(speech("s1", 1), chat("c", 9))
    assert bench.worker.round() == 2
    assert bench.worker.round() == 0
    bench.store.close()


#: Bytes that are no state, or a state that lies.
POISON = [
    b"", b"\xc1", b"\x00" * 50, b"\xdd\xff\xff\xff\xff", b"\x92\x01\xdf\xff\xff\xff\xff",
    b"\x91" * 10_000, msgspec.msgpack.encode((1, {"platform": 7})),
    msgspec.msgpack.encode((1, [])), msgspec.msgpack.encode((99, {})),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(POISON)))
def test_whatever_stands_in_the_store_costs_its_room_a_new_start_at_most(
    tmp_path: Path, number: int
) -> None:
    bench = Bench(tmp_path / "livewatch.db")
    lines = [speech("s1", 1, sku="T"), chat("c", 3, "喊", user="u")]
    for room in ("1", "2"):
        for kind, fields in {
            "product": {"sku": "T", "title": "茶"}, "price": {"sku": "T", "price": 5, "kind": "asking"},
        }.items():  # fmt: skip
            lines.append(line_of(kind, room, fields))
        lines.append(speech("s1", 1, room=room, sku="T"))
    bench.send(*lines)
    bench.pass_time(4)
    stored = bench.store.load_room("demo", "1")
    assert stored is not None
    names = [*stored[1], "minute:1", "card:", "ids:x", "waiting/y", "nobody"]
    for part in names:
        write(bench, part, POISON[number])
        bench.restart()
        bench.send(speech(f"again {part}", 60, sku="T"), speech(f"other {part}", 60, room="2"))
        bench.pass_time(30)
        assert bench.log.position == bench.log.head, part
    assert bench.alerts()["shout", "2", ""][0] == len(names)
    bench.store.close()


def line_of(kind: str, room: str, fields: dict[str, Any]) -> bytes:
    from tests.monitor.build import line

    return line(kind, f"{kind}-{room}", 1, room=room, **fields)


def write(bench: Bench, part: str, data: bytes) -> None:
    def job(connection: sa.Connection) -> None:
        place = (room_parts.c.room == "demo:1") & (room_parts.c.part == part)
        connection.execute(sa.delete(room_parts).where(place))
        connection.execute(sa.insert(room_parts).values(room="demo:1", part=part, data=data))

    bench.store.database.write(job)


@pytest.mark.slow
def test_events_at_the_bounds_are_evaluated_with_all_shipped_rules(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("tests.monitor.pipeline.test_worker.rulebook", shipped_rules)
    bench = Bench(tmp_path / "livewatch.db")
    bench.now = AT
    events = hostile_events(11)
    for _ in range(2):
        bench.send(*(encode(event) for event in itertools.islice(events, 80)))
        bench.pass_time(30)
        bench.restart()
    assert bench.log.position == bench.log.head == 160
    assert bench.store.dead_letters() == []
    assert sum(row.events for row in bench.store.rooms()) == 160
    assert bench.store.list_alerts().items
    bench.store.close()


@pytest.mark.parametrize("bad", [set(), {0}, {9}, {3, 4, 5}, {0, 9}, set(range(10))])
def test_culprits_are_found_by_halving(bad: set[int]) -> None:
    def attempt(chosen: Any) -> None:
        assert list(chosen) == sorted(chosen)
        if bad.intersection(chosen):
            raise EvaluationFailed("bad")

    found = isolate(10, attempt)
    if len(bad) > 8:
        assert found.hopeless == "bad"
    else:
        assert (found.hopeless, set(found.culprits)) == (None, bad)
        assert found.good == [index for index in range(10) if index not in bad]


def test_what_fails_without_anything_is_no_events_fault() -> None:
    def attempt(chosen: Any) -> None:
        raise EvaluationFailed("always")

    assert isolate(3, attempt).hopeless == "always"


def test_the_parts_of_a_state_are_still_there_when_writing_them_failed_once() -> None:
    engine = Engine(shipped_rules())
    state = engine.open("demo", "1")
    engine.step(state, [], now=BASE_MS)
    state._changed.add("sequence")
    state._sequence.timers["nobody\tx"] = 10**30
    with pytest.raises(OverflowError):
        snapshot.changed_parts(state)
    state._sequence.timers.clear()
    assert {"facts", "sequence"} <= snapshot.changed_parts(state).keys()
