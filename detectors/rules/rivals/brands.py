"""Brands in what is said: which names are things to eat as well."""

from __future__ import annotations

import re

from detectors.events import Category
from detectors.text.lexicon import Hit

__all__ = ["is_food"]

_FOODS = frozenset({"小米", "苹果"})
_EATEN = re.compile("[粥辣饭糕椒醋派干汁香脆树园红和各两洗皮]|锅巴|很甜|的?甜")
_CLASSES: frozenset[Category | None] = frozenset({"food", "fresh_produce", "infant_food"})


def is_food(text: str, hit: Hit, category: Category | None) -> bool:
    """Is the name of a brand here the name of a grain or fruit?"""
    return hit.term in _FOODS and (category in _CLASSES or _EATEN.match(text, hit.end) is not None)
