"""The figures that a verdict stands on, set as a sum: only what the rule itself has computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from detectors.alerts import Alert, Found, Number
from detectors.engine.story import OF_DISCRETION
from detectors.pack.english import english
from monitor.desk.formats import Formats, yuan
from monitor.desk.language import Language

__all__ = [
    "CHINESE",
    "Figure",
    "Named",
    "NumberGroup",
    "figures",
    "named_numbers",
    "number_groups",
    "written",
]

#: Whole numbers from here on are moments: 2001 in milliseconds, and 100 million yuan in 分.
_MOMENT = 1_000_000_000_000
CHINESE = re.compile("[\u4e00-\u9fff]")
_UNITS = ("days", "hours", "min", "s")
#: Endings of durations that are written in their parts, and how many seconds one is.
_PARTS_S = {"minutes": 60, "min": 60, "s": 1}
#: Degrees between 0 and 1, which reasons write with two decimals.
_DEGREES = frozenset(["likeness", "likeness_least", "similarity", "confidence"])


class Figure(NamedTuple):
    """A term: what it is, how much, where it comes from, and the sign before it."""

    label: str
    value: str
    unit: str
    source: str
    sign: str
    result: bool


class Named(Struct, frozen=True):
    """A number of the evidence in words."""

    name: str
    label: str
    value: str


class NumberGroup(Struct, frozen=True):
    """Numbers that belong together."""

    about: str
    """Which of the utterances they are of: `story`, `latest`; `alert`: of none; empty: there is one."""
    said: Found | None
    numbers: list[Named]


#: Sums by the names of their numbers with the sign before each; the first whose numbers are all
#: there is shown. A result that the rule did not hand over is not computed here.
_SUMS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("reference_fen", ""), ("lowest_fen", "−"), ("excess_fen", "=")),
    (("raised_fen", ""), ("low_fen", "−"), ("rise_fen", "=")),
    (("settled_fen", ""), ("shown_fen", "−"), ("excess_fen", "=")),
    (("before_fen", ""), ("price_fen", "→"), ("change_percent", "=")),
    (("claimed", ""), ("shown_upper", "÷"), ("ratio", "=")),
)
#: The number that says when, or how much in other words.
_SOURCES = {
    "lowest_fen": "lowest_at",
    "low_fen": "low_seen_at",
    "raised_fen": "raised_at",
    "rise_fen": "rise_percent",
    "excess_fen": "transactions",
}


def figures(numbers: Mapping[str, Number], formats: Formats) -> list[Figure]:
    """The terms of the sum; empty where the rule has none."""
    for terms in _SUMS:
        if all(_is_number(numbers.get(name)) for name, _ in terms):
            return [
                Figure(
                    label_of(name, formats.language),
                    *_value(name, numbers[name], formats),
                    _source(name, numbers, formats),
                    sign,
                    place == len(terms) - 1,
                )
                for place, (name, sign) in enumerate(terms)
            ]
    return []


def named_numbers(numbers: Mapping[str, Number], formats: Formats) -> list[Named]:
    """Every number with its label and unit, in the rule's order."""
    return [
        Named(
            name,
            label_of(name, formats.language),
            written(name, number, formats),
        )
        for name, number in numbers.items()
    ]


def number_groups(alert: Alert, formats: Formats) -> list[NumberGroup]:
    """Every number of an alert, by the utterance that it is of where there are several.

    The finding that tells the story brings the figures; those of discretion, as how often and how long,
    count on with each hit.
    """
    numbers = alert.evidence.numbers
    found = alert.findings
    if not found or found[alert.story] is found[-1]:
        return [NumberGroup("", None, named_numbers(numbers, formats))]
    story, latest = found[alert.story], found[-1]
    known = {event.id: event for event in alert.evidence.trigger}
    names: dict[str, list[str]] = {"story": [], "latest": [], "alert": []}
    for name in numbers:
        if name == "raised_for":
            names["alert"].append(name)
        elif name not in OF_DISCRETION:
            names["story"].append(name)
        elif name == "confidence" and not hasattr(known.get(latest.event), "confidence"):
            # Of nothing that was written: it is left of what was heard before.
            names["story"].append(name)
        else:
            names["latest"].append(name)
    groups = [
        NumberGroup(
            about, {"story": story, "latest": latest}.get(about),
            named_numbers({name: numbers[name] for name in some}, formats),
        )
        for about, some in names.items()
        if some
    ]  # fmt: skip
    if len(groups) == 1:
        return [NumberGroup("", None, groups[0].numbers)]
    return groups


def written(name: str, number: Number, formats: Formats) -> str:
    """A number with its unit, as the pages write it."""
    return " ".join(part for part in _value(name, number, formats) if part)


def label_of(name: str, language: Language) -> str:
    """What a number means; empty where the catalogue does not know it.

    Numbers that come in a row (`gap_1_s`, `gap_2_s`) share a label.
    """
    key = "number." + re.sub(r"_\d+(?=_|$)", "_n", name)
    for candidate in (f"number.{name}", key):
        if language.has(candidate):
            return language.say(candidate)
    # A signal has its count, what is ordinary, and how unusual that is.
    signal, _, part = name.partition("_")
    if language.has(f"signal.{signal}") and part in ("", "expected", "surprise"):
        words = language.say(f"signal.{signal}")
        return language.say(f"number.of_{part}", signal=words) if part else words
    return ""


def _source(name: str, numbers: Mapping[str, Number], formats: Formats) -> str:
    other = _SOURCES.get(name)
    if other is None or numbers.get(other) is None:
        return ""
    words = written(other, numbers[other], formats)
    return words if other.endswith("_at") else f"{label_of(other, formats.language)} {words}"


def _is_number(value: Number) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(name: str, number: Number, formats: Formats) -> tuple[str, str]:
    """The number as written, and its unit from the name's ending."""
    say = formats.language.say
    if number is None:
        return say("unknown"), ""
    if isinstance(number, bool):
        return say("yes" if number else "no"), ""
    if isinstance(number, str):
        key = f"value.{name}.{number}"
        if formats.language.has(key):
            return say(key), ""
        # Words of a rule are put into English, words of the evidence stay as they are.
        spoken = formats.language.code == "en" and CHINESE.search(number)
        told = english(number) if spoken else ""
        return told or number, ""
    if name.endswith("_fen"):
        return yuan(round(number)), say("yuan")
    if name.endswith("_percent"):
        return f"{_plain(number)}%", ""
    if name.endswith("_share"):
        return f"{_plain(round(100 * number, 1))}%", ""
    if name in _DEGREES:
        return f"{number:.2f}", ""
    if number >= _MOMENT:
        return formats.full(int(number)), ""
    if name.endswith("_ms"):
        return formats.length(int(number)), ""
    # `held_hours_most` is in hours as `held_hours` is.
    parts = name.split("_")[1:] or [name]
    seconds = next((number * size for part, size in _PARTS_S.items() if part in parts), None)
    if seconds is not None and seconds == int(seconds) >= 0:
        return formats.length(int(seconds) * 1000, exact=True), ""
    unit = next((say(f"unit.{part}") for part in _UNITS if part in parts), "")
    return _plain(number), unit


def _plain(number: float) -> str:
    """A number as the reason writes it: two decimals, below one three."""
    if isinstance(number, int):
        return f"{number:,}"
    return f"{number:,.{2 if abs(number) >= 1 else 3}f}".rstrip("0").rstrip(".")
