"""The published schema says what the decoder does, and the page says what the schema does."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detectors.event_schema import event_schema
from detectors.events import InvalidEvent, decode
from tests.whole import examples

SCHEMA = event_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
PAGE = Path(__file__).parents[2] / "docs" / "events.md"
AT = 1_788_231_600_000
COMMON = {"id": "1", "platform": "demo", "room": "1", "session": "s", "at": AT}


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values at the bounds of a part of the schema, past them, and of other types."""
    if "$ref" in schema:
        return objects(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return st.one_of(*map(values, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], "robot"])
    kind = schema["type"]
    if kind == "null":
        return st.none()
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        least, most = schema["minimum"], schema["maximum"]
        return st.sampled_from(
            [least, most, least - 1, most + 1, 10**30, -(10**30), 0.5, True, "1"]
        )
    if kind == "string":
        if "pattern" in schema:
            return st.sampled_from(
                ["a" * 64, "F0" * 32, "a" * 63, "a" * 65, "g" * 64, "a" * 64 + "\n"]
            )
        bounds = [schema.get("minLength", 0), schema["maxLength"]]
        lengths = st.sampled_from([*bounds, bounds[1] + 1, max(0, bounds[0] - 1)])
        return st.builds(lambda length, one: one * length, lengths, st.sampled_from("a茶𝟘\0"))
    if kind == "array":
        return st.builds(
            lambda one, count: [one] * count,
            values(schema["items"]),
            st.sampled_from([0, 1, schema["maxItems"], schema["maxItems"] + 1]),
        )
    names = st.one_of(st.sampled_from(["", "产地", "n" * 256, "n" * 257]), st.text(max_size=3))
    few = st.dictionaries(names, values(schema["additionalProperties"]), max_size=3)
    most = schema["maxProperties"]
    many = st.sampled_from([most, most + 1]).map(lambda n: {str(i): "x" for i in range(n)})
    return few | many


# Made once: an example draws from it, and making it takes ten times as long.
@functools.cache
def objects(title: str) -> st.SearchStrategy[dict[str, Any]]:
    definition = SCHEMA["$defs"][title]
    fields = {name: values(known) for name, known in definition["properties"].items()}
    # Most of an event is in order: one that breaks the contract everywhere tests one bound only.
    sound = {name: sound_of(known) for name, known in definition["properties"].items()}
    needed = {name: sound[name] for name in definition["required"]}
    return st.builds(
        lambda event, hostile: event | hostile,
        st.fixed_dictionaries(needed, optional={n: s for n, s in sound.items() if n not in needed}),
        st.one_of(
            *(st.fixed_dictionaries({name: known}) for name, known in sorted(fields.items()))
        ),
    )


def sound_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        definition = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        parts = {name: sound_of(known) for name, known in definition["properties"].items()}
        return st.fixed_dictionaries({}, optional=parts)
    return values(schema).filter(
        Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).is_valid
    )


#: What the schema's language has no words for: two fields held against each other.
ORDERED = {"Expected `low` <= `high`", "Expected `from` <= `until`"}
EVENTS = [name for name in SCHEMA["$defs"] if name != "Party"]


def refusal(event: dict[str, Any]) -> str | None:
    """Why the decoder does not take an event; ``None``: it does."""
    try:
        decode(json.dumps(event))
    except InvalidEvent as error:
        return str(error)
    return None


@pytest.mark.parametrize("title", EVENTS)
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
@pytest.mark.slow
def test_schema_and_decoder_take_the_same_events(title: str, data: st.DataObject) -> None:
    event = data.draw(objects(title))
    why = refusal(event)
    if VALIDATOR.is_valid(event):
        assert why is None or why in ORDERED, event
    else:
        assert why, [error.message[:200] for error in VALIDATOR.iter_errors(event)]


@pytest.mark.slow
def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {"$schema", "title", "anyOf", "$defs"} == set(SCHEMA)


class FieldRow(NamedTuple):
    """A row of the page's tables: a field of a type of events."""

    type: str
    """Tag of the type; `party` for the parts of `operator` and `seller`."""
    field: str
    kind: str
    """“string”, “integer”, “array of string”, words of an enumeration …"""
    bounds: str
    """“1–256 characters”; empty where the kind says it all."""
    required: bool


def field_rows() -> list[FieldRow]:
    """Every field of every type, those that all types have as type `every`."""
    definitions: dict[str, dict[str, Any]] = SCHEMA["$defs"]
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


def _row(type_: str, field: str, definition: dict[str, Any]) -> FieldRow:
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


def _described(schema: dict[str, Any]) -> tuple[str, str]:
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


@pytest.mark.parametrize("row", field_rows(), ids=lambda row: f"{row.type}.{row.field}")
def test_every_field_has_a_bound_or_few_values(row: Any) -> None:
    assert row.bounds or row.kind in ("boolean", "party") or row.kind.startswith("one of")


def test_the_page_lists_every_field_with_its_bounds() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = []
    type_ = ""
    for line in page.splitlines():
        if line.startswith("### "):
            type_ = line.removeprefix("### ").strip("`")
            type_ = {"Every event": "every", "A party: `operator` and `seller": "party"}.get(
                type_, type_
            )
        elif match := re.match(r"\| `(\w+)`( \\\*)? \| ([^|]*) \| ([^|]*) \|", line):
            listed.append((type_, match[1], match[3], match[4], match[2] is not None))
    expected = [
        tuple(row._replace(kind="string") if (row.type, row.field) == ("every", "type") else row)
        for row in field_rows()
    ]
    assert [tuple(row) for row in listed] == expected


@pytest.mark.slow
def test_the_examples_of_the_rules_are_events_of_the_schema() -> None:
    from tests.detectors.build import rulebook

    cases = [case for rule in rulebook() for case in rule.spec.cases[:2]]
    from detectors.lab.cases import case_events

    events = [event for case in cases for event in case_events(case)]
    assert len(events) > 100
    for event in events:
        raw = msgspec.to_builtins(event)
        errors = [error.message for error in VALIDATOR.iter_errors(raw)]
        assert not errors, raw
