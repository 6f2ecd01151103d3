"""Shelf life, numbers of standards, and what a card says that goods are not, as slots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.dates import shelf_life
from detectors.match.fold import fold

__all__ = ["Slot", "graded"]

_STANDARD = re.compile(
    r"(?:gb|q/|ny|sb|qb|fz|ls|lf|gh|t/|db)[a-z]{0,5}\s{0,8}/?\s{0,8}(?:t|z)?\s{0,8}[a-z0-9.]{0,12}?\d{2,12}(?:\.\d{1,12})?"
)
#: “能放一个月”, “放半年都不坏”
_KEPT = re.compile(
    "(?:能|可以|可|够)(?:放|存|保存|存放|搁|留|囤)[^,。!?]{0,4}(?:年|月|天|周|星期)|(?:放|存|保存|存放|搁|囤)(?:个|上|它个)?[^,。!?]{1,4}(?:年|个?月|天|周|星期)(?:都|也|照样)?(?:没问题|没事|不坏|不会坏|不变质|不变味|能吃|好好的)"
)
_NO_MATTER = re.compile("不能放|放不了|放不住|不要放|别放|开封|冷藏|冰箱")
_NO = re.compile("否|不是|不(?:支持)?.{0,3}|无|没有|非.{1,3}")
_NEGATED = re.compile("(?:不|没|非|无|别|没有|不是|不能)$")


class Slot(NamedTuple):
    """An attribute as spoken and as shown; half-open offsets in the folded speech."""

    attribute: str
    spoken: str
    shown: str
    agrees: bool
    start: int
    end: int
    why: str = ""
    numbers: tuple[tuple[str, float], ...] = ()


def graded(text: str, card: Product) -> Iterator[Slot]:
    """Shelf life, standard and what a card denies, where both the (folded) text and the card tell them."""
    yield from _shelf(text, card)
    yield from _standards(text, card)
    yield from _denied(text, card)


def _denied(text: str, card: Product) -> Iterator[Slot]:
    """What the card says that it is not or has not: {防水: 否}."""
    for name, shown in (card.attributes or {}).items():
        if _NO.fullmatch(shown.strip()) is None:
            continue
        word = fold(name).text.removeprefix("是否支持").removeprefix("是否").removeprefix("能否")
        if len(word) < 2 or word in ("赠品", "品牌", "厂名", "厂址", "认证"):
            continue
        place = text.find(word)
        if place >= 0 and not _NEGATED.search(text[max(0, place - 3) : place]):
            yield Slot(name, word, shown, False, place, place + len(word), "商品卡写明没有或不是")


def _shelf(text: str, card: Product) -> Iterator[Slot]:
    shown = said(card, "保质期")
    kept = _KEPT.search(text)
    place = text.find("保质期")
    if not shown:
        return
    if place < 0:
        if kept is None or ("冻" in text and "冻" not in shown) or _NO_MATTER.search(text):
            return
        place = kept.start()
    end = min((at for mark in ",。!?" if (at := text.find(mark, place + 4)) > 0), default=len(text))
    spoken, on_card = shelf_life(text[place:end]), shelf_life(fold(shown).text)
    if spoken is None or on_card is None:
        return
    agrees = spoken.longest_days <= on_card.longest_days * 1.05
    yield Slot(
        "保质期", text[place:end], shown, agrees, place, end, "所称的保质期更长",
        (("spoken_days", spoken.longest_days), ("shown_days", on_card.longest_days)),
    )  # fmt: skip


def _standards(text: str, card: Product) -> Iterator[Slot]:
    shown = said(card, "执行标准")
    on_card = {_number_of(one) for one in _STANDARD.findall(fold(shown).text)} if shown else set()
    if not on_card or "标准" not in text:
        return
    for match in _STANDARD.finditer(text):
        yield Slot(
            "执行标准", match.group(), shown, _number_of(match.group()) in on_card, match.start(), match.end(),
            "标准号不同",
        )  # fmt: skip


def _number_of(standard: str) -> str:
    return "".join(re.findall(r"\d{1,12}(?:\.\d{1,12})?", standard)[:1])
