"""The worker, round by round, over a real database; the clock is a number that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from monitor.errors import StoreError
from monitor.pipeline.log import Retention
from monitor.pipeline.resting import Rest
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import Pace, Progress, Worker
from monitor.store.alerts import Change
from monitor.store.rows import Outcome
from monitor.store.store import Store
from monitor.store.tables import room_parts
from tests.monitor.build import BASE_MS, chat, entry, line, speech
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S
from tests.whole import examples

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet() -> Iterator[None]:
    """Failures are logged by the worker; the tests provoke them."""
    with structlog.testing.capture_logs():
        yield


class Bench:
    """A worker that is called by hand and can be killed between two rounds."""

    def __init__(self, path: Path, engine: type[Engine] = Engine, **options: Any) -> None:
        self._make = engine
        self.now = BASE_MS
        self._path = path
        self._options = options
        self.batches: list[Progress] = []
        self.start()

    def start(self) -> None:
        self.store = Store.open(self._path)
        self.log = SqliteLog(self.store.database)
        self.engine = self._make(rulebook(), lateness_ms=2_000)
        self.worker = Worker(
            self.engine,
            self.log,
            self.store,
            clock=lambda: self.now,
            on_batch=self.batches.append,
            **{"pace": Pace(batch_events=100, grace_ms=0), **self._options},
        )

    def restart(self) -> None:
        """As after a kill: nothing is said to the old worker."""
        self.store.close()
        self.start()

    def send(self, *lines: bytes) -> None:
        self.log.append([entry(data) for data in lines], source="test", now=self.now).result(
            PATIENCE_S
        )

    def pass_time(self, seconds: float) -> None:
        """What waits is taken, then time passes and the worker looks."""
        while self.worker.round():
            pass
        self.now += round(seconds * 1000)
        self.worker.round()

    def alerts(self) -> dict[tuple[str, str, str], tuple[int, str]]:
        rows = self.store.list_alerts(limit=500).items
        return {
            (row.alert.rule, row.alert.room, row.alert.subject): (row.alert.hits, row.alert.level)
            for row in rows
        }


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "livewatch.db")
    yield made
    made.store.close()


def test_what_a_verdict_read_has_its_place_in_the_log(bench: Bench) -> None:
    bench.send(chat("c1", 0), speech("s1", 5, sku="T1"), chat("c2", 10))
    bench.worker.round()
    [row] = bench.store.list_alerts().items
    places = {one.event: (one.log, one.position) for one in row.alert.inputs}
    assert places["s1"] == ("events", 2)
    [version] = bench.store.versions(row.alert.id)
    assert {one.event: one.position for one in version.inputs}["s1"] == 2


def test_a_batch_leads_to_alerts_states_and_the_position(bench: Bench) -> None:
    bench.send(speech("s1", 0, sku="T1"), chat("c1", 10))
    assert bench.worker.round() == 2
    assert bench.alerts() == {("shout", "1", "T1"): (1, "watch")}
    assert bench.log.position == 2
    found = bench.store.load_room("demo", "1")
    assert found is not None
    assert found[0].events == 2
    assert "facts" in found[1]


def test_nothing_to_do_writes_nothing(bench: Bench) -> None:
    bench.send(chat("c1"))
    bench.pass_time(10)
    before = len(bench.batches)
    for _ in range(5):
        bench.pass_time(600)
    assert len(bench.batches) == before


def test_an_idle_room_is_moved_on_by_the_clock(bench: Bench) -> None:
    bench.send(speech("s1"))
    bench.pass_time(1.9)
    assert bench.alerts() == {}  # still within the lateness
    bench.pass_time(0.2)
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}


def test_a_timer_fires_when_the_room_has_been_idle_for_so_long(bench: Bench) -> None:
    bench.send(line("price", "p1", sku="T1", price=100, kind="asking"))
    bench.pass_time(11.5)
    assert bench.alerts() == {}  # due after ten seconds, seen two seconds later
    bench.pass_time(1)
    assert bench.alerts() == {("promise", "1", "T1"): (1, "info")}


@pytest.mark.slow
def test_a_timer_survives_a_restart(bench: Bench) -> None:
    bench.send(line("price", "p1", sku="T1", price=100, kind="asking"))
    bench.worker.round()
    bench.restart()
    bench.now += 20_000
    bench.pass_time(0)
    assert bench.alerts() == {("promise", "1", "T1"): (1, "info")}


@pytest.mark.slow
def test_after_a_start_senders_first_get_time_to_send_again(tmp_path: Path) -> None:
    """What happened while the monitor was away is not late when it comes at once."""
    bench = Bench(tmp_path / "livewatch.db", pace=Pace(grace_ms=3_000))
    bench.send(speech("s1", 0))
    bench.worker.round()
    bench.now += 60_000
    bench.restart()
    bench.pass_time(1)
    assert bench.alerts() == {}
    bench.send(speech("s3", 1.5), speech("s2", 1))
    bench.pass_time(1)
    assert bench.engine.stats.late == 0
    bench.pass_time(2)
    assert bench.alerts() == {("shout", "1", ""): (3, "lead")}
    bench.store.close()


def test_time_does_not_pass_for_rooms_while_the_log_waits(bench: Bench) -> None:
    """After a pause of the worker, what arrived in time is not late."""
    bench.send(speech("s2", 1.5))
    bench.worker.round()
    bench.now += 60_000
    bench.send(*(chat(f"c{number}", 1) for number in range(150)))  # more than one batch
    bench.send(speech("s1", 1.0))
    while bench.worker.round():
        pass
    assert bench.engine.stats.late == 0


def test_a_recording_may_be_replayed_into_a_running_monitor(bench: Bench) -> None:
    """Events of years ago: only the time since their arrival counts."""
    bench.send(speech("old", -300_000_000))
    bench.pass_time(1)
    assert bench.alerts() == {}
    bench.pass_time(2)
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}


def test_the_same_events_again_change_nothing(bench: Bench) -> None:
    lines = [speech("s1"), speech("s2", 1), chat("c1", 10)]
    bench.send(*lines)
    bench.pass_time(5)
    seq, alerts = bench.store.seq, bench.alerts()
    bench.send(*lines)
    bench.pass_time(5)
    assert (bench.store.seq, bench.alerts()) == (seq, alerts)


RECORDING = [
    *(speech(f"s{number}", number * 0.7, sku=f"T{number % 2}") for number in range(12)),
    *(chat(f"v{number}", number * 0.9, "喊", user=f"u{number % 3}") for number in range(9)),
    *(speech(f"r{number}", number * 0.8, room="2") for number in range(7)),
    line("price", "p1", 3, sku="T9", price=100, kind="asking"),
]


#: By hand: 12 shouts over two SKUs, 7 in the other room, 9 calls of 3 viewers, one promise.
AFTER_RECORDING = {
    ("shout", "1", "T0"): (6, "lead"),
    ("shout", "1", "T1"): (6, "lead"),
    ("shout", "2", ""): (7, "lead"),
    ("viewer", "1", "u0"): (3, "info"),
    ("viewer", "1", "u1"): (3, "info"),
    ("viewer", "1", "u2"): (3, "info"),
    ("promise", "1", "T9"): (1, "info"),
}


def replay(bench: Bench, lines: Iterable[bytes], *, kill_every: int | None) -> None:
    for index, data in enumerate(lines):
        bench.send(data)
        bench.worker.round()
        if kill_every is not None and index % kill_every == 0:
            bench.restart()
    bench.pass_time(60)


@pytest.mark.parametrize("kill_every", [1, 2, 5])
@pytest.mark.slow
def test_a_restart_after_any_round_changes_no_alert(tmp_path: Path, kill_every: int) -> None:
    whole = Bench(tmp_path / "whole.db")
    replay(whole, RECORDING, kill_every=None)
    broken = Bench(tmp_path / "broken.db")
    replay(broken, RECORDING, kill_every=kill_every)
    assert broken.alerts() == whole.alerts()
    assert whole.alerts() == AFTER_RECORDING
    events = {row.room: row.events for row in broken.store.rooms()}
    assert events == {"1": 22, "2": 7}
    whole.store.close()
    broken.store.close()


@settings(
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@pytest.mark.slow(4)
@given(st.data())
def test_any_cut_into_requests_batches_and_lives_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    bench = Bench(
        tmp_path_factory.mktemp("cut") / "livewatch.db",
        pace=Pace(batch_events=data.draw(st.integers(1, 9)), grace_ms=0),
    )
    sent = 0
    while sent < len(RECORDING):
        # Some of what was sent before comes again, as after an answer that was lost.
        again, size = data.draw(st.tuples(st.integers(0, 3), st.integers(1, 9)))
        bench.send(*RECORDING[max(0, sent - again) : sent + size])
        sent += size
        for step in data.draw(st.lists(st.sampled_from(["round", "restart"]), max_size=3)):
            if step == "round":
                bench.worker.round()
            else:
                bench.restart()
    bench.pass_time(60)
    bench.pass_time(0)
    assert bench.alerts() == AFTER_RECORDING
    assert sum(row.events for row in bench.store.rooms()) == len(RECORDING)
    bench.store.close()


class Crash(StoreError):
    """The commit did not happen."""


class CrashingStore:
    """Passes everything on, and fails in chosen commits: before the write, or after it."""

    def __init__(self, store: Store, before: set[int], after: set[int]) -> None:
        self._store = store
        self._before, self._after = before, after
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, outcome: Outcome, now: int) -> list[Change]:
        self.commits += 1
        if self.commits in self._before:
            raise Crash("before the write")
        changes = self._store.commit(outcome, now)
        if self.commits in self._after:
            raise Crash("after the write")
        return changes


@pytest.mark.parametrize(("before", "after"), [({2}, set()), (set(), {2}), ({1, 3, 4}, {2, 6})])
@pytest.mark.slow
def test_a_failing_commit_loses_and_repeats_nothing(
    tmp_path: Path, before: set[int], after: set[int]
) -> None:
    whole = Bench(tmp_path / "whole.db")
    replay(whole, RECORDING, kill_every=None)
    bench = Bench(tmp_path / "crashing.db")
    store = CrashingStore(bench.store, before, after)
    worker = bench.worker = Worker(
        bench.engine,
        bench.log,
        store,
        clock=lambda: bench.now,
        pace=Pace(batch_events=100, grace_ms=0),
    )
    for data in RECORDING:
        bench.send(data)
        try:
            worker.round()
        except Crash:
            worker._recover()
    bench.pass_time(0)
    bench.pass_time(60)
    assert store.commits > 6
    assert bench.alerts() == whole.alerts()
    whole.store.close()
    bench.store.close()


@pytest.mark.slow
def test_a_rule_that_raises_leaves_a_dead_letter_and_the_room_goes_on(bench: Bench) -> None:
    bad = chat("bad", 1, "坏")
    bench.send(speech("s1"), bad, speech("s2", 2))
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (2, "watch")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.rule, letter.event, letter.data) == ("rule", "faulty", "bad", bad)
    assert "ZeroDivisionError" in letter.reason


class FragileEngine(Engine):
    """Fails on one event, in the middle of its work: a fault of the engine itself."""

    def _evaluate(self, state: RoomState, event: Any, changed: Any) -> None:
        if event.id == "poison":
            raise RuntimeError("a fault of the engine")
        super()._evaluate(state, event, changed)

    def step(self, state: RoomState, events: Any, *, now: int) -> list[Alert]:
        alerts = super().step(state, events, now=now)
        if state._sequence.newest == BASE_MS + 66_000:
            raise RuntimeError("a fault outside of any event")
        return alerts


@pytest.mark.slow
def test_a_fault_of_the_engine_costs_one_event_and_not_the_room(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "livewatch.db", engine=FragileEngine)
    poison = chat("poison", 3)
    bench.send(speech("s1", 1), speech("s2", 2), poison, speech("s3", 4), chat("c", 10))
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (3, "lead")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.rule, letter.event, letter.data) == (
        "engine",
        None,
        "poison",
        poison,
    )
    bench.store.close()


@pytest.mark.slow
def test_a_fault_of_the_engine_outside_of_its_guard_costs_the_event_that_brings_it_about(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path / "livewatch.db", engine=FragileEngine)
    bench.send(speech("s1", 1))
    bench.worker.round()
    bench.send(speech("s2", 2), chat("c", 66), speech("other", 6, room="2"))
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (2, "watch"), ("shout", "2", ""): (1, "watch")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.event, letter.data) == ("engine", "c", chat("c", 66))
    assert "a fault outside of any event" in letter.reason
    bench.restart()
    bench.send(speech("s3", 70))
    bench.pass_time(5)
    assert bench.alerts()["shout", "1", ""] == (3, "lead")
    bench.store.close()


def test_bytes_that_are_no_event_any_more_become_a_dead_letter(bench: Bench) -> None:
    """As a log may hold them that another version has written."""
    bench.send(speech("s1"))
    broken = entry(speech("x"))
    data = b'{"type":"hologram"}'
    bench.log.append([type(broken)("demo:1", "x", data)], source="test", now=bench.now).result(
        PATIENCE_S
    )
    bench.send(chat("c1", 10))
    bench.worker.round()
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.data) == ("decode", data)
    assert bench.log.position == 3


@pytest.mark.slow
def test_rooms_beyond_the_capacity_wait_in_the_database(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "livewatch.db", capacity=3)
    for turn in range(3):
        for room in range(10):
            bench.send(speech(f"{turn}", turn * 3, room=str(room)))
            bench.worker.round()
            assert bench.worker.rooms_in_memory <= 3
    bench.pass_time(60)
    assert bench.worker.rooms_in_memory <= 3
    assert bench.alerts() == {("shout", str(room), ""): (3, "lead") for room in range(10)}
    bench.store.close()


@pytest.mark.slow
def test_rooms_whose_crowds_are_large_wait_in_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoomState, "crowd_bytes", property(lambda room: 1_000))
    bench = Bench(tmp_path / "livewatch.db", crowd_bytes=3_500)
    for turn in range(3):
        for room in range(10):
            bench.send(speech(f"{turn}", turn * 3, room=str(room)))
            bench.worker.round()
            assert bench.worker.crowd_bytes <= 3_500
    assert bench.worker.rooms_in_memory == 3
    bench.pass_time(60)
    assert bench.alerts() == {("shout", str(room), ""): (3, "lead") for room in range(10)}
    bench.store.close()


@pytest.mark.slow
def test_a_state_that_cannot_be_read_costs_its_room_a_new_start(bench: Bench) -> None:
    bench.send(speech("s1"), speech("s1", room="2"))
    bench.pass_time(5)
    facts = (room_parts.c.room == "demo:1") & (room_parts.c.part == "facts")
    spoilt = sa.update(room_parts).where(facts).values(data=b"other")
    bench.store.database.write(lambda connection: connection.execute(spoilt))
    bench.restart()
    bench.send(speech("s2", 10), speech("s2", 10, room="2"))
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", ""): (1, "watch"), ("shout", "2", ""): (2, "watch")}
    [letter] = bench.store.dead_letters()
    assert (letter.stage, letter.source) == ("engine", "demo:1")
    assert msgspec.msgpack.decode(letter.data)["facts"] == b"other"
    bench.restart()
    bench.send(speech("s3", 20))
    bench.pass_time(5)
    assert bench.alerts()["shout", "1", ""] == (2, "watch")
    assert len(bench.store.dead_letters()) == 1


def test_the_lag_is_what_the_log_holds_beyond_the_position(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "livewatch.db", pace=Pace(batch_events=4, grace_ms=0))
    bench.send(*(chat(f"c{number}", number) for number in range(10)))
    assert bench.worker.lag_events == 10
    assert bench.worker.round() == 4
    bench.now += 700
    assert (bench.worker.lag_events, bench.worker.lag_ms) == (6, 700)
    while bench.worker.round():
        pass
    assert (bench.worker.lag_events, bench.worker.lag_ms) == (0, 0)
    bench.store.close()


def test_the_first_batch_lags_while_it_is_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path / "livewatch.db", pace=Pace(grace_ms=0))
    bench.send(chat("c1", 1))
    seen: list[int] = []
    step = bench.engine.step

    def slow(*given: Any, **named: Any) -> Any:
        bench.now += 25_000
        seen.append(bench.worker.lag_ms)
        return step(*given, **named)

    monkeypatch.setattr(bench.engine, "step", slow)
    bench.worker.round()
    assert seen == [25_000]
    assert bench.worker.lag_ms == 0
    bench.store.close()


@pytest.mark.parametrize("absent", ["operator", "operator.name"])
def test_an_operator_that_is_seen_to_be_absent_is_not_unknown(bench: Bench, absent: str) -> None:
    bench.send(line("room", "r", 0, absent=[absent], host="阿明"), chat("c", 5))
    bench.pass_time(5)
    [room] = bench.store.rooms()
    assert (room.operator, room.host) == ("", "阿明")


def test_the_summary_of_a_room_follows_its_sessions(bench: Bench) -> None:
    bench.send(
        line("session", "b", 0, phase="started", title="秋茶专场", host="阿明"),
        line("room", "r", 0, operator={"name": "某某茶业"}),
        line("counter", "v", 1, name="viewers", low=12_000),
        chat("c", 5),
    )
    bench.pass_time(5)
    [room] = bench.store.rooms()
    assert (room.title, room.host, room.operator) == ("秋茶专场", "阿明", "某某茶业")
    assert (room.session, room.viewers, room.on_air) == ("s1", 12_000, True)
    assert (room.watched_since, room.last_event_at) == (BASE_MS, BASE_MS + 5_000)
    bench.send(line("session", "e", 6, phase="ended"), chat("late", 6.5))
    bench.pass_time(5)
    [room] = bench.store.rooms()
    assert (room.session, room.ended, room.on_air) == (None, "s1", False)
    bench.send(chat("next", 9, session="s2"))
    bench.pass_time(5)
    assert bench.store.rooms()[0].session == "s2"


@pytest.mark.slow
def test_the_thread_works_what_is_appended_and_ends(tmp_path: Path) -> None:
    seen = threading.Event()
    bench = Bench(tmp_path / "livewatch.db")
    bench.worker = Worker(
        bench.engine,
        bench.log,
        bench.store,
        pace=Pace(interval_ms=1),
        on_batch=lambda progress: seen.set() if progress.changes else None,
    )
    bench.worker.start()
    bench.send(speech("s1"), chat("c1", 10))
    assert seen.wait(PATIENCE_S)
    assert bench.worker.alive
    bench.worker.stop()
    assert not bench.worker.alive
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}
    assert bench.log.position == 2
    bench.store.close()


@pytest.mark.slow
def test_the_thread_outlives_failing_commits(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "livewatch.db")
    seen = threading.Event()
    store = CrashingStore(bench.store, before={1}, after={2})
    worker = Worker(
        bench.engine,
        bench.log,
        store,
        pace=Pace(interval_ms=1),
        on_batch=lambda progress: seen.set(),
    )
    bench.send(speech("s1"), chat("c1", 10))
    worker.start()
    bench.store.listen(lambda _seq: None)
    while not seen.wait(0.05):
        bench.send(chat(f"more{store.commits}", 11))
    worker.stop()
    assert worker.failure is None
    assert bench.alerts() == {("shout", "1", ""): (1, "watch")}
    bench.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("restart", [False, True])
def test_what_is_sent_again_after_the_log_was_trimmed_adds_nothing(
    bench: Bench, restart: bool
) -> None:
    bench.engine.remembered_ids = 128
    lines = [speech(f"s{number}", number, sku="T1") for number in range(900)]
    for start in range(0, 900, 100):
        bench.send(*lines[start : start + 100])
        bench.worker.round()
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", "T1"): (900, "lead")}
    bench.log.trim(Retention(max_age_ms=86_400_000, max_bytes=1), now=bench.now)
    assert bench.log.read(0, 10) == []
    if restart:
        bench.restart()
        bench.engine.remembered_ids = 128
    for start in range(0, 900, 100):
        bench.send(*lines[start : start + 100])
        bench.worker.round()
    bench.pass_time(5)
    assert bench.alerts() == {("shout", "1", "T1"): (900, "lead")}
    assert bench.engine.stats.duplicates == 900
    assert bench.store.dead_letters() == []


@pytest.mark.slow
def test_what_comes_too_late_to_be_known_is_a_dead_letter_with_its_bytes(bench: Bench) -> None:
    bench.engine.remembered_ids = 128
    bench.engine.remembered_ms = 3_600_000
    lines = [speech(f"s{number}", number, sku="T1") for number in range(600)]
    bench.send(*lines)
    bench.pass_time(7_200)
    later = [speech(f"t{number}", 7_200 + number, sku="T2") for number in range(600)]
    bench.send(*later)
    bench.pass_time(600)
    bench.log.trim(Retention(max_age_ms=86_400_000, max_bytes=1), now=bench.now)
    hits = bench.alerts()
    bench.send(lines[0])
    bench.pass_time(5)
    assert bench.alerts() == hits
    (letter,) = bench.store.dead_letters()
    assert (letter.stage, letter.cause, letter.event) == ("engine", "undecided", "s0")
    assert letter.data == lines[0]
    assert "too late to know" in letter.reason


@pytest.mark.slow
def test_idle_rooms_rest_and_are_forgotten_in_the_end(tmp_path: Path) -> None:
    rest = Rest(rest_ms=3_600_000, forget_ms=36_000_000)
    bench = Bench(tmp_path / "livewatch.db", rest=rest)
    bench.engine.remembered_ms = rest.rest_ms
    lines = [speech(f"s{number}", number, sku="T1") for number in range(300)]
    bench.send(*lines, chat("other", 0, room="2"))
    bench.pass_time(600)
    hits = bench.alerts()
    bench.pass_time(3_700)  # An hour idle: the second look sees to what the first has found.
    bench.pass_time(400)
    found = bench.store.load_room("demo", "1")
    assert found is not None
    assert not [name for name in found[1] if name.startswith(("latest:", "day:", "recent:"))]
    assert [row.room for row in bench.store.rooms()] == ["1", "2"]
    bench.send(lines[0])
    bench.pass_time(1)
    assert [letter.cause for letter in bench.store.dead_letters()] == []  # The log still has it.
    bench.log.trim(Retention(max_age_ms=1, max_bytes=1), now=bench.now)
    bench.send(lines[0])
    bench.pass_time(1)
    assert [letter.event for letter in bench.store.dead_letters()] == ["s0"]
    for _ in range(12):
        bench.pass_time(3_700)
    assert bench.store.rooms() == []
    assert len(bench.worker._rooms) == 0
    bench.log.trim(Retention(max_age_ms=1, max_bytes=1), now=bench.now)
    bench.restart()
    bench.send(*lines, speech("new", 60_000, sku="T1"))
    bench.pass_time(5)
    # The lines of old are told; the new one is a hit of an alert that begins anew under its id.
    told = {letter.event for letter in bench.store.dead_letters(500)}
    assert told == {f"s{number}" for number in range(300)}
    assert {key: value[0] for key, value in bench.alerts().items()} == {
        key: value[0] for key, value in hits.items()
    }
    bench.store.close()


def test_long_texts_are_committed_one_by_one(bench: Bench) -> None:
    long = "我们先聊聊做饭的事情，" * 1_800
    bench.send(*(chat(f"c{index}", index, long, room=str(index)) for index in range(4)))
    bench.send(*(chat(f"d{index}", index) for index in range(20)))

    taken = [bench.worker.round() for _ in range(4)]

    assert taken == [1, 1, 1, 21]
    assert bench.log.position == 24
