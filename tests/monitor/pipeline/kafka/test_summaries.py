"""What the desk is told of rooms, and how often."""

from __future__ import annotations

import msgspec

from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.summaries import Summaries
from monitor.store.rows import RoomRow

START = 1_790_856_000_000


def row(room: str = "1", **fields: object) -> RoomRow:
    return msgspec.convert(
        {"platform": "demo", "room": room, "last_arrival_ms": START, "session": "s", **fields},
        RoomRow,
    )


def events(messages: list[Message]) -> list[tuple[bytes | None, int]]:
    return [
        (message.key, msgspec.json.decode(message.value, type=RoomRow).events)
        for message in messages
    ]


def test_what_is_new_goes_at_once_and_counters_wait():
    summaries = Summaries("t", interval_ms=10_000)
    busy = row(events=1, due_at=START + 5)
    (first,) = summaries.take([busy], START)
    assert (first.topic, first.key) == ("t", b"demo:1")
    assert msgspec.json.decode(first.value, type=RoomRow).due_at is None
    busy.events = 2
    assert summaries.take([busy], START + 1_000) == []
    busy.title = "今晚的茶"
    assert events(summaries.take([busy], START + 2_000)) == [(b"demo:1", 2)]
    busy.events = 3
    assert summaries.take([busy], START + 11_999) == []
    busy.events = 4
    assert events(summaries.take([busy], START + 12_000)) == [(b"demo:1", 4)]


def test_what_was_held_back_comes_when_the_room_says_nothing_more():
    summaries = Summaries("t", interval_ms=10_000)
    busy, quiet = row("1", events=1), row("2", events=1)
    summaries.take([busy, quiet], START)
    busy.events = 7
    summaries.take([busy], START + 500)
    busy.events = 8  # not taken yet: another batch is at it
    assert summaries.overdue(START + 9_999) == []
    assert events(summaries.overdue(START + 10_000)) == [(b"demo:1", 7)]
    assert summaries.overdue(START + 20_000) == []
    assert len(summaries) == 0
