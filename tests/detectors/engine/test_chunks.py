"""Events in chunks: little is written, and what is written is what there is."""

from __future__ import annotations

import random

import pytest

from detectors.engine.chunks import Chunks
from detectors.engine.engine import Engine
from detectors.events import Event
from tests.detectors.build import chat, rulebook


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(rulebook())


def lines(count: int) -> list[Event]:
    return [chat(f"第{number}句", t=number / 10) for number in range(count)]


def test_what_is_kept_is_found_again_in_the_order_of_its_coming() -> None:
    chunks = Chunks(10)
    events = lines(200)
    kept: list[Event] = []
    choose = random.Random(1)
    while events:
        count = choose.randrange(1, 30)
        kept = [*kept, *events[:count]][-40:]
        del events[:count]
        chunks.renew(kept)
        found = chunks.events()
        assert found[-len(kept) :] == kept
        assert len(found) < len(kept) + 20
        assert max(chunks.slots) < 10


def test_only_what_changed_is_written() -> None:
    chunks = Chunks(10)
    events = lines(45)
    assert chunks.renew(events[:40]) == {0, 1, 2, 3}
    assert chunks.renew(events[:40]) == set()
    # The first ten have gone, their slot is taken again.
    assert chunks.renew(events[10:45]) == {0}
    assert chunks.renew([]) == {0, 1, 2, 3}
    assert not chunks.slots


@pytest.mark.slow
def test_a_busy_room_writes_what_is_new_and_not_all_that_waits(engine: Engine) -> None:
    state = engine.open("demo", "1")
    events = [chat(f"第{number}句", t=number / 200) for number in range(800)]
    written: dict[str, bytes] = {}
    sizes = []
    for start in range(0, 800, 5):
        engine.step(state, events[start : start + 5], now=0)
        changed = engine.changed_parts(state)
        sizes.append(sum(len(data or b"") for name, data in changed.items() if "/" in name))
        for name, data in changed.items():
            if data is None:
                written.pop(name, None)
            else:
                written[name] = data
        assert engine.snapshot(engine.restore(written)) == engine.snapshot(state)
    waiting = len(state._sequence.buffer)
    assert waiting >= 400
    whole = sum(len(data) for name, data in written.items() if name.startswith("waiting"))
    assert sum(sizes[-80:]) / 80 < whole / 4


def test_a_state_that_was_written_whole_is_still_read(engine: Engine) -> None:
    import msgspec

    state = engine.open("demo", "1")
    engine.step(state, lines(60), now=0)
    parts = {name: data for name, data in engine.changed_parts(state).items() if data is not None}
    old = {name: data for name, data in parts.items() if "/" not in name}
    old["sequence"] = msgspec.msgpack.encode((1, state._sequence))
    old["recent:chat"] = msgspec.msgpack.encode((1, list(state._recent_chat)))
    restored = engine.restore(old)
    assert restored._sequence.buffer == state._sequence.buffer
    assert list(restored._recent_chat) == list(state._recent_chat)
    again = {n: d for n, d in engine.changed_parts(restored).items() if d is not None}
    assert engine.restore({**old, **again})._sequence.buffer == state._sequence.buffer
