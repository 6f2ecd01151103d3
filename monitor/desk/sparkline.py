"""Sparklines: the hits of two hours as 24 bars of five minutes, as numbers for inline SVG."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["BARS", "BAR_MS", "HEIGHT", "WIDTH", "WINDOW_MS", "Bar", "bars"]

BARS = 24
BAR_MS = 300_000
WINDOW_MS = BARS * BAR_MS
WIDTH, HEIGHT = 124, 20
#: The scale starts here, so that one hit is no tower.
LEAST_TOP = 3
#: Bars of the last 15 minutes carry the level's colour.
HOT_BARS = 3
_PITCH = WIDTH / BARS


class Bar(NamedTuple):
    """One bar, in pixels from the upper left."""

    x: float
    y: float
    height: float
    hot: bool
    hits: int


def bars(times: Iterable[int], end: int) -> list[Bar]:
    """The bars that are not empty; the newest ends at `end`.

    Args:
        times: hits, ms.
        end: the right edge, ms; later hits count to the last bar.

    >>> [(bar.x, bar.height, bar.hits) for bar in bars([0, 1], end=300_000)]
    [(118.8, 12.0, 2)]
    """
    counts = [0] * BARS
    for at in times:
        place = BARS - 1 - max(0, end - 1 - at) // BAR_MS
        if place >= 0:
            counts[place] += 1
    top = max(LEAST_TOP, *counts)
    # A bar is at least 2 px high, or it would not be seen.
    return [
        Bar(
            x=round(place * _PITCH, 1),
            y=round(HEIGHT - 2 - height, 1),
            height=height,
            hot=place >= BARS - HOT_BARS,
            hits=hits,
        )
        for place, hits in enumerate(counts)
        if hits and (height := round(max(2.0, 18 * hits / top), 1))
    ]
