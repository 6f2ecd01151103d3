"""流量造假: an audience that appears at once and is silent, never changes, or cannot have come in; and what
the seller's side itself says of such an audience."""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Number, undecided, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Counter, Event, Order, Session
from detectors.facts.crowd import BEGAN, LOOKS, TELLS
from detectors.facts.crowd.counters import Counters, Minute
from detectors.facts.crowd.signals import minutes_shown
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.crowd.audience import TrafficState, append
from detectors.rules.crowd.counter_checks import Contradiction, CounterChecks
from detectors.rules.crowd.order_window import sample_of
from detectors.rules.crowd.still import Stillness
from detectors.rules.crowd.surge import Surges
from detectors.speech.utterance import Utterance

__all__ = ["FakeTraffic"]

#: Samples that are kept.
MAX_VIEWERS = 220
MAX_LIKES = 80
#: Counter events of a surge that go into the evidence.
MAX_EVENTS = 8
_TITLES = {"likes": "点赞数", "visits": "访问人次", "buying-lines": "去购买提示"}


@rule
class FakeTraffic(FramedRule):
    """A silent surge with a storm of likes, a number of viewers that stands still, or that it is said."""

    id = "fake-traffic"
    State = TrafficState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"asked", "referral"}
    follows_stream = True
    heeds_only = True
    reads_crowd = True
    crowd_notices = BEGAN

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.surges = Surges(spec)
        self.still = Stillness(spec)
        self.referral_ms = spec.duration_ms("referral_s")
        self.checks = CounterChecks(spec)
        self.again_ms = spec.duration_ms("again_min")
        self.asked_ms = spec.duration_ms("asked_min")
        self.buying_words = tuple(spec.patterns["buying"])
        self.buying_window = spec.count("buying_min")
        self.buying_least = spec.count("buying_lines")
        self.buying_late = spec.count("buying_late_min")
        self.buying_usual = spec.count("buying_usual")
        self.buying_before = spec.count("buying_usual_min")
        self.buying_per_order = spec.threshold("buying_per_order")
        self.buying_times = spec.threshold("buying_times")
        self.system_words = tuple(spec.patterns["referral"])
        self.platform_words = {
            **dict.fromkeys(self.system_words, TELLS),
            **dict.fromkeys(self.buying_words, LOOKS),
        }

    # What is counted ----------------------------------------------------------------------

    def on_crowd(self, ctx: Context, event: Chat) -> None:
        self._minute(ctx, event.at, beside=1)

    def on_platform_chat(self, ctx: Context, event: Chat) -> None:
        text = event.text
        if any(word in text for word in self.buying_words):
            self._minute(ctx, event.at, looking=1)
        elif any(word in text for word in self.system_words):
            ctx.state.referral_at = event.at

    def on_order(self, ctx: Context, event: Order) -> None:
        if event.status in ("placed", "paid"):
            placed = ctx.room.crowd.orders.get(event.order)
            is_new = placed is not None and placed.at == event.at
            self._minute(ctx, event.at, ordering=int(is_new))

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes that likes are asked for, or that a source of viewers is told of."""
        if utterance.has_new("asked", hits):
            ctx.state.asked_at = ctx.now
        if utterance.speaker != "card" and utterance.has_new("referral", hits):
            ctx.state.referral_at = ctx.now

    def on_session(self, ctx: Context, event: Session) -> None:
        state: TrafficState = ctx.state
        state.viewers, state.likes = [], []
        state.surge, state.referral_at, state.flat_at, state.first = None, 0, 0, None
        state.book, state.told, state.asked_at, state.shown = Counters(), {}, 0, {}
        head = ctx.room.crowd.head
        state.written, state.looked, state.bought = head.written, head.looking, head.bought

    def on_counter(self, ctx: Context, event: Counter) -> None:
        state: TrafficState = ctx.state
        if event.sku is None:
            state.book.show(self._minute(ctx, event.at), event)
            if event.name != "followers":
                state.shown[event.name] = event
        if event.name == "viewers":
            sample = sample_of(event)
            if sample is None:
                return
            self.surges.note(ctx, event, sample)
            if append(state.viewers, sample, self.still.ms + MINUTE_MS, MAX_VIEWERS):
                found = self.still.weigh(ctx, event)
                if found is not None:
                    (subject, reason, numbers, _), shown = found
                    self._tell(ctx, subject, reason, shown, numbers, f"flat:{event.at}")
        elif event.name == "likes":
            sample = sample_of(event)
            if sample is None:
                return
            append(state.likes, sample, self.surges.kept_ms, MAX_LIKES)
        else:
            return
        if state.surge is not None:
            if not state.surge.judged:
                state.surge.events.append(event)
            if len(state.surge.events) > MAX_EVENTS:
                del state.surge.events[MAX_EVENTS // 2]
            surge = state.surge
            judged = self.surges.judge(ctx, surge, event)
            if judged is not None:
                subject, reason, numbers, _ = judged
                self._tell(ctx, subject, reason, [*surge.events], numbers, f"surge:{surge.at}")
                surge.events = []

    # Counters beside each other -----------------------------------------------------------

    def _minute(
        self, ctx: Context, at: int, *, beside: int = 0, looking: int = 0, ordering: int = 0
    ) -> Minute:  # fmt: skip
        """The minute of a time; the first event of one judges those before.

        Args:
            beside: lines of viewers at hand, which are of this minute.
            looking: lines of the platform at hand that somebody looks at what is sold.
            ordering: new orders at hand.
        """
        state: TrafficState = ctx.state
        minutes = state.book.minutes
        if not minutes or at // MINUTE_MS > minutes[-1].number:
            self._count_lines(ctx)
            head = ctx.room.crowd.head
            state.written, state.looked = head.written - beside, head.looking - looking
            state.bought = head.bought - ordering
            if minutes:
                minutes[-1].lines -= beside
                minutes[-1].buying -= looking
                minutes[-1].bought -= ordering
        minute, begins = state.book.minute(at)
        if begins:
            for found in (*self.checks.found(state.book), self._buying(state)):
                if found is not None:
                    self._contradicts(ctx, at, *found)
            if self.checks.has_still_visits(state.book):
                ctx.decline("visits-stand-still", "viewers")
        return minute

    def _count_lines(self, ctx: Context) -> None:
        """Brings the present minute up to what the crowd's book has counted."""
        state: TrafficState = ctx.state
        if state.book.minutes:
            minute, head = state.book.minutes[-1], ctx.room.crowd.head
            minute.lines = max(0, head.written - state.written)
            minute.buying = max(0, head.looking - state.looked)
            minute.bought = max(0, head.bought - state.bought)

    def _contradicts(
        self, ctx: Context, at: int, subject: str, reason: str,
        numbers: dict[str, Number], sourced: bool,
    ) -> None:  # fmt: skip
        state: TrafficState = ctx.state
        told = state.told.get(subject, 0)
        if told and at - told < self.again_ms:
            return
        minutes = state.book.minutes
        start = minutes[max(0, len(minutes) - 15)].number * MINUTE_MS
        if sourced and state.referral_at and state.referral_at >= start - self.referral_ms:
            return ctx.decline("referral", subject)
        if subject == "likes:apart" and state.asked_at and state.asked_at >= start - self.asked_ms:
            return ctx.decline("likes-asked", subject)
        if ctx.room.unwatched_ms(start, at):
            return ctx.decline("unwatched", subject)
        state.told[subject] = at
        trigger = sorted(state.shown.values(), key=lambda one: (one.at, one.id))
        if not trigger:
            return
        self._tell(ctx, subject, reason + "。", [*trigger], numbers, f"{subject}:{at // MINUTE_MS}")

    def _buying(self, state: TrafficState) -> Contradiction | None:
        """Lines that somebody goes to buy, by the dozen, while hardly anybody does."""
        closed = state.book.minutes[:-1]
        late = self.buying_late
        window = closed[-self.buying_window - late : -late]
        lines = sum(one.buying for one in window)
        if lines < self.buying_least:
            return None
        before = closed[: -self.buying_window - late][-3 * self.buying_window :]
        # What is displayed late was bought all the same; and a minute shows what was bought up to its end, so
        # that a rush with which the window begins is counted from what was shown before.
        bought, usual = _bought(closed[-self.buying_window - 2 * late :]), _bought(before)
        earlier = sum(one.buying for one in before)
        if bought is None or (not bought and not usual):
            return None
        if usual is not None and usual >= self.buying_usual and len(before) >= self.buying_before:
            # What is usual in this room: how often somebody looks for each who buys.
            expected = (bought + 1) * (earlier + 1) / (usual + 1)
        else:
            expected = 2.0 * self.buying_per_order * (bought + 1)
        if lines < self.buying_times * expected or lines - expected < self.buying_least:
            return None
        numbers: dict[str, Number] = {
            "buying_lines": lines, "window_min": self.buying_window, "orders_most": bought,
            "lines_before": earlier, "orders_before": usual, "before_min": len(before),
            "lines_expected": round(expected, 1),
        }  # fmt: skip
        reason = f"{self.buying_window} 分钟内平台提示“去购买”{lines} 次，而订单、下单数同期至多增 {bought}"
        if usual is not None:
            reason += f"；此前 {len(before)} 分钟提示 {earlier} 次、增 {usual}"
        return "buying-lines", reason, numbers, False

    def _tell(
        self, ctx: Context, subject: str, reason: str, trigger: list[Event],
        numbers: dict[str, Number], hit: str,
    ) -> None:  # fmt: skip
        self._count_lines(ctx)
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=_TITLES.get(subject.partition(":")[0], "在线人数"),
                level="watch",
                because=["counters"],
                reason=reason,
                trigger=trigger,
                hit=hit,
                numbers=numbers,
                exemptions=[
                    undecided("平台推荐、投流、连麦、名人到场", "口播和系统消息里未见；是否投流须向平台核实"),
                    unmet("人数少或平台取整的计数", "所见计数按其上下限计算；人数达到本规则下限"),
                ],
                crowd=minutes_shown(ctx.room.crowd, ctx.state.book),
            )
        )  # fmt: skip


def _bought(window: list[Minute]) -> int | None:
    """Orders in these minutes: at most what the counter gained, or what was seen one by one."""
    shown = [one.orders for one in window if one.orders is not None]
    gained = shown[-1][1] - shown[0][0] if len(shown) > 1 else None
    seen = sum(one.bought for one in window)
    if gained is None and not seen:
        return None
    return max(gained or 0, seen)
