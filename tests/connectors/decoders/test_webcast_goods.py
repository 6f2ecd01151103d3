"""Cards, prices and counts in Douyin's and TikTok's frames."""

from __future__ import annotations

import pytest

from connectors.decoders.decoded import Decoded
from detectors.events import Chat, Counter, Price, Product
from tests.connectors.decoders.protobuf_frames import AT, CLASSES, common, push, write
from tests.connectors.decoders.test_webcast import decode

SKU = 3_512_345_678_901_234_567


def shopping(**fields: object) -> Decoded:
    if "card" in fields:
        fields["updated_product_info"] = CLASSES["Card"](**fields.pop("card"))  # type: ignore[arg-type]
    message = write("Shopping", **({"common": common(1), "promotion_id": SKU} | fields))
    return decode(push(("WebcastLiveShoppingMessage", message), first_id=40))


def test_a_card_with_its_price_in_fen() -> None:
    card, price = shopping(
        card={"price": 9_990, "title": "桂花茶 250g", "status": 2}, update_timestamp=AT // 1_000 + 3
    ).events

    assert isinstance(card, Product)
    assert isinstance(price, Price)
    assert (card.sku, card.title, card.price, card.status) == (str(SKU), "桂花茶 250g", 9_990, None)
    assert (price.sku, price.kind, price.price, price.at) == (str(SKU), "asking", 9_990, AT + 3_000)
    assert (card.id, price.id) == ("40-card", "40-price")


@pytest.mark.parametrize("kind", ["Shopping", "OldShopping"])
def test_the_promotion_stands_in_field_3_or_4_as_number_or_text(kind: str) -> None:
    message = write(
        kind, promotion_id=SKU if kind == "Shopping" else str(SKU),
        updated_product_info=CLASSES["Card"](price=100),
    )  # fmt: skip
    events = decode(push(("WebcastLiveShoppingMessage", message))).events

    assert {getattr(event, "sku", None) for event in events} == {str(SKU)}


def test_a_card_that_names_no_price_has_none() -> None:
    (card,) = shopping(card={"title": "桂花茶"}).events

    assert isinstance(card, Product)
    assert card.price is None


def test_sold_out_is_said_by_a_flag_not_by_a_code() -> None:
    (card,) = shopping(sold_out=True).events

    assert isinstance(card, Product)
    assert card.status == "sold_out"


def test_variants_give_the_lowest_price_the_range_and_the_coupon() -> None:
    _, asking, coupon = shopping(
        update_sku_info=CLASSES["Variants"](min_price=3_990, max_price=12_990, coupon_price=2_990)
    ).events

    assert isinstance(asking, Price)
    assert isinstance(coupon, Price)
    assert (asking.price, asking.conditions) == (3_990, ["¥39.90-¥129.90"])
    assert (coupon.kind, coupon.price) == ("coupon", 2_990)


def campaign(price: str, **fields: object) -> Decoded:
    return shopping(
        updated_campaign_info=CLASSES["Campaign"](**({"is_valid": True, "price": price} | fields))
    )


def test_a_campaign_keeps_its_window_and_limit_as_conditions() -> None:
    _, price = campaign(
        "¥29.9", label="限时秒杀", start_time="20:00", end_time="20:10", user_limit="2"
    ).events

    assert isinstance(price, Price)
    assert (price.kind, price.price) == ("asking", 2_990)
    assert price.conditions == ["限时秒杀", "活动时间 20:00—20:10", "限购 2"]


def test_a_message_names_one_price_however_often_it_spells_it() -> None:
    # Two at once would look like a price that was cut, or put up.
    out = shopping(
        card={"price": 9_990, "title": "桂花茶"},
        update_sku_info=CLASSES["Variants"](min_price=9_990, max_price=12_990),
        updated_campaign_info=CLASSES["Campaign"](is_valid=True, price="¥29.9", label="秒杀"),
    )
    card, price = out.events

    assert isinstance(card, Product)
    assert isinstance(price, Price)
    assert (price.price, price.conditions) == (2_990, ["秒杀"])
    # The card has no place for conditions.
    assert card.price is None


def test_a_lowest_price_says_so() -> None:
    _, price = campaign("39.9起").events

    assert isinstance(price, Price)
    assert (price.price, price.conditions) == (3_990, ["活动价", "39.9起"])


def test_a_bare_number_may_be_yuan_or_fen_and_is_left_out() -> None:
    out = campaign("2990")

    assert not any(isinstance(event, Price) for event in out.events)
    assert out.skipped == {"campaign price that does not say whether it is 元 or 分": 1}


def test_a_campaign_that_is_over_gives_no_price() -> None:
    assert not any(isinstance(event, Price) for event in campaign("¥29.9", is_valid=False).events)


@pytest.mark.parametrize(
    ("fields", "value", "low", "high"),
    [
        ({"sale_num": "已售1.2万"}, None, 12_000, 12_999),
        ({"num": "86"}, 86, None, None),
        ({"sale_num": "1万+"}, None, 10_000, None),
    ],
)
def test_what_the_card_says_was_sold(
    fields: dict[str, str], value: int | None, low: int | None, high: int | None
) -> None:
    _, sold = shopping(hot_atmosphere=CLASSES["Atmosphere"](**fields)).events

    assert isinstance(sold, Counter)
    assert (sold.name, sold.sku) == ("sold", str(SKU))
    assert (sold.value, sold.low, sold.high) == (value, low, high)


def test_only_a_list_of_products_names_cards() -> None:
    out = shopping(promotion_id=0, updated_product_ids=[SKU, SKU + 1])

    assert [getattr(event, "sku", None) for event in out.events] == [str(SKU), str(SKU + 1)]


def test_a_change_of_the_shelf_names_its_cards_and_what_viewers_are_told() -> None:
    message = write(
        "ProductChange", common=common(1), update_timestamp=AT, update_toast="主播更新了商品",
        update_product_info=[CLASSES["ChangedCard"](promotion_id=SKU, explain_type=7)],
    )  # fmt: skip
    toast, card = decode(push(("WebcastProductChangeMessage", message))).events

    assert isinstance(toast, Chat)
    assert isinstance(card, Product)
    assert (toast.role, toast.text) == ("system", "主播更新了商品")
    # A code that has changed its meaning before says nothing.
    assert (card.sku, card.status) == (str(SKU), None)


@pytest.mark.parametrize(("active", "status"), [(True, "explaining"), (False, None)])
def test_what_is_being_explained(active: bool, status: str | None) -> None:
    extra = CLASSES["ExplainExtra"](promotion_id=SKU, active=active)
    (card,) = decode(push(("WebcastAwemeShopExplainMessage", write("Explain", extra=extra)))).events

    assert isinstance(card, Product)
    assert (card.sku, card.status) == (str(SKU), status)


def test_what_the_platform_writes_over_the_picture_is_its_own_word() -> None:
    message = write("Ecom", nick_name="小雨点", purchase_cnt=12, text="12人正在去购买")
    (line,) = decode(push(("WebcastLiveEcomMessage", message))).events

    assert isinstance(line, Chat)
    assert (line.role, line.user, line.text) == ("system", None, "12人正在去购买")


def test_the_body_that_nobody_can_read_is_kept() -> None:
    message = write("EcomGeneral", content_type="card_v9", data=b"\x01\x02\x03")
    out = decode(push(("WebcastLiveEcomGeneralMessage", message)))

    assert out.events == []
    assert [(piece.reason, piece.data) for piece in out.unknown] == [
        ("unknown WebcastLiveEcomGeneralMessage card_v9", b"\x01\x02\x03")
    ]


def test_of_the_shelfs_figures_only_orders_are_taken() -> None:
    tops = [
        CLASSES["ShelfTop"](title="成交订单数", value="1.5万"),
        CLASSES["ShelfTop"](title="成交金额", value="¥80万"),
    ]
    message = write("ShelfTrade", data=CLASSES["ShelfData"](top_data=tops))
    out = decode(push(("WebcastShelfTradeDataMessage", message)))

    (orders,) = out.events
    assert isinstance(orders, Counter)
    assert (orders.name, orders.low, orders.high) == ("orders", 15_000, 15_999)
    assert out.skipped == {"figure of the shelf that is no number of orders": 1}


@pytest.mark.parametrize(
    ("kind", "field", "card", "sku"),
    [
        ("TikTokA", "shop_data", {"title": "Linen shirt", "price": "$19.90"}, "Linen shirt"),
        (
            "TikTokB",
            "pop_product",
            {"title": "Linen shirt", "price": "19.90", "product_id": 5},
            "5",
        ),
    ],
)
def test_tiktoks_two_schemas_share_title_and_price_which_is_never_in_yuan(
    kind: str, field: str, card: dict[str, object], sku: str
) -> None:
    names = {"TikTokA": "TikTokCardA", "TikTokB": "TikTokCardB"}
    message = write(kind, **{field: CLASSES[names[kind]](**card)})
    out = decode(push(("WebcastOecLiveShoppingMessage", message)), platform="tiktok")

    (shown,) = out.events
    assert isinstance(shown, Product)
    assert (shown.platform, shown.title, shown.sku, shown.price) == (
        "tiktok", "Linen shirt", sku, None,
    )  # fmt: skip
    assert out.skipped == {"price in another currency than yuan": 1}
