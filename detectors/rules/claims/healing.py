"""Healing: a disease, symptom or body value, and what is said to happen to it.

Found by composition, never by whole sentences: {disease, symptom, value, drug} × {cure, ease,
drop, gone}, with order, distance and clause marks between them. The three rules about health
share it; the class of the product decides whose claim it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.rules.claims.reading import Pair, Reading
from detectors.text.lexicon import Hit

__all__ = ["KINDS", "Healing", "healings"]

#: What made it better was no goods: rest, water, a doctor.
_OTHERWISE = re.compile(
    "喝点?(?:热|温)?水|休息|睡一觉|歇|去了?医院|看了?医生|打了?针|吃了?药|输液|缓一缓|点个?赞|下单|关注"
)
#: Kinds of groups that a healing claim may begin from.
KINDS = frozenset({"disease", "symptom", "value", "direct", "drug", "remedy"})


class Healing(NamedTuple):
    """A healing claim: its concept, its words, how plain it is, and what it says."""

    concept: str
    hits: list[Hit]
    plain: bool
    """Said outright, not only hinted at."""
    says: str


def healings(reading: Reading) -> list[Healing]:
    """The healing claims in a text, plain ones first, each in the order of the text."""
    ills = reading.kind("disease", "symptom", "value")
    serious = reading.kind("disease", "symptom")
    pairs = [
        *reading.pairs(ills, reading.kind("cure"), after=12, before=9, marks=1),
        *(
            pair
            for pair in reading.pairs(serious, reading.kind("treat"), before=3, after=4)
            if _treats(reading, pair.second)
        ),
        *reading.pairs(ills, reading.kind("ease"), after=8, before=6),
        *(
            pair
            for pair in (
                *reading.pairs(reading.kind("disease"), reading.kind("gone"), after=30, marks=3),
                *reading.pairs(
                    reading.kind("symptom", "value"), reading.kind("gone"), after=22, marks=2
                ),
            )
            if not reading.scope.warned(pair.start, pair.end)
            and not _OTHERWISE.search(reading.text[pair.start : pair.end])
        ),
        *reading.pairs(reading.kind("value", "disease"), reading.kind("drop"), after=20, marks=2),
    ]
    remedies = reading.kind("remedy")
    hinted = reading.pairs(
        reading.kind("disease", "value"), reading.kind("sufferer"), after=10, marks=1
    )
    found = [
        *(
            Healing(_concept(hit), [hit], True, f"直接宣称“{hit.term}”")
            for hit in reading.kind("direct")
        ),
        *(_said(pair) for pair in pairs),
        *(
            Healing("药物", [hit], True, f"以“{hit.term}”与药品、治疗相比或代替药品")
            for hit in reading.kind("drug")
        ),
        *(
            Healing(_concept(pair.second), list(pair), True, _link(pair.second, pair.first))
            for pair in reading.pairs(remedies, ills, after=24, before=16, marks=3)
        ),
        *(
            Healing(
                _concept(pair.first),
                list(pair),
                False,
                f"以“{pair.second.term}”面向“{pair.first.term}”人群推销，暗示疗效",
            )
            for pair in hinted
            if not reading.scope.warned(pair.start, pair.end)
        ),
        *(Healing("秘方", [hit], False, f"使用医疗用语“{hit.term}”") for hit in remedies),
    ]
    found.sort(key=lambda healing: (not healing.plain, min(hit.start for hit in healing.hits)))
    return found


def _said(pair: Pair) -> Healing:
    return Healing(_concept(pair.first), list(pair), True, _link(pair.first, pair.second))


def _link(ill: Hit, effect: Hit) -> str:
    return f"把商品与“{ill.term}”的“{effect.term}”联系起来"


def _concept(hit: Hit) -> str:
    _, _, concept = hit.group.partition(".")
    return concept or hit.term


def _treats(reading: Reading, hit: Hit) -> bool:
    """Is this character 治 or 医 a verb, and no part of 政治, 治理 or 医院?"""
    before = reading.text[hit.start - 1 : hit.start]
    after = reading.text[hit.end : hit.end + 1]
    return before not in set("政统自法防根医整诊主救就看送军中西") and after not in set(
        "理安学国院生师药保务用美"
    )
