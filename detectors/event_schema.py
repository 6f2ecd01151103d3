"""The contract's events as JSON Schema, made from the types that check them."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.events import AHEAD_MS, Event

__all__ = ["event_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: What a schema cannot say, but the monitor asks of these fields.
_REMARKS = dict.fromkeys(
    ("at", "seen", "until"), f"At most {AHEAD_MS} ms, a day, after the event arrived."
)
_Schema = dict[str, Any]


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


def _or_null(schema: _Schema) -> _Schema:
    """The schema of the same value or null."""
    choices = schema.get("anyOf", [schema])
    if any(one.get("type") == "null" for one in choices):
        return schema
    return {"anyOf": [*choices, {"type": "null"}]}
