"""Files of YAML that ship with livewatch or that an office writes: plain data, nothing that runs."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

__all__ = ["DocumentError", "line_of", "located", "named", "read_document", "steps_of"]

#: Marks of a Chinese keyboard that look like marks of YAML, and the marks that are meant.
_WIDE = {"：": ": (and a blank behind it)", "，": ",", "【": "[", "】": "]", "｛": "{", "｝": "}"}
#: A place in a document as msgspec names it, at the end of what it says.
_PLACE = re.compile(r" - at (?:`key` in )?`(?:key in )?\$([^`]*)`")
#: What YAML takes for a date.
_DATE = "tag:yaml.org,2002:timestamp"
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class DocumentError(ValueError):
    """A file is no YAML, or no text; the message says in which line and what to do."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """In C where PyYAML was built with it, four times as fast. A key stands once in its mapping."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                    continue
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands here for the second time",
                        key.start_mark,
                    )  # fmt: skip
                seen.add(key.value)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError) as error:
            # It has the shape of a date or of a number, and is none: 2026-02-30, 0b_.
            kind = "day of the calendar" if node.tag == _DATE else "number"
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value} is no {kind}; a word stands in quotation marks",
                node.start_mark,
            ) from error  # fmt: skip


def read_document(path: Path) -> Any:
    """What a file says.

    Raises:
        OSError: it cannot be read.
        DocumentError: it is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"is no text in UTF-8 (byte {error.start}: {error.reason}); save it as UTF-8"
        ) from error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader
    except yaml.MarkedYAMLError as error:
        raise DocumentError(_told(error, text.splitlines())) from error
    except yaml.reader.ReaderError as error:
        found = error.character if isinstance(error.character, str) else chr(error.character)
        line = text.count("\n", 0, max(text.find(found), 0)) + 1
        raise DocumentError(
            f"line {line}: the character U+{ord(found):04X} may not stand there"
        ) from error


def line_of(path: Path, steps: Iterable[str | int], word: str = "") -> int:
    """The line of a file in which a place of its document stands, as near as the steps lead.

    Args:
        steps: keys and numbers from the top of the document on.
        word: look for the first key or text at that place which says it; where none does, the line is
            that of the place.
    """
    line, node = 1, yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and str(step).isdigit():
            node = node.value[int(step)]
            line = node.start_mark.line + 1
        else:
            break
    said = next((one for one in _scalars(node) if one.value == word), None) if word else None
    return said.start_mark.line + 1 if said is not None else line


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """All keys and texts below a node, in their order."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _scalars(inner)


def steps_of(error: Exception, document: Any, kind: type) -> list[str | int]:
    """What leads to the place that msgspec complains of, as far as it is known.

    Args:
        error: what msgspec raised when the document was converted.
        document: what was converted.
        kind: the struct that it was converted to.
    """
    place = _PLACE.search(str(error))
    steps: list[str | int] = []
    for key, index in _STEP.findall(place[1]) if place is not None else ():
        if index == "...":
            # A value of a mapping, whose key msgspec does not name: the one that is refused alone, too.
            at = _at(document, steps)
            for one in at if isinstance(at, dict) else ():
                alone = _with_one(document, steps, one)
                if _refused(alone, kind) == str(error):
                    document, index = alone, one
                    break
            steps.append(index)
        else:
            steps.append(key or int(index))
    return steps


def _at(document: Any, steps: Iterable[str | int]) -> Any:
    """What stands at a place; ``None``: there is none."""
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _with_one(document: Any, steps: Sequence[str | int], key: str) -> Any:
    """A document in which the mapping at a place has one key alone."""
    if not steps:
        return {key: document[key]}
    copy = document.copy()
    copy[steps[0]] = _with_one(document[steps[0]], steps[1:], key)
    return copy


def _refused(document: Any, kind: type) -> str:
    """What msgspec says of a document; empty: nothing."""
    try:
        msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def named(document: Any, steps: Iterable[str | int]) -> str:
    """What leads to a place, as `located` tells it.

    >>> named({"rules": [{"id": "pet-by-mail", "version": 0}]}, ["rules", 0, "version"])
    'rules[0].version (pet-by-mail)'
    """
    where, names, at = "", list[str](), document
    for step in steps:
        where += f"[{step}]" if isinstance(step, int) else f".{step}"
        at = _at(at, [step])
        name = (at.get("id") or at.get("name")) if isinstance(at, dict) else None
        if isinstance(name, str):
            names.append(name)
    return where.lstrip(".") + (f" ({', '.join(names)})" if names else "")


def located(error: Exception, document: Any, kind: type) -> str:
    """What msgspec says of a document, with what leads to the place and what may stand there.

    `rules[0].frames[1]` is told as `rules[0].frames[1] (pet-by-mail, alive)`, a field that is unknown
    with those that are like it, a word that is none of a list with the list.

    Args:
        error: what msgspec raised when the document was converted.
        document: what was converted.
        kind: the struct that it was converted to.
    """
    said, steps = _PLACE.sub("", str(error)), steps_of(error, document, kind)
    shape: inspect.Type | None = inspect.type_info(kind)
    for step in steps:
        shape = _inside(shape, step if isinstance(step, str) else "")
    if (
        not steps
        and said.startswith("Expected `object`, got")
        and isinstance(shape, inspect.StructType)
    ):
        first = min(shape.fields, key=lambda field: not field.required)
        return f"{said}; begin with {first.encode_name}:"
    where = named(document, steps)
    return f"{where}: {said}{_instead(said, shape)}" if where else said + _instead(said, shape)


def _inside(shape: inspect.Type | None, key: str) -> inspect.Type | None:
    """What stands in a field of a struct, or in a list or mapping where there is no key."""
    for one in shape.types if isinstance(shape, inspect.UnionType) else (shape,):
        if isinstance(one, inspect.StructType):
            for field in one.fields:
                if field.encode_name == key:
                    return field.type
        elif isinstance(one, inspect.ListType | inspect.VarTupleType) and not key:
            return one.item_type
        elif isinstance(one, inspect.DictType):
            return one.value_type
    return None


def _instead(said: str, shape: inspect.Type | None) -> str:
    """What has to be written instead of what msgspec complains of; nothing where nobody knows."""
    unknown = re.search("unknown field `(.+)`", said)
    for one in shape.types if isinstance(shape, inspect.UnionType) else (shape,):
        if unknown and isinstance(one, inspect.StructType):
            fields = [field.encode_name for field in one.fields]
            if unknown[1].startswith("\u3000"):
                return "; indent by blanks of the keyboard's English side, not by wide ones"
            if wide := next((mark for mark in _WIDE if mark in unknown[1]), None):
                return f"; for {wide} write {_WIDE[wide]}"
            like = get_close_matches(unknown[1], fields, n=2) or sorted(fields)
            return f"; there {'is' if len(like) == 1 else 'are'} {', '.join(like)}"
        if "enum" in said and isinstance(one, inspect.LiteralType):
            return f"; there are {', '.join(map(str, one.values))}"
    if "RFC3339" in said or "Expected `date" in said:
        return "; write 2026-01-01"
    expected, _, got = said.partition(", got ")
    if "Expected `str`" in expected and re.match("`(?:int|bool|float|null)`", got):
        return "; numbers, yes, no, on, off and dates that are words stand in quotation marks"
    if "array" in expected and got.startswith("`str`"):
        return "; several things, also one, stand in [ ]"
    return ""


def _begins_wide(lines: Sequence[str], number: int) -> bool:
    """Does a line begin with an ideographic blank?"""
    return number < len(lines) and lines[number].lstrip(" ").startswith("\u3000")


def _told(error: yaml.MarkedYAMLError, lines: list[str]) -> str:
    """The line, what is wrong with it, and what most likely has to be written there."""
    mark = error.context_mark or error.problem_mark
    problem = (error.problem or "no YAML").replace("could not find expected", "there is no")
    if mark is None:
        return problem
    first, end = mark.line, error.problem_mark.line if error.problem_mark is not None else mark.line
    # A line that begins with a wide blank goes on with what stands before it: wrong is what comes next.
    blank = next(
        (one for one in range(max(first - 1, 0), end + 1) if _begins_wide(lines, one)), None
    )
    if blank is not None:
        first = end = blank
    elif "expected key" in problem and end != mark.line:
        first = end
        problem = f"is indented otherwise than what stands beside it, from line {mark.line + 1} on"
    line = lines[first] if first < len(lines) else ""
    said = f"line {first + 1}: {problem}"
    if error.context and error.context_mark is not None and end != first:
        said += f" (before line {end + 1})"
    wide = [mark for mark in _WIDE if mark in line]
    if "\t" in "".join(lines[first : end + 1]):
        said += "; indent by blanks, not by tabs"
    elif blank is not None:
        said += "; indent by blanks of the keyboard's English side, not by wide ones"
    elif wide:
        said += f"; for {wide[0]} write {_WIDE[wide[0]]}"
    elif re.search("start any token|alias|alphabetic|whitespace|for the tag|node content", problem):
        said += "; a text that begins with such a mark (% @ * & ! ` ,) stands in quotation marks"
    elif "','" in problem:
        said += "; a list that begins there is not closed, or a comma is missing"
    elif "':'" in problem:
        said += "; a key is followed by : and a blank, and a text with : stands in quotation marks"
    elif "mapping values" in problem:
        said += (
            "; a text with : stands in quotation marks, and a key is indented as those beside it"
        )
    return f"{said}: {line.strip()[:80]}" if line.strip() else said
