"""A time axis of one evening or of several: what lies hours apart stands side by side, with a break.

Accounts that come again tomorrow would be two dots at the ends of an axis that is true to scale
throughout. Within a stretch the axis is; between two there is a break that the picture shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec import Struct

from detectors.calendar import MINUTE_MS
from monitor.desk.curve import Tick
from monitor.desk.formats import local

__all__ = ["Stretch", "TimeAxis"]

#: A silence of so many minutes is a break; the next longer one where that makes too many stretches.
BREAKS_MIN = (90, 180, 360, 720)
#: Stretches at most: the latest.
MOST = 6
#: Width of a break, and of a stretch at least.
BREAK, NARROWEST = 14, 44
#: Steps of the ticks, minutes.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960)


class Stretch(Struct, kw_only=True):
    """A part of the axis. Times are ms."""

    start: int
    end: int
    x: float
    width: float
    day: str
    ticks: list[Tick]


class TimeAxis:
    """Times to pixels.

    Args:
        times: everything that is to be shown, ms; at least one.
        left, right: ends of the axis, in pixels.
        spacing: between two ticks at least, in pixels.
    """

    def __init__(self, times: Iterable[int], left: float, right: float, spacing: float) -> None:
        whole = sorted(times)
        for minutes in BREAKS_MIN:
            parts = _parts(whole, minutes * MINUTE_MS)
            if len(parts) <= MOST:
                break
        parts = parts[-MOST:]
        room = right - left - BREAK * (len(parts) - 1) - NARROWEST * len(parts)
        total = sum(end - start for start, end in parts)
        self.stretches: list[Stretch] = []
        x = float(left)
        for start, end in parts:
            width = NARROWEST + max(0.0, room) * (end - start) / total
            stretch = Stretch(start=start, end=end, x=round(x, 1), width=round(width, 1),
                              day=f"{local(start):%m-%d}", ticks=[])  # fmt: skip
            stretch.ticks = _ticks(stretch, spacing)
            self.stretches.append(stretch)
            x += width + BREAK

    def x(self, at: int) -> float | None:
        """Where a time stands; ``None``: in a break, or before the axis begins."""
        for stretch in self.stretches:
            if stretch.start <= at <= stretch.end:
                return _place(stretch, at)
        return None

    def pieces(self, start: int, end: int) -> list[tuple[float, float]]:
        """Where an interval stands: begin and width in each stretch that it touches."""
        found = []
        for stretch in self.stretches:
            low, high = max(start, stretch.start), min(end, stretch.end)
            if low < high:
                x = _place(stretch, low)
                found.append((x, round(_place(stretch, high) - x, 1)))
        return found


def _parts(times: list[int], silence: int) -> list[tuple[int, int]]:
    parts: list[list[int]] = []
    for at in times:
        if parts and at - parts[-1][1] <= silence:
            parts[-1][1] = at
        else:
            parts.append([at, at])
    # With some air on both sides, and never without width.
    return [
        (start - air, end + air)
        for start, end in parts
        for air in (max(MINUTE_MS, (end - start) // 40),)
    ]


def _place(stretch: Stretch, at: int) -> float:
    return round(
        stretch.x + stretch.width * (at - stretch.start) / (stretch.end - stretch.start), 1
    )


def _ticks(stretch: Stretch, spacing: float) -> list[Tick]:
    """Round times, as many as have room for their words."""
    minutes = (stretch.end - stretch.start) / MINUTE_MS
    most = max(1, int(stretch.width // spacing))
    step = next((step for step in _STEPS if minutes / step <= most), _STEPS[-1])
    # Round in Beijing, eight hours ahead: a day's hours begin at a multiple of any step.
    shift = 8 * 60
    first = math.ceil((stretch.start / MINUTE_MS + shift) / step) * step - shift
    found = []
    for minute in range(first, stretch.end // MINUTE_MS + 1, step):
        at = minute * MINUTE_MS
        place = _place(stretch, at)
        # The words stand to the right of the tick and may not leave the stretch.
        if place + spacing - 16 <= stretch.x + stretch.width + BREAK:
            found.append(Tick(place, f"{local(at):%H:%M}"))
    return found
