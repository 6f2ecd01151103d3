"""An alert as it is handed out: with what need not be kept of it between two hits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from detectors.alerts import Alert, Input, LawBasis, Number
from detectors.events import Event, encode
from detectors.pack.english import article, english
from detectors.rule import RuleSpec

__all__ = ["handed_out", "inputs_of", "with_english"]

#: Units by the ends of the names of figures.
_UNITS = {"_percent": "%", "_s": " s", "_min": " min", "_days": " days", "_ms": " ms"}


def handed_out(alert: Alert, spec: RuleSpec | None) -> Alert:
    """The alert with the records that its verdict read, and its sentences in English.

    Args:
        spec: entry of its rule; ``None``: the rule is no longer loaded.
    """
    own = spec.english if spec is not None else {}
    evidence = alert.evidence
    read = [*evidence.facts, *evidence.trigger]
    steps = (point.event for point in evidence.prices)
    replace = msgspec.structs.replace
    return replace(
        alert,
        inputs=inputs_of(read, steps),
        reason_en=alert.reason_en or english(alert.reason, own) or _plainly(alert),
        level_reason_en=english(alert.level_reason, own),
        law=[with_english(basis, own) for basis in alert.law],
        applies=[
            replace(one, clause_en=english(one.clause, own), why_en=english(one.why, own))
            for one in alert.applies
        ],
        exemptions=[
            replace(one, clause_en=english(one.clause, own), why_en=english(one.why, own))
            for one in alert.exemptions
        ],
        leniency=[
            replace(one, clause_en=english(one.clause, own), fact_en=english(one.fact, own))
            for one in alert.leniency
        ],
        missing_en=[english(one, own) for one in alert.missing],
        findings=[
            one if one.says_en else replace(one, says_en=english(one.says, own))
            for one in alert.findings
        ],
    )


def with_english(basis: LawBasis, own: Mapping[str, str]) -> LawBasis:
    """The basis with what it says in English beside the Chinese.

    Args:
        own: sentences of the rule (`RuleSpec.english`).
    """
    return msgspec.structs.replace(
        basis,
        law_en=english(basis.law, own),
        article_en=article(basis.article) or english(basis.article, own),
        penalty_en=english(basis.penalty, own),
        when_en=english(basis.when, own),
    )


def _plainly(alert: Alert) -> str:
    """What a reason says that nobody has put into English: what is suspected, the words and the figures."""
    told = [alert.title_en or alert.rule]
    quotes = dict.fromkeys(span.text for span in alert.evidence.spans)
    if quotes:
        told.append("; ".join(f"“{text}”" for text in quotes))
    figures = _figures(alert.evidence.numbers)
    if figures:
        told.append(figures)
    return ". ".join(told) + "."


def _figures(numbers: Mapping[str, Number]) -> str:
    return "; ".join(
        f"{name.removesuffix('_fen').replace('_', ' ')} {_value(name, value)}"
        for name, value in numbers.items()
        if value is not None and not isinstance(value, bool)
    )


def _value(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    if name.endswith("_fen"):
        return f"{value / 100:,.2f} yuan"
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")
    return f"{value:,}{unit}"


def inputs_of(events: Iterable[Event], ids: Iterable[str] = ()) -> list[Input]:
    """Events by id and digest of their record, by time; then those of which only ids are kept."""
    ordered = sorted(
        {event.id: event for event in events}.values(), key=lambda event: (event.at, event.id)
    )
    known = {event.id for event in ordered}
    return [
        *(
            Input(event=event.id, sha256=hashlib.sha256(encode(event)).hexdigest())
            for event in ordered
        ),
        *(Input(event=one) for one in dict.fromkeys(ids) if one not in known),
    ]
