"""JSON as pages are answered: also wrapped in a callback, and with ids that a browser has rounded."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from connectors.decoders.whole import BAD_JSON

__all__ = ["loads", "rounded_by_browser"]

#: Whole numbers beyond this are rounded by JavaScript.
MAX_SAFE = 2**53
_JSON = msgspec.json.Decoder(Any)
_CALLBACK = re.compile(rb"\A\s*[\w$.]{1,100}\s*\(")


def loads(data: bytes) -> Any:
    """The JSON value, also of JSONP (`callback({…})`); ``None`` for what is no JSON.

    >>> loads(b'mtopjsonp3({"a": 1});')
    {'a': 1}
    """
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    match = _CALLBACK.match(data[:128]) if not data.startswith((b"{", b"[")) else None
    if match is not None:
        data = data[match.end() :].rstrip(b"; \r\n\t").removesuffix(b")")
    try:
        return _JSON.decode(data)
    except BAD_JSON:
        return None


def rounded_by_browser(key: str | None) -> bool:
    """May a numeric id have lost its last digits in JavaScript, so that two ids became one?

    True of numbers beyond 2^53 that a double holds exactly: of true ids of 19 digits, one in
    a thousand looks so by chance.

    >>> rounded_by_browser("7412345678901234688"), rounded_by_browser("7412345678901234567")
    (True, False)
    """
    if key is None or not key.isascii() or not key.isdigit() or len(key) > 25:
        return False
    number = int(key)
    return number > MAX_SAFE and int(float(number)) == number
