"""The table of rooms: what a record of the changelog does, and what it must not do."""

from __future__ import annotations

import msgspec

from monitor.pipeline.kafka.records import room_entries
from monitor.pipeline.kafka.states import Shard, entries_of
from monitor.store.rows import Outcome, RoomRow


def row(room: str = "1", due_at: int | None = None) -> RoomRow:
    return RoomRow(platform="demo", room=room, last_arrival_ms=5, due_at=due_at)


def put(shard: Shard, offset: int, parts: dict[str, bytes | None], **fields: object) -> None:
    for key, value in entries_of("demo:1", row(**fields), parts, offset):  # type: ignore[arg-type]
        shard.put(key, value)


def test_a_room_comes_back_as_it_was_written() -> None:
    shard = Shard()
    put(shard, 7, {"facts": b"f", "card:a/b\tc": b"k"}, due_at=99)
    found = shard.load_room("demo", "1")
    assert found == (row(due_at=99), {"facts": b"f", "card:a/b\tc": b"k"})
    assert shard.rooms_due() == [(99, "demo", "1")]
    assert (shard.applied, len(shard)) == ({"demo:1": 7}, 1)
    assert shard.load_room("demo", "2") is None


def test_a_part_that_is_gone_is_forgotten_with_its_bytes() -> None:
    shard = Shard()
    put(shard, 1, {"facts": b"f"})
    before = shard.bytes
    put(shard, 2, {"card:a": b"x" * 1_000})
    assert shard.bytes == before + 1_000 + 8
    put(shard, 3, {"card:a": None})
    assert shard.bytes == before
    assert shard.load_room("demo", "1") == (row(), {"facts": b"f"})


def test_what_a_worker_wrote_that_was_taken_for_dead_is_passed_over() -> None:
    shard = Shard()
    put(shard, 20, {"facts": b"new"})
    put(shard, 10, {"facts": b"old"})
    assert shard.load_room("demo", "1") == (row(), {"facts": b"new"})
    assert shard.applied == {"demo:1": 20}


def test_a_room_whose_parts_are_all_gone_is_gone() -> None:
    shard = Shard()
    put(shard, 1, {"facts": b"f"})
    for key in shard.keys("demo:1"):
        shard.put(key, None)
    assert (len(shard), shard.bytes, shard.applied) == (0, 0, {})


def test_a_part_that_did_not_change_is_not_written_again() -> None:
    shard = Shard()
    put(shard, 1, {"facts": b"f", "ids:0": b"i"})
    outcome = Outcome(
        rooms=[row()], parts={"demo:1": {"facts": b"f", "ids:0": b"j", "after:a": None}}
    )
    (group,) = room_entries(outcome, shard, 2)
    assert [msgspec.msgpack.decode(key) for key, _ in group] == [
        ["demo:1", "ids:0"],
        ["demo:1", ""],
    ]
    again = Outcome(rooms=[row()], parts={"demo:1": {"facts": b"f"}}, rewritten=["demo:1"])
    (group,) = room_entries(again, shard, 2)
    assert [(msgspec.msgpack.decode(key)[1], value is None) for key, value in group] == [
        ("ids:0", True), ("facts", False), ("", False),
    ]  # fmt: skip
