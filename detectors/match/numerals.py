"""Spoken and written counts: “卖了十万单”, “一万多件”, “10w+”, “三千八百单”, “好几万”.

All functions take folded text (`detectors.match.fold`). A vague count comes out as the least
that was said: “一万多” is 10,000, “好几万” is 20,000, “十几万” is 100,000.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.events import MAX_COUNT
from detectors.match.amounts import number
from detectors.match.phrasing import phrasing, word_list

__all__ = ["Count", "counts", "whole_figures"]

_MULTIPLES = {"百": 100, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "十万": 100_000,
              "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000, "十亿": 1_000_000_000}  # fmt: skip
_CHINESE = "零〇一二两三四五六七八九十百千万亿"
_COUNT = phrasing("figures", "count")
#: What may follow a number in digits, and one in words.
_MULTIPLE, _TIMES = phrasing("figures", "multiple"), phrasing("figures", "times")
_VAGUE = phrasing("figures", "or-more")
#: “七八万” are at least 70,000.
_ABOUT = re.compile("([一二两三四五六七八九])[一二两三四五六七八九]([十百千]?)万$")

#: What figures are written with, and the units of money that belong to them.
_IN_FIGURES = frozenset(f"0123456789.{_CHINESE}")
_MONEY = frozenset("块元角")
_DECIMALS = frozenset("零〇一二三四五六七八九")


def whole_figures(text: str, start: int, end: int) -> tuple[int, int]:
    """A half-open range of a text, widened so that it cuts no figure: “两百|九十九” says less than was said.

    >>> text = "商场里卖二百九十九块呢"
    >>> low, high = whole_figures(text, 3, 6)
    >>> text[low:high]
    '卖二百九十九块'
    >>> whole_figures("有效率百分之九十九点七", 0, 9)
    (0, 11)
    """
    while 0 < start < end and _is_in_figure(text, start):
        start -= 1
    while start < end < len(text) and _is_in_figure(text, end):
        end += 1
    if start < end < len(text) and text[end - 1] in _IN_FIGURES and text[end] in _MONEY:
        end += 1
    return start, end


def _is_in_figure(text: str, place: int) -> bool:
    """Does a figure go on over a place? A spoken point and a spoken per cent belong to it: “九十九|点七”,
    “百分之|八十五”."""
    before, after = text[place - 1], text[place]
    if before in _IN_FIGURES and after in _IN_FIGURES:
        return True
    if after == "分" and before in _IN_FIGURES:
        return text.startswith("分之", place)
    if after == "之" or (before == "之" and after in _IN_FIGURES):
        return before + after == "分之" or text[place - 2 : place] == "分之"
    if after == "点":
        return before in _IN_FIGURES and text[place + 1 : place + 2] in _DECIMALS
    return before == "点" and after in _DECIMALS and text[place - 2 : place - 1] in _IN_FIGURES


class Count(NamedTuple):
    """A count in a text; half-open offsets, the trailing “多” or “+” included."""

    value: int
    start: int
    end: int


def counts(text: str) -> list[Count]:
    """The counts in a text, from left to right.

    >>> [c.value for c in counts("卖了十万单，一万多件，10w+，三千八百单")]
    [100000, 10000, 100000, 3800]
    >>> [c.value for c in counts("好几万人，上万单，1.2万，十几万，1万2，一万二，2,300件")]
    [20000, 10000, 12000, 100000, 12000, 12000, 2300]
    """
    found, place = [], 0
    while match := _COUNT.search(text, place):
        behind = None if match["some"] else (_MULTIPLE if match["digits"] else _TIMES)
        more = behind.match(text, match.end()) if behind is not None else None
        place = match.end() if more is None else more.end()
        value = _some(match) if more is None else _value(match, more)
        if value is None or value > MAX_COUNT:
            continue
        tail = _VAGUE.match(text, place)
        found.append(Count(value, match.start(), tail.end() if tail else place))
    return found


def _some(match: re.Match[str]) -> int | None:
    """“好几万”, “上万”."""
    unit = match["unit"]
    amount = _MULTIPLES.get(unit) or number(unit)
    return (
        None
        if amount is None
        else int(amount * (2 if match["some"] in word_list("figures", "several") else 1))
    )


def _value(match: re.Match[str], more: re.Match[str]) -> int | None:
    """A number, with what stands behind it."""
    if match["digits"]:
        multiple = _MULTIPLES.get(more["multiple"] or "", 1)
        value = number(match["digits"].rstrip(","))
        if value is None:
            return None
        if more["rest"]:
            value += int(more["rest"]) / 10
        return round(value * multiple)
    words = match["chinese"]
    about = _ABOUT.match(words)
    if about and not more["times"]:
        return round(number(f"{about[1]}{about[2]}万") or 0) or None
    high, hundred_millions, low = words.partition("亿")
    upper = number(high) if hundred_millions and high else None
    lower = number(low if hundred_millions else words) if low or not hundred_millions else 0.0
    if lower is None or (hundred_millions and upper is None):
        return None
    value = (upper or 0.0) * 100_000_000 + lower
    for character in more["times"] or "":
        value *= _MULTIPLES[character]
    return round(value)
