"""A row of a price or product list: the card, its prices and its counts.

“¥39.9-129.9” is the lowest price with the range among the conditions, “1.2万” sold is a range of
counts. An empty cell is unknown: a list that leaves it empty has not looked.
"""

from __future__ import annotations

from typing import Literal

from connectors.decoders.columns import STATUSES, category_of
from connectors.decoders.decoded import Decoded, Occurrences
from connectors.decoders.table_row import TableRow
from connectors.numbers import parse_amount, parse_count
from detectors.events import Counter, Price, Product

__all__ = ["PRICES", "product_row"]

PRICES: tuple[Literal["asking", "coupon", "transaction", "deposit"], ...] = (
    "asking", "coupon", "transaction", "deposit",
)  # fmt: skip
_COUNTS: tuple[Literal["sold", "stock"], ...] = ("sold", "stock")
_CARD = ("title", "shop", "brand", "category", "status", "url")
#: What tells rows apart; not the columns of orders and broadcasts.
_IDENTITY = frozenset(
    {*PRICES, *_COUNTS, *_CARD, "sku", "reference", "date", "clock", "unit", "conditions"}
)


def product_row(row: TableRow, occurrences: Occurrences, out: Decoded) -> None:
    """The events of the row.

    Raises:
        NotAValue: a cell cannot be read; nothing of the row is taken.
    """
    sku, at = row.sku(), row.observed_at()
    prices = {kind: parse_amount(text) for kind in PRICES if (text := row.cell(kind))}
    text = row.cell("reference")
    reference = parse_amount(text) if text else None
    counts = {name: parse_count(text) for name in _COUNTS if (text := row.cell(name))}
    # Where in the file a row stands does not matter: a longer list has the same rows.
    cells = (f"{key}={value}" for key, value in sorted(row.cells.items()) if key in _IDENTITY)
    identity = occurrences.id("row", at, *cells)
    shared = row.shared(at)
    asking = prices.get("asking")
    label = row.labels.get("reference")
    if row.attributes or any(row.cell(field) for field in _CARD):
        status = row.cell("status")
        out.take(
            Product(
                id=f"{identity}-card",
                sku=sku,
                title=row.cell("title"),
                shop=row.cell("shop"),
                brand=row.cell("brand"),
                category=category_of(row.cell("category")),  # type: ignore[arg-type]  # checked in `take`
                attributes=row.attributes or None,
                status=STATUSES.get(status) if status is not None else None,  # type: ignore[arg-type]  # checked in `take`
                price=asking.low_fen if asking is not None else None,
                reference_price=reference.low_fen if reference is not None else None,
                reference_label=label if reference is not None else None,
                stock=counts["stock"].value if "stock" in counts else None,
                sold=counts["sold"].value if "sold" in counts else None,
                url=row.cell("url"),
                **shared,
            ),
            row.place,
            row.data,
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
                reference_label=(label or "原价") if beside is not None else None,
                unit=amount.unit or row.cell("unit"),
                conditions=row.conditions(amount),
                **shared,
            ),
            row.place,
            row.data,
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
                **shared,
            ),
            row.place,
            row.data,
        )
