"""Brands in what is said: which names are things to eat as well."""

from __future__ import annotations

from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.match.ordinary import is_word
from detectors.match.phrasing import phrasing, word_list

__all__ = ["is_coined", "is_food", "is_stars"]

_EATEN = phrasing("rivals", "eaten")
#: What is said of the maker's devices, and not of fruit.
_DEVICES = phrasing("rivals", "devices")
_CLASSES: frozenset[Category | None] = frozenset({"food", "fresh_produce", "infant_food"})
#: “三星级酒店”, “米其林三星”: stars, and no maker of phones.
_STARS = phrasing("rivals", "stars")
_RATED = phrasing("rivals", "rated")


def is_stars(text: str, hit: Hit) -> bool:
    """Is the name of a brand here a number of stars?"""
    return hit.term in word_list("rivals", "numbers-of-stars") and (
        _STARS.match(text, hit.end) is not None
        or _RATED.search(text[max(0, hit.start - 2) : hit.start]) is not None
    )


def is_food(text: str, hit: Hit, category: Category | None) -> bool:
    """Is the name of a brand here the name of a grain or fruit?"""
    if hit.term not in word_list("rivals", "eaten-too"):
        return False
    if category in _CLASSES or _EATEN.match(text, hit.end) is not None:
        return True
    # Who speaks of apples and of no device speaks of fruit.
    return (
        hit.term in word_list("rivals", "fruit")
        and category != "electronics"
        and _DEVICES.search(text) is None
    )


def is_coined(name: str) -> bool:
    """Is a name made of characters that stand together in no common word, as makers' names are?

    >>> is_coined("贝优乐"), is_coined("便宜"), is_coined("不锈钢")
    (True, False, False)
    """
    return not all(is_word(name[place : place + 2]) for place in range(len(name) - 1))
