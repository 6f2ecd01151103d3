"""The platform's counters beside a crowd, a lane each, as geometry."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from msgspec import UNSET, Struct

from detectors.alerts import Alert, WatchedGap
from detectors.calendar import MINUTE_MS
from detectors.events import Counter
from monitor.desk.time_axis import TimeAxis

__all__ = ["Lane", "Samples", "counted", "lane_of"]

HEIGHT, AIR = 34, 6
#: The lanes in order; followers only where the alert stands on them.
_ROOM = ("viewers", "visits", "likes", "orders")
_GOODS = ("orders", "sold", "stock")
#: Samples this many usual intervals apart are not joined; no closer than, and no further than, ms.
APART, APART_MS, FAR_MS = 5, 90_000, 300_000


class Samples(Struct, kw_only=True):
    """A counter as it was displayed: time, least and most that the display means."""

    name: str
    sku: str
    values: list[tuple[int, int, int]]


class Lane(Struct, kw_only=True):
    """A counter as a line, in pixels."""

    name: str
    sku: str
    top: float
    height: float
    line: str
    """Path through the middles of what was displayed."""
    dots: str
    """Path of the samples themselves: between them nothing was seen."""
    spans: str
    """Path of what a rounded display leaves open."""
    lowest: int
    highest: int
    last: tuple[int, int]
    """Least and most that the latest display means."""


def counted(alert: Alert) -> list[Samples]:
    """The counters of an alert's evidence in the order of their lanes: those of the room, and of
    the one product that the alert is about."""
    evidence = alert.evidence
    events = {
        event.id: event
        for event in (*evidence.before, *evidence.after, *evidence.facts, *evidence.trigger)
        if isinstance(event, Counter)
    }
    triggers = [event for event in evidence.trigger if isinstance(event, Counter)]
    sku = _product(alert, triggers, events.values())
    wanted = [*((name, "") for name in _ROOM), *((name, sku) for name in _GOODS if sku)]
    for event in triggers:
        key = (event.name, event.sku or "")
        if key not in wanted:
            wanted.append(key)
    found: dict[tuple[str, str], list[tuple[int, int, int]]] = {key: [] for key in wanted}
    for event in sorted(events.values(), key=lambda one: (one.at, one.id)):
        low = event.value if event.low is None else event.low
        high = event.value if event.high is None else event.high
        samples = found.get((event.name, event.sku or ""))
        # “1万+” says how many at least: it has no place on a scale.
        if samples is not None and low is not None and high is not None:
            samples.append((event.at, low, high))
    crowd = evidence.crowd
    for counter in crowd.counters if crowd is not UNSET else ():
        # The rule has them by minute, for as long as it looked back: where in it is not known.
        found[(counter.name, "")] = [
            (minute + MINUTE_MS // 2, low, high) for minute, low, high in counter.minutes
        ]
    return [
        Samples(name=name, sku=sku, values=values)
        for (name, sku), values in found.items()
        if len(values) > 1
    ]


def _product(alert: Alert, triggers: Sequence[Counter], events: Iterable[Counter]) -> str:
    """The product whose counters are shown; empty: none."""
    tally = Tally(event.sku for event in triggers if event.sku)
    if not tally:
        tally = Tally(event.sku for event in events if event.sku)
        if alert.subject in tally:
            return alert.subject
    return max(tally, key=lambda sku: (tally[sku], sku), default="")


def lane_of(
    samples: Samples, axis: TimeAxis, top: float, gaps: Sequence[WatchedGap]
) -> Lane | None:  # fmt: skip
    """A lane; ``None``: nothing of it lies on the axis."""
    placed = [
        (x, at, low, high) for at, low, high in samples.values if (x := axis.x(at)) is not None
    ]
    if not placed:
        return None
    lowest = min(low for _, _, low, _ in placed)
    highest = max(high for _, _, _, high in placed)
    scale = (HEIGHT - 2 * AIR) / max(1, highest - lowest)

    def y(value: float) -> float:
        return round(top + HEIGHT - AIR - (value - lowest) * scale, 1)

    usual = median(b[1] - a[1] for a, b in pairwise(placed)) if placed[1:] else 0
    apart = min(FAR_MS, max(APART_MS, APART * usual))
    line, before = "", None
    dots, spans = "", ""
    for x, at, low, high in placed:
        middle = y((low + high) / 2)
        if before is not None and at - before <= apart and not _unwatched(before, at, gaps):
            line += f"L{x} {middle}"
        else:
            line += f"M{x} {middle}"
        # A line without length: its ends are round.
        dots += f"M{x} {middle}h.01"
        if low != high:
            spans += f"M{x} {y(low)}V{y(high)}"
        before = at
    return Lane(
        name=samples.name,
        sku=samples.sku,
        top=top,
        height=HEIGHT,
        line=line,
        dots=dots,
        spans=spans,
        lowest=lowest,
        highest=highest,
        last=placed[-1][2:],
    )


def _unwatched(start: int, end: int, gaps: Sequence[WatchedGap]) -> bool:
    return any(gap.from_ < end and gap.until > start for gap in gaps)
