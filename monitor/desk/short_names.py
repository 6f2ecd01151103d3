"""Pseudonyms as short as they can be and still differ, for narrow columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

__all__ = ["bare", "shortened"]

#: The version of the key under which a pseudonym was made; the same for almost all of a room.
_KEY = re.compile(r"^k\d+:(?=.)")
#: Characters that are shown at least, and of a name that is shown as it is at most.
LEAST, WHOLE = 4, 12


def bare(name: str) -> str:
    """A pseudonym without the version of its key.

    >>> bare("k1:ms2t66tcbhqioleilghk"), bare("南山客")
    ('ms2t66tcbhqioleilghk', '南山客')
    """
    return _KEY.sub("", name)


def shortened(names: Iterable[str]) -> dict[str, str]:
    """Each name by its first characters, as many as tell it from all the others.

    Names that begin alike are shown by their ends; two that differ in the key only, as they are.

    >>> shortened(["k1:ms2t66tcbhqi", "k1:ms2w96tcbhqi", "南山客", "用户88100000001", "用户88100000002"])
    {'k1:ms2t66tcbhqi': 'ms2t…', 'k1:ms2w96tcbhqi': 'ms2w…', '南山客': '南山客', \
'用户88100000001': '用…0001', '用户88100000002': '用…0002'}
    """
    whole = list(dict.fromkeys(names))
    short = {name: bare(name) for name in whole}
    # Two keys' pseudonyms may end alike: then the key tells them apart.
    short |= {name: name for name in _colliding(short)}
    found = {name: text for name, text in short.items() if len(text) <= WHOLE}
    rest = {name: text for name, text in short.items() if name not in found}
    for length in range(LEAST, WHOLE):
        for cut in (_head, _tail):
            tried = Counter(cut(text, length) for text in rest.values())
            taken = set(found.values())
            for name, text in list(rest.items()):
                words = cut(text, length)
                if tried[words] == 1 and words not in taken:
                    found[name] = words
                    del rest[name]
    found |= rest
    return {name: found[name] for name in whole}


def _head(text: str, length: int) -> str:
    return f"{text[:length]}…"


def _tail(text: str, length: int) -> str:
    return f"{text[:1]}…{text[-length:]}"


def _colliding(short: dict[str, str]) -> list[str]:
    times = Counter(short.values())
    return [name for name, text in short.items() if times[text] > 1]
