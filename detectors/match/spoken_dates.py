"""Days as hosts name them: “昨天”, “上个月”, “九月份”, “去年三月”, “十月十八号”, as an interval."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from detectors.match.amounts import number
from detectors.match.dates import date_of
from detectors.match.phrasing import phrasing, table

__all__ = ["SpokenDay", "spoken_days"]

_MONTH = r"(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?"
_DAY = r"(?:(?P<day>[0-3]?\d|[一二三]?十?[一二三四五六七八九十])[号日])?"
_FULL = re.compile(r"(?:19|20)?\d\d[年./\-]\d{1,2}[月./\-]\d{1,2}[日号]?|20\d{6}")
_CALENDAR = re.compile(
    rf"(?P<year>去年|今年|前年|(?:20)?\d\d年|[二〇零一三四五六七八九]{{2,4}}年)?的?{_MONTH}{_DAY}"
)
_MONTHS_AGO = phrasing("times", "this-or-last-month")


class SpokenDay(NamedTuple):
    """The days that words may mean; half-open offsets of the words."""

    first: date
    last: date
    start: int
    end: int


def spoken_days(text: str, today: date) -> Iterator[SpokenDay]:
    """The days named in a text that was said on a day; a month without a year is the latest past one.

    >>> [(day.first.isoformat(), day.last.isoformat()) for day in spoken_days("去年三月份的，昨天到的", date(2026, 10, 20))]
    [('2025-03-01', '2025-03-31'), ('2026-10-19', '2026-10-19')]
    """
    for match in _FULL.finditer(text):
        day = date_of(match.group())
        if day is not None:
            yield SpokenDay(day, day, match.start(), match.end())
    for match in _CALENDAR.finditer(text):
        if _FULL.search(text[max(0, match.start() - 5) : match.end() + 4]):
            continue
        interval = _calendar(match, today)
        if interval is not None:
            yield SpokenDay(*interval, match.start(), match.end())
    for match in _MONTHS_AGO.finditer(text):
        first = today.replace(day=1)
        if match[0].startswith("上"):
            first = (first - timedelta(days=1)).replace(day=1)
        last = min(today, first.replace(day=monthrange(first.year, first.month)[1]))
        yield SpokenDay(first, last, match.start(), match.end())
    for match in _relative().finditer(text):
        early, late = table("times", "days-ago", tuple[int, int])[match.group()]
        yield SpokenDay(
            today - timedelta(days=early), today - timedelta(days=late), match.start(), match.end()
        )


@cache
def _relative() -> re.Pattern[str]:
    """The words for days that are counted from today, the longest first."""
    words = table("times", "days-ago", tuple[int, int])
    return re.compile("|".join(sorted(words, key=len, reverse=True)))


def _calendar(match: re.Match[str], today: date) -> tuple[date, date] | None:
    month = int(number(match["month"]) or 0)
    said = match["year"]
    years_ago = table("times", "years-ago", int)
    if said in years_ago:
        year = today.year - years_ago[said]
    elif said:
        written = date_of(f"{said}1月1日")
        if written is None:
            return None
        year = written.year
    else:
        year = today.year if month <= today.month else today.year - 1
    try:
        if match["day"]:
            day = date(year, month, int(number(match["day"]) or 0))
            return day, day
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None
