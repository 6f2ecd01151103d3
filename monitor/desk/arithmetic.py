"""The figures that a verdict stands on, set as a sum: only what the rule itself has computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from detectors.alerts import Number
from monitor.desk.formats import Formats, yuan
from monitor.desk.language import Language

__all__ = ["Figure", "Named", "figures", "named_numbers"]


class Figure(NamedTuple):
    """A term: what it is, how much, and the sign before it."""

    label: str
    value: str
    unit: str
    sign: str
    result: bool


class Named(Struct, frozen=True):
    """A number of the evidence in words."""

    name: str
    label: str
    value: str


#: Sums by the names of their numbers: minuend, subtrahend and result; the first that a rule's
#: numbers have is shown. A result that the rule did not hand over is not computed here.
_SUMS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("reference_fen", ""), ("lowest_fen", "−"), ("difference_fen", "=")),
)


def figures(numbers: Mapping[str, Number], language: Language) -> list[Figure]:
    """The terms of the sum; empty where the rule has none."""
    for terms in _SUMS:
        if all(_is_number(numbers.get(name)) for name, _ in terms):
            return [
                Figure(
                    language.say(f"number.{name}"),
                    *_value(name, numbers[name], language),
                    sign,
                    place == len(terms) - 1,
                )
                for place, (name, sign) in enumerate(terms)
            ]
    return []


def named_numbers(numbers: Mapping[str, Number], formats: Formats) -> list[Named]:
    """Every number with its label and unit, in the rule's order."""
    language = formats.language
    rows = []
    for name, number in numbers.items():
        label = language.say(f"number.{name}") if language.has(f"number.{name}") else ""
        if name.endswith(("_at", "_at_ms")) and _is_number(number):
            value = formats.full(int(number))  # type: ignore[arg-type]
        elif name.endswith("_ms") and _is_number(number):
            value = formats.length(int(number))  # type: ignore[arg-type]
        else:
            value = " ".join(part for part in _value(name, number, language) if part)
        rows.append(Named(name, label, value))
    return rows


def _is_number(value: Number) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(name: str, number: Number, language: Language) -> tuple[str, str]:
    """The number as written, and its unit from the name's ending."""
    if number is None:
        return language.say("unknown"), ""
    if isinstance(number, bool):
        return language.say("yes" if number else "no"), ""
    if isinstance(number, str):
        return number, ""
    if name.endswith("_fen"):
        return yuan(round(number)), language.say("yuan")
    if name.endswith(("_ratio", "_share")):
        return f"{number * 100:.1f}%", ""
    unit = next(
        (
            language.say(f"unit.{ending}")
            for ending in ("days", "hours", "s")
            if name.endswith(f"_{ending}")
        ),
        "",
    )
    return (
        f"{number:,}" if isinstance(number, int) else f"{number:,.2f}".rstrip("0").rstrip(".")
    ), unit
