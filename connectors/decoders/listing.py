"""An item for sale in a page's markup, and the card and price events made of it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from connectors.decoders.decoded import Decoded
from connectors.numbers import Amount
from detectors.events import Event, Price, Product

__all__ = ["MAX_SKU", "Listing", "Status", "card_and_price", "note"]

Status = Literal["listed", "sold_out", "removed"]
#: Longest name of a product and longest text that a card carries, in characters.
MAX_SKU, MAX_TEXT = 256, 500


class Listing(Struct):
    """One item for sale."""

    sku: str | None = None
    url: str | None = None
    """Its own page, as the markup says."""
    title: str | None = None
    brand: str | None = None
    shop: str | None = None
    category: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    status: Status | None = None
    asking: Amount | None = None
    reference: Amount | None = None
    reference_label: str | None = None
    unit: str | None = None
    conditions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Why a price was not taken."""


def card_and_price(
    listing: Listing, id_: str, sku: str, url: str | None, shared: dict[str, Any]
) -> list[Event]:
    """The card, and what is asked for it where anything is.

    Args:
        id_: what their ids begin with.
        shared: what all events of the page have in common.
    """
    asking, reference = listing.asking, listing.reference
    reference_fen = reference.low_fen if reference is not None else None
    label = listing.reference_label if reference is not None else None
    sku = sku[:MAX_SKU]
    events: list[Event] = [
        Product(
            id=f"{id_}-card",
            sku=sku,
            title=_cut(listing.title),
            shop=_cut(listing.shop),
            brand=_cut(listing.brand),
            category=listing.category,  # type: ignore[arg-type]  # checked when it is taken
            attributes=listing.attributes or None,
            status=listing.status,
            price=asking.low_fen if asking is not None else None,
            reference_price=reference_fen,
            reference_label=label,
            url=url,
            **shared,
        )
    ]
    if asking is not None:
        events.append(
            Price(
                id=f"{id_}-price",
                sku=sku,
                kind="asking",
                price=asking.low_fen,
                reference_price=reference_fen,
                reference_label=label,
                unit=asking.unit or listing.unit,
                conditions=listing.conditions or None,
                **shared,
            )
        )
    return events


def note(out: Decoded, listing: Listing) -> None:
    """Says why prices were not taken: the runner shows counts, an importer the words."""
    for reason in dict.fromkeys(listing.notes):
        out.skip(reason if reason.startswith("a price in") else "price not taken")
        out.notes.append(reason)


def _cut(text: str | None) -> str | None:
    return text[:MAX_TEXT] if text is not None else None
