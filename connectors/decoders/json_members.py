"""Cuts a large JSON document into the members of its lists, without holding the document.

A recording of a browser is one JSON document of hundreds of megabytes. Only the objects at the
places asked for are kept, one at a time; one that stands inside another is cut out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

__all__ = ["EVERY", "JsonMembers", "Member"]

#: In a path: every member of a list.
EVERY = "*"
#: Longest member that is kept, in bytes.
MAX_MEMBER = 64 << 20
#: Deepest nesting that is followed; beyond it the document is refused.
MAX_DEPTH = 2_000
MAX_NAME = 64
_STRUCTURE = re.compile(rb'["{}\[\]:,]')
#: Below the deepest place of interest only what opens and closes matters.
_BRACKETS = re.compile(rb'["{}\[\]]')
_STRING_END = re.compile(rb'["\\]')
_NULL = b"null"


class Member(Struct, frozen=True):
    """An object at one of the places."""

    path: int
    """Which of the paths, by its place in the list."""
    data: bytes
    """Its JSON, with `null` for what was cut out; empty where it is too long to be kept."""


class _Level(Struct):
    is_list: bool
    name: str = ""


class _Cut(Struct):
    path: int
    depth: int
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= MAX_MEMBER:
            self.parts.append(data)
        else:
            self.parts.clear()

    def finish(self) -> Member:
        return Member(self.path, b"".join(self.parts) if self.size <= MAX_MEMBER else b"")


class JsonMembers:
    """One document: `feed` it in any cut, each call gives the members that it completes."""

    def __init__(self, paths: list[tuple[str, ...]]) -> None:
        self._paths = {path: number for number, path in enumerate(paths)}
        self._deepest = max(map(len, paths))
        self._levels: list[_Level] = []
        self._cuts: list[_Cut] = []
        self._in_string = False
        self._escaped = False
        self._text: bytes | None = None
        """The string that is being read, or was read last, where it may be a name."""
        self.broken = ""
        """Why the rest is not looked at; empty while all is well."""

    @property
    def open(self) -> bool:
        """Does the document lack its end."""
        return bool(self._levels or self._in_string)

    def feed(self, chunk: bytes) -> Iterator[Member]:
        """The members that these bytes complete."""
        at = mark = 0
        while at < len(chunk) and not self.broken:
            if self._in_string:
                at = self._string(chunk, at)
                continue
            deep = len(self._levels) > self._deepest
            match = (_BRACKETS if deep else _STRUCTURE).search(chunk, at)
            if match is None:
                break
            place, at = match.start(), match.end()
            token = chunk[place]
            if token == 0x22:  # "
                self._in_string = True
                self._text = None if deep else b""
            elif token in b"{[":
                if token == 0x7B and (path := self._path()) is not None:
                    if self._cuts:
                        self._cuts[-1].add(chunk[mark:place] + _NULL)
                    self._cuts.append(_Cut(path, len(self._levels)))
                    mark = place
                self._levels.append(_Level(token == 0x5B))
                if len(self._levels) > MAX_DEPTH:
                    self.broken = f"nested more than {MAX_DEPTH} deep"
            elif token in b"}]":
                if not self._levels:
                    self.broken = "closes more than it opens"
                    return
                self._levels.pop()
                if self._cuts and self._cuts[-1].depth == len(self._levels):
                    cut = self._cuts.pop()
                    cut.add(chunk[mark:at])
                    mark = at
                    yield cut.finish()
            elif self._levels and not self._levels[-1].is_list:
                named = token == 0x3A  # :
                self._levels[-1].name = (
                    (self._text or b"").decode("utf-8", "replace") if named else ""
                )
        if self._cuts:
            self._cuts[-1].add(chunk[mark:])

    def _string(self, chunk: bytes, at: int) -> int:
        """Reads on in a string; the place behind what was read."""
        if self._escaped:
            self._escaped = False
            return at + 1
        match = _STRING_END.search(chunk, at)
        end = match.start() if match is not None else len(chunk)
        if self._text is not None:
            # A longer string is no name that anybody asks for.
            self._text = (self._text + chunk[at:end])[: MAX_NAME + 1]
        if match is None:
            return end
        if chunk[end] == 0x5C:  # \
            self._escaped = True
        else:
            self._in_string = False
        return end + 1

    def _path(self) -> int | None:
        if len(self._levels) > self._deepest:
            return None
        return self._paths.get(
            tuple(EVERY if level.is_list else level.name for level in self._levels)
        )
