"""Speed of the core with all rules on: events a second, where the time goes, how cost grows."""

from __future__ import annotations

import copy
import gc
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import Event, decode_lines
from detectors.match.fold import fold
from detectors.match.lexicon import Lexicon
from detectors.pack.load import Rulebook, load_rulebook
from monitor.pipeline.collector import calm_collector
from tests.benchmarks.recording import CHAT, SPEECH, mixed

BATCH = 2_000


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of the best of three runs: noise of the machine only ever adds."""
    best = float("inf")
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def batches(lines: Sequence[bytes]) -> list[bytes]:
    return [b"\n".join(lines[start : start + BATCH]) for start in range(0, len(lines), BATCH)]


def play(engine: Engine, blocks: Sequence[bytes]) -> list[Alert]:
    """Decodes and steps, as a runtime does: grouped by room within a batch."""
    states: dict[str, RoomState] = {}
    alerts: list[Alert] = []
    for block in blocks:
        by_room: dict[str, list[Event]] = {}
        for event in decode_lines(block):
            by_room.setdefault(event.room, []).append(event)
        for room, events in by_room.items():
            state = states.get(room)
            if state is None:
                state = states[room] = engine.open("bench", room)
            alerts += engine.step(state, events, now=0)
            state._changed.clear()
    return alerts


def stages(book: Rulebook, blocks: Sequence[bytes]) -> dict[str, float]:
    """Seconds in folding, matching and each rule, taken with a stopwatch around each call."""
    engine = Engine(book)
    spent: dict[str, float] = {}
    watch = stopwatch(spent)
    for kind, handlers in engine._handlers.of.items():
        engine._handlers.of[kind] = [(seat, watch(seat.id, handler)) for seat, handler in handlers]
    for rule, seat in engine._listener.seats.items():
        seat.rule = copy.copy(seat.rule)
        seat.rule.on_text = watch(rule, seat.rule.on_text)  # type: ignore[method-assign]
    with (
        mock.patch.object(type(engine.reader), "read", watch("reading", type(engine.reader).read)),
    ):
        play(engine, blocks)
    return spent


def stopwatch(spent: dict[str, float]) -> Callable[[str, Callable[..., Any]], Callable[..., Any]]:
    """Wraps functions so that their seconds are added up by name, less the watch's own."""
    clock = time.perf_counter
    laps = [clock() for _ in range(20_001)]
    own_s = (laps[-1] - laps[0]) / 20_000

    def watch(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        spent.setdefault(name, 0.0)

        def timed_work(*arguments: Any) -> Any:
            start = clock()
            result = work(*arguments)
            spent[name] += clock() - start - own_s
            return result

        return timed_work

    return watch


def main() -> None:
    """Prints the tables."""
    book = load_rulebook()
    book.prepare()
    calm_collector()
    lines = list(mixed(200_000, rooms=20))
    blocks = batches(lines)
    count = len(lines)

    print(f"core, {len(book)} rules, {count:,} events in 20 rooms, one core")
    decode_s = timed(lambda: [decode_lines(block) for block in blocks])
    empty_s = timed(lambda: play(Engine(Rulebook([], book.law)), blocks))
    whole_s = timed(lambda: play(Engine(book), blocks))
    spent = stages(book, blocks)
    rows = [
        ("decoding (msgspec)", decode_s),
        ("order, duplicates, context", empty_s - decode_s),
        *sorted(spent.items(), key=lambda item: -item[1]),
    ]
    rows.append(("dispatch and the rest", whole_s - sum(seconds for _, seconds in rows)))
    print(f"{'stage':34}{'µs/event':>10}{'share':>8}")
    for name, seconds in rows:
        print(f"{name:34}{seconds / count * 1e6:10.2f}{seconds / whole_s:8.1%}")
    print(f"{'whole':34}{whole_s / count * 1e6:10.2f}{1:8.0%}   {count / whole_s:,.0f} events/s")

    print("\nby the number of rooms (same events a second in all)")
    for rooms in (1, 10, 100, 1_000, 10_000):
        spread = batches(list(mixed(100_000, rooms=rooms, per_second=2_000 / rooms)))
        seconds = timed(lambda s=spread: play(Engine(book), s))
        print(f"{rooms:8,} rooms{100_000 / seconds:12,.0f} events/s")

    print("\n10,000 rooms, 10 events a room and second")
    crowded = batches(list(mixed(200_000, rooms=10_000, per_second=10)))
    seconds = timed(lambda: play(Engine(book), crowded))
    print(f"{200_000 / seconds:27,.0f} events/s")

    print("\nby the number of patterns, a text of a host (fold and scan)")
    texts = [first + second for first in SPEECH for second in SPEECH]
    letters = sorted(set("".join(SPEECH + CHAT)))
    words = [a + b + c for a in letters[:20] for b in letters[20:40] for c in letters[40:55]]
    for patterns in (50, 500, 5_000):
        lexicon = Lexicon.of(("rule", "group", word) for word in words[:patterns])
        seconds = timed(lambda x=lexicon: [x.scan(fold(text).text) for text in texts])
        print(f"{patterns:8,} patterns{seconds / len(texts) * 1e6:10.2f} µs a text")

    print("\nby hours of history: one room, the same hour's load, late against early")
    engine = Engine(book, remembered_ids=20_000)
    state = engine.open("bench", "r0")
    per_hour = 30_000
    stream = mixed(per_hour * 8, rooms=1, per_second=per_hour / 3600)
    for hour in range(8):
        block = batches([next(stream) for _ in range(per_hour)])
        start = time.process_time()
        for piece in block:
            engine.step(state, decode_lines(piece), now=0)
        seconds = time.process_time() - start
        size = len(engine.snapshot(state))
        print(
            f"  hour {hour + 1}{per_hour / seconds:12,.0f} events/s   state {size / 1024:8,.0f} kB"
        )


if __name__ == "__main__":
    main()
