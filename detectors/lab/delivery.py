"""How rules hold when speech is cut otherwise than the labelled lines are.

A recogniser knows no sentences: it hands over what was said up to a silence or up to a limit of
its own, mostly without marks. So the labelled lines are delivered again, joined to the lines around
them and cut at places that mean nothing, and what was found is compared with what the same lines
raise one by one: recall kept, beside the alerts on lawful lines. Which lines stand around a line and
where it is cut depends on nothing but its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

import msgspec
from msgspec import Struct

from detectors.events import Event, Speech
from detectors.lab.evaluation import LabelledText, decide, text_events
from detectors.pack.load import Rulebook

__all__ = ["DELIVERIES", "SPOKEN", "Delivered", "Deliveries", "Delivery", "measure_delivery"]

Delivery = Callable[[LabelledText, Sequence[str]], list[Event]]
"""A line among the lines said before and after it, as events; of the others, half come before."""

#: Roles whose lines a recogniser delivers.
SPOKEN = ("host_speech", "assistant_speech")
#: Characters after which a stream is cut.
CUT = 30
#: Time that a character takes, ms: five a second.
PACE_MS = 200
#: Lines around a line, at most.
AROUND = 4
#: What a recogniser without punctuation does not write. A point or comma in a figure stays.
_MARKS = re.compile(r"[，。！？；：、…!?;,\s“”‘’「」《》—~～]+|(?<!\d)\.|\.(?!\d)")


def bare(text: str) -> str:
    """A text without marks."""
    return _MARKS.sub(lambda found: found.group() if _in_figure(found) else "", text)


def _in_figure(found: re.Match[str]) -> bool:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found.group() in ",:：" and before.isdigit() and after.isdigit()


def _joined(lines: int) -> Delivery:
    """One event with so many lines, without marks."""

    def deliver(row: LabelledText, around: Sequence[str]) -> list[Event]:
        before, after = _beside(around, lines - 1)
        text = "".join(bare(line) for line in (*before, row.text, *after))
        return text_events(msgspec.structs.replace(row, text=text))

    return deliver


def _halved(row: LabelledText, around: Sequence[str]) -> list[Event]:
    """The line alone, cut in two where no word of it says so."""
    if len(row.text) < 4:
        return text_events(row)
    place = 2 + crc32(f"cut\t{row.text}".encode()) % (len(row.text) - 3)
    return _pieces(row, [row.text[:place], row.text[place:]])


def _stream(row: LabelledText, around: Sequence[str]) -> list[Event]:
    """The line among the others, without marks, cut after each so many characters."""
    before, after = _beside(around, AROUND)
    text = "".join(bare(line) for line in (*before, row.text, *after))
    return _pieces(row, [text[start : start + CUT] for start in range(0, len(text), CUT)])


def _pieces(row: LabelledText, texts: Sequence[str]) -> list[Event]:
    """The events of a line whose text comes in pieces, one after the other without a pause."""
    events: list[Event] = []
    for event in text_events(row):
        if not isinstance(event, Speech) or event.text != row.text:
            events.append(event)
            continue
        at = event.at
        for number, text in enumerate(texts):
            until = at + PACE_MS * len(text)
            events.append(
                msgspec.structs.replace(
                    event, id=f"{event.id}-{number}", at=at, until=until, text=text
                )
            )
            at = until
    return sorted(events, key=lambda event: event.at)


def _beside(around: Sequence[str], count: int) -> tuple[Sequence[str], Sequence[str]]:
    """Of the lines around a line, those said before and after it, `count` in all."""
    first = AROUND // 2
    return around[first - count // 2 : first], around[first : first + count - count // 2]


#: The deliveries by name.
DELIVERIES: dict[str, Delivery] = {
    "joined-3": _joined(3),
    "joined-5": _joined(5),
    "cut-in-two": _halved,
    "cut-every-30": _stream,
}


class Delivered(Struct):
    """What one delivery did to one rule."""

    found: int = 0
    """Violations that the rule finds in the line alone."""
    kept: int = 0
    """Of them, found in this delivery too."""
    gained: int = 0
    """Violations that it finds in this delivery alone."""
    lawful: int = 0
    """Lawful lines."""
    alarms: int = 0
    """Alerts on them in this delivery."""
    alone: int = 0
    """Alerts on the same lines one by one."""
    lost: list[str] = []
    caused: list[str] = []


class Deliveries(Struct):
    """Figures by rule and delivery; lawful lines of no rule in particular count under ``""``."""

    by_rule: dict[str, dict[str, Delivered]] = {}

    def of(self, rule: str, delivery: str) -> Delivered:
        return self.by_rule.setdefault(rule, {}).setdefault(delivery, Delivered())

    def total(self, delivery: str) -> Delivered:
        """One delivery over all rules."""
        whole = Delivered()
        for rule, deliveries in self.by_rule.items():
            one = deliveries.get(delivery, Delivered())
            if not rule:
                continue
            for name in ("found", "kept", "gained", "lawful", "alarms", "alone"):
                setattr(whole, name, getattr(whole, name) + getattr(one, name))
        return whole


def measure_delivery(
    rulebook: Rulebook,
    labelled: Mapping[str, Sequence[LabelledText]],
    ordinary: Sequence[LabelledText],
    *,
    lawful_step: int = 1,
) -> Deliveries:
    """Delivers spoken lines in other ways, and decides on them.

    Args:
        labelled: texts by the rule that must, or must not, raise on them.
        ordinary: texts on which no rule may raise: those among which the others are said; they are
            measured themselves, too, each once a delivery.
        lawful_step: of the groups of ordinary lines, only each so many-th is measured.
    """
    result = Deliveries()
    lines = [row for row in ordinary if row.role == "host_speech"]
    texts = [row.text for row in lines]
    for rule, rows in labelled.items():
        for row in rows:
            if row.role in SPOKEN:
                _decide(rulebook, rule, row, _neighbours(row.text, texts), result)
    for start in range(0, len(lines) - AROUND, (AROUND + 1) * lawful_step):
        group = lines[start : start + AROUND + 1]
        _decide_lawful(rulebook, group, result)
    return result


def _neighbours(text: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    first = crc32(f"around\t{text}".encode())
    return [lines[(first + number) % len(lines)] for number in range(AROUND)]


def _decide(
    rulebook: Rulebook, rule: str, row: LabelledText, around: Sequence[str], result: Deliveries
) -> None:
    alone = decide(rulebook, text_events(row), rule)
    for name, deliver in DELIVERIES.items():
        alerts = decide(rulebook, deliver(row, around), rule)
        counts = result.of(rule, name)
        if not row.label:
            counts.lawful += 1
            counts.alarms += len(alerts)
            counts.alone += len(alone)
            if len(alerts) > len(alone):
                counts.caused.append(row.text)
        elif alone:
            counts.found += 1
            counts.kept += bool(alerts)
            if not alerts:
                counts.lost.append(row.text)
        else:
            counts.gained += bool(alerts)


def _decide_lawful(rulebook: Rulebook, group: Sequence[LabelledText], result: Deliveries) -> None:
    """Lawful lines that follow one another, in every delivery that has so many of them."""
    middle = group[AROUND // 2]
    around = [row.text for row in group if row is not middle]
    alone = [decide(rulebook, text_events(row), None) for row in group]
    for name, deliver in DELIVERIES.items():
        counts = result.of("", name)
        lines = 1 if deliver is _halved else 3 if name == "joined-3" else AROUND + 1
        first = (len(group) - lines) // 2
        raised = decide(rulebook, deliver(middle, around), None)
        before = [alert for alerts in alone[first : first + lines] for alert in alerts]
        counts.lawful += lines
        counts.alarms += len(raised)
        counts.alone += len(before)
        if len(raised) > len(before):
            known = {alert.rule for alert in before}
            words = [a.reason for a in raised if a.rule not in known] or [raised[0].reason]
            counts.caused.append(f"{middle.text}: {'; '.join(words)}")
