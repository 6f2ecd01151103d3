"""Times as people and programs write them, to milliseconds since the epoch.

A time without a zone is read in the zone of the recording (China by default). A date such as
03/04/2024 can be read in two ways: it is refused unless its order is known.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import NotAValue
from detectors.events import EARLIEST_MS, LATEST_MS

__all__ = [
    "CHINA",
    "DateOrder",
    "date_order",
    "parse_instant",
    "parse_zone",
]

CHINA: tzinfo = timezone(timedelta(hours=8), "Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

DateOrder = Literal["ymd", "dmy", "mdy"]

_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_CLOCK = re.compile(
    r"[T\s]{0,8}(\d{1,2})\s{0,8}[:：时点]\s{0,8}(\d{1,2})(?:\s{0,8}[:：分]\s{0,8}(\d{1,2})(?:[.,](\d{1,9}))?)?\s{0,8}[秒分]?"
    r"\s{0,8}(Z|[+-]\d{2}:?\d{2})?",
)
_EPOCH_NUMBER = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")


def parse_zone(text: str) -> tzinfo:
    """A zone by offset (`+08:00`) or by name (`Asia/Shanghai`).

    Raises:
        NotAValue: no such zone.
    """
    if match := re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})?", text.strip()):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset < timedelta(hours=24):
            return timezone(offset if sign == "+" else -offset)
    if text in ("Asia/Shanghai", "CST", "China"):
        return CHINA
    if text in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotAValue(f"no time zone {text!r}: write +08:00 or Asia/Shanghai") from error


def parse_instant(text: str, zone: tzinfo = CHINA, order: DateOrder | None = None) -> int:
    """Milliseconds since the epoch.

    >>> parse_instant("2026-09-01T19:30:00.1234567+08:00")
    1788262200123
    >>> parse_instant("2026年9月1日 19:30") == parse_instant("01/09/2026 19:30", order="dmy")
    True

    Raises:
        NotAValue: no time, one that the calendar does not have, or an ambiguous date.
    """
    value = text.strip()
    if len(value) > 60:
        raise NotAValue("too long for a time")
    if _EPOCH_NUMBER.fullmatch(value):
        whole = value.partition(".")[0]
        return _bounded(int(whole) * (1 if len(whole) == 13 else 1_000), value)
    year, month, day, rest = _date(value, order)
    hour = minute = second = micro = 0
    where: tzinfo = zone
    if rest.strip():
        clock = _CLOCK.fullmatch(rest.strip())
        if clock is None:
            raise NotAValue(f"“{value}” is no time")
        hour, minute, second = (int(clock[place] or 0) for place in (1, 2, 3))
        micro = int((clock[4] or "0").ljust(6, "0")[:6])
        if clock[5]:
            where = UTC if clock[5] == "Z" else parse_zone(clock[5])
    try:
        moment = datetime(year, month, day, hour, minute, second, micro, where)
        since = moment - _EPOCH
    except (ValueError, OverflowError) as error:
        raise NotAValue(f"“{value}” is not in the calendar: {error}") from error
    return _bounded(
        (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000, value
    )


def _date(value: str, order: DateOrder | None) -> tuple[int, int, int, str]:
    if match := _YMD.match(value):
        year, month, day = map(int, match.groups())
        return year, month, day, value[match.end() :]
    if match := _YEAR_LAST.match(value):
        first, second, year = map(int, match.groups())
        known = order or date_order([value])
        if known == "dmy" or first == second:
            return year, second, first, value[match.end() :]
        if known == "mdy":
            return year, first, second, value[match.end() :]
        raise NotAValue(f"“{value}” can be read in two ways: say which comes first, day or month")
    if match := _COMPACT.match(value):
        year, month, day = map(int, match.groups())
        return year, month, day, value[match.end() :]
    raise NotAValue(f"“{value}” is no date")


def date_order(values: list[str]) -> DateOrder | None:
    """The order that all dates of a column agree on; ``None`` where nothing decides or they clash.

    >>> date_order(["01/08/2023", "31/08/2023"])
    'dmy'
    """
    day_first = month_first = False
    for value in values:
        if match := _YEAR_LAST.match(value.strip()):
            day_first = day_first or int(match[1]) > 12
            month_first = month_first or int(match[2]) > 12
    if day_first == month_first:
        return None
    return "dmy" if day_first else "mdy"


def _bounded(ms: int, value: str) -> int:
    if not EARLIEST_MS <= ms <= LATEST_MS:
        raise NotAValue(f"“{value}” lies outside 2015 to 2286")
    return ms
