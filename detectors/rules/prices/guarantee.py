"""`price-promise-broken`: a price was promised to hold, and the SKU became cheaper.

价格规定 19(5). A lower price within the time is not yet a broken promise, but one that is due: it is
watched. Where at least three buyers report that the difference is refused, it is a lead; where the
seller pays, it was kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption, Level, Number
from detectors.calendar import DAY_MS, HOUR_MS, MINUTE_MS
from detectors.events import Chat, Event, Price, Product
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import is_conditional, spec_of
from detectors.rules.prices.course import once, points, price_at
from detectors.rules.prices.guaranteed import Guaranteed, guaranteed
from detectors.rules.prices.owed import MAX_REFUSALS, Guarantee, considered, missing, not_comparable
from detectors.rules.prices.wording import day_and_time, yuan
from detectors.speech.speaker import says, speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["PricePromiseBroken"]

MAX_PROMISES = 200
#: A promise made before the price was shown takes the first price within this time.
PRICE_FOLLOWS_MS = 10 * MINUTE_MS
#: SKU under which a promise for all products is kept.
EVERYTHING = ""
KINDS = {"guard": "保价", "refund": "降价补差", "genuine": "假货赔付"}


class GuaranteeState(Struct):
    """Memory of a room: at most `MAX_PROMISES` promises, until they end and what was due is settled."""

    promises: dict[str, list[Guarantee]] = {}

    def add(self, promise: Guarantee) -> None:
        """Keeps one more; beyond the bound the one that ends first is forgotten."""
        self.promises.setdefault(promise.sku, []).append(promise)
        kept = [one for promises in self.promises.values() for one in promises]
        if len(kept) > MAX_PROMISES:
            first = min(kept, key=lambda one: one.until)
            self.keep(first.sku, [one for one in self.promises[first.sku] if one is not first])

    def keep(self, sku: str, promises: list[Guarantee]) -> None:
        """Keeps these promises of a product, and no others."""
        if promises:
            self.promises[sku] = promises
        else:
            self.promises.pop(sku, None)


@rule
class PricePromiseBroken(Rule):
    id = "price-promise-broken"
    State = GuaranteeState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.open_ms = spec.duration_ms("open_days")
        self.refusals = spec.count("refusals")
        self.settle_ms = spec.duration_ms("settle_min")
        self.least_fen = spec.count("least_fen")

    # What is promised ---------------------------------------------------------------------

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        if utterance.speaker == "guest":
            return
        state: GuaranteeState = ctx.state
        if state.promises and any(hit.group == "met" for hit in hits):
            self._meet(ctx, utterance)
            return
        told = guaranteed(
            utterance.folded.text, hits, self.spec.patterns, utterance.at, self.open_ms
        )
        if isinstance(told, str):
            ctx.decline(told, utterance.sku or "")
        elif told is not None:
            sku = EVERYTHING if told.everything else ctx.room.meant(utterance.sku)
            if sku is None:
                ctx.decline("no-sku")
                return
            self._promise(ctx, sku, utterance, told)

    def _promise(self, ctx: Context, sku: str, utterance: Utterance, told: Guaranteed) -> None:
        state: GuaranteeState = ctx.state
        history = ctx.room.prices.get(sku)
        step = price_at(ctx.room, sku, ctx.now, "asking", "coupon")
        shown = step if step is not None and not is_conditional(step.quote.conditions) else None
        price = shown.price or 0 if shown is not None else 0
        for known in state.promises.get(sku, ()):
            if known.kind == told.kind and known.price_fen == price and not known.due_fen:
                # Said again: it reaches further, and is no second promise.
                known.until = max(known.until, told.until)
                self._arm(ctx, sku)
                return
        card = ctx.room.cards.get(sku)
        state.add(
            Guarantee(
                sku, told.kind, told.until, told.days, told.open_ended, told.factor, told.excluded,
                utterance.event, utterance.original.strip()[:40],
                utterance.span(told.start, told.end), price,
                shown.quote.event if shown is not None else None,
                history.unit if history is not None else None,
                spec_of(card) if card is not None else None,
            )
        )  # fmt: skip
        self._arm(ctx, sku)

    def _arm(self, ctx: Context, sku: str) -> None:
        """Has the timer fire at the next end of a promise about a product."""
        ends = [one.until for one in ctx.state.promises.get(sku, ()) if one.until > ctx.now]
        if ends:
            ctx.set_timer(min(ends), f"end {sku}")

    # What came of it ----------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.price is not None and ctx.state.promises:
            self._observe(ctx, event, event.price, None, None)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.price is not None and event.kind != "deposit" and ctx.state.promises:
            self._observe(ctx, event, event.price, event.conditions, event.unit)

    def _observe(
        self, ctx: Context, event: Price | Product, fen: int, conditions: list[str] | None,
        unit: str | None,
    ) -> None:  # fmt: skip
        state: GuaranteeState = ctx.state
        sku = event.sku
        for promise in [*state.promises.get(sku, ()), *self._general(ctx, sku)]:
            if promise.kind == "genuine" or promise.event.id == event.id:
                continue
            if not promise.price_fen:
                if event.at - promise.event.at <= PRICE_FOLLOWS_MS and not is_conditional(
                    conditions
                ):
                    promise.price_fen, promise.price_event, promise.unit = fen, event, unit
                continue
            if event.at >= promise.until or fen > promise.price_fen - self.least_fen:
                continue
            declined = not_comparable(promise, event, conditions, unit)
            if declined:
                ctx.decline(declined, sku)
            elif not promise.due_fen or fen < promise.due_fen:
                promise.due_fen, promise.due_event = fen, event
                ctx.set_timer(event.at + self.settle_ms, f"due {promise.sku}")

    def _general(self, ctx: Context, sku: str) -> list[Guarantee]:
        """What was promised for all products, as a promise about this one."""
        state: GuaranteeState = ctx.state
        for promise in state.promises.get(EVERYTHING, ()):
            if any(one.event.id == promise.event.id for one in state.promises.get(sku, ())):
                continue
            step = price_at(ctx.room, sku, promise.event.at)
            if step is None or step.price is None or is_conditional(step.quote.conditions):
                continue
            about = msgspec.structs.replace(
                promise, sku=sku, price_fen=step.price, price_event=step.quote.event,
                unit=step.unit, refusals=[],
            )  # fmt: skip
            state.add(about)
            self._arm(ctx, sku)
            return [about]
        return []

    def _meet(self, ctx: Context, utterance: Utterance) -> None:
        """“买过的差价都退了”: what was due is paid, or announced to be."""
        sku, words = utterance.sku, utterance.original[:60]
        told = f"{says(utterance.event, utterance.field)}“{words}”"
        for promises in ctx.state.promises.values():
            for promise in promises:
                if sku is not None and promise.sku not in (sku, EVERYTHING):
                    continue
                promise.met = words
                promise.refusals.clear()
                ctx.decline("met", promise.sku, words)
                if promise.reported_fen:
                    ctx.raise_alert(
                        Finding(
                            subject=promise.sku,
                            level="info",
                            reason="",
                            trigger=[promise.due_event or promise.event],
                            exemptions=[Exemption(clause="已兑现价格承诺", met=True, why=told)],
                            amends=True,
                        )
                    )

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        state: GuaranteeState = ctx.state
        groups = {hit.group for hit in hits}
        if not state.promises or not event.user:
            return
        promise = self._meant_by_viewer(ctx, genuine="viewer.fake" in groups)
        if promise is None:
            return
        if "viewer.met" in groups:
            ctx.decline("viewer-says-met", promise.sku)
            return
        if "viewer.refusal" not in groups and "viewer.fake" not in groups:
            return
        kept = [chat for chat in promise.refusals if chat.user != event.user]
        promise.refusals = [*kept[1 - MAX_REFUSALS :], event]
        if len(promise.refusals) < self.refusals:
            ctx.decline("few-refusals", promise.sku)
            return
        if len({fold(chat.text).text for chat in promise.refusals}) == 1:
            ctx.decline("same-wording", promise.sku, "几名观众的留言一字不差")
            return
        self._report(ctx, promise, event)

    def _meant_by_viewer(self, ctx: Context, *, genuine: bool) -> Guarantee | None:
        """The promise that a viewer speaks of: a due one, of the product on screen first."""
        candidates = [
            promise
            for promises in ctx.state.promises.values()
            for promise in promises
            if (promise.kind == "genuine") == genuine
        ]
        on_screen = ctx.room.explaining
        return max(
            candidates,
            key=lambda one: (bool(one.due_fen), one.sku == on_screen, one.event.at, one.event.id),
            default=None,
        )

    # Time ---------------------------------------------------------------------------------

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        kind, _, sku = key.partition(" ")
        promises = ctx.state.promises.get(sku, [])
        if kind == "due":
            for promise in promises:
                self._report_due(ctx, promise)
        for promise in promises:
            if promise.until <= due and not promise.due_fen:
                ctx.decline("kept", sku, "承诺期内未见更低的公开售价")
        # What fell due just before the end is still to be settled, or reported.
        left = [one for one in promises if one.until > due or one.due_fen != one.reported_fen]
        ctx.state.keep(sku, left)
        self._arm(ctx, sku)

    def holds_back(self, memory: Any, key: str) -> bool:
        return key.startswith("due ")

    def _report_due(self, ctx: Context, promise: Guarantee) -> None:
        if promise.due_event is None or promise.reported_fen == promise.due_fen:
            return
        if promise.met:
            promise.reported_fen = promise.due_fen
            ctx.decline("met", promise.sku, promise.met)
            return
        self._report(ctx, promise, promise.due_event)

    def _report(self, ctx: Context, promise: Guarantee, last: Event) -> None:
        refused = len(promise.refusals)
        due = promise.due_event
        level: Level = "lead" if due is not None and refused >= self.refusals else "watch"
        promise.reported_fen = promise.due_fen
        numbers: dict[str, Number] = {
            "promised_at": promise.event.at,
            "promised_until": None if promise.open_ended else promise.until,
            "promised_days": None if promise.open_ended else promise.days,
            "compensation": promise.factor,
            "refusals": refused,
            "refusals_least": self.refusals,
        }
        field = promise.span.field if promise.span is not None else "text"
        who = speaker_name(promise.event, field)
        reason = (
            f"{day_and_time(promise.event.at)} {who}承诺“{promise.words}”（{KINDS[promise.kind]}"
        )
        reason += "，未说期限）" if promise.open_ended else f"，至 {day_and_time(promise.until)}）"
        if due is not None:
            fall = promise.price_fen - promise.due_fen
            after_ms = due.at - promise.event.at
            days, hours = round(after_ms / DAY_MS, 1), round(after_ms / HOUR_MS, 1)
            numbers |= {
                "promised_fen": promise.price_fen, "later_fen": promise.due_fen, "fall_fen": fall,
                **({"days_after": days} if after_ms >= DAY_MS else {"late_hours": hours}),
            }  # fmt: skip
            when = f"{days} 天" if after_ms >= DAY_MS else f"{hours} 小时"
            reason += (
                f"；当时售价 {yuan(promise.price_fen)} 元，{when}后同一商品公开售价 "
                f"{yuan(promise.due_fen)} 元，低 {yuan(fall)} 元，是否兑现须核实"
            )
        if refused:
            reason += f"；{refused} 名互不相同的观众反映没有兑现"
        trigger = [promise.event, promise.price_event, due, *promise.refusals, last]
        ctx.raise_alert(
            Finding(
                subject=promise.sku or "全直播间",
                subject_title=ctx.room.title_of(promise.sku),
                level=level,
                because=["refused" if due is None else "fell"],
                reason=reason + "。",
                trigger=once([event for event in trigger if event is not None]),
                hit=f"{promise.event.id}:{promise.due_fen}:{refused}",
                extent=refused,
                numbers=numbers,
                spans=[promise.span] if promise.span is not None else [],
                exemptions=considered(promise, refused),
                missing=missing(promise, refused),
                prices=points(ctx.room, promise.sku, promise.event.at - DAY_MS, last.at),
                first_at=promise.event.at,
            )
        )  # fmt: skip
