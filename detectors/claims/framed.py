"""Rules that consist of frames: what they look for, where, and what exempts stands in the pack."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.alerts import SEVERITY, Exemption, Level
from detectors.claims.frame import Matcher
from detectors.match.frequency import frequency
from detectors.match.lexicon import Hit
from detectors.pack.frames import REPORTED, Exempt, Frame, Goods, Unless
from detectors.rule import Context, RuleSpec, kind
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading, is_chance

__all__ = ["FramedRule"]

#: How the gate names a question that a speaker asks and answers.
ASKED = "设问"


@kind("frames")
class FramedRule(ClaimRule):
    """A claim rule that is its pack entry: `slots`, `frames`, `exempt` and `about`."""

    #: The pack says which slots are looked for in disguise.
    worded = False

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._matchers = [Matcher(frame) for frame in spec.frames]
        patterns = spec.patterns
        #: A text is brought here by the rarest slot of a frame; the others say nothing alone.
        self._keys = frozenset(
            min(sorted(matcher.needs), key=lambda slot: frequency(patterns[slot]))
            for matcher in self._matchers
        )
        self._strong_groups = self._keys

    def leads(self, group: str) -> bool:
        return group in self._keys or group in self._heeded_groups

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        groups = {hit.group for hit in hits}
        return any(matcher.needs <= groups for matcher in self._matchers)

    def grounds_of(self, reading: Reading, place: int) -> list[Exemption]:
        return [_considered(exempt, reading, place) for exempt in self.spec.exempt]

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        low, high = reading.scope.sentence(claim.start)
        if quoted != ASKED and any(low <= hit.start < high for hit in reading.kind(REPORTED)):
            considered = self._considered(ctx, reading, claim, None)
            return self._raise(ctx, memory, reading, claim, subject, considered)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims: list[Claim] = []
        for matcher in self._matchers:
            for hits in matcher.find(reading):
                claim = self._claim(ctx, reading, matcher, hits)
                if claim is None:
                    reading.is_weighed = True
                else:
                    claims.append(claim)
        claims.sort(
            key=lambda claim: (any(one.met for one in claim.exemptions), claim.level != "lead")
        )
        return claims

    def _claim(
        self, ctx: Context, reading: Reading, matcher: Matcher, hits: Sequence[Hit]
    ) -> Claim | None:
        """What a frame found; ``None``: here it means something else, as declined."""
        frame = matcher.frame
        worth = self._worth(ctx, reading, frame)
        if worth is None:
            return None
        if any(map(is_chance, hits)):
            ctx.decline("homophone", frame.concept)
            return None
        start, end = hits[0].start, max(hit.end for hit in hits)
        for unless in frame.unless:
            found = _standing(unless, reading, start)
            if found is not None:
                ctx.decline(unless.why, frame.concept, f"{frame.id}：“{found.term}”")
                return None
        first, last = reading.utterance.folded.to_original(start, end)
        return Claim(
            concept=frame.concept,
            hits=list(hits),
            level=worth,
            law=frame.law or None,
            says=f"“{reading.utterance.original[first:last]}”，{frame.says}",
            exemptions=self.grounds_of(reading, start),
            missing=list(frame.missing),
            ungated=frame.negation == "own",
            asks=frame.question == "asks",
            numbers={"frame": f"{self.id}/{frame.id}"},
        )

    def _worth(self, ctx: Context, reading: Reading, frame: Frame) -> Level | None:
        """What a claim is worth at most, by the goods; ``None``: it is not about them, as declined."""
        about = self.spec.about
        worth: list[Level] = [frame.level]
        for wanted, why in (
            (about.goods if about is not None else [], about.why if about is not None else ""),
            (frame.about, "other-class"),
        ):
            level = self._fits(ctx, reading, wanted) if wanted else frame.level
            if level is None:
                ctx.decline(why, frame.concept)
                return None
            worth.append(level)
        return min(worth, key=SEVERITY.__getitem__)

    def _fits(self, ctx: Context, reading: Reading, wanted: Sequence[Goods]) -> Level | None:
        """The level of the first description that fits the goods that are spoken of."""
        sku = reading.utterance.sku
        category = ctx.room.category(sku) or "unknown"
        card = ctx.room.cards.get(sku) if sku else None
        title = (card.title or "").lower() if card is not None else ""
        for goods in wanted:
            if (not goods.category or category in goods.category) and (
                not goods.words
                or not reading.kinds.isdisjoint(goods.words)
                or any(word in title for slot in goods.words for word in self.spec.patterns[slot])
            ):
                return goods.level
        return None


def _considered(exempt: Exempt, reading: Reading, place: int) -> Exemption:
    found = _standing(exempt, reading, place)
    why = exempt.unmet if found is None else f"{exempt.met}：“{found.term}”"
    return Exemption(clause=exempt.clause, met=found is not None, why=why)


def _standing(wanted: Exempt | Unless, reading: Reading, place: int) -> Hit | None:
    """The first word of some slots that stands in the clause, sentence or text around a place."""
    low, high = 0, len(reading.text)
    if wanted.within != "text":
        scope = reading.scope
        low, high = scope.clause(place) if wanted.within == "clause" else scope.sentence(place)
    return next(
        (hit for hit in reading.kind(*wanted.any) if low <= hit.start and hit.end <= high), None
    )
