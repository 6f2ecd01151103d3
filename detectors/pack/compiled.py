"""The contents of packs in a compiled image: words and cases of a rule are read when needed.

A run asks for few of either: its lexicon has the words, and cases decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import msgspec
from msgspec import Struct

from detectors.match.image import Image, Sections
from detectors.pack.definitions import Ruled
from detectors.pack.law import Statute
from detectors.pack.override import Override
from detectors.rule import RuleSpec

__all__ = ["Contents", "contents_in", "sections_of"]


class Contents(Struct, array_like=True):
    """The contents of all packs together."""

    specs: list[RuleSpec]
    sources: dict[str, str]
    """By rule, the file that it stands in."""
    overrides: dict[str, list[Override]]
    statutes: list[Statute]
    ruled: dict[str, Ruled] = {}
    """Digests of what each rule says; in an image, where to make them again would take time."""


class _Words(Mapping[str, list[str]]):
    """The words of a rule by group, each read when it is first asked for."""

    def __init__(self, image: Image, name: str) -> None:
        self._image = image
        self._name = name
        self._read: dict[str, list[str]] = {}

    @cached_property
    def _groups(self) -> dict[str, msgspec.Raw]:
        return self._image.decoded(self._name, dict[str, msgspec.Raw])

    def __getitem__(self, group: str) -> list[str]:
        known = self._read.get(group)
        if known is None:
            known = self._read[group] = msgspec.msgpack.decode(self._groups[group], type=list[str])
        return known

    def __contains__(self, group: object) -> bool:
        return group in self._groups

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)


class _Cases(Sequence[dict[str, Any]]):
    """The cases of a rule, read when they are asked for and not kept."""

    def __init__(self, image: Image, name: str) -> None:
        self._image = image
        self._name = name

    def _all(self) -> list[dict[str, Any]]:
        return self._image.decoded(self._name, list[dict[str, Any]])

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self._all()[place]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == list(other)

    def __hash__(self) -> int:
        raise TypeError("cases cannot be hashed")


def sections_of(contents: Contents) -> Sections:
    """What packs say, as sections of an image."""
    encode = msgspec.msgpack.encode
    bare = [msgspec.structs.replace(spec, patterns={}, cases=[]) for spec in contents.specs]
    made = {"packs": encode(msgspec.structs.replace(contents, specs=bare))}
    for spec in contents.specs:
        made[f"words.{spec.id}"] = encode(dict(spec.patterns))
        made[f"cases.{spec.id}"] = encode(list(spec.cases))
    return made


def contents_in(image: Image) -> Contents:
    """What packs say, of an image with what `sections_of` made.

    Raises:
        ImageError: it has no such sections.
    """
    contents = image.decoded("packs", Contents)
    contents.specs = [
        msgspec.structs.replace(
            spec,
            patterns=_Words(image, f"words.{spec.id}"),
            cases=_Cases(image, f"cases.{spec.id}"),
        )
        for spec in contents.specs
    ]
    return contents
