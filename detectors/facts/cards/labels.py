"""What a product's label says, as far as its card shows it: said, observed to be absent, or unknown.

A card is not the label itself: a name that is not on the card is unknown. Absent is only what was
observed as empty (`""`, “无”), is named in `absent`, or belongs to a card observed without any
attributes (`{}`).
"""

from __future__ import annotations

from collections.abc import Iterable

from detectors.events import Product
from detectors.match.phrasing import phrasing, table

__all__ = ["absent_items", "names_of", "said", "shown"]

#: Values that say that there is none; values that send the reader elsewhere and tell nothing.
_NONE, _ELSEWHERE = phrasing("cards", "none"), phrasing("cards", "elsewhere")


def names_of(item: str) -> tuple[str, ...]:
    """Names under which shops show an item of the label, the usual one first."""
    return table("cards", "label-items", tuple[str, ...]).get(item, (item,))


def shown(card: Product | None, item: str) -> str | None:
    """What a card shows of an item: its value, `""` observed to be absent, ``None`` unknown.

    “见喷码” and the like say nothing, so that the item stays unknown.
    """
    if card is None:
        return None
    names = names_of(item)
    if card.attributes is not None:
        if not card.attributes:
            return ""
        absent = False
        for name in names:
            value = card.attributes.get(name)
            if value is None:
                continue
            if says_none(value.strip()):
                absent = True
            elif _ELSEWHERE.search(value) is None or any(sign.isdigit() for sign in value):
                return value.strip()
            else:
                return None
        if absent:
            return ""
    if card.absent and any(
        name in card.absent or f"attributes.{name}" in card.absent for name in names
    ):
        return ""
    if card.absent and "attributes" in card.absent and card.attributes is None:
        return ""
    return None


def says_none(value: str) -> bool:
    """Does a value on a card say that there is none: “无”, “/”?"""
    return _NONE.fullmatch(value.lower()) is not None


def said(card: Product | None, item: str) -> str:
    """The value of an item; empty where it is absent or unknown."""
    return shown(card, item) or ""


def absent_items(card: Product | None, items: Iterable[str]) -> list[str]:
    """The items that were observed to be absent on a card, in the order given."""
    return [item for item in items if shown(card, item) == ""]
