"""What the platform does: sends viewers, rounds, hides and delays its numbers."""

from __future__ import annotations

from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data

__all__ = [
    "delayed_counters",
    "fetched_orders",
    "frozen_counters",
    "like_goal",
    "missing_counters",
    "push",
    "raid",
    "rounded_counters",
    "steady_polls",
]


def push(evening: Evening) -> None:
    """The platform recommends the room: viewers multiply within two minutes, and nobody knows why."""
    rng = evening.rng
    for _ in range(rng.randint(1, 2)):
        at = evening.moment(0.15, 0.75)
        extra = evening.watching(at) * rng.uniform(1.5, 7)
        evening.audience.surge(evening.step(at), extra, rise=rng.randint(2, 14), half_life=rng.randint(15, 80))  # fmt: skip
        if rng.random() < 0.3:
            evening.call(at + 60_000, "push_call")
        _come_in(evening, at + 20_000, round(extra * 0.02))


def raid(evening: Evening) -> None:
    """Another room ends and sends its viewers: they come at once and all say where from."""
    rng = evening.rng
    at = evening.moment(0.2, 0.8)
    extra = evening.shop.viewers * rng.uniform(0.5, 4) + 20
    other = rng.choice(data("themes")["hosts"])
    evening.audience.surge(evening.step(at), extra, rise=2, half_life=rng.randint(20, 60))
    evening.call(at + 15_000, "raid_call", other=other)
    texts = [evening.drawn("raid_from", other=other) for _ in range(12)]
    evening.wave(at + 5_000, texts, max(4, round(extra * rng.uniform(0.03, 0.12))), within_s=45, disguise=0.15)  # fmt: skip


def _come_in(evening: Evening, at: float, count: int) -> None:
    """Newcomers say what newcomers say."""
    texts = data("crowd")["came_in"]
    evening.wave(at, texts, min(400, max(2, count)), within_s=90, disguise=0.2)


def rounded_counters(evening: Evening) -> None:
    """From ten thousand on the platform shows “1.2万” or “1万+”."""
    for name in evening.display:
        evening.display[name] = evening.rng.choice(("rounded", "rounded", "open"))
    evening.audience.followers += 10_000


def missing_counters(evening: Evening) -> None:
    """The platform does not show some counters."""
    for name in evening.rng.sample(sorted(evening.display), evening.rng.randint(2, 5)):
        evening.display[name] = "hidden"


def delayed_counters(evening: Evening) -> None:
    """Some counters show what was so a minute and a half ago."""
    for name in evening.rng.sample(sorted(evening.display), evening.rng.randint(1, 4)):
        evening.display[name] = "delayed"


def fetched_orders(evening: Evening) -> None:
    """Orders are fetched every few seconds: all of them bear the time at which they were fetched."""
    evening.fetched_ms = evening.rng.choice((5, 10, 15, 20, 30, 60)) * 1_000


def frozen_counters(evening: Evening) -> None:
    """The platform renews some counters every five minutes only: between them they stand still."""
    for name in evening.rng.sample(("viewers", "visits", "likes"), 2):
        evening.display[name] = "frozen"


def like_goal(evening: Evening) -> None:
    """The host asks for likes to a goal, and for minutes everybody taps; nobody else comes."""
    rng = evening.rng
    for _ in range(rng.randint(1, 3)):
        at = evening.moment(0.05, 0.9)
        evening.call(at, "like_call")
        factor = rng.uniform(8, 40)
        first = evening.step(at)
        for step in range(first, min(len(evening.audience.likes), first + rng.randint(12, 36))):
            evening.audience.likes[step] *= factor * rng.uniform(0.5, 1.5)
        texts = [evening.drawn("like_line") for _ in range(12)]
        evening.wave(
            at + 5_000, texts, evening.viewers_who(rng.uniform(0.01, 0.05), at), within_s=90
        )


def steady_polls(evening: Evening) -> None:
    """Counters are read exactly on the beat."""
    evening.poll_jitter = 0.0
