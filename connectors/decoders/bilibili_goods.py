"""Goods in a room of Bilibili: cards, prices, what is bought, and the shopping bag.

Prices are texts in yuan (`goods_price` “39.9”); the field sets of the cards differ by the shop
that goods come from, and change. `coupon_discount_price` is 到手价: what is paid after a
coupon. `strock_price` (spelled so) is the price that is struck out, shown while `strock_show`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from connectors.decoders.bilibili_command import Command, counter
from connectors.decoders.fields import Fields
from connectors.numbers import Amount
from detectors.events import Counter, Event, Price, Product, Room

__all__ = ["bubbles", "explained", "hot", "recommended", "selected", "shelf"]

Status = Literal["listed", "explaining", "sold_out", "removed"]

#: Cards of one message that are read.
MAX_CARDS = 500
STRUCK_OUT = "划线价"


def explained(command: Command) -> list[Event]:
    """SHOPPING_EXPLAIN_CARD: the host talks about this (讲解)."""
    return _card(command, command.data, "explaining", "")


def recommended(command: Command) -> list[Event]:
    """RECOMMEND_CARD: cards that the platform puts in front; `hot_buy_num` is 本场已售."""
    events: list[Event] = []
    lists = (*command.data.each("recommend_list"), *command.data.each("update_list"))
    for number, entry in enumerate(lists[:MAX_CARDS]):
        card = entry.inner("shopping_card_detail") or entry
        made = _card(command, card, "listed", f"/{number}")
        sold = card.count("hot_buy_num")
        if made and sold is not None and sold.value is not None:
            id_ = f"{command.id}/{number}/sold"
            sku = _sku(card)
            made.append(Counter(**command.common(id_), name="sold", value=sold.value, sku=sku))
        events += made
    return events


def selected(command: Command) -> list[Event]:
    """SELECTED_GOODS_INFO: some goods of the shelf; what `change_type` means is not known."""
    events: list[Event] = []
    for number, card in enumerate(command.data.each("item", "items")):
        if number < MAX_CARDS:
            events += _card(command, card, None, f"/{number}")
    return events


def bubbles(command: Command) -> list[Event]:
    """SHOPPING_BUBBLES_STYLE: words that hang at the shopping bag, of the goods they name."""
    words: dict[str, list[str]] = {}
    for bubble in command.data.each("bubbles_list"):
        name = bubble.some_text("name")
        named = bubble.get("goods_list")
        for entry in named[:MAX_CARDS] if isinstance(named, list) and name else ():
            sku = _sku(Fields(entry)) or Fields({"id": entry}).id("id")
            if sku is not None and name is not None:
                words.setdefault(sku, []).append(name)
    return [
        Product(
            **command.common(f"{command.id}/{number}"),
            sku=sku,
            attributes={"购物袋提示": "；".join(names[:20])},
        )
        for number, (sku, names) in enumerate(list(words.items())[:MAX_CARDS])
    ]


def hot(command: Command) -> list[Event]:
    """HOT_BUY_NUM: how many bought this."""
    sku = _sku(command.data)
    return counter(command, "orders", "num", sku=sku) if sku is not None else []


def shelf(command: Command) -> list[Event]:
    """SHOPPING_CART_SHOW: the room sells now, or has stopped to; of whom, as far as is known."""
    if command.data.integer("status") not in (1, 2):
        return []
    return [Room(**command.common(), host=command.recording.host)]


def _sku(card: Fields) -> str | None:
    return card.id("goods_id", "itemCode", "item_code")


def _card(command: Command, card: Fields, status: Status | None, place: str) -> list[Event]:
    sku = _sku(card)
    if sku is None:
        return []
    shown = card.inner("price_info.normal")
    price = card.yuan("goods_price") or shown.yuan("sale_price")
    struck = shown.yuan("strock_price") if shown.integer("strock_show") != 0 else None
    point = card.some_text("selling_point")
    base = f"{command.id}{place}"
    reference = struck.low_fen if struck is not None else None
    events: list[Event] = [
        Product(
            **command.common(f"{base}/card"),
            sku=sku,
            title=card.text("goods_name", "title"),
            attributes={"卖点": point} if point else None,
            status=status,
            price=price.low_fen if price is not None else None,
            reference_price=reference,
            reference_label=STRUCK_OUT if reference is not None else None,
            url=card.some_text("h5_url", "goods_url"),
        )
    ]
    if price is not None:
        events.append(
            Price(
                **command.common(f"{base}/price"),
                sku=sku,
                price=price.low_fen,
                kind="asking",
                reference_price=reference,
                reference_label=STRUCK_OUT if reference is not None else None,
                unit=price.unit,
                conditions=_conditions(command, card, price) or None,
            )
        )
    coupon = card.yuan("coupon_discount_price")
    if coupon is not None:
        described = (
            card.some_text("coupon_name"),
            card.some_text("coupon_info.coupon_desc", "coupon_desc"),
        )
        events.append(
            Price(
                **command.common(f"{base}/coupon"),
                sku=sku,
                price=coupon.low_fen,
                kind="coupon",
                conditions=[text for text in described if text] or None,
            )
        )
    return events


def _conditions(command: Command, card: Fields, price: Amount) -> list[str]:
    """What the displayed price depends on."""
    found = [price.text] if price.text else []
    shown = card.inner("price_info.normal")
    highest = card.yuan("goods_max_price")
    if highest is not None and highest.low_fen > price.low_fen:
        found.append(f"{_yuan(price.low_fen)}-{_yuan(highest.low_fen)} 元")
    for words in (shown.some_text("prefix_price"), shown.some_text("suffix_price")):
        if words and words not in found:
            found.append(words)
    begins, ends = shown.millis("sale_start_time"), shown.millis("sale_end_time")
    if begins is not None and ends is not None:
        found.append(f"{_moment(command, begins)} 至 {_moment(command, ends)}")
    if card.integer("is_pre_sale") == 1:
        found.append("预售")
    return found


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _moment(command: Command, at: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return f"{moment.astimezone(command.recording.zone):%Y-%m-%d %H:%M:%S}"
