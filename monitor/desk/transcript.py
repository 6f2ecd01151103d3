"""The context of an alert as a transcript: who said or showed what, when, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from detectors.alerts import Evidence, Span
from detectors.events import (
    Chat,
    Counter,
    Event,
    Gap,
    Order,
    Price,
    Prize,
    Product,
    Review,
    Room,
    Session,
    Speech,
)
from monitor.desk.formats import yuan
from monitor.desk.language import Language

__all__ = ["Band", "Fragment", "Line", "transcript"]

#: Lines that a page shows at most; the trigger's are always among them.
MAX_LINES = 160
#: A gap this far from the first or last line still belongs to the context, ms.
NEAR_MS = 120_000
#: A pseudonym is shown by its first digits.
PSEUDONYM = 4


class Fragment(NamedTuple):
    """A part of a line; a marked one triggered."""

    text: str
    marked: bool


class Line(Struct, kw_only=True):
    """One line of the transcript."""

    at: int
    who: str
    words: list[Fragment]
    kind: Literal["seller", "viewer", "fact"]
    trigger: bool
    confidence: float | None = None
    repeats: int = 1
    """How many lines of the same words are folded into this one."""
    accounts: int = 0
    """By how many accounts, as far as they are known."""


class Band(Struct):
    """An interval that was not watched."""

    start: int
    end: int
    reason: str | None


def transcript(evidence: Evidence, language: Language) -> list[Line | Band]:
    """Lines and gaps in order of time; viewers' lines of the same words are folded."""
    triggers = {event.id for event in evidence.trigger}
    spans: dict[str, list[Span]] = {}
    for span in evidence.spans:
        spans.setdefault(span.event, []).append(span)
    events = {
        event.id: event
        for event in (*evidence.before, *evidence.after, *evidence.trigger)
        if not isinstance(event, Gap)
    }
    ordered = sorted(events.values(), key=lambda event: (event.at, event.rank, event.id))
    lines: list[Line] = []
    folded: dict[str, tuple[Line, set[str]]] = {}
    for event in _nearest(ordered, triggers):
        trigger = event.id in triggers
        if isinstance(event, Chat) and event.role in ("viewer", None) and not trigger:
            known = folded.get(event.text)
            if known is not None:
                line, accounts = known
                line.repeats += 1
                if event.user:
                    accounts.add(event.user)
                line.accounts = len(accounts)
                line.who = language.say("who.viewer")
                continue
        line = _line(event, spans.get(event.id, []), trigger, language)
        lines.append(line)
        if isinstance(event, Chat) and line.kind == "viewer" and not trigger:
            accounts = {event.user} if event.user else set()
            line.accounts = len(accounts)
            folded[event.text] = (line, accounts)
    # A gap of days before belongs to the price curve, not into what was said.
    bands = [
        Band(gap.from_, gap.until, gap.reason)
        for gap in evidence.gaps
        if lines and gap.until > lines[0].at - NEAR_MS and gap.from_ < lines[-1].at + NEAR_MS
    ]
    return sorted(
        [*lines, *bands], key=lambda entry: entry.at if isinstance(entry, Line) else entry.start
    )


def _nearest(events: Sequence[Event], triggers: set[str]) -> Sequence[Event]:
    """At most `MAX_LINES` events, those around the last trigger and every trigger."""
    if len(events) <= MAX_LINES:
        return events
    places = [place for place, event in enumerate(events) if event.id in triggers]
    centre = places[-1] if places else len(events)
    start = max(0, min(centre - MAX_LINES * 2 // 3, len(events) - MAX_LINES))
    chosen = set(range(start, start + MAX_LINES)) | set(places)
    return [event for place, event in enumerate(events) if place in chosen]


def _line(event: Event, spans: list[Span], trigger: bool, language: Language) -> Line:
    say = language.say
    if isinstance(event, Speech):
        return Line(
            at=event.at,
            who=say(f"who.{event.speaker or 'unknown'}"),
            words=_marked(event.text, [span for span in spans if span.field == "text"]),
            kind="seller",
            trigger=trigger,
            confidence=event.confidence,
        )
    if isinstance(event, Chat):
        seller = event.role in ("host", "assistant", "system")
        who = say(f"who.{event.role or 'viewer'}")
        if not seller and event.user:
            who = f"{who} {event.user[:PSEUDONYM]}"
        return Line(
            at=event.at,
            who=who,
            words=_marked(event.text, [span for span in spans if span.field == "text"]),
            kind="seller" if seller else "viewer",
            trigger=trigger,
        )
    who, facts = _facts(event, language)
    words: list[Fragment] = []
    for field, text in facts:
        if words:
            words.append(Fragment("，" if language.code == "zh_CN" else ", ", False))
        words.extend(_found(text, [span for span in spans if span.field == field]))
    return Line(at=event.at, who=who, words=words, kind="fact", trigger=trigger)


def _marked(text: str, spans: Iterable[Span]) -> list[Fragment]:
    """A text cut at the spans' offsets; overlapping spans are one mark."""
    marks: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        start, end = max(span.start, 0), min(span.end, len(text))
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        elif start < end:
            marks.append((start, end))
    words: list[Fragment] = []
    reached = 0
    for start, end in marks:
        if start > reached:
            words.append(Fragment(text[reached:start], False))
        words.append(Fragment(text[start:end], True))
        reached = end
    if reached < len(text):
        words.append(Fragment(text[reached:], False))
    return words


def _found(text: str, spans: list[Span]) -> list[Fragment]:
    """Marks by words: a fact is written in a sentence of ours, so offsets do not hold there."""
    places = []
    for span in spans:
        start = text.find(span.text) if span.text else -1
        if start >= 0:
            places.append(Span(event="", start=start, end=start + len(span.text), text=span.text))
    return _marked(text, places)


def _facts(event: Event, language: Language) -> tuple[str, list[tuple[str, str]]]:
    """Who shows it, and the facts shown, each with the field of the event that it comes from."""
    say = language.say
    facts: list[tuple[str, str]] = []
    if isinstance(event, Product):
        if event.title:
            facts.append(("title", event.title))
        if event.status:
            facts.append(("status", say(f"card.{event.status}")))
        facts.extend(
            _price_facts(
                event.price, event.reference_price, event.reference_label, say("price.asking")
            )
        )
        for name, value in (event.attributes or {}).items():
            facts.append((f"attributes.{name}", f"{name} {value or say('absent')}"))
        for name, number in (("sold", event.sold), ("stock", event.stock)):
            if number is not None:
                facts.append((name, f"{say(f'counter.{name}')} {number:,}"))
        return f"{say('who.card')} {event.sku}", facts
    if isinstance(event, Price):
        facts.extend(
            _price_facts(
                event.price,
                event.reference_price,
                event.reference_label,
                say(f"price.{event.kind}"),
            )
        )
        facts.extend(("conditions", condition) for condition in event.conditions or [])
        return f"{say('who.price')} {event.sku}", facts
    if isinstance(event, Order):
        facts.append(("status", say(f"order.{event.status}")))
        if event.quantity is not None:
            facts.append(("quantity", language.count("order.quantity", event.quantity)))
        if event.price is not None:
            facts.append(("price", f"{yuan(event.price)} {say('yuan')}"))
        return f"{say('who.order')} {event.sku}", facts
    if isinstance(event, Counter):
        return say("who.platform"), [
            ("value", f"{say(f'counter.{event.name}')} {_counted(event, say('unknown'))}")
        ]
    if isinstance(event, Prize):
        facts.append(("phase", say(f"prize.{event.phase}")))
        if event.name:
            facts.append(("name", event.name))
        if event.value is not None:
            facts.append(("value", f"{yuan(event.value)} {say('yuan')}"))
        if event.passphrase:
            facts.append(("passphrase", f"{say('prize.passphrase')} “{event.passphrase}”"))
        return f"{say('who.prize')} {event.prize}", facts
    if isinstance(event, Review):
        facts.append(("phase", say(f"review.{event.phase}")))
        if event.text:
            facts.append(("text", event.text))
        return say("who.review"), facts
    if isinstance(event, Session):
        facts.append(("phase", say(f"session.{event.phase}")))
        if event.title:
            facts.append(("title", event.title))
        return say("who.platform"), facts
    if isinstance(event, Room):
        for name, party in (("operator", event.operator), ("seller", event.seller)):
            if party is not None and party.name is not None:
                facts.append((name, f"{say(f'party.{name}')} {party.name or say('absent')}"))
        return say("who.room"), facts or [("", say("room.changed"))]
    return say("who.platform"), facts


def _price_facts(
    price: int | None, reference: int | None, label: str | None, kind: str
) -> list[tuple[str, str]]:
    facts = []
    if price is not None:
        facts.append(("price", f"{kind} ¥{yuan(price)}"))
    if reference is not None:
        facts.append(
            ("reference_price", f"“{label}” ¥{yuan(reference)}" if label else f"¥{yuan(reference)}")
        )
    return facts


def _counted(event: Counter, unknown: str) -> str:
    if event.value is not None:
        return f"{event.value:,}"
    if event.low is not None:
        return f"{event.low:,}–{event.high:,}" if event.high is not None else f"{event.low:,}+"
    return unknown
