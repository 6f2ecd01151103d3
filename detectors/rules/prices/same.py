"""Are the goods behind one link the same? Titles as they were shown, sizes, variants.

Sellers put other goods, or another size, under a link that has sales and reviews; and one link may
offer several sizes at several prices. Prices of other goods are no measure.
"""

from __future__ import annotations

from detectors.events import Event, Product
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing, table, word_list

__all__ = ["has_variants", "other_goods"]

_SIZE = phrasing("price-tags", "size")
_WORD = re.compile("[\u4e00-\u9fff]+")
_VARIANTS = phrasing("price-tags", "variants")
_LISTED = re.compile("[/、,;|]")
#: “2 罐/盒”: how much is in one, no list.
_PER_PACK = phrasing("price-tags", "per-pack")


def other_goods(before: str | None, after: str | None) -> bool:
    """Do two titles of one link speak of other goods, or of another size of the same?

    Titles are reworded all the time: only goods without a word in common are others, and sizes
    count where both titles tell one.

    >>> other_goods("大米 5kg", "大米 10kg"), other_goods("袜子", "羽绒服 男"), other_goods("大米 5kg", "【热卖】新大米 5kg")
    (True, True, False)
    """
    if before is None or after is None or before == after:
        return False
    first, second = fold(before).text, fold(after).text
    sizes, others = _sizes(first), _sizes(second)
    if sizes and others and not sizes & others:
        return True
    pairs, other_pairs = _pairs(first), _pairs(second)
    return bool(pairs and other_pairs) and not pairs & other_pairs


def has_variants(event: Event | None) -> bool:
    """Does a card offer several sizes under one price?"""
    if not isinstance(event, Product):
        return False
    attributes = event.attributes or {}
    fields = word_list("price-tags", "size-fields") + word_list("price-tags", "offer-fields")
    listed = fold(next(filter(None, map(attributes.get, fields)), "")).text
    return bool(_LISTED.search(listed) and not _PER_PACK.match(listed)) or (
        event.title is not None and _VARIANTS.search(fold(event.title).text) is not None
    )


def _sizes(title: str) -> set[tuple[float, str]]:
    same = table("price-tags", "same-unit", str)
    return {
        (float(match["n"]), same.get(match["unit"], match["unit"]))
        for match in _SIZE.finditer(title)
    }


def _pairs(title: str) -> set[str]:
    """The pairs of characters of its words."""
    return {
        word[index : index + 2] for word in _WORD.findall(title) for index in range(len(word) - 1)
    }
