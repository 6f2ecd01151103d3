"""Days as hosts name them: “昨天”, “上个月”, “九月份”, “去年三月”, “十月十八号”, as an interval."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from detectors.match.amounts import number
from detectors.match.dates import date_of

__all__ = ["SpokenDay", "spoken_days"]

_MONTH = r"(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?"
_DAY = r"(?:(?P<day>[0-3]?\d|[一二三]?十?[一二三四五六七八九十])[号日])?"
_FULL = re.compile(r"(?:19|20)?\d\d[年./\-]\d{1,2}[月./\-]\d{1,2}[日号]?|20\d{6}")
_CALENDAR = re.compile(
    rf"(?P<year>去年|今年|前年|(?:20)?\d\d年|[二〇零一三四五六七八九]{{2,4}}年)?的?{_MONTH}{_DAY}"
)
_RELATIVE: dict[str, tuple[int, int]] = {
    "大前天": (3, 3), "前天": (2, 2), "昨天": (1, 1), "昨晚": (1, 1), "昨儿": (1, 1), "昨日": (1, 1), "今天": (0, 0), "今早": (0, 0),
    "今日": (0, 0), "当天": (0, 0), "上周": (14, 1), "上个星期": (14, 1), "上星期": (14, 1), "这周": (7, 0), "本周": (7, 0), "这个星期": (7, 0),
    "前几天": (10, 1), "刚刚": (3, 0), "刚下线": (7, 0), "刚出厂": (7, 0), "刚出炉": (1, 0), "刚生产": (7, 0), "刚做的": (3, 0), "刚灌装": (7, 0),
}  # fmt: skip
_WORDS = re.compile("|".join(sorted(_RELATIVE, key=len, reverse=True)))
_MONTHS_AGO = re.compile("(?P<which>上个?月|这个?月|本月|当月)")


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
        if match["which"].startswith("上"):
            first = (first - timedelta(days=1)).replace(day=1)
        last = min(today, first.replace(day=monthrange(first.year, first.month)[1]))
        yield SpokenDay(first, last, match.start(), match.end())
    for match in _WORDS.finditer(text):
        early, late = _RELATIVE[match.group()]
        yield SpokenDay(
            today - timedelta(days=early), today - timedelta(days=late), match.start(), match.end()
        )


def _calendar(match: re.Match[str], today: date) -> tuple[date, date] | None:
    month = int(number(match["month"]) or 0)
    said = match["year"]
    if said in ("去年", "今年", "前年"):
        year = today.year - {"今年": 0, "去年": 1, "前年": 2}[said]
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
