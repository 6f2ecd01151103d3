"""How figures, money and times are written on the desk, in both languages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.desk.language import Language

__all__ = ["SHANGHAI", "Formats", "Piece", "lift", "moment_in", "quoted", "yuan"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Numbers with what belongs to them: 459.00 元, 80.4%, 37 次.
_FIGURE = re.compile(
    r"\d[\d,]*(?:\.\d+)?\s?(?:%|万\+?|亿)?\s?"
    r"(?:元|次|个账号|个|条|件|人|天|日|场|秒|分钟|小时|倍|单)?"
)
#: Probabilities are not computed below 10 to the power of minus this (`stats.tails.LEAST`).
RAREST = 12
_QUOTED = re.compile(r"“[^”]{1,80}”")
#: Times of an address are before this, ms: the calendar ends with the year 9999.
LATEST_MS = 253_370_764_800_000


def moment_in(text: str) -> int | None:
    """A time in ms as an address has it; ``None``: it is none, or the calendar ends before it."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) < LATEST_MS):
        return None
    return int(text)


def local(at: int) -> datetime:
    """A time in ms since the epoch, in Beijing time."""
    return datetime.fromtimestamp(at / 1000, SHANGHAI)


def yuan(fen: int) -> str:
    """Money in yuan with two decimals, from 分."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def quoted(words: str) -> str:
    """Words in quotation marks, those within them single.

    >>> quoted("他说“好”")
    '“他说‘好’”'
    """
    return f"“{words.replace('“', '‘').replace('”', '’')}”"


class Piece(NamedTuple):
    """A part of a sentence; a lifted one carries the verdict."""

    text: str
    lifted: bool


def lift(sentence: str) -> list[Piece]:
    """A reason in pieces, its figures and its quoted words lifted.

    >>> [piece.text for piece in lift("原价 459.00 元，此前 7 天") if piece.lifted]
    ['459.00 元', '7 天']
    """
    found = sorted(
        [match.span() for match in _QUOTED.finditer(sentence)]
        + [(match.start(), match.start() + len(match.group().rstrip()))
           for match in _FIGURE.finditer(sentence)]
    )  # fmt: skip
    pieces: list[Piece] = []
    reached = 0
    for start, end in found:
        if start < reached:
            continue
        if start > reached:
            pieces.append(Piece(sentence[reached:start], False))
        pieces.append(Piece(sentence[start:end], True))
        reached = end
    if reached < len(sentence):
        pieces.append(Piece(sentence[reached:], False))
    return pieces


class Formats:
    """Times and figures as one reader sees them at one moment."""

    def __init__(self, language: Language, now: int) -> None:
        self.language = language
        self.now = now
        """Wall clock, ms."""

    yuan = staticmethod(yuan)
    lift = staticmethod(lift)

    def iso(self, at: int) -> str:
        return local(at).isoformat(timespec="milliseconds")

    def moment(self, at: int) -> str:
        """20:46:12 today, 11-21 21:46 this year, 2025-03-18 before."""
        then, today = local(at), local(self.now)
        if then.date() == today.date():
            return f"{then:%H:%M:%S}"
        return f"{then:%m-%d %H:%M}" if then.year == today.year else f"{then:%Y-%m-%d}"

    def clock(self, at: int) -> str:
        return f"{local(at):%H:%M:%S}"

    def minute(self, at: int) -> str:
        """20:34 today, else with the day."""
        then = local(at)
        same = then.date() == local(self.now).date()
        return f"{then:%H:%M}" if same else f"{then:%m-%d %H:%M}"

    def near(self, at: int, other: int) -> str:
        """20:13:11 on the day of the other moment, else 11-21 21:46."""
        then = local(at)
        same = then.date() == local(other).date()
        return f"{then:%H:%M:%S}" if same else f"{then:%m-%d %H:%M}"

    def day_clock(self, at: int) -> str:
        return f"{local(at):%m-%d %H:%M:%S}"

    def full(self, at: int) -> str:
        """The whole date with seconds."""
        return f"{local(at):%Y-%m-%d %H:%M:%S}"

    def dateline(self, at: int) -> str:
        """2026-11-24 周二 20:46:31"""
        then = local(at)
        weekday = self.language.say(f"weekday.{then.isoweekday()}")
        return f"{then:%Y-%m-%d} {weekday} {then:%H:%M:%S}"

    def ago(self, at: int) -> str:
        """19 秒前; what lies ahead of the clock is 刚刚, by at most a minute, else nothing."""
        seconds = (self.now - at) // 1000
        if seconds < -60:
            return ""
        say = self.language.count
        if seconds < 2:
            return self.language.say("ago.now")
        if seconds < 60:
            return say("ago.seconds", seconds)
        if seconds < 3600:
            return say("ago.minutes", seconds // 60)
        if seconds < 86_400:
            return say("ago.hours", seconds // 3600)
        return say("ago.days", seconds // 86_400)

    @property
    def ago_words(self) -> dict[str, str]:
        """The same words for the browser, which keeps them true; `{n}` stands for the number."""
        say = self.language.translations.ngettext
        words = {"now": self.language.say("ago.now")}
        for unit in ("seconds", "minutes", "hours", "days"):
            key = f"ago.{unit}"
            words[unit] = say(key, key, 2) % {"num": "{n}"}
        return words

    def length(self, ms: int, *, exact: bool = False) -> str:
        """7 小时 30 分, 42 秒: a duration in its two largest units, or in all to the second."""
        seconds = max(0, round(ms / 1000))
        say = self.language.count
        days, rest = divmod(seconds, 86_400)
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [
            say(key, number)
            for key, number in (
                ("length.days", days),
                ("length.hours", hours),
                ("length.minutes", minutes),
                ("length.seconds", seconds),
            )
            if number
        ]
        return " ".join(parts if exact else parts[:2]) or say("length.seconds", 0)

    def decimal(self, number: float) -> str:
        """A number with at most two decimals."""
        return f"{number:,.2f}".rstrip("0").rstrip(".")

    def between(self, low: int, high: int) -> str:
        """What a rounded display means."""
        return f"{low:,}" if low == high else f"{low:,}–{high:,}"

    def whole(self, number: int) -> str:
        return f"{number:,}"

    def share(self, ratio: float) -> str:
        """A share with one decimal."""
        return f"{ratio * 100:.1f}%"

    def chance(self, surprise: float) -> str:
        """How rare: 约 630 分之一, 约 10 的 7 次方分之一, from −log₁₀ of the probability."""
        if surprise < 0.5:
            return self.language.say("chance.usual")
        if surprise >= RAREST:
            return self.language.say("chance.below", power=RAREST)
        if surprise < 5:
            number = 10**surprise
            digits = 10 ** max(0, int(surprise) - 1)
            return self.language.say(
                "chance.one_in", number=self.whole(round(number / digits) * digits)
            )
        return self.language.say("chance.power", power=f"{surprise:.0f}")

    @staticmethod
    def subject(subject: str, title: str) -> tuple[str, str]:
        """SKU and words of an alert's subject, each may be empty.

        >>> Formats.subject("T1", "T1 高山云雾绿茶")
        ('T1', '高山云雾绿茶')
        >>> Formats.subject("T1/高血压", "T1 高山云雾绿茶 “降压”")
        ('T1', '高山云雾绿茶 “降压”')
        """
        words = (title or subject).strip()
        sku = subject.partition("/")[0]
        if sku and words.startswith(f"{sku} "):
            return sku, words[len(sku) + 1 :].strip()
        return "", words
