"""Members of a JSON document, cut out of it in pieces."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import json_members
from connectors.decoders.json_members import EVERY, JsonMembers, Member

PATHS = [("log", "entries", EVERY), ("log", "entries", EVERY, "inner", EVERY)]


def members(data: bytes, cut: int = 0) -> tuple[list[Member], JsonMembers]:
    reader = JsonMembers(PATHS)
    size = cut or len(data) or 1
    found = [
        member
        for start in range(0, len(data), size)
        for member in reader.feed(data[start : start + size])
    ]
    return found, reader


def test_members_come_one_by_one_and_inner_ones_before_their_outer_one() -> None:
    data = json.dumps(
        {"log": {"entries": [{"a": 1, "inner": [{"b": [{}]}, {"c": '}]\\"'}]}, {"d": {}}]}}
    ).encode()
    found, reader = members(data)

    assert [(member.path, json.loads(member.data)) for member in found] == [
        (1, {"b": [{}]}),
        (1, {"c": '}]\\"'}),
        (0, {"a": 1, "inner": [None, None]}),
        (0, {"d": {}}),
    ]
    assert not reader.open


@pytest.mark.parametrize(
    "document",
    [
        {"entries": [{"a": 1}]},
        {"log": {"pages": [{"entries": [{"a": 1}]}]}},
        {"log": {"entries": {"0": {"a": 1}}}},
        {"log": {"entries": [[{"a": 1}], 5, "{}"]}},
        [{"log": {"entries": [{"a": 1}]}}],
    ],
)
def test_objects_elsewhere_are_passed_over(document: object) -> None:
    assert members(json.dumps(document).encode())[0] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@given(
    entries=st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3), max_size=4),
    data=st.data(),
)
def test_any_document_in_any_cut_gives_its_members(
    entries: list[object], data: st.DataObject
) -> None:
    ascii_only, indent = data.draw(st.booleans()), data.draw(st.sampled_from([None, 2]))
    text = json.dumps(
        {"x": entries, "log": {"y": "{", "entries": entries}},
        ensure_ascii=ascii_only,
        indent=indent,
    ).encode("utf-8", "surrogatepass")
    cut = data.draw(st.integers(1, len(text)))
    found, reader = members(text, cut)

    outer = [json.loads(member.data) for member in found if member.path == 0]
    assert outer == [
        # What stands at the inner places is cut out.
        {k: [None if isinstance(m, dict) else m for m in v] if k == "inner" and isinstance(v, list) else v
         for k, v in entry.items()}
        for entry in entries if isinstance(entry, dict)
    ]  # fmt: skip
    assert not reader.open


def test_what_closes_more_than_it_opens_is_broken() -> None:
    _, reader = members(b'{"log": {}}}')

    assert reader.broken == "closes more than it opens"


def test_endless_nesting_is_refused() -> None:
    _, reader = members(b"[" * 1_000_000, cut=65_536)

    assert reader.broken == f"nested more than {json_members.MAX_DEPTH} deep"


def test_a_document_without_its_end_says_so() -> None:
    found, reader = members(b'{"log": {"entries": [{"a": 1}, {"b": "x')

    assert [member.data for member in found] == [b'{"a": 1}']
    assert reader.open


def test_a_member_too_long_comes_empty_and_the_next_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_members, "MAX_MEMBER", 20)
    found, _ = members(b'{"log": {"entries": [{"a": "%s"}, {"b": 1}]}}' % (b"x" * 100), cut=7)

    assert [member.data for member in found] == [b"", b'{"b": 1}']
