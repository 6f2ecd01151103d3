"""Which rooms of a source are known to be off the air."""

from __future__ import annotations

import pytest

from connectors import airtime
from connectors.airtime import Airtime
from detectors.events import Chat, Event, Session


def chat(room: str, session: str = "s1") -> Event:
    return Chat(id="c", platform="demo", room=room, session=session, at=1, text="好")


def ended(room: str, session: str = "s1") -> Event:
    return Session(id="e", platform="demo", room=room, session=session, at=1, phase="ended")


def started(room: str, session: str = "s2") -> Event:
    return Session(id="b", platform="demo", room=room, session=session, at=1, phase="started")


@pytest.mark.parametrize(
    ("events", "is_over"),
    [
        ([], False),
        ([chat("1")], False),
        ([chat("1"), ended("1")], True),
        ([ended("1")], True),
        # Another room is still on the air, or never told of a broadcast.
        ([ended("1"), chat("2")], False),
        ([ended("1"), chat("2", session="")], False),
        ([ended("1"), ended("2")], True),
        # The next broadcast, announced or not; what comes late of the last one; what has none.
        ([ended("1"), started("1")], False),
        ([ended("1"), chat("1", session="s2")], False),
        ([ended("1"), chat("1", session="s1")], True),
        ([ended("1"), chat("1", session="")], True),
        ([ended("1"), started("1"), ended("1", "s2"), ended("1", "s2")], True),
    ],
)
def test_it_is_over_where_every_room_has_ended(events: list[Event], is_over: bool) -> None:
    at_once, singly = Airtime(), Airtime()
    at_once.take(events)
    for event in events:
        singly.take([event])
    assert (at_once.is_over, singly.is_over) == (is_over, is_over)


def test_rooms_beyond_the_bound_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airtime, "MAX_ROOMS", 2)
    known = Airtime()
    known.take([chat("1"), ended("2")])
    assert not known.is_over
    known.take([ended("3")])
    assert known.is_over
