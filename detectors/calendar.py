"""Lengths of time in milliseconds, and the calendar of Beijing, by which days are counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

__all__ = [
    "BEIJING",
    "DAY_MS",
    "HOUR_MS",
    "MINUTE_MS",
    "beijing_date",
    "broadcast_day_of",
    "day_end_ms",
    "day_of",
    "in_beijing",
]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BEIJING = timezone(timedelta(hours=8))
_BEIJING_MS = 8 * HOUR_MS
#: A broadcast day begins at five in the morning, when hardly anybody is on air.
_BROADCAST_DAY_MS = 5 * HOUR_MS


def in_beijing(at: int) -> datetime:
    """A moment, ms since the epoch, as clocks in Beijing show it."""
    return datetime.fromtimestamp(at / 1000, BEIJING)


def beijing_date(at: int) -> date:
    """The civil date in Beijing at a moment."""
    return in_beijing(at).date()


def day_of(at: int) -> int:
    """The number of the Beijing day in which a moment lies, counted from 1970-01-01."""
    return (at + _BEIJING_MS) // DAY_MS


def broadcast_day_of(at: int) -> int:
    """The number of the Beijing day to which a broadcast at a moment belongs.

    It lasts from five in the morning to five: an evening that goes on past midnight is one day's.
    """
    return day_of(at - _BROADCAST_DAY_MS)


def day_end_ms(at: int) -> int:
    """Midnight at the end of the Beijing day in which `at` lies."""
    return (day_of(at) + 1) * DAY_MS - _BEIJING_MS
