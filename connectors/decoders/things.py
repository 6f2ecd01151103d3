"""Objects of schema.org, of whatever syntax: JSON-LD is read here, what stands in HTML by `page_markup`.

What is built to cost much is refused, not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from connectors.errors import Refused

__all__ = ["Budget", "Thing", "plain_name", "things_of"]

#: Things and texts that one syntax may hold, and how deep they may lie.
MAX_THINGS, MAX_DEPTH = 20_000, 12
_SCHEMA = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)(?=\w)")


class Thing(Struct):
    """An object of the vocabulary."""

    types: list[str] = field(default_factory=list)
    """“Product”, “Offer” …, without the vocabulary's address."""
    properties: dict[str, list[str | Thing]] = field(default_factory=dict)

    def texts(self, *names: str) -> list[str]:
        """Texts of the first of these properties that has any; blanks are none."""
        for name in names:
            values = self.properties.get(name, ())
            found = [" ".join(value.split()) for value in values if isinstance(value, str)]
            if found := [text for text in found if text]:
                return found
        return []

    def text(self, *names: str) -> str | None:
        """The first text of the first of these properties."""
        return next(iter(self.texts(*names)), None)

    def things(self, name: str) -> list[Thing]:
        """The objects in a property."""
        return [value for value in self.properties.get(name, ()) if isinstance(value, Thing)]

    def named(self, name: str) -> str | None:
        """A property that is a text, or an object with a name."""
        return self.text(name) or next(
            (text for thing in self.things(name) if (text := thing.text("name"))), None
        )


def things_of(documents: Iterable[object]) -> list[Thing]:
    """Objects of JSON-LD that refer to each other by `@id`, those that no other contains.

    Raises:
        Refused: there is more than any page needs.
    """
    items = list(_flat(documents))
    known: dict[str, dict[str, Any]] = {}
    for item in items:
        if isinstance(name := item.get("@id"), str) and len(item) > 1:
            known.setdefault(name, item)
    contained: set[str] = set()
    budget = Budget()
    things = [(item.get("@id"), _of_json(item, known, contained, budget)) for item in items]
    return [thing for name, thing in things if name not in contained]


class Budget:
    """What one syntax may still hold."""

    def __init__(self) -> None:
        self._left = MAX_THINGS

    def spend(self, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise Refused("more markup than any page needs")


def _flat(documents: Iterable[object]) -> Iterator[dict[str, Any]]:
    """The objects of documents; `@graph` is a list of them."""
    for item in documents:
        if isinstance(item, dict):
            graph = item.get("@graph")
            if isinstance(graph, list | dict):
                graph = graph if isinstance(graph, list) else [graph]
                yield from (member for member in graph if isinstance(member, dict))
            else:
                yield item


def _of_json(
    item: dict[str, Any],
    known: dict[str, dict[str, Any]],
    contained: set[str],
    budget: Budget,
    depth: int = 0,
) -> Thing:
    budget.spend(depth)
    types = item.get("@type", [])
    thing = Thing(
        [
            plain_name(name)
            for name in (types if isinstance(types, list) else [types])
            if isinstance(name, str)
        ]
    )
    for name, value in item.items():
        if name.startswith("@"):
            continue
        for each in value if isinstance(value, list) else [value]:
            inner: str | Thing | None = None
            if isinstance(each, dict):
                if "@value" in each:
                    inner = _written(each["@value"])
                elif isinstance(reference := each.get("@id"), str) and len(each) == 1:
                    target = known.get(reference)
                    if target is None or target is item:
                        inner = reference
                    else:
                        contained.add(reference)
                        inner = _of_json(target, known, contained, budget, depth + 1)
                else:
                    inner = _of_json(each, known, contained, budget, depth + 1)
            else:
                budget.spend(depth)
                inner = _written(each)
            if inner is not None:
                thing.properties.setdefault(plain_name(name), []).append(inner)
    return thing


def _written(value: object) -> str | None:
    """A value as its sender wrote it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return repr(value)


def plain_name(name: str) -> str:
    """The name without its vocabulary; of another vocabulary, as it is."""
    return _SCHEMA.sub("", name.strip(), count=1)
