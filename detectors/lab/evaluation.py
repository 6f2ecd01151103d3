"""Measuring rules on labelled texts and recordings that they were not written from."""

from __future__ import annotations

import codecs
import math
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from detectors.alerts import Alert
from detectors.calendar import HOUR_MS
from detectors.events import Event
from detectors.lab.cases import BASE_MS
from detectors.lab.rerun import Rerun
from detectors.pack.load import Rulebook

__all__ = [
    "BadLabels",
    "ContextLine",
    "LabelledText",
    "Scenario",
    "Score",
    "decide",
    "raised_by",
    "read_scenarios",
    "read_texts",
    "text_events",
    "wilson",
]

Role = Literal["host_speech", "assistant_speech", "viewer_chat", "product_title"]
#: Levels that accuse; `info` is a statistical signal.
ACCUSING = ("lead", "watch")


class BadLabels(ValueError):
    """A row of labels that cannot be read; says which, and why."""


class ContextLine(Struct, frozen=True):
    """A line near the labelled one."""

    role: Role
    text: str
    offset_s: float


class LabelledText(Struct, frozen=True):
    """One line and whether the rule in question must raise on it."""

    text: str
    label: bool
    role: Role = "host_speech"
    category: str | None = None
    host_kind: Literal["seller", "influencer", "ai"] | None = None
    context: list[ContextLine] = []
    why: str = ""
    kind: str = ""


class Scenario(Struct, frozen=True):
    """A recording and whether the rule in question must raise on it."""

    name: str
    expect: bool
    events: list[Event]
    why: str = ""
    level: str | None = None
    subject: str | None = None


_Row = TypeVar("_Row", LabelledText, Scenario)


class Score(Struct):
    """Counts of one rule on one labelled set."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0
    wrong: list[str] = []
    """The rows that were decided otherwise than labelled."""

    def add(self, *, expected: bool, raised: bool, row: str) -> None:
        """Counts one decision."""
        if expected and raised:
            self.true_positive += 1
        elif expected:
            self.false_negative += 1
            self.wrong.append(f"missed: {row}")
        elif raised:
            self.false_positive += 1
            self.wrong.append(f"raised: {row}")
        else:
            self.true_negative += 1

    @property
    def recall(self) -> tuple[int, int]:
        """Found, and all that were to be found."""
        return self.true_positive, self.true_positive + self.false_negative

    @property
    def precision(self) -> tuple[int, int]:
        """Rightly raised, and all that were raised."""
        return self.true_positive, self.true_positive + self.false_positive


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The interval in which a proportion lies with 95 % confidence (Wilson 1927).

    >>> [round(bound, 3) for bound in wilson(0, 77)]
    [0.0, 0.048]
    """
    if not trials:
        return 0.0, 1.0
    z = 1.96
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def text_events(row: LabelledText) -> list[Event]:
    """A line as it would reach the monitor: in a broadcast, about a card on screen."""
    start = BASE_MS - HOUR_MS
    title = row.text if row.role == "product_title" else "商品"
    rows: list[dict[str, Any]] = [
        {"type": "session", "id": "session", "at": start, "phase": "started"},
        {"type": "room", "id": "room", "at": start + 1, "host_kind": row.host_kind},
        {
            "type": "product", "id": "card", "at": start + 2, "sku": "A", "title": title,
            "category": row.category, "status": "explaining",
        },
        # A quotation waits for what the host says to it: the line is over a while later.
        {"type": "chat", "id": "end", "at": BASE_MS + 120_000, "role": "viewer", "text": "。"},
    ]  # fmt: skip
    lines = [*row.context, ContextLine(row.role, row.text, 0.0)]
    for index, line in enumerate(lines):
        fields = {
            "id": f"line-{index}", "at": BASE_MS + round(line.offset_s * 1000), "text": line.text,
        }  # fmt: skip
        if line.role == "viewer_chat":
            rows.append({"type": "chat", "user": "u", "role": "viewer", **fields})
        elif line.role != "product_title":
            speaker = "host" if line.role == "host_speech" else "assistant"
            rows.append(
                {"type": "speech", "speaker": speaker, "sku": "A", "confidence": 0.95, **fields}
            )
    place = {"platform": "label", "room": "1", "session": "s"}
    events = [msgspec.convert({**place, **fields}, Event) for fields in rows]
    return sorted(events, key=lambda event: event.at)


def raised_by(rulebook: Rulebook, events: Iterable[Event]) -> list[Alert]:
    """Final versions of all alerts over the events of any rooms."""
    rerun = Rerun(rulebook)
    rerun.feed(events)
    return rerun.finish()


def decide(rulebook: Rulebook, events: Iterable[Event], rule: str | None) -> list[Alert]:
    """Alerts that count as a decision: accusing ones, and any of the rule in question.

    A rule in question that is a draft or in the shadow is put to work.
    """
    book = rulebook if rule is None else rulebook.on_trial(rule)
    return [
        alert
        for alert in raised_by(book, events)
        if (rule is None and alert.level in ACCUSING) or alert.rule == rule
    ]


def read_texts(data: bytes) -> list[LabelledText]:
    """Labelled lines (JSON lines).

    Raises:
        BadLabels: a row does not have the shape.
    """
    return _read(data, LabelledText)


def read_scenarios(data: bytes) -> list[Scenario]:
    """Labelled recordings (JSON lines).

    Raises:
        BadLabels: a row does not have the shape.
    """
    return _read(data, Scenario)


def _read(data: bytes, shape: type[_Row]) -> list[_Row]:
    decoder = msgspec.json.Decoder(shape)
    rows: list[_Row] = []
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(decoder.decode(line))
        except UnicodeDecodeError as error:
            raise BadLabels(f"line {number}: not in UTF-8: {error.reason}") from error
        except msgspec.MsgspecError as error:
            raise BadLabels(f"line {number}: {error}") from error
    return rows
