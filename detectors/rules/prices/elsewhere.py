"""`compare-unfounded`: cheaper than others, without a basis or a way to compare.

价格规定 16 and 17(2), 侵害办法 6(5): the price of a counter, a shop or a platform elsewhere has to be one
that was charged there and can be looked up; “全网最低” needs scope and time. The words are frames of the
pack; what is here compares the sums that are named, and reads what the card shows.
"""

from __future__ import annotations

from detectors.alerts import unmet
from detectors.claims.framed import FramedRule
from detectors.events import Price, Product
from detectors.match.amounts import Amount, amounts
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.conditions import basis_of, stated_basis
from detectors.rules.prices.course import price_at
from detectors.rules.prices.wording import yuan

__all__ = ["CompareUnfounded"]

#: The frame of whom one compares with, and the slots of one's own goods and of what is said to be lower.
_PRICED, _OURS, _LOWER = "priced-there", "ours", ("cheaper", "dearer")
#: Letters between whom one compares with and their price.
REACH = 16
#: What a bare number counts, where it is no sum: a weight, a length, a date, a number of things.
_COUNTED = phrasing("price-tags", "counted-elsewhere")
_PROOF = ["所比价格的来源、时间、地点及同款同规格的证明"]


@rule
class CompareUnfounded(FramedRule):
    id = "compare-unfounded"
    lacking = FramedRule.lacking | {"nothing-compared"}

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if frame.id != _PRICED:
            return claim
        low, high = claim.end, reading.scope.sentence(claim.start)[1]
        sums = [one for one in amounts(reading.text) if low <= one.start < high and one.fen >= 100]
        theirs = next((one for one in sums if _is_price(reading.text, one)), None)
        own = min((hit.start for hit in reading.kind(_OURS) if hit.start >= low), default=high)
        if theirs is None or theirs.start - low > REACH or own < theirs.start:
            ctx.decline("nothing-compared", frame.concept)
            return None
        ours = [one.fen for one in sums if one.start >= theirs.end]
        step = price_at(ctx.room, reading.utterance.sku, ctx.now)
        if not ours and step is not None and step.price:
            ours = [step.price]
        if ours and min(ours) > theirs.fen:
            ctx.decline("not-dearer", frame.concept)
            return None
        if not ours and own == high and not reading.kind(*_LOWER):
            ctx.decline("nothing-compared", frame.concept)
            return None
        claim.hits.append(
            Hit("price", reading.text[theirs.start : theirs.end], theirs.start, theirs.end)
        )
        return claim

    # Shown on the card --------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.reference_label and event.reference_price is not None:
            self._shown(ctx, event, event.price, None)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.reference_label and event.reference_price is not None:
            self._shown(ctx, event, event.price, event.conditions)

    def _shown(
        self, ctx: Context, event: Product | Price, fen: int | None, conditions: list[str] | None
    ) -> None:
        label, reference = event.reference_label or "", event.reference_price or 0
        if basis_of(label) != "elsewhere":
            return
        if stated_basis(conditions) is not None:
            ctx.decline("basis-stated", event.sku)
            return
        if fen is None:
            step = price_at(ctx.room, event.sku, event.at)
            fen = step.price if step is not None else None
        if fen is None or fen >= reference:
            return
        ctx.raise_alert(
            Finding(
                subject=event.sku,
                subject_title=ctx.room.title_of(event.sku),
                level="watch",
                because=["shown"],
                reason=f"标示“{label}” {yuan(reference)} 元与售价 {yuan(fen)} 元比较，高出 "
                f"{yuan(reference - fen)} 元，未说明何时何处的价格，无从比较。",
                trigger=[event],
                hit=f"{label}:{reference}",
                numbers={
                    "reference_fen": reference, "offer_fen": fen, "excess_fen": reference - fen,
                },
                exemptions=[
                    unmet("有依据、可核对的比较", f"仅标“{label}”，未见时间、地点")
                ],
                missing=_PROOF,
            )
        )  # fmt: skip


def _is_price(text: str, one: Amount) -> bool:
    """Is a number in a text a price, and not so many pounds or a fee? “六十一斤” is the price of one."""
    return one.marked or text[one.end - 1] == "一" or _COUNTED.match(text, one.end) is None
