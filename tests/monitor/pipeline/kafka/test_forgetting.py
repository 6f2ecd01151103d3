"""Rooms that are idle for long go from the table and from its changelog; nothing else does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detectors.calendar import DAY_MS
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.engine.snapshot import FORGOTTEN
from detectors.events import encode
from monitor.config import Config, Retention
from monitor.pipeline.kafka.forgetting import Forgetting
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.states import Shard, entries_of
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.rooms import Rooms
from monitor.store.rows import RoomRow
from tests.detectors.build import at, chat
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import WorkerProcess, messages, send, until
from tests.monitor.rules import rulebook

Make = Callable[..., Config]
NOW = 100 * DAY_MS


def shard_of(engine: Engine, **idle_days: tuple[float, int | None]) -> Shard:
    """Rooms by name: for how many days they are idle, and when they are due."""
    shard = Shard()
    for room, (days, due_at) in idle_days.items():
        arrived = NOW - int(days * DAY_MS)
        row = RoomRow(platform="demo", room=room, last_arrival_ms=arrived, due_at=due_at)
        state = engine.open("demo", room, shard.shelf("demo", room))
        engine.step(state, [chat("来了", t=0, room=room), chat("来", t=9, room=room)], now=arrived)
        for key, value in entries_of(f"demo:{room}", row, engine.changed_parts(state), 1):
            shard.put(key, value)
    return shard


def test_idle_rooms_go_in_two_steps_unless_something_waits() -> None:
    engine = Engine(rulebook(), remembered_ms=7 * DAY_MS)
    shard = shard_of(
        engine,
        busy=(0.1, None),
        resting=(8, None),
        gone=(46, None),
        waiting=(46, NOW),
        working=(46, None),
    )
    rooms = Rooms(engine, shard, capacity=10)
    forgetting = Forgetting(engine, Retention())
    assert forgetting.entries(0, shard, rooms, NOW - DAY_MS, but=()) == []
    groups = forgetting.entries(0, shard, rooms, NOW, but={"demo:working"})
    for group in groups:
        for key, value in group:
            shard.put(key, value)
    assert {row.room for row in shard.rows()} == {"busy", "resting", "waiting", "working"}
    assert len(shard) == 4
    ids = {
        room: shard.keys(f"demo:{room}", ("latest:", "recent:"))
        for room in ("busy", "resting", "gone", "waiting", "working")
    }
    assert {room for room, names in ids.items() if names} == {"busy", "waiting", "working"}
    assert forgetting.forgotten == 1
    # Once an hour at most.
    assert forgetting.entries(0, shard, rooms, NOW + 1, but=()) == []
    # What comes again is told in either, and what is new begins a room.
    for room in ("resting", "gone"):
        state = rooms.get("demo", room).state
        engine.step(state, [chat("新", t=90, room=room)], now=NOW)
        engine.step(state, [chat("来了", t=0, room=room)], now=NOW)
    assert [one.room for one in engine.stats.undecided] == ["demo:resting", "demo:gone"]
    # What is left of a room goes, too, in the end.
    later = forgetting.entries(0, shard, rooms, at(500 * 86_400), but={"demo:busy"})
    for group in later:
        for key, value in group:
            shard.put(key, value)
    assert not shard.keys("demo:gone")


async def _states(config: Config) -> dict[str, set[str]]:
    """The parts of rooms as the changelog has them in the end; a room that is gone has none."""
    found: dict[str, set[str]] = {}
    async for record in read_topic(config.kafka, TopicNames.of(config.kafka.prefix).rooms):
        room, part = msgspec.msgpack.decode(record.key, type=tuple[str, str])
        parts = found.setdefault(room, set())
        parts.discard(part) if record.value is None else parts.add(part)
    return found


@pytest.mark.kafka
def test_a_forgotten_room_leaves_tombstones_and_starts_anew(make: Make, tmp_path: Path) -> None:
    config = make(partitions=1)
    # Two seconds in place of 45 days.
    config = msgspec.structs.replace(config, retention=Retention(rooms_days=2 / 86_400))
    path = written(config, tmp_path)
    number = 0

    def say(room: str) -> None:
        nonlocal number
        number += 1
        line = encode(chat("来了来了", t=number, room=room, id=f"{room}{number}"))
        send(config, messages(config, [line]))

    def states() -> dict[str, set[str]]:
        return asyncio.run(_states(config))

    def states_after(*rooms: str) -> dict[str, set[str]]:
        """The states, once something was said in these rooms."""
        for room in rooms:
            say(room)
        # What is said keeps a room for two seconds only: it is looked at as soon as a worker at rest is done.
        time.sleep(0.3)
        return states()

    def gone() -> bool:
        return states_after("other")["demo:1"] == {"facts", "forgotten", "sequence"}

    def holds(*rooms: str) -> bool:
        """Where something is said in these rooms, and in no other: are they what is held?"""
        found = states_after(*rooms)
        return (
            all("facts" in found[f"demo:{room}"] for room in rooms)
            and f'livewatch_state_rooms{{partition="0"}} {len(rooms)}.0' in worker.metrics()
        )

    worker = WorkerProcess(path, tmp_path / "worker.log")
    try:
        until(worker.is_ready, what="a start")
        say("1")
        until(lambda: bool(states().get("demo:1")), what="a state")
        until(gone, what="the room is forgotten")
        until(lambda: holds("other"), what="the other room, alone")
        until(lambda: holds("1", "other"), what="both rooms")
    finally:
        assert worker.stop() == 0


def test_a_room_that_cannot_be_forgotten_stays_and_stops_no_other() -> None:
    class Fragile(Engine):
        def remains(self, state: RoomState) -> dict[str, bytes]:
            if state.room == "stuck":
                raise RuntimeError("this one cannot be forgotten")
            return super().remains(state)

    engine = Fragile(rulebook(), remembered_ms=7 * DAY_MS)
    shard = shard_of(engine, stuck=(46, None), gone=(46, None))
    rooms = Rooms(engine, shard, capacity=10)
    forgetting = Forgetting(engine, Retention())
    forgetting.entries(0, shard, rooms, NOW - DAY_MS, but=())
    for group in forgetting.entries(0, shard, rooms, NOW, but=()):
        for key, value in group:
            shard.put(key, value)
    assert {row.room for row in shard.rows()} == {"stuck"}
    assert forgetting.forgotten == 1
    # What is left of the other, spoilt: of no use, and no obstacle.
    [(key, _)] = entries_of("demo:gone", None, {FORGOTTEN: b""}, 1)[:1]
    shard.put(key, (1).to_bytes(8, "big") + b"\xc1")
    assert shard.remains() == [("demo:gone", 0)]
