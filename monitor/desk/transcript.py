"""The context of an alert as a transcript: what was said and shown, when, and what was not seen.

A room is loud. Words that many viewers write, the platform's counters and orders of one kind are
folded into one line each, and what is far from the trigger is folded away, to be opened. A folded
line names nobody unless one account did it all, and says what was folded: how often words were
repeated, how many orders of how many accounts, how many readings of a counter.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

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
    kind: Literal["seller", "viewer", "order", "reading", "fact"]
    trigger: bool
    confidence: float | None = None
    repeats: int = 1
    """How many events are folded into this one."""
    accounts: int = 0
    """By how many accounts, as far as they are known."""
    nameless: bool = False
    """One of them is of an account that is not known."""
    pieces: int | None = None
    """Sum of the quantities of the folded orders; ``None``: one of them is unknown."""
    low: int | None = None
    """Least and greatest value of a counter in the folded events."""
    high: int | None = None
    often: str = ""
    """What is folded into this one, in words; empty: nothing but its own event."""


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
            _add(event, *known[key], names, language)
            continue
        line = Line(
            at=event.at,
            who=spoken_by(event, language, names),
            words=words_of(event, spans.get(event.id, ()), language, names),
            kind=_kind(event),
            trigger=trigger,
            confidence=event.confidence if isinstance(event, Speech) else None,
        )
        lines.append(line)
        if key is not None:
            accounts: set[str] = set()
            known[key] = (line, accounts)
            if isinstance(event, Chat | Order):
                _count_account(event, line, accounts)
            if isinstance(event, Order):
                line.pieces = event.quantity
            if isinstance(event, Counter):
                line.low = line.high = event.value
    for line in lines:
        line.often = _often(line, language)
    return lines


def _often(line: Line, language: Language) -> str:
    """How many events are in a line, in words."""
    if line.repeats == 1:
        return ""
    words = [language.count(f"context.often.{line.kind}", line.repeats)]
    if line.accounts:
        known = "context.accounts.known" if line.nameless else "context.accounts"
        words.append(language.count(known, line.accounts))
    if line.pieces is not None:
        words.append(language.count("context.pieces", line.pieces))
    return language.say("comma").join(words)


def _kind(event: Event) -> Literal["seller", "viewer", "order", "reading", "fact"]:
    if is_viewer(event):
        return "viewer"
    if isinstance(event, Order):
        return "order"
    if isinstance(event, Counter):
        return "reading"
    return "seller" if isinstance(event, Speech | Chat) else "fact"


def _sameness(event: Event) -> Hashable:
    """What makes two events one line; ``None``: nothing does."""
    if isinstance(event, Chat):
        return (event.text,) if is_viewer(event) else None
    if isinstance(event, Counter):
        # A rounded number is a reading of its own: “10万+” says nothing of the exact ones.
        return event.name, event.sku, event.value is None and (event.low, event.high)
    if isinstance(event, Order):
        return event.sku, event.status, event.price
    if isinstance(event, Price):
        return (
            event.sku, event.kind, event.price, event.reference_price, event.reference_label,
            tuple(event.conditions or ()),
        )  # fmt: skip
    if isinstance(event, Product):
        return event.sku, event.status, event.price, event.reference_price
    return None


def _add(
    event: Event,
    line: Line,
    accounts: set[str],
    names: Mapping[str, str],
    language: Language,
) -> None:
    """Folds an event into the line of its like."""
    line.repeats += 1
    if isinstance(event, Chat | Order):
        _count_account(event, line, accounts)
        if line.who != spoken_by(event, language, names):
            line.who = spoken_by(replace(event, user=None), language)
    if isinstance(event, Order):
        if line.pieces is None or event.quantity is None:
            line.pieces = None
        else:
            line.pieces += event.quantity
        # The quantity of one of them is not that of the others: their sum stands behind the words.
        line.words = words_of(replace(event, quantity=None), (), language)
    elif isinstance(event, Counter) and event.value is not None:
        line.low = event.value if line.low is None else min(line.low, event.value)
        line.high = event.value if line.high is None else max(line.high, event.value)
        if line.low != line.high:
            name = language.say(f"counter.{event.name}")
            line.words = [Fragment(f"{name} {line.low:,}–{line.high:,}", False)]


def _count_account(event: Chat | Order, line: Line, accounts: set[str]) -> None:
    if event.user:
        accounts.add(event.user)
    else:
        line.nameless = True
    line.accounts = len(accounts)


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
