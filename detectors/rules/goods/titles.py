"""Titles that contradict themselves: “100%纯山羊绒大衣 面料成分：聚酯纤维80% 羊毛20%”."""

from __future__ import annotations

from functools import lru_cache

from detectors.match.phrasing import phrasing, word_list
from detectors.rules.goods.materials import materials, related

__all__ = ["contradicted_composition"]

#: Where a title begins to tell what the goods are made of.
_COMPOSITION = phrasing("cards", "composition")


#: Cards are shown again and again, with the titles that they had.
@lru_cache(maxsize=2_048)
def contradicted_composition(title: str) -> tuple[str, str] | None:
    """The material that a folded title names, and the other that it says there is; ``None``: no contradiction.

    >>> contradicted_composition("100%羊绒大衣 面料成分:聚酯纤维80% 羊毛20%")
    ('100%羊绒', '聚酯纤维80% 羊毛20%')
    >>> contradicted_composition("羊毛混纺大衣 面料成分:聚酯纤维80% 羊毛20%")
    """
    split = _COMPOSITION.search(title)
    if split is None or split.start() < 3:
        return None
    head, tail = title[: split.start()], title[split.end() :]
    told = materials(tail, shown=True)
    for named in materials(head):
        family = [one for one in told if one.path[0] == named.path[0]]
        same = [one for one in told if related(one.path, named.path)]
        blended = named.share == 100 and any(
            one.share is not None and one.share < 95 for one in same
        )
        if named.part or not family or any(word in head for word in word_list("cards", "blended")):
            continue
        if not same or blended:
            return head[named.start : named.end], tail[family[0].start : family[-1].end]
    return None
