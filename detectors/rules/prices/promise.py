"""`promo-rule-mismatch`: an offer that was said to end, and did not."""

from __future__ import annotations

from detectors.alerts import Exemption, Level, Number, Span, undecided, unmet
from detectors.calendar import DAY_MS, HOUR_MS, MINUTE_MS, day_end_ms
from detectors.events import Event, Order, Price, Product, Session
from detectors.match.amounts import Deadline, amounts
from detectors.match.fold import Folded, fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.conditions import is_conditional
from detectors.rules.prices.course import once, points, price_at
from detectors.rules.prices.ending import SPEAKERS, Endings, clause_of
from detectors.rules.prices.promise_state import Countdown, Promise, PromiseState
from detectors.rules.prices.wording import day_and_time, yuan
from detectors.speech.phrases import whole_mark
from detectors.speech.speaker import says
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep
from detectors.stats.price_history import Quote, quote_of

__all__ = ["PromoRuleMismatch"]

_COUPON = phrasing("price-tags", "coupon")
#: An offer of the platform or of the whole room is longer for all products.
_FOR_ALL = phrasing("price-tags", "for-all")
MAX_COUNTDOWNS = 200
#: An offer whose price was not known when it was promised takes the first price within this time.
PRICE_FOLLOWS_MS = 10 * MINUTE_MS


@rule
class PromoRuleMismatch(Rule):
    """仅限今天, 还有 n 分钟恢复原价, 下播恢复 98: then the same price after the end.

    A promise is kept in event time. It is broken when the same price is seen `grace_hours` or
    more after the end; kept when a higher price is seen before; and undecided when nothing is.
    """

    id = "promo-rule-mismatch"
    State = PromiseState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.endings = Endings(spec.patterns)
        self.grace_ms = spec.duration_ms("grace_hours")
        self.sure_ms = spec.duration_ms("sure_hours")
        self.repeated_days = spec.count("repeated_days")
        self.keep_ms = spec.duration_ms("keep_days")
        self.resets = spec.count("resets")
        self.reset_slack_ms = spec.duration_ms("reset_slack_s")
        self.gap_ms = spec.duration_ms("gap_minutes")

    # What is promised ---------------------------------------------------------------------

    def may_concern(self, text: str, hits: list[Hit]) -> bool:
        # What ends an offer in speech does so on its own card, too.
        return (
            any(hit.group == "extension" for hit in hits)
            or self.endings.told(text, hits, tag=True) is not None
        )

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        if utterance.speaker not in SPEAKERS:
            return
        text = utterance.folded.text
        groups = {hit.group for hit in hits}
        if "extension" in groups:
            self._extend(ctx, utterance, text, has_reason="reason" in groups)
            return
        # A title stands on the card of the offer; an attribute tells of the goods.
        tag = isinstance(utterance.event, Product) and utterance.field == "title"
        told = self.endings.told(text, hits, tag=tag)
        if told is None:
            return
        if isinstance(told, str):
            ctx.decline(told, utterance.sku or "")
            return
        sku = ctx.room.meant(utterance.sku)
        if sku is None:
            ctx.decline("no-sku")
            return
        end = self.endings.end_of(text, told, utterance.at)
        if end is not None:
            span = utterance.span(min(told.start, end.start), max(told.end, end.end))
            self._promise(ctx, sku, utterance.event, utterance.folded, told, end, span)

    def _read_conditions(self, ctx: Context, quote: Quote) -> None:
        """Conditions of a price promise too: “仅限今日”."""
        for condition in quote.conditions or ():
            folded = fold(condition)
            told = self.endings.limit_on_tag(folded.text)
            end = self.endings.end_of(folded.text, told, quote.at) if told is not None else None
            if told is not None and end is not None:
                self._promise(ctx, quote.sku, quote.event, folded, told, end, None)
                return

    def _promise(
        self, ctx: Context, sku: str, event: Event, folded: Folded, told: Hit, end: Deadline,
        span: Span | None,
    ) -> None:  # fmt: skip
        state: PromiseState = ctx.state
        text = folded.text
        ends_at = end.ends_at if end.ends_at is not None else 0
        price, kind, price_event = self._price_now(ctx, sku, text, event)
        history = ctx.room.prices.get(sku)
        if end.kind == "countdown":
            self._count_down(ctx, sku, event, ends_at, price, price_event, span)
        elif kind == "spoken":
            # The same promise on a later day with its price named: that is a sight of the price.
            self._observe(ctx, sku, event, price, "spoken", event.at)
        key = f"{end.kind}\t{ends_at or event.session}"
        today = day_end_ms(event.at)
        restore = self.endings.restore_fen(text)
        mine = state.promises.setdefault(sku, [])
        for known in mine:
            running = known.kind == "countdown" == end.kind and known.session == event.session
            if running and event.at < known.ends_at + self.reset_slack_ms:
                # Counted on, or set back, while it runs: the last word counts.
                known.ends_at = max(known.ends_at, ends_at)
                known.key = f"countdown\t{known.ends_at}"
            elif not known.is_same(key, end.kind, ends_at):
                continue
            known.said += 1
            if today not in known.days:
                known.days.append(today)
            known.restore_fen = known.restore_fen or restore
            self._arm(ctx)
            return
        begin = min(told.start, end.start)
        words = clause_of(text, begin, max(told.end, end.end)).rstrip("啊哦呀哈")
        first, last = folded.to_original(begin, begin + len(words))
        first = whole_mark(folded.original, first, last)[0]
        words = folded.original[first:last]
        mine.append(
            Promise(
                sku, key, end.kind, event, words, span, ends_at, event.session, price, kind,
                price_event, restore_fen=restore, days=[today],
                unit=history.unit if history is not None else None,
            )
        )  # fmt: skip
        state.trim()
        self._arm(ctx)

    def _price_now(
        self, ctx: Context, sku: str, text: str, event: Event
    ) -> tuple[int, str, Event | None]:
        """The price that the promise is about: what is shown, else what is said; 0: unknown."""
        coupon = price_at(ctx.room, sku, event.at, "coupon")
        step = price_at(ctx.room, sku, event.at) or coupon
        if coupon is not None and (
            _COUPON.search(text) or any(amount.fen == coupon.price for amount in amounts(text))
        ):
            step = coupon  # “券后五十九块九只限今晚”
        if step is not None and step.price and not is_conditional(step.quote.conditions):
            return step.price, step.kind, step.quote.event
        restore = self.endings.restore_fen(text)
        said = [amount.fen for amount in amounts(text) if amount.marked and amount.fen != restore]
        return (min(said), "spoken", event) if said else (0, "asking", None)

    def _count_down(
        self, ctx: Context, sku: str, event: Event, ends_at: int, price: int,
        price_event: Event | None, span: Span | None,
    ) -> None:  # fmt: skip
        """Counts how often a countdown at the same price starts again."""
        state: PromiseState = ctx.state
        running = state.countdowns.get(sku)
        if (
            running is None
            or (price and running.price_fen and price != running.price_fen)
            or event.session != running.first.session
        ):
            countdown = Countdown(ends_at, price, event, price_event, spans=[span] if span else [])
            keep(state.countdowns, sku, countdown, MAX_COUNTDOWNS)
            return
        if not running.price_fen:
            running.price_fen, running.price_event = price, price_event
        if ends_at <= running.ends_at + self.reset_slack_ms:
            return
        running.resets += 1
        running.ends_at = ends_at
        running.reset_events = [*running.reset_events[-8:], event]
        if span is not None:
            running.spans = [*running.spans[-8:], span]
        if running.resets < self.resets or not running.price_fen:
            return
        shown = [running.price_event] if running.price_event is not None else []
        numbers: dict[str, Number] = {
            "resets": running.resets,
            "price_fen": running.price_fen,
            "minutes": round((event.at - running.first.at) / MINUTE_MS, 1),
        }
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="lead",
                because=["reset"],
                reason=(
                    f"倒计时在 {numbers['minutes']} 分钟内重新开始 {running.resets} 次，"
                    f"售价始终为 {yuan(running.price_fen)} 元"
                ),
                trigger=once([*shown, running.first, *running.reset_events]),
                hit=f"reset:{event.id}",
                extent=running.resets,
                numbers=numbers,
                spans=list(running.spans),
                exemptions=_exemptions(extended_bare=False),
                first_at=running.first.at,
            )
        )

    def _extend(self, ctx: Context, utterance: Utterance, text: str, *, has_reason: bool) -> None:
        """An extension: with a reason it lifts the promises, and is recorded."""
        state: PromiseState = ctx.state
        whole_room = utterance.sku is None or _FOR_ALL.search(text) is not None
        sku = None if whole_room else utterance.sku
        state.extend(sku, utterance.original[:60] if has_reason else "")

    # What came of it ----------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.price is not None and event.sku in ctx.state.promises:
            self._observe(ctx, event.sku, event, event.price, "asking", event.at)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.price is None or event.kind == "deposit":
            return
        if event.sku in ctx.state.promises and not is_conditional(event.conditions):
            self._observe(ctx, event.sku, event, event.price, event.kind, event.at)
        if event.conditions and event.kind in ("asking", "coupon"):
            quote = quote_of(event)
            if quote is not None:
                self._read_conditions(ctx, quote)

    def on_order(self, ctx: Context, event: Order) -> None:
        if event.status == "paid" and event.price is not None and event.sku in ctx.state.promises:
            self._observe(ctx, event.sku, event, event.price, "transaction", event.at)

    def on_session(self, ctx: Context, event: Session) -> None:
        for promise in ctx.state.all():
            if not promise.ends_at and (event.phase == "ended" or promise.session != event.session):
                promise.ends_at = event.at
                promise.end_event = event
        ctx.state.countdowns.clear()
        self._arm(ctx)

    def _observe(self, ctx: Context, sku: str, event: Event, fen: int, kind: str, at: int) -> None:
        """A price of the SKU: is it one that was to end?"""
        state: PromiseState = ctx.state
        countdown = state.countdowns.get(sku)
        if countdown is not None and kind == "asking" and countdown.price_fen not in (0, fen):
            del state.countdowns[sku]
        gone: list[str] = []
        for promise in state.promises.get(sku, ()):
            key = promise.key
            if promise.event.id == event.id:
                continue
            if not promise.price_fen:
                if kind != "transaction" and at - promise.event.at <= PRICE_FOLLOWS_MS:
                    promise.price_fen, promise.price_kind, promise.price_event = fen, kind, event
                continue
            if not promise.ends_at or at < promise.ends_at:
                continue
            if at > promise.ends_at + self.keep_ms:
                gone.append(key)
                continue
            if not promise.is_shown_by(kind):
                continue
            unit = event.unit if isinstance(event, Price) else None
            if unit is not None and promise.unit is not None and unit != promise.unit:
                ctx.decline("other-unit", sku)
                continue
            promise.observed_after = True
            promise.seen_off_air = promise.seen_off_air or not event.session
            if fen > promise.price_fen:
                if kind != "transaction":  # an order may have been placed at another price
                    gone.append(key)
                continue
            if fen < promise.price_fen:
                ctx.decline("lower-later", sku)
                continue
            if at >= promise.ends_at + self.grace_ms and not self._broken(ctx, promise, event, at):
                gone.append(key)
        if gone:
            state.keep(sku, [one for one in state.promises[sku] if one.key not in gone])

    def _broken(self, ctx: Context, promise: Promise, event: Event, at: int) -> bool:
        """Weighs the same price seen after the end; ``False``: the promise is settled and no longer followed."""
        if promise.extended:
            ctx.decline("extended", promise.sku)
            return False
        if ctx.room.unwatched_ms(promise.ends_at - MINUTE_MS, promise.ends_at + self.grace_ms) > (
            self.gap_ms
        ):
            ctx.decline("gap-over-end", promise.sku)
            return False
        late_ms = at - promise.ends_at
        stage = late_ms // DAY_MS
        if stage <= promise.stage:
            return True
        promise.stage = stage
        unseen = promise.kind == "broadcast" and event.session and not promise.seen_off_air
        level: Level = "watch"
        if promise.kind == "countdown" or late_ms >= self.sure_ms:
            # Between two broadcasts the price may have been put back, and be offered anew.
            level = "watch" if unseen and stage < self.repeated_days else "lead"
        late_hours = round(late_ms / HOUR_MS, 1)
        restored = promise.restore_fen
        if restored is not None and restored <= promise.price_fen:
            restored = None  # no price to go back to: a rise by so much, or a slip of recognition
        numbers: dict[str, Number] = {
            "price_fen": promise.price_fen,
            "restore_fen": restored,
            "promised_at": promise.event.at,
            "ends_at": promise.ends_at,
            "late_hours": late_hours,
            "late_days": stage,
            "said": promise.said,
            "unwatched_ms": ctx.room.unwatched_ms(promise.ends_at, at),
        }
        when = f"{late_hours} 小时" if late_ms < 2 * DAY_MS else f"{stage} 天"
        where = "标示" if isinstance(promise.event, (Price, Product)) else says(promise.event)
        reason = (
            f"{day_and_time(promise.event.at)} {where}“{promise.words}”，应于 "
            f"{day_and_time(promise.ends_at)} 结束；其后 {when}仍为 {yuan(promise.price_fen)} 元"
        )
        if restored:
            reason += f"，未恢复到 {yuan(restored)} 元"
        trigger = [promise.event]
        if promise.price_event is not None and promise.price_event.id != promise.event.id:
            trigger.append(promise.price_event)
        if promise.end_event is not None:
            trigger.append(promise.end_event)
        ctx.raise_alert(
            Finding(
                subject=promise.sku,
                subject_title=ctx.room.title_of(promise.sku),
                level=level,
                reason=reason,
                trigger=[*trigger, event],
                hit=f"{promise.event.id}:{stage}",
                extent=max(0, event.at - promise.ends_at) // 1000,
                because=["off-air" if unseen else "soon"],
                numbers=numbers,
                spans=[promise.span] if promise.span is not None else [],
                missing=["两场直播之间的售价（向平台调取）"] if unseen else [],
                exemptions=_exemptions(extended_bare=promise.extended_bare),
                prices=points(ctx.room, promise.sku, promise.event.at - DAY_MS, at),
                first_at=promise.event.at,
                # In whichever broadcast the price is seen again: one promise is one alert.
                session=promise.session,
            )
        )
        return True

    # Time ---------------------------------------------------------------------------------

    def _arm(self, ctx: Context) -> None:
        """One timer for the promise that is due next."""
        state: PromiseState = ctx.state
        due = min(
            (
                promise.ends_at + self.grace_ms
                for promise in state.all()
                if promise.ends_at and promise.ends_at + self.grace_ms > ctx.now
            ),
            default=0,
        )
        if due == state.due:
            return
        state.due = due
        if due:
            ctx.set_timer(due, "due")
        else:
            ctx.cancel_timer("due")

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        state: PromiseState = ctx.state
        for sku, promises in list(state.promises.items()):
            state.keep(
                sku,
                [one for one in promises if not one.ends_at or one.ends_at + self.keep_ms >= due],
            )
        for promise in state.all():
            if (
                promise.ends_at
                and promise.ends_at + self.grace_ms == due
                and not promise.observed_after
            ):
                # Nothing was seen of the price since; it is watched on, but no verdict now.
                ctx.decline("no-later-price", promise.sku)
        state.due = 0
        self._arm(ctx)


def _exemptions(*, extended_bare: bool) -> list[Exemption]:
    return [
        unmet(
            "说明理由的延期", "曾宣布延期，未说明理由" if extended_bare else "未观察到延期的说明"
        ),
        unmet("平台统一延长活动", "未观察到平台延长活动的说明"),
        unmet("承诺期满后曾涨价", "期满后所见价格未高于承诺时"),
        undecided(
            "价格规定第二十一条第二项：实际成交使买方得到更大优惠",
            "期满后仍按同价，买方是否因此得到更大优惠须核实；该条只就第十九条而言",
        ),
    ]
