"""Which products are food, and which of them are packed, loose, imported or farm produce."""

from __future__ import annotations

from detectors.events import Category, Product
from detectors.facts.cards.labels import said
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing
from detectors.match.places import places_in

__all__ = ["FOOD", "is_food", "is_imported", "is_loose", "is_produce", "words_of"]

#: Classes of food in the sense of 食安法; fresh produce is 食用农产品, with rules of its own.
FOOD: frozenset[Category] = frozenset({"food", "health_food", "infant_food", "alcohol"})
_LOOSE = phrasing("food", "loose")
_IMPORTED = phrasing("food", "imported")
_PRODUCE = phrasing("food", "produce")

#: What is dried, cooked, preserved is no longer 食用农产品.
_PROCESSED = phrasing("food", "processed")


def is_food(card: Product | None) -> bool:
    """Does the card show food that is processed or packed?"""
    return card is not None and card.category in FOOD


def words_of(card: Product | None) -> str:
    """Title and attributes of a card in one text."""
    if card is None:
        return ""
    pairs = [f"{name}{value}" for name, value in (card.attributes or {}).items() if value]
    return " ".join([card.title or "", *pairs])


def is_loose(card: Product | None) -> str | None:
    """The word that says that it is sold loose or made to order; ``None``: nothing says so."""
    found = _LOOSE.search(words_of(card))
    return found.group() if found is not None else None


def is_imported(card: Product | None) -> str | None:
    """What says that it is imported: its label is another one (食安法 97); ``None``: nothing."""
    found = _IMPORTED.search(words_of(card))
    if found is not None:
        return found.group()
    origin = said(card, "产地")
    abroad = [place for place in places_in(fold(origin).text) if place.path[0] == "境外"]
    if abroad:
        return origin
    return "进口商" if said(card, "进口商") else None


def is_produce(card: Product | None) -> str | None:
    """What says that it is farm produce, whose seller needs no licence (食安法 35)."""
    if card is not None and card.category == "fresh_produce":
        return "类别为生鲜农产品"
    if card is None or not card.title or _PROCESSED.search(card.title):
        return None
    found = _PRODUCE.search(card.title)
    return found.group() if found is not None else None
