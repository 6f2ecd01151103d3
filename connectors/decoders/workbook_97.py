"""Sheets of workbooks of Excel 97–2003 (BIFF in an OLE container), read with xlrd (BSD)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import xlrd

from connectors.decoders.decoded import Decoded, sha256
from connectors.decoders.sheet_lines import MAX_COLUMNS, MAX_SHEETS, sheet_lines
from connectors.decoders.tables import TableLine
from connectors.errors import Refused

__all__ = ["OLD_EXCEL", "old_sheets"]

#: How such a file begins.
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Name of the part that holds a newer workbook with a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def old_sheets(data: bytes, out: Decoded) -> Iterator[list[TableLine]]:
    """The lines of each sheet that has any.

    Raises:
        Refused: it is locked.
        Exception: whatever xlrd makes of foreign bytes.
    """
    if _ENCRYPTED in data:
        raise Refused("the workbook is locked with a password: save it without one", data)
    raw = sha256(data)
    # Ragged: a cell at the far end of a row does not fill the others. It logs what it wonders about.
    book = xlrd.open_workbook(
        file_contents=data, ragged_rows=True, on_demand=True, logfile=io.StringIO()
    )
    for number in range(min(book.nsheets, MAX_SHEETS)):
        sheet = book.sheet_by_index(number)
        rows = (
            [_value(cell, book.datemode) for cell in sheet.row(row)[:MAX_COLUMNS]]
            for row in range(sheet.nrows)
        )
        lines = list(sheet_lines(rows, sheet.name, raw, out))
        book.unload_sheet(number)
        if lines:
            yield lines


def _value(cell: Any, datemode: int) -> object:
    match cell.ctype:
        case xlrd.XL_CELL_EMPTY | xlrd.XL_CELL_BLANK | xlrd.XL_CELL_ERROR:
            return None
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        case xlrd.XL_CELL_DATE:
            # Days since an epoch as a float: half a millisecond off at worst.
            moment = xlrd.xldate_as_datetime(cell.value, datemode)
            return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
        case _:
            return cell.value
