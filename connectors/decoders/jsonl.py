"""JSON lines of the contract: checked, and passed on as they are."""

from __future__ import annotations

import codecs

from connectors.decoders.decoded import Decoded, Recording
from detectors.events import InvalidEvent, decode, decode_lines

__all__ = ["ContractJsonl"]

#: Longest line, in bytes; the longest text of the contract fits many times.
MAX_LINE = 4 << 20


class ContractJsonl:
    """One file: `feed` it in pieces, then `finish`. Keeps no more than a line."""

    def __init__(self, recording: Recording | None = None, arrived: int | None = None) -> None:
        """
        Args:
            arrived: when the lines arrive, ms; ``None``: what lies ahead of it is not asked.
        """
        self._arrived = arrived
        self._rest = b""
        self._line = 1
        """Number of the line that `_rest` begins."""
        self._overlong = False

    def feed(self, data: bytes) -> Decoded:
        """The events of the lines that these bytes complete."""
        out = Decoded()
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest += data
        elif self._overlong:
            # The rest of a line that was reported already.
            start = data.index(b"\n") + 1
            self._overlong, self._line = False, self._line + 1
            self._rest = b""
            out.merge(self.feed(data[start:]))
            return out
        else:
            self._lines(self._rest + data[:end], out)
            self._rest = data[end:]
        if len(self._rest) > MAX_LINE:
            if not self._overlong:
                out.bad(f"line {self._line}", f"longer than {MAX_LINE} bytes", self._rest)
            self._overlong, self._rest = True, b""
        return out

    def finish(self) -> Decoded:
        """The last line, which may lack its end."""
        out = Decoded()
        if self._rest.strip() and not self._overlong:
            self._lines(self._rest, out)
        self._rest = b""
        return out

    def _lines(self, block: bytes, out: Decoded) -> None:
        first = self._line
        self._line += block.count(b"\n")
        if first == 1:
            block = block.removeprefix(codecs.BOM_UTF8)
        try:
            # A block at a time is several times faster than line by line.
            out.events += decode_lines(block, self._arrived)
        except InvalidEvent:
            for number, line in enumerate(block.split(b"\n"), first):
                if not line.strip():
                    continue
                try:
                    out.events.append(decode(line, self._arrived))
                except InvalidEvent as error:
                    out.bad(f"line {number}", str(error), line)
