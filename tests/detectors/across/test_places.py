"""Sightings of different rooms and parties never share a place, whatever they are called."""

from __future__ import annotations

from itertools import product

import pytest

from detectors.across.rule import AcrossRule
from detectors.across.signal import Signal
from detectors.events import Chat
from tests.detectors.build import rulebook

NAMES = ["a", "a:b", "a\tb", "a%09b", "a%3Ab", "%", "\t"]


@pytest.mark.parametrize(
    "rule", [rule for rule in rulebook() if isinstance(rule, AcrossRule)], ids=lambda rule: rule.id
)
def test_a_place_is_one_room_and_one_party(rule: AcrossRule) -> None:
    places = {}
    for platform, room, host in product(NAMES, NAMES, ["", *NAMES]):
        event = Chat(id="1", platform=platform, room=room, at=1_788_231_600_000, text="x")
        signal = Signal(rule=rule.id, cluster="c", period=1, event=event, host=host)
        places[platform, room, host] = rule.place(signal)
    assert len(set(places.values())) == len(places)
