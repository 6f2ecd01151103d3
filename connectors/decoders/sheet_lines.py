"""Rows of a workbook's sheet as lines of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from connectors.decoders.decoded import Decoded
from connectors.decoders.tables import TableLine

__all__ = ["MAX_COLUMNS", "MAX_ROWS", "MAX_SHEETS", "sheet_lines"]

#: Rows and columns of a sheet, and sheets, that are read.
MAX_ROWS = 300_000
MAX_COLUMNS = 256
MAX_SHEETS = 50
#: Whole numbers beyond this are rounded in a workbook.
MAX_EXACT = 2**53


def sheet_lines(
    rows: Iterable[Sequence[Any]], title: str, raw: str, out: Decoded
) -> Iterator[TableLine]:
    """The rows that are not blank, with their numbers; `raw` is the hash of the workbook."""
    for number, values in enumerate(islice(rows, MAX_ROWS + 1), 1):
        if number > MAX_ROWS:
            out.bad(f"sheet “{title}”", f"more than {MAX_ROWS} rows: the rest is not read")
            return
        cells = [_cell(value) for value in values]
        if any(cell.strip() for cell in cells):
            shown = "\t".join(cells).rstrip("\t").encode("utf-8", "replace")
            yield TableLine(f"sheet “{title}” row {number}", cells, shown, raw)


def _cell(value: object) -> str:
    """A cell as text, as a person sees it."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case int() if abs(value) > MAX_EXACT:
            # The spreadsheet holds it as a float: its last digits are lost already.
            return f"{float(value):.15g}"
        case float():
            # Fifteen digits are what a spreadsheet keeps; more would show the noise of the float.
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        case datetime():
            # A date alone is midnight here; the time of day may stand in a cell of its own.
            midnight = value.time() == time()
            return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
