"""Storage and sides, which are told by several figures at once.

“十二加五一二” against {内存: 8GB+256GB}, “两米乘两米三” against 150×200cm.
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.events import Product
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing, table
from detectors.rules.goods.graded import SpokenAttribute

__all__ = ["measured"]

#: More than is shown by less than this is a matter of rounding.
_BETTER_BY = 1.02
_STORES = phrasing("cards", "stores")
_MEMORY = phrasing("cards", "memory")
_STORE = phrasing("cards", "storage")
_SHOWN_STORE = re.compile(
    r"(?P<n>\d{1,12})\s{0,8}(?P<unit>gb|tb|g|t)(?![a-z])|(?<=\+)(?P<m>\d{1,12})"
)

_TAKES = phrasing("cards", "takes")
_SIDES = phrasing("cards", "sides")
_LENGTH, _BY = phrasing("cards", "length"), phrasing("cards", "side-by-side")
_OTHER_SIDE = phrasing("cards", "other-side")
_LONG = phrasing("cards", "long")
_NOT_ITS_SIZE = phrasing("cards", "not-its-size")


def measured(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """The measures of which both the (folded) text and the card say something."""
    for name, value in (card.attributes or {}).items():
        label, shown = fold(name).text, fold(value).text
        if not shown:
            continue
        if _STORES.search(label):
            yield from _storage(text, name, value, shown)
        if _SIDES.search(label):
            yield from _sides(text, name, value, shown)


def _slot(
    name: str, match: re.Match[str], value: str, spoken: float, shown: float, unit: str, *, agrees: bool
) -> SpokenAttribute:  # fmt: skip
    return SpokenAttribute(
        name, match.group(), value, agrees, match.start(), match.end(),
        f"所称 {spoken:g}{unit}，商品卡 {shown:g}{unit}", (("spoken", spoken), ("shown", shown)),
    )  # fmt: skip


def _storage(text: str, name: str, value: str, shown: str) -> Iterator[SpokenAttribute]:
    found = [
        float(match["n"] or match["m"]) * (1_024 if (match["unit"] or "").startswith("t") else 1)
        for match in _SHOWN_STORE.finditer(shown)
    ]
    if not found or not (_MEMORY.search(name) or re.search(r"gb|tb|\d\s{0,8}\+\s{0,8}\d", shown)):
        return
    for match in _STORE.finditer(text):
        words = match["two"] or match["n"]
        said = number(words)
        if said is None:
            continue
        if match["tera"] or (match["unit"] or "").replace("个", "").startswith("t"):
            said *= 1_024
        if said < 8 or int(said) & (int(said) - 1):
            continue  # storage comes in powers of two
        if _TAKES.search(text[max(0, match.start() - 5) : match.start()]):
            continue
        if match["two"] and (said < 32 or (number(match["one"]) or 0) < 2):
            continue  # “一加一”
        yield _slot(
            name, match, value, said, max(found), " GB", agrees=said <= max(found) * _BETTER_BY
        )


def _lengths(text: str) -> list[float]:
    """The lengths in a folded text, mm; a unit after “×” counts for what stands before it."""
    found, sizes = list[float](), table("cards", "sizes", tuple[str, float])
    for match in _LENGTH.finditer(text):
        said = number(match["n"])
        if said is None:
            continue
        size = sizes[match["unit"]][1]
        tenths = (number(match["rest"]) or 0) / 10 if match["rest"] and size == 1_000 else 0
        found.append((said + tenths) * size)
        before = _OTHER_SIDE.search(text, 0, match.start())
        other = number(before["n"]) if before is not None else None
        if other is not None:
            found.append(other * size)
    return found


def _sides(text: str, name: str, value: str, shown: str) -> Iterator[SpokenAttribute]:
    there = _lengths(shown)
    if not there:
        return
    for match in _BY.finditer(text):
        said = _lengths(match.group())
        if said and (len(there) >= 2 or len(said) == 1):
            yield _slot(
                name, match, value, max(said) / 10, max(there) / 10, " 厘米",
                agrees=max(said) <= max(there) * _BETTER_BY,
            )  # fmt: skip
    if len(there) > 1:
        return
    for match in _LENGTH.finditer(text):
        near = text[max(0, match.start() - 6) : match.end() + 6]
        if not _LONG.match(text, match.end()) or _NOT_ITS_SIZE.search(near):
            continue
        said = _lengths(match.group())
        if said:
            yield _slot(
                name, match, value, said[0] / 10, there[0] / 10, " 厘米",
                agrees=said[0] <= there[0] * _BETTER_BY,
            )  # fmt: skip
