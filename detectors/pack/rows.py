"""The rows of a case: events as a pack writes them, with times relative to the beginning of the case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import inspect

from detectors.calendar import DAY_MS, HOUR_MS, MINUTE_MS
from detectors.document import located, steps_of
from detectors.events import Event, InvalidEvent, decode

__all__ = ["BASE_MS", "CaseError", "RowMistake", "event_of", "mistake_in", "relative_ms"]

#: The zero of the cases' relative times: 2026-10-01 20:00 in Beijing.
BASE_MS = 1_790_856_000_000
_UNITS = {"ms": 1, "s": 1_000, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_TIME = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h|d)")
#: Fields that may be written as relative times, beside `t`.
_TIMES = ("until", "from", "ends_at")
_CLASSES: dict[str, type] = {str(each.__struct_config__.tag): each for each in get_args(Event)}


class CaseError(ValueError):
    """An inline case that is not well formed; the message names the rule and the case."""


class RowMistake(NamedTuple):
    """What is wrong with a row, and in which of its fields."""

    steps: tuple[str | int, ...]
    """Keys and numbers that lead from the row to it; none: it is the row."""
    what: str


def relative_ms(text: str) -> int:
    """“-3d”, “90s”, “1h30m” as milliseconds.

    >>> relative_ms("-3d"), relative_ms("1h30m")
    (-259200000, 5400000)
    """
    sign, whole = (-1, text[1:]) if text.startswith("-") else (1, text)
    pieces = _TIME.findall(whole)
    if not pieces or "".join(number + unit for number, unit in pieces) != whole:
        raise CaseError(f"no time: {text!r}")
    return sign * round(sum(float(number) * _UNITS[unit] for number, unit in pieces))


def event_of(row: Mapping[str, Any], number: int) -> Event:
    """The event of a row.

    Args:
        number: of the row in its case, from which the event has its id.

    Raises:
        CaseError: a time is not well formed.
        InvalidEvent: it breaks the contract; names the field.
    """
    return decode(msgspec.json.encode(_expanded(row, number)))


def _expanded(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    fields = dict(row)
    at = BASE_MS + relative_ms(str(fields.pop("t", "0s")))
    fields = {
        "id": f"e{number}", "platform": "demo", "room": "1", "session": "s1", "at": at, **fields,
    }  # fmt: skip
    for name in _TIMES:
        if isinstance(fields.get(name), str):
            fields[name] = BASE_MS + relative_ms(fields[name])
    return fields


def mistake_in(row: Mapping[str, Any]) -> RowMistake | None:
    """What is wrong with a row; ``None``: nothing."""
    for name in ("t", *_TIMES):
        try:
            if isinstance(row.get(name), str):
                relative_ms(row[name])
        except CaseError as error:
            return RowMistake((name,), f"{error}; write -3d, 90s or 1h30m")
    kind = _CLASSES.get(str(row.get("type")))
    if kind is None:
        steps = ("type",) if "type" in row else ()
        said = f"no type of event: {row['type']!r}" if steps else "an event without `type`"
        return RowMistake(steps, f"{said}; there are {', '.join(_CLASSES)}")
    if (unknown := next(_unknown_fields(row, _fields(kind)), None)) is not None:
        return unknown
    fields: dict[str, Any] = {}
    try:
        fields = msgspec.json.decode(msgspec.json.encode(_expanded(row, 0)))
        event_of(row, 0)
    except InvalidEvent as error:
        return _placed(fields, kind, error)
    except (CaseError, TypeError, ValueError) as error:
        return RowMistake((), str(error))
    return None


def _placed(fields: dict[str, Any], kind: type, refused: InvalidEvent) -> RowMistake:
    """Where an event breaks the contract: what has the same to say of its fields says that, too."""
    try:
        msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        steps = tuple(steps_of(error, fields, kind))
        return RowMistake(steps, located(error, fields, kind).rpartition(": ")[2])
    return RowMistake((), str(refused))


@cache
def _fields(kind: type) -> dict[str, dict[str, Any]]:
    """The names of the fields of a struct, with those of the structs that may stand in them."""
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)  # noqa: S101 - for the type checker
    return _names(shape)


def _names(shape: inspect.StructType) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for field in shape.fields:
        kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        inner = next((one for one in kinds if isinstance(one, inspect.StructType)), None)
        found[field.encode_name] = _names(inner) if inner is not None else {}
    return found


def _unknown_fields(
    row: Mapping[str, Any], known: dict[str, dict[str, Any]], at: tuple[str, ...] = ()
) -> Iterator[RowMistake]:
    """Fields that an event does not have: on the way in they are passed over, here they are slips."""
    names = set(known) if at else {*known, "t", "type"}
    for name, value in row.items():
        if name not in names:
            like = get_close_matches(str(name), names, n=2) or sorted(names)
            there = f"there {'is' if len(like) == 1 else 'are'} {', '.join(like)}"
            yield RowMistake((*at, name), f"no field of such an event; {there}")
        elif known.get(name) and isinstance(value, Mapping):
            yield from _unknown_fields(value, known[name], (*at, name))
