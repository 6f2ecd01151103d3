"""`false-original-price`: a compared price above the lowest one at which the shop sold before, and what the
seller's side itself says of such prices."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import Struct

from detectors.claims.framed import FramedRule
from detectors.events import Order, Product, Speech
from detectors.match.amounts import deadline
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.memory import ClaimMemory
from detectors.rules.prices.compared import Compared, ComparingRule
from detectors.rules.prices.comparison import Comparison, Comparisons
from detectors.rules.prices.conditions import Basis, basis_of, spec_of, stated_basis
from detectors.rules.prices.course import FOLLOW_DAYS, curve, moves, once
from detectors.rules.prices.dated import DatedLook
from detectors.rules.prices.look import Look, Measures
from detectors.rules.prices.same import has_variants, other_goods
from detectors.rules.prices.spoken import SPEAKERS
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["FalseOriginalPrice"]

#: SKUs of which provenance and acts are remembered.
MAX_SKUS = 500
#: References that stay in this proportion to the offer belong to one way of pricing.
SAME_RATIO = 0.05
#: A reference this close to the last one has drifted, and opens no promotion of its own.
DRIFT_RATIO = 0.2
#: What a price that names its day has to be held against: that it is true (价格规定 16(1)), not the lowest of a week.
_OF_A_DAY = ("价格规定/比较真实", "价格规定/虚假折价", "价格法/价格欺诈")


class Provenance(Struct):
    """Since when the goods behind a SKU are the same."""

    spec: str | None = None
    shop: str | None = None
    title: str | None = None
    since: int = 0
    """Time of the last change; 0: none was seen."""


class Acts(Struct):
    """The promotions of one SKU in one session: each reference of its own is an act."""

    session: str = ""
    references: list[int] = []
    ratio: float = 0.0
    """Reference over offer, of the last act."""
    reference_fen: int = 0
    """Reference of the last act."""


class ReferenceState(ClaimMemory):
    """Memory of a room: claims, comparisons, and 500 SKUs at most of the rest."""

    comparisons: Comparisons = msgspec.field(default_factory=Comparisons)
    provenance: dict[str, Provenance] = {}
    acts: dict[str, Acts] = {}


@rule
class FalseOriginalPrice(ComparingRule, FramedRule):
    """R above the lowest transaction price of the seven days before the comparison began, or unlike what was paid
    on the days that it names; or that it is said.

    The verdict is given once a run of the comparison and once more in each further session in
    which the comparison is shown; a promotion with another reference is another act.
    """

    id = "false-original-price"
    State = ReferenceState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {
        "before",
        "reference",
        "extension",
        "limit",
    }
    # What is compared, and what with, may stand sentences apart.
    heeds_events = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.measures = Measures.of(spec)
        self.follows = spec.count("maker_price_follows")
        self.confidence = float(spec.threshold("confidence"))

    # What is seen -------------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        self._note_provenance(ctx, event)
        super().on_product(ctx, event)

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Takes up a comparison, and how long it is to last."""
        sku = utterance.sku
        comparisons: Comparisons = ctx.state.comparisons
        groups = {hit.group for hit in hits}
        if sku is not None and sku in comparisons.by_sku and utterance.speaker in SPEAKERS:
            if "extension" in groups:
                comparisons.extend(sku)
            end = deadline(utterance.folded.text, utterance.at) if "limit" in groups else None
            if end is not None and end.ends_at is not None and end.kind != "countdown":
                comparisons.limit(sku, end.ends_at)
        self.hear(ctx, utterance, hits)

    def _note_provenance(self, ctx: Context, event: Product) -> None:
        """Other goods, size or shop behind the same SKU: older sales are no measure."""
        spec = spec_of(event)
        if spec is None and event.shop is None and event.title is None:
            return
        known = ctx.state.provenance.get(event.sku) or Provenance()
        if (
            (spec and known.spec and spec != known.spec)
            or (event.shop and known.shop and event.shop != known.shop)
            or other_goods(known.title, event.title)
        ):
            known.since = event.at
        known.title = event.title or known.title
        known.spec = spec or known.spec
        known.shop = event.shop or known.shop
        keep(ctx.state.provenance, event.sku, known, MAX_SKUS)

    # The verdict --------------------------------------------------------------------------

    def judge(self, ctx: Context, seen: Compared) -> None:
        sku, run, history, unit, event, _, conditions = seen
        basis: Basis = basis_of(run.label)
        # Once a session; and once more when it has stood as long as the law looks back.
        standing = event.at - run.since >= self.measures.lookback_ms
        judged = f"{event.session}\t{basis}\t{standing}"
        if run.judged == judged:
            return
        run.judged = judged
        moved = moves(history, unit, event.at) if basis == "maker" else []
        stated = run.label if basis == "dated" else stated_basis(conditions)
        if basis == "maker":
            if len(moved) < self.follows:
                ctx.decline("maker-price", sku)
                return
            stated = None
        if stated is None and basis in ("future", "other"):
            ctx.decline("other-basis", sku)
            return
        known = ctx.state.provenance.get(sku)
        same_since = known.since if known is not None else 0
        look = (
            Look(self.measures, ctx.room, run, history, unit, same_since)
            if stated is None
            else DatedLook(self.measures, ctx.room, run, history, unit, same_since, stated)
        )
        verdict = look.verdict()
        if isinstance(verdict, str):
            ctx.decline(verdict, sku, look.silence(verdict))
            return
        level, words, measure = verdict
        missing = []
        lowered = []
        if basis == "maker":
            lowered.append("maker")
            words += f"；标为“{run.label}”的价格 {FOLLOW_DAYS} 日内随售价变动 {look.followed} 次"
        if stated is None and basis in ("elsewhere", "vague", "unlabelled"):
            lowered.append("elsewhere")
        if (
            measure is not None
            and isinstance(measure.quote.event, Order)
            and has_variants(ctx.room.cards.get(sku))
        ):
            # An order does not say which of the sizes was bought.
            lowered.append("variants")
            missing.append("所比成交的是同一链接下的哪一规格")
        if run.label is None:
            missing.append("被比较价格的名称（页面上如何标示）")
        if unit is None:
            missing.append("计价单位与规格是否前后一致")
        if measure is not None and measure.quote.conditions is None:
            missing.append("所比成交价、标价有无会员、拼团、国补等条件")
        if run.spoken and isinstance(event, Speech):
            if event.confidence is not None and event.confidence < self.confidence:
                lowered.append("misheard")
            missing.append("核听原音：口播金额由语音识别得出")
        if lowered:
            level = "watch"
        trigger = [measure.quote.event] if measure is not None else []
        trigger += [step.quote.event for step in look.support]
        trigger += look.sightings
        if basis == "maker":
            # How the reference moved, and what was shown before it was compared with this time.
            trigger += [step.quote.event for pair in moved[-self.follows :] for step in pair]
            before = history.in_force(run.since - 1, "asking", unit=unit)
            trigger += [before.quote.event] if before is not None else []
        trigger += [run.event, event]
        ctx.raise_alert(
            Finding(
                subject=self._subject_of(ctx, sku, run, event.session, look.followed),
                subject_title=ctx.room.title_of(sku),
                level=level,
                because=[*lowered, look.way],
                reason=words,
                trigger=once(trigger),
                hit=f"{run.reference_fen}:{run.since}:{event.session}",
                numbers=look.numbers,
                spans=[run.span] if run.span is not None else [],
                exemptions=look.exemptions(basis),
                missing=missing,
                law=self._bases(basis if stated is None else "dated"),
                facts=["transactions"] if level == "lead" and look.numbers["transactions"] else [],
                prices=curve(history, run.since - 2 * self.measures.lookback_ms, event.at),
                first_at=run.since if run.event.session == event.session else event.at,
            )
        )

    def _subject_of(
        self, ctx: Context, sku: str, run: Comparison, session: str, followed: int
    ) -> str:
        """The SKU; with a second reference of its own in the session, the reference too."""
        acts: Acts = ctx.state.acts.get(sku) or Acts()
        if acts.session != session:
            acts.session, acts.references, acts.ratio = session, [], 0.0
        ratio = run.reference_fen / run.offer_fen if run.offer_fen else 0.0
        same = (
            not acts.references
            or followed >= self.follows
            or abs(ratio - acts.ratio) <= SAME_RATIO * acts.ratio
            or abs(run.reference_fen - acts.reference_fen) <= DRIFT_RATIO * acts.reference_fen
        )
        if run.reference_fen not in acts.references:
            if same:
                # A reference that moves with the price is one way of pricing, not many promotions.
                acts.references = [run.reference_fen]
            else:
                acts.references.append(run.reference_fen)
                del acts.references[1:-8]
        acts.ratio, acts.reference_fen = ratio, run.reference_fen
        keep(ctx.state.acts, sku, acts, MAX_SKUS)
        if run.reference_fen == acts.references[0]:
            return sku
        return f"{sku}@{run.reference_fen // 100}.{run.reference_fen % 100:02d}"

    def _bases(self, basis: Basis) -> list[str]:
        if basis == "dated":
            return list(_OF_A_DAY)
        refs = [one.ref for one in self.spec.law if not one.particular]
        if basis == "maker":
            return [ref for ref in refs if ref != "价格规定/比较基准"]
        return [ref for ref in refs if ref != "价格规定/建议零售价"]
