"""The tables that reading needs, compiled into one buffer of named sections: mapped, not built.

A section is text, numbers or an automaton as bytes, never code: an image that somebody tampered with
can make a table wrong, and is refused by its checksum before, but it cannot run anything. Where the
buffer comes from (a file that is mapped, or memory) is the caller's affair.

Layout: `MAGIC`; the length of the directory (4 bytes, little-endian); the directory, a
MessagePack map from a section's name to its offset and length in bytes; the sections, each at a
multiple of 8 bytes. Offsets count from the begin of the buffer. Numbers in
sections are in the byte order of the machine, which made the image for itself.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Literal, TypeVar, overload

import msgspec

__all__ = [
    "Image",
    "ImageError",
    "Sections",
    "Texts",
    "numbers",
    "packed",
    "prefixed",
    "taken_over",
    "texts",
]

MAGIC = b"livewatch image 1\n"
_ALIGNED = 8
#: The section that says of what those beside it were made, and the bytes of such a digest.
_MADE_OF, _DIGEST = "made_of", 20
#: Parts what something was made of: folded texts have none.
_PART = "\x00"
#: Unsigned numbers, by their bytes.
_CODES: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}
T = TypeVar("T")

Sections = dict[str, bytes]
"""Sections by name, before they are packed."""


class ImageError(ValueError):
    """A buffer that is no image, or an image without what it should have."""


class Texts(Sequence[str]):
    """Texts that are made when they are asked for: of many only few are."""

    def __init__(self, ends: memoryview, letters: memoryview) -> None:
        """
        Args:
            ends: where each ends among the letters.
            letters: of all, in UTF-8.
        """
        self._ends = ends
        self._letters = letters

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        ends = self._ends
        end = ends[place]
        start = ends[place - 1] if place % len(ends) else 0
        return str(self._letters[start:end], "utf-8")

    def __len__(self) -> int:
        return len(self._ends)


class Image:
    """Named sections, read where they lie."""

    def __init__(
        self,
        sections: Mapping[str, bytes | memoryview],
        copied: Callable[[memoryview], None] | None = None,
    ) -> None:
        self._sections = sections
        self._copied = copied

    @classmethod
    def of(
        cls, buffer: bytes | memoryview, copied: Callable[[memoryview], None] | None = None
    ) -> Image:
        """The image in a buffer, which stays in use.

        Args:
            copied: told of a section that was copied, so that it need not stay in memory, too.

        Raises:
            ImageError: there is none.
        """
        view = memoryview(buffer)
        begin = len(MAGIC) + 4
        if bytes(view[: len(MAGIC)]) != MAGIC:
            raise ImageError("no image, or one of another version")
        size = int.from_bytes(view[len(MAGIC) : begin], "little")
        try:
            directory = msgspec.msgpack.decode(
                view[begin : begin + size], type=dict[str, tuple[int, int]]
            )
        except msgspec.MsgspecError as error:
            raise ImageError(f"the directory cannot be read: {error}") from error
        for name, (offset, length) in directory.items():
            if not begin + size <= offset <= offset + length <= len(view):
                raise ImageError(f"section {name!r} lies outside")
        return cls(
            {name: view[offset : offset + length] for name, (offset, length) in directory.items()},
            copied,
        )

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def under(self, prefix: str) -> Image:
        """The sections of which the names begin with `prefix` and a dot, by the rest of their names."""
        start = f"{prefix}."
        return Image(
            {
                name.removeprefix(start): section
                for name, section in self._sections.items()
                if name.startswith(start)
            },
            self._copied,
        )

    def all(self) -> Sections:
        """All sections as bytes, by their names."""
        return {name: self.copied(name) for name in self._sections}

    def view(self, name: str) -> memoryview:
        """A section, where it lies.

        Raises:
            ImageError: there is no such section; so of all that follow.
        """
        return memoryview(self._section(name))

    def copied(self, name: str) -> bytes:
        """A section as bytes."""
        section = self._section(name)
        whole = bytes(section)
        if self._copied is not None and isinstance(section, memoryview):
            self._copied(section)
        return whole

    def texts(self, name: str) -> Texts:
        """A section that `texts` made, read where it lies."""
        section = memoryview(self._section(name))
        letters = int.from_bytes(section[:_ALIGNED], "little")
        if not _ALIGNED <= letters <= len(section):
            raise ImageError(f"section {name!r} has no texts")
        ends = Image({name: section[_ALIGNED:letters]}).numbers(name)
        return Texts(ends, section[letters:])

    def numbers(self, name: str) -> memoryview:
        """A section that `numbers` made, where it lies."""
        section = memoryview(self._section(name))
        if not len(section):
            return section
        code = _CODES.get(section[0])
        if code is None or (len(section) - _ALIGNED) % section[0]:
            raise ImageError(f"section {name!r} has no numbers")
        return section[_ALIGNED:].cast(code)

    def decoded(self, name: str, kind: type[T]) -> T:
        """A section in MessagePack."""
        try:
            return msgspec.msgpack.decode(self._section(name), type=kind)
        except msgspec.MsgspecError as error:
            raise ImageError(f"section {name!r}: {error}") from error

    def _section(self, name: str) -> bytes | memoryview:
        section = self._sections.get(name)
        if section is None:
            raise ImageError(f"there is no section {name!r}")
        return section


def packed(sections: Mapping[str, bytes]) -> bytes:
    """Sections as the bytes of an image."""
    offsets: dict[str, tuple[int, int]] = {}
    # Numbers in the directory have a size of their own: it is made again until they fit.
    begin = 0
    while True:
        offset = _aligned(begin)
        for name, section in sections.items():
            offsets[name] = offset, len(section)
            offset = _aligned(offset + len(section))
        directory = msgspec.msgpack.encode(offsets)
        needed = len(MAGIC) + 4 + len(directory)
        if needed <= begin:
            break
        begin = needed
    image = bytearray(offset)
    image[: len(MAGIC)] = MAGIC
    image[len(MAGIC) : len(MAGIC) + 4] = len(directory).to_bytes(4, "little")
    image[len(MAGIC) + 4 : needed] = directory
    for name, section in sections.items():
        start, length = offsets[name]
        image[start : start + length] = section
    return bytes(image)


def prefixed(prefix: str, sections: Mapping[str, bytes]) -> Sections:
    """Sections for `Image.under`."""
    return {f"{prefix}.{name}": section for name, section in sections.items()}


def taken_over(
    earlier: Image | None, name: str, sources: Iterable[Iterable[str]], make: Callable[[], Sections]
) -> Sections:
    """Sections for `Image.under`, made now unless an earlier image has those of the same sources.

    Args:
        earlier: made by the same code.
        name: under which they stand in an image.
        sources: all that `make` reads, in an order of its own.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for source in sources:
        digest.update(f"{_PART.join(source)}{_PART * 2}".encode())
    made_of = digest.digest()
    if earlier is not None:
        before = earlier.under(name)
        if _MADE_OF in before and before.copied(_MADE_OF) == made_of:
            return prefixed(name, before.all())
    return prefixed(name, {**make(), _MADE_OF: made_of})


def texts(listed: Iterable[str]) -> bytes:
    """A section of texts: where their letters begin, where those of each end, and the letters."""
    encoded = [text.encode() for text in listed]
    ends = numbers(accumulate(map(len, encoded)))
    return b"".join([(_ALIGNED + len(ends)).to_bytes(_ALIGNED, "little"), ends, *encoded])


def numbers(listed: Iterable[int]) -> bytes:
    """A section of whole numbers from 0 to 2**64 - 1, each in as few bytes as the greatest needs."""
    values = array("Q", listed)
    if not values:
        return b""
    bits = max(values).bit_length()
    size = next(size for size in _CODES if bits <= 8 * size)
    return bytes([size]) + bytes(_ALIGNED - 1) + array(_CODES[size], values).tobytes()


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNED) * _ALIGNED
