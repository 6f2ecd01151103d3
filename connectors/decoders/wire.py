"""Reads protobuf's wire format, without a schema.

A reader of our own, because captured frames drift: the same field comes as a number in one
year and as a string in the next, or two schemas share a message name. A compiled schema holds
one of them, and gives up a whole message for one bad string; this keeps what can be read, passes
over fields that nobody asks for, and answers “unknown” where a field has another type than
expected. It allocates no more than its input.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

__all__ = ["Message", "parse"]

#: Message of one message that are looked at; real ones have a few hundred.
MAX_FIELDS = 100_000
_VARINT, _FIXED64, _BYTES, _GROUP, _GROUP_END, _FIXED32 = range(6)
#: Digits of an unsigned 64-bit number.
_MAX_DIGITS = 20


class Message:
    """The fields of one message by number; each holds its values in the order of the wire."""

    __slots__ = ("_values", "whole")

    def __init__(self) -> None:
        self._values: dict[int, list[int | bytes]] = {}
        self.whole = True
        """The bytes were a message to their end. What was read before a fault is kept."""

    def __bool__(self) -> bool:
        return bool(self._values)

    def __contains__(self, number: int) -> bool:
        return number in self._values

    def numbers(self) -> set[int]:
        """The numbers of the fields that are there."""
        return set(self._values)

    def integer(self, number: int) -> int | None:
        """A number, also one that is written as digits; ``None``: not there, or no number."""
        value = self._last(number)
        if isinstance(value, bytes):
            return int(value) if value.isdigit() and len(value) <= _MAX_DIGITS else None
        return value

    def text(self, number: int) -> str | None:
        """A string; bytes that are no UTF-8 in it are replaced."""
        value = self._last(number)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else None

    def key(self, number: int) -> str | None:
        """An identifier, number or string; ``None`` for zero and the empty string."""
        return _key(self._last(number))

    def keys(self, number: int) -> list[str]:
        """Identifiers: numbers one by one or packed, or strings."""
        found: list[str | None] = []
        for value in self._values.get(number, ()):
            if isinstance(value, bytes) and not value.isascii():
                found += map(_key, _packed(value))
            else:
                found.append(_key(value))
        return [key for key in found if key]

    def data(self, number: int) -> bytes | None:
        """The bytes of a field."""
        value = self._last(number)
        return value if isinstance(value, bytes) else None

    def message(self, number: int) -> Message:
        """A message in this one; without fields where there is none."""
        value = self._last(number)
        return parse(value) if isinstance(value, bytes) else Message()

    def messages(self, number: int) -> list[Message]:
        """All messages of a repeated field."""
        return [parse(value) for value in self._values.get(number, ()) if isinstance(value, bytes)]

    def datas(self, number: int) -> list[bytes]:
        """All bytes of a repeated field."""
        return [value for value in self._values.get(number, ()) if isinstance(value, bytes)]

    def all_data(self) -> list[bytes]:
        """The bytes of all fields, by their number."""
        return [
            value
            for _, values in sorted(self._values.items())
            for value in values
            if isinstance(value, bytes)
        ]

    def _last(self, number: int) -> int | bytes | None:
        # Of a field that is given twice, the last one counts.
        values = self._values.get(number)
        return values[-1] if values else None


def parse(data: bytes) -> Message:
    """The fields of a message.

    >>> parse(b"\\x08\\x96\\x01\\x12\\x02hi").integer(1)
    150
    >>> parse(b"\\x12\\x05hi").whole
    False
    """
    message = Message()
    try:
        message.whole = _fill(message._values, data)
    except IndexError:
        message.whole = False
    return message


def _fill(values: dict[int, list[int | bytes]], data: bytes) -> bool:
    """Reads the fields of a message; false where it is broken.

    Raises:
        IndexError: it is cut off.
    """
    at, end, left = 0, len(data), MAX_FIELDS
    while at < end:
        left -= 1
        tag = data[at]
        at += 1
        if tag > 0x7F:
            tag, at = _varint(data, at - 1)
        number, kind = tag >> 3, tag & 7
        value: int | bytes
        if kind == _BYTES:
            size = data[at]
            at += 1
            if size > 0x7F:
                size, at = _varint(data, at - 1)
            value = data[at : at + size]
            at += size
        elif kind == _VARINT:
            value = data[at]
            at += 1
            if value > 0x7F:
                value, at = _varint(data, at - 1)
        elif kind in (_FIXED32, _FIXED64):
            width = 4 if kind == _FIXED32 else 8
            value = int.from_bytes(data[at : at + width], "little")
            at += width
        elif kind == _GROUP:
            at = _after_group(data, at)
            continue
        else:
            return False
        # A slice never fails: what reaches past the end is cut off.
        if at > end or not number or not left:
            return False
        values.setdefault(number, []).append(value)
    return at == end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to 64 bits, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise IndexError


def _after_group(data: bytes, at: int) -> int:
    """The place behind a group, an old form that nothing here needs."""
    depth = 1
    while depth:
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind == _BYTES:
            size, at = _varint(data, at)
            at += size
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        elif kind in (_GROUP, _GROUP_END):
            depth += 1 if kind == _GROUP else -1
        else:
            raise IndexError
    return at


def _packed(data: bytes) -> list[int]:
    """The numbers of a packed field; none where it is something else."""
    found, at = [], 0
    try:
        while at < len(data):
            value, at = _varint(data, at)
            found.append(value)
    except IndexError:
        return []
    return found


def _key(value: int | bytes | None) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")[:256] or None
    return str(value) if value else None
