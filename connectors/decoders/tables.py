"""Price and product lists as CSV: a row becomes a product card, its prices and its counts.

Columns are found by their header, in Chinese or English; `columns` names others. Text may be
UTF-8 with or without a mark, UTF-16 with one, or GBK; cells are parted by comma, tab or
semicolon. Cells read as platforms write them: “¥39.9-129.9” is the lowest price with the range
among the conditions, “1.2万” sold is a range of counts. An empty cell is unknown: a list that
leaves it empty has not looked. A row that cannot be used is reported, the others are kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Literal

from msgspec import Struct

from connectors.decoders.columns import ATTRIBUTES, COLUMNS, STATUSES, category_of, plain_header
from connectors.decoders.decoded import Decoded, Occurrences, Recording, sha256
from connectors.decoders.encoding import text_lines
from connectors.decoders.whole import Whole
from connectors.errors import NotAValue
from connectors.instants import DateOrder, date_order, parse_instant
from connectors.numbers import Amount, parse_amount, parse_count
from detectors.events import Counter, Price, Product

__all__ = ["PriceTable", "TableLayout"]

PriceKind = Literal["asking", "transaction", "coupon", "deposit"]

#: Rows at the beginning among which the header is looked for.
TITLE_LINES = 5
_PRICES: tuple[PriceKind, ...] = ("asking", "coupon", "transaction", "deposit")
_COUNTS: tuple[Literal["sold", "stock"], ...] = ("sold", "stock")


class TableLayout(Struct, frozen=True, kw_only=True):
    """What a person says about a table beyond its headers."""

    columns: Mapping[str, str] = {}
    """Header by field: ``{"sku": "货品代码"}``; fields are those of `COLUMNS`."""
    constants: Mapping[str, str] = {}
    """A cell that all rows share, by field: ``{"sku": "carrot"}``."""
    dates: DateOrder | None = None
    """Order of dates such as 03/04/2024; found from the column where it decides."""


class PriceTable(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording, layout: TableLayout | None = None) -> None:
        super().__init__(recording)
        self.layout = layout or TableLayout()

    def read(self, data: bytes, out: Decoded) -> None:
        rows = list(_rows(data, out))
        if not rows:
            if not out.problems:
                out.bad("line 1", "the file is empty", data)
            return
        # Exports put a title or two above the header: the first row that can be one is it.
        candidates = [self._columns(cells) for _, cells, _ in rows[:TITLE_LINES]]
        place = next((at for at, (_, _, missing) in enumerate(candidates) if not missing), 0)
        columns, attributes, missing = candidates[place]
        number, header, header_raw = rows[place]
        if missing:
            out.bad(f"line {number}", missing, header_raw)
            return
        body = rows[place + 1 :]
        labels = {field: header[index].strip() for field, index in columns.items()}
        order = self.layout.dates
        if order is None and "date" in columns:
            order = date_order(
                [cells[columns["date"]] for _, cells, _ in body if len(cells) > columns["date"]]
            )
        occurrences = Occurrences()
        for number, cells, raw in body:
            row = _Row(self.recording, f"line {number}", raw, labels, order)
            row.cells = dict(self.layout.constants)
            row.cells.update(
                {
                    field: cells[index].strip()
                    for field, index in columns.items()
                    if index < len(cells)
                }
            )
            row.attributes = {
                name: cells[index].strip() for name, index in attributes.items()
                if index < len(cells) and cells[index].strip()
            }  # fmt: skip
            before = len(out.events) + len(out.problems)
            try:
                row.decode(occurrences, out)
                if len(out.events) + len(out.problems) == before:
                    out.skip("row without a price, a count or a card")
            except NotAValue as error:
                out.bad(row.place, error.reason, raw)

    def _columns(self, header: list[str]) -> tuple[dict[str, int], dict[str, int], str]:
        """Places of the fields and of the card's attributes, and what is missing."""
        plain = [plain_header(name) for name in header]
        found: dict[str, int] = {}
        for field, name in self.layout.columns.items():
            if field not in COLUMNS:
                return {}, {}, f"no field {field!r}: {', '.join(COLUMNS)}"
            if plain_header(name) not in plain:
                return {}, {}, f"no column “{name}” in the header"
            found[field] = plain.index(plain_header(name))
        for field, names in COLUMNS.items():
            if field in found or field in self.layout.constants:
                continue
            taken = set(found.values())
            for name in names:
                if name in plain and plain.index(name) not in taken:
                    found[field] = plain.index(name)
                    break
        attributes = {
            name.strip(): index for index, name in enumerate(header) if name.strip() in ATTRIBUTES
        }
        known = {*found, *self.layout.constants}
        if not known & {"sku", "title"}:
            return found, attributes, "no column says which product a row is about (sku or title)"
        if not known & {*_PRICES, "reference", "sold", "stock", "title", "status"}:
            return found, attributes, "no column holds a price, a count or a product"
        return found, attributes, ""


class _Row:
    """One row while it is decoded."""

    def __init__(
        self,
        recording: Recording,
        place: str,
        raw: bytes,
        labels: dict[str, str],
        order: DateOrder | None,
    ) -> None:
        self.recording = recording
        self.place = place
        self.raw = raw
        self.labels = labels
        self.order = order
        self.cells: dict[str, str] = {}
        self.attributes: dict[str, str] = {}

    def decode(self, occurrences: Occurrences, out: Decoded) -> None:
        """The events of the row.

        Raises:
            NotAValue: a cell cannot be read; nothing of the row is taken.
        """
        sku = (self.cell("sku") or self.cell("title") or "")[:256]
        if not sku:
            raise NotAValue("the row does not say which product it is about")
        at = self._at()
        prices = {kind: parse_amount(text) for kind in _PRICES if (text := self.cell(kind))}
        text = self.cell("reference")
        reference = parse_amount(text) if text else None
        counts = {name: parse_count(text) for name in _COUNTS if (text := self.cell(name))}
        # Where in the file a row stands does not matter: a longer list has the same rows.
        identity = occurrences.id(
            "row", at, *(f"{key}={value}" for key, value in sorted(self.cells.items()))
        )
        common: dict[str, Any] = {
            "platform": self.recording.platform,
            "room": self.recording.room,
            "session": self.recording.session or "",
            "at": at,
            "raw": sha256(self.raw),
        }
        asking = prices.get("asking")
        if self.attributes or any(
            self.cell(field) for field in ("title", "shop", "brand", "category", "status", "url")
        ):
            out.take(
                Product(
                    id=f"{identity}-card",
                    sku=sku,
                    title=self.cell("title"),
                    shop=self.cell("shop"),
                    brand=self.cell("brand"),
                    category=category_of(self.cell("category")),  # type: ignore[arg-type]  # checked in `take`
                    attributes=self.attributes or None,
                    status=self._status(),  # type: ignore[arg-type]  # checked in `take`
                    price=asking.low_fen if asking is not None else None,
                    reference_price=reference.low_fen if reference is not None else None,
                    reference_label=self.labels.get("reference") if reference is not None else None,
                    stock=counts["stock"].value if "stock" in counts else None,
                    sold=counts["sold"].value if "sold" in counts else None,
                    url=self.cell("url"),
                    **common,
                ),
                self.place,
                self.raw,
            )
        for kind, amount in prices.items():
            beside = reference if kind == "asking" or "asking" not in prices else None
            out.take(
                Price(
                    id=f"{identity}-{kind}",
                    sku=sku,
                    kind=kind,
                    price=amount.low_fen,
                    reference_price=beside.low_fen if beside is not None else None,
                    reference_label=self.labels.get("reference", "原价")
                    if beside is not None
                    else None,
                    unit=amount.unit or self.cell("unit"),
                    conditions=self._conditions(amount),
                    **common,
                ),
                self.place,
                self.raw,
            )
        for name, count in counts.items():
            exact = count.value is not None
            out.take(
                Counter(
                    id=f"{identity}-{name}",
                    name=name,
                    sku=sku,
                    value=count.value,
                    low=None if exact else count.low,
                    high=None if exact else count.high,
                    **common,
                ),
                self.place,
                self.raw,
            )

    def cell(self, field: str) -> str | None:
        """A cell; empty and the usual dashes are unknown."""
        text = self.cells.get(field, "").strip()
        return (
            None
            if text
            in ("", "-", "--", "—", "/", "N/A", "n/a", "null", "NULL", "None", "暂无", "nan")
            else text
        )

    def _at(self) -> int:
        date, clock = self.cell("date"), self.cell("clock")
        if date is None:
            if self.recording.start_ms is None:
                raise NotAValue("the row has no time: say --start")
            return self.recording.start_ms
        if (
            re.fullmatch(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?", date)
            and self.recording.start_ms is not None
        ):
            # A time of day alone: on the day on which the recording began, or the night after.
            zone = self.recording.zone
            began = datetime.fromtimestamp(self.recording.start_ms / 1_000, UTC).astimezone(zone)
            at = parse_instant(f"{began:%Y-%m-%d} {date}", zone)
            if at < self.recording.start_ms - 12 * 3_600_000:
                at = parse_instant(f"{began + timedelta(days=1):%Y-%m-%d} {date}", zone)
            return at
        return parse_instant(f"{date} {clock}" if clock else date, self.recording.zone, self.order)

    def _status(self) -> str | None:
        text = self.cell("status")
        return STATUSES.get(text) if text is not None else None

    def _conditions(self, amount: Amount) -> list[str] | None:
        said = [
            text
            for text in (self.cell("conditions"), None if amount.exact else amount.text)
            if text
        ]
        return said or None


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
