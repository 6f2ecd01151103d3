"""What rules about compared prices have alike: each sight of a lower price beside a reference, shown or said."""

from __future__ import annotations

from typing import NamedTuple

from detectors.events import Event, Price, Product
from detectors.match.lexicon import Hit
from detectors.rule import Context, Rule
from detectors.rules.prices.comparison import Comparison, Comparisons
from detectors.rules.prices.spoken import SPEAKERS, spoken_comparison
from detectors.speech.utterance import Utterance
from detectors.stats.price_history import PriceHistory, Quote, quote_of

__all__ = ["Compared", "ComparingRule"]


class Compared(NamedTuple):
    """A comparison, seen once more."""

    sku: str
    run: Comparison
    history: PriceHistory
    unit: str | None
    event: Event
    cut_at: int
    """Since when the lower price is known to have stood."""
    conditions: list[str] | None = None
    """Those of the price tag; ``None``: none were observed."""


class ComparingRule(Rule):
    """Follows the comparisons of a room; its memory keeps them as `comparisons`."""

    def judge(self, ctx: Context, seen: Compared) -> None:
        """What a subclass makes of a comparison that it is shown or told of."""
        raise NotImplementedError

    def on_product(self, ctx: Context, event: Product) -> None:
        self._look(ctx, quote_of(event))

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.kind in ("asking", "coupon"):
            self._look(ctx, quote_of(event))

    def hear(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Takes up a comparison that is said."""
        sku = utterance.sku
        if sku is None or utterance.speaker not in SPEAKERS:
            return
        references = [hit for hit in hits if hit.group == "reference"]
        spoken = spoken_comparison(utterance.folded.text, references, self.spec.patterns)
        if spoken is None:
            return
        history = ctx.room.prices.get(sku)
        shown = history.in_force(ctx.now, "asking", "coupon") if history is not None else None
        if shown is not None and (shown.price or 0) >= spoken.reference_fen:
            shown = None
        offer = shown.price if shown is not None else spoken.offer_fen
        if history is None or offer is None:
            ctx.decline("no-lower-offer", sku)
            return
        comparisons: Comparisons = ctx.state.comparisons
        run = comparisons.sight(
            sku, utterance.event, reference_fen=spoken.reference_fen, label=spoken.label,
            offer_fen=offer, span=utterance.span(spoken.start, spoken.end),
        )  # fmt: skip
        # The cut may be older than the words that make a comparison of it.
        cut_at = min(shown.at, run.since) if shown is not None else run.since
        self.judge(ctx, Compared(sku, run, history, history.unit, utterance.event, cut_at))

    def _look(self, ctx: Context, quote: Quote | None) -> None:
        if quote is None:
            return
        comparisons: Comparisons = ctx.state.comparisons
        history = ctx.room.prices[quote.sku]
        reference = quote.reference_price
        unit = quote.unit if quote.unit is not None else history.unit
        offer = quote.price
        if offer is None and reference is not None:
            shown = history.in_force(quote.at, unit=unit)
            offer = shown.price if shown is not None else None
        if offer is None:
            ctx.decline("no-offer", quote.sku)
            return
        if reference is None or offer >= reference:
            absent = reference is None and "reference_price" in (quote.event.absent or ())
            comparisons.show_plain(quote.sku, offer, unit=unit, absent=absent)
            return
        run = comparisons.sight(
            quote.sku, quote.event, reference_fen=reference, label=quote.reference_label,
            offer_fen=offer, unit=unit,
        )  # fmt: skip
        seen = Compared(
            quote.sku, run, history, unit, quote.event, run.since, quote.conditions
        )  # fmt: skip
        self.judge(ctx, seen)
