"""Cells of a sheet that are merged over several rows: each of these rows shows their value.

openpyxl does not tell them while it reads row by row, and they stand behind the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

__all__ = ["Merged", "filled", "merged_rows"]

#: Rows of merged cells, each counted as often as it is in one: so many are filled.
MAX_FILLED = 300_000
_CHUNK = 1 << 16
_RANGE = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"'
)

Merged = dict[int, list[tuple[int, int]]]
"""By the number of a row that is covered: columns, and the rows whose values they show."""


def merged_rows(sheet: IO[bytes]) -> Merged:
    """What is merged downwards in the XML of a sheet."""
    found: Merged = {}
    count = 0
    tail = b""
    while chunk := sheet.read(_CHUNK):
        text = tail + chunk
        cut = text.rfind(b"<")
        # A tag that may go on is looked at with the next piece.
        tail, text = (text[cut:][:_CHUNK], text[:cut]) if cut >= 0 else (b"", text)
        for match in _RANGE.finditer(text):
            column, first, last = _column(match[1]), int(match[2]), int(match[3])
            count += max(last - first, 0)
            if count > MAX_FILLED:
                return found
            for row in range(first + 1, last + 1):
                found.setdefault(row, []).append((column, first))
    return found


def filled(rows: Iterable[Sequence[Any]], merged: Merged) -> Iterator[Sequence[Any]]:
    """The rows, with what merged cells show in them."""
    wanted = {first for columns in merged.values() for _, first in columns}
    shown: dict[int, Sequence[Any]] = {}
    for number, values in enumerate(rows, 1):
        row = values
        # A title or a note over several rows is no value of rows without any other.
        covering = merged.get(number, ()) if any(value is not None for value in values) else ()
        for column, first in covering:
            above = shown.get(first, ())
            if column < len(above):
                # A row may be written shorter than the sheet is wide.
                row = [*row, *[None] * (column + 1 - len(row))]
                row[column] = above[column] if row[column] is None else row[column]
        if number in wanted:
            shown[number] = row
        yield row


def _column(letters: bytes) -> int:
    """From 0.

    >>> _column(b"A"), _column(b"AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
