"""`price-swing`: a price that changes as nobody was used to. A statistical signal, no violation."""

from __future__ import annotations

import math
from typing import Any

from detectors.alerts import Number, unmet
from detectors.calendar import DAY_MS, MINUTE_MS
from detectors.events import Order, Price, Product
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import is_auctioned, is_deposit, is_promoted
from detectors.rules.prices.course import points
from detectors.rules.prices.same import has_variants, other_goods
from detectors.rules.prices.swing_state import (
    GROUPS,
    MAX_NAMED,
    Course,
    PendingSwing,
    SwingState,
    adds_condition,
    is_struck_out,
    usual,
)
from detectors.rules.prices.wording import day_and_time, yuan
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep
from detectors.stats.price_course import (
    MAX_LEVELS,
    Level,
    Shift,
    Stillness,
    jump,
    percent,
    reaches,
    returned,
    reversals,
    shift,
)
from detectors.stats.price_history import Quote, quote_of

__all__ = ["PriceSwing"]

MAX_COURSES = 1_000


@rule
class PriceSwing(Rule):
    """A displayed price that leaves the level at which it stood still, or swings to and fro.

    Three signs (`detectors.stats.price_course`): a shift from a level that stood still, by one step
    or by many; an oscillation; and, where a price always moves a little, a change far beyond the
    others (robust z). Prices that were paid differ by buyer and amount, so of them only the last
    sign is asked for.

    Masked is what was announced: conditions, a struck-out price that comes with the change, words
    of the seller's side from `announced_minutes` before the change, or from the last sight of the
    old price, until `hold_s` after it. So are another unit or specification, goods that come back
    after they were sold out, the return to a price that was taken before, and a price that was not
    watched for so long that nothing is sudden about its change.
    """

    id = "price-swing"
    State = SwingState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.z = float(spec.threshold("z"))
        self.least = float(spec.threshold("least_change_ratio"))
        self.floor = float(spec.threshold("spread_floor"))
        self.floor_young = float(spec.threshold("spread_floor_young"))
        self.floor_still = float(spec.threshold("spread_floor_still"))
        self.sightings = spec.count("sightings")
        self.range_ratio = spec.threshold("range_ratio")
        self.young = spec.count("young_changes")
        self.still = Stillness(
            sightings=self.sightings,
            span_ms=spec.duration_ms("span_s"),
            days=spec.count("still_days"),
            watched_ms=spec.duration_ms("still_minutes"),
            single_ms=spec.duration_ms("single_minutes"),
        )
        self.within_ms = spec.duration_ms("creep_hours")
        self.outlasts = spec.threshold("outlasts_times")
        self.turns = spec.count("turns")
        self.turns_ms = spec.duration_ms("turns_minutes")
        self.turn_ms = spec.duration_ms("turn_s")
        self.stale_ms = spec.duration_ms("stale_days")
        self.announced_ms = spec.duration_ms("announced_minutes")
        self.unseen_ms = spec.duration_ms("unseen_minutes")
        self.later_ms = spec.duration_ms("later_hours")
        self.hold_ms = spec.duration_ms("hold_s")
        self.settled_ms = spec.duration_ms("settled_s")
        self.gap_ms = spec.duration_ms("gap_minutes")
        self.back_ratio = math.log1p(float(spec.threshold("returned_ratio")))
        self.level_ratio = float(spec.threshold("known_level_ratio"))

    # What is announced --------------------------------------------------------------------

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        state: SwingState = ctx.state
        sku = utterance.sku or ""
        said = state.said.get(sku) or [0] * len(GROUPS)
        groups = {hit.group for hit in hits}
        for place, group in enumerate(GROUPS):
            if group in groups:
                said[place] = utterance.at
        keep(state.said, sku, said, MAX_COURSES)
        if "priced" in groups:
            state.named = [*state.named, (utterance.at, sku, utterance.folded.text)][-MAX_NAMED:]
        for key in list(state.waiting):
            course = state.courses.get(key)
            if course is None or course.pending is None:
                state.waiting.remove(key)
            elif (not sku or key.startswith(f"{sku}\t")) and state.announced(
                key.partition("\t")[0], course.levels[-1].fen, up=course.pending.up,
                since=course.pending.since, later_ms=self.later_ms,
            ):  # fmt: skip
                self._drop(ctx, key, course)
                course.levels[-1].explained = True
                ctx.decline("announced", key.partition("\t")[0])

    def _announced_since(self, at: int, before: Level) -> int:
        """From when on words explain a change that is seen now."""
        return min(at - self.announced_ms, max(before.until, at - self.unseen_ms))

    # What is seen -------------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        away: dict[str, int] = ctx.state.away
        if event.status in ("sold_out", "removed") or event.stock == 0:
            keep(away, event.sku, event.at, MAX_COURSES)
            return
        if event.price is not None:
            self._see(ctx, quote_of(event))

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.price is not None and event.kind in ("asking", "transaction"):
            self._see(ctx, quote_of(event))

    def on_order(self, ctx: Context, event: Order) -> None:
        self._see(ctx, quote_of(event))

    def _see(self, ctx: Context, quote: Quote | None) -> None:
        if quote is None or not quote.price:
            return  # free, or unknown: no ratio
        sku, at, fen = quote.sku, quote.at, quote.price
        if is_deposit(quote.conditions):
            return
        state: SwingState = ctx.state
        unit = quote.unit if quote.unit is not None else ctx.room.prices[sku].unit
        key = f"{sku}\t{quote.kind}\t{unit or ''}"
        card = ctx.room.cards.get(sku)
        title = card.title if card is not None else None
        course = state.courses.get(key)
        if course is None and unit:
            # Until its unit was shown, a price was one for an unknown unit: the same, for all we know.
            course = state.courses.pop(f"{sku}\t{quote.kind}\t", None)
            if course is not None:
                self._drop(ctx, f"{sku}\t{quote.kind}\t", course)
                state.courses[key] = course
        told = is_promoted(quote.conditions) or is_auctioned(quote.conditions)
        if course is None and told:
            return
        if course is None or other_goods(course.title, title):
            if course is not None:
                self._drop(ctx, key, course)
            level = Level(fen, at, at)
            level.explained = state.announced(
                sku, fen, up=False, since=at - self.announced_ms, later_ms=self.later_ms
            )
            reference, conditions = quote.reference_price, quote.conditions
            course = Course([level], 1, reference, conditions, title, fen, fen)
            keep(state.courses, key, course, MAX_COURSES)
            return
        course.sightings += 1
        course.title = title if title is not None else course.title
        pending = course.pending
        if pending is not None and at - pending.event.at >= self.settled_ms:
            self._conclude(ctx, key, course)
        latest = course.levels[-1]
        if fen == latest.fen:
            latest.see(at)
            course.reference, course.conditions = quote.reference_price, quote.conditions
            return
        if at < latest.until:
            return  # a late sight of an earlier price
        if told or adds_condition(course, quote):
            ctx.decline("announced", sku)
            return  # a price with conditions is no step of the course
        self._step(ctx, quote, key, course, fen)
        course.reference, course.conditions = quote.reference_price, quote.conditions

    def _step(self, ctx: Context, quote: Quote, key: str, course: Course, fen: int) -> None:
        """The price changed."""
        state: SwingState = ctx.state
        levels = course.levels
        before = levels[-1]
        up = fen > before.fen
        since = self._announced_since(quote.at, before)
        announced = state.announced(
            quote.sku, fen, up=up, since=since, later_ms=self.later_ms
        ) or is_struck_out(course, quote, before)
        back = before.explained and returned(levels, len(levels) - 1, fen, self.back_ratio)
        level = Level(fen, quote.at, quote.at, explained=announced or back)
        levels.append(level)
        del levels[:-MAX_LEVELS]
        self._judge(ctx, quote, key, course, announced)
        course.low, course.high = min(course.low, fen), max(course.high, fen)

    # Is it unusual ------------------------------------------------------------------------

    def _judge(self, ctx: Context, quote: Quote, key: str, course: Course, announced: bool) -> None:
        levels = course.levels
        latest, before = levels[-1], levels[-2]
        displayed = quote.kind == "asking"
        found = turns = None
        if displayed:
            found = shift(
                levels, quote.at, ctx.room.watched_ms, least=self.least,
                within_ms=self.within_ms, still=self.still,
            )  # fmt: skip
            turns = reversals(
                levels, least=self.least, within_ms=self.turns_ms, stood_ms=self.turn_ms
            )
            if turns < self.turns or quote.at - course.oscillated_at < self.turns_ms:
                turns = None
        z = 0.0
        beyond = max(latest.fen / course.high, course.low / latest.fen)
        if beyond >= 1 + self.range_ratio and reaches(latest.fen, before.fen, self.least):
            # Within the range of an auction, or of any price that moves, nothing is unheard of.
            z = jump(
                levels, floor=self.floor, floor_young=self.floor_young, young=self.young
            )  # fmt: skip
        leaps = abs(z) >= self.z
        if found is not None and found.left - found.since < self.outlasts * found.pace_ms:
            # What stood hardly longer than the levels before it was not still.
            found = None
            if turns is None and not leaps:
                return ctx.decline("always-moves", quote.sku)
        if found is None and turns is None and not leaps:
            if displayed and reaches(latest.fen, before.fen, self.least):
                ctx.decline("insufficient-history", quote.sku)
            return
        reason = "announced" if announced else self._mask(ctx, quote, course, found, turns, before)
        by_jump = found is None and turns is None
        if not reason and by_jump and course.sightings - 1 < self.sightings:
            reason = "insufficient-history"
        if reason:
            ctx.decline(reason, quote.sku)
            return
        latest.explained = True
        course.told = [*course.told, latest.fen][-MAX_LEVELS:]
        if turns is not None:
            course.oscillated_at = quote.at
        self._hold(ctx, quote, key, course, found, turns, z)

    def _mask(
        self, ctx: Context, quote: Quote, course: Course, found: Shift | None, turns: int | None,
        before: Level,
    ) -> str:  # fmt: skip
        """Why a change is nothing to look at; empty: it is."""
        fen, sku = quote.price or 0, quote.sku
        levels = course.levels
        if turns is None:
            if found is None:
                known = returned(levels, len(levels) - 1, fen, self.level_ratio)
            else:
                known = returned(levels, found.before, fen, self.back_ratio) or any(
                    abs(math.log(fen / told)) < math.log1p(self.least)
                    and (told > found.usual) == (fen > found.usual)
                    for told in course.told
                )
            reference = course.reference
            if known or (reference and abs(math.log(fen / reference)) <= self.level_ratio):
                return "known-level"
        history = ctx.room.prices[sku]
        if quote.kind == "transaction":
            shown = history.in_force(quote.at, "asking", "coupon", unit=quote.unit or history.unit)
            if (
                shown is not None
                and shown.price
                and abs(math.log(fen / shown.price)) < math.log1p(self.least)
            ):
                return "as-shown"
        elif has_variants(ctx.room.cards.get(sku)):
            return "several-specifications"
        away = ctx.state.away.get(sku, 0)
        if before.until <= away <= quote.at:
            return "back-on-sale"
        unseen = quote.at - before.until - ctx.room.watched_ms(before.until, quote.at)
        if unseen > self.stale_ms:
            return "not-sudden"
        if ctx.room.unwatched_ms(before.until, quote.at) > self.gap_ms:  # with its announcement
            return "unwatched"
        return ""

    # The verdict --------------------------------------------------------------------------

    def _hold(
        self, ctx: Context, quote: Quote, key: str, course: Course, found: Shift | None,
        turns: int | None, z: float,
    ) -> None:  # fmt: skip
        """Writes the verdict down, and waits a moment for words that explain the change."""
        fen = quote.price or 0
        levels = course.levels
        before = levels[-2]
        history = ctx.room.prices[quote.sku]
        unit = quote.unit if quote.unit is not None else history.unit
        what = "成交价" if quote.kind == "transaction" else "标价"
        origin = found.usual if found is not None else before.fen
        numbers: dict[str, Number] = {
            "price_fen": fen,
            "before_fen": origin,
            "change_percent": percent(math.log(fen / origin)),
            "z": round(z, 1),
            "changes": len(levels) - 2,
            "sightings": course.sightings - 1,
            "kind": quote.kind,
        }
        left = before.until
        change = f"由 {yuan(origin)} 元变为 {yuan(fen)} 元（{numbers['change_percent']:+}%）"
        if found is not None:
            left = found.left
            numbers |= usual(found, levels, self.floor_still)
            minutes = round((quote.at - found.left) / MINUTE_MS, 1)
            if found.steps > 1:
                numbers |= {"steps": found.steps, "minutes": minutes}
                change += f"，{minutes:g} 分钟内分 {found.steps} 次"
                if found.origin != found.usual:
                    numbers["extreme_fen"] = found.origin
                    change += f"，其间到过 {yuan(found.origin)} 元"
            told = f"此前自 {day_and_time(found.since)} 起停在 {yuan(found.usual)} 元左右，见过 {found.seen} 次"
            if numbers["watched_hours"]:
                told += f"，其间监测 {numbers['watched_hours']} 小时"
        elif len(levels) > 2:
            told = f"偏离此前 {len(levels) - 2} 次变动的常态（稳健 z = {numbers['z']}）"
        else:
            told = f"此前 {numbers['sightings']} 次所见没有变动（稳健 z = {numbers['z']}）"
        if turns is not None:
            numbers |= {"turns": turns, "turns_minutes": self.turns_ms // MINUTE_MS}
            low, high = sorted((before.fen, fen))
            change = (
                f"{numbers['turns_minutes']} 分钟内在 {yuan(low)} 元与 {yuan(high)} 元之间来回，"
                f"折返 {turns} 次"
            )
            if abs(z) < 1:
                # Each of these prices is usual by now: nothing is far from anything.
                told = f"此前见过 {numbers['sightings']} 次"
        seen = history.in_force(left, quote.kind, unit=unit)
        self._drop(ctx, key, course)
        course.pending = PendingSwing(
            quote.event, fen > before.fen, self._announced_since(quote.at, before),
            f"{what}{change}；{told}", numbers, seen.quote.event if seen is not None else None,
        )  # fmt: skip
        ctx.state.waiting.append(key)
        ctx.set_timer(quote.at + self.hold_ms, key)

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        course = ctx.state.courses.get(key)
        if course is not None and course.pending is not None:
            self._conclude(ctx, key, course)

    def holds_back(self, memory: Any, key: str) -> bool:
        return True

    def _drop(self, ctx: Context, key: str, course: Course) -> None:
        """Forgets a swing that waits."""
        if course.pending is not None:
            course.pending = None
            ctx.cancel_timer(key)
        if key in ctx.state.waiting:
            ctx.state.waiting.remove(key)

    def _conclude(self, ctx: Context, key: str, course: Course) -> None:
        """Raises a swing that nothing has explained."""
        pending = course.pending
        self._drop(ctx, key, course)
        if pending is None:
            return
        sku, _, _ = key.partition("\t")
        event = pending.event
        minutes = self.announced_ms // MINUTE_MS
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="info",
                reason=f"{pending.reason}；变动前 {minutes} 分钟及变动时未见促销、改价的说明",
                trigger=[one for one in (pending.before, event) if one is not None],
                numbers=pending.numbers,
                exemptions=[
                    unmet("公告过的秒杀、促销、改价", f"变动前 {minutes} 分钟及变动后 {self.hold_ms // 1000} 秒内未听到、看到公告"),
                    unmet("券后价、定金、满减价，规格变化", "比较限于同一种价、同一规格；其间未见标出券、定金或满减"),
                ],
                missing=[] if key.rpartition("\t")[2] else ["规格是否前后一致"],
                prices=points(ctx.room, sku, event.at - 30 * DAY_MS, event.at),
            )
        )  # fmt: skip
