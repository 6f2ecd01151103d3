"""Pseudonyms as short as they can be and still differ, for narrow columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from unicodedata import east_asian_width

__all__ = ["bare", "shortened"]

#: The version of the key under which a pseudonym was made; the same for almost all of a room.
_KEY = re.compile(r"^k\d+:(?=.)")
#: Characters that are shown at least; width of what is shown at most, in half-width characters.
LEAST, WIDEST = 4, 15


def bare(name: str) -> str:
    """A pseudonym without the version of its key.

    >>> bare("k1:ms2t66tcbhqioleilghk"), bare("南山客")
    ('ms2t66tcbhqioleilghk', '南山客')
    """
    return _KEY.sub("", name)


def shortened(names: Iterable[str]) -> dict[str, str]:
    """Each name by its first characters, as many as tell it from all the others.

    Names that begin alike are shown by their ends; what neither tells apart is numbered.

    >>> shortened(["k1:ms2t66tcbhqioleilghk", "k1:ms2w66tcbhqioleilghk", "南山客"]).values()
    dict_values(['ms2t…', 'ms2w…', '南山客'])
    >>> shortened(["爱喝茶的宝妈8810001", "爱喝茶的宝妈8810002"]).values()
    dict_values(['爱…0001', '爱…0002'])
    """
    whole = list(dict.fromkeys(names))
    short = {name: bare(name) for name in whole}
    # Two keys' pseudonyms may end alike: then the key tells them apart.
    short |= {name: name for name in _colliding(short)}
    found = {name: text for name, text in short.items() if _width(text) <= WIDEST}
    rest = {name: text for name, text in short.items() if name not in found}
    for length in range(LEAST, WIDEST):
        for cut in (_head, _tail):
            tried = Counter(cut(text, length) for text in rest.values())
            taken = set(found.values())
            for name, text in list(rest.items()):
                words = cut(text, length)
                if tried[words] == 1 and words not in taken and _width(words) <= WIDEST:
                    found[name] = words
                    del rest[name]
    taken, number = set(found.values()), 0
    for name, text in rest.items():
        # They begin and end alike: a number tells them apart.
        number += 1
        while (words := f"{text[:LEAST]}…#{number}") in taken:
            number += 1
        found[name] = words
    return {name: found[name] for name in whole}


def _head(text: str, length: int) -> str:
    return f"{text[:length]}…"


def _tail(text: str, length: int) -> str:
    return f"{text[:1]}…{text[-length:]}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _colliding(short: dict[str, str]) -> list[str]:
    times = Counter(short.values())
    return [name for name, text in short.items() if times[text] > 1]
