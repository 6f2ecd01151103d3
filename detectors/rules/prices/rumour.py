"""`price-hike-rumour`: a cause, a rise of prices, goods that people need, and no source.

价格法 14(3). Whether the news is made up, one room does not show: it is watched, and handed on. When
many rooms say it within a day, `price-hike-rumour-spread` rises. The words are frames of the pack; what
is here finds the goods: those that are named, those on screen, or their class.
"""

from __future__ import annotations

from collections.abc import Sequence

from detectors.across.signal import Clue
from detectors.alerts import Exemption
from detectors.calendar import HOUR_MS
from detectors.claims.framed import FramedRule
from detectors.events import Category
from detectors.match.fold import fold
from detectors.match.phrasing import table
from detectors.pack.frames import Frame
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading

__all__ = ["PriceHikeRumour", "goods_named"]

SPREAD = "price-hike-rumour-spread"
#: The concept of the frames that name a grave cause: what is on screen need not be named then.
_GRAVE = "起因"
#: Classes of goods that people need, where none is named: only beside a grave cause.
_CLASSES: dict[Category, str] = {
    "food": "food", "infant_food": "infant", "fresh_produce": "produce", "drug": "medicine",
    "medical_device": "device", "agricultural_input": "farm",
}  # fmt: skip


def goods_named(kind: str) -> str:
    """What goods that people need are called, by the last part of their group's name."""
    return table("price-tags", "needed", str).get(kind, kind)


class Rumours(ClaimMemory):
    """Beside the claims, when each of the goods was last handed on: at most once an hour."""

    signalled: dict[str, int] = {}


@rule
class PriceHikeRumour(FramedRule):
    id = "price-hike-rumour"
    State = Rumours
    #: What many rooms say of it has a rule of its own.
    worded = False

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        goods = self._named(ctx, reading, claim)
        category = ctx.room.category(reading.utterance.sku)
        if goods is None and category is not None and frame.concept == _GRAVE:
            goods = _CLASSES.get(category)
        if goods is None:
            ctx.decline("no-essential-goods")
            return None
        # The slot that a frame names first is what the rise is put down to, or who told of it.
        cause = next(hit.term for hit in claim.hits if hit.group == frame.all[0])
        claim.concept = goods
        claim.says = f"以“{cause}”称{goods_named(goods)}{frame.says.removeprefix('称')}"
        claim.numbers.update(goods=goods_named(goods), cause=cause)
        return claim

    def _named(self, ctx: Context, reading: Reading, claim: Claim) -> str | None:
        """The goods that are named in the text, else those on screen."""
        named = reading.kind("good")
        if named:
            nearest = min(named, key=lambda hit: (abs(hit.start - claim.start), hit.start))
            return nearest.group.partition(".")[2]
        card = ctx.room.cards.get(reading.utterance.sku or "")
        title = fold((card.title if card is not None else None) or "").text
        for group, terms in self.spec.patterns.items():
            if group.startswith("good.") and any(term in title for term in terms):
                return group.partition(".")[2]
        return None

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        if not super()._raise(ctx, memory, reading, claim, subject, considered):
            return False
        rumours: Rumours = ctx.state
        event = reading.utterance.event
        last = rumours.signalled.get(claim.concept)
        if last is None or not 0 <= event.at - last < HOUR_MS:
            rumours.signalled[claim.concept] = event.at
            words = self._quote(reading, claim)
            ctx.clue(Clue(to=SPREAD, cluster=claim.concept, event=event, words=words))
        return True
