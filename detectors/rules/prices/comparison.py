"""How long a price comparison has stood: t0 is where it began, not when it was seen again."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Event
from detectors.stats.latest import keep

__all__ = ["Comparison", "Comparisons"]

#: SKUs that are followed, and comparisons of one SKU; those seen longest ago go first.
MAX_SKUS = 500
MAX_REFERENCES = 6


class Comparison(Struct):
    """A reference price that stands against a lower offer, in an unbroken run."""

    reference_fen: int
    since: int
    """t0: when this reference was first seen in this run, ms."""
    event: Event
    """The first display of the run."""
    seen: int
    """When it was last seen."""
    offer_fen: int = 0
    """The price it stood against last."""
    label: str | None = None
    unit: str | None = None
    """What one price buys; ``None``: not shown."""
    spoken: bool = False
    """It was said and not shown, so far."""
    span: Span | None = None
    """The words, where it began by being said."""
    ends_at: int = 0
    """When the promotion ends by the seller's own words; 0: nothing was said."""
    judged: str = ""
    """What was decided already: session and kind of label."""

    def is_for(self, unit: str | None) -> bool:
        """Can it be the comparison of a price for `unit`?"""
        return unit is None or self.unit is None or unit == self.unit


class Comparisons(Struct):
    """Comparisons by SKU; at most `MAX_SKUS` × `MAX_REFERENCES`."""

    by_sku: dict[str, list[Comparison]] = {}

    def sight(
        self,
        sku: str,
        event: Event,
        *,
        reference_fen: int,
        label: str | None,
        offer_fen: int,
        unit: str | None = None,
        span: Span | None = None,
    ) -> Comparison:
        """A reference is shown with a lower offer, or said if there is a `span`; its run."""
        spoken = span is not None
        runs = self.by_sku.get(sku, [])
        keep(self.by_sku, sku, runs, MAX_SKUS)
        at = event.at
        run = next(
            (run for run in runs if run.reference_fen == reference_fen and run.is_for(unit)), None
        )
        if run is not None and 0 < run.ends_at <= at:
            runs.remove(run)
            run = None
        if not spoken:
            # A tag shows one reference at a time: another one ends what was shown there before.
            runs[:] = [
                other
                for other in runs
                if other is run
                or other.spoken
                or type(other.event) is not type(event)
                or not other.is_for(unit)
            ]
        if run is None:
            run = Comparison(
                reference_fen, at, event, at, label=label, unit=unit, spoken=spoken, span=span
            )
            runs.append(run)
            del runs[:-MAX_REFERENCES]
        run.seen = max(run.seen, at)
        run.offer_fen = offer_fen
        if label is not None and not spoken:
            run.label = label
        run.spoken = run.spoken and spoken
        return run

    def show_plain(self, sku: str, offer_fen: int, *, unit: str | None, absent: bool) -> None:
        """The price is shown without a reference.

        `absent`: the reference was seen to be gone. A price that reached a reference ends the
        comparison with it. Otherwise it may only have been left out of an observation, for days
        even: a list of prices without references says nothing about the page.
        """
        runs = self.by_sku.get(sku)
        if not runs:
            return
        kept = [
            run
            for run in runs
            if not run.is_for(unit)
            or (run.reference_fen > offer_fen and (run.spoken or not absent))
        ]
        if kept:
            self.by_sku[sku] = kept
        else:
            del self.by_sku[sku]

    def limit(self, sku: str, ends_at: int) -> None:
        """The seller says when the promotion ends."""
        for run in self.by_sku.get(sku, ()):
            if not run.ends_at:
                run.ends_at = ends_at

    def extend(self, sku: str) -> None:
        """The seller says that the promotion goes on after all."""
        for run in self.by_sku.get(sku, ()):
            run.ends_at = 0
