"""The screenplay's text form, read into steps.

A file is a scene, its lines are played in order:

========================  =====================================================================
``# …``                   a note to the reader
``陈：…`` ``青：…``         said by the host, by the assistant; ``嘉宾：…`` by a guest
``@name：…``              a viewer of that name writes
``> verb word key=value`` something happens; `stage.Stage` has the verbs
``| …``                   a line that belongs to the verb above it
========================  =====================================================================

A line may end with what is expected of it, in braces: ``{+rule}`` the rule must raise an alert
that stands on this line, ``{-rule}`` it must not, ``{-}`` no rule may; ``@SKU`` narrows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

__all__ = ["SCENES", "Act", "Expectation", "ScriptError", "Step", "read_scene", "read_screenplay"]

#: Where the scenes are; played in the order of their names.
SCENES = Path(__file__).parent / "screenplay"
#: Who speaks, by the first character of a line.
SPEAKERS = {"陈": "host", "青": "assistant", "嘉宾": "guest"}

_SPOKEN = re.compile(r"(?P<who>[^：\s]{1,12})：(?P<text>.+)")
_EXPECTED = re.compile(r"\s{0,8}\{(?P<marks>[^{}]{1,400})\}$")
_MARK = re.compile(r"(?P<sign>[+-])(?P<rule>[a-z-]*)(?:@(?P<sku>\w+))?")


class ScriptError(ValueError):
    """A line of the screenplay that cannot be played; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the author of a line expects of the rules."""

    raised: bool
    rule: str
    """Empty: any rule."""
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done: a card is shown, a crowd writes, viewers arrive."""

    verb: str
    words: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the screenplay: said, written by a viewer, or done."""

    place: str
    """“file:line”, for messages and for the test that checks the expectations."""
    expected: tuple[Expectation, ...] = ()
    speaker: str | None = None
    viewer: str | None = None
    text: str = ""
    act: Act | None = None


def read_screenplay(folder: Path = SCENES) -> list[Step]:
    """All scenes in order."""
    return [step for path in sorted(folder.glob("*.txt")) for step in read_scene(path)]


def read_scene(path: Path) -> list[Step]:
    """The steps of one file.

    Raises:
        ScriptError: a line has no known form.
    """
    steps: list[Step] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        place = f"{path.name}:{number}"
        if not line or line.startswith("#"):
            continue
        if line.startswith("|"):
            _add_line(steps, line[1:].strip(), place)
            continue
        line, expected = _split_expected(line, place)
        if line.startswith(">"):
            steps.append(Step(place, expected, act=_act(line[1:], place)))
            continue
        spoken = _SPOKEN.fullmatch(line.removeprefix("@"))
        if spoken is None:
            raise ScriptError(f"{place}: {raw!r} is nothing that can be played")
        who, text = spoken["who"], spoken["text"]
        if line.startswith("@"):
            steps.append(Step(place, expected, viewer=who, text=text))
        elif who in SPEAKERS:
            steps.append(Step(place, expected, speaker=SPEAKERS[who], text=text))
        else:
            raise ScriptError(f"{place}: nobody is called {who!r}")
    return steps


def _split_expected(line: str, place: str) -> tuple[str, tuple[Expectation, ...]]:
    found = _EXPECTED.search(line)
    if found is None:
        return line, ()
    expected = []
    for written in found["marks"].split(","):
        mark = _MARK.fullmatch(written.strip())
        if mark is None or (mark["sign"] == "+" and not mark["rule"]):
            raise ScriptError(f"{place}: {written!r} is no expectation")
        expected.append(Expectation(mark["sign"] == "+", mark["rule"], mark["sku"]))
    return line[: found.start()], tuple(expected)


def _act(text: str, place: str) -> Act:
    verb, *rest = text.split()
    words = tuple(word for word in rest if "=" not in word)
    options = dict(word.split("=", 1) for word in rest if "=" in word)
    if not verb.isidentifier():
        raise ScriptError(f"{place}: {verb!r} is no verb")
    return Act(verb, words, options)


def _add_line(steps: list[Step], text: str, place: str) -> None:
    last = steps[-1] if steps else None
    if last is None or last.act is None:
        raise ScriptError(f"{place}: a line that belongs to no verb")
    steps[-1] = replace(last, act=replace(last.act, lines=(*last.act.lines, text)))
