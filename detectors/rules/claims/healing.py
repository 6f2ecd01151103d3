"""Healing: a disease, symptom or body value, and what is said to happen to it.

Found by composition, never by whole sentences: {disease, symptom, value, drug} × {cure, ease,
drop, gone}, with order, distance and clause marks between them. The three rules about health
share it; the class of the product decides whose claim it is.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match.lexicon import Hit
from detectors.rules.claims.healing_ways import (
    ABLE,
    AFFECTS,
    ANIMALS,
    APPLIED,
    BETTER,
    BODILY,
    BOTTLE,
    CAME,
    COUNTED,
    DOSED,
    EXPOSED,
    FAILS,
    FED,
    FOR,
    FROM_TO,
    HEART,
    IDLE,
    KITCHEN,
    LEFT_TO_DOCTORS,
    LIKE_ILL,
    LIKENED,
    MEDICINE,
    NATURAL,
    NEEDLESS,
    NO_FLAME,
    OFFERED,
    OFFERED_BEFORE,
    ORGAN,
    OTHERWISE,
    REDUCED,
    SENT_AWAY,
    SPARED,
    TAKEN,
    TESTED,
    THAN,
    THINGS,
    TO_DOCTOR,
    UNOFFERED,
    UNVISITED,
    USED,
    WORSE,
)
from detectors.rules.claims.reading import Pair, Reading

__all__ = ["KINDS", "Healing", "exposed", "healings", "taken", "treats"]

#: Kinds of groups that a healing claim may begin from.
KINDS = frozenset({"medicine", "disease", "symptom", "value", "direct", "drug", "remedy", "relief"})
#: Ailments that make a list, and the characters within which.
_LISTED = 3
_LIST = 30
#: Ailments of which a figure tells, and what is said of figures alone.
FIGURED = ("value", "disease.高", "disease.三高", "disease.痛风", "disease.糖尿")
_UP_TO_STANDARD = frozenset({"达标", "不超标"})
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
    ills = [hit for hit in reading.kind("disease", "symptom", "value") if _is_ill(reading, hit)]
    serious = [hit for hit in ills if not hit.group.startswith("value")]
    ease = [
        hit
        for hit in reading.kind("ease")
        if not FAILS.match(reading.text, hit.end)
        # “消炎” is a word of its own, and no swelling that goes down.
        and not (hit.term == "消" and reading.text[hit.end : hit.end + 1] in "炎毒化费息遣防耗极")
    ]
    pairs = [
        *reading.pairs(ills, reading.kind("cure"), after=12, before=9, marks=1),
        *(
            pair
            for pair in (
                *reading.pairs(serious, reading.kind("treat"), before=3, after=4),
                *reading.pairs(
                    serious, [hit for hit in reading.kind("treat") if _can(reading, hit)], after=10
                ),
            )
            if treats(reading, pair.second)
        ),
        *(
            pair
            for pair in reading.pairs(ills, reading.kind("good"), after=3)
            if FOR.search(reading.text[max(0, pair.start - 8) : pair.start])
        ),
        *reading.pairs(ills, ease, after=8, before=6),
        *reading.pairs(ills, _long(ease), after=10, before=9, marks=1),
        *(
            pair
            for pair in (
                *reading.pairs(
                    [hit for hit in ills if hit.group.startswith("disease")],
                    reading.kind("gone"),
                    after=30,
                    marks=3,
                ),
                *reading.pairs(
                    reading.kind("symptom", "value"), reading.kind("gone"), after=26, marks=3
                ),
            )
            if not reading.scope.warned(pair.start, pair.end)
            and not OTHERWISE.search(reading.text[pair.start : pair.end + 4])
            and not (
                pair.first.group == "symptom.感冒咳嗽"
                and not USED.search(reading.sentence(pair.start))
            )
        ),
        *reading.pairs(
            [hit for hit in ills if not hit.group.startswith("symptom")],
            [
                hit
                for hit in reading.kind("drop")
                if not (
                    hit.term.startswith("下来")
                    and COUNTED.search(reading.text[max(0, hit.start - 6) : hit.start])
                )
            ],
            after=20,
            marks=2,
        ),
    ]
    if ANIMALS.search(reading.text) or exposed(reading.text):
        return []
    remedies = reading.kind("remedy")
    relieved = [hit for hit in reading.kind("relief") if _since_used(reading, hit)]
    used = [hit for hit in ills if _comes_of_it(reading, hit)]
    hinted = reading.pairs(ills, reading.kind("sufferer"), after=12, before=6, marks=2)
    listed = _listed(reading, serious)
    found = [
        *(
            Healing(_concept(hit), [hit], True, f"直接宣称“{hit.term}”")
            for hit in reading.kind("direct")
            if not _is_medicine(reading, hit)
            and not THINGS.match(reading.text[hit.end :])
            and not AFFECTS.search(reading.text[max(0, hit.start - 5) : hit.start])
            and not TO_DOCTOR.match(reading.text, hit.end)
        ),
        *(
            _said(pair)
            for pair in pairs
            if not _is_misheard(pair)
            # What comes up to a standard is a figure: no stone, no cough.
            and not (
                pair.second.term in _UP_TO_STANDARD and not pair.first.group.startswith(FIGURED)
            )
        ),
        *(Healing(_concept(hit), [hit], True, f"说用后“{hit.term}”") for hit in relieved),
        *(
            Healing("药物", [hit], True, f"以“{hit.term}”与药品、治疗相比或代替药品")
            for hit in reading.kind("drug")
            if not (hit.term == "停药" and reading.text.startswith("期", hit.end))
        ),
        *(
            Healing(
                "药物",
                list(pair),
                True,
                f"以“{pair.second.term}”“{pair.first.term}”与药品、治疗相比或代替药品",
            )
            for pair in reading.pairs(
                reading.kind("medicine"), reading.kind("instead"), before=2, after=5
            )
            if not IDLE.search(reading.sentence(pair.start)) and not _is_misheard(pair)
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说用后“{hit.term}”有了起色，暗示疗效")
            for hit in ills
            if _is_relieved_by_it(reading, hit)
        ),
        *(
            Healing("药物", [hit], False, f"说用后“{hit.term}”，暗示疗效")
            for hit in reading.kind("gone")
            if hit.term in UNVISITED and USED.search(reading.sentence(hit.start))
        ),
        *(
            Healing("药物", [hit], True, f"称不必再用“{hit.term}”，或说比“{hit.term}”有效")
            for hit in reading.kind("medicine")
            if _is_outdone(reading, hit)
        ),
        *(
            Healing(_concept(hit), [hit], True, f"说用后“{hit.term}”的数值变了")
            for hit in reading.kind("value", "disease")
            if _from_to(reading, hit)
        ),
        *(
            Healing(
                _concept(pair.second),
                list(pair),
                True,
                f"说到“{pair.second.term}”，又以“{pair.first.term}”作推荐、证明",
            )
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
            and not _is_misheard(pair)
            and not (pair.first.form == "sound" and len(pair.first.term) == 2)
            and not SENT_AWAY.search(reading.sentence(pair.start))
            and not OTHERWISE.search(reading.sentence(pair.start))
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说到“{hit.term}”而请人服用、使用，暗示疗效")
            for hit in reading.kind("disease")
            if _is_offered(reading, hit)
        ),
        *(
            Healing(
                _concept(listed[0]),
                listed,
                False,
                f"连举“{listed[0].term}”“{listed[1].term}”等病症，暗示疗效",
            )
            for _ in listed[:1]
        ),
        *(
            Healing(_concept(hit), [hit], False, f"说到“{hit.term}”，又说用后见好，暗示疗效")
            for hit in used
        ),
        *(
            Healing(
                _concept(hit), [hit], False, f"以变体书写“{hit.term}”并说到服用、使用，暗示疗效"
            )
            for hit in ills
            if _is_hidden(reading, hit)
        ),
        *(
            Healing("秘方", [hit], False, f"使用医疗用语“{hit.term}”")
            for hit in remedies
            if not THINGS.match(reading.text[hit.end :])
            and (hit.term not in KITCHEN or BODILY.search(reading.sentence(hit.start)))
        ),
    ]
    found = [one for one in found if not _is_left_to_doctors(reading, one)]
    found.sort(key=lambda healing: (not healing.plain, min(hit.start for hit in healing.hits)))
    return found


def _is_left_to_doctors(reading: Reading, healing: Healing) -> bool:
    """Is it those who heal that are to do it, or no illness at all that is spoken of?"""
    start = min(hit.start for hit in healing.hits)
    end = max(hit.end for hit in healing.hits)
    low, high = reading.scope.sentence(start)
    if LIKE_ILL.search(reading.text, max(low, start - 6), min(high, end + 4)):
        return True
    if any(hit.form == "sound" for hit in healing.hits) and LIKE_ILL.search(
        reading.utterance.original
    ):
        return True  # “懒人福音” sounds like another
    left = LEFT_TO_DOCTORS.search(reading.text, max(low, start - 6), min(high, end + 12))
    return left is not None and USED.search(reading.text, start, end) is None


def _is_ill(reading: Reading, hit: Hit) -> bool:
    """Is it an ailment, and no piece of another word?"""
    if reading.text[hit.end : hit.end + 1] == "药":
        return False  # a medicine's name: 感冒药
    if hit.term == "支架" and not HEART.search(reading.sentence(hit.start)):
        return False
    if hit.term in FED and BOTTLE.search(reading.text):
        return False
    return not (
        hit.term == "炎"
        and any(match.start() == hit.start for match in NO_FLAME.finditer(reading.text))
    )


def _is_hidden(reading: Reading, hit: Hit) -> bool:
    """Is an ailment written in disguise, where goods are used? Nobody hides it who only warns."""
    if hit.group.startswith("symptom") or hit.form in ("plain", "echo", "numeral"):
        return False  # who has a headache says so
    if hit.form == "sound" and len(hit.term) < 4:
        return False
    low, high = reading.scope.sentence(hit.start)
    return (
        APPLIED.search(reading.text[low:high]) is not None
        and reading.scope.warned(hit.start, hit.end) is None
        and TESTED.search(reading.text) is None
        and OTHERWISE.search(reading.text[low:high]) is None
        and SPARED.search(reading.text[low:high]) is None
    )


def _from_to(reading: Reading, hit: Hit) -> bool:
    """Is a value told before and after the use: “尿酸五百多，喝了二十天三百六”?"""
    if not hit.group.startswith(FIGURED):
        return False
    after = reading.text[hit.end : min(reading.scope.sentence(hit.start)[1], hit.end + 60)]
    found = FROM_TO.match(after)
    return found is not None and not (
        WORSE.search(found.group()) or reading.scope.warned(hit.start, hit.end)
    )


def _is_offered(reading: Reading, hit: Hit) -> bool:
    """Is a disease named, and the goods to be taken for it: nothing warns, asks or sends away?"""
    if hit.form in ("sound", "echo", "numeral") or len(hit.term) < 2 or not _is_ill(reading, hit):
        return False
    if ORGAN.fullmatch(hit.term):
        return False
    low, high = reading.scope.sentence(hit.start)
    before, after = reading.text[max(low, hit.start - 14) : hit.start], reading.text[hit.end : high]
    if not (OFFERED.search(after[:22]) or OFFERED_BEFORE.search(before)):
        return False
    said = reading.text[low:high]
    return not (
        reading.scope.warned(hit.start, hit.end)
        or TESTED.search(reading.text)
        or SPARED.search(said)
        or OTHERWISE.search(said)
        or UNOFFERED.search(said)
        or reading.scope.asked(hit.start, hit.end)
    )


def _is_misheard(pair: Pair) -> bool:
    """Does the effect only sound so, in two characters, of an ailment that nobody hides?"""
    return pair.second.form == "sound" and len(pair.second.term) == 2 and pair.first.form == "plain"


def _can(reading: Reading, hit: Hit) -> bool:
    return ABLE.search(reading.text[max(0, hit.start - 3) : hit.start]) is not None


def _long(hits: list[Hit]) -> list[Hit]:
    """Verbs that stay what they are at a distance; a single character does not."""
    return [hit for hit in hits if len(hit.term) > 1]


def _listed(reading: Reading, ills: list[Hit]) -> list[Hit]:
    """Ailments that a text lists, at least three of different kinds, with no word of warning."""
    plain = [hit for hit in ills if hit.form == "plain" and len(hit.term) > 1]
    dosed = DOSED.search(reading.text) is not None
    found = {hit.term if dosed else _concept(hit): hit for hit in plain}
    hits = sorted(found.values(), key=lambda hit: hit.start)
    for at in range(len(hits) - _LISTED + 1):
        some = hits[at : at + _LISTED]
        start, end = some[0].start, some[-1].end
        if end - start <= _LIST and not (
            reading.scope.warned(start, end) or TESTED.search(reading.text)
        ):
            return some
    if len(hits) > 1 and dosed:
        start, end = hits[0].start, hits[1].end
        if end - start <= _LIST and not (
            reading.scope.warned(start, end) or TESTED.search(reading.text)
        ):
            return hits
    return []


def _said(pair: Pair) -> Healing:
    return Healing(_concept(pair.first), list(pair), True, _link(pair.first, pair.second))


def _link(ill: Hit, effect: Hit) -> str:
    return f"把商品与“{ill.term}”的“{effect.term}”联系起来"


def _concept(hit: Hit) -> str:
    _, _, concept = hit.group.partition(".")
    return concept or hit.term


def _is_medicine(reading: Reading, hit: Hit) -> bool:
    """Is it the name of a medicine (消炎药, 止咳糖浆), and the goods are not called one?"""
    if not MEDICINE.match(reading.text[hit.end : hit.end + 3]):
        return False
    return LIKENED.search(reading.text[max(0, hit.start - 6) : hit.start]) is None


def treats(reading: Reading, hit: Hit) -> bool:
    """Is this character 治 or 医 a verb, and no part of 政治, 治理 or 医院?"""
    before = reading.text[hit.start - 1 : hit.start]
    after = reading.text[hit.end : hit.end + 1]
    if reading.text[hit.end : hit.end + 2] in ("不了", "不好"):
        return False
    return before not in set("政统自法防根医整诊主救就看送军中西") and after not in set(
        "理安学国院生师药保务用美嘱护"
    )


def taken(text: str) -> bool:
    """Is anything eaten, worn or used in it?"""
    return USED.search(text) is not None


def exposed(text: str) -> bool:
    """Is it told of others who were caught or cheated? Nothing is claimed of the goods."""
    return EXPOSED.search(text) is not None


def _is_relieved_by_it(reading: Reading, hit: Hit) -> bool:
    """Are the goods used, then an ailment named and a result told?"""
    if hit.form in ("sound", "echo") or len(hit.term) < 2 or ORGAN.fullmatch(hit.term):
        return False
    low, high = reading.scope.sentence(hit.start)
    if TAKEN.search(reading.text[max(low, hit.start - 22) : hit.start]) is None:
        return False
    after = reading.text[hit.end : min(high, hit.end + 14)]
    if CAME.match(after.lstrip(",")) is None:
        return False
    said = reading.text[low:high]
    return not (
        WORSE.search(after)
        or OTHERWISE.search(said)
        or UNOFFERED.search(said)
        or SPARED.search(said)
        or reading.scope.warned(hit.start, hit.end)
        or reading.scope.asked(hit.start, hit.end)
    )


def _is_outdone(reading: Reading, hit: Hit) -> bool:
    """Is a medicine said to be needless, or worse than the goods?"""
    if hit.form in ("sound", "echo"):
        return False
    before = reading.text[max(reading.scope.sentence(hit.start)[0], hit.start - 12) : hit.start]
    if NATURAL.search(before) or REDUCED.match(reading.text, hit.end):
        return True
    if NEEDLESS.search(before):
        return IDLE.search(reading.sentence(hit.start)) is None
    return THAN.search(before) is not None and BETTER.match(reading.text, hit.end) is not None


def _since_used(reading: Reading, hit: Hit) -> bool:
    """Is the pain gone since the goods were used, and not by rest or a doctor?"""
    low = max(reading.scope.sentence(hit.start)[0], hit.start - _SINCE)
    before = reading.text[low : hit.start]
    return USED.search(before) is not None and OTHERWISE.search(before) is None


def _comes_of_it(reading: Reading, hit: Hit) -> bool:
    """Is a disease named, the goods used, and a result told, with no word of warning?"""
    if hit.form in ("sound", "echo"):
        return False
    after = reading.text[hit.end : min(reading.scope.sentence(hit.start)[1], hit.end + 34)]
    used = USED.search(after)
    if used is None or CAME.search(after, used.end()) is None:
        return False
    return not (
        WORSE.search(after) or OTHERWISE.search(after) or reading.scope.warned(hit.start, hit.end)
    )
