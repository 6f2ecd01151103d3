"""The excerpt of an alert's context in the report: what stands nearest to its hits.

A report is read, so it has some rows only. What triggered is always there; of what the seller's side said
and of what else happened, each counted by itself, the rows nearest to a hit come first, as many behind it as
before it: what was taken back a minute later is not crowded out by what many viewers wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from monitor.desk.transcript import Line, transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.alerts import Alert
    from monitor.desk.formats import Formats
    from monitor.desk.transcript import Band

__all__ = ["Excerpt", "excerpt_of", "nearest"]

#: Rows of the excerpt of one alert, and beside the triggers at least, where there are many of these.
ROWS, LEAST = 60, 30
#: Tables of the bundle in which lines of a kind stand.
TABLES = {
    "seller": ("chat.csv",),
    "viewer": ("chat.csv",),
    "order": ("orders.csv",),
    "reading": ("counters.csv",),
    "fact": ("prices.csv", "prizes.csv", "reviews.csv"),
}


class Excerpt(Struct, kw_only=True):
    """Rows of the report, and what was left out of them."""

    rows: list[dict[str, Any]]
    left_out: int = 0
    tables: list[str] = []
    """Where what was left out stands in words, under `data/events`; all of it is in the alert, too."""


def excerpt_of(alert: Alert, f: Formats) -> Excerpt:
    """The excerpt of an alert's context."""
    entries = _entries(alert, f)
    shown = nearest(entries)
    left = [entry for place, entry in enumerate(entries) if place not in shown]
    tables = {name for entry in left if isinstance(entry, Line) for name in TABLES[entry.kind]}
    return Excerpt(
        rows=[_row(entries[place], f) for place in sorted(shown)],
        left_out=len(left),
        tables=sorted(tables),
    )


def _entries(alert: Alert, f: Formats) -> list[Line | Band]:
    found: list[Line | Band] = []
    for entry in transcript(alert.evidence, f.language, folded=False):
        found += getattr(entry, "lines", [entry])
    return found


def nearest(entries: Sequence[Line | Band], rows: int = ROWS, least: int = LEAST) -> set[int]:
    """Places of those that are shown: all triggers and all that was not watched, then the nearest."""
    hits = [
        place for place, entry in enumerate(entries) if isinstance(entry, Line) and entry.trigger
    ]
    shown = {place for place, entry in enumerate(entries) if not isinstance(entry, Line)}
    shown |= set(hits)
    ranked: list[tuple[int, int]] = []
    for is_sellers in (True, False):
        some = [
            place for place, entry in enumerate(entries)
            if place not in shown and isinstance(entry, Line) and (entry.kind == "seller") == is_sellers
        ]  # fmt: skip
        ranked += zip(_distances(some, hits), some, strict=True)
    room = max(rows - len(hits), least)
    return shown | {place for _, place in sorted(ranked)[:room]}


def _distances(places: Sequence[int], hits: Sequence[int]) -> list[int]:
    """How many of these places lie between each of them and the nearest hit; without a hit, how many
    before it."""
    if not hits:
        return list(range(len(places)))
    found = [len(places)] * len(places)
    for order, step in ((range(len(places)), 1), (range(len(places) - 1, -1, -1), -1)):
        waiting = list(hits) if step == 1 else list(reversed(hits))
        since: int | None = None
        for index in order:
            while waiting and (waiting[0] - places[index]) * step < 0:
                waiting.pop(0)
                since = 0
            if since is not None:
                found[index] = min(found[index], since)
                since += 1
    return found


def _row(entry: Line | Band, f: Formats) -> dict[str, Any]:
    if isinstance(entry, Line):
        return {
            "time": f.full(entry.at),
            "who": entry.who,
            "words": "".join(part.text for part in entry.words),
            "trigger": entry.trigger,
            "often": entry.often,
        }
    return {
        "time": f.full(entry.start),
        "who": "—",
        "words": f"未监测 {f.length(entry.end - entry.start)}",
        "trigger": False,
        "often": "",
    }
