"""Reads a foreign ZIP of a bundle as what it is: hostile input.

Nothing is unpacked to the disk. What is refused is refused before a byte of it is inflated: names
that lead out of the folder, that differ in case alone or come twice, links and devices, encrypted
entries, entries that claim to unpack to more than they may, more entries than a bundle has, and bytes that
are of no entry.
While an entry is read its size is held to what it claims.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
import zlib
from itertools import combinations
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["BadBundle", "Limits", "Opened"]

BLOCK = 2**18
#: Id of the field that has sizes beyond 4 GB, and what stands in their place.
_ZIP64, _UNTOLD = 1, 2**32 - 1
#: Bytes of the ends of a ZIP: of 64 bits, what leads there, and the common one.
_ENDS = 56 + 20 + 22
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadBundle(Exception):
    """A file that is no bundle, or one that nobody should open."""


class Limits(Struct, frozen=True, kw_only=True):
    """What a bundle may be at most."""

    entries: int = 20_000
    total_bytes: int = 32 * 2**30
    ratio: int = 200
    """Times its packed size that an entry may unpack to, beyond `slack_bytes`."""
    slack_bytes: int = 2**20
    whole_bytes: int = 256 * 2**20
    """Of what is read as a whole: one file, or all that are looked at again."""
    packed_bytes: int = 16 * 2**30
    """Of the ZIP itself."""
    directory_bytes: int = 16 * 2**20
    """Of its directory, which is read before anything is known of it."""


class Opened:
    """An open bundle; a context manager."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        """
        Raises:
            BadBundle: it is no ZIP, or one that is refused.
            OSError: the file cannot be read, or is no regular file.
        """
        self._limits = limits or Limits()
        self._refuse_what_is_too_large(path)
        self._starts: dict[int, int] = {}
        """Where the packed bytes of an entry begin, by the place of its local header."""
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error) as error:
            raise BadBundle(f"it is no ZIP: {error}") from error
        try:
            self.name, self._entries = self._looked_at()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def _refuse_what_is_too_large(self, path: Path) -> None:
        """Before zipfile looks at it, which reads a device to its end and any directory whole."""
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is a folder, a device or a pipe, not a file", str(path))
        if found.st_size > self._limits.packed_bytes:
            raise BadBundle(
                f"it has {found.st_size:,} bytes, a bundle at most {self._limits.packed_bytes:,}"
            )
        with path.open("rb") as file:
            file.seek(max(0, found.st_size - _ENDS))
            end = file.read(_ENDS)
        if end[-22:-18] != b"PK\5\6" or end[-2:] != b"\0\0":
            raise BadBundle("it is no ZIP, is cut off, or has something behind its end")
        [size] = struct.unpack("<I", end[-10:-6])
        # Of sizes beyond 4 GB there are a second end and what leads to it before the first.
        if end[-42:-38] == b"PK\6\7":
            size = max(size, *struct.unpack("<Q", end[40:48])) if len(end) == _ENDS else _UNTOLD
        if size > self._limits.directory_bytes:
            raise BadBundle("its directory is larger than that of a bundle may be")

    @property
    def whole_bytes(self) -> int:
        """Bytes that may be kept of it in memory."""
        return self._limits.whole_bytes

    @property
    def paths(self) -> list[str]:
        """Files within the folder, sorted."""
        return sorted(self._entries)

    def size(self, path: str) -> int:
        """Bytes of a file, as the ZIP claims."""
        return self._entries[path].file_size

    def blocks(self, path: str) -> Iterator[bytes]:
        """The bytes of a file in pieces.

        Raises:
            BadBundle: it cannot be unpacked, or is not as long as it claims.
        """
        entry = self._entries[path]
        read = crc = 0
        try:
            for block in self._inflated(path, entry):
                read += len(block)
                crc = zlib.crc32(block, crc)
                if read > entry.file_size:
                    break
                yield block
        except (zlib.error, OSError) as error:
            raise BadBundle(f"{path} cannot be unpacked: {error}") from error
        if read != entry.file_size or crc != entry.CRC:
            raise BadBundle(f"{path} is not what the directory says: longer, shorter or changed")

    def _inflated(self, path: str, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """What the packed bytes of an entry give, all of which have to be used: zipfile stops where the
        directory says that the file ends, and what comes behind would be seen by nobody."""
        stored = entry.compress_type == zipfile.ZIP_STORED
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        for raw in self._packed(entry):
            if stored:
                yield raw
                continue
            left = raw
            while left and not inflater.eof:
                if block := inflater.decompress(left, BLOCK):
                    yield block
                left = inflater.unconsumed_tail
            if left or inflater.unused_data:
                raise BadBundle(f"behind the packed bytes of {path} there are others")
        if not stored:
            # Short input may be used up before all that it gives was taken.
            while not inflater.eof and (block := inflater.decompress(b"", BLOCK)):
                yield block
            if not inflater.eof:
                raise BadBundle(f"{path} cannot be unpacked: it breaks off")

    def _packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        file = self._file()
        place, left = self._starts[entry.header_offset], entry.compress_size
        while left:
            file.seek(place)
            raw = file.read(min(BLOCK, left))
            if not raw:
                raise BadBundle(f"{entry.filename} breaks off")
            place, left = place + len(raw), left - len(raw)
            yield raw

    def read(self, path: str) -> bytes:
        """A whole file.

        Raises:
            BadBundle: there is none, it is too large for that, or cannot be unpacked.
        """
        if path not in self._entries:
            raise BadBundle(f"there is no {path}")
        if self.size(path) > self._limits.whole_bytes:
            raise BadBundle(f"{path} is larger than it may be")
        return b"".join(self.blocks(path))

    def _file(self) -> IO[bytes]:
        if self._archive.fp is None:
            raise BadBundle("it is closed")
        return self._archive.fp

    def _looked_at(self) -> tuple[str, dict[str, zipfile.ZipInfo]]:
        entries = self._archive.infolist()
        limits = self._limits
        if not entries or len(entries) > limits.entries:
            raise BadBundle(
                f"a bundle has 1 to {limits.entries:,} files, this has {len(entries):,}"
            )
        if sum(entry.file_size for entry in entries) > limits.total_bytes:
            raise BadBundle("it claims to unpack to more than a bundle may have")
        found: dict[str, zipfile.ZipInfo] = {}
        folded: set[str] = set()
        tops: set[str] = set()
        for entry in entries:
            path = self._path(entry)
            if path.casefold() in folded:
                raise BadBundle(f"two files have the same name, or one but for case: {path!r}")
            folded.add(path.casefold())
            top, _, rest = path.partition("/")
            tops.add(top)
            if not rest or len(tops) > 1:
                raise BadBundle("a bundle is one folder with files in it")
            found[rest] = entry
        self._refuse_what_is_hidden(entries)
        return tops.pop(), found

    def _path(self, entry: zipfile.ZipInfo) -> str:
        name = entry.filename
        # `orig_filename` is what stands in the file: zipfile cuts names at a NUL and turns
        # separators of Windows.
        if name != entry.orig_filename or not name.isascii() or not name.isprintable():
            raise BadBundle(f"a name that is not plain: {entry.orig_filename!r}")
        path = PurePosixPath(name)
        if (
            name.endswith("/")
            or path.is_absolute()
            or str(path) != name
            or any(part in ("", ".", "..") or part.endswith((".", " ")) for part in path.parts)
            or any(char in name for char in '\\:*?"<>|')
        ):
            raise BadBundle(f"a name that leads elsewhere: {name!r}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise BadBundle(f"{name} is no ordinary file but a link or a device")
        if entry.comment or not _is_zip64(entry):
            raise BadBundle(f"beside {name} the directory has a comment or a field of its own")
        if entry.flag_bits & 0x1:
            raise BadBundle(f"{name} is encrypted")
        if entry.compress_type not in _METHODS:
            raise BadBundle(f"{name} is packed in a way that bundles do not use")
        most = entry.compress_size * self._limits.ratio + self._limits.slack_bytes
        if entry.file_size > most:
            raise BadBundle(f"{name} claims to unpack to {entry.file_size:,} bytes: a bomb")
        return name

    def _refuse_what_is_hidden(self, entries: list[zipfile.ZipInfo]) -> None:
        """Each byte is of one file or of the directory.

        Entries that share bytes make a bomb of a small file (Fifield 2019). What stands before, between or
        behind them no digest covers: a program that the same file is, too, or entries that tools find
        which do not go by the directory.
        """
        file = self._file()
        ends = 0
        for entry in sorted(entries, key=lambda one: one.header_offset):
            if entry.header_offset < ends:
                raise BadBundle(f"{entry.filename} lies over another file: a bomb")
            if entry.header_offset > ends:
                raise BadBundle(f"there are bytes before {entry.filename} that are of no file")
            file.seek(ends)
            # The local header has 30 bytes, then the name and what is beside it.
            head = file.read(30)
            if len(head) < 30 or head[:4] != b"PK\3\4":
                raise BadBundle(f"{entry.filename} is not where the directory says")
            name, extra = struct.unpack("<HH", head[26:])
            _refuse_another_header(entry, head, file.read(name), file.read(extra))
            ends += 30 + name + extra
            self._starts[entry.header_offset] = ends
            ends += entry.compress_size
            if entry.flag_bits & 0x8:
                ends += self._descriptor(file, ends, entry)
        file.seek(-22, os.SEEK_END)
        last = file.read()
        if ends != self._archive.start_dir or last[:4] != b"PK\5\6" or last[20:] != b"\0\0":
            raise BadBundle("there are bytes behind the last file that are of no file")

    @staticmethod
    def _descriptor(file: IO[bytes], start: int, entry: zipfile.ZipInfo) -> int:
        """Length of what says behind a file how long it was; 0: it is not there."""
        file.seek(start)
        found = file.read(24)
        for mark in (b"PK\7\x08", b""):
            for sizes in ("II", "QQ"):
                said = mark + struct.pack(
                    f"<I{sizes}", entry.CRC, entry.compress_size, entry.file_size
                )
                if found.startswith(said):
                    return len(said)
        return 0


def _is_zip64(entry: zipfile.ZipInfo) -> bool:
    """Are there, beside an entry of the directory, at most numbers that do not fit into it."""
    numbers = (entry.file_size, entry.compress_size, entry.header_offset)
    return not entry.extra or any(
        entry.extra == struct.pack(f"<HH{count}Q", _ZIP64, 8 * count, *some)
        for count in (1, 2, 3)
        for some in combinations(numbers, count)
    )


def _refuse_another_header(entry: zipfile.ZipInfo, head: bytes, name: bytes, extra: bytes) -> None:
    """The local header says the same as the directory, and no more: tools that unpack a stream go by
    it."""
    flags, method, _, crc, packed, size = struct.unpack("<HHIIII", head[6:26])
    later = bool(flags & 0x8)
    told = [(entry.CRC, entry.compress_size, entry.file_size), *([(0, 0, 0)] if later else [])]
    plain = [(one, b"") for one in told]
    large = [
        ((one[0], _UNTOLD, _UNTOLD), struct.pack("<HHQQ", _ZIP64, 16, one[2], one[1]))
        for one in told
    ]
    if (
        name != entry.filename.encode()
        or (flags, method) != (entry.flag_bits, entry.compress_type)
        or ((crc, packed, size), extra) not in [*plain, *large]
    ):
        raise BadBundle(f"the header of {entry.filename} says something else than the directory")
