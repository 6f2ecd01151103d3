"""Quantities with their units, as spoken (“两百五十克一盒”) and as displayed (“250ml×12”)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.phrasing import phrasing, table, word_list

__all__ = ["Quantity", "quantities", "totals"]

_QUANTITY = phrasing("cards", "quantity")
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
    found, sizes = [], table("cards", "sizes", tuple[str, float])
    for match in _QUANTITY.finditer(text):
        said, unit = match["number"], match["unit"] or ""
        if (
            said.endswith("两")
            and not unit
            and len(said) > 1
            and text[match.end() : match.end() + 1] not in word_list("cards", "counted-by")
        ):
            said, unit = said[:-1], "两"  # “五两” ends in the unit
        value = 0.5 if said == "半" else number(said)
        if value is None:
            continue
        if match["half"]:
            value += 0.5  # “一斤半”
        if match["tael"]:
            value += (number(match["tael"]) or 0) / (20 if unit in ("公斤",) else 10)
        if value == 100 and text[match.start() - 1 : match.start()] in ("/", "每"):
            continue  # “2.8g/100g”: what it is counted by
        base, size = sizes.get(unit, ("", 1.0))
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
