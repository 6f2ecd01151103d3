"""Dates and shelf lives as labels and hosts spell them: “2025年10月1日”, “20251001”, “十二个月”.

Civil dates of Beijing. What cannot be told (“见喷码”, a day without a year) is ``None``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from detectors.match.amounts import number
from detectors.match.phrasing import phrasing

__all__ = ["ShelfLife", "date_of", "ends_on", "shelf_life"]

_CHINESE = "〇零一二三四五六七八九十"
_DIGITS = {character: str(value) for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": "0"
}
_WRITTEN = re.compile(
    rf"(?P<year>(?:19|20)?\d\d|[二2][{_CHINESE}]{{3}})\s{{0,8}}[年./\-]\s{{0,8}}(?P<month>\d{{1,2}}|[{_CHINESE}]{{1,2}})"
    rf"(?:\s{{0,8}}[月./\-]\s{{0,8}}(?:(?P<day>\d{{1,2}}|[{_CHINESE}]{{1,3}})\s{{0,8}}[日号]?)?|(?![\d月]))"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?!\d)")
_LENGTH = phrasing("times", "shelf-life")
#: A shelf life counted from the opening of the pack is another matter.
_OPENED = phrasing("times", "opened")


class ShelfLife(NamedTuple):
    """A shelf life in calendar months and days."""

    months: int = 0
    days: int = 0

    @property
    def longest_days(self) -> int:
        """An upper bound of its length, to compare shelf lives with."""
        return self.months * 31 + self.days


def date_of(text: str, *, last: bool = False) -> date | None:
    """The date in a text.

    Args:
        last: where only the month is told, take its last day instead of its first.

    >>> date_of("生产日期：2025年10月1日"), date_of("20251001"), date_of("25/10/01"), date_of("见喷码")
    (datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), None)
    >>> date_of("2025年2月", last=True), date_of("二〇二五年十月三日")
    (datetime.date(2025, 2, 28), datetime.date(2025, 10, 3))
    """
    for pattern in (_COMPACT, _WRITTEN):
        for match in pattern.finditer(text):
            found = _date(match["year"], match["month"], match["day"], last=last)
            if found is not None:
                return found
    return None


def _date(year: str, month: str, day: str | None, *, last: bool) -> date | None:
    years = _plain(year)
    if years is None or (months := _plain(month)) is None or not 1 <= months <= 12:
        return None
    if years < 100:
        years += 2000
    if day is None:
        days: int | None = monthrange(years, months)[1] if last else 1
    else:
        days = _plain(day)
    try:
        return date(years, months, days) if days is not None else None
    except ValueError:
        return None


def _plain(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    if len(text) == 4:
        digits = "".join(_DIGITS.get(character, character) for character in text)
        return int(digits) if digits.isdecimal() else None
    value = number(text)
    return int(value) if value is not None else None


def shelf_life(text: str) -> ShelfLife | None:
    """The longest shelf life that a text names, so that no product expires too early.

    >>> shelf_life("12个月"), shelf_life("常温180天，冷藏十二个月"), shelf_life("一年半"), shelf_life("见包装")
    (ShelfLife(months=12, days=0), ShelfLife(months=12, days=0), ShelfLife(months=18, days=0), None)
    """
    lives = []
    for match in _LENGTH.finditer(text):
        before = text[max(0, match.start() - 6) : match.start()]
        if _OPENED.search(before):
            continue
        value = 0.5 if match["n"] == "半" else number(match["n"])
        if value is None:
            continue
        if match["half"] or match["more"]:
            value += 0.5
        lives.append(_life(value, match["unit"]))
    return max(lives, key=lambda life: life.longest_days, default=None)


def _life(value: float, unit: str) -> ShelfLife:
    if unit == "年":
        return ShelfLife(months=round(value * 12))
    if unit.endswith("月"):
        return ShelfLife(months=int(value), days=15 if value % 1 else 0)
    if unit in ("周", "星期"):
        return ShelfLife(days=round(value * 7))
    if unit == "小时":
        return ShelfLife(days=-(-int(value) // 24))
    return ShelfLife(days=round(value))


def ends_on(made: date, life: ShelfLife) -> date:
    """The last day on which a product made on a day is within its shelf life.

    >>> ends_on(date(2025, 8, 31), ShelfLife(months=6)), ends_on(date(2025, 10, 1), ShelfLife(days=3))
    (datetime.date(2026, 2, 28), datetime.date(2025, 10, 4))
    """
    month = made.month - 1 + life.months
    year, month = made.year + month // 12, month % 12 + 1
    day = min(made.day, monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=life.days)
