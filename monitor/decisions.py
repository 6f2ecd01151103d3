"""What an office decided about alerts, as labels of what sellers said.

An alert that was closed as confirmed, minor or transferred labels the words that raised it as a
violation of its rule; one that was closed because the rule is too wide labels them as lawful. Closed
for missing data or as a duplicate, it says nothing about the words. Only sellers' own words are
taken: what hosts and assistants said, and titles of cards; of an alert nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from detectors.events import Chat, Event, Product, Speech
from monitor.store.rows import AlertFilter, AlertRow

if TYPE_CHECKING:
    from detectors.alerts import Alert
    from monitor.store.store import Store

__all__ = ["Decision", "decisions_in", "decisions_of"]

CONFIRMED = frozenset({"confirmed", "minor", "transferred"})
FALSE_ALARM = frozenset({"rule-too-wide"})
#: Alerts that are read at one go.
PAGE = 200
#: A text up to so many characters is taken whole; of a longer one the clauses around the words.
WHOLE = 80
#: Clauses that are taken before and behind those with the words.
AROUND = 1
_CLAUSE = re.compile(r"[^，。！？；、,.!?;\s]+[，。！？；、,.!?;\s]*")


class Decision(NamedTuple):
    """A text, and whether the office found that it breaks a rule."""

    text: str
    rule: str
    confirmed: bool
    at: int
    """When it was decided, ms."""


def decisions_in(store: Store, rules: Sequence[str]) -> list[Decision]:
    """The decisions about alerts of some rules, the oldest first.

    Of a text that was decided several times for a rule, the latest decision counts.
    """
    rows: list[AlertRow] = []
    cursor = None
    while True:
        wanted = AlertFilter(status=["closed"], rule=list(rules))
        page = store.list_alerts(wanted, limit=PAGE, cursor=cursor)
        rows += page.items
        cursor = page.next
        if cursor is None:
            break
    return decisions_of(rows)


def decisions_of(rows: Iterable[AlertRow]) -> list[Decision]:
    """The decisions that closed alerts hold, the oldest first."""
    latest: dict[tuple[str, str], Decision] = {}
    for row in sorted(rows, key=lambda row: (row.status_at or 0, row.number)):
        confirmed = row.close_reason in CONFIRMED
        if row.status_at is None or not (confirmed or row.close_reason in FALSE_ALARM):
            continue
        for text in _said(row.alert):
            latest.pop((row.alert.rule, text), None)
            latest[row.alert.rule, text] = Decision(text, row.alert.rule, confirmed, row.status_at)
    return list(latest.values())


def _said(alert: Alert) -> list[str]:
    """The sellers' words that an alert stands on, each once."""
    events = {event.id: event for event in alert.evidence.trigger}
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for span in alert.evidence.spans:
        places.setdefault((span.event, span.field), []).append((span.start, span.end))
    texts = []
    for (event, field), spans in places.items():
        text = _own_words(events.get(event), field)
        if text:
            texts.append(_around(text, min(spans)[0], max(end for _, end in spans)))
    return list(dict.fromkeys(texts))


def _own_words(event: Event | None, field: str) -> str | None:
    if isinstance(event, Speech):
        return event.text if field == "text" and event.speaker != "guest" else None
    if isinstance(event, Chat):
        return event.text if field == "text" and event.role in ("host", "assistant") else None
    if isinstance(event, Product):
        return event.title if field == "title" else None
    return None


def _around(text: str, start: int, end: int) -> str:
    """The clauses with a range of a text and those beside them; a short text whole."""
    if len(text) <= WHOLE:
        return text
    clauses = [match.span() for match in _CLAUSE.finditer(text)] or [(0, len(text))]
    inside = [n for n, (low, high) in enumerate(clauses) if low < end and high > start] or [0]
    low = clauses[max(0, inside[0] - AROUND)][0]
    high = clauses[min(len(clauses) - 1, inside[-1] + AROUND)][1]
    if high - low > 2 * WHOLE:
        # Nothing that ends a clause for a long while: as many letters around the words.
        low, high = max(low, start - WHOLE // 2), min(high, end + WHOLE // 2)
    return text[low:high].strip()
