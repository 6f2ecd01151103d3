"""Formats that can only be read whole: the bytes are collected, and decoded at the end."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from connectors.decoders.decoded import Decoded, Recording

__all__ = ["BAD_JSON", "Whole", "json_documents"]

#: Longest file of such a format, in bytes: transcripts and price lists are far smaller.
MAX_BYTES = 256 << 20

#: What reading foreign JSON may raise: not JSON or another shape, not UTF-8, nested too deep.
BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)

_RAW = msgspec.json.Decoder(msgspec.Raw)


class Whole:
    """Collects in `feed`; a subclass decodes in `read`."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Decoded:
        """Nothing yet: the events come with `finish`."""
        self._size += len(data)
        if self._size <= MAX_BYTES:
            self._parts.append(data)
        else:
            self._parts.clear()
        return Decoded()

    def finish(self) -> Decoded:
        """All events of the file."""
        out = Decoded()
        if self._size > MAX_BYTES:
            out.bad("byte 0", f"more than {MAX_BYTES >> 20} MiB: cut the file into parts")
            return out
        data = b"".join(self._parts)
        self._parts.clear()
        self.read(data, out)
        return out

    def read(self, data: bytes, out: Decoded) -> None:
        """Decodes the whole file into `out`."""
        raise NotImplementedError


def json_documents(data: bytes, out: Decoded) -> Iterator[tuple[str, bytes]]:
    """The file as one JSON document, else as one a line; each with its place.

    Lines that are no JSON become problems.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        out.bad("byte 0", "the file is empty")
        return
    try:
        _RAW.decode(data)
    except BAD_JSON as whole:
        lines = data.split(b"\n")
        if len([line for line in lines if line.strip()]) < 2:
            out.bad("byte 0", f"no JSON: {whole}", data)
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                _RAW.decode(line)
            except BAD_JSON as error:
                out.bad(f"line {number}", f"no JSON: {error}", line)
            else:
                yield f"line {number}", line.strip()
        return
    yield "", data.strip()
