"""Words on price tags: for whom a price is, what it is compared with, where it is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import Literal

from detectors.events import Event, Order, Product
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing, word_list
from detectors.stats.price_history import PriceHistory, PriceStep

__all__ = [
    "Basis",
    "Display",
    "basis_of",
    "has_freight",
    "is_auctioned",
    "is_conditional",
    "is_deposit",
    "is_from_price",
    "is_limited",
    "is_limited_sale",
    "is_open",
    "is_promoted",
    "is_public_sale",
    "names_another_place",
    "place_of",
    "spec_of",
    "stated_basis",
]

#: Names of a compared price, beside which its day stands.
_COMPARED = phrasing("price-tags", "compared")
#: A price that not every buyer can have: it is no “最低成交价” to be held against a reference.
_PERSONAL = phrasing("price-tags", "personal")
#: A price that everybody has, but for a while and not as the shop's usual one.
_PROMOTED = phrasing("price-tags", "promoted")
#: A price that is bid up: the next lot begins low again.
_AUCTIONED = phrasing("price-tags", "auctioned")
#: A price that everybody may have, but not everybody gets: there are a few pieces of it.
_LIMITED = phrasing("price-tags", "limited")
_DEPOSIT = phrasing("price-tags", "deposit")
_FROM = phrasing("price-tags", "from-price")
_began = attrgetter("at")
_FREIGHT = phrasing("price-tags", "freight")

#: What the reference price says that it is.
Basis = Literal["own", "unlabelled", "maker", "elsewhere", "vague", "dated", "future", "other"]

_MAKER = phrasing("price-tags", "maker")
_DATED = phrasing("price-tags", "dated")
_ELSEWHERE = phrasing("price-tags", "sold-elsewhere")
_VAGUE = phrasing("price-tags", "vague")
_FUTURE = phrasing("price-tags", "future")
_OTHER = phrasing("price-tags", "other-price")

#: Labels that are known: every price of a shop has the same few.
LABELS = 512

_SHELF = phrasing("price-tags", "shelf")
_DETAIL = phrasing("price-tags", "detail")


@lru_cache(maxsize=LABELS)
def basis_of(label: str | None) -> Basis:
    """What a reference price claims to be, by its label; ``None`` (not observed) is `unlabelled`.

    >>> [basis_of(label) for label in ("原价", "厂商建议零售价", "市场价", "专柜价", "9月1日本店售价", None)]
    ['own', 'maker', 'own', 'elsewhere', 'dated', 'unlabelled']
    """
    if label is None:
        return "unlabelled"
    words = fold(label).text.replace(" ", "")
    if _MAKER.search(words):
        return "maker"
    if _DATED.search(words):
        return "dated"
    if _FUTURE.search(words):
        return "future"
    if _OTHER.search(words):
        return "other"
    if _ELSEWHERE.search(words):
        return "elsewhere"
    if _VAGUE.search(words):
        return "vague"
    return "own"


def _any(pattern: re.Pattern[str], words: Iterable[str] | None) -> bool:
    return any(pattern.search(fold(word).text) for word in words or ())


def is_conditional(conditions: list[str] | None) -> bool:
    """Is the price only for some buyers, or only with something else?"""
    return _any(_PERSONAL, conditions)


def is_promoted(conditions: list[str] | None) -> bool:
    """Is the price announced as one for a while, or with conditions?"""
    return _any(_PERSONAL, conditions) or _any(_PROMOTED, conditions)


def is_auctioned(conditions: list[str] | None) -> bool:
    """Is the price bid up, lot by lot?"""
    return _any(_AUCTIONED, conditions)


def is_limited(conditions: list[str] | None) -> bool:
    """Is the price for a few pieces only (秒杀, 福利款)?"""
    return _any(_LIMITED, conditions)


def is_deposit(conditions: list[str] | None) -> bool:
    """Is this a deposit, a part of the price that is paid in advance?"""
    return _any(_DEPOSIT, conditions)


def is_open(conditions: list[str] | None) -> bool:
    """Can any buyer have the goods for this price, and is it all of it?"""
    return not is_conditional(conditions) and not is_deposit(conditions)


def is_from_price(conditions: Iterable[str] | None) -> bool:
    """Is this the lowest price of a visible range (“39.9 元起”)?"""
    return _any(_FROM, conditions)


def has_freight(conditions: list[str] | None) -> bool:
    """Do the conditions say that freight or tax comes on top?"""
    return _any(_FREIGHT, conditions)


def stated_basis(conditions: Iterable[str] | None) -> str | None:
    """What a tag says of when the compared price was charged (“划线价为 9 月 1 日售价”)."""
    for words in conditions or ():
        text = fold(words).text
        if _DATED.search(text) and _COMPARED.search(text):
            return words
    return None


def names_another_place(stated: str) -> bool:
    """Is a compared price, by its label, one of another shop, counter or platform?"""
    return _ELSEWHERE.search(fold(stated).text) is not None


def spec_of(event: Event) -> str | None:
    """The pack size that a card shows; ``None``: not a card, or not shown."""
    attributes = (event.attributes if isinstance(event, Product) else None) or {}
    return next(filter(None, map(attributes.get, word_list("price-tags", "size-fields"))), None)


def place_of(conditions: list[str] | None) -> Literal["shelf", "detail"] | None:
    """Where a price stood, if its conditions say so."""
    if _any(_DETAIL, conditions):
        return "detail"
    return "shelf" if _any(_SHELF, conditions) else None


class Display:
    """The offers of one SKU that were on display, to look up what an order was made at."""

    def __init__(self, history: PriceHistory, *, stale_ms: int) -> None:
        """`stale_ms`: a price that was seen longer ago tells nothing about an order."""
        known = [step for step in history.steps if step.price is not None]
        self._offers = [step for step in known if step.kind in ("asking", "coupon")]
        self._deposits = [step for step in known if step.kind == "deposit"]
        self._stale_ms = stale_ms
        self._offers.sort(key=_began)
        self._starts = [step.at for step in self._offers]
        #: The latest sight of any offer up to a place in the list: where a search back may end.
        self._seen = list(accumulate((step.until for step in self._offers), max))

    def at(self, moment: int, unit: str | None) -> list[PriceStep]:
        """Asking prices and open coupons that a buyer may have seen."""
        since = moment - self._stale_ms
        found = []
        for index in range(bisect_right(self._starts, moment) - 1, -1, -1):
            if self._seen[index] < since:
                break
            step = self._offers[index]
            if step.until >= since and step.is_for(unit):
                found.append(step)
        return found

    def deposits(self, moment: int, unit: str | None) -> list[PriceStep]:
        """Deposits that were asked before, however long ago: a presale goes on for weeks."""
        return [step for step in self._deposits if step.at <= moment and step.is_for(unit)]


def is_limited_sale(step: PriceStep, display: Display) -> bool:
    """Was it paid at a price for a few pieces, and at no other price on display?"""
    if is_limited(step.quote.conditions):
        return True
    at_price = [
        is_limited(offer.quote.conditions)
        for offer in display.at(step.at, step.unit)
        if offer.price == step.price
    ]
    return bool(at_price) and all(at_price)


def is_public_sale(step: PriceStep, display: Display, *, personal_ratio: float) -> bool:
    """Is a paid price one that any buyer could have had?

    An order tells what was paid, not why. It is no public price when it was made at a price
    shown for some buyers only, when it is a deposit, or when it lies below the price shown at
    the time by no more than `personal_ratio`, as with a buyer's own coupon, and no public coupon
    explains it.
    """
    quote = step.quote
    paid = quote.price
    if paid is None or not is_open(quote.conditions):
        return False
    if any(deposit.price == paid for deposit in display.deposits(quote.at, step.unit)):
        return False
    if not isinstance(quote.event, Order):
        return True
    shown = display.at(quote.at, step.unit)
    public = [
        offer.price
        for offer in shown
        if offer.price is not None and is_open(offer.quote.conditions)
    ]
    if any(price == 100 * paid for price in public):
        return False  # an amount in 元 that was taken for 分
    if any(price <= paid for price in public):
        return True
    if any(offer.price == paid for offer in shown):
        return False  # the price of a condition
    asked = min(public, default=None)
    return asked is None or paid < asked * (1 - personal_ratio)
