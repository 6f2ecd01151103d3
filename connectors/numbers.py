"""Prices and counts as platforms display them.

Money never passes through a float. A number that a platform has rounded (“1.2万”, “1万+”)
becomes a range, never a point: platforms cut digits off, so “1.2万” is at least 12,000 and less
than 13,000, and “1万+” is at least 10,000 with no known end.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from connectors.errors import NotAValue

__all__ = ["Amount", "Count", "parse_amount", "parse_count"]

#: Longest cell that is looked at, in characters.
MAX_CELL = 80
_FULLWIDTH = str.maketrans("０１２３４５６７８９．，＋－～＄（）／　", "0123456789.,+-~$()/ ")
_SCALES = {
    "": 1, "千": 10**3, "k": 10**3, "万": 10**4, "萬": 10**4, "w": 10**4,
    "百万": 10**6, "m": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s*(百万|千万|[千kKwWmM万萬亿億])?"
# "?" is what character recognition makes of a yen sign.
_SIGN = r"(?:[¥￥?？]|rmb|cny|人民币)?"
_YUAN = r"(?:元|块钱|块|rmb|cny)?"
_DASH = r"(?:-|–|—|~|〜|至|到)"
_AMOUNT = re.compile(
    rf"{_SIGN}\s*{_NUMBER}\s*{_YUAN}"
    rf"(?:\s*{_DASH}\s*{_SIGN}\s*{_NUMBER}\s*{_YUAN})?"
    r"\s*(起|\+|以上|左右)?\s*(?:[/每]\s*(\S{1,20}))?",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"(?:已售|已拼|销量|库存|月销|剩余?|仅剩|超过?|约)?\s*(?:[:：])?\s*{_NUMBER}\s*(\+|以上|多)?\s*(\+)?"
    r"\s*[件单个人份瓶盒台套袋支箱次]?(?:付款|想买|已买|在看|观看)?\s*(\+)?",
    re.IGNORECASE,
)


class Amount(Struct, frozen=True):
    """A displayed price, in 分."""

    low_fen: int
    """The price, or the lowest of a range."""
    high_fen: int | None = None
    """The highest of a range."""
    exact: bool = True
    """Neither a range, nor “起”, nor rounded: `text` then says how it was displayed."""
    text: str = ""
    unit: str | None = None
    """What one price buys, where it is displayed with it (“¥39.9/500g”)."""


class Count(Struct, frozen=True):
    """A displayed count: a point where `low == high` and nothing was rounded."""

    low: int
    high: int | None

    @property
    def value(self) -> int | None:
        """The number, where it was displayed in full."""
        return self.low if self.low == self.high else None


def parse_amount(text: str) -> Amount:
    """A price as displayed.

    >>> parse_amount("¥39.9-129.9")
    Amount(low_fen=3990, high_fen=12990, exact=False, text='¥39.9-129.9', unit=None)
    >>> parse_amount("39.9起").low_fen, parse_amount("1.2万").low_fen
    (3990, 1200000)

    Raises:
        NotAValue: no price, another currency, or a fraction of a 分.
    """
    shown = text.strip()
    cell = _cell(shown)
    match = _AMOUNT.fullmatch(cell)
    if match is None:
        raise NotAValue(f"{_quoted(shown)} is no price in yuan")
    first, first_scale, last, last_scale, tail, unit = match.groups()
    # "1-2万" means 1万 to 2万.
    low = _fen(first, first_scale or (last_scale if last else None), shown)
    high = _fen(last, last_scale, shown) if last else None
    if high is not None and high < low:
        low, high = high, low
    exact = high is None and not tail and not first_scale
    return Amount(low, high, exact, "" if exact else shown, unit)


def parse_count(text: str) -> Count:
    """A count as displayed.

    >>> parse_count("1.2万"), parse_count("1万+"), parse_count("1,234件")
    (Count(low=12000, high=12999), Count(low=10000, high=None), Count(low=1234, high=1234))

    Raises:
        NotAValue: no count.
    """
    shown = text.strip()
    match = _COUNT.fullmatch(_cell(shown))
    if match is None:
        raise NotAValue(f"{_quoted(shown)} is no count")
    digits, scale, *more = match.groups()
    factor = _SCALES[(scale or "").lower()]
    number = Decimal(digits.replace(",", ""))
    low = number * factor
    if low != int(low):
        raise NotAValue(f"{_quoted(shown)} is no whole number")
    if int(low) >= 10**15:
        raise NotAValue(f"{_quoted(shown)} is beyond any count")
    if any(more):
        return Count(int(low), None)
    # The last digit shown is worth this much; the platform cut off what is smaller.
    step = factor // 10 ** _decimals(digits)
    return Count(int(low), int(low) + max(step, 1) - 1)


def _cell(text: str) -> str:
    if len(text) > MAX_CELL:
        raise NotAValue(f"a cell of {len(text)} characters is no number")
    return text.translate(_FULLWIDTH)


def _fen(digits: str, scale: str | None, shown: str) -> int:
    fen = Decimal(digits.replace(",", "")) * _SCALES[(scale or "").lower()] * 100
    if fen != int(fen):
        raise NotAValue(f"{_quoted(shown)} has a fraction of a 分")
    if int(fen) >= 10**15:
        raise NotAValue(f"{_quoted(shown)} is beyond any price")
    return int(fen)


def _decimals(digits: str) -> int:
    return len(digits.partition(".")[2])


def _quoted(text: str) -> str:
    return f"“{text[:40]}”"
