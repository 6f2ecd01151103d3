"""The rows of CSV, of which none may take the cells of another.

A quote that was never doubled or never closed makes what stands behind it, line ends and all, part
of one cell: by the letter of the format the row then goes on with the price of a later one. A cell
may hold line ends, though. So what runs over several lines is taken as one row only if none of its
lines is a row by itself. Otherwise its first line is named as unusable, and each line behind it is
taken where it has the shape of the table's rows, and named where it has not. No row runs over more
than `MAX_LINES`, so that quotes that close and open again do not make one row of a whole file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Literal

from msgspec import Struct

from connectors.decoders.decoded import Decoded

__all__ = ["CsvRow", "csv_rows"]

#: Physical lines from which the shape of the table's rows is learned.
SHAPE_LINES = 10_000
#: Lines of one row at most. Each line may begin such a row, and the lines behind it are read again.
MAX_LINES = 200
_FIGURES = re.compile(r"[\d¥￥$.,:/~+\-% TZ元万年月日]+")
_ASCII = re.compile(r"[!-~]+")
_DIGIT = re.compile(r"\d")
_QUOTE = "its quotes do not match, or one is not closed"

_Kind = Literal["number", "code", "text"]


class CsvRow(Struct, frozen=True):
    """A row that is not blank."""

    number: int
    """Of its first line."""
    cells: list[str]
    data: bytes


def csv_rows(
    lines: Sequence[tuple[int, str, bytes]], delimiter: str, titles: int, out: Decoded
) -> Iterator[CsvRow]:
    """The rows; a line that cannot be taken for one becomes a problem.

    Args:
        lines: number, text and bytes of each.
        titles: rows at the beginning among which the header stands.
    """
    shape = _Shape(lines, delimiter, titles)
    at = doubtful_until = 0
    header_seen = False
    reader = _Reader(lines, delimiter, 0)
    while at < len(lines):
        reason = ""
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"{_QUOTE} ({error})" if '"' in lines[at][1] else str(error)
        end = reader.end
        used = lines[at:end]
        if not reason and not any(cell.strip() for cell in cells):
            at = end
            continue
        if not reason and len(used) > 1 and shape.swallows(cells, [text for _, text, _ in used]):
            reason = f"{_QUOTE}: the lines behind it are rows of their own"
        if not reason and at < doubtful_until:
            # The header is like no other row: the first of its width is it.
            whole = shape.fits(cells) if header_seen else len(cells) == shape.width
            # A quote without its other half may close what was opened before.
            if not whole or sum(text.count('"') for _, text, _ in used) % 2:
                reason = "stands behind a quote that is not closed, and is no whole row"
        if reason:
            number, _, data = lines[at]
            out.bad(f"line {number}", reason, data)
            at += 1
            # Also what follows a line that was left out may be the rest of its row.
            doubtful_until = max(doubtful_until, end, at + 1)
            reader = _Reader(lines, delimiter, at)
            continue
        header_seen = header_seen or len(cells) == shape.width
        at = end
        yield CsvRow(used[0][0], cells, b"".join(data for _, _, data in used))


class _Reader:
    """The rows from a line on. Raises `csv.Error` where there is none."""

    def __init__(self, lines: Sequence[tuple[int, str, bytes]], delimiter: str, start: int) -> None:
        self._lines = lines
        self._began = self.end = start
        """`end`: the line behind the row."""
        self._rows = csv.reader(self._texts(), delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._began = self.end
        return next(self._rows)

    def _texts(self) -> Iterator[str]:
        while self.end < len(self._lines):
            if self.end - self._began >= MAX_LINES:
                raise csv.Error(f"the row runs over more than {MAX_LINES} lines")
            self.end += 1
            yield self._lines[self.end - 1][1]


class _Shape:
    """What the table's rows have in common; found only where a quote makes it needed."""

    def __init__(
        self, lines: Sequence[tuple[int, str, bytes]], delimiter: str, titles: int
    ) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._titles = titles

    @cached_property
    def width(self) -> int:
        """Cells of the header: titles above it have fewer."""
        single, several = 0, 0
        reader, before = _Reader(self._lines, self._delimiter, 0), 0
        try:
            for cells in islice(reader, self._titles):
                if reader.end == before + 1:
                    single = max(single, len(cells))
                several = max(several, len(cells))
                before = reader.end
        except csv.Error:
            pass
        return single or several

    @cached_property
    def kinds(self) -> list[_Kind]:
        """What most rows hold, by column."""
        rows = [
            cells
            for _, text, _ in self._lines[:SHAPE_LINES]
            if len(cells := self._alone(text)) == self.width
        ]
        return [_most(row[column] for row in rows[1:]) for column in range(self.width)]

    def fits(self, cells: Sequence[str]) -> bool:
        """Are these the cells of a whole row?"""
        return len(cells) == self.width and _agrees(cells, self.kinds) is not False

    def swallows(self, cells: Sequence[str], texts: Sequence[str]) -> bool:
        """Is one of the lines that were read as one row a row by itself?"""
        broken = [at for at, cell in enumerate(cells) if "\n" in cell or "\r" in cell]
        if not broken:
            return False
        # The first line ends within a cell, if all is right: what is behind that cell elsewhere is
        # not in it. Nor is in the last line what stands before the cell that ends there.
        behind = self.kinds[broken[0] + 1 :]
        first = texts[0].rstrip("\r\n").split(self._delimiter)
        if behind and len(first) >= self.width and _agrees(first[-len(behind) :], behind):
            return True
        before = self.kinds[: broken[-1]]
        last = texts[-1].split(self._delimiter)
        if len(last) >= self.width and _agrees(last[: len(before)], before):
            return True
        return any(
            len(found := self._alone(text)) == self.width and _agrees(found, self.kinds)
            for text in texts[1:-1]
        )

    def _alone(self, text: str) -> list[str]:
        try:
            return next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return []


def _agrees(cells: Sequence[str], kinds: Sequence[_Kind]) -> bool | None:
    """Do the cells hold what the columns hold? ``None``: nothing says so or otherwise."""
    told: bool | None = None
    for cell, kind in zip(cells, kinds, strict=True):
        if kind == "text" or not cell.strip():
            continue
        found = _kind(cell)
        if found != kind and not (kind == "code" and found == "number"):
            return False
        told = True
    return told


def _kind(cell: str) -> _Kind:
    cell = cell.strip()
    if not _DIGIT.search(cell):
        return "text"
    if _FIGURES.fullmatch(cell):
        return "number"
    return "code" if _ASCII.fullmatch(cell) else "text"


def _most(cells: Iterator[str]) -> _Kind:
    counts = Tally(_kind(cell) for cell in cells if cell.strip())
    all_ = counts.total()
    if 2 * counts["number"] > all_:
        return "number"
    return "code" if 2 * (counts["number"] + counts["code"]) > all_ else "text"
