"""Reads protobuf's wire format, without a schema of the messages.

Captured frames drift: the same field comes as a number in one year and as a string in the next,
or two schemas share a message's name. A schema holds one of them, and gives up a whole message
for one bad string. So the protobuf library reads every message by descriptors of our own, in
which a field is a number or bytes and nothing else: what is of another type is passed over, and
looked for by a second descriptor where it is missed. Each message inside a message is read by
itself: where it is broken, only it is.

A `Shape` reads the fields of frequent messages at once; a `Message` is asked field by field. The
C code of the library reads a message in a third of a microsecond; a reader in Python took a
quarter of a microsecond for each field, of which a person's profile has dozens.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Literal, Union

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

__all__ = ["Form", "Kind", "Message", "Shape", "key_of", "parse", "text_in"]

#: What a field should be: bytes (a text or a message, too), a number, an id that is a number, an
#: id that is a text. A number may also come in digits, and an id as the other of its two.
Kind = Literal["bytes", "number", "numeric id", "textual id"]
#: What a field of a `Form` should be: a number, a text that is UTF-8, bytes, those of each time that
#: the field is given, a message.
Part = Union[Literal["number", "text", "bytes", "all bytes"], "Form"]

#: Numbers of the fields that a `Message` can be asked for; what has another number is passed over.
FIELDS = (*range(1, 64), 1028)
#: Fields of a broken message that are looked at; real ones have a few hundred.
MAX_FIELDS = 100_000
#: Largest number of a field.
MAX_NUMBER = 2**29 - 1
#: Types of a field on the wire.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
#: Bytes of a tag or a length, and of any other number.
_MAX_SHORT, _MAX_LONG = 5, 10
#: Digits of an unsigned 64-bit number.
_MAX_DIGITS = 20
_TYPE = descriptor_pb2.FieldDescriptorProto
_PART_TYPES = {
    "number": _TYPE.TYPE_UINT64, "text": _TYPE.TYPE_STRING,
    "bytes": _TYPE.TYPE_BYTES, "all bytes": _TYPE.TYPE_BYTES,
}  # fmt: skip


def _class(fields: Iterable[tuple[str, int, bool]], *, repeated: bool = False) -> Any:
    """A message class of the library.

    Args:
        fields: name and number of each, and whether it is a number; else it is bytes.
    """
    file = descriptor_pb2.FileDescriptorProto(name="wire.proto", package="wire", syntax="proto2")
    message = file.message_type.add(name="Fields")
    for name, number, is_number in fields:
        message.field.add(
            name=name,
            number=number,
            type=_TYPE.TYPE_UINT64 if is_number else _TYPE.TYPE_BYTES,
            label=_TYPE.LABEL_REPEATED if repeated else _TYPE.LABEL_OPTIONAL,
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("wire.Fields"))


def _read(fields: Any, data: bytes) -> tuple[Any, bytes]:
    """What a class reads of a message, and the bytes that it read: of a broken message, those
    before the fault."""
    try:
        return fields.FromString(data), data
    except DecodeError:
        # The library stops somewhere behind the fault: a number that is cut off would be read.
        data = data[: _end_of_whole_fields(data)]
    try:
        return fields.FromString(data), data
    except DecodeError:
        return fields(), b""


class Shape:
    """Fields of a kind of message that are read together.

    >>> shape = Shape(count=(1, "number"), name=(2, "bytes"), id=(3, "numeric id"))
    >>> shape.read(b"\\x08\\x96\\x01\\x12\\x02hi")
    (150, b'hi', None)
    >>> shape.read(b"\\x1a\\x02x7")
    (None, None, b'x7')
    """

    def __init__(self, **fields: tuple[int, Kind]) -> None:
        """
        Args:
            fields: the number of each and what it should be, by a name that says what it is.
        """
        kinds = [
            (name, number, kind in ("number", "numeric id"))
            for name, (number, kind) in fields.items()
        ]
        self._expected = _class(kinds)
        self._others = _class((name, number, not is_number) for name, number, is_number in kinds)
        self._kinds = [(name, kind) for name, (_, kind) in fields.items()]
        values = attrgetter(*fields)
        self._values = values if len(fields) > 1 else lambda found: (values(found),)

    def read(self, data: bytes) -> tuple[Any, ...]:
        """The value of each field in the order of the shape; ``None``: not there, or something else.

        A number is an ``int``, an id an ``int`` or bytes; of a field that is given twice, the last
        one counts. Of a broken message, what stands before the fault.
        """
        return self.read_checked(data)[0]

    def read_checked(self, data: bytes) -> tuple[tuple[Any, ...], bool]:
        """What `read` gives, and whether the bytes are a message to their end."""
        try:
            found, readable = self._expected.FromString(data), data
        except DecodeError:
            found, readable = _read(self._expected, data)
        values = self._values(found)
        if not all(values):
            values = self._completed(found, values, readable)
        return values, readable is data

    def _completed(self, found: Any, values: tuple[Any, ...], data: bytes) -> tuple[Any, ...]:
        """The values, with what was given as zero or empty told from what was not given."""
        others, _ = _read(self._others, data)
        completed: list[Any] = []
        for value, (name, kind) in zip(values, self._kinds, strict=True):
            if value or found.HasField(name):
                completed.append(value)
            elif kind == "bytes" or not others.HasField(name):
                completed.append(None)
            else:
                other = getattr(others, name)
                completed.append(_number_in(other) if kind == "number" else other)
        return tuple(completed)


class Form:
    """A kind of message with the messages inside it, read at once where all is as expected.

    What `read` gives has the fields by name: a number that is not there is 0, a text empty, and a
    message inside stands in a list, of which the last one counts.

    >>> person = Form(name=(1, "text"))
    >>> line = Form(user=(1, person), words=(2, "text")).read(b"\\x0a\\x04\\x0a\\x02hi\\x12\\x02yo")
    >>> line.user[-1].name, line.words
    ('hi', 'yo')
    >>> person.read(b"\\x0a\\x02\\xff\\xff")
    """

    def __init__(self, **parts: tuple[int, Part]) -> None:
        """
        Args:
            parts: the number of each field and what it should be.
        """
        self._parts = parts
        file = descriptor_pb2.FileDescriptorProto(
            name="form.proto", package="form", syntax="proto3"
        )
        self._describe(file, "Form")
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        form = pool.FindMessageTypeByName("form.Form")
        self._from_bytes = message_factory.GetMessageClass(form).FromString

    def read(self, data: bytes) -> Any | None:
        """The fields; ``None`` where the message, one inside it or a text is broken: it is then to
        be read field by field."""
        try:
            return self._from_bytes(data)
        except DecodeError:
            return None

    def _describe(self, file: Any, name: str) -> None:
        message = file.message_type.add(name=name)
        for field, (number, part) in self._parts.items():
            described = message.field.add(name=field, number=number)
            if isinstance(part, Form):
                described.type_name = f".form.{name}_{field}"
                part._describe(file, f"{name}_{field}")
            repeated = isinstance(part, Form) or part == "all bytes"
            described.type = _TYPE.TYPE_MESSAGE if isinstance(part, Form) else _PART_TYPES[part]
            described.label = _TYPE.LABEL_REPEATED if repeated else _TYPE.LABEL_OPTIONAL


_NUMBER_OF_EACH, _BYTES_OF_EACH = (
    _class((f"f{number}", number, is_number) for number in FIELDS) for is_number in (True, False)
)
_NUMBERS_OF_EACH, _ALL_BYTES_OF_EACH = (
    _class(((f"f{number}", number, is_number) for number in FIELDS), repeated=True)
    for is_number in (True, False)
)
_NOTHING = _class(())
_NAMES = {number: f"f{number}" for number in FIELDS}
_VALUE = {number: attrgetter(name) for number, name in _NAMES.items()}


class Message:
    """The fields of one message by number; of a field that is given twice, the last one counts.

    A field that is given as a number and as bytes is both.
    """

    __slots__ = ("_all_bytes", "_bytes", "_data", "_numbers", "_whole")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._whole = True
        self._numbers: Any = None
        self._bytes: Any = None
        self._all_bytes: Any = None

    def __len__(self) -> int:
        """How many bytes it has, whatever they are."""
        return len(self._data)

    @property
    def raw(self) -> bytes:
        """What it was read from; once it is known to be broken, what stands before the fault."""
        return self._data

    @property
    def whole(self) -> bool:
        """The bytes are a message to their end. What stands before a fault is read."""
        if self._bytes is None and self._numbers is None:
            self._bytes = self._read(_BYTES_OF_EACH)
        return self._whole

    def numbers(self) -> set[int]:
        """The numbers of all fields, also of those that cannot be asked for."""
        return {field.field_number for field in UnknownFieldSet(self._read(_NOTHING))}

    def integer(self, number: int) -> int | None:
        """A number, also one that is written as digits; ``None``: not there, or no number."""
        found = self._number(number)
        return found if found is not None else _number_in(self.data(number) or b"")

    def text(self, number: int) -> str | None:
        """A string; bytes that are no UTF-8 in it are replaced."""
        value = self.data(number)
        return text_in(value) if value is not None else None

    def key(self, number: int) -> str | None:
        """An identifier, number or string; ``None`` for zero and the empty string."""
        return key_of(self._number(number) or self.data(number))

    def keys(self, number: int) -> list[str]:
        """Identifiers: numbers one by one or packed, or strings."""
        given = self.datas(number)
        if not given or not all(map(bytes.isascii, given)):
            given = _VALUE[number](self._read(_NUMBERS_OF_EACH))
        return [key for value in given if (key := key_of(value))]

    def data(self, number: int) -> bytes | None:
        """The bytes of a field."""
        given = self._bytes
        if given is None:
            given = self._bytes = self._read(_BYTES_OF_EACH)
        value: bytes = _VALUE[number](given)
        return value if value or given.HasField(_NAMES[number]) else None

    def message(self, number: int) -> Message:
        """A message in this one; without fields where there is none."""
        return Message(self.data(number) or b"")

    def messages(self, number: int) -> list[Message]:
        """All messages of a repeated field."""
        return [Message(value) for value in self.datas(number)]

    def datas(self, number: int) -> Sequence[bytes]:
        """All bytes of a repeated field."""
        given: Sequence[bytes] = _VALUE[number](self._all())
        return given

    def all_data(self) -> list[bytes]:
        """The bytes of all fields, by their number."""
        return [value for _, values in self._all().ListFields() for value in values]

    def _all(self) -> Any:
        if self._all_bytes is None:
            self._all_bytes = self._read(_ALL_BYTES_OF_EACH)
        return self._all_bytes

    def _number(self, number: int) -> int | None:
        given = self._numbers
        if given is None:
            given = self._numbers = self._read(_NUMBER_OF_EACH)
        value: int = _VALUE[number](given)
        return value if value or given.HasField(_NAMES[number]) else None

    def _read(self, fields: Any) -> Any:
        found, readable = _read(fields, self._data)
        if readable is not self._data:
            self._data, self._whole = readable, False
        return found


def parse(data: bytes) -> Message:
    """The fields of a message.

    >>> parse(b"\\x08\\x96\\x01\\x12\\x02hi").integer(1)
    150
    >>> parse(b"\\x12\\x05hi").whole
    False
    """
    return Message(data)


def _end_of_whole_fields(data: bytes) -> int:
    """How many bytes of a broken message stand before the fault, or before a group: an old form
    that nothing here needs."""
    at = end = 0
    try:
        for _ in range(MAX_FIELDS):
            tag, at = _varint(data, at, _MAX_SHORT)
            kind = tag & 7
            if kind == _BYTES:
                size, at = _varint(data, at, _MAX_SHORT)
                at += size
            elif kind == _VARINT:
                _, at = _varint(data, at, _MAX_LONG)
            elif kind in (_FIXED32, _FIXED64):
                at += 4 if kind == _FIXED32 else 8
            else:
                break
            if at > len(data) or not 0 < tag >> 3 <= MAX_NUMBER:
                break
            end = at
    except IndexError:
        pass
    return end


def _varint(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number, and the place behind it.

    Raises:
        IndexError: it is cut off, or has more bytes than `most`.
    """
    value = 0
    for place in range(most):
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise IndexError


def text_in(data: bytes) -> str:
    """The text of a field; bytes that are no UTF-8 in it are replaced."""
    return data.decode("utf-8", "replace")


def key_of(value: int | bytes | None) -> str | None:
    """An identifier as text; ``None`` for zero and the empty string."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")[:256] or None
    return str(value) if value else None


def _number_in(data: bytes) -> int | None:
    """The number that is written in digits."""
    return int(data) if data.isdigit() and len(data) <= _MAX_DIGITS else None
