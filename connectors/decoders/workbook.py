"""Tables as XLSX workbooks, as 罗盘, 生意参谋 and 抖店 export them; each sheet is a table.

Read with openpyxl (MIT), row by row. What an archive unpacks to is bounded before a parser sees
it, and XML that declares a document type is refused: workbooks have none. The dimensions that a
workbook claims are ignored, as exporters write wrong ones.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl

from connectors.decoders.decoded import Decoded, Recording, sha256
from connectors.decoders.tables import TableLayout, TableLine, read_table
from connectors.decoders.whole import Whole
from connectors.errors import Refused

__all__ = ["Workbook"]

#: What all parts of a workbook unpack to, in bytes; 300,000 rows of orders are about this long.
MAX_UNPACKED = 128 << 20
MAX_PARTS = 2_000
#: Rows and columns of a sheet, and sheets, that are read.
MAX_ROWS = 300_000
MAX_COLUMNS = 256
MAX_SHEETS = 50
#: Whole numbers beyond this are rounded in a workbook.
MAX_EXACT = 2**53
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Workbook(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording, layout: TableLayout | None = None) -> None:
        super().__init__(recording)
        self.layout = layout or TableLayout()

    def read(self, data: bytes, out: Decoded) -> None:
        if data.startswith(_OLD_EXCEL):
            out.bad("byte 0", "a workbook of Excel 97–2003: save it as .xlsx or CSV", data)
            return
        try:
            _check(data)
            sheets = list(_sheets(data, out))
        except Refused as error:
            out.bad("byte 0", error.reason, data)
        except Exception as error:  # noqa: BLE001  a foreign parser on foreign bytes raises anything
            out.bad("byte 0", f"no workbook: {type(error).__name__}: {error}"[:300], data)
        else:
            # A cover sheet or an explanation is no table; it is a fault only if nothing is one.
            whole = Decoded()
            for lines in sheets:
                part = Decoded()
                read_table(lines, self.recording, self.layout, part)
                if part.events or len(lines) > 1:
                    whole.merge(part)
            out.merge(whole)
            if not sheets:
                out.bad("byte 0", "the workbook is empty", data)


def _check(data: bytes) -> None:
    """Unpacks every part once and keeps nothing.

    Raises:
        Refused: it unpacks to too much, or its XML declares a document type.
    """
    left = MAX_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS:
            raise Refused(f"{len(parts)} parts in one workbook")
        for part in parts:
            tail = b""
            with archive.open(part) as stream:
                while chunk := stream.read(1 << 16):
                    left -= len(chunk)
                    if left < 0:
                        raise Refused(f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
                    if b"<!DOCTYPE" in tail + chunk or chunk.startswith(_UTF16_MARKS):
                        raise Refused(f"{part.filename[:60]} is no XML of a workbook")
                    tail = chunk[-9:]


def _sheets(data: bytes, out: Decoded) -> Iterator[list[TableLine]]:
    raw = sha256(data)
    with warnings.catch_warnings():
        # It warns of styles and extensions that it leaves out; cells are all we want.
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        for sheet in book.worksheets[:MAX_SHEETS]:
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True)
            lines = list(_lines(rows, sheet.title, raw, out))
            if lines:
                yield lines


def _lines(
    rows: Iterable[tuple[Any, ...]], title: str, raw: str, out: Decoded
) -> Iterator[TableLine]:
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
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
