"""A campaign under way: its accounts, its times, and a record of everything that it does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors import events
from detectors.calendar import MINUTE_MS
from monitor.simulation.evening import Evening
from monitor.simulation.plan import Plan
from monitor.simulation.shop import Good

__all__ = ["Campaign", "Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """When a campaign was at work in one broadcast, in ms since the epoch."""

    room: str
    session: str
    start: int
    end: int


@dataclass(slots=True)
class Campaign:
    """What a kind of campaign works with. `evenings`: by time, then by room."""

    plan: Plan
    rng: random.Random
    evenings: list[Evening]
    injected: list[events.Event] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)

    def span(self, evening: Evening) -> tuple[int, int]:
        """When it is at work in an evening; drawn once and recorded."""
        length = evening.end - evening.start
        lasts = min(self.plan.minutes * MINUTE_MS, 0.85 * length)
        start = evening.start + round(self.rng.uniform(0.1, 0.97 - lasts / length) * length)
        end = start + round(lasts)
        self.record(evening, start, end)
        return start, end

    def record(self, evening: Evening, start: int, end: int) -> None:
        """Notes when it is at work."""
        self.intervals.append(Interval(evening.shop.room, evening.session, start, end))

    def crew(self, evening: Evening, before: int | None = None) -> list[str]:
        """Its accounts; those that are aged have written something ordinary before a time."""
        plan = self.plan
        alike = round(plan.accounts * plan.alike)
        made = evening.accounts
        crew = made.alike(evening.shop.naming, alike)
        crew += made.several(evening.shop.naming, plan.accounts - alike)
        self.rng.shuffle(crew)
        self.accounts += crew
        if before is not None:
            self.age(evening, crew, before)
        return crew

    def age(self, evening: Evening, crew: Sequence[str], before: int) -> None:
        """Some of the accounts write one or two ordinary lines before a time."""
        for user in crew[: round(len(crew) * self.plan.aged)]:
            for _ in range(self.rng.randint(1, 2)):
                at = self.rng.uniform(evening.start, max(evening.start + 1, before - 1_000))
                self.add(evening.remark(at, user))

    def cover(
        self, evening: Evening, crew: Sequence[str], actions: int, start: int, end: int
    ) -> None:
        """Ordinary lines of the same accounts in the same time."""
        for _ in range(round(actions * self.plan.camouflage)):
            self.add(evening.remark(self.rng.uniform(start, end), self.rng.choice(crew)))

    def times(
        self, count: int, start: float, end: float, crowd: Evening | None = None
    ) -> list[int]:
        """So many times: on the beat at jitter 0, as irregular as people at 1.

        With `follow`, that share of them is when somebody of the crowd writes or buys: it hides in
        the room's own rhythm.
        """
        rng, jitter = self.rng, self.plan.jitter
        if not count:
            return []
        lively: list[int] = []
        if crowd and self.plan.follow:
            lively = [
                event.at
                for event in crowd.events
                if start <= event.at <= end and isinstance(event, (events.Chat, events.Order))
            ]
        beat = (end - start) / count
        times = [
            rng.choice(lively) + rng.uniform(0, 20_000)
            if lively and rng.random() < self.plan.follow
            else rng.uniform(start, end)
            if rng.random() < jitter**2
            else start + (place + 0.5 + jitter * rng.uniform(-1, 1)) * beat
            for place in range(count)
        ]
        return sorted(min(round(end), max(round(start), round(at))) for at in times)

    def buy(self, evening: Evening, at: float, user: str, good: Good | None = None) -> events.Order:
        """An order of the campaign; whatever the feed shows of it is recorded."""
        before = len(evening.events)
        order = evening.order(at, user, good)
        self.injected += evening.events[before:]
        return order

    def turns(self, crew: Sequence[str], count: int) -> list[str]:
        """Who acts when: in rounds, so that everybody has as many turns; shuffled by the jitter."""
        turns = [crew[place % len(crew)] for place in range(count)]
        if self.rng.random() < self.plan.jitter:
            self.rng.shuffle(turns)
        return turns

    def write(
        self, evening: Evening, at: float, user: str | None, text: str, role: str = "viewer"
    ) -> None:
        """A line of the campaign, spelt otherwise as often as the plan says."""
        spelt = evening.book.disguise(self.rng, text, self.plan.spelling)
        self.add(evening.chat(at, user, spelt, role))

    def add(self, event: events.Event) -> None:
        """Records an event as the campaign's."""
        self.injected.append(event)
