"""Which class of goods a claim is about: what the card says, else what the words suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from detectors.engine.room import RoomState
from detectors.events import Category
from detectors.pack.frames import CLASS, kinds_of

__all__ = ["FOODS", "Goods", "GoodsWords", "goods_of"]

FOODS: frozenset[Category | None] = frozenset({"food", "fresh_produce", "infant_food", "alcohol"})
#: Classes of which one word decides, in this order: only such goods have it.
_DECISIVE: tuple[Category, ...] = ("drug", "medical_device", "health_food")


class Goods(NamedTuple):
    """The class of a product, and whether it was read from its card or only suggested."""

    category: Category | None
    known: bool


class GoodsWords:
    """Words that tell a class of goods, as `packs/slots/classes.yaml` lists them."""

    def __init__(self, patterns: Mapping[str, Sequence[str]]) -> None:
        #: By their first characters, the longest first.
        self._words: dict[str, list[tuple[str, str]]] = {}
        for name in kinds_of(patterns, CLASS):
            for word in patterns[name]:
                listed = self._words.setdefault(word[0], [])
                listed.append((word, name.partition(".")[2]))
        for listed in self._words.values():
            listed.sort(key=lambda one: -len(one[0]))
        #: The text that was looked through last, and its class: every claim in it asks for that.
        self._last: tuple[str, Category | None] = "", None

    def told(self, text: str) -> Category | None:
        """The class that a text tells of; ``None``: it tells of none."""
        last, category = self._last
        if last != text:
            category = self._told(text)
            self._last = text, category
        return category

    def _told(self, text: str) -> Category | None:
        classes = list(self._classes(text))
        for category in _DECISIVE:
            if category in classes:
                return category
        food, cosmetic = classes.count("food"), classes.count("cosmetics")
        if cosmetic > food:
            return "cosmetics"
        return "food" if food else None

    def _classes(self, text: str) -> Iterator[str]:
        """The classes of its words, from the left, of two at one place that of the longer."""
        place = 0
        while place < len(text):
            for word, name in self._words.get(text[place], ()):
                if text.startswith(word, place):
                    yield name
                    place += len(word)
                    break
            else:
                place += 1


def goods_of(room: RoomState, sku: str | None, text: str, words: GoodsWords) -> Goods:
    """The class of the product that a text is about; `category` is ``None`` if nothing tells."""
    category = room.category(sku)
    if category is not None:
        return Goods(category, known=True)
    card = room.cards.get(sku) if sku else None
    said = f"{card.title} {text}" if card is not None and card.title else text
    return Goods(words.told(said), known=False)
