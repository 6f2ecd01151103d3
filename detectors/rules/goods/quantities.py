"""Quantities with their units, as spoken (“两百五十克一盒”) and as displayed (“250ml×12”)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import number

__all__ = ["NUMBER", "Quantity", "quantities", "totals"]

#: A number in digits or Chinese numerals.
NUMBER = r"(?:\d{1,12}(?:\.\d{1,12})?|[零〇一二两三四五六七八九十百千万]{1,12}(?:点[零一二三四五六七八九]{1,12})?)"
#: Units by dimension, with their size in the first unit of it.
_UNITS: dict[str, tuple[str, float]] = {
    "毫克": ("克", 0.001), "mg": ("克", 0.001), "千克": ("克", 1_000), "公斤": ("克", 1_000), "kg": ("克", 1_000),
    "斤": ("克", 500), "两": ("克", 50), "克": ("克", 1), "g": ("克", 1),
    "毫升": ("毫升", 1), "ml": ("毫升", 1), "升": ("毫升", 1_000), "l": ("毫升", 1_000),
    "毫安时": ("毫安时", 1), "毫安": ("毫安时", 1), "mah": ("毫安时", 1), "安时": ("毫安时", 1_000), "ah": ("毫安时", 1_000),
    "千瓦": ("瓦", 1_000), "kw": ("瓦", 1_000), "瓦": ("瓦", 1), "w": ("瓦", 1),
    "英寸": ("寸", 1), "寸": ("寸", 1), "厘米": ("毫米", 10), "公分": ("毫米", 10), "cm": ("毫米", 10),
    "毫米": ("毫米", 1), "mm": ("毫米", 1), "米": ("毫米", 1_000), "m": ("毫米", 1_000),
    "度": ("度", 1), "%vol": ("度", 1), "vol": ("度", 1), "%": ("%", 1), "支": ("支", 1), "针": ("针", 1),
    "gb": ("gb", 1), "tb": ("gb", 1_024), "万像素": ("万像素", 1), "帕": ("帕", 1), "pa": ("帕", 1),
    "片": ("片", 1), "粒": ("粒", 1), "抽": ("抽", 1), "层": ("层", 1), "颗": ("粒", 1), "张": ("张", 1),
    "流明": ("流明", 1), "转": ("转", 1),
}  # fmt: skip
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<percent>百分之)?(?P<number>{NUMBER}|半(?=斤|公斤|升|两(?![个只包袋瓶盒])|千克))\s{{0,8}}(?:多|来)?(?P<unit>{_UNIT})?(?![a-z])"
    r"(?:(?<=斤)(?P<half>半)|(?<=斤)(?P<tael>[一二三四五六七八九\d])两)?"
    r"(?P<times>\s{0,8}[x×*]\s{0,8}\d{1,12})?"
)
_TIMES = re.compile(r"\d{1,12}")


class Quantity(NamedTuple):
    """A number and its dimension; half-open offsets. `unit` is empty where none was said."""

    value: float
    unit: str
    start: int
    end: int
    times: int = 1
    """“×12”: how many of it."""


#: Texts whose quantities are kept: several questions are asked of each, one after the other.
_TEXTS = 8


def quantities(text: str) -> list[Quantity]:
    """The quantities in folded text, in the base unit of their dimension.

    >>> [(q.value, q.unit, q.times) for q in quantities("净含量250ml×12，五百克，百分之六十，两万毫安，1.5kg")]
    [(250.0, '毫升', 12), (500.0, '克', 1), (60.0, '%', 1), (20000.0, '毫安时', 1), (1500.0, '克', 1)]
    >>> [q.value for q in quantities("半斤，一斤半，三斤八两")]
    [250.0, 750.0, 1900.0]
    """
    return list(_quantities(text))


@lru_cache(maxsize=_TEXTS)
def _quantities(text: str) -> tuple[Quantity, ...]:
    found = []
    for match in _QUANTITY.finditer(text):
        words, unit = match["number"], match["unit"] or ""
        if (
            words.endswith("两")
            and not unit
            and len(words) > 1
            and text[match.end() : match.end() + 1]
            not in tuple("件个只包袋瓶盒双条套斤块位天份箱张支")
        ):
            words, unit = words[:-1], "两"  # “五两” ends in the unit
        value = 0.5 if words == "半" else number(words)
        if value is None:
            continue
        if match["half"]:
            value += 0.5  # “一斤半”
        if match["tael"]:
            value += (number(match["tael"]) or 0) / (20 if unit in ("公斤",) else 10)
        if value == 100 and text[match.start() - 1 : match.start()] in ("/", "每"):
            continue  # “2.8g/100g”: what it is counted by
        base, size = _UNITS.get(unit, ("", 1.0))
        if match["percent"]:
            base, size = "%", 1.0
        times = _TIMES.search(match["times"]) if match["times"] else None
        found.append(
            Quantity(
                round(value * size, 6), base, match.start(), match.end(),
                int(times.group()) if times else 1,
            )
        )  # fmt: skip
    return tuple(found)


def totals(shown: list[Quantity], unit: str) -> list[float]:
    """What displayed quantities of a dimension amount to: each, and each times its number."""
    values = []
    for quantity in shown:
        if quantity.unit == unit:
            values += [quantity.value, quantity.value * quantity.times]
    return values
