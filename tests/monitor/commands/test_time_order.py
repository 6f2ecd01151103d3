"""Events of several files in one order."""

from __future__ import annotations

import pytest

from detectors.events import Chat, Price, encode
from monitor.commands.time_order import TimeOrder


def chat(name: str, at: int, room: str = "1") -> Chat:
    return Chat(id=name, platform="demo", room=room, at=1_788_262_200_000 + at, text="行\n列\0")


@pytest.mark.parametrize("run_events", [1, 2, 3, 100])
def test_events_come_by_time_rank_and_id_whether_they_fit_in_memory_or_not(run_events: int) -> None:
    order = TimeOrder(run_events)
    price = Price(id="z", platform="demo", room="1", at=1_788_262_200_005, sku="A", kind="asking")
    for event in (chat("b", 5), chat("c", 9), price, chat("a", 5), chat("d", 1)):
        order.add(event)

    # What is known of a product comes before what is said in the same millisecond.
    assert list(order.lines()) == [
        encode(event) + b"\n"
        for event in (chat("d", 1), price, chat("a", 5), chat("b", 5), chat("c", 9))
    ]


@pytest.mark.parametrize("run_events", [1, 100])
def test_an_event_that_came_twice_is_given_once(run_events: int) -> None:
    order = TimeOrder(run_events)
    for event in (chat("a", 1), chat("b", 2), chat("a", 1), chat("a", 1, room="2")):
        order.add(event)

    assert len(list(order.lines())) == 3
    assert order.repeated == 1
