"""Tables as CSV.

Text may be UTF-8 with or without a mark, UTF-16 with one, or GBK; cells are parted by comma, tab or
semicolon.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from connectors.decoders.csv_rows import CsvRow, csv_rows
from connectors.decoders.decoded import Decoded, Recording, sha256
from connectors.decoders.encoding import text_lines
from connectors.decoders.tables import TITLE_LINES, TableLayout, TableLine, read_table
from connectors.decoders.whole import Whole

__all__ = ["CsvTable"]

#: Most cells of a line, as many as Excel has columns: each takes many times its bytes.
MAX_CELLS = 16_384


class CsvTable(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording, layout: TableLayout | None = None) -> None:
        super().__init__(recording)
        self.layout = layout or TableLayout()

    def read(self, data: bytes, out: Decoded) -> None:
        lines = [
            TableLine(f"line {row.number}", row.cells, row.data, sha256(row.data))
            for row in _rows(data, out)
        ]
        if lines:
            read_table(lines, self.recording, self.layout, out)
        elif not out.problems:
            out.bad("line 1", "the file is empty", data)


def _rows(data: bytes, out: Decoded) -> Iterator[CsvRow]:
    """The rows that are not blank."""
    lines = list(text_lines(data, out))
    beginning = "".join(islice((text for _, text, _ in lines if text.strip()), TITLE_LINES))
    delimiter = max(",\t;，", key=beginning.count)
    kept = []
    for line in lines:
        number, text, piece = line
        if text.count(delimiter) < MAX_CELLS:
            kept.append(line)
        else:
            out.bad(f"line {number}", f"more than {MAX_CELLS:,} cells: this is no table", piece)
    return csv_rows(kept, delimiter, TITLE_LINES, out)
