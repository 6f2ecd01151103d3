"""The contract's events as JSON Schema, and as rows of a table: made from the types that check them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from detectors.events import AHEAD_MS, Event

__all__ = ["FieldRow", "event_schema", "field_rows"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: What a schema cannot say, but the monitor asks of these fields.
_REMARKS = dict.fromkeys(
    ("at", "seen", "until"), f"At most {AHEAD_MS} ms, a day, after the event arrived."
)
_Schema = dict[str, Any]


class FieldRow(NamedTuple):
    """A field of a type of events."""

    type: str
    """Tag of the type; `party` for the parts of `operator` and `seller`."""
    field: str
    kind: str
    """“string”, “integer”, “array of string”, words of an enumeration …"""
    bounds: str
    """“1–256 characters”; empty where the kind says it all."""
    required: bool


def event_schema() -> _Schema:
    """JSON Schema (draft 2020-12) of one event, with every bound that does not need a clock.

    It says the same as `events.decode`, but for two things that JSON Schema has no words for: an
    integer is written without fraction and exponent, and the text has to be UTF-8.
    """
    schema: _Schema = msgspec.json.schema(Event)
    schema.pop("discriminator")
    definitions: dict[str, _Schema] = schema["$defs"]
    for definition in definitions.values():
        required = definition.setdefault("required", [])
        for name, known in definition["properties"].items():
            remark = _REMARKS.get(name)
            if name not in required:
                # Null says “unknown”, as a missing field does.
                known.pop("default", None)
                definition["properties"][name] = known = _or_null(known)
            if remark is not None:
                known["description"] = remark
    attributes = definitions["Product"]["properties"]["attributes"]["anyOf"][0]
    attributes["additionalProperties"] = _or_null(attributes["additionalProperties"])
    return {"$schema": DIALECT, "title": "An event of a live-commerce session", **schema}


def field_rows() -> list[FieldRow]:
    """Every field of every type, those that all types have as type `every`."""
    definitions: dict[str, _Schema] = event_schema()["$defs"]
    shared = set.intersection(
        *(set(one["properties"]) for name, one in definitions.items() if name != "Party")
    )
    rows = [
        _row("every", name, definitions["Chat"])
        for name in definitions["Chat"]["properties"]
        if name in shared
    ]
    for title, definition in definitions.items():
        hidden = shared if title != "Party" else ()
        rows += [
            _row(title.lower(), name, definition)
            for name in definition["properties"]
            if name not in hidden
        ]
    return rows


def _row(type_: str, field: str, definition: _Schema) -> FieldRow:
    known = definition["properties"][field]
    choices = [one for one in known.get("anyOf", [known]) if one.get("type") != "null"]
    kinds, bounds = zip(*map(_described, choices), strict=True)
    return FieldRow(
        type_,
        field,
        " or ".join(kinds),
        "; ".join(filter(None, dict.fromkeys(bounds))),
        field in definition["required"],
    )


def _described(schema: _Schema) -> tuple[str, str]:
    """Kind and bounds in words."""
    if "enum" in schema:
        return "one of " + " ".join(f"`{word}`" for word in schema["enum"] if word), ""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].lower(), ""
    kind: str = schema["type"]
    if kind == "string":
        if "pattern" in schema:
            return kind, f"`{schema['pattern']}`"
        return kind, f"{_range(schema.get('minLength'), schema['maxLength'])} characters"
    if kind in ("integer", "number"):
        return kind, _range(schema["minimum"], schema["maximum"])
    if kind == "array":
        items, each = _described(schema["items"])
        return f"array of {items}", f"{_range(None, schema['maxItems'])} entries; each {each}"
    if kind == "object":
        _, name = _described({"type": "string"} | schema["propertyNames"])
        values = [
            one for one in schema["additionalProperties"]["anyOf"] if one.get("type") != "null"
        ]
        items, each = _described(values[0])
        entries = _range(None, schema["maxProperties"])
        return f"object of {items}", f"{entries} entries; names {name}; each {each}"
    return kind, ""


def _range(least: int | None, most: int) -> str:
    return f"up to {most:,}" if least is None else f"{least:,}–{most:,}"


def _or_null(schema: _Schema) -> _Schema:
    """The schema of the same value or null."""
    choices = schema.get("anyOf", [schema])
    if any(one.get("type") == "null" for one in choices):
        return schema
    return {"anyOf": [*choices, {"type": "null"}]}
