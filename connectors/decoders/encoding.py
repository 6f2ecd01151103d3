"""The encoding of foreign text: UTF-8 with or without a mark, UTF-16 with one, else GB18030
(which GBK and GB2312 are parts of)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from connectors.decoders.decoded import Decoded

__all__ = ["encoding_of", "text_lines"]

_UTF8_MARK = codecs.BOM_UTF8


def encoding_of(data: bytes) -> str:
    """The encoding of a text.

    >>> encoding_of("价格".encode("gbk")), encoding_of("价格".encode())
    ('gb18030', 'utf-8')
    """
    if data.startswith(_UTF8_MARK):
        return "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _reads(data, "utf-8"):
        return "utf-8"
    # Damaged or mixed. Chinese in GBK is hardly ever valid UTF-8 by accident, while nearly all
    # UTF-8 can be read as GB18030: the lines that UTF-8 reads decide.
    foreign = [line for line in data.split(b"\n") if not line.isascii()]
    if 2 * sum(_reads(line, "utf-8") for line in foreign) >= len(foreign):
        return "utf-8"
    return "gb18030"


def text_lines(data: bytes, out: Decoded) -> Iterator[tuple[int, str, bytes]]:
    """The lines with their number and their bytes; one that cannot be read becomes a problem."""
    encoding = encoding_of(data)
    if encoding == "utf-16":
        # The line end is two bytes there: the lines are those of the text, again in UTF-8.
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
        encoding = "utf-8"
    data = data.removeprefix(_UTF8_MARK)
    # The byte of a line feed is part of no other character in UTF-8 and GB18030.
    for number, line in enumerate(
        data.splitlines(keepends=True) if b"\n" not in data else _split(data), 1
    ):
        try:
            yield number, line.decode(encoding), line
        except UnicodeDecodeError as error:
            out.bad(f"line {number}", f"not in {encoding}: {error.reason}", line)


def _split(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
