"""`disparagement`: what is said about somebody else's goods or business, to their discredit.

反法 12 (before 2025-10-15: 11, of competitors only), 直播办法 36, 广告法 13 when it is an
advertisement. Who is pointed at and what is found fault with are frames of the pack: an operator
that can be told by the words makes it a lead, an attack on all others is watched. Whether the brand
is the one on sale, or a thing to eat, is asked here.
"""

from __future__ import annotations

from detectors.claims.framed import FramedRule
from detectors.match.phrasing import word_list
from detectors.pack.frames import Frame
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.rivals.brands import is_coined, is_food, is_stars

__all__ = ["Disparagement"]

#: The slot of brands.
_BRAND = "brand"
#: The frame of goods that are told by a name which no list has.
_NAMED = "named-run-down"
#: Letters that a maker's name has, at least and at most.
_NAME = range(2, 5)


@rule
class Disparagement(FramedRule):
    id = "disparagement"
    accuses = True

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        # “…不要给娃喝”: to dissuade from others' goods takes nothing back.
        claim.admits = True
        fault = claim.hits[-1]
        if not fault.term.startswith(word_list("rivals", "negating")) and reading.scope.negated(
            fault.start, 4
        ):
            ctx.decline("negated", frame.concept)
            return None
        if frame.id == _NAMED and not _is_named(reading, claim.start):
            ctx.decline("everyday", frame.concept)
            return None
        brand = next((hit for hit in claim.hits if hit.group == _BRAND), None)
        if brand is None:
            return claim
        if is_food(reading.text, brand, ctx.room.category(reading.utterance.sku)) or is_stars(
            reading.text, brand
        ):
            ctx.decline("everyday", frame.concept)
            return None
        card = ctx.room.cards.get(reading.utterance.sku or "")
        shown = (card.brand, card.shop, card.title) if card is not None else ()
        if any(name and brand.term in name.lower() for name in shown):
            ctx.decline("own-goods", frame.concept)
            return None
        return claim


def _is_named(reading: Reading, place: int) -> bool:
    """Do goods at a place have a maker's name before them: the clause begins with characters that
    stand together in no common word?"""
    name = reading.text[reading.scope.clause(place)[0] : place]
    return len(name) in _NAME and is_coined(name)
