"""Licence numbers and codes of invented firms whose check digits are right."""

from __future__ import annotations

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def sc(body: str) -> str:
    """食品生产许可证编号 of 13 digits and the check digit of GB/T 17710 (MOD 11,10)."""
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return f"SC{body}{(11 - product) % 10}"


def uscc(body: str) -> str:
    """统一社会信用代码 of 17 characters and the check character of GB 32100-2015."""
    total = sum(_USCC.index(c) * pow(3, n, 31) for n, c in enumerate(body))
    return body + _USCC[-total % 31]
