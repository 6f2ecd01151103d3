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
from detectors.events import MAX_COUNT, MAX_FEN

__all__ = ["Amount", "Count", "count_of", "parse_amount", "parse_count"]

#: Longest cell that is looked at, in characters.
MAX_CELL = 80
_FULLWIDTH = str.maketrans("０１２３４５６７８９．，＋－～＄（）／　", "0123456789.,+-~$()/ ")
_SCALES = {
    "": 1, "千": 10**3, "k": 10**3, "万": 10**4, "萬": 10**4, "w": 10**4,
    "百万": 10**6, "m": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?|\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})\s{0,8}(百万|千万|[千kKwWmM万萬亿億])?"
# "?" is what character recognition makes of a yen sign.
_SIGN = r"(?:[¥￥?？]|rmb|cny|人民币)?"
_YUAN = r"(?:元|块钱|块|rmb|cny)?"
_DASH = r"(?:-|–|—|~|〜|至|到)"
_AMOUNT = re.compile(
    rf"{_SIGN}\s{{0,8}}{_NUMBER}\s{{0,8}}{_YUAN}"
    rf"(?:\s{{0,8}}{_DASH}\s{{0,8}}{_SIGN}\s{{0,8}}{_NUMBER}\s{{0,8}}{_YUAN})?"
    r"\s{0,8}(起|\+|以上|左右)?\s{0,8}(?:[/每]\s{0,8}(\S{1,20}))?",
    re.IGNORECASE,
)
_COUNTED = r"\s{0,8}[件单个人份瓶盒台套袋支箱次]?"
_COUNT = re.compile(
    rf"(?:已售|已拼|销量|库存|月销|剩余?|仅剩|超过?|约)?\s{{0,8}}(?:[:：])?\s{{0,8}}{_NUMBER}\s{{0,8}}(\+|以上|多)?\s{{0,8}}(\+)?"
    rf"{_COUNTED}(?:付款|想买|已买|在看|观看)?\s{{0,8}}(\+)?",
    re.IGNORECASE,
)
#: Most amounts and counts of live rooms, read in a tenth of the time: “39.9”, “482913”, “12.3万”. They
#: are so short that no bound is passed.
_PLAIN_AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")
_PLAIN_COUNT = re.compile(r"([0-9]{1,11})(?:(?:\.([0-9]{1,4}))?(万))?")
_PLACES = 4
#: Buckets of exported tables: “100-250”, “1万~2.5万”, “50以下”, “<50”.
_BUCKET = re.compile(rf"{_NUMBER}\s{{0,8}}{_DASH}\s{{0,8}}{_NUMBER}{_COUNTED}", re.IGNORECASE)
_BELOW = re.compile(
    rf"(?:[<＜≤]\s{{0,8}}{_NUMBER}|{_NUMBER}\s{{0,8}}(?:以下|以内)){_COUNTED}", re.IGNORECASE
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
    if (plain := _PLAIN_AMOUNT.fullmatch(text)) is not None:
        return Amount(int(plain[1]) * 100 + int((plain[2] or "").ljust(2, "0")))
    shown = text.strip()
    cell = _cell(shown)
    match = _AMOUNT.fullmatch(cell)
    if match is None:
        raise NotAValue(f"{_quoted(shown)} is no price in yuan")
    first, first_scale, last, last_scale, tail, unit = match.groups()
    if last:
        first_scale = first_scale or _shared_scale(first, last, last_scale)
    low = _fen(first, first_scale, shown)
    high = _fen(last, last_scale, shown) if last else None
    if high is not None and high < low:
        low, high = high, low
    exact = high is None and not tail and not first_scale
    return Amount(low, high, exact, "" if exact else shown, unit)


def count_of(shown: int | str) -> Count:
    """A count that is a number, or is displayed.

    Raises:
        NotAValue: no count.
    """
    if isinstance(shown, int) and 0 <= shown <= MAX_COUNT:
        return Count(shown, shown)
    return parse_count(str(shown))


def parse_count(text: str) -> Count:
    """A count as displayed.

    >>> parse_count("1.2万"), parse_count("1万+"), parse_count("1,234件")
    (Count(low=12000, high=12999), Count(low=10000, high=None), Count(low=1234, high=1234))
    >>> parse_count("1-2.5万"), parse_count("100-1.5万").low, parse_count("50以下")
    (Count(low=10000, high=25000), 100, Count(low=0, high=50))

    Raises:
        NotAValue: no count.
    """
    if (plain := _PLAIN_COUNT.fullmatch(text)) is not None:
        return _plain_count(*plain.groups())
    shown = text.strip()
    cell = _cell(shown)
    match = _COUNT.fullmatch(cell)
    if match is None and (bucket := _BUCKET.fullmatch(cell)):
        first, first_scale, last, last_scale = bucket.groups()
        first_scale = first_scale or _shared_scale(first, last, last_scale)
        ends = _whole(first, first_scale, shown), _whole(last, last_scale, shown)
        return Count(min(ends), max(ends))
    if match is None and (below := _BELOW.fullmatch(cell)):
        return Count(0, _whole(below[1] or below[3], below[2] or below[4], shown))
    if match is None:
        raise NotAValue(f"{_quoted(shown)} is no count")
    digits, scale, *more = match.groups()
    low = _whole(digits, scale, shown)
    if any(more):
        return Count(low, None)
    # The last digit shown is worth this much; the platform cut off what is smaller.
    step = _SCALES[(scale or "").lower()] // 10 ** _decimals(digits)
    return Count(low, low + max(step, 1) - 1)


def _plain_count(whole: str, places: str | None, scale: str | None) -> Count:
    if scale is None:
        return Count(int(whole), int(whole))
    places = places or ""
    step = 10 ** (_PLACES - len(places))
    low = int(whole + places) * step
    return Count(low, low + step - 1)


def _whole(digits: str, scale: str | None, shown: str) -> int:
    number = Decimal(digits.replace(",", "")) * _SCALES[(scale or "").lower()]
    if number != int(number):
        raise NotAValue(f"{_quoted(shown)} is no whole number")
    if number > MAX_COUNT:
        raise NotAValue(f"{_quoted(shown)} is beyond any count")
    return int(number)


def _shared_scale(first: str, last: str, scale: str | None) -> str | None:
    """“1-2万” means 1万 to 2万, but “100-1.5万” begins at a hundred."""
    smaller = Decimal(first.replace(",", "")) < Decimal(last.replace(",", ""))
    return scale if smaller else None


def _cell(text: str) -> str:
    if len(text) > MAX_CELL:
        raise NotAValue(f"a cell of {len(text)} characters is no number")
    return text.translate(_FULLWIDTH)


def _fen(digits: str, scale: str | None, shown: str) -> int:
    fen = Decimal(digits.replace(",", "")) * _SCALES[(scale or "").lower()] * 100
    if fen != int(fen):
        raise NotAValue(f"{_quoted(shown)} has a fraction of a 分")
    if fen > MAX_FEN:
        raise NotAValue(f"{_quoted(shown)} is beyond any price")
    return int(fen)


def _decimals(digits: str) -> int:
    return len(digits.partition(".")[2])


def _quoted(text: str) -> str:
    return f"“{text[:40]}”"
