"""What is for sale, by a page's markup: https://schema.org/Product with its offers, and the
`product:` and `og:` properties of Open Graph.
"""

from __future__ import annotations

from msgspec import Struct, field

from connectors.decoders.columns import category_of
from connectors.decoders.listing import Listing, Status
from connectors.decoders.page_prices import Moment, amount_in_yuan, for_anyone, in_force, term
from connectors.decoders.things import Thing
from connectors.numbers import Amount

__all__ = ["PRODUCTS", "listing_of_open_graph", "listings_of"]

#: Products, offers and attributes of one page that are taken.
MAX_LISTED, MAX_OFFERS, MAX_ATTRIBUTES = 100, 500, 40
PRODUCTS = frozenset(
    {"Product", "ProductGroup", "IndividualProduct", "SomeProducts", "Vehicle", "Car"}
)
_SKUS = (
    "sku", "productID", "gtin13", "gtin14", "gtin12", "gtin8", "gtin", "mpn", "productGroupID",
)  # fmt: skip
_GTINS = ("gtin13", "gtin14", "gtin12", "gtin8", "gtin")
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("instock", "limitedavailability", "onlineonly", "instoreonly", "preorder", "presale",
         "backorder", "madetoorder", "availablefororder"), "listed"
    ),
    **dict.fromkeys(("outofstock", "soldout", "oos"), "sold_out"),
    "discontinued": "removed",
}  # fmt: skip
_PRESALE = frozenset({"preorder", "presale"})
_USED = {"usedcondition": "二手", "refurbishedcondition": "翻新", "damagedcondition": "有损"}
#: Kinds of price that are not what is asked, and what is known of how they are displayed: the markup
#: says what a price is, hardly ever what the page calls it.
_REFERENCES: dict[str, str | None] = {
    "listprice": None,
    "regularprice": None,
    "strikethroughprice": "划线价",
    "msrp": "建议零售价",
    "srp": "建议零售价",
}
_ASKED = frozenset({"", "saleprice"})
_LABELS = {"material": "材质", "countryOfOrigin": "产地", "manufacturer": "厂名", "productionDate": "生产日期"}  # fmt: skip


class _Offer(Struct):
    """What one offer says."""

    sku: str | None
    title: str | None
    shop: str | None
    status: Status | None
    asking: Amount | None = None
    reference: Amount | None = None
    reference_label: str | None = None
    unit: str | None = None
    conditions: list[str] = field(default_factory=list)


def listings_of(things: list[Thing], moment: Moment) -> list[Listing]:
    """The products that a page is about; those that it recommends beside them are inside others."""
    found: list[Listing] = []
    for thing in things:
        for product in _products(thing):
            found += _listings(product, moment)
            if len(found) > MAX_LISTED:
                found[MAX_LISTED - 1].notes.append(f"more than {MAX_LISTED} products of one page")
                return found[:MAX_LISTED]
    # A page's products beside others of which it says no price are those with one.
    return [each for each in found if each.asking or each.notes or each.status] or found


def _products(thing: Thing) -> list[Thing]:
    if PRODUCTS & set(thing.types):
        return [thing]
    if any("Offer" in name for name in thing.types) and thing.things("itemOffered"):
        products = thing.things("itemOffered")[:1]
        return [Thing(each.types, {**each.properties, "offers": [thing]}) for each in products]
    inner = [*thing.things("mainEntity"), *thing.things("mainEntityOfPage")]
    return [each for each in inner if PRODUCTS & set(each.types)]


def _listings(product: Thing, moment: Moment) -> list[Listing]:
    base = Listing(
        sku=product.text(*_SKUS),
        url=product.text("url"),
        title=product.text("name"),
        brand=product.named("brand"),
        category=category_of(product.text("category")),
        attributes=_attributes(product),
    )
    variants = product.things("hasVariant")[:MAX_LISTED]
    if variants:
        each = [listing for variant in variants for listing in _listings(variant, moment)]
        for listing in each:
            _fill(listing, base)
        return each
    notes: list[str] = []
    offers = [
        _offer(offer, moment, notes)
        for outer in product.things("offers")[:MAX_OFFERS]
        for offer in _unfolded(outer)
    ][:MAX_OFFERS]
    by_sku: dict[str | None, list[_Offer]] = {}
    for offer in offers:
        by_sku.setdefault(offer.sku, []).append(offer)
    if not by_sku:
        return [base]
    listings = []
    for sku, of_one in by_sku.items():
        listing = Listing(sku=sku, notes=notes)
        _sum_up(listing, of_one)
        if len(by_sku) > 1 and sku is not None:
            listing.title = of_one[0].title
        _fill(listing, base)
        listings.append(listing)
    return listings


def _unfolded(offer: Thing) -> list[Thing]:
    """An aggregate that names no price of its own is its offers."""
    inner = offer.things("offers")
    return inner if inner and offer.text("lowPrice", "price") is None else [offer]


def _sum_up(listing: Listing, offers: list[_Offer]) -> None:
    statuses = [offer.status for offer in offers if offer.status is not None]
    listing.status = next(
        (name for name in ("listed", "sold_out", "removed") if name in statuses), None
    )
    # What can be had goes before what is sold out.
    priced = [offer for offer in offers if offer.asking and offer.status in (None, "listed")] or [
        offer for offer in offers if offer.asking
    ]
    shops = {offer.shop for offer in priced or offers}
    listing.shop = shops.pop() if len(shops) == 1 else None
    if not priced:
        return
    cheapest = min(priced, key=lambda offer: offer.asking.low_fen if offer.asking else 0)
    asking = cheapest.asking
    listing.asking, listing.unit = asking, cheapest.unit
    listing.reference, listing.reference_label = cheapest.reference, cheapest.reference_label
    listing.conditions = list(cheapest.conditions)
    if asking is None:
        return
    highest = max(offer.asking.high_fen or offer.asking.low_fen for offer in priced if offer.asking)
    if highest > asking.low_fen:
        # Of several prices nobody says which one a reference price belongs to.
        listing.reference = listing.reference_label = None
        listing.asking = Amount(asking.low_fen, highest, False, "", asking.unit)
        listing.conditions.insert(0, f"{_yuan(asking.low_fen)}-{_yuan(highest)}元")
    elif asking.text:
        listing.conditions.insert(0, asking.text)


def _offer(offer: Thing, moment: Moment, notes: list[str]) -> _Offer:
    availability = term(offer.text("availability"))
    out = _Offer(
        sku=offer.text("sku"),
        title=offer.text("name"),
        shop=offer.named("seller") or offer.named("offeredBy"),
        status=_STATUSES.get(availability),
    )
    if not for_anyone(offer, notes) or not in_force(offer, moment, notes):
        return out
    currency = offer.text("priceCurrency")
    low, high = offer.text("lowPrice"), offer.text("highPrice")
    if text := low or offer.text("price"):
        out.asking = amount_in_yuan(text, currency, notes)
        if low and high and out.asking and (top := amount_in_yuan(high, currency, notes)):
            low_fen, high_fen = out.asking.low_fen, top.high_fen or top.low_fen
            out.asking = (
                Amount(low_fen, high_fen, False)
                if low_fen < high_fen
                else out.asking
                if low_fen == high_fen
                else None
            )
    _specified(out, offer, currency, moment, notes)
    if until := offer.text("priceValidUntil"):
        out.conditions.append(f"标价有效期至 {until[:40]}")
    if availability in _PRESALE:
        out.conditions.append("预售")
    if used := _USED.get(term(offer.text("itemCondition"))):
        out.conditions.append(used)
    return out


def _specified(
    out: _Offer, offer: Thing, currency: str | None, moment: Moment, notes: list[str]
) -> None:
    """Takes prices that stand in `priceSpecification`; the offer's own goes before them."""
    asked: list[tuple[Amount, str | None]] = []
    for each in offer.things("priceSpecification"):
        if {"DeliveryChargeSpecification", "PaymentChargeSpecification"} & set(each.types):
            continue
        text = each.text("price", "minPrice")
        kind = term(each.text("priceType"))
        per = _quantity(each)
        if text is None or (kind not in _ASKED and kind not in _REFERENCES):
            continue
        if not for_anyone(each, notes) or not in_force(each, moment, notes):
            continue
        amount = amount_in_yuan(text, each.text("priceCurrency") or currency, notes)
        if amount is None:
            continue
        if kind in _REFERENCES:
            out.reference, out.reference_label = amount, _REFERENCES[kind]
        else:
            asked.append((amount, per))
    if out.asking is None and asked:
        # The price of the piece, where that of a measure stands beside it.
        out.asking, out.unit = min(asked, key=lambda one: (one[1] is not None, one[0].low_fen))
    if out.asking and out.reference and out.reference.low_fen <= out.asking.low_fen:
        out.reference = out.reference_label = None


def listing_of_open_graph(thing: Thing) -> Listing | None:
    """The product of a page's Open Graph; ``None``: it is about something else."""
    price = thing.text("product:price:amount", "og:price:amount")
    if price is None and not (thing.text("og:type") or "").lower().startswith(
        ("product", "og:product")
    ):
        return None
    notes: list[str] = []
    currency = thing.text("product:price:currency", "og:price:currency")
    availability = term(thing.text("product:availability", "og:availability"))
    listing = Listing(
        sku=thing.text(
            "product:retailer_item_id", "product:sku", "product:gtin", "product:ean", "product:upc"
        ),
        title=thing.text("og:title"),
        brand=thing.text("product:brand", "og:brand"),
        category=category_of(thing.text("product:category")),
        status=_STATUSES.get(availability),
        asking=amount_in_yuan(price, currency, notes) if price else None,
        notes=notes,
    )
    sale = thing.text("product:sale_price:amount")
    before = thing.text("product:original_price:amount")
    if sale and (
        now := amount_in_yuan(sale, thing.text("product:sale_price:currency") or currency, notes)
    ):
        # The price beside a sale's is the one before it; the sale's own days are not looked at.
        dates = thing.text("product:sale_price_dates:start", "product:sale_price_dates:end")
        if dates is None:
            listing.asking, listing.reference = now, listing.asking
        else:
            listing.asking = None
            notes.append("a sale price with dates")
    elif before:
        in_ = thing.text("product:original_price:currency") or currency
        listing.reference = amount_in_yuan(before, in_, notes)
    if not (
        listing.reference and listing.asking and listing.reference.low_fen > listing.asking.low_fen
    ):
        listing.reference = None
    if gtin := thing.text("product:gtin", "product:ean", "product:upc"):
        listing.attributes["条码"] = gtin[:100]
    if availability in _PRESALE:
        listing.conditions.append("预售")
    if listing.asking and listing.asking.text:
        listing.conditions.append(listing.asking.text)
    return listing


def _quantity(specification: Thing) -> str | None:
    """What the price is for, where it is not the piece: “100 克”."""
    for each in specification.things("referenceQuantity"):
        return f"{each.text('value') or ''}{each.text('unitText', 'unitCode') or ''}"[:40] or None
    return None


def _attributes(product: Thing) -> dict[str, str]:
    found = {label: text for name, label in _LABELS.items() if (text := product.named(name))}
    if gtin := product.text(*_GTINS):
        found["条码"] = gtin
    for each in product.things("additionalProperty"):
        name, value = each.text("name"), each.text("value")
        if name and value and len(found) < MAX_ATTRIBUTES:
            found.setdefault(name[:40], value)
    return {name: value[:200] for name, value in found.items()}


def _fill(listing: Listing, other: Listing) -> None:
    """Takes what is unknown from another one."""
    for name in ("sku", "url", "title", "brand", "shop", "category", "status"):
        if getattr(listing, name) is None:
            setattr(listing, name, getattr(other, name))
    listing.attributes = other.attributes | listing.attributes


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
