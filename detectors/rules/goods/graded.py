"""Shelf life, numbers of standards, and what a card says that goods are not, as slots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.dates import shelf_life
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing, word_list

__all__ = ["SpokenAttribute", "graded"]

_STANDARD = re.compile(
    r"(?:gb|q/|ny|sb|qb|fz|ls|lf|gh|t/|db)[a-z]{0,5}\s{0,8}/?\s{0,8}(?:t|z)?\s{0,8}[a-z0-9.]{0,12}?\d{2,12}(?:\.\d{1,12})?"
)
#: “能放一个月”, “放半年都不坏”
_KEPT = phrasing("cards", "kept")
#: The shelf life by its name; what is frozen keeps longer than the card says of it.
_SHELF_LIFE, _FROZEN = phrasing("cards", "shelf-life"), phrasing("cards", "frozen")
_NAMES_STANDARD = phrasing("cards", "names-standard")
_NO_MATTER = phrasing("cards", "kept-elsewhere")
_NO = phrasing("cards", "denied")
_NEGATED = phrasing("cards", "negated")


class SpokenAttribute(NamedTuple):
    """An attribute as spoken and as shown; half-open offsets in the folded speech."""

    attribute: str
    spoken: str
    shown: str
    agrees: bool
    start: int
    end: int
    why: str = ""
    numbers: tuple[tuple[str, float], ...] = ()


def graded(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """Shelf life, standard and what a card denies, where both the (folded) text and the card tell them."""
    yield from _shelf(text, card)
    yield from _standards(text, card)
    yield from _denied(text, card)


def _denied(text: str, card: Product) -> Iterator[SpokenAttribute]:
    """What the card says that it is not or has not: {防水: 否}."""
    for name, shown in (card.attributes or {}).items():
        if _NO.fullmatch(shown.strip()) is None:
            continue
        word = fold(name).text
        for whether in word_list("cards", "whether"):
            word = word.removeprefix(whether)
        if len(word) < 2 or word in word_list("cards", "not-of-goods"):
            continue
        place = text.find(word)
        if place >= 0 and not _NEGATED.search(text[max(0, place - 3) : place]):
            yield SpokenAttribute(
                name, word, shown, False, place, place + len(word), "商品卡写明没有或不是"
            )


def _shelf(text: str, card: Product) -> Iterator[SpokenAttribute]:
    shown = said(card, "保质期")
    if not shown:
        return
    named = _SHELF_LIFE.search(text)
    if named is None:
        named = _KEPT.search(text)
        is_otherwise = _FROZEN.search(text) and not _FROZEN.search(shown)
        if named is None or is_otherwise or _NO_MATTER.search(text):
            return
    place = named.start()
    end = min((at for mark in ",。!?" if (at := text.find(mark, place + 4)) > 0), default=len(text))
    spoken, on_card = shelf_life(text[place:end]), shelf_life(fold(shown).text)
    if spoken is None or on_card is None:
        return
    agrees = spoken.longest_days <= on_card.longest_days * 1.05
    yield SpokenAttribute(
        "保质期", text[place:end], shown, agrees, place, end, "所称的保质期更长",
        (("spoken_days", spoken.longest_days), ("shown_days", on_card.longest_days)),
    )  # fmt: skip


def _standards(text: str, card: Product) -> Iterator[SpokenAttribute]:
    shown = said(card, "执行标准")
    on_card = {_number_of(one) for one in _STANDARD.findall(fold(shown).text)} if shown else set()
    if not on_card or not _NAMES_STANDARD.search(text):
        return
    for match in _STANDARD.finditer(text):
        yield SpokenAttribute(
            "执行标准", match.group(), shown, _number_of(match.group()) in on_card, match.start(), match.end(),
            "标准号不同",
        )  # fmt: skip


def _number_of(standard: str) -> str:
    return "".join(re.findall(r"\d{1,12}(?:\.\d{1,12})?", standard)[:1])
