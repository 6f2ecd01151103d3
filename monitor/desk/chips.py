"""The filter as chips that read as a sentence, each with its menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from detectors.alerts import Level
from detectors.calendar import HOUR_MS
from detectors.pack.load import Rulebook
from monitor.desk.filters import FOCUS, LEVELS, NEGATABLE, STATUSES, Condition, Query
from monitor.desk.formats import Formats, quoted
from monitor.desk.language import Language
from monitor.store.rows import RoomRow

__all__ = ["ROOMS", "Chip", "Choice", "Form", "addable", "chips"]

#: Fields that can be added by hand, in the order of the menu.
ADDABLE = ("text", "status", "level", "focus", "rule", "room", "since")
MANY = ("status", "level", "rule")
#: Rooms in the menu.
ROOMS = 50


class Choice(Struct, frozen=True):
    """A value that can be chosen."""

    value: str
    words: str
    chosen: bool
    number: int | None = None


class Form(Struct, kw_only=True, frozen=True):
    """A menu that changes one field and keeps the rest of the address."""

    field: str
    group: str
    """Name of the radio buttons 是 / 不是; unique on the page."""
    kind: str
    kept: list[tuple[str, str]]
    negatable: bool = False
    negated: bool = False
    many: bool = False
    inline: bool = False
    choices: list[Choice] = []
    value: str = ""


class Chip(Struct, kw_only=True, frozen=True):
    """One condition in words."""

    field: str
    words: str
    negated: bool
    off: str
    form: Form


def chips(query: Query, f: Formats, rulebook: Rulebook, rooms: Sequence[RoomRow]) -> list[Chip]:
    """The conditions in force."""
    return [
        Chip(
            field=entry.field,
            words=_words(entry, f, rulebook, rooms),
            negated=entry.negated,
            off=query.without(entry.field).address(),
            form=_form(entry.field, query, f, rulebook, rooms, {}, inline=False),
        )
        for entry in query.conditions
    ]


def addable(
    query: Query,
    f: Formats,
    rulebook: Rulebook,
    rooms: Sequence[RoomRow],
    numbers: Mapping[Level, int],
) -> list[Form]:
    """Menus of the fields that have no condition yet.

    Args:
        numbers: alerts under the present conditions, by level.
    """
    return [
        _form(field, query, f, rulebook, rooms, numbers, inline=True)
        for field in ADDABLE
        if query.get(field) is None and (field != "room" or rooms)
    ]


def _words(entry: Condition, f: Formats, rulebook: Rulebook, rooms: Sequence[RoomRow]) -> str:
    say = f.language.say
    names = [_name(entry.field, value, f.language, rulebook, rooms) for value in entry.values]
    if entry.field in ("since", "until"):
        return say(f"filter.{entry.field}", time=f.moment(int(entry.values[0])))
    if entry.field == "text":
        return quoted(entry.values[0])
    if entry.field == "again":
        return say("again.yes")
    return say("list").join(names)


def _name(
    field: str, value: str, language: Language, rulebook: Rulebook, rooms: Sequence[RoomRow]
) -> str:
    if field in ("status", "level", "focus"):
        return language.say(f"{field}.{value}")
    if field == "rule" and value in rulebook:
        spec = rulebook[value].spec
        return spec.title_en if language.code == "en" else spec.title
    if field in ("matter", "product_matter"):
        return value[:10]
    if field == "room":
        known = next((room for room in rooms if room.room == value), None)
        return (known.title or known.host or value) if known else value
    return value


def _form(
    field: str,
    query: Query,
    f: Formats,
    rulebook: Rulebook,
    rooms: Sequence[RoomRow],
    numbers: Mapping[Level, int],
    *,
    inline: bool,
) -> Form:
    entry = query.get(field)
    chosen = set(entry.values) if entry else set()
    kept = [
        pair
        for pair in query.without(field).parameters()
        if pair[0] != "status" or field != "status"
    ]
    choices: list[Choice] = []

    def add(value: str, words: str, number: int | None = None) -> None:
        choices.append(Choice(value, words, value in chosen, number))

    language = f.language
    if field == "status":
        for value in STATUSES:
            add(value, language.say(f"status.{value}"))
    elif field == "level":
        for value in LEVELS:
            add(value, language.say(f"level.{value}"), numbers.get(value))
    elif field == "focus":
        for value in FOCUS:
            add(value, f"{value} {language.say(f'focus.{value}')}")
    elif field == "rule":
        for rule in rulebook:
            add(rule.id, _name("rule", rule.id, language, rulebook, rooms))
    elif field == "room":
        for room in rooms[:ROOMS]:
            add(room.room, room.title or room.host or f"{room.platform} {room.room}")
    elif field == "since":
        for hours in (1, 4, 24, 24 * 7):
            at = f.now - hours * HOUR_MS
            add(str(at - at % 60_000), language.say(f"filter.hours.{hours}"))
    return Form(
        field=field,
        group=f"is_{field}{'_add' if inline else ''}",
        kind="choice" if choices else "text",
        kept=kept,
        negatable=field in NEGATABLE,
        negated=bool(entry and entry.negated),
        many=field in MANY,
        inline=inline,
        choices=choices,
        value=entry.values[0] if entry and not choices else "",
    )
