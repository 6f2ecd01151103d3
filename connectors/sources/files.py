"""Files that someone has, the standard input among them, also compressed with gzip.

Authorised by whoever brings the file. Order and completeness are those of the file: what was
not recorded cannot be seen, and no rate applies.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import select
import stat
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from connectors.errors import UnreadableSource

__all__ = ["STDIN", "InputFile"]

#: The name under which the standard input is read.
STDIN = "-"
CHUNK_BYTES = 1 << 20
#: Longest line that is handed on whole, in bytes.
MAX_LINE = 4 << 20
_GZIP_MAGIC = b"\x1f\x8b"
#: How long a wait for a pipe goes on before Python looks whether it was interrupted, ms.
INTERRUPTED_MS = 500


class InputFile:
    """A file that is read once, from its beginning, in chunks.

    `name` is what a person calls it; `position` of `size` bytes have been read (of a
    compressed file, of its compressed bytes; `size` is 0 where it cannot be known).
    """

    def __init__(self, path: str) -> None:
        """
        Raises:
            UnreadableSource: the file cannot be opened.
        """
        self.name = "standard input" if path == STDIN else path
        try:
            self._file: BinaryIO
            if path == STDIN:
                self._file = sys.stdin.buffer
                self.size = 0
            else:
                self._file = Path(path).open("rb")  # noqa: SIM115  closed by __exit__
                self.size = Path(path).stat().st_size if Path(path).is_file() else 0
            self._counted = _Counted(self._file)
            buffered = io.BufferedReader(self._counted, CHUNK_BYTES)
            head = buffered.peek(2)[:2]
            self._reader: io.BufferedIOBase = (
                gzip.GzipFile(fileobj=buffered) if head == _GZIP_MAGIC else buffered
            )
        except OSError as error:
            raise UnreadableSource(self.name, error.strerror or str(error)) from error

    @property
    def position(self) -> int:
        """Bytes of the file that have been read."""
        return self._counted.count

    def head(self, count: int) -> bytes:
        """The beginning, without reading on; at most what one read gives."""
        try:
            if isinstance(self._reader, gzip.GzipFile):
                return self._reader.peek(count)[:count]
            assert isinstance(self._reader, io.BufferedReader)  # noqa: S101  the only other kind
            return self._reader.peek(count)[:count]
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableSource(self.name, str(error)) from error

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes, in pieces of at most `size`.

        Raises:
            UnreadableSource: the file breaks off (a compressed file that was cut).
        """
        try:
            while chunk := self._reader.read1(size):
                yield chunk
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableSource(self.name, str(error)) from error

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not blank, with their number, without the end of line.

        A line longer than 4 MiB comes cut, so that it can be reported as what it is: invalid.

        Raises:
            UnreadableSource: the file breaks off.
        """
        rest = b""
        number = 0
        for chunk in self.chunks():
            *complete, rest = (rest + chunk).split(b"\n")
            for line in complete:
                number += 1
                if number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if line.strip():
                    yield number, line[:MAX_LINE]
            # One byte more than allowed keeps an overlong line overlong, in bounded memory.
            rest = rest[: MAX_LINE + 1]
        if rest.strip():
            yield number + 1, rest[:MAX_LINE]

    def close(self) -> None:
        """Closes the file; the standard input stays open."""
        if self._file is not sys.stdin.buffer:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Counted(io.RawIOBase):
    """Counts what is read, so that progress can be shown for compressed files too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._poll = _poll(file)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        # A signal that comes just before read(2) begins does not end it, and Python handles signals
        # between its own steps only: an interruption would wait for the next bytes of the pipe.
        while self._poll and not self._poll.poll(INTERRUPTED_MS):
            pass
        # A pipe gives what is there: never wait for a full buffer.
        read = getattr(self._file, "read1", self._file.read)
        data = read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


def _poll(file: BinaryIO) -> select.poll | None:
    """What waits for a pipe, socket or terminal; ``None``: reading the file never waits."""
    try:
        number = file.fileno()
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(number).st_mode):
        return None
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return poll
