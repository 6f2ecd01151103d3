"""Columns of tables that were not read: their headers, with the first values that stand in them.

Values of columns that by their name hold personal data are not shown, the others masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.privacy import mask

__all__ = ["Unread", "first_values"]

#: Headers that are remembered and that are named; values and characters of each.
MAX_COLUMNS, NAMED, VALUES, LONGEST = 200, 20, 3, 24
_PERSONAL = re.compile(
    r"收货|收件|姓名|电话|手机|联系|地址|省份|城市|区县|街道|身份证|证件|微信|邮箱|昵称|会员名|买家|用户|"
    r"留言|备注|账号|支付宝|\bname\b|phone|mobile|\btel|address|e-?mail|user|buyer|receiver|remark",
    re.IGNORECASE,
)
_PRICE = re.compile(r"价|金额|[¥￥]|price|amount", re.IGNORECASE)


class Unread:
    """The columns of one file or source, by header."""

    def __init__(self) -> None:
        self._columns: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._columns)

    def __str__(self) -> str:
        named = [
            f"{header} ({', '.join(values)})" if values else header
            for header, values in list(self._columns.items())[:NAMED]
        ]
        more = len(self._columns) - NAMED
        return ", ".join([*named, f"{more} more"] if more > 0 else named)

    def add(self, columns: Mapping[str, Sequence[str]]) -> list[str]:
        """Takes columns; returns the headers that are new."""
        new = [header for header in columns if header not in self._columns]
        new = new[: MAX_COLUMNS - len(self._columns)]
        for header in new:
            self._columns[header] = [*columns[header]]
        return new

    @property
    def prices(self) -> list[str]:
        """Headers that by their name hold prices."""
        return [header for header in self._columns if _PRICE.search(header)]

    @property
    def columns(self) -> dict[str, list[str]]:
        """First values by header."""
        return {header: [*values] for header, values in self._columns.items()}


def first_values(header: str, cells: Sequence[str]) -> list[str]:
    """The first distinct values of a column that may be shown.

    >>> first_values("直播专享价", ["¥39.9", "", "¥39.9", "¥49.9"])
    ['¥39.9', '¥49.9']
    >>> first_values("收货人", ["张三"])
    []
    """
    if _PERSONAL.search(header) and not _PRICE.search(header):
        return []
    found: dict[str, None] = {}
    for cell in cells:
        if text := " ".join(mask(cell).split()):
            found.setdefault(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
        if len(found) == VALUES:
            break
    return [*found]
