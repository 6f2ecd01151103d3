"""Regular expressions that are compiled when they are first used; most never are in a run.

A module that has many imports this one under the name of the standard library's: it has the part of
`re` that rules use, so an expression is written as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import I, Match, escape, findall, finditer, fullmatch, match, search, split, sub
from typing import Any, AnyStr, Generic

__all__ = [
    "Expression",
    "I",
    "Match",
    "Pattern",
    "compile",
    "escape",
    "findall",
    "finditer",
    "fullmatch",
    "match",
    "search",
    "split",
    "sub",
]

#: What an expression is asked, once it is compiled.
_ASKED = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub")
_BEGINS_WITH_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")


class Pattern(Generic[AnyStr]):
    """An expression. It is asked as one of `re` is."""

    __slots__ = ("_flags", "pattern", *_ASKED)

    search: Callable[..., Match[AnyStr] | None]
    match: Callable[..., Match[AnyStr] | None]
    fullmatch: Callable[..., Match[AnyStr] | None]
    finditer: Callable[..., Iterator[Match[AnyStr]]]
    findall: Callable[..., list[Any]]
    split: Callable[..., list[AnyStr | Any]]
    sub: Callable[..., AnyStr]

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self.pattern: AnyStr = pattern
        self._flags = int(flags)

    def __getattr__(self, name: str) -> Any:
        """Compiles the expression when it is first asked for anything; from then on the compiled one answers."""
        if name not in _ASKED:
            raise AttributeError(name)
        compiled = self.compiled
        for asked in _ASKED:
            setattr(self, asked, getattr(compiled, asked))
        return getattr(self, name)

    @property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The compiled expression of the standard library.

        Raises:
            re.error: it is none.
        """
        return re.compile(self.pattern, self._flags)

    @property
    def flags(self) -> int:
        """The flags, as those of the standard library's expressions."""
        if isinstance(self.pattern, str) and not _BEGINS_WITH_FLAGS.match(self.pattern):
            return self._flags | (0 if self._flags & re.ASCII else re.UNICODE)
        return self.compiled.flags

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return (self.pattern, self._flags) == (other.pattern, other._flags)

    def __hash__(self) -> int:
        return hash((self.pattern, self._flags))

    def __repr__(self) -> str:
        return f"compile({self.pattern!r}, {self._flags})"


Expression = Pattern[str] | re.Pattern[str]
"""One of either kind."""


def compile(pattern: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """An expression; whether it is one, is seen when it is first used."""
    return Pattern(pattern, flags)
