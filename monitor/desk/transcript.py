"""The context of an alert as a transcript: what was said and shown, when, and what was not seen.

A room is loud. Words that many viewers write, the platform's counters and orders of one kind are
folded into one line each, and what is far from the trigger is folded away, to be opened.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

from msgspec import Struct

from detectors.alerts import Evidence, Span
from detectors.events import Chat, Counter, Event, Gap, Order, Price, Product, Speech
from monitor.desk.event_words import Fragment, is_viewer, names_in, spoken_by, words_of
from monitor.desk.language import Language

__all__ = ["Band", "Folded", "Line", "transcript"]

#: Lines on either side of a trigger that stand open.
NEAR_LINES = 7
#: A stretch of fewer lines is not worth folding.
LEAST_FOLD = 4
#: A gap this far from a line still belongs to the context, ms.
NEAR_MS = 120_000


class Line(Struct, kw_only=True):
    """One line."""

    at: int
    who: str
    words: list[Fragment]
    kind: Literal["seller", "viewer", "fact"]
    trigger: bool
    confidence: float | None = None
    repeats: int = 1
    """How many events are folded into this one."""
    accounts: int = 0
    """By how many accounts, as far as they are known."""
    low: int | None = None
    """Least and greatest value of a counter in the folded events."""
    high: int | None = None


class Band(Struct):
    """An interval that was not watched."""

    start: int
    end: int
    reason: str | None


class Folded(Struct):
    """Lines far from the trigger."""

    lines: list[Line | Band]


def transcript(
    evidence: Evidence, language: Language, *, folded: bool = True
) -> list[Line | Band | Folded]:
    """Everything in order of time, the neighbourhood of each trigger open.

    Args:
        folded: what is far from the triggers is folded away.
    """
    lines = _lines(evidence, language)
    # A gap of days before belongs to the price curve, not into what was said.
    bands = [
        Band(gap.from_, gap.until, gap.reason)
        for gap in evidence.gaps
        if any(gap.from_ - NEAR_MS < line.at < gap.until + NEAR_MS for line in lines)
    ]
    entries: list[Line | Band] = sorted([*lines, *bands], key=_time)
    return _fold(entries) if folded else [*entries]


def _time(entry: Line | Band) -> int:
    return entry.at if isinstance(entry, Line) else entry.start


def _lines(evidence: Evidence, language: Language) -> list[Line]:
    triggers = {event.id for event in evidence.trigger}
    spans: dict[str, list[Span]] = {}
    for span in evidence.spans:
        spans.setdefault(span.event, []).append(span)
    events = {
        event.id: event
        for event in (*evidence.before, *evidence.after, *evidence.trigger)
        if not isinstance(event, Gap)
    }
    names = names_in(evidence)
    lines: list[Line] = []
    known: dict[Hashable, tuple[Line, set[str]]] = {}
    for event in sorted(events.values(), key=lambda event: (event.at, event.rank, event.id)):
        trigger = event.id in triggers
        key = None if trigger else _sameness(event)
        if key is not None and key in known:
            _add(event, *known[key], language)
            continue
        line = Line(
            at=event.at,
            who=spoken_by(event, language, names),
            words=words_of(event, spans.get(event.id, ()), language),
            kind=_kind(event),
            trigger=trigger,
            confidence=event.confidence if isinstance(event, Speech) else None,
        )
        lines.append(line)
        if key is not None:
            accounts: set[str] = set()
            known[key] = (line, accounts)
            if isinstance(event, Chat) and event.user:
                accounts.add(event.user)
            if isinstance(event, Counter):
                line.low = line.high = event.value
    return lines


def _kind(event: Event) -> Literal["seller", "viewer", "fact"]:
    if is_viewer(event):
        return "viewer"
    return "seller" if isinstance(event, Speech | Chat) else "fact"


def _sameness(event: Event) -> Hashable:
    """What makes two events one line; ``None``: nothing does."""
    if isinstance(event, Chat):
        return (event.text,) if is_viewer(event) else None
    if isinstance(event, Counter):
        return event.name, event.sku
    if isinstance(event, Order):
        return event.sku, event.status, event.price
    if isinstance(event, Price):
        return event.sku, event.kind, event.price, event.reference_price, event.reference_label
    if isinstance(event, Product):
        return event.sku, event.status, event.price, event.reference_price
    return None


def _add(event: Event, line: Line, accounts: set[str], language: Language) -> None:
    """Folds an event into the line of its like."""
    line.repeats += 1
    if isinstance(event, Chat):
        if event.user:
            accounts.add(event.user)
        line.accounts = len(accounts)
        line.who = language.say("who.viewer")
    elif isinstance(event, Counter) and event.value is not None:
        line.low = event.value if line.low is None else min(line.low, event.value)
        line.high = event.value if line.high is None else max(line.high, event.value)
        if line.low != line.high:
            name = language.say(f"counter.{event.name}")
            line.words = [Fragment(f"{name} {line.low:,}–{line.high:,}", False)]


def _fold(entries: list[Line | Band]) -> list[Line | Band | Folded]:
    """Leaves the neighbourhood of each trigger open; without a trigger everything is."""
    places = [
        place for place, entry in enumerate(entries) if isinstance(entry, Line) and entry.trigger
    ]
    shown: list[Line | Band | Folded] = []
    far: list[Line | Band] = []

    def close() -> None:
        shown.extend(far if len(far) < LEAST_FOLD else [Folded(list(far))])
        far.clear()

    for place, entry in enumerate(entries):
        if places and min(abs(place - trigger) for trigger in places) > NEAR_LINES:
            far.append(entry)
        else:
            close()
            shown.append(entry)
    close()
    return shown
