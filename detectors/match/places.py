"""Places of origin: provinces, the places that goods are named after, and countries, with what lies in what.

The table (`places.yaml`) holds the places that products are commonly named after (地理标志 and industry
towns), not a full gazetteer: a place that is not in it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from detectors.document import read_document

__all__ = ["NAMES", "Place", "compatible", "places_in"]


class _Places(Struct, forbid_unknown_fields=True):
    """The file of places; names that belong together stand in one text, with blanks between them."""

    china: dict[str, str]
    abroad: dict[str, str]
    countries: dict[str, str]
    other_names: dict[str, str]
    domestic: str
    foreign: str
    regions: dict[str, str]
    closed: dict[str, str]


_FILE = msgspec.convert(read_document(Path(__file__).with_name("places.yaml")), _Places)
_REGIONS = {region: _FILE.regions[region].split() for region in _FILE.regions}
_CLOSED = {name: frozenset(others.split()) for name, others in _FILE.closed.items()}


class Place(NamedTuple):
    """A place named in a text; half-open offsets."""

    name: str
    path: tuple[str, ...]
    """From the country down: (“中国”, “黑龙江”, “五常”); a bare “进口” is (“境外”,)."""
    start: int
    end: int


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for state, parts in (("中国", _FILE.china), ("境外", _FILE.abroad)):
        for part, towns in parts.items():
            table[part] = (state, part)
            for town in towns.split():
                table.setdefault(town, (state, part, town))
    table.update((name, ("境外", country)) for name, country in _FILE.countries.items())
    for name, other in _FILE.other_names.items():
        table[name] = table.get(other, ("中国", other))
    table.update(dict.fromkeys(_FILE.domestic.split(), ("中国",)))
    table.update(dict.fromkeys(_FILE.foreign.split(), ("境外",)))
    return table


_TABLE = _table()
#: Any name of the table, the longest first.
NAMES = re.compile("|".join(sorted(map(re.escape, _TABLE), key=len, reverse=True)))
#: What a name may begin with, and how long the names are that begin with two characters, the
#: longest first. The expression of all names is slow: it tries each of them.
_FIRST = re.compile(f"[{re.escape(''.join(sorted({name[0] for name in _TABLE})))}]")
_LENGTHS: dict[str, list[int]] = {}
for _name in sorted(_TABLE, key=len, reverse=True):
    if len(_name) not in _LENGTHS.setdefault(_name[:2], []):
        _LENGTHS[_name[:2]].append(len(_name))
#: Texts whose places are kept: several questions are asked of each, one after the other.
_TEXTS = 64


def places_in(text: str) -> list[Place]:
    """The places named in a text, the narrower where one follows its province (“新疆阿克苏”).

    >>> [place.path for place in places_in("新疆阿克苏的苹果，不是山东的")]
    [('中国', '新疆', '阿克苏'), ('中国', '山东')]
    """
    return list(_places_in(text))


@lru_cache(maxsize=_TEXTS)
def _places_in(text: str) -> tuple[Place, ...]:
    found: list[Place] = []
    for place in _named_in(text):
        if found and place.start - found[-1].end <= 2 and compatible(found[-1].path, place.path):
            last = found.pop()
            deeper = max(last, place, key=lambda one: len(one.path))
            place = Place(text[last.start : place.end], deeper.path, last.start, place.end)
        found.append(place)
    return tuple(found)


def _named_in(text: str) -> Iterator[Place]:
    """The names in a text, each the longest at its place, none inside another."""
    done = 0
    for match in _FIRST.finditer(text):
        start = match.start()
        if start < done:
            continue
        for length in _LENGTHS.get(text[start : start + 2], ()):
            name = text[start : start + length]
            path = _TABLE.get(name)
            if path is not None:
                done = start + len(name)
                yield Place(name, path, start, done)
                break


def compatible(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """May two places be the same, one being perhaps only the wider name?

    Two towns of one province may lie in each other, so they are apart only where one of them is
    known to lie in nothing else.

    >>> compatible(("中国", "黑龙江", "五常"), ("中国", "黑龙江")), compatible(("中国", "吉林"), ("中国", "黑龙江"))
    (True, False)
    >>> compatible(("中国", "江苏", "阳澄湖"), ("中国", "江苏", "兴化")), compatible(("中国", "江西", "赣南"), ("中国", "江西", "信丰"))
    (False, True)
    """
    for first, second in zip(one[:2], other[:2], strict=False):
        if first != second:
            return second in _REGIONS.get(first, ()) or first in _REGIONS.get(second, ())
    if len(one) < 3 or len(other) < 3 or one[2] == other[2]:
        return True
    for first, second in ((one[2], other[2]), (other[2], one[2])):
        if first in _CLOSED and second not in _CLOSED[first]:
            return False
    return True
