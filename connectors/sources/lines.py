"""A file of lines that someone else goes on writing, such as a recorder's JSON lines.

Authorised by whoever lets us read the file. It sees what is written, in that order, within half
a second, and no rate applies. Where it stopped is kept beside in a bookmark, after storage, so
that a restart repeats little and loses nothing. Another file under the name is read from its
beginning when the old one is read to its end, also where it was renamed while nobody read it
(`a.jsonl` to `a.jsonl.1` or `a.jsonl-20261204`). One that was cut or written anew in its place
(`copytruncate`) is too; what was in it since the last look is gone, and that is a gap.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from io import FileIO
from pathlib import Path

import msgspec
from msgspec import Struct

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording
from connectors.errors import Fatal, Retryable
from connectors.source import Delivery, NamedFile
from connectors.whole_file import whole_file

__all__ = ["FileLines", "FileLinesOptions"]

#: How often an unchanged file is looked at, s.
LOOK_S = 0.5
#: Of one read, in bytes.
CHUNK_BYTES = 256 << 10
#: Longest line, in bytes; what is longer is handed on in pieces and becomes dead letters.
MAX_LINE = 4 << 20
#: What a rotation puts behind the name of a file.
ROTATED = re.compile(r"[.-][0-9][0-9_.-]{0,40}")
#: So much of the beginning tells one file from another.
HEAD_BYTES = 4_096


class FileLinesOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `file`."""

    path: str
    """The file; `{room}` stands for the room."""
    bookmark: str | None = None
    """File that remembers how far it was read; `{room}` as above. Without one, a start begins at
    the beginning, and what is in the log already is not stored again."""
    follow: bool = True
    """Wait for more at the end; otherwise the source ends there."""

    def named_files(self) -> Iterator[NamedFile]:
        """The file; one that is followed may be made later."""
        yield NamedFile("path", self.path, awaited=self.follow)


class _Bookmark(Struct, frozen=True):
    """How far a file was read, and which file it was."""

    offset: int
    head_bytes: int
    head: str
    """SHA-256 of its first bytes."""


class FileLines:
    """One file; each delivery is a line."""

    Options = FileLinesOptions
    decoder, brings = "jsonl", "line"
    resumes = True
    """What is in the file is still there after an interruption."""

    def __init__(self, options: FileLinesOptions, recording: Recording) -> None:
        self._path = Path(options.path.replace("{room}", recording.room))
        self.name = str(self._path)
        self._bookmark = (
            Path(options.bookmark.replace("{room}", recording.room)) if options.bookmark else None
        )
        self._follow = options.follow
        self._file: FileIO | None = None
        self._head = b""
        """The first bytes that were read: they stay as they are while it is the same file."""
        self._rest = b""
        self._read_to = 0
        self._opened = 0
        """How often it was opened: an acknowledgement of an earlier file moves no bookmark."""
        self._marked_to = 0
        self._earlier: list[tuple[Path, int]] | None = None
        """Renamed files to read before the one under the name, the oldest first, and from where on;
        ``None``: nobody has looked yet."""

    async def connect(self) -> None:
        """Opens the file where the bookmark says.

        Raises:
            Retryable: there is no such file yet, or what came since the bookmark is gone.
            Fatal: it may not be read.
        """
        await self.close()
        try:
            self._file, self._head, self._read_to = await asyncio.to_thread(self._open)
        except FileNotFoundError as error:
            # One that was renamed once more is looked for anew.
            if self._earlier:
                self._earlier = None
            raise Retryable(f"there is no file {self._path}") from error
        except OSError as error:
            raise Fatal(f"cannot read {self._path}: {error.strerror}") from error
        self._rest, self._marked_to = b"", self._read_to
        self._opened += 1

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """The lines, as far as they are complete; at the very end also one without its end.

        Raises:
            Retryable: the file was cut, written anew or replaced.
        """
        looked, moved = now_ms(), False
        while self._file is not None:
            began = now_ms()
            try:
                chunk = await asyncio.to_thread(self._read, self._file)
            except OSError as error:
                raise Retryable(f"cannot read {self._path}: {error.strerror}") from error
            if chunk is None:
                raise Retryable(f"{self._path} was cut or written anew", since=looked)
            looked = began
            if chunk:
                whole, self._rest = _cut(self._rest + chunk)
                for delivery in self._deliveries(whole):
                    yield delivery
            elif moved or self._earlier or not self._follow:
                rest, self._rest = self._rest, b""
                for delivery in self._deliveries(rest):
                    yield delivery
                if self._earlier:
                    del self._earlier[0]
                elif not moved:
                    return
                raise Retryable(f"{self._path} was replaced")
            else:
                # What was written until it was replaced is read first.
                moved = await asyncio.to_thread(self._moved, self._file)
                if not moved:
                    await asyncio.sleep(LOOK_S)

    async def send(self, reply: bytes) -> None:
        """Nothing can be sent to a file."""

    async def close(self) -> None:
        """Closes the file."""
        file, self._file = self._file, None
        if file is not None:
            await asyncio.to_thread(file.close)

    def _open(self) -> tuple[FileIO, bytes, int]:
        path, offset, mark = self._path, 0, self._read_bookmark()
        if self._earlier is None:
            # Later on a file that is renamed is read to its end while it is open.
            self._earlier = [] if mark is None else self._renamed(mark)
        if self._earlier:
            path, offset = self._earlier[0]
        elif mark is not None and _is_marked(path, mark):
            offset = mark.offset
        # Without a buffer, which would keep bytes of a file that is written anew.
        file = path.open("rb", buffering=0)
        head = file.read(mark.head_bytes) if mark is not None and offset else b""
        file.seek(offset)
        return file, head, offset

    def _renamed(self, mark: _Bookmark) -> list[tuple[Path, int]]:
        """The files that were renamed since the bookmark, as `_earlier` has them.

        Raises:
            Retryable: the file of the bookmark is gone; told once.
        """
        if _is_marked(self._path, mark):
            return []
        beside = [
            path for path in self._path.parent.iterdir()
            if path.name.startswith(self._path.name)
            and ROTATED.fullmatch(path.name, len(self._path.name)) and path.is_file()
        ]  # fmt: skip
        beside.sort(key=lambda path: path.stat().st_mtime_ns)
        for place, path in enumerate(beside):
            if _is_marked(path, mark):
                return [(path, mark.offset), *((later, 0) for later in beside[place + 1 :])]
        self._earlier = []
        assert self._bookmark is not None  # noqa: S101 - the mark was read from it
        raise Retryable(
            f"{self._path} was replaced while nobody read it, and what it had is not found",
            since=int(self._bookmark.stat().st_mtime * 1_000),
        )

    def _read(self, file: FileIO) -> bytes | None:
        """What follows; ``None``: it is not the file any more of which the earlier bytes were."""
        chunk = file.read(CHUNK_BYTES)
        # Afterwards: what changes from here on was not read.
        same = os.pread(file.fileno(), len(self._head), 0) == self._head
        if not same or os.fstat(file.fileno()).st_size < file.tell():
            return None
        if len(self._head) < HEAD_BYTES:
            self._head = (self._head + chunk)[:HEAD_BYTES]
        return chunk

    def _read_bookmark(self) -> _Bookmark | None:
        if self._bookmark is None or not self._bookmark.is_file():
            return None
        try:
            return msgspec.json.decode(self._bookmark.read_bytes(), type=_Bookmark)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Fatal(f"{self._bookmark} is no bookmark: {error}") from error

    def _moved(self, file: FileIO) -> bool:
        """Is another file under the name, or none?"""
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return True

    def _deliveries(self, data: bytes) -> list[Delivery]:
        lines = [line for line in data.splitlines(keepends=True) if line.strip()]
        self._read_to += len(data)
        if not lines:
            return []
        head = self._head[: self._read_to]
        mark = _Bookmark(self._read_to, len(head), hashlib.sha256(head).hexdigest())
        opened = self._opened

        async def ack() -> None:
            if opened == self._opened and mark.offset > self._marked_to:
                self._marked_to = mark.offset
                if self._bookmark is not None:
                    await asyncio.to_thread(_replace, self._bookmark, msgspec.json.encode(mark))

        now = now_ms()
        # They are stored in order: when the last one is, all are.
        return [*(Delivery(line, now) for line in lines[:-1]), Delivery(lines[-1], now, ack)]


def _is_marked(path: Path, mark: _Bookmark) -> bool:
    """Is it the file that the bookmark is of?"""
    try:
        with path.open("rb") as file:
            known = hashlib.sha256(file.read(mark.head_bytes)).hexdigest() == mark.head
            # Beyond its end it is another file that begins alike.
            return known and mark.offset <= os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return False


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """The whole lines, and the beginning of the next one."""
    end = data.rfind(b"\n") + 1
    if not end and len(data) > MAX_LINE:
        end = len(data)
    return data[:end], data[end:]


def _replace(path: Path, data: bytes) -> None:
    with whole_file(path, mode=0o600, durable=False) as file:
        file.write(data)
