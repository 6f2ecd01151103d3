"""虚构销量: a spoken or written number of sales against the visible counter of the same SKU, and what the
seller's side itself says of such numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Level, Number, Span, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Counter, Event, Product, Session, Speech
from detectors.match.lexicon import Hit
from detectors.match.numerals import Count, counts
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.sales.leaps import Leaps, LeapState
from detectors.rules.sales.shown import as_seen, at_most, counter_of, observed
from detectors.rules.sales.wording import clause, denied, doubted, grouped
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance
from detectors.stats.latest import trim

__all__ = ["FabricatedSalesFigure"]

#: Claims that wait for a counter; SKUs whose counter is followed. The oldest go first.
MAX_WAITING = 8
MAX_SKUS = 100
#: Products whose counters are added up to bound what a whole room sold.
MAX_SUMMED = 10

#: Units in which sales are counted, and pieces of which a sale may hold several.
_AFTER = phrasing("sales", "sold-in")
_OTHER_UNIT = phrasing("sales", "other-unit")
_MONEY = phrasing("sales", "turnover")
_BUYING = phrasing("sales", "buying")
#: “全网最低” speaks of a price, not of where it was sold.
_PRAISED = phrasing("sales", "of-price")
_EXACTLY = phrasing("sales", "exactly")
_TODAY = phrasing("sales", "today")
_DONE = phrasing("sales", "done")
#: “卖到一万单就涨价” is a condition.
_WHEN = phrasing("sales", "when")
#: Characters in which a goal, and another scope that may have to do with it, belongs to a number.
_INTENT = 10
_NEAR_BEFORE, _NEAR_AFTER = 14, 6
#: Characters between a verb of selling and its number.
_REACH = 8


class _Claim(Struct):
    """A number of sales that somebody stated."""

    event: Speech | Chat | Product | Session
    claimed: int
    span: Span
    sku: str | None
    whole_room: bool
    today: bool
    """It speaks of this broadcast, so that no product sold more than the room."""
    pieces: bool
    speaker: str


class FigureState(LeapState):
    """At most `MAX_WAITING` claims without a fresh counter, and the counters of `MAX_SKUS` SKUs."""

    waiting: list[_Claim] = []
    sold: dict[str, list[int]] = {}
    """By SKU (the room's orders: ""): time and value of the last two sightings, and the highest value."""


@rule
class FabricatedSalesFigure(FramedRule):
    """N stated > upper bound displayed × margin, for the same SKU and scope; or that it is said."""

    id = "fabricated-sales-figure"
    State = FigureState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"settled", "sold", "elsewhere"}
    reads_crowd = True
    # What says that a number is of another scope may stand sentences before it.
    heeds_events = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.leaps = Leaps(spec)
        self.margin = spec.threshold("margin_ratio")
        self.clear = spec.threshold("clear_ratio")
        self.pieces = spec.threshold("pieces_per_order")
        self.least = spec.count("least_claimed")
        self.fresh_ms = spec.duration_ms("fresh_s")
        self.held_ms = spec.duration_ms("wait_s")
        self.context_ms = spec.duration_ms("scope_context_s")
        self.restart = spec.threshold("restart_ratio")
        self.confidence = spec.threshold("least_confidence")

    # What is claimed ----------------------------------------------------------------------

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Weighs a number of sales that is stated."""
        groups = grouped(hits)
        text = utterance.folded.text
        state: FigureState = ctx.state
        elsewhere = [
            hit for hit in groups.get("elsewhere", ()) if not _PRAISED.match(text, hit.end)
        ]
        if elsewhere and utterance.speaker != "card" and "here" not in groups:
            state.elsewhere_at = ctx.now
        if "settled" in groups:
            state.settled_at = ctx.now
        verbs = groups.get("sold")
        if not verbs:
            return
        count, pieces = self._figure(text, verbs)
        if count is None:
            return
        subject = utterance.sku or "room"
        start = min(
            count.start, *(verb.start for verb in verbs if verb.end >= count.start - _REACH)
        )
        if doubted(text, count.start, count.end):
            return ctx.decline("quoted-or-asked", subject)
        if denied(text, count.start, count.end) or denied(text, start, count.end):
            return ctx.decline("denied", subject)
        before = state.elsewhere_at and ctx.now - state.elsewhere_at <= self.context_ms
        if (
            elsewhere
            or (before and "here" not in groups)
            or _near(text, count, groups.get("wider", ()))
        ):
            return ctx.decline("other-scope", subject)
        first, _ = clause(text, count.start, count.end)
        unit = _AFTER.match(text, count.end)
        if _WHEN.match(text, unit.end() if unit else count.end) or any(
            first <= hit.start and 0 <= count.start - hit.end <= _INTENT
            and not _DONE.search(text, hit.end, count.start)
            for hit in groups.get("intended", ())
        ):  # fmt: skip
            return ctx.decline("not-yet-sold", subject)
        event = utterance.event
        if isinstance(event, Speech):
            if event.confidence is not None and event.confidence < self.confidence:
                return ctx.decline("low-confidence", subject)
        elif not isinstance(event, (Chat, Product, Session)):
            return ctx.decline("no-statement", subject)
        whole_room = "room" in groups and "this" not in groups
        if utterance.sku is None and not whole_room:
            return ctx.decline("unknown-sku")
        claim = _Claim(
            event, count.value, utterance.span(start, count.end),
            None if whole_room else utterance.sku, whole_room, bool(_TODAY.search(text)), pieces, utterance.speaker,
        )  # fmt: skip
        self._weigh(ctx, claim, None)

    def _figure(self, text: str, verbs: list[Hit]) -> tuple[Count | None, bool]:
        """The greatest number that a verb of selling carries; is it in pieces?"""
        best: Count | None = None
        pieces = False
        for count in counts(text):
            buyers = _BUYING.match(text, count.end)
            if count.value < self.least or (not buyers and _OTHER_UNIT.match(text, count.end)):
                continue
            first, last = clause(text, count.start, count.end)
            if _MONEY.search(text, first, last):
                continue
            unit = _AFTER.match(text, count.end)
            end = unit.end() if unit else count.end
            named = bool(unit and (unit["orders"] or unit["pieces"]))
            before = any(
                first <= verb.start and verb.end <= count.start <= verb.end + _REACH
                for verb in verbs
            )
            # “卖了老鼻子了，整整五万单”: the number makes the clause before it exact.
            before = before or bool(
                named
                and _EXACTLY.fullmatch(text[first : count.start])
                and any(0 <= first - verb.end <= _REACH for verb in verbs)
            )
            after = named and any(
                count.end <= verb.start <= end + _REACH and verb.end <= last for verb in verbs
            )
            # “一万多人下单”: the unit is the verb.
            after = after or bool(buyers) or any(verb.start == count.end for verb in verbs)
            if (before or after) and (best is None or count.value > best.value):
                best, pieces = count, bool(unit and unit["pieces"])
        return best, pieces

    # What is shown ------------------------------------------------------------------------

    def on_counter(self, ctx: Context, event: Counter) -> None:
        self.leaps.show(ctx, event)
        if event.name == "sold" and event.sku:
            self._follow(ctx, event.sku, event)
        elif event.name == "orders":
            self._follow(ctx, "", event)

    def on_product(self, ctx: Context, event: Product) -> None:
        shown = observed(event, "sold", ctx.room)
        if shown is not None:
            self.leaps.show(ctx, shown)
            self._follow(ctx, event.sku, shown)

    def on_session(self, ctx: Context, event: Session) -> None:
        ctx.state.waiting = []
        ctx.state.leaps, ctx.state.displayed = {}, {}

    def _follow(self, ctx: Context, sku: str, shown: Counter) -> None:
        upper = at_most(shown)
        if upper is not None:
            sold = ctx.state.sold
            known = sold.pop(sku, None)
            if known is None:
                sold[sku] = [shown.at, upper, shown.at, upper, upper]
            elif shown.at >= known[2]:
                sold[sku] = [known[2], known[3], shown.at, upper, max(known[4], upper)]
            else:
                sold[sku] = known
            trim(sold, MAX_SKUS)
        self._settle_waiting(ctx, sku or None, shown)

    def _settle_waiting(self, ctx: Context, sku: str | None, shown: Counter) -> None:
        """Weighs the claims that waited for this counter: what is sold later was not sold before."""
        state: FigureState = ctx.state
        if not state.waiting:
            return
        due = [claim for claim in state.waiting if claim.sku == sku]
        state.waiting = [
            claim
            for claim in state.waiting
            if claim.sku != sku and ctx.now - claim.event.at <= self.held_ms
        ]
        for claim in due:
            if ctx.now - claim.event.at <= self.held_ms:
                self._weigh(ctx, claim, shown)

    # The comparison -----------------------------------------------------------------------

    def _weigh(self, ctx: Context, claim: _Claim, later: Counter | None) -> None:
        state: FigureState = ctx.state
        subject = claim.sku or "room"
        shown = [later] if later is not None else self._shown(ctx, claim)
        if not shown:
            self._wait(ctx, claim)
            return ctx.decline("counter-unknown", subject)
        ages_ms = [claim.event.at - counter.at for counter in shown]
        own = claim.speaker == "card" and shown[0].id == claim.event.id
        if later is None and not own and max(ages_ms) > self.fresh_ms:
            self._wait(ctx, claim)
            return ctx.decline("counter-stale", subject)
        upper = grown = 0
        for counter, age_ms in zip(shown, ages_ms, strict=True):
            most = at_most(counter)
            if most is None:
                return ctx.decline("counter-open-ended", subject)
            upper += most
            sold = state.sold.get(counter.sku or "")
            if sold is None:
                continue
            if most < sold[4] * self.restart:
                return ctx.decline("counter-restarted", subject)
            if age_ms > 0 and sold[2] > sold[0] and sold[3] > sold[1]:
                grown += round((sold[3] - sold[1]) * age_ms / (sold[2] - sold[0]))
        bound = (upper + grown) * (self.pieces if claim.pieces else 1)
        if claim.claimed <= bound * self.margin:
            return ctx.decline("within-margin", subject)
        self._raise_figure(ctx, claim, shown, upper, grown, bound)

    def _shown(self, ctx: Context, claim: _Claim) -> list[Counter]:
        """The counters whose sum bounds what was claimed; none: unknown."""
        room = ctx.room
        orders = counter_of(room, "orders", None)
        if claim.sku is not None:
            sold = counter_of(room, "sold", claim.sku)
            if sold is not None:
                return [sold]
            return [orders] if claim.today and orders is not None else []
        if orders is not None:
            return [orders]
        # Without a count of orders: every product of the room, if every one is known.
        counters = [counter_of(room, "sold", sku) for sku in room.cards]
        if len(counters) > MAX_SUMMED or None in counters:
            return []
        return [counter for counter in counters if counter is not None]

    def _wait(self, ctx: Context, claim: _Claim) -> None:
        waiting = ctx.state.waiting
        waiting.append(claim)
        del waiting[:-MAX_WAITING]

    def _raise_figure(
        self, ctx: Context, claim: _Claim, shown: list[Counter], upper: int, grown: int, bound: float
    ) -> None:  # fmt: skip
        room = ctx.room
        oldest = min(counter.at for counter in shown)
        numbers: dict[str, Number] = {
            "claimed": claim.claimed,
            "shown_upper": upper,
            "margin_ratio": self.margin,
            "counter_age_s": round((claim.event.at - oldest) / 1000),
        }
        if shown[0].name == "orders":
            what = "直播间全部订单数"
        elif claim.sku is None:
            numbers["products"] = len(shown)
            what = f"直播间全部 {len(shown)} 个商品的已售数之和"
        else:
            what = "同一商品的已售数"
        when = "此前" if oldest <= claim.event.at else "随后"
        reason = f"{speaker_name(claim.event, claim.span.field)}称已售 {claim.claimed:,}，{what}{when}显示最多 {upper:,}"
        if grown:
            numbers["grown_since"] = grown
            reason += f"，按其增速到说话时至多再加 {grown:,}"
        if claim.pieces:
            numbers["pieces_per_order"] = self.pieces
            reason += f"，每单按至多 {self.pieces:g} 件计"
        if bound:
            numbers["ratio"] = ratio = round(claim.claimed / bound, 1)
            reason += f"；声称数是其 {ratio:g} 倍，超过 {self.margin:g} 倍的容差。"
        else:
            reason += f"；声称数超过显示数的 {self.margin:g} 倍。"
        clear = claim.claimed > bound * self.clear
        named = claim.speaker in ("host", "assistant", "card")
        level: Level = "lead" if clear and named else "watch"
        event = claim.event
        supporting = [as_seen(room, counter) for counter in shown if counter.id != event.id]
        trigger: list[Event] = sorted(
            [*supporting, event], key=lambda item: (item.at, item.rank, item.id)
        )
        kind = room.host_kind
        ctx.raise_alert(
            Finding(
                subject=claim.sku or "room",
                subject_title=room.title_of(claim.sku),
                level=level,
                because=["others" if clear else "near"],
                reason=reason,
                trigger=trigger,
                hit=f"{event.id}:{claim.span.field}",
                first_at=event.at,
                numbers=numbers,
                spans=[claim.span],
                exemptions=[
                    unmet("另一口径（全渠道、去年、累计、品牌）", "同句未见别的口径"),
                    unmet("计数器取整或按链接重新计数", "按显示的上限比较，计数没有变小"),
                ],
                missing=[] if kind else ["主播身份（自播或达人）"],
                when={} if kind != "influencer" else {
                    "广告法/虚假广告": "本直播间显示为达人带货：构成商业广告的，按广告法"
                },
            )
        )  # fmt: skip


def _near(text: str, count: Count, hits: Iterable[Hit]) -> bool:
    """Does a word stand so near a number that it may say what was counted?"""
    _, last = clause(text, count.start, count.end)
    return any(
        count.start - _NEAR_BEFORE <= hit.end <= count.start
        or count.end <= hit.start < min(last, count.end + _NEAR_AFTER)
        for hit in hits
    )
