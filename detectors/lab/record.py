"""What the rules make of every labelled line and every case, to be held against another revision.

A line of a record is one text or case: what was raised, how gravely, about what and where in the
words. Two records differ where a change of the rules, or of what reads texts, changed a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from detectors.alerts import Alert
from detectors.lab.cases import CaseError, case_events
from detectors.lab.evaluation import LabelledText, Scenario, raised_by, text_events
from detectors.pack.load import Rulebook

__all__ = [
    "RecordDifference",
    "RecordEntry",
    "Verdict",
    "differences",
    "of_cases",
    "of_scenarios",
    "of_texts",
]


class Verdict(Struct, frozen=True, order=True, array_like=True):
    """An alert, without what changes when words are only told otherwise."""

    rule: str
    level: str
    subject: str
    hits: int
    places: tuple[tuple[str, int, int], ...] = ()
    """Event, and half-open offsets in its text."""


class RecordEntry(Struct, frozen=True):
    """One text or case."""

    key: str
    """`edu-promise.dev:12`, `case edu-promise:3`"""
    text: str
    verdicts: tuple[Verdict, ...]


class RecordDifference(Struct, frozen=True):
    """A verdict that only one of two records has, or that they have otherwise."""

    key: str
    text: str
    rule: str
    kind: Literal["gained", "lost", "level", "subject", "hits", "places"]
    before: Verdict | None = None
    after: Verdict | None = None


def of_texts(name: str, rows: Iterable[LabelledText], book: Rulebook) -> Iterator[RecordEntry]:
    """The record of labelled lines; `name` is that of their file."""
    for number, row in enumerate(rows):
        verdicts = _verdicts(raised_by(book, text_events(row)))
        yield RecordEntry(f"{name}:{number}", row.text, verdicts)


def of_scenarios(name: str, rows: Iterable[Scenario], book: Rulebook) -> Iterator[RecordEntry]:
    """The record of labelled recordings."""
    for row in rows:
        yield RecordEntry(f"{name}:{row.name}", row.why, _verdicts(raised_by(book, row.events)))


def of_cases(book: Rulebook) -> Iterator[RecordEntry]:
    """The record of the packs' cases."""
    for rule in book:
        on_trial = book.on_trial(rule.id)
        for number, case in enumerate(rule.spec.cases):
            try:
                events = sorted(case_events(case), key=lambda event: event.at)
            except CaseError:
                continue
            name = str(case.get("name") or number)
            text = str(case.get("text") or "")
            yield RecordEntry(
                f"case {rule.id}:{name}", text, _verdicts(raised_by(on_trial, events))
            )


def _verdicts(alerts: Iterable[Alert]) -> tuple[Verdict, ...]:
    return tuple(
        sorted(
            Verdict(
                alert.rule,
                alert.level,
                alert.subject,
                alert.hits,
                tuple(sorted((span.event, span.start, span.end) for span in alert.evidence.spans)),
            )
            for alert in alerts
        )
    )


def differences(
    before: Iterable[RecordEntry], after: Iterable[RecordEntry]
) -> list[RecordDifference]:
    """What differs of the entries that both records have, in the order of the second."""
    known: Mapping[str, RecordEntry] = {entry.key: entry for entry in before}
    found: list[RecordDifference] = []
    for entry in after:
        earlier = known.get(entry.key)
        if earlier is None or earlier.text != entry.text or earlier.verdicts == entry.verdicts:
            continue
        found += _differing(entry, list(earlier.verdicts), list(entry.verdicts))
    return found


def _differing(
    entry: RecordEntry, before: list[Verdict], after: list[Verdict]
) -> Iterator[RecordDifference]:
    for rule in sorted({one.rule for one in (*before, *after)}):
        old = [one for one in before if one.rule == rule and one not in after]
        new = [one for one in after if one.rule == rule and one not in before]
        for one, other in zip(old, new, strict=False):
            kind: Literal["level", "subject", "hits", "places"] = "places"
            if one.level != other.level:
                kind = "level"
            elif one.subject != other.subject:
                kind = "subject"
            elif one.hits != other.hits:
                kind = "hits"
            yield RecordDifference(entry.key, entry.text, rule, kind, one, other)
        for one in old[len(new) :]:
            yield RecordDifference(entry.key, entry.text, rule, "lost", one, None)
        for other in new[len(old) :]:
            yield RecordDifference(entry.key, entry.text, rule, "gained", None, other)
