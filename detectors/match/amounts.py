"""Prices, lengths of time and ends of promises in the words of a host: “三十九块九”, “还有五分钟”.

All functions take folded text (`detectors.match.fold`): digits are ASCII, letters lower case.
Money comes out as 分, times as milliseconds since the epoch; civil days are those of Beijing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from detectors.calendar import DAY_MS, HOUR_MS, MINUTE_MS, beijing_date, day_end_ms, in_beijing
from detectors.events import MAX_COUNT, MAX_FEN
from detectors.match.phrasing import phrasing, table, word_list

__all__ = ["Amount", "Deadline", "amount_at", "amounts", "deadline", "deadlines", "number"]

#: A day named further ahead than this is taken for one that has passed.
LONGEST_DAYS = 180
#: “今晚” of somebody who broadcasts over midnight lasts until this hour of the morning.
NIGHT_ENDS_HOUR = 6

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5,
           "六": 6, "七": 7, "八": 8, "九": 9}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1_000}
_SUM, _UNIT = phrasing("figures", "sum"), phrasing("figures", "unit-of-sum")
#: What makes of a bare number something else than a price.
_COUNTED = phrasing("times", "counted")
_ABOUT = re.compile("[一二两三四五六七八九]{2}[十百千]")
_SEVERAL = re.compile("[一二两三四五六七八九]{2}")
_FILLER = phrasing("figures", "to-a-sum")
_TOGETHER = phrasing("times", "together")


class Amount(NamedTuple):
    """A sum of money in a text; half-open offsets."""

    fen: int
    start: int
    end: int
    marked: bool
    """It carries a sign or unit of money (“39.9元”), and is no bare number."""


class Deadline(NamedTuple):
    """When an offer ends, by the host's own words; half-open offsets of the words."""

    kind: Literal["countdown", "date", "clock", "day", "night", "broadcast"]
    ends_at: int | None
    """ms; ``None`` when it is the end of the broadcast."""
    start: int
    end: int


#: Characters of a number at most.
_LONGEST = 40


def number(text: str) -> float | None:
    """A number in digits or Chinese numerals; ``None`` if it is none, or beyond any count.

    >>> number("39.9"), number("四百五十九"), number("一百二"), number("三十九点九"), number("一万二")
    (39.9, 459.0, 120.0, 39.9, 12000.0)
    """
    text = text.replace(",", "")
    if len(text) > _LONGEST:
        return None
    value = _value(text)
    return value if value is not None and value <= MAX_COUNT else None


def _value(text: str) -> float | None:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    whole, _, decimals = text.partition("点")
    if not whole or any(character not in _DIGITS for character in decimals):
        return None
    value = _chinese(whole)
    if value is None:
        return None
    fraction = "".join(str(_DIGITS[character]) for character in decimals)
    return float(f"{value}.{fraction or 0}")


def _chinese(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    high, found, low = text.partition("万")
    if found:
        if _SEVERAL.fullmatch(high):
            return None  # “七八万” is no amount, either
        upper, lower = _chinese(high), _chinese(low) if low else 0
        if upper is None or lower is None:
            return None
        # “一万二” is 12,000: a lone digit after the unit counts the next lower unit.
        return upper * 10_000 + (lower * 1_000 if len(low) == 1 and low in _DIGITS else lower)
    if len(text) > 1 and all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    if _ABOUT.search(text):
        return None  # “四五百” is no amount
    total, digit, unit = 0, 0, 1
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            total += (digit or 1) * unit
            digit = 0
        elif character in _DIGITS:
            digit = _DIGITS[character]
            if character in "零〇":
                unit = 10
        else:
            return None
    if digit and unit > 10 and text[-2:-1] in ("百", "千"):
        return total + digit * unit // 10
    return total + digit


def amounts(text: str) -> list[Amount]:
    """The sums of money in a text, with numbers that may be one and are not counted in pieces.

    >>> [a.fen for a in amounts("原价459，今天三十九块九，不要39.9元，只要29.9米，拍2件")]
    [45900, 3990, 3990, 2990]
    >>> [a.fen for a in amounts("抽一块六万六的表")]
    [6600000]
    """
    found, place = [], 0
    while match := _SUM.search(text, place):
        amount, place = _amount(text, match)
        if amount is not None:
            found.append(amount)
    return found


def amount_at(text: str, start: int) -> Amount | None:
    """The sum that follows a word which ends at `start`: “原价|459”, “恢复到|98”, “卖|三十九块九”.

    >>> amount_at("下播恢复到98", 5).fen, amount_at("恢复到原来的样子", 3)
    (9800, None)
    """
    filler = _FILLER.match(text, start)
    match = _SUM.match(text, filler.end() if filler else start)
    return _amount(text, match)[0] if match else None


def _amount(text: str, match: re.Match[str]) -> tuple[Amount | None, int]:
    """The sum of a number, if it is one, and where the number and its unit end."""
    unit = next(_UNIT.finditer(text, match.end()))  # right there: all of it may be missing
    start, end = match.start(), unit.end()
    if unit["jiao"] and text[unit.end("jiao") : unit.end("jiao") + 1] in {*_UNITS, "万"}:
        return None, unit.start("jiao")  # “一块六万六的表” is a piece that costs as much
    value = number(match["whole"])
    marked = bool(match["sign"] or unit["unit"])
    if value is None or (not marked and _COUNTED.match(text, end)):
        return None, end
    if not marked and match["whole"][0] not in "0123456789" and len(match["whole"]) < 2:
        return None, end  # a lone 一 or 两 is hardly ever a price
    if _TOGETHER.fullmatch(text, start, end) or text[end : end + 1] == "儿":
        return None, end
    fen = round(value * 100)
    if unit["myriad"]:
        fen *= 10_000
    if unit["jiao"]:
        fen += 50 if unit["jiao"] == "半" else 10 * _digit(unit["jiao"])
    if unit["fen"]:
        fen += _digit(unit["fen"])
    return (Amount(fen, start, end, marked) if fen <= MAX_FEN else None), end


def _digit(character: str) -> int:
    return _DIGITS[character] if character in _DIGITS else int(character)


_COUNTDOWNS = (
    phrasing("figures", "left"),
    phrasing("figures", "in-a-while"),
    phrasing("figures", "counted-down"),
)
_DATE = re.compile(r"(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")
_CLOCK = phrasing("figures", "hour")
#: What stands before, or after, an hour that ends an offer.
_UNTIL = phrasing("times", "until")
_BEFORE = phrasing("times", "before")
#: A day by its name, and what stands after one that ends an offer.
_NAMED_DAY = phrasing("times", "named-day")
_STOPS = phrasing("times", "stops")
_NIGHT = phrasing("times", "night")
_DAY = phrasing("times", "day")
_BROADCAST = phrasing("times", "broadcast")


def deadlines(text: str, at: int) -> list[Deadline]:
    """Ends of an offer that are named in a text of `at`, ms; the most exact words first.

    Where the words leave room the later end is taken: an end that is too early would accuse.
    """
    found = []
    counted = [match for one in _COUNTDOWNS if (match := one.search(text)) is not None]
    if counted:
        match = min(counted, key=re.Match.start)
        length = _length_ms(match["n"], match["unit"], bool(match["half"]))
        if length is not None:
            found.append(Deadline("countdown", at + length, match.start(), match.end()))
    if match := _DATE.search(text):
        ends = _date_end_ms(int(match["month"]), int(match["day"]), at)
        if ends is not None:
            found.append(Deadline("date", ends, match.start(), match.end()))
    named = list(_days_named(text))
    for match, end in named:
        if _UNTIL.search(text, 0, match.start()) or _STOPS.match(text, end):
            ends = _named_day_end_ms(match, at)
            if ends is not None:
                found.append(Deadline("date", ends, match.start(), end))
    for match in _CLOCK.finditer(text):
        if any(day.end() <= match.start() < end for day, end in named):
            continue  # an hour of another day: “周日晚上十点” is not tonight
        if not (_UNTIL.search(text, 0, match.start()) or _BEFORE.match(text, match.end())):
            continue  # an hour of something else: “八点开播”
        ends = _clock_ms(match["part"] or "", match["hour"], bool(match["half"]), at)
        if ends is not None:
            found.append(Deadline("clock", ends, match.start(), match.end()))
            break
    if match := _BROADCAST.search(text):
        found.append(Deadline("broadcast", None, match.start(), match.end()))
    if match := _NIGHT.search(text):
        found.append(Deadline("night", _night_end_ms(at), match.start(), match.end()))
    if match := _DAY.search(text):
        found.append(Deadline("day", day_end_ms(at), match.start(), match.end()))
    return found


def _days_named(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Days by their names, and where each ends with the hour that belongs to it (“周日晚上十点”)."""
    for match in _NAMED_DAY.finditer(text):
        hour = _CLOCK.match(text, match.start())
        if hour is not None:
            continue  # “明天十点” is an hour
        hour = _CLOCK.match(text, match.end())
        yield match, match.end() if hour is None else hour.end()


def deadline(text: str, at: int) -> Deadline | None:
    """The end of an offer in the most exact words of a text; ``None``: none is named.

    >>> deadline("还有五分钟恢复原价", 1_790_856_000_000).ends_at - 1_790_856_000_000
    300000
    >>> deadline("下播就恢复到98", 1_790_856_000_000).kind
    'broadcast'
    """
    return next(iter(deadlines(text, at)), None)


def _night_end_ms(at: int) -> int:
    end = day_end_ms(at)
    if in_beijing(at).hour < NIGHT_ENDS_HOUR:
        end -= DAY_MS
    return end + NIGHT_ENDS_HOUR * HOUR_MS


def _length_ms(amount: str, unit: str, half: bool) -> int | None:
    value = 0.5 if amount == "半" else number(amount)
    if value is None:
        return None
    if half:
        value += 0.5
    factor = 1_000 if unit.startswith("秒") else MINUTE_MS if unit.startswith("分") else HOUR_MS
    return round(value * factor)


def _clock_ms(part: str, hour_text: str, half: bool, at: int) -> int | None:
    hour = number(hour_text)
    if hour is None or hour > 24 or hour != int(hour):
        return None
    hours = int(hour)
    tomorrow = part.startswith("明")
    midnight = day_end_ms(at) - DAY_MS
    evening = part in word_list("times", "evening")
    noon_is_past = at >= midnight + 12 * HOUR_MS
    if hours in (0, 24) or (hours == 12 and (evening or (not part and noon_is_past))):
        end = midnight + DAY_MS
    elif (evening or part in word_list("times", "afternoon")) and hours < 12:
        end = midnight + (hours + 12) * HOUR_MS
    else:
        end = midnight + hours * HOUR_MS
        if not part and end <= at and hours < 12:
            end += 12 * HOUR_MS  # “八点” after noon is the evening's
    if tomorrow:
        end += DAY_MS
    if half:
        end += HOUR_MS // 2
    return end if end > at else end + DAY_MS


def _named_day_end_ms(match: re.Match[str], at: int) -> int | None:
    """Midnight at the end of a named day; ``None``: it is past, there is none, or it may be today
    as well as a week later."""
    today = beijing_date(at)
    if match["later"]:
        return day_end_ms(at) + table("times", "days-on", int)[match["later"]] * DAY_MS
    if match["day"]:
        month, day = number(match["month"] or str(today.month)), number(match["day"])
        if month is None or day is None:
            return None
        ends = _date_end_ms(int(month), int(day), at)
        if ends is None and not match["month"]:
            ends = _date_end_ms(today.month % 12 + 1, int(day), at)
        return ends
    days = table("times", "weekdays", int)[match["weekday"]] - today.isoweekday()
    if match["week"] in word_list("times", "next-week"):
        days += 7
    elif match["week"] not in word_list("times", "this-week"):
        if days == 0:
            return None
        days %= 7
    return day_end_ms(at) + days * DAY_MS if days >= 0 else None


def _date_end_ms(month: int, day: int, at: int) -> int | None:
    """Midnight at the end of the next such day; ``None`` if there is none within half a year."""
    today = beijing_date(at)
    for year in (today.year, today.year + 1):
        try:
            ends_on = date(year, month, day)
        except ValueError:
            continue
        if ends_on >= today:
            days = (ends_on - today).days
            return day_end_ms(at) + days * DAY_MS if days <= LONGEST_DAYS else None
    return None
