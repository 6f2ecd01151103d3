"""What is kept of a room's audience for `fake-traffic`: displays of its counters, and a surge."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.events import Counter
from detectors.facts.crowd.counters import Counters
from detectors.rules.claims.claim import ClaimMemory
from detectors.rules.crowd.order_window import Sample, sample_of

__all__ = ["SAMPLE_MS", "Surge", "TrafficState", "append", "middle"]

#: Samples of a counter closer together than this replace each other.
SAMPLE_MS = 5_000


class Surge(Struct):
    """Viewers many times over within a minute."""

    at: int
    """When the earlier number was displayed."""
    base: int
    """Viewers then, at most."""
    peak: int
    """Viewers after it, at least."""
    chat_before: int
    """Chat lines in the time before, for the baseline."""
    events: list[Counter]
    silent: bool = False
    """Nobody wrote, yet there was no storm of likes: what came of it is for other checks to say."""
    judged: bool = False
    """It was raised; it stands until its time is over, so that one surge counts once."""


class TrafficState(ClaimMemory):
    """Beside the claims, samples of the last quarter of an hour (viewers) and minutes (likes)."""

    viewers: list[Sample] = []
    likes: list[Sample] = []
    surge: Surge | None = None
    referral_at: int = 0
    flat_at: int = 0
    """When standing still was last raised."""
    book: Counters = msgspec.field(default_factory=Counters)
    written: int = 0
    """Lines that viewers had written when the present minute began (`Head.written`)."""
    looked: int = 0
    """Lines of the platform that somebody looks at what is sold, then (`Head.looking`)."""
    bought: int = 0
    """Orders that had been seen one by one, then (`Head.bought`)."""
    told: dict[str, int] = {}
    """When a contradiction was last told, by its subject."""
    asked_at: int = 0
    """When the seller's side last asked for likes."""
    shown: dict[str, Counter] = {}
    """The latest display of each counter of the room, for the evidence."""
    first: Counter | None = None
    """The display with which the present stand-still may have begun."""


def middle(event: Counter) -> float:
    """The middle of a counter's display; 0: it has none."""
    sample = sample_of(event)
    return (sample.low + sample.high) / 2 if sample is not None else 0.0


def append(samples: list[Sample], sample: Sample, keep_ms: int, most: int) -> bool:
    """Adds a sample; ``False``: it only replaced the last one."""
    while samples and samples[0].at < sample.at - keep_ms:
        del samples[0]
    if len(samples) > 1 and sample.at - samples[-2].at < SAMPLE_MS:
        samples[-1] = sample
        return False
    samples.append(sample)
    if len(samples) > most:
        del samples[0]
    return True
