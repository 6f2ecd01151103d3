"""Tables as workbooks, as 罗盘, 生意参谋 and 抖店 export them; each sheet is a table.

Read with openpyxl (MIT), row by row. What an archive unpacks to is bounded before a parser sees
it, and XML that declares a document type is refused: workbooks have none. The dimensions that a
workbook claims are ignored, as exporters write wrong ones. Workbooks of Excel 97–2003, which some
consoles still write, are read by `workbook_97`.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl

from connectors.decoders.decoded import Decoded, Recording, sha256
from connectors.decoders.merged_cells import Merged, filled, merged_rows
from connectors.decoders.sheet_lines import MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, sheet_lines
from connectors.decoders.tables import TableLayout, TableLine, read_table
from connectors.decoders.whole import Whole
from connectors.decoders.workbook_97 import OLD_EXCEL, old_sheets
from connectors.errors import Refused

__all__ = ["Workbook"]

#: What all parts of a workbook unpack to, in bytes; 300,000 rows of orders are about this long.
MAX_UNPACKED = 128 << 20
MAX_PARTS = 2_000
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Workbook(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording, layout: TableLayout | None = None) -> None:
        super().__init__(recording)
        self.layout = layout or TableLayout()

    def read(self, data: bytes, out: Decoded) -> None:
        try:
            if data.startswith(OLD_EXCEL):
                sheets = list(old_sheets(data, out))
            else:
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
            merged = _merged(data, sheet)
            lines = list(sheet_lines(filled(rows, merged), sheet.title, raw, out))
            if lines:
                yield lines


def _merged(data: bytes, sheet: Any) -> Merged:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            part = archive.open(sheet._worksheet_path.lstrip("/"))
        except (AttributeError, KeyError):
            return {}
        with part:
            return merged_rows(part)
