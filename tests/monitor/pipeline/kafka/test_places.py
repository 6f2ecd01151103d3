"""Where events stand in the topic: known of the latest, and of what a verdict stands on also later."""

from __future__ import annotations

import pytest

from detectors.alerts import Input
from detectors.events import decode
from monitor.pipeline.kafka.places import LASTING, PLACES, Places
from monitor.pipeline.kafka.states import Shard, entries_of
from monitor.store.rows import Outcome, RoomRow
from tests.monitor.build import alert, chat, line, speech

LOG = "livewatch.events/3"
ROOM = "demo:1"


def commit(places: Places, shard: Shard, offset: int) -> int:
    """As the worker writes a room's state; returns the bytes of its places."""
    row = RoomRow(platform="demo", room="1", last_arrival_ms=0)
    outcome = Outcome(rooms=[row], parts={ROOM: {"hot": b"x"}})
    places.add_to(outcome, shard)
    shard.put_all([entries_of(ROOM, row, outcome.parts[ROOM], offset)], offset)
    return sum(len(data or b"") for name, data in outcome.parts[ROOM].items() if PLACES in name)


def test_an_alert_says_where_its_records_stand() -> None:
    places, shard = Places(LOG), Shard()
    places.note(ROOM, [(decode(chat("c1", 1, "好")), 7), (decode(speech("s1", 2, "根治")), 9)])
    # What is delivered twice was taken where it stands first.
    places.note(ROOM, [(decode(chat("c1", 1, "好")), 12)])
    read = [Input(event="c1"), Input(event="s1"), Input(event="gone")]
    [placed] = places.placed(shard, [alert("A", inputs=read)])
    assert [(one.log, one.position) for one in placed.inputs[:2]] == [(LOG, 7), (LOG, 9)]
    assert placed.inputs[2] == Input(event="gone")
    # An alert over several rooms is as it was.
    [across] = places.placed(shard, [alert("A", platform="", room="", inputs=read)])
    assert across.inputs == read


@pytest.mark.slow
def test_what_a_verdict_stands_on_outlives_a_restart_and_chat_does_not() -> None:
    places, shard = Places(LOG), Shard()
    written = 0
    for number in range(LASTING + 100):
        places.begin()
        card = decode(line("price", f"p{number}", number, sku="A", price=1, kind="asking"))
        places.note(
            ROOM, [(card, number), (decode(chat(f"c{number}", number, "好")), 10_000 + number)]
        )
        written = max(written, commit(places, shard, number))
    other = Places(LOG)
    assert other.find(shard, ROOM, "p150") == 150
    assert other.find(shard, ROOM, f"p{LASTING + 99}") == LASTING + 99
    assert other.find(shard, ROOM, "c150") is None
    assert other.find(shard, ROOM, "p0") is None, "the ring has gone round"
    assert written <= 2 * 1_100, "only the newest part is written again"
    # The engine is not given what is not its own.
    found = shard.load_room("demo", "1")
    assert found is not None
    assert set(found[1]) == {"hot"}


def test_a_portion_that_is_done_again_notes_nothing_twice() -> None:
    places, shard = Places(LOG), Shard()
    card = decode(line("price", "p1", 1, sku="A", price=1, kind="asking"))
    for _ in range(3):
        places.begin()
        places.note(ROOM, [(card, 5)])
    assert commit(places, shard, 5) == 8 + 16
    assert Places(LOG).find(shard, ROOM, "p1") == 5
