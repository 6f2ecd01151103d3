"""Less than is said: amounts and finenesses of which one claim names two.

“标五百克，其实四百二”, “八两当一斤称”, “18K的，含金量也就七百”. The words around them are frames of the pack.
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.match.amounts import number
from detectors.match.lexicon import Hit
from detectors.match.phrasing import table, word_list
from detectors.rules.goods.quantities import Quantity, quantities

__all__ = ["is_less", "is_less_weight", "is_poorer"]


def is_less(text: str, hits: Sequence[Hit]) -> bool:
    """Is the second number of a claim clearly less than the first, of the same kind?

    Args:
        hits: words and figures in the order of the folded text.
    """
    said, there = _amounts(text, hits)
    if said is None or there is None:
        return False
    same = not (said.unit and there.unit) or said.unit == there.unit
    is_goods = {said.unit, there.unit}.isdisjoint(word_list("cards", "no-weight"))
    return same and is_goods and 0 < there.value < said.value * 0.95


def is_less_weight(text: str, hits: Sequence[Hit]) -> bool:
    """Is the first of two weights less than the second, as which it counts?"""
    there, said = _amounts(text, hits)
    if said is None or there is None or said.unit != "克" or there.unit != "克":
        return False
    return there.value < said.value * 0.97


def is_poorer(name: str, there: str) -> bool:
    """Is gold or silver finer by a name than it is: by another name, or by a number of carats or parts?"""
    fineness = table("cards", "fineness", float)
    promised = fineness[name]
    parts = fineness.get(there)
    if parts is None and (parts := number(there)) is not None:
        # Up to 24 are carats, up to 100 parts of a hundred.
        parts *= 1_000 / 24 if parts <= 24 else 10 if parts <= 100 else 1
    return parts is not None and parts < promised - 3


def _amounts(text: str, hits: Sequence[Hit]) -> tuple[Quantity | None, Quantity | None]:
    """The amounts where the two numbers of a claim stand."""
    places = [hit for hit in hits if hit.group == "<number>"]
    told = quantities(text)
    first, last = (
        next((one for one in told if one.start < hit.end and hit.start < one.end), None)
        for hit in (places[0], places[-1])
    )
    return first, last
