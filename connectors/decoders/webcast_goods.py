"""Cards, prices and counts in the messages of Douyin's and TikTok's live socket.

Numbers are 分. A price that comes as a string is taken where it says that it is in yuan
(“¥39.9”, “39.9起”); a bare “3990” could be either, and is left out. What a status code means has
changed before: codes are not interpreted.
"""

from __future__ import annotations

from msgspec import Struct

from connectors.decoders.fields import millis
from connectors.decoders.frame import Frame, yuan_of
from connectors.decoders.wire import Message

__all__ = [
    "Asked",
    "ecom",
    "ecom_general",
    "explain",
    "product_change",
    "shelf_trade",
    "shopping",
    "tiktok_card",
]


#: Cards of one message that are read; a shelf holds a few hundred.
MAX_CARDS = 500


class Asked(Struct):
    """What a product is offered for now: one price, though a message may spell it several times."""

    low_fen: int
    high_fen: int | None = None
    conditions: list[str] = []

    @property
    def plain(self) -> bool:
        """Neither a range nor with conditions: also the card may say it, which has no place for them."""
        return not self.conditions and (self.high_fen is None or self.high_fen <= self.low_fen)


def product_change(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastProductChangeMessage: which cards changed, and what viewers are told of it."""
    at = millis(message.integer(2)) or at
    if toast := message.text(3):
        frame.chat(f"{event_id}-notice", toast, at=at, role="system")
    for card in message.messages(4)[:MAX_CARDS]:
        if sku := card.key(1):
            frame.card(f"{event_id}-{sku}", sku, at=at)
        else:
            frame.out.lack("product", "sku")


def shopping(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastLiveShoppingMessage: a card, its price, its campaign, its variants, what was sold."""
    at = millis(message.integer(15)) or at
    sku = message.key(3) or message.key(4)
    if sku is None:
        others = message.keys(9)[:MAX_CARDS]
        for number, other in enumerate(others):
            frame.card(f"{event_id}-{number}", other, at=at)
        if not others:
            frame.out.lack("product", "sku")
        return
    product, variants = message.message(11), message.message(18)
    asked = _campaign(frame, message.message(14)) or _asked(product, variants)
    frame.card(
        f"{event_id}-card",
        sku,
        at=at,
        title=product.text(2) or None,
        price_fen=asked.low_fen if asked is not None and asked.plain else None,
        status="sold_out" if message.integer(12) == 1 else None,
    )
    if asked is not None:
        frame.price(
            f"{event_id}-price", sku, "asking", asked.low_fen,
            at=at, high_fen=asked.high_fen, conditions=asked.conditions,
        )  # fmt: skip
    if coupon_fen := variants.integer(5):
        frame.price(f"{event_id}-coupon", sku, "coupon", coupon_fen, at=at)
    atmosphere = message.message(30)
    if sold := atmosphere.text(2) or atmosphere.text(4):
        frame.counter(f"{event_id}-sold", "sold", sold, at=at, sku=sku)


def _asked(product: Message, variants: Message) -> Asked | None:
    """The lowest of the variants, else the price of the card; the wire leaves out what is zero."""
    if low_fen := variants.integer(2):
        return Asked(low_fen, variants.integer(3))
    price_fen = product.integer(1)
    return Asked(price_fen) if price_fen else None


def _campaign(frame: Frame, campaign: Message) -> Asked | None:
    shown = campaign.text(3)
    if not shown:
        return None
    if campaign.integer(1) != 1:
        # The wire leaves out what is false.
        frame.out.skip("campaign that is not valid")
        return None
    amount = yuan_of(shown)
    if amount is None:
        frame.out.skip("campaign price that does not say whether it is 元 or 分")
        return None
    conditions = [campaign.text(2) or "活动价"]
    window = [campaign.text(number) or "" for number in (5, 6)]
    if any(window):
        conditions.append(f"活动时间 {window[0]}—{window[1]}")
    limit = campaign.key(9)
    if limit and limit != "0":
        conditions.append(f"限购 {limit}")
    if not amount.exact and amount.high_fen is None:
        conditions.append(amount.text)
    return Asked(amount.low_fen, amount.high_fen, conditions)


def ecom(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastLiveEcomMessage: what the platform writes over the picture (“… 正在去购买”)."""
    if text := message.text(5):
        frame.chat(event_id, text, at=millis(message.integer(8)) or at, role="system")


def ecom_general(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastLiveEcomGeneralMessage: its body has a schema that nobody outside knows; it is kept."""
    kind = message.text(2) or "no type"
    frame.out.strange(
        f"message {event_id}", f"WebcastLiveEcomGeneralMessage {kind}", message.data(6) or b""
    )


def shelf_trade(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastShelfTradeDataMessage: titles and values at the top of the shelf."""
    taken = False
    for number, top in enumerate(message.message(2).messages(3)[:MAX_CARDS]):
        title, value = top.text(1) or "", top.text(2) or ""
        # Only orders of the room have a place in the contract; sums of money have none.
        if "订单" in title or "单数" in title:
            frame.counter(f"{event_id}-{number}", "orders", value, at=at)
            taken = True
        elif title or value:
            frame.out.skip("figure of the shelf that is no number of orders")
            taken = True
    if not taken:
        frame.out.skip("WebcastShelfTradeDataMessage without values")


def explain(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastAwemeShopExplainMessage: a product is being explained."""
    extra = message.message(2)
    sku = extra.key(1)
    if sku is not None:
        # The end of an explanation says nothing else of the card than that it is there.
        active = extra.integer(2) == 1
        frame.card(event_id, sku, at=at, status="explaining" if active else None)
    else:
        frame.out.lack("product", "sku")


def tiktok_card(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    """WebcastOecLiveShoppingMessage: two schemas share it; the title stands in 4.1 of both.

    The price in 4.2 is never in yuan: the contract has no place for it.
    """
    card = message.message(4)
    title = card.text(1)
    sku = card.key(6) or (title or "")[:256]
    if not title or not sku:
        frame.out.lack("product", "sku" if title else "title")
        return
    frame.card(event_id, sku, at=at, title=title)
    if card.text(2):
        frame.out.skip("price in another currency than yuan")
