"""What is wrong with a file of YAML is told by its line, its entry, and what to write instead."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from detectors.document import DocumentError, located, read_document


class Frame(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    fires: list[str] = []


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    level: Literal["lead", "watch"] = "lead"
    frames: list[Frame] = []
    words: dict[str, list[str] | int] = {}
    since: date | None = None


class Pack(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[Entry]


def read(tmp_path: Path, text: str | bytes) -> object:
    path = tmp_path / "own.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb：2\nc: 3\n", "line 2: there is no ':' (before line 3); for ： write : (and a blank"),
        ("a: 1\nb 2\nc: 3\n", "line 2: there is no ':' (before line 3); a key is followed by :"),
        ("a: [x, y\nb: 2\n", "line 1: did not find expected ',' or ']' (before line 2); a list that"),
        ("a: 1\n\tb: 2\n", "blanks, not by tabs"),
        ("a:\n  b: 1\n\u3000 c: 1\n  d: 2\n", "line 3: mapping values are not allowed in this context; indent by blanks of"),
        ("a:\n- b: 1\n  c:\n  - d: 1\n   - e: 1\n", "line 5: is indented otherwise than what stands beside it, from line 2 on: - e: 1"),
        ("a: 1\n b: 2\n", "line 2: mapping values are not allowed in this context; a text with : stands"),
        ("a: [x, %y]\n", "line 1: found character that cannot start any token; a text that begins with such"),
        ("a: @y\n", "(% @ * & ! ` ,) stands in quotation marks: a: @y"),
        ("a: [*价]\n", "(% @ * & ! ` ,) stands in quotation marks: a: [*价]"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands here for the second time: a: 3"),
        ("a: {b: 1, b: 2}\n", "line 1: the key 'b'"),
        ("a: 1\nb: 2026-13-01\n", "line 2: 2026-13-01 is no day of the calendar; a word stands in"),
        ("a: 1\nb: [x, 2026-02-30]\n", "line 2: 2026-02-30 is no day of the calendar"),
        ("a: 1\nb: 0b_\n", "line 2: 0b_ is no number; a word stands in quotation marks: b: 0b_"),
        ("a: *nobody\n", "line 1: found undefined alias"),
        ("? [a, b]\n: c\n", "line 1: found unhashable key"),
        ("a: 价\nb: \x07\n", "line 2: the character U+0007 may not stand there"),
        ("价格".encode("gbk"), "; save it as UTF-8"),
        ("a: 价格".encode("utf-16"), "is no text in UTF-8 (byte 0: invalid start byte); save it as UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_by_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(DocumentError) as told:
        read(tmp_path, text)
    assert said in str(told.value)
    assert "unicode string" not in str(told.value)


def test_what_is_right_is_read_as_it_is(tmp_path: Path) -> None:
    shared = "base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}\nsaid: ：，\n"
    assert read(tmp_path, shared) == {
        "base": {"a": 1, "b": 2}, "own": {"a": 1, "b": 3}, "said": "：，",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{id: x, colour: red}", "rules[0] (x): Object contains unknown field `colour`; there are"),
        ("{id：x, level: lead}", "unknown field `id：x`; for ： write : (and a blank behind it)"),
        ("{id: x, \u3000level: lead}", "`\u3000level`; indent by blanks of the keyboard's English side"),
        ("{id: x, frame: []}", "`frame`; there is frames"),
        ("{id: x, frames: [{id: f}, {id: g, fire: []}]}", "rules[0].frames[1] (x, g): Object"),
        ("{id: x, frames: [{id: f, fires: f}]}", "got `str`; several things, also one, stand in [ ]"),
        ("{id: x, frames: [{id: f, fires: [no]}]}", "got `bool`; numbers, yes, no"),
        ("{id: x, words: {a: [985]}}", "got `int`; numbers, yes, no"),
        ("{id: x, words: {a: [y], b.c: [z, no]}}", "rules[0].words.b.c[1] (x): Expected"),
        ("{id: x, since: 2026/01/01}", "rules[0].since (x): Invalid RFC3339 encoded date; write 2026-01-01"),
        ("{id: x, since: 20260101}", "got `int`; write 2026-01-01"),
        ("{id: x, level: high}", "'high'; there are lead, watch"),
        ("{level: lead}", "rules[0]: Object missing required field `id`"),
    ],
)  # fmt: skip
def test_an_entry_that_is_none_is_named_with_what_may_stand_there(
    tmp_path: Path, entry: str, said: str
) -> None:
    document = read(tmp_path, f"rules:\n- {entry}\n")
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert(document, Pack)
    assert said in located(wrong.value, document, Pack)


def test_what_is_wrong_at_the_beginning_has_no_place() -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert({"rule": []}, Pack)
    assert located(wrong.value, {"rule": []}, Pack) == (
        "Object contains unknown field `rule`; there is rules"
    )


@pytest.mark.parametrize("document", [None, [], "rules"])
def test_a_file_that_begins_otherwise_is_told_with_what_it_begins(document: object) -> None:
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert(document, Pack)
    told = located(wrong.value, document, Pack)
    assert told.startswith("Expected `object`, got `")
    assert told.endswith("; begin with rules:")
