"""Decides which prices on a page count: what anyone pays for one piece, now and in yuan.

Whatever is not is left out, with a note that says why.
"""

from __future__ import annotations

import re
from datetime import tzinfo

from msgspec import Struct

from connectors.decoders.things import Thing
from connectors.errors import NotAValue
from connectors.instants import parse_instant
from connectors.numbers import Amount, parse_amount

__all__ = ["Moment", "amount_in_yuan", "for_anyone", "in_force", "term"]

_YUAN = frozenset({"CNY", "RMB", "人民币", "人民币元"})
#: Without a currency, these words in the price itself say it; “¥” is Japan's, too.
_SAYS_YUAN = re.compile(r"元|rmb|cny|人民币", re.IGNORECASE)
#: Where one of these is, the price is not for anyone who buys one.
_LIMITS = ("validForMemberTier", "eligibleCustomerType", "eligibleTransactionVolume", "billingDuration", "billingIncrement", "eligibleDuration")  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DAY_MS = 86_400_000


class Moment(Struct, frozen=True):
    """When the page was seen, and the zone of its dates."""

    at: int
    zone: tzinfo


def amount_in_yuan(text: str, currency: str | None, notes: list[str]) -> Amount | None:
    """A price; ``None`` with a note where it is none in yuan."""
    name = (currency or "").strip().upper()
    if name not in _YUAN and (name or not _SAYS_YUAN.search(text)):
        notes.append(f"a price in {name[:12]}" if name else "a price without a currency")
        return None
    try:
        amount = parse_amount(text)
    except NotAValue as error:
        notes.append(error.reason[:200])
        return None
    if not amount.low_fen:
        # What a page without a price often says.
        notes.append("a price of nothing")
        return None
    return amount


def for_anyone(thing: Thing, notes: list[str]) -> bool:
    """True if the price holds for anyone who buys one piece, without a condition."""
    least = [
        text
        for quantity in thing.things("eligibleQuantity")
        if (text := quantity.text("minValue", "value"))
    ]
    if any(name in thing.properties for name in _LIMITS) or any(
        text not in ("0", "1") for text in least
    ):
        notes.append("a price under a condition")
        return False
    business = term(thing.text("businessFunction"))
    if business and business != "sell":
        notes.append("an offer that is no sale")
        return False
    return True


def in_force(thing: Thing, moment: Moment, notes: list[str]) -> bool:
    """True if the price has begun and not expired, as far as the markup says."""
    try:
        if (text := thing.text("validFrom", "availabilityStarts")) and _time(
            text, moment
        ) > moment.at:
            notes.append("a price that has not begun")
            return False
        if text := thing.text("priceValidUntil", "validThrough", "availabilityEnds"):
            end = _time(text, moment) + (DAY_MS if _DATE.fullmatch(text) else 0)
            if end <= moment.at:
                notes.append("a price that has run out")
                return False
    except NotAValue as error:
        notes.append(error.reason[:200])
        return False
    return True


def _time(text: str, moment: Moment) -> int:
    return parse_instant(text, moment.zone)


def term(text: str | None) -> str:
    """“InStock” of “https://schema.org/InStock”, as it is compared."""
    return re.sub(r"[\s_-]+", "", (text or "").rpartition("/")[2]).lower()
