"""A row of an export of orders: the order, and what was paid for one.

Of the buyer only the account is read, to make the pseudonym; names, numbers and addresses of
receivers are never looked at. What was paid for several is divided only where it comes out even.
"""

from __future__ import annotations

from typing import Literal

from connectors.decoders.columns import ORDER_STATUSES
from connectors.decoders.decoded import Decoded, Occurrences
from connectors.decoders.table_row import TableRow
from connectors.errors import NotAValue
from connectors.numbers import parse_amount
from detectors.events import Order, Price

__all__ = ["order_row"]

Status = Literal["placed", "paid", "refunded", "cancelled"]


def order_row(row: TableRow, occurrences: Occurrences, out: Decoded) -> None:
    """The events of the row.

    Raises:
        NotAValue: a cell cannot be read; nothing of the row is taken.
    """
    number = row.identifier("order")
    if number is None:
        raise NotAValue("the row does not say which order it is")
    sku = row.sku()
    ordered_at, paid_at = row.instant("ordered"), row.instant("paid_at")
    status = _status(row, paid_at)
    quantity, price_fen = _quantity(row), None
    if paid_at is not None or status == "paid":
        price_fen = _paid_for_one(row, quantity)
    placed_at = ordered_at or paid_at or row.observed_at()
    buyer = row.cell("buyer")
    user = row.recording.account(buyer) if buyer is not None else None
    at = {
        "placed": placed_at,
        "paid": paid_at or placed_at,
        "refunded": row.instant("finished") or paid_at or placed_at,
        "cancelled": row.instant("finished") or placed_at,
    }
    states: list[Status] = [status]
    if status == "refunded" and paid_at is not None:
        states.insert(0, "paid")
    for state in states:
        out.take(
            Order(
                id=f"{number}-{state}",
                order=number,
                sku=sku,
                user=user,
                quantity=quantity,
                price=price_fen,
                status=state,
                **row.shared(at[state]),
            ),
            row.place,
            row.data,
        )
    if price_fen is not None and "paid" in states:
        out.take(
            Price(
                id=f"{number}-transaction",
                sku=sku,
                kind="transaction",
                price=price_fen,
                **row.shared(at["paid"]),
            ),
            row.place,
            row.data,
        )


def _status(row: TableRow, paid_at: int | None) -> Status:
    said = row.cell("order_status") or ""
    after_sale = row.cell("after_sale") or ""
    if any(word in after_sale for word in ("退款成功", "退款完成", "已退款", "全额退款")):
        return "refunded"
    for word, status in ORDER_STATUSES:
        if word in said:
            return status
    if paid_at is not None:
        return "paid"
    if not said:
        return "placed"
    raise NotAValue(f"“{said[:40]}” is no known state of an order")


def _quantity(row: TableRow) -> int | None:
    text = row.cell("quantity")
    if text is None:
        return None
    whole = text.removesuffix(".0").removesuffix("件")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 9:
        raise NotAValue(f"“{text[:40]}” is no number of pieces")
    return int(whole)


def _paid_for_one(row: TableRow, quantity: int | None) -> int | None:
    """What was paid for one, in 分; unknown where the sum cannot be divided evenly."""
    text = row.cell("paid")
    if text is None or quantity == 0:
        return None
    amount = parse_amount(text)
    freight = row.cell("freight")
    goods_fen = amount.low_fen - (parse_amount(freight).low_fen if freight is not None else 0)
    each_fen, rest = divmod(goods_fen, quantity or 1)
    return each_fen if amount.exact and not rest and each_fen >= 0 else None
