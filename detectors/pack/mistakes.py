"""Mistakes in a pack that has the right shape: words that are none, so that what looks for them
never raises anything, cases in which nothing happens or what cannot, and versions that cannot be counted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from detectors.pack.rows import mistake_in

__all__ = ["Mistake", "mistakes_in"]

#: Lists in which an empty text says something, and those that are no words.
_PASSED = frozenset({"join", "cases"})
#: What counts letters or marks between words.
_DISTANCES = frozenset({"gap", "marks", "reach", "near", "within"})


class Mistake(NamedTuple):
    """A place, and what is wrong there."""

    steps: tuple[str | int, ...]
    """Keys and numbers that lead to it."""
    what: str


def mistakes_in(document: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong in a document of the shape of a pack, or of what packs share."""
    yield from _empty_texts(document, ())
    for number, rule in enumerate(document.get("rules", ())):
        at = ("rules", number)
        if rule["version"] < 1:
            yield Mistake(
                (*at, "version"),
                f"version is {rule['version']}: begin with 1, and count up when what the rule says changes",
            )
        for place, case in enumerate(rule["cases"]):
            if not case.get("text") and not case.get("events"):
                what = "neither `text` nor `events`, so nothing happens in it: write what is said"
                yield Mistake((*at, "cases", place), what)
            for row, fields in enumerate(case.get("events", ())):
                if (wrong := mistake_in(fields)) is not None:
                    yield Mistake((*at, "cases", place, "events", row, *wrong.steps), wrong.what)
        if rule.get("words") is not None:
            yield from _never(rule, at)
    yield from _below_zero(document, ())


def _never(rule: Mapping[str, Any], at: tuple[str | int, ...]) -> Iterator[Mistake]:
    """Why a rule of words can never raise anything."""
    words, patterns = rule["words"], rule.get("patterns", {})
    if not words["find"]:
        what = "`find` names no group, so the rule never raises anything: name one of its patterns"
        yield Mistake((*at, "words", "find"), what)
    for group in [*words["find"], *words.get("requires", ())]:
        if group in patterns and not patterns[group]:
            what = f"{group!r} has no words, so the rule never raises anything: write at least one"
            yield Mistake((*at, "patterns", group), what)


def _empty_texts(value: Any, at: tuple[str | int, ...]) -> Iterator[Mistake]:
    """Texts in lists that have no character which anybody could say or write."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _PASSED:
                yield from _empty_texts(inner, (*at, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            if isinstance(inner, str):
                if not any(char.isprintable() and not char.isspace() for char in inner):
                    what = "an empty text, which nobody says: write the word, or take it out"
                    yield Mistake((*at, number), what)
            else:
                yield from _empty_texts(inner, (*at, number))


def _below_zero(value: Any, at: tuple[str | int, ...]) -> Iterator[Mistake]:
    """Distances that are less than none."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _DISTANCES and isinstance(inner, int) and inner < 0:
                what = f"`{key}` is less than 0, so nothing is near enough: 0 is side by side"
                yield Mistake((*at, key), what)
            elif key not in _PASSED:
                yield from _below_zero(inner, (*at, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _below_zero(inner, (*at, number))
