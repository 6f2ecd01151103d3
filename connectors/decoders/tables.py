"""Tables that people export: price and product lists, orders, broadcasts.

Columns are found by their header, in Chinese or English; a layout names others. Which columns are
there decides what a row is: one with an order's number is an order, one with the start of a
broadcast and no product is a broadcast, any other is a product with its prices and counts. A row
that cannot be used is reported, the others are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from connectors.decoders.broadcast_row import broadcast_row
from connectors.decoders.columns import ATTRIBUTES, COLUMNS, PERIOD_FIGURES, plain_header
from connectors.decoders.decoded import Decoded, Occurrences, Recording
from connectors.decoders.order_row import order_row
from connectors.decoders.product_row import PRICES, product_row
from connectors.decoders.table_row import TableRow
from connectors.errors import NotAValue
from connectors.instants import DateOrder, date_order
from connectors.unread import first_values

__all__ = ["TableLayout", "TableLine", "read_table"]

#: Longest header that is named, in characters, and columns that are named.
MAX_HEADER, MAX_UNREAD = 60, 200
#: Rows at the beginning among which the header is looked for.
TITLE_LINES = 8


class TableLayout(Struct, frozen=True, kw_only=True):
    """What a person says about a table beyond its headers."""

    columns: Mapping[str, str] = {}
    """Header by field: ``{"sku": "货品代码"}``; fields are those of `COLUMNS`."""
    constants: Mapping[str, str] = {}
    """A cell that all rows share, by field: ``{"sku": "carrot"}``."""
    dates: DateOrder | None = None
    """Order of dates such as 03/04/2024; found from the column where it decides."""


class TableLine(Struct, frozen=True):
    """A row as it stands in the file."""

    place: str
    cells: list[str]
    data: bytes
    """The row's own bytes, or its cells where it has none."""
    raw: str
    """SHA-256 of the row's bytes, or of the file where a row has none of its own."""


class _Header(Struct):
    columns: dict[str, int]
    attributes: dict[str, int]
    missing: str = ""
    """Why this row is no header."""


def read_table(
    lines: list[TableLine], recording: Recording, layout: TableLayout, out: Decoded
) -> None:
    """The events of all rows."""
    # Exports put titles above the header: the first row that can be one is it.
    candidates = [_header(line.cells, layout) for line in lines[:TITLE_LINES]]
    place = next((at for at, found in enumerate(candidates) if not found.missing), 0)
    header, top, body = candidates[place], lines[place], lines[place + 1 :]
    if header.missing:
        out.bad(top.place, header.missing, top.data)
        return
    columns = header.columns
    order = layout.dates
    if order is None and "date" in columns:
        order = date_order(
            [line.cells[columns["date"]] for line in body if len(line.cells) > columns["date"]]
        )
    labels = {field: top.cells[index].strip() for field, index in columns.items()}
    decode = _kind_of({*columns, *layout.constants})
    occurrences = Occurrences()
    for line in body:
        row = TableRow(recording, line.place, line.data, line.raw, labels, order)
        row.cells = dict(layout.constants)
        for field, index in columns.items():
            if index < len(line.cells):
                row.cells[field] = line.cells[index].strip()
        for name, index in header.attributes.items():
            if index < len(line.cells) and (value := line.cells[index].strip()):
                row.attributes[name] = value
        before = len(out.events) + len(out.problems)
        try:
            decode(row, occurrences, out)
            if len(out.events) + len(out.problems) == before:
                out.skip("row without a price, a count or a card")
        except NotAValue as error:
            out.bad(row.place, error.reason, row.data)
    # In a list of orders the same words stand over what the order itself cost.
    periods = PERIOD_FIGURES if decode is not order_row else frozenset[str]()
    unread = [name.strip() for name in top.cells if plain_header(name) in periods]
    if unread:
        out.notes.append(
            f"{top.place}: not read, as figures of a period that nobody was shown: {', '.join(unread)}"
        )
    used = {*columns.values(), *header.attributes.values()}
    for index, name in enumerate(top.cells):
        if len(out.unread) == MAX_UNREAD:
            break
        if name.strip() and index not in used and plain_header(name) not in periods:
            cells = [line.cells[index] for line in body if index < len(line.cells)]
            out.unread[name.strip()[:MAX_HEADER]] = first_values(name, cells)


def _kind_of(fields: set[str]) -> Callable[[TableRow, Occurrences, Decoded], None]:
    if "order" in fields:
        return order_row
    if "began" in fields and not fields & {"sku", "title"}:
        return broadcast_row
    return product_row


def _header(cells: list[str], layout: TableLayout) -> _Header:
    """Places of the fields and of the card's attributes, and what is missing."""
    places: dict[str, int] = {}
    for index, name in enumerate(cells):
        places.setdefault(plain_header(name), index)
    found: dict[str, int] = {}
    for field, name in layout.columns.items():
        if field not in COLUMNS:
            return _Header({}, {}, f"no field {field!r}: {', '.join(COLUMNS)}")
        if plain_header(name) not in places:
            return _Header({}, {}, f"no column “{name}” in the header")
        found[field] = places[plain_header(name)]
    for field, names in COLUMNS.items():
        if field in found or field in layout.constants:
            continue
        taken = set(found.values())
        for name in names:
            if name in places and places[name] not in taken:
                found[field] = places[name]
                break
    attributes = {
        name.strip(): index for index, name in enumerate(cells) if name.strip() in ATTRIBUTES
    }
    known = {*found, *layout.constants}
    missing = ""
    if "began" in known and known & {"ended", "visits", "likes", "orders", "broadcast"}:
        pass
    elif not known & {"sku", "title"}:
        missing = "no column says which product a row is about (sku or title)"
    elif not known & {*PRICES, "reference", "sold", "stock", "title", "status", "order"}:
        missing = "no column holds a price, a count or a product"
    return _Header(found, attributes, missing)
