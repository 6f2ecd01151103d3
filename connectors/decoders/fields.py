"""A JSON object of a platform, read field by field.

Platforms change the type of a field without a word: a number comes as text, an object as `null`,
a list as an object. Each field is read by itself, so that one that changed costs only itself.
What is missing or of no use is ``None``: unknown.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.decoders.whole import BAD_JSON
from connectors.errors import DecodeError, NotAValue
from connectors.numbers import Amount, Count, parse_amount, parse_count
from detectors.events import EARLIEST_MS, LATEST_MS, MAX_COUNT, MAX_FEN

__all__ = ["MAX_ID", "Fields", "id_of", "millis", "text_of"]

#: Longest id of a platform that is taken as it is, in characters.
MAX_ID = 128
_JSON = msgspec.json.Decoder(Any)


class Fields:
    """An object; what is no object has no fields."""

    __slots__ = ("values",)

    def __init__(self, values: object) -> None:
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}

    @classmethod
    def read(cls, data: bytes | str) -> Fields:
        """The object in a JSON text.

        Raises:
            DecodeError: no JSON, or no object.
        """
        try:
            value = _JSON.decode(data.removeprefix(BOM_UTF8) if isinstance(data, bytes) else data)
        except BAD_JSON as error:
            raise DecodeError(f"no JSON: {error}") from error
        if not isinstance(value, dict):
            raise DecodeError("JSON, but no object")
        return cls(value)

    def __bool__(self) -> bool:
        return bool(self.values)

    def get(self, *names: str) -> Any:
        """The first of these fields that is there; a dot goes into an object."""
        values = self.values
        for name in names:
            if "." not in name:
                value = values.get(name)
            else:
                value = values
                for step in name.split("."):
                    value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                return value
        return None

    def inner(self, *names: str) -> Fields:
        """An object in the object, empty where there is none."""
        return Fields(self.get(*names))

    def each(self, *names: str) -> Iterator[Fields]:
        """The objects of a list."""
        value = self.get(*names)
        if isinstance(value, list):
            yield from (Fields(item) for item in value if isinstance(item, dict))

    def text(self, *names: str) -> str | None:
        """A text, also an empty one; a number as it is written."""
        return text_of(self.get(*names))

    def some_text(self, *names: str) -> str | None:
        """The first of these texts that is not blank."""
        for name in names:
            text = text_of(self.get(name))
            if text and not text.isspace():
                return text
        return None

    def id(self, *names: str) -> str | None:
        """An id of the platform; 0 and nothing are none."""
        for name in names:
            found = id_of(self.get(name))
            if found is not None:
                return found
        return None

    def integer(self, *names: str) -> int | None:
        """A whole number, also one in digits."""
        value = self.get(*names)
        if isinstance(value, bool):
            return None
        if isinstance(value, int):
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
            return int(value[:20])
        return None

    def count(self, *names: str) -> Count | None:
        """A number that the platform shows, exact or rounded (“1.2万”)."""
        number = self.integer(*names)
        if number is not None:
            return Count(number, number) if 0 <= number <= MAX_COUNT else None
        text = self.some_text(*names)
        try:
            return parse_count(text) if text else None
        except NotAValue:
            return None

    def yuan(self, *names: str) -> Amount | None:
        """A price in yuan, as a text or a whole number."""
        text = self.some_text(*names)
        if text is None:
            value = self.get(*names)
            # A number with a point: its shortest notation is what the sender wrote.
            text = repr(value) if isinstance(value, float) else None
        try:
            return parse_amount(text) if text else None
        except NotAValue:
            return None

    def fen(self, *names: str) -> int | None:
        """A price in 分."""
        number = self.integer(*names)
        return number if number is not None and 0 <= number <= MAX_FEN else None

    def millis(self, *names: str) -> int | None:
        """A time in ms; the first of these that is one."""
        for name in names:
            found = millis(self.get(name))
            if found is not None:
                return found
        return None


def text_of(value: object) -> str | None:
    """A text, also an empty one; a number as it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def id_of(value: object) -> str | None:
    """An id of the platform; 0, nothing and what is too long for one are none."""
    if value is None:
        return None
    text = text_of(value)
    return text if text and text != "0" and len(text) <= MAX_ID else None


def millis(value: object) -> int | None:
    """A time in ms since the epoch from one in s, ms, µs or ns, told apart by its size; ``None``
    for 0 and nonsense.

    >>> millis(1788262200), millis("1788262200123"), millis(0), millis(True)
    (1788262200000, 1788262200123, None, None)
    >>> millis(1788262200.123), millis(1788262200123456)
    (1788262200123, 1788262200123)
    """
    if value is None:
        return None
    if type(value) is int:
        # The two usual units first; the ranges of all four lie apart.
        if EARLIEST_MS <= value <= LATEST_MS:
            return value
        if EARLIEST_MS <= value * 1_000 <= LATEST_MS:
            return value * 1_000
    elif isinstance(value, str):
        text = value.strip()
        if not text.isascii() or not text.isdigit() or len(text) > 20:
            return None
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    for factor, divisor in ((1_000, 1), (1, 1), (1, 1_000), (1, 1_000_000)):
        if EARLIEST_MS * divisor <= value * factor <= LATEST_MS * divisor:
            scaled = value * factor
            # Browsers write seconds with a fraction.
            return round(scaled) if isinstance(scaled, float) else scaled // divisor
    return None
