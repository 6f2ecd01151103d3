"""Finds attributes (material, net content, origin …) that a text states, and compares them with the card."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from detectors.events import Product
from detectors.facts.cards.labels import names_of, said
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.phrasing import load_phrasings, phrasing, word_list
from detectors.match.places import Place, compatible, places_in
from detectors.rules.goods.graded import SpokenAttribute, graded
from detectors.rules.goods.materials import Material, materials, related
from detectors.rules.goods.measures import measured
from detectors.rules.goods.quantities import Quantity, quantities, totals

__all__ = ["FROM_ABROAD", "ORIGIN_NOT", "spoken_attributes", "spoken_materials", "spoken_origins"]

_NET = phrasing("cards", "net")
_PER_PACK = phrasing("cards", "per-pack")
_ONE = phrasing("cards", "one-pack")
_GROSS = phrasing("cards", "gross")
#: What is eaten or drunk of it at a time.
_EATEN = phrasing("cards", "eaten")
#: Several packs together weigh more than one.
_SEVERAL = phrasing("cards", "several")
_ABOUT = phrasing("cards", "about")
_SPF = phrasing("cards", "spf")
_ORIGIN = phrasing("cards", "origin")
_ORIGIN_AFTER = phrasing("cards", "origin-behind")
ORIGIN_NOT = phrasing("cards", "no-origin")
#: “我老家就是湖南的”: people come from places, too; “去云南采茶”: and go there; “轮子是日本的”.
_PERSON_FROM, _GONE_TO = phrasing("cards", "person-from"), phrasing("cards", "gone-to")
_PART_FROM = phrasing("cards", "part-from")
#: Named attributes whose value is a quantity, where the card has them under that name.
_STEM = phrasing("cards", "stem")
_BETTER_BY = 1.02
#: “三百二十克重磅”: cloth by what a square metre of it weighs.
_HEAVY, _CLOTH = phrasing("cards", "heavy"), phrasing("cards", "weight-of-cloth")
#: A place that is only told to be abroad.
FROM_ABROAD = phrasing("cards", "from-abroad")

# Cards are read again and again: what they show is parsed once.


@lru_cache(maxsize=512)
def _called(stem: str) -> re.Expression:
    """What a text calls an attribute of a card."""
    if f"called-{stem}" in load_phrasings("cards").phrasings:
        return phrasing("cards", f"called-{stem}")
    return re.compile(re.escape(stem))


@lru_cache(maxsize=2_048)
def _amounts_shown(shown: str) -> list[Quantity]:
    return quantities(fold(shown).text)


@lru_cache(maxsize=512)
def _composition(shown: str) -> list[Material]:
    return materials(fold(shown).text, shown=True)


@lru_cache(maxsize=512)
def _places_shown(shown: str) -> list[Place]:
    return places_in(fold(shown).text)


def spoken_attributes(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """The attributes of which both the (folded) text and the card say something."""
    yield from spoken_materials(text, card)
    yield from _net(text, card)
    yield from _named(text, card)
    yield from graded(text, card)
    yield from measured(text, card)
    yield from spoken_origins(text, card)


def spoken_materials(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """The materials, where both the text and the card tell them."""
    made_of = names_of("材质")
    told = [
        value
        for name, value in (card.attributes or {}).items()
        if value and (name in made_of or _MADE_OF.search(name))
    ]
    each = [one for one in map(_composition, told) if one]
    if not each:
        return
    shown = "；".join(told)
    on_card = [material for one in each for material in one]
    complete = any(
        sum(one.share or 0 for one in some) >= 95 or all(one.share is None for one in some)
        for some in each
    )
    for spoken in materials(text):
        family = [one for one in on_card if _family(one) == _family(spoken)]
        same = [one for one in on_card if related(one.path, spoken.path)]
        # Of a part the card tells only where it names the filling or the lining itself.
        inner = any(name.startswith(word_list("cards", "inner")) for name in card.attributes or {})
        steel = spoken.path[0] == "钢" and len(on_card) == 1
        if (spoken.part and not inner and not steel) or not (family or same):
            continue
        words = text[spoken.start : spoken.end]
        if same:
            share = max((one.share for one in same if one.share is not None), default=None)
            if spoken.share is None or share is None:
                # “纯棉” against a bare “棉” beside other fibres is no full share either.
                if spoken.share == 100 and share is None and len(family) > len(same):
                    yield SpokenAttribute(
                        "材质", words, shown, False, spoken.start, spoken.end, "商品卡列有其他成分"
                    )
                elif spoken.share is None and spoken.path == same[0].path and len(on_card) == 1:
                    yield SpokenAttribute("材质", words, shown, True, spoken.start, spoken.end)
                continue
            tolerance = _TOLERANCES.get(spoken.path[0], _TOLERANCE)
            if spoken.share < share - tolerance:
                continue  # Less than there is deceives nobody.
            agrees = spoken.share <= share + tolerance
            yield SpokenAttribute(
                "材质", words, shown, agrees, spoken.start, spoken.end,
                f"所称 {spoken.share:g}%，商品卡 {share:g}%",
                (("spoken_percent", spoken.share), ("shown_percent", share)),
            )  # fmt: skip
        elif complete and _asserted(text, spoken):
            yield SpokenAttribute(
                "材质", words, shown, False, spoken.start, spoken.end, "商品卡的成分里没有"
            )


#: Percentage points by which a share may differ: those of FZ/T 01053 for fibre contents. Down is sold
#: by grades of five (90, 95), for which that standard says nothing: what is rounded, at most.
_TOLERANCE, _TOLERANCES = 5, {"绒": 2}
#: Attributes that name a material, under whatever name.
_MADE_OF = phrasing("cards", "made-of")


_OF_IT_BEFORE = phrasing("cards", "of-it-before")
_OF_IT_BEHIND = phrasing("cards", "of-it-behind")


def _family(material: Material) -> str:
    top = material.path[0]
    return "纤维" if top in ("纤维", "绒") else top


def _asserted(text: str, spoken: Material) -> bool:
    """Is the product itself said to be of a material?"""
    if spoken.share is not None:
        return True
    before, after = text[max(0, spoken.start - 6) : spoken.start], text[spoken.end : spoken.end + 6]
    if re.search("(?:^|[,。!?])$", before) and re.match("$|[,。!?]", after):
        return True  # by itself
    return bool(_OF_IT_BEFORE.search(before) or _OF_IT_BEHIND.match(after))


def _net(text: str, card: Product) -> Iterator[SpokenAttribute]:
    shown = said(card, "净含量") or said(card, "规格")
    if not shown:
        return
    on_card = _amounts_shown(shown)
    for spoken in quantities(text):
        if spoken.unit not in ("克", "毫升") or not any(one.unit == spoken.unit for one in on_card):
            continue
        low = max(text.rfind(mark, 0, spoken.start) for mark in ",。!?") + 1
        before, after = text[low : spoken.start], text[spoken.end : spoken.end + 6]
        near = text[max(0, spoken.start - 12) : spoken.end + 8]
        if not (_NET.search(before) or _PER_PACK.match(after)) or _GROSS.search(near):
            continue
        if _EATEN.search(before):
            continue
        # “一瓶五百毫升” is one of “250ml×12”; “一箱” may be all of them.
        one = _ONE.search(before) or _ONE.match(after)
        each = [quantity._replace(times=1) for quantity in on_card] if one else on_card
        yield _amount("净含量", text, spoken, shown, each, several=bool(_SEVERAL.search(text)))


def _amount(
    attribute: str, text: str, spoken: Quantity, shown: str, on_card: list[Quantity], *, several: bool = False
) -> SpokenAttribute:  # fmt: skip
    unit = spoken.unit
    values = totals(on_card, unit) or totals(on_card, "") or totals(on_card, on_card[0].unit)
    margin = 1.1 if _ABOUT.search(text[max(0, spoken.start - 5) : spoken.end + 4]) else _BETTER_BY
    agrees = spoken.value <= max(values) * margin
    if several and not agrees:
        agrees = any(
            value and abs(spoken.value / value - round(spoken.value / value)) < 0.02
            for value in values
        )
    best = max(values)
    return SpokenAttribute(
        attribute, text[spoken.start : spoken.end], shown, agrees, spoken.start, spoken.end,
        f"所称 {spoken.value:g} {unit}，商品卡 {best:g} {unit}".replace("  ", " "),
        (("spoken", spoken.value), ("shown", best)),
    )  # fmt: skip


def _named(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """Attributes that the speech names as the card does, and units that only one attribute has."""
    spoken_all = quantities(text)
    if match := _SPF.search(text):
        spf = quantities(match["n"] or match["m"])
        shown = next(
            (value for value in (card.attributes or {}).values() if "spf" in fold(value).text), ""
        )
        on_card = [
            quantity
            for found in _SPF.finditer(fold(shown).text)
            for quantity in quantities(found["n"] or found["m"])
        ]
        if spf and on_card:
            yield SpokenAttribute(
                "防晒指数", match.group(), shown, spf[0].value <= max(one.value for one in on_card),
                match.start(), match.end(), f"所称 SPF{spf[0].value:g}，商品卡 SPF{on_card[0].value:g}",
                (("spoken", spf[0].value), ("shown", on_card[0].value)),
            )  # fmt: skip
    if not spoken_all:
        return
    known = {
        name
        for item in ("净含量", "保质期", "生产日期", "到期日", "材质")
        for name in names_of(item)
    }
    for name, shown in (card.attributes or {}).items():
        on_card = _amounts_shown(shown)
        if not on_card or name in known or not shown:
            continue
        stem = _STEM.sub("", fold(name).text)
        stem = stem if len(stem) >= 2 else fold(name).text
        places = [match.span() for match in _called(stem).finditer(text)]
        for spoken in spoken_all:
            unit = spoken.unit
            by_unit = name in load_phrasings("cards").lists.get(f"by-unit-{unit}", ()) and any(
                one.unit in (unit, "%", unit if unit in word_list("cards", "pieces") else "")
                for one in on_card
            )
            named = (
                len(stem) >= 2
                and any(
                    (0 <= spoken.start - end <= 4 and "," not in text[end : spoken.start])
                    or (unit and 0 <= start - spoken.end <= 2)
                    for start, end in places
                )
                and (not unit or any(one.unit in (unit, "") for one in on_card))
                # “羽绒服五百九十九”: more than a whole is no share of it, but a price.
                and (unit or spoken.value <= 100 or any(one.unit != "%" for one in on_card))
            )
            heavy = (
                _CLOTH.search(name) is not None and unit == "克" and 80 <= spoken.value <= 1_000
                and _HEAVY.match(text, spoken.end - 1) is not None
            )  # fmt: skip
            if by_unit or named or heavy:
                one_of = _ONE.search(text, max(0, spoken.start - 4), spoken.start) or _ONE.match(
                    text, spoken.end
                )
                each = [one._replace(times=1) for one in on_card] if one_of else on_card
                yield _amount(name, text, spoken, shown, each)
                break


def spoken_origins(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """The origins, where both the text and the card tell them."""
    shown = said(card, "产地")
    on_card = _places_shown(shown)
    if not on_card:
        return
    for place in places_in(text):
        before, after = text[max(0, place.start - 7) : place.start], text[place.end : place.end + 8]
        led = [match for match in _ORIGIN.finditer(before) if len(before) - match.end() <= 2]
        if place.path[0] == "中国" and len(place.path) == 1 and on_card[0].path[0] == "中国":
            continue
        behind = _ORIGIN_AFTER.match(after)
        if not (led or behind or FROM_ABROAD.search(place.name)):
            continue
        if ORIGIN_NOT.match(after.lstrip("的")) or _is_of_others(text, place, bool(behind)):
            continue
        agrees = any(compatible(place.path, one.path) for one in on_card)
        start = place.start - (len(before) - led[-1].start()) if led else place.start
        yield SpokenAttribute(
            "产地", text[start : place.end], shown, agrees, start, place.end, "产地不同"
        )


def _is_of_others(text: str, place: Place, made_there: bool) -> bool:
    """Is it people who are from a place or go there, or a part that comes from it, not the goods?"""
    before = text[max(0, place.start - 12) : place.start]
    if _PART_FROM.search(before):
        return True
    if made_there:
        return "的" not in text[place.end : place.end + 5] and bool(_GONE_TO.search(before))
    return _PERSON_FROM.search(before) is not None
