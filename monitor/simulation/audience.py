"""How many watch, enter and like, in steps of ten seconds; and what the platform shows of it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

__all__ = ["STEP_MS", "Audience", "Display", "Shown", "shown"]

STEP_MS = 10_000
#: What the platform does to a number before it shows it.
Display = Literal["exact", "rounded", "open", "hidden", "delayed", "frozen"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as displayed."""

    value: int | None = None
    low: int | None = None
    high: int | None = None


def shown(number: float, display: Display) -> Shown:
    """The number on the page: “12,345” or, from ten thousand on, “1.2万” or “1万+”."""
    count = max(0, round(number))
    if display == "rounded" and count >= 10_000:
        low = count // 1_000 * 1_000
        return Shown(low=low, high=low + 999)
    if display == "open" and count >= 10_000:
        return Shown(low=count // 10_000 * 10_000)
    return Shown(value=count)


class Audience:
    """The curves of one evening. Curves are lists a step long; campaigns and traits edit them."""

    def __init__(self, rng: random.Random, usual: int, steps: int) -> None:
        stay_steps = rng.uniform(25, 90)
        walk = 0.0
        level = 0.15
        self.viewers: list[float] = []
        self.entries: list[float] = []
        self.likes: list[float] = []
        likes_per_viewer = math.exp(rng.uniform(math.log(0.03), math.log(0.6)))
        ramp = rng.uniform(0.06, 0.25) * steps
        fade = rng.uniform(0.8, 0.97) * steps
        before = 0.0
        for step in range(steps):
            walk = 0.985 * walk + rng.gauss(0, 0.035)
            goal = min(1.0, 0.2 + 0.8 * step / ramp)
            if step > fade:
                goal *= max(0.25, 1 - 0.8 * (step - fade) / (steps - fade + 1))
            level += 0.12 * (goal - level)
            watching = max(1.0, usual * level * math.exp(walk) + rng.gauss(0, 0.2) * usual**0.5)
            self.viewers.append(watching)
            self.entries.append(
                max(0.0, watching / stay_steps * rng.uniform(0.6, 1.5) + max(0, watching - before))
            )
            before = watching
            burst = 6.0 if rng.random() < 0.02 else 1.0
            self.likes.append(watching * likes_per_viewer * burst * rng.uniform(0.2, 1.8))
        self.visits_before = round(usual * rng.uniform(0, 0.3))
        self.followers = round(usual * math.exp(rng.uniform(1, 6)))

    def surge(self, step: int, extra: float, *, rise: int, half_life: int) -> None:
        """More people come within `rise` steps and leave again with that half-life, in steps."""
        for place in range(step, len(self.viewers)):
            passed = place - step
            share = min(1.0, (passed + 1) / rise) * 0.5 ** (max(0, passed - rise) / half_life)
            here = extra * share
            usual = self.viewers[place]
            self.viewers[place] += here
            arriving = extra / rise if passed < rise else here / half_life
            self.entries[place] += arriving
            # Newcomers like less than those who came to see this host, but they do.
            self.likes[place] *= 1 + 0.6 * here / usual

    def totals(self, curve: list[float], start: float = 0.0) -> list[float]:
        """The running total of a curve, as the platform counts visits and likes."""
        total = start
        out = []
        for value in curve:
            total += value
            out.append(total)
        return out
