"""A whole recording, the demo evening with all shipped rules: any order within the lateness, any
repetition, any batches, and a restart anywhere give the same alerts."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.engine.shelf import is_shelved
from detectors.events import Event
from monitor.demo.recording import record
from tests.detectors.build import rulebook
from tests.whole import examples

LATENESS_MS = 10_000


@functools.cache
def evening() -> tuple[Event, ...]:
    return tuple(sorted(record().events, key=lambda event: event.at))


def engine() -> Engine:
    return Engine(rulebook(), lateness_ms=LATENESS_MS)


def essence(alerts: Iterable[Alert]) -> list[tuple[Any, ...]]:
    final = {alert.id: alert for alert in alerts}
    return sorted(
        (a.id, a.level, a.hits, a.first_at, a.last_at, a.reason, len(a.evidence.trigger))
        for a in final.values()
    )


@functools.cache
def expected() -> list[tuple[Any, ...]]:
    machine = engine()
    state = machine.open(evening()[0].platform, evening()[0].room)
    alerts = machine.step(state, evening(), now=0) + machine.finish(state, now=0)
    assert machine.stats.failures == []
    return essence(alerts)


@pytest.mark.slow
def test_the_evening_raises_all_rules_of_the_three_families():
    assert len({rule.id for rule in rulebook()}) >= 15
    assert len(expected()) > 20


# The example is large and the machine may be busy: what counts is that nothing changes.
relaxed = settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@pytest.mark.slow(4)
@relaxed
@given(st.integers(0, 10**9))
def test_order_repetition_and_batches_change_nothing(seed):
    choose = random.Random(seed)
    arrived = sorted(evening(), key=lambda event: event.at + choose.randrange(LATENESS_MS))
    doubled = [event for event in arrived for _ in range(1 + (choose.random() < 0.3))]
    machine = engine()
    state = machine.open(doubled[0].platform, doubled[0].room)
    alerts: list[Alert] = []
    start = 0
    while start < len(doubled):
        size = choose.choice((1, 7, 100, 3_000))
        alerts += machine.step(state, doubled[start : start + size], now=0)
        start += size
    assert essence(alerts + machine.finish(state, now=0)) == expected()


# A long test, and each event of the busiest minutes below. `make test` restores at every prefix of each rule's cases (test_contract.py).
@pytest.mark.whole
@pytest.mark.slow(4)
@settings(relaxed, max_examples=2)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=12, unique=True))
def test_a_restart_at_any_events_changes_nothing(cuts):
    machine = engine()
    state = machine.open(evening()[0].platform, evening()[0].room)
    alerts: list[Alert] = []
    edges = [0, *sorted(cuts), len(evening())]
    for start, end in pairwise(edges):
        alerts += machine.step(state, evening()[start:end], now=0)
        state = machine.restore_snapshot(machine.snapshot(state))
    assert essence(alerts + machine.finish(state, now=0)) == expected()


class Parts:
    """What a runtime keeps of a room: the parts that were written last."""

    def __init__(self, machine: Engine, state: RoomState) -> None:
        self.machine = machine
        self.parts: dict[str, bytes] = {}
        self.write(state)

    def write(self, state: RoomState) -> None:
        for name, body in self.machine.changed_parts(state).items():
            if body is None:
                self.parts.pop(name, None)
            else:
                self.parts[name] = body

    def read(self) -> RoomState:
        return self.machine.restore(
            {name: body for name, body in self.parts.items() if not is_shelved(name)}, self
        )

    def get(self, part: str) -> bytes | None:
        """A shelved part, as `detectors.engine.shelf.Stored` asks for it."""
        return self.parts.get(part)


@pytest.mark.whole
@pytest.mark.slow(6)
def test_a_restart_after_every_event_of_the_busiest_minutes_changes_nothing():
    events: Sequence[Event] = evening()
    # From where the first alerts of the evening stand, through the next 300 events.
    begins = expected_first_of_the_evening()
    first = next(i for i, event in enumerate(events) if event.at >= begins)
    machine = engine()
    state = machine.open(events[0].platform, events[0].room)
    alerts = machine.step(state, events[: first - 50], now=0)
    kept = Parts(machine, state)
    for event in events[first - 50 : first + 250]:
        alerts += machine.step(state, [event], now=0)
        kept.write(state)
        state = kept.read()
    alerts += machine.step(state, events[first + 250 :], now=0)
    assert essence(alerts + machine.finish(state, now=0)) == expected()


def expected_first_of_the_evening() -> int:
    begins = max(
        event.at
        for event in evening()
        if type(event).__name__ == "Session" and event.phase == "started"
    )  # type: ignore[union-attr]
    return min(row[3] for row in expected() if row[3] > begins)
