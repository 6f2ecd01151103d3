"""Standard output that says of itself when it cannot be written: a full disk, a character that its
encoding does not have, or that it was closed (`>&-`). Any other error of a command stays what it is.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["InputClosed", "OutputFailed", "checked_output", "hold_closed"]

_CLOSED = "it is closed"


class InputClosed(OSError):
    """Standard input is to be read, and was closed."""

    def __init__(self) -> None:
        super().__init__(errno.EBADF, _CLOSED, "standard input")


class OutputFailed(Exception):
    """What was to be printed is not printed; says why.

    No `OSError`, or a command would take it for a fault of the files that it reads.
    """


def hold_closed() -> None:
    """Puts streams in the place of those that the shell closed: Python has ``None`` there, and the next
    file that is opened would be the standard output.

    Who reads such an input hears that it is closed, who writes such an output, too; what is said on
    such an error output nobody hears.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_NoInput(0, "rb", closefd=False)))
    if sys.stdout is None:
        sys.stdout = _Text(io.BufferedWriter(_Raw(1, "wb", closefd=False)), "utf-8")
    if sys.stderr is None:
        quiet = io.BufferedWriter(io.FileIO(2, "wb", closefd=False))
        sys.stderr = io.TextIOWrapper(
            quiet, "utf-8", errors="backslashreplace", line_buffering=True
        )


def checked_output(output: TextIO) -> TextIO:
    """The same output, with `OutputFailed` where it fails; a broken pipe stays a broken pipe.

    What is not the output of the process itself, as in tests, is given back as it is.
    """
    if output is not sys.__stdout__ or not isinstance(output, io.TextIOWrapper):
        return output
    output.flush()
    raw = _Raw(output.fileno(), "wb", closefd=False)
    return _Text(
        # Asked for without a buffer (`python -u`), it has none here either.
        raw if output.write_through else io.BufferedWriter(raw),
        encoding=output.encoding,
        errors=output.errors,
        line_buffering=output.line_buffering,
        write_through=output.write_through,
    )


class _Raw(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = _CLOSED if error.errno == errno.EBADF else error.strerror or str(error)
            raise OutputFailed(reason) from error


class _NoInput(io.FileIO):
    def readinto(self, _buffer: WriteableBuffer, /) -> int:
        raise InputClosed

    def readall(self) -> bytes:
        raise InputClosed


class _Text(io.TextIOWrapper):
    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except UnicodeEncodeError as error:
            missing = ascii(error.object[error.start])
            raise OutputFailed(
                f"{self.encoding} has no {missing}; PYTHONIOENCODING=utf-8 writes all"
            ) from error
