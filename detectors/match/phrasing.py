"""Phrasings: the ways in which something is said, as data, where the words must stand at one place of a text.

A slot's words are looked for in every text, wherever they stand; a phrasing is asked of a place, of
what stands around words that were found: are they denied, asked, told of others? A file of
`packs/phrasings/` has the phrasings of one matter, each with what it means, its ways, and sentences
from both sides; a way is a word, or a sequence:

    phrasings:
      taken-back:
        means: 话后面收回、否认
        ways:
        - words: [假的, 骗人]
        - [[功效, 作用], {maybe: [真的, 可]}, 没有, [',', <end>]]
        fires: [那都是骗人的]
        quiet: [没有一个人说不好]

In a sequence a word stands for itself, a list for any of its words or sequences, `<name>` for one of the
file's `lists` or for what `NAMED` has. What else there is: `gap`, `maybe`, `repeat`, `as`, and what must or
must not stand on one side, `next`, `not`, `before`, `not_before` (`docs/rules.md`). A file's `tables` tell
of words what they come to: units, names of days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from detectors.document import read_document
from detectors.match.expression import Pattern

__all__ = [
    "NAMED",
    "PhrasingError",
    "Phrasings",
    "as_expression",
    "files",
    "load_phrasings",
    "phrasing",
    "table",
    "word_list",
]

T = TypeVar("T")

FOLDER = Path(__file__).parents[1] / "packs" / "phrasings"
#: What numbers are written with in Chinese, and the digits of them.
_NUMERALS, _DIGITS = "零〇一二两三四五六七八九十百千万", "零一二三四五六七八九"
#: What stands in angle brackets, and the expression for it.
NAMED = {
    "start": "^",
    "end": "$",
    "nothing": "",
    "digit": r"\d",
    "blank": r"\s",
    "blanks": r"\s{0,8}",
    "numeral": _NUMERALS,
    "number": rf"(?:\d{{1,12}}(?:\.\d{{1,12}})?|[{_NUMERALS}]{{1,12}}(?:点[{_DIGITS}]{{1,12}})?)",
    "han": "\u4e00-\u9fff",
    "letter": "a-z",
}
#: Of those, the ones that stand for one character, and may be written among others of its kind.
_CHARACTERS = frozenset(["digit", "blank", "numeral", "han", "letter"])
#: What a gap goes over, and the characters that end it.
_OVER = {"nothing": ",，。!！?？;；", "commas": "。!！?？;；", "all": "\n"}
_SIDES = {"next": "(?={})", "not": "(?!{})", "before": "(?<={})", "not_before": "(?<!{})"}


class PhrasingError(ValueError):
    """A phrasing that says nothing; the message names the part."""


class _Gap(Struct, forbid_unknown_fields=True):
    """Any characters, as few as will do."""

    gap: int | tuple[int, int]
    """At most so many, or the fewest and the most."""
    over: str = "nothing"
    """What may be among them: `nothing` of the marks, `commas`, or `all`, ends of sentences too."""
    without: str = ""
    """Characters that may not."""


class _Maybe(Struct, forbid_unknown_fields=True):
    """What may be missing."""

    maybe: Any


class _Repeat(Struct, forbid_unknown_fields=True):
    """What stands there several times."""

    repeat: Any
    times: tuple[int, int]
    """The fewest and the most."""


class _As(Struct, forbid_unknown_fields=True):
    """What is read of the words that are found."""

    name: str = msgspec.field(name="as")
    of: Any


class Phrasing(Struct, forbid_unknown_fields=True):
    """The ways to say one thing."""

    means: str
    """What it is, in Chinese, for whoever reads the rules."""
    ways: list[Any]
    """Words and sequences; of two that fit at a place the first counts."""
    fires: list[str] = []
    """Sentences in which it stands …"""
    quiet: list[str] = []
    """… and such that look like it."""


class Table(Struct, forbid_unknown_fields=True):
    """What words come to."""

    means: str
    """What it tells of each, in Chinese."""
    words: dict[str, Any]


class Phrasings(Struct, forbid_unknown_fields=True):
    """A file of them."""

    phrasings: dict[str, Phrasing]
    lists: dict[str, list[Any]] = {}
    """Ways that several need, by name."""
    tables: dict[str, Table] = {}
    """What words come to; their words are a list, too, the longest first."""


class _OnFile(Pattern[str]):
    """The expression of a phrasing, made of its file when it is first asked."""

    __slots__ = ("_named",)

    def __init__(self, file: str, name: str) -> None:
        self._named = file, name
        self._flags = 0

    def __getattr__(self, name: str) -> Any:
        if name != "pattern":
            return super().__getattr__(name)
        file, phrasing = self._named
        self.pattern = _sources(file)[phrasing]
        return self.pattern


def phrasing(file: str, name: str) -> Pattern[str]:
    """The phrasing of a name in a file of `packs/phrasings/`, to be asked as an expression is.

    >>> phrasing("scope", "wink").search("这个不点名").group()
    '不点名'
    """
    return _OnFile(file, name)


@cache
def word_list(file: str, name: str) -> tuple[str, ...]:
    """The words of a list in a file of `packs/phrasings/`.

    Raises:
        PhrasingError: there is no such list.
    """
    listed = load_phrasings(file).lists.get(name)
    if listed is None:
        raise PhrasingError(f"{file}: there is no list {name!r}")
    return msgspec.convert(listed, tuple[str, ...])


def table(file: str, name: str, of: type[T]) -> Mapping[str, T]:
    """What the words of a table in a file of `packs/phrasings/` come to, each of a type.

    Raises:
        PhrasingError: there is no such table, or it has something else.

    >>> table("times", "hours-of", int)["礼拜"]
    168
    """
    found: Mapping[str, T] = _table(file, name, cast(Any, of))
    return found


@cache
def _table(file: str, name: str, of: Any) -> Any:
    try:
        return msgspec.convert(load_phrasings(file).tables[name].words, dict[str, of])
    except (KeyError, msgspec.ValidationError) as error:
        raise PhrasingError(f"{file}: no table {name!r} of this shape: {error}") from error


def files() -> list[str]:
    """The names of the files of phrasings."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def load_phrasings(file: str) -> Phrasings:
    """A file of `packs/phrasings/`.

    Raises:
        PhrasingError: it is not there, or not of its shape.
    """
    path = FOLDER / f"{file}.yaml"
    try:
        return msgspec.convert(read_document(path), Phrasings)
    except (OSError, ValueError) as error:
        raise PhrasingError(f"{path.name}: {error}") from error


@cache
def _sources(file: str) -> Mapping[str, str]:
    whole = load_phrasings(file)
    longest_first = {
        name: sorted(one.words, key=len, reverse=True) for name, one in whole.tables.items()
    }
    lists = {**longest_first, **whole.lists}
    return {name: as_expression(one.ways, lists) for name, one in whole.phrasings.items()}


def as_expression(ways: Sequence[Any], lists: Mapping[str, Sequence[Any]] = {}) -> str:
    """The source of the expression that finds these ways.

    Raises:
        PhrasingError: a part says nothing.

    >>> as_expression([{"words": ["不像", "不如"]}, ["怎么", {"gap": 2}, ["能", "会"], "<end>"]])
    '不像|不如|怎么[^,，。!！?？;；]{0,2}?[能会]$'
    """
    return _any(ways, lists, alone=True)


def _any(ways: Iterable[Any], lists: Mapping[str, Sequence[Any]], *, alone: bool = False) -> str:
    """Any of some ways; `alone`: nothing stands beside them."""
    listed: list[Any] = []
    for way in ways:
        listed += way["words"] if isinstance(way, dict) and way.keys() == {"words"} else [way]
    if not listed:
        raise PhrasingError("a list without words")
    characters = [_character(one) for one in listed]
    if len(listed) > 1 and None not in characters:
        return f"[{''.join(filter(None, characters))}]"
    found = "|".join(
        _sequence(one, lists) if isinstance(one, list) else _item(one, lists) for one in listed
    )
    return found if alone or len(listed) == 1 else f"(?:{found})"


def _character(way: Any) -> str | None:
    """A way that is one character, as it stands in a class of them."""
    if not isinstance(way, str):
        return None
    if way[1:-1] in _CHARACTERS and way == f"<{way[1:-1]}>":
        return NAMED[way[1:-1]]
    return re.escape(way) if len(way) == 1 else None


def _sequence(items: Sequence[Any], lists: Mapping[str, Sequence[Any]]) -> str:
    return "".join(
        _any(one, lists) if isinstance(one, list) else _item(one, lists) for one in items
    )


def _item(item: Any, lists: Mapping[str, Sequence[Any]]) -> str:
    match item:
        case str() if item[:1] == "<" and item[-1:] == ">" and len(item) > 2:
            return _named(item[1:-1], lists)
        case str():
            return re.escape(item)
        case dict() if "gap" in item:
            return _gap(msgspec.convert(item, _Gap))
        case dict() if "maybe" in item:
            return f"{_one(msgspec.convert(item, _Maybe).maybe, lists)}?"
        case dict() if "repeat" in item:
            given = msgspec.convert(item, _Repeat)
            fewest, most = given.times
            times = f"{fewest}" if fewest == most else f"{fewest},{most}"
            return f"{_one(given.repeat, lists)}{{{times}}}"
        case dict() if "as" in item:
            read = msgspec.convert(item, _As)
            of = read.of if isinstance(read.of, list) else [read.of]
            return f"(?P<{read.name}>{_any(of, lists, alone=True)})"
        case dict() if len(item) == 1 and (side := next(iter(item))) in _SIDES:
            return _beside(side, item[side], lists)
    raise PhrasingError(f"{item!r} says nothing")


def _one(item: Any, lists: Mapping[str, Sequence[Any]]) -> str:
    """A part of which something is said as a whole."""
    found = _any(item, lists) if isinstance(item, list) else _item(item, lists)
    is_one = (
        len(found) == 1
        or found in (NAMED["digit"], NAMED["blank"])
        or (found[0] + found[-1] in ("[]", "()") and found.count(found[0]) == 1)
        or (isinstance(item, dict) and "as" in item)
    )
    return found if is_one else f"(?:{found})"


def _named(name: str, lists: Mapping[str, Sequence[Any]]) -> str:
    if name in lists:
        return _any(lists[name], lists)
    if name not in NAMED:
        raise PhrasingError(f"there is no list {name!r}")
    is_class = name in _CHARACTERS and not NAMED[name].startswith("\\")
    return f"[{NAMED[name]}]" if is_class else NAMED[name]


def _gap(gap: _Gap) -> str:
    if gap.over not in _OVER:
        raise PhrasingError(f"a gap goes over {', '.join(_OVER)}, not {gap.over!r}")
    fewest, most = (0, gap.gap) if isinstance(gap.gap, int) else gap.gap
    ends = _OVER[gap.over] + re.escape(gap.without)
    return f"[^{ends}]{{{fewest},{most}}}?"


def _beside(side: str, ways: Any, lists: Mapping[str, Sequence[Any]]) -> str:
    """What must or must not stand on one side; behind a place an expression looks at one length."""
    if side in ("next", "not"):
        return _SIDES[side].format(_any(ways, lists, alone=True))
    sizes: dict[int, list[Any]] = {}
    for way in ways:
        sizes.setdefault(len(way) if _character(way) is None else 1, []).append(way)
    found = [_SIDES[side].format(_any(some, lists, alone=True)) for some in sizes.values()]
    if side == "before" and len(found) > 1:
        return f"(?:{'|'.join(found)})"
    return "".join(found)
