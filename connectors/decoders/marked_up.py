"""Products as pages mark them up for search engines: `Product` of schema.org, in JSON-LD.

A page that shows goods says in it what a shopper sees: name, brand, offers with price and
availability. Its shape is a standard, so that it is read of any shop (https://schema.org/Product).
Prices in another currency than the yuan are passed over: nothing here converts.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.decoders.decoded import digest
from connectors.decoders.fields import Fields
from connectors.decoders.frame import CardStatus, Frame

__all__ = ["is_product", "product"]

#: “¥” is Japan's, too.
_YUAN = frozenset({"CNY", "RMB"})
#: Where one of these is, the price is not for anyone who buys one.
_LIMITS = ("validForMemberTier", "eligibleCustomerType", "eligibleTransactionVolume", "eligibleQuantity", "billingDuration", "eligibleDuration")  # fmt: skip
_SKU = ("sku", "productID", "mpn", "gtin13", "gtin", "@id", "url")
_STATUSES: dict[str, CardStatus] = {
    "InStock": "listed", "LimitedAvailability": "listed", "OnlineOnly": "listed",
    "PreOrder": "listed", "PreSale": "listed",
    "OutOfStock": "sold_out", "SoldOut": "sold_out", "Discontinued": "removed",
}  # fmt: skip
#: Kinds of a price that stands beside the one that is asked.
_REFERENCES = ("StrikethroughPrice", "ListPrice", "SRP", "MSRP", "RegularPrice")
#: Offers of one product that are looked at.
MAX_OFFERS = 100


def is_product(value: Fields) -> bool:
    """Is this a product of schema.org: by its type, and with a name."""
    kind = value.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    named = value.some_text("name") is not None
    return named and any(isinstance(one, str) and _last(one) == "Product" for one in kinds)


def product(frame: Frame, value: Fields, place: str) -> None:
    """The card, and a price for each offer in yuan."""
    offers = list(_objects(value, "offers"))[:MAX_OFFERS]
    title = value.some_text("name")
    sku = value.id(*_SKU) or f"name-{digest(title)}"
    statuses = {_STATUSES.get(_last(offer.text("availability") or "")) for offer in offers}
    frame.card(
        frame.observation(place, "card"),
        sku,
        title=title,
        # Where the offers are not all of one state, the product has none.
        status=statuses.pop() if len(statuses) == 1 else None,
        url=value.text("url"),
    )
    for number, offer in enumerate(offers):
        _price(frame, offer, offer.id("sku") or sku, f"{place}.offers.{number}")


def _price(frame: Frame, offer: Fields, sku: str, place: str) -> None:
    specifications = list(_objects(offer, "priceSpecification"))[:MAX_OFFERS]
    references = [one for one in specifications if _last(_kind(one)) in _REFERENCES]
    asking = offer
    if offer.get("price", "lowPrice") is None:
        asking = next((one for one in specifications if one not in references), offer)
    currency = asking.text("priceCurrency") or offer.text("priceCurrency")
    if asking.get("price", "lowPrice") is None:
        return
    if currency not in _YUAN:
        frame.out.skip("price in another currency than the yuan, or in none")
        return
    if offer.get(*_LIMITS) is not None or asking.get(*_LIMITS) is not None:
        frame.out.skip("price under a condition")
        return
    amount = asking.yuan("price", "lowPrice")
    if amount is None or not amount.low_fen:
        # A page without a price often says 0.
        frame.out.skip("price that is none")
        return
    high = asking.yuan("highPrice")
    reference = next((one.yuan("price") for one in references if _in_yuan(one, currency)), None)
    struck = any(_last(_kind(one)) == "StrikethroughPrice" for one in references[:1])
    frame.price(
        frame.observation(place),
        sku,
        "asking",
        amount.low_fen,
        high_fen=high.low_fen if high is not None else amount.high_fen,
        reference_fen=reference.low_fen if reference is not None else None,
        reference_label="划线价" if struck else None,
    )


def _in_yuan(value: Fields, otherwise: str | None) -> bool:
    return (value.text("priceCurrency") or otherwise) in _YUAN


def _kind(value: Fields) -> str:
    return value.text("priceType") or ""


def _objects(value: Fields, name: str) -> Iterator[Fields]:
    """The objects of a list, or the one that stands in its place."""
    inner = value.get(name)
    if isinstance(inner, dict):
        yield Fields(inner)
    else:
        yield from value.each(name)


def _last(name: str) -> str:
    """A name of schema.org without its address: `https://schema.org/InStock` is `InStock`."""
    return name.rpartition("/")[2]
