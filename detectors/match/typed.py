"""Slots of frames that are no lists of words: figures of several kinds, an account, a place of origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.match.places import places_in

__all__ = ["figure", "holds", "may_hold", "typed"]

_NUMBER = r"(?:\d[\d,.]{0,12}|[零一二两俩三仨四五六七八九十百千万几半]{1,12})"
#: What is weighed or measured is no money: “充绒二百五十克”.
_MEASURED = r"(?![零一二两三四五六七八九十百\d]{0,5}(?:克|毫[克升安]|公?斤|升(?!级)|度|瓦|厘米|公分|平[米方]|页|帕))"
_SHAPES = {
    "<number>": _NUMBER,
    "<percent>": rf"{_NUMBER}\s?%|百分之{_NUMBER}|{_NUMBER}个(?:百分)?点|[一二两三四五六七八九\d]成",
    "<span>": rf"{_NUMBER}[来多]?个?半?(?:小时|月|天|周|礼拜|星期|年|疗程|季度?|节课|堂课|晚上|夜|分钟|[寒暑]?假期?|学期)",
    "<sum>": rf"(?:{_NUMBER}|好几|大几|小|过|上)[来多]?个?(?:块|元|万|千|百|w|k|大洋|米)[多块元]?{_MEASURED}",
    "<times>": rf"(?:双|{_NUMBER}[来多几]?)倍|翻了?[一二两三四五六七八九十几好]{{0,3}}[倍番]",
    "<account>": r"(?<![a-z\d])(?=[a-z\d_-]*[a-z])[a-z\d][a-z\d_-]{4,19}(?![a-z\d_-])|(?<!\d)[1-9]\d{6,10}(?!\d)",
    "<year>": r"(?:19|20)\d\d|二[零〇][零〇一二三四五六七八九]{2}|第[一二三四五六七八九十\d]{1,4}届",
}
#: The same, whatever stands around it: a part of a text has less around it than the whole.
_ANYHOW = {
    **_SHAPES,
    "<sum>": _SHAPES["<sum>"].removesuffix(_MEASURED),
    "<account>": r"[a-z\d_-]{5}",
}
_ABOUT = re.compile("[一二两三四五六七八九]{2}(?![一二三四五六七八九十百千万])")


@lru_cache(maxsize=len(_SHAPES))
def _shape(kind: str) -> re.Pattern[str]:
    return re.compile(_SHAPES[kind])


@lru_cache(maxsize=len(_SHAPES))
def _anyhow(kind: str) -> re.Pattern[str]:
    return re.compile(_ANYHOW[kind])


def typed(kind: str, text: str) -> list[Hit]:
    """The figures or places of a kind (`detectors.pack.frames.TYPED`) in a folded text, in their order.

    Raises:
        KeyError: no such kind.
    """
    return list(_found(kind, text))


def holds(kind: str, text: str) -> bool:
    """Does one of a kind stand in a folded text?

    Raises:
        KeyError: no such kind.
    """
    return next(_found(kind, text), None) is not None


def may_hold(kind: str, text: str) -> bool:
    """Can one of a kind stand in a folded text, or in a part of it?

    Raises:
        KeyError: no such kind.
    """
    return bool(places_in(text)) if kind == "<place>" else _anyhow(kind).search(text) is not None


def figure(text: str, hit: Hit) -> float | None:
    """How much a figure of a folded text is, a share in hundredths; ``None``: it tells no number (半).

    >>> [figure(text, typed(kind, text)[0]) for kind, text in [("<number>", "8万毫安"),
    ...     ("<number>", "两三度"), ("<percent>", "百分之九十九"), ("<percent>", "七成")]]
    [80000, 2, 99, 70]
    """
    said = hit.term.removeprefix("百分之")
    if _ABOUT.match(said):
        said = said[0]  # “两三度” are two at least.
    elif hit.group == "<number>":
        # Its multiple may be written behind it: “8万”.
        said = text[hit.start : hit.end + 1]
    found = counts(said)
    if not found:
        return None
    return found[0].value * 10 if said.endswith("成") else found[0].value


def _found(kind: str, text: str) -> Iterator[Hit]:
    if kind == "<place>":
        return (Hit(kind, place.name, place.start, place.end) for place in places_in(text))
    matches = _shape(kind).finditer(text)
    return (Hit(kind, match.group(), match.start(), match.end()) for match in matches)
