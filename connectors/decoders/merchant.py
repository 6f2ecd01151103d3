"""Answers of merchants' own pages (comments, orders, shelf, room), recognised by their shape.

Addresses of these answers move, their shapes stay: `comment_infos[]`, `commentList[]`, `live_order`,
`promotions[]`, and the room with its `room_cart`. Prices in `promotions[]` are 分.
"""

from __future__ import annotations

from connectors.decoders.decoded import digest
from connectors.decoders.fields import Fields
from connectors.decoders.frame import Frame, OrderStatus, Place, yuan_of
from connectors.decoders.jsonvalue import rounded_by_browser
from connectors.decoders.webcast_goods import Asked

__all__ = ["comment_infos", "comment_list", "is_order", "order", "promotions", "room"]

#: Which product a card is of: the socket names promotions, so they go first.
_SKU = ("promotion_id_str", "promotion_id", "product_id_str", "product_id")
_STATUSES: dict[object, OrderStatus] = {
    "已下单": "placed", "已付款": "paid", "已支付": "paid", "已退款": "refunded",
    "已取消": "cancelled", "已关闭": "cancelled",
}  # fmt: skip


def comment_infos(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """Douyin's console: `comment_infos[]{comment_id, nick_name, content}`."""
    found = False
    for number, comment in enumerate(answer.each(name)):
        # Also without its text: it may have moved, and that has to be noticed.
        if comment.get("content") is not None or comment.id("comment_id_str", "comment_id"):
            found = True
            _comment(
                frame,
                frame.id(place, number),
                comment.id("comment_id_str", "comment_id"),
                comment.some_text("content"),
                comment.id("user_id_str", "user_id", "uid", "sec_uid"),
                comment.some_text("nick_name"),
                comment.millis("create_time", "comment_time", "timestamp"),
            )
    return found


def comment_list(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """Kuaishou's console: `commentList[]{commentId, commentContent, fromUserId, commentTime}`."""
    found = False
    for number, comment in enumerate(answer.each(name)):
        if comment.get("commentContent") is not None or comment.id("commentId"):
            found = True
            _comment(
                frame,
                frame.id(place, number),
                comment.id("commentId"),
                comment.some_text("commentContent"),
                comment.id("fromUserId"),
                comment.some_text("fromUserName"),
                comment.millis("commentTime"),
            )
    return found


def _comment(
    frame: Frame, place_id: str, event_id: str | None, text: str | None,
    account: str | None, nickname: str | None, at: int | None,
) -> None:  # fmt: skip
    if text is None:
        frame.out.skip("comment without text")
        frame.out.lack("chat", "text")
        return
    account = account or (f"name:{nickname}" if nickname else None)
    if event_id is None or rounded_by_browser(event_id):
        # Two comments may share a rounded number: who wrote what and when tells them apart.
        event_id = f"c-{digest(event_id, account, at, text)}" if at is not None else place_id
    frame.chat(event_id, text, account, author=nickname, at=at)


def is_order(value: Fields) -> bool:
    """Is this an order of the console: a status in words, and a product."""
    return isinstance(value.get("order_status"), str) and value.get("product_id") is not None


def order(frame: Frame, value: Fields) -> None:
    """`{order_status 已下单|已付款, order_ts, product_id, product_title}`."""
    shown = value.get("order_status")
    status, sku = _STATUSES.get(shown), value.id("product_id_str", "product_id")
    if status is None or sku is None:
        frame.out.skip("order in a state that is not known")
        frame.out.lack("order", "status" if status is None else "sku")
        return
    at = value.millis("order_ts")
    account = value.id("user_id_str", "user_id", "uid", "nick_name")
    number = value.id("order_id_str", "order_id", "order_no")
    # The page is asked again and again: without a number, its product, time and buyer are the order.
    if number is None or rounded_by_browser(number):
        number = f"o-{digest(number, sku, at, account)}"
    frame.order(f"{number}-{status}", number, sku, status, at=at, account=account)


def promotions(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """The shelf: `promotions[]{promotion_id, product_id, title, min_price, max_price …}`."""
    found = False
    cards = []
    for card in answer.each(name):
        if card.id(*_SKU):
            cards.append(card)
        elif card.some_text("title", "elastic_title") and card.get("min_price") is not None:
            # A card by all that it says but its number.
            frame.out.lack("product", "sku")
    if len(cards) > 1 and all(rounded_by_browser(card.id(*_SKU)) for card in cards):
        # One such number is chance, all are not: two products may have become one.
        frame.out.bad("frame", "a browser rounded the ids of its products")
        return True
    for number, card in enumerate(cards):
        sku = card.id(*_SKU)
        if sku is not None:
            found = True
            _card(frame, card, sku, frame.observation(place, number))
    return found


def _card(frame: Frame, card: Fields, sku: str, event_id: str) -> None:
    asked = _asked(frame, card)
    stock = card.integer("campaign_info.left_stock")
    stock = stock if stock is not None and stock >= 0 else None
    frame.card(
        f"{event_id}-card",
        sku,
        title=card.some_text("title", "elastic_title"),
        price_fen=asked.low_fen if asked is not None and asked.plain else None,
        status="sold_out" if card.get("in_stock") is False else None,
        stock=stock,
        url=card.some_text("detail_url"),
    )
    if asked is not None:
        frame.price(
            f"{event_id}-price", sku, "asking", asked.low_fen,
            high_fen=asked.high_fen, conditions=asked.conditions,
        )  # fmt: skip
    if stock is not None:
        frame.counter(f"{event_id}-stock", "stock", stock, sku=sku)


def _asked(frame: Frame, card: Fields) -> Asked | None:
    """The campaign's price where there is one, else the lowest of the card."""
    shown = card.get("campaign_info.price")
    amount = yuan_of(shown) if isinstance(shown, str) else None
    if amount is not None:
        return Asked(amount.low_fen, amount.high_fen, ["活动价"])
    if shown:
        frame.out.skip("campaign price that does not say whether it is 元 or 分")
    said = card.get("min_price")
    if isinstance(said, str) and (amount := yuan_of(said)) is not None:
        return Asked(amount.low_fen, amount.high_fen) if amount.low_fen else None
    # Zero is what an unset price looks like there.
    low_fen = card.fen("min_price") or None
    return Asked(low_fen, card.fen("max_price")) if low_fen is not None else None


def room(frame: Frame, value: Fields) -> bool:
    """The room as the page is told of it on entering.

    `has_commerce_goods` is a permission to sell, not a cart: it says nothing of goods on display.
    """
    room_id, owner = value.id("id_str", "id"), value.inner("owner")
    if room_id is None or not owner:
        return False
    place = Place(owner.id("web_rid") or room_id, owner.id("id_str", "id") or "")
    frame.enter(room_id, place)
    if name := owner.some_text("nickname"):
        frame.host(frame.observation("room"), name)
    viewers = value.get("stats.user_count_str")
    views = value.inner("room_view_stats")
    if "在线" in (views.text("display_long") or "") and not views.get("is_hidden"):
        viewers = views.get("display_value") or viewers
    frame.counter(frame.observation("viewers"), "viewers", viewers)
    frame.counter(frame.observation("visits"), "visits", value.get("stats.total_user_str"))
    frame.counter(frame.observation("likes"), "likes", value.get("like_count"))
    return True
