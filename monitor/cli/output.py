"""Standard output that says of itself when it cannot be written: a full disk, a character that its
encoding does not have. Any other error of a command stays what it is.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["OutputFailed", "checked_output"]


class OutputFailed(Exception):
    """What was to be printed is not printed; says why.

    No `OSError`, or a command would take it for a fault of the files that it reads.
    """


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
            raise OutputFailed(error.strerror or str(error)) from error


class _Text(io.TextIOWrapper):
    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except UnicodeEncodeError as error:
            missing = ascii(error.object[error.start])
            raise OutputFailed(
                f"{self.encoding} has no {missing}; PYTHONIOENCODING=utf-8 writes all"
            ) from error
