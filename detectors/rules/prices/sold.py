"""The gift as the shop sells it: by which name, in which size, how many, at which price."""

from __future__ import annotations

from typing import NamedTuple

from detectors.events import Product
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.phrasing import phrasing, table
from detectors.stats.price_history import PriceStep

__all__ = ["WORDS", "Sold", "named_in", "pieces", "same_size"]

_PAIR = phrasing("price-tags", "pieces")
_EACH = phrasing("price-tags", "each")
_SIZE = phrasing("price-tags", "gift-size")
_SMALL = phrasing("price-tags", "small-size")
WORDS = re.compile("[\u4e00-\u9fff]{2,12}")


class Sold(NamedTuple):
    """The gift as the shop sells it."""

    card: Product
    step: PriceStep


def named_in(title: str, text: str) -> int:
    """How many characters of a word of the title stand in the text; 0: it is not named there."""
    best = 0
    for match in WORDS.finditer(title):
        word = match.group()
        if word in text:
            best = max(best, len(word))
            continue
        if any(len(word) > size and word[-size:] in text for size in (3, 2)):
            best = max(best, 2)  # the head noun alone
        for length in range(len(word) - 1, 2, -1):
            if length * 5 < len(word) * 3:
                break
            if any(word[i : i + length] in text for i in range(len(word) - length + 1)):
                best = max(best, length)
                break
    return best


def pieces(text: str) -> int:
    """How many pieces the stated value is for."""
    if _EACH.search(text):
        return 1
    match = _PAIR.search(text)
    if match is None:
        return 1
    return 2 if match["n"] is None else int(number(match["n"]) or 1)


def same_size(text: str, title: str) -> bool:
    if _SMALL.search(title) and not _SMALL.search(text):
        return False
    if _SMALL.search(text) and not _SMALL.search(title):
        return False
    said, sold = _SIZE.search(text), _SIZE.search(title)
    if said is None or sold is None:
        return True
    same = table("price-tags", "same-unit-of-gift", str)
    if same.get(said["unit"], said["unit"]) != same.get(sold["unit"], sold["unit"]):
        return True
    return number(said["n"]) == number(sold["n"])
