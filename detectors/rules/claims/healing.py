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

__all__ = ["KINDS", "Healing", "healings", "treats"]

#: What made it better was no goods: rest, water, a doctor.
_OTHERWISE = re.compile(
    "喝点?(?:热|温)?水|休息|睡一觉|歇|去了?医院|看了?医生|打了?针|吃了?药|输液|缓一缓|点个?赞|下单|关注"
)
#: Used, and something came of it: “喝两壶就尿出来了”.
_USED = re.compile("喝|吃|枕|含|戴|贴|抹|泡|敷|垫|刷|涂|用(?!量)|照|睡|穿|嚼|服")
_CAME = re.compile(
    "(?:就|都|也|全|能|会|准|立马|马上|慢慢|直接|当天|第二天)[^,。!?]{0,8}?(?:了|掉|开|出来|下来|回来|过来|干净|除根|清爽|见轻|停|好|稳|消|退)"
)
_WORSE = re.compile(
    "难受|不舒服|加重|严重|升高|更高|上火|拉肚|不好|多了|不行|不能|别|不要|贵|没货|没有了|到货|发货|拍|链接|下单|付款|问|知道|注意|看"
)
_MEDICINE = re.compile("药(?!效|用)|糖浆|片剂")
#: What is cured is a house or a field.
_THINGS = re.compile(
    "(?:[^,。!?]{0,2})(?:漏|虫害|害虫|杂草|异味|反味|返味|臭味|堵|噪音|返潮|霉|锈|鼠|蟑|蚂|甲醛)"
)
_LIKENED = re.compile(
    "天然的?|植物的?|就是|等于|相当于|堪比|比|顶|当|代替|替代|赛过|胜过|胜似|不用吃|不吃"
)
#: Kinds of groups that a healing claim may begin from.
KINDS = frozenset({"disease", "symptom", "value", "direct", "drug", "remedy", "relief"})
#: Characters before the end of a pain in which the goods are used.
_SINCE = 18


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
            if treats(reading, pair.second)
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
    relieved = [hit for hit in reading.kind("relief") if _since_used(reading, hit)]
    used = [hit for hit in reading.kind("disease") if _comes_of_it(reading, hit)]
    hinted = reading.pairs(
        reading.kind("disease", "value"), reading.kind("sufferer"), after=10, marks=1
    )
    found = [
        *(
            Healing(_concept(hit), [hit], True, f"直接宣称“{hit.term}”")
            for hit in reading.kind("direct")
            if not _is_medicine(reading, hit) and not _THINGS.match(reading.text[hit.end :])
        ),
        *(_said(pair) for pair in pairs),
        *(Healing(_concept(hit), [hit], True, f"说用后“{hit.term}”") for hit in relieved),
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
        *(
            Healing(_concept(hit), [hit], False, f"说到“{hit.term}”，又说用后见好，暗示疗效")
            for hit in used
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


def _is_medicine(reading: Reading, hit: Hit) -> bool:
    """Is it the name of a medicine (消炎药, 止咳糖浆), and the goods are not called one?"""
    if not _MEDICINE.match(reading.text[hit.end : hit.end + 3]):
        return False
    return _LIKENED.search(reading.text[max(0, hit.start - 6) : hit.start]) is None


def treats(reading: Reading, hit: Hit) -> bool:
    """Is this character 治 or 医 a verb, and no part of 政治, 治理 or 医院?"""
    before = reading.text[hit.start - 1 : hit.start]
    after = reading.text[hit.end : hit.end + 1]
    if reading.text[hit.end : hit.end + 2] in ("不了", "不好"):
        return False
    return before not in set("政统自法防根医整诊主救就看送军中西") and after not in set(
        "理安学国院生师药保务用美嘱护"
    )


def _since_used(reading: Reading, hit: Hit) -> bool:
    """Is the pain gone since the goods were used, and not by rest or a doctor?"""
    low = max(reading.scope.sentence(hit.start)[0], hit.start - _SINCE)
    before = reading.text[low : hit.start]
    return _USED.search(before) is not None and _OTHERWISE.search(before) is None


def _comes_of_it(reading: Reading, hit: Hit) -> bool:
    """Is a disease named, the goods used, and a result told, with no word of warning?"""
    if hit.form != "plain":
        return False
    after = reading.text[hit.end : min(reading.scope.sentence(hit.start)[1], hit.end + 34)]
    used = _USED.search(after)
    if used is None or _CAME.search(after, used.end()) is None:
        return False
    return not (
        _WORSE.search(after) or _OTHERWISE.search(after) or reading.scope.warned(hit.start, hit.end)
    )
