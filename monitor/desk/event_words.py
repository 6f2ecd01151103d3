"""An event in words: who said or showed it, and what, with the words that triggered marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import UNSET

from detectors.alerts import Evidence, Span
from detectors.events import (
    Chat,
    Counter,
    Event,
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
from monitor.desk.parties import Side, displayed
from monitor.desk.short_names import bare, shortened

__all__ = ["Fragment", "is_viewer", "names_in", "spoken_by", "words_of"]

#: A pseudonym is shown by its first characters after the version of its key.
PSEUDONYM = 4
#: Winners of one draw that a line names.
WINNERS = 20


class Fragment(NamedTuple):
    """A part of a line; a marked one triggered."""

    text: str
    marked: bool


def is_viewer(event: Event) -> bool:
    """Was it written by a viewer, as far as is known?"""
    return isinstance(event, Chat) and event.role in ("viewer", None)


def names_in(evidence: Evidence) -> dict[str, str]:
    """All accounts of an alert by short names: one account has the same one in every section of the
    page, and no other has it."""
    told = [] if evidence.crowd is UNSET else [one.name for one in evidence.crowd.accounts]
    events = (*evidence.trigger, *evidence.before, *evidence.after, *evidence.facts)
    written = [getattr(event, "user", None) for event in events]
    draws = [event.winners or [] for event in events if isinstance(event, Prize)]
    won = [name for winners in draws for name in winners[:WINNERS]]
    return shortened([*told, *(name for name in written if name), *won])


def spoken_by(event: Event, language: Language, names: Mapping[str, str] | None = None) -> str:
    """Who said or showed it.

    Args:
        names: the accounts by names that are short and told apart; else they are cut.
    """
    say = language.say
    if isinstance(event, Speech):
        return say(f"who.{event.speaker or 'unknown'}")
    if isinstance(event, Chat):
        who = say(f"who.{event.role or 'viewer'}")
        if not is_viewer(event) or not event.user:
            return who
        shown = _short(event.user, names)
        # A code in the place of an account says already what it stands for.
        return shown if shown.startswith(who) else f"{who} {shown}"
    who = _facts(event, language)[0]
    account = getattr(event, "user", None)
    return f"{who} {_short(account, names)}" if account else who


def _short(account: str, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(account) or bare(account)[:PSEUDONYM]


def words_of(
    event: Event,
    spans: Iterable[Span],
    language: Language,
    names: Mapping[str, str] | None = None,
) -> list[Fragment]:
    """What was said, or the facts that were shown as one sentence.

    Args:
        names: winners by names that are short and told apart; else they are cut.
    """
    marks = list(spans)
    if isinstance(event, Speech | Chat):
        return _marked(event.text, [span for span in marks if span.field == "text"])
    words: list[Fragment] = []
    for field, text in _facts(event, language, names)[1]:
        if words:
            words.append(Fragment(language.say("comma"), False))
        words.extend(_found(text, [span for span in marks if span.field == field]))
    return words


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


def _facts(
    event: Event, language: Language, names: Mapping[str, str] | None = None
) -> tuple[str, list[tuple[str, str]]]:
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
        if event.count is not None:
            facts.append(("count", language.count("prize.count", event.count)))
        if event.odds:
            facts.append(("odds", f"{say('prize.odds')} {event.odds}"))
        conditions = event.conditions or []
        facts.extend(
            ("conditions", f"{say('prize.condition')} {condition}")
            for condition in ([conditions] if isinstance(conditions, str) else conditions)
        )
        if event.passphrase:
            facts.append(("passphrase", f"{say('prize.passphrase')} “{event.passphrase}”"))
        if event.winners is not None:
            facts.append(("winners", _winners(event.winners, language, names)))
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
        facts.extend(_shown_of_room(event, language))
        return say("who.room"), facts or [("", say("room.changed"))]
    return say("who.platform"), facts


def _winners(winners: Sequence[str], language: Language, names: Mapping[str, str] | None) -> str:
    """Who won, as many as one line takes, and how many that are in all."""
    words = language.count("prize.winners", len(winners))
    shown = [_short(account, names) for account in winners[:WINNERS]]
    more = "…" if len(winners) > WINNERS else ""
    listed = language.say("comma").join(shown)
    return f"{words} {listed}{more}".rstrip()


def _shown_of_room(event: Room, language: Language) -> list[tuple[str, str]]:
    """What one look at a room showed, and what it saw to be absent."""
    say = language.say
    facts: list[tuple[str, str]] = []
    sides: tuple[Side, ...] = ("operator", "seller")
    for side in sides:
        shown = displayed(event, side)
        if all(value == "" for value in shown.values()):
            facts.append((side, f"{say(f'party.{side}')} {say('absent')}"))
            continue
        for name, value in shown.items():
            if value == "" or (value is not None and name in ("name", "uscc")):
                label = say(f"party.{side}" if name == "name" else f"party.field.{name}")
                facts.append(
                    (
                        side if name == "name" else f"{side}.{name}",
                        f"{label} {value or say('absent')}",
                    )
                )
    if event.host_kind:
        facts.append(("host_kind", say(f"host_kind.{event.host_kind}")))
    for name in ("ai_label", "ad_label"):
        value = getattr(event, name)
        if value is not None:
            facts.append((name, say(f"room.{name}.{'yes' if value else 'no'}")))
    return facts


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
