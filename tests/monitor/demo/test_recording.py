"""The recording as events of the contract."""

from __future__ import annotations

from collections import Counter

import pytest

from detectors.events import Chat, Gap, Order, Price, Product, Room, Session, decode, encode
from monitor.demo.recording import FIXED_START_MS, Recording, record
from monitor.demo.script import Act, ScriptError, Step
from monitor.demo.stage import Stage

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record()


@pytest.mark.slow
def test_the_same_start_gives_the_same_bytes(recording: Recording) -> None:
    assert [encode(event) for event in record().events] == [
        encode(event) for event in recording.events
    ]


def test_every_event_is_one_of_the_contract(recording: Recording) -> None:
    for event in recording.events:
        assert decode(encode(event)) == event


@pytest.mark.slow
def test_ids_are_unique_and_of_another_start_different(recording: Recording) -> None:
    ids = {event.id for event in recording.events}
    assert len(ids) == len(recording.events)
    later = record(FIXED_START_MS + 60_000)
    assert not ids & {event.id for event in later.events}


@pytest.mark.slow
def test_another_start_only_moves_the_evening(recording: Recording) -> None:
    later = record(FIXED_START_MS + 3_600_000)
    assert [event.at for event in later.evening] == [
        event.at + 3_600_000 for event in recording.evening
    ]


def test_the_evening_is_long_and_full_enough(recording: Recording) -> None:
    assert recording.length_s >= 45 * 60
    assert len(recording.evening) >= 6_000
    kinds = Counter(type(event).__name__ for event in recording.evening)
    assert kinds["Speech"] >= 350
    assert kinds["Chat"] > 10 * kinds["Speech"]
    assert kinds["Gap"] == 1
    writers = {event.user for event in recording.evening if isinstance(event, Chat)}
    assert len(writers) >= 400


def test_the_history_covers_ten_days_with_prices_paid_and_two_sessions(
    recording: Recording,
) -> None:
    history = recording.history
    assert recording.start_ms - history[0].at >= 10 * DAY_MS
    assert max(event.at for event in history) < recording.start_ms
    assert sum(isinstance(event, Session) and event.phase == "ended" for event in history) == 2
    for sku in ("T1", "H1", "B1", "D1", "T3"):
        assert sum(isinstance(event, Order) and event.sku == sku for event in history) >= 30
        assert sum(isinstance(event, Price) and event.sku == sku for event in history) >= 20


def test_events_stand_in_the_order_of_time(recording: Recording) -> None:
    times = [event.at for event in recording.events]
    assert times == sorted(times)


def test_who_is_behind_the_room_is_known_from_the_start(recording: Recording) -> None:
    front = recording.evening[0]
    assert isinstance(front, Room)
    assert front.host_kind == "seller"
    assert front.operator is not None
    assert front.operator.licence


def test_nothing_is_observed_in_the_gap(recording: Recording) -> None:
    (gap,) = [event for event in recording.evening if isinstance(event, Gap)]
    assert gap.until - gap.from_ == 40_000
    inside = [e for e in recording.evening if gap.from_ <= e.at < gap.until and e is not gap]
    assert inside == []


def test_cards_show_what_labels_carry(recording: Recording) -> None:
    cards = {
        event.sku: event
        for event in recording.events
        if isinstance(event, Product) and event.attributes
    }
    assert set(cards) == {"T1", "T2", "T3", "B1", "H1", "C1", "S1", "D1", "V1", "N1"}
    assert cards["D1"].attributes is not None
    assert cards["D1"].attributes["含绒量"] == "80%"
    assert cards["V1"].category == "health_food"


def test_a_verb_that_nobody_knows_names_its_line() -> None:
    stage = Stage(start_ms=FIXED_START_MS, session="s", tag="t", seed=1, viewers=100)
    with pytest.raises(ScriptError, match=r"9-x\.txt:3: nobody knows how to 'dance'"):
        stage.play("x", [Step("9-x.txt:3", act=Act("dance"))])


def test_a_verb_without_what_it_needs_names_its_line() -> None:
    stage = Stage(start_ms=FIXED_START_MS, session="s", tag="t", seed=1, viewers=100)
    with pytest.raises(ScriptError, match=r"9-x\.txt:3: card: .*status"):
        stage.play("x", [Step("9-x.txt:3", act=Act("card", ("T1",)))])
