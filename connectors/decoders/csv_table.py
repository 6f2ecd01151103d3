"""Tables as CSV.

Text may be UTF-8 with or without a mark, UTF-16 with one, or GBK; cells are parted by comma, tab or
semicolon.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice

from connectors.decoders.decoded import Decoded, Recording, sha256
from connectors.decoders.encoding import text_lines
from connectors.decoders.tables import TITLE_LINES, TableLayout, TableLine, read_table
from connectors.decoders.whole import Whole

__all__ = ["CsvTable"]


class CsvTable(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording, layout: TableLayout | None = None) -> None:
        super().__init__(recording)
        self.layout = layout or TableLayout()

    def read(self, data: bytes, out: Decoded) -> None:
        lines = [
            TableLine(f"line {number}", cells, raw, sha256(raw))
            for number, cells, raw in _rows(data, out)
        ]
        if lines:
            read_table(lines, self.recording, self.layout, out)
        elif not out.problems:
            out.bad("line 1", "the file is empty", data)


def _rows(data: bytes, out: Decoded) -> Iterator[tuple[int, list[str], bytes]]:
    """The rows that are not blank, with their first line's number and their bytes."""
    lines = list(text_lines(data, out))
    beginning = "".join(islice((text for _, text, _ in lines if text.strip()), TITLE_LINES))
    delimiter = max(",\t;，", key=beginning.count)
    reader = csv.reader((text for _, text, _ in lines), delimiter=delimiter)
    taken = 0
    while True:
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number, _, raw = lines[min(taken, len(lines) - 1)]
            out.bad(f"line {number}", str(error), raw)
        used = lines[taken : reader.line_num]
        taken = reader.line_num
        if used and any(cell.strip() for cell in cells):
            yield used[0][0], cells, b"".join(raw for _, _, raw in used)
