"""流量造假: an audience that appears at once and is silent, never changes, or cannot have come in."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption
from detectors.events import Chat, Counter, Event, Order, Session
from detectors.facts.crowd.counters import Counters, Minute
from detectors.facts.crowd.signals import minutes_shown
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.crowd.counter_checks import Contradiction, CounterChecks
from detectors.speech.utterance import Utterance
from detectors.stats.ring import RateRing
from detectors.stats.spread import gaps, variation

__all__ = ["FakeTraffic"]

#: Samples of a counter closer together than this replace each other; so many are kept.
SAMPLE_MS = 5_000
MAX_VIEWERS = 220
MAX_LIKES = 80
#: Counter events of a surge that go into the evidence.
MAX_EVENTS = 8
MINUTE_MS = 60_000
_VIEWERS = ("viewer", None)
_TITLES = {"likes": "点赞数", "visits": "访问人次", "buying-lines": "去购买提示"}


class _Sample(Struct, array_like=True):
    """A displayed counter as an interval."""

    at: int
    low: int
    high: int


class _Surge(Struct):
    """Viewers many times over within a minute."""

    at: int
    """When the earlier number was displayed."""
    base: int
    """Viewers then, at most."""
    peak: int
    """Viewers after it, at least."""
    chat_before: int
    """Chat lines in the time before, for the baseline."""
    events: list[Counter]
    silent: bool = False
    """Nobody wrote, yet there was no storm of likes: what came of it is for other checks to say."""
    judged: bool = False
    """It was raised; it stands until its time is over, so that one surge counts once."""


class TrafficState(Struct):
    """Samples of the last quarter of an hour (viewers) and minutes (likes, chat)."""

    viewers: list[_Sample] = []
    likes: list[_Sample] = []
    chat: RateRing = msgspec.field(default_factory=RateRing)
    surge: _Surge | None = None
    referral_at: int = 0
    flat_at: int = 0
    """When standing still was last raised."""
    book: Counters = msgspec.field(default_factory=Counters)
    told: dict[str, int] = {}
    """When a contradiction was last told, by its subject."""
    asked_at: int = 0
    """When the seller's side last asked for likes."""
    shown: dict[str, Counter] = {}
    """The latest display of each counter of the room, for the evidence."""
    first: Counter | None = None
    """The display with which the present stand-still may have begun."""


@rule
class FakeTraffic(Rule):
    """A silent surge with a storm of likes, or a number of viewers that stands still."""

    id = "fake-traffic"
    State = TrafficState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.times = spec.threshold("surge_times")
        self.within_ms = spec.count("surge_s") * 1000
        self.base = spec.count("least_base")
        self.settle_ms = spec.count("settle_s") * 1000
        self.judge_ms = spec.count("judge_s") * 1000
        self.likes_rate = spec.threshold("likes_per_minute")
        self.chat_ratio = spec.threshold("chat_ratio")
        self.baseline_ms = spec.count("baseline_s") * 1000
        self.least_chat = spec.count("least_chat")
        self.referral_ms = spec.count("referral_s") * 1000
        self.flat_ms = spec.count("flat_min") * MINUTE_MS
        self.flat_ratio = spec.threshold("flat_variation")
        self.samples = spec.count("least_samples")
        self.apart_ms = spec.count("sample_gap_s") * 1000
        self.audience = spec.count("least_audience")
        self.checks = CounterChecks(spec)
        self.again_ms = spec.count("again_min") * MINUTE_MS
        self.asked_ms = spec.count("asked_min") * MINUTE_MS
        self.buying_words = tuple(spec.patterns["buying"])
        self.buying_window = spec.count("buying_min")
        self.buying_least = spec.count("buying_lines")
        self.buying_late = spec.count("buying_late_min")
        self.buying_usual = spec.count("buying_usual")
        self.buying_before = spec.count("buying_usual_min")
        self.buying_per_order = spec.threshold("buying_per_order")
        self.buying_times = spec.threshold("buying_times")
        self.system_words = tuple(spec.patterns["referral"])

    # What is counted ----------------------------------------------------------------------

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if event.role in _VIEWERS:
            state: TrafficState = ctx.state
            state.chat.add(event.at)
            minutes = state.book.minutes
            if minutes and minutes[-1].number == event.at // MINUTE_MS:
                minutes[-1].lines += 1
            else:
                self._minute(ctx, event.at).lines += 1
        elif event.role == "system":
            text = event.text
            if any(word in text for word in self.buying_words):
                self._minute(ctx, event.at).buying += 1
            elif any(word in text for word in self.system_words):
                ctx.state.referral_at = event.at

    def on_order(self, ctx: Context, event: Order) -> None:
        if event.status == "placed":
            self._minute(ctx, event.at).placed += 1
        elif event.status == "paid":
            self._minute(ctx, event.at).paid += 1

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if "asked" in groups:
            ctx.state.asked_at = ctx.now
        if "referral" in groups and utterance.speaker != "card":
            ctx.state.referral_at = ctx.now

    def on_session(self, ctx: Context, event: Session) -> None:
        state: TrafficState = ctx.state
        state.viewers, state.likes, state.chat = [], [], RateRing(slot_ms=10_000)
        state.surge, state.referral_at, state.flat_at, state.first = None, 0, 0, None
        state.book, state.told, state.asked_at, state.shown = Counters(), {}, 0, {}

    def on_counter(self, ctx: Context, event: Counter) -> None:
        state: TrafficState = ctx.state
        if event.sku is None:
            state.book.show(self._minute(ctx, event.at), event)
            if event.name != "followers":
                state.shown[event.name] = event
        if event.name == "viewers":
            sample = _interval(event)
            if sample is None:
                return
            self._surge(ctx, event, sample)
            if _append(state.viewers, sample, self.flat_ms + MINUTE_MS, MAX_VIEWERS):
                self._flat(ctx, event)
        elif event.name == "likes":
            sample = _interval(event)
            if sample is None:
                return
            _append(state.likes, sample, self.baseline_ms + self.judge_ms, MAX_LIKES)
        else:
            return
        if state.surge is not None:
            if not state.surge.judged:
                state.surge.events.append(event)
            if len(state.surge.events) > MAX_EVENTS:
                del state.surge.events[MAX_EVENTS // 2]
            self._judge(ctx, state.surge, event)

    # Counters beside each other -----------------------------------------------------------

    def _minute(self, ctx: Context, at: int) -> Minute:
        """The minute of a time; the first event of one judges those before."""
        state: TrafficState = ctx.state
        minute, begins = state.book.minute(at)
        if begins:
            for found in (*self.checks.found(state.book), self._buying(state)):
                if found is not None:
                    self._contradicts(ctx, at, *found)
        return minute

    def _contradicts(
        self, ctx: Context, at: int, subject: str, reason: str,
        numbers: dict[str, int | float | str | bool | None], sourced: bool,
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
        self._raise(
            ctx, subject, reason + "。", [*trigger], numbers, f"{subject}:{at // MINUTE_MS}"
        )

    def _buying(self, state: TrafficState) -> Contradiction | None:
        """Lines that somebody goes to buy, by the dozen, while hardly anybody does."""
        closed = state.book.minutes[:-1]
        late = self.buying_late
        window = closed[-self.buying_window - late : -late]
        lines = sum(one.buying for one in window)
        if lines < self.buying_least:
            return None
        before = closed[: -self.buying_window - late][-3 * self.buying_window :]
        # What is displayed late was bought all the same.
        bought, usual = _bought(closed[-self.buying_window - late :]), _bought(before)
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
        numbers: dict[str, int | float | str | bool | None] = {
            "buying_lines": lines, "window_min": self.buying_window, "orders_most": bought,
            "lines_before": earlier, "orders_before": usual, "before_min": len(before),
            "lines_expected": round(expected, 1),
        }  # fmt: skip
        reason = f"{self.buying_window} 分钟内平台提示“去购买”{lines} 次，而订单、下单数同期至多增 {bought}"
        if usual is not None:
            reason += f"；此前 {len(before)} 分钟提示 {earlier} 次、增 {usual}"
        return "buying-lines", reason, numbers, False

    # A surge ------------------------------------------------------------------------------

    def _surge(self, ctx: Context, event: Counter, sample: _Sample) -> None:
        """Notes a jump: at least so many times what was displayed within the last minute."""
        state: TrafficState = ctx.state
        if state.surge is not None:
            state.surge.peak = max(state.surge.peak, sample.low)
            return
        before = None
        for known in reversed(state.viewers):
            if known.at < event.at - self.within_ms:
                break
            if known.at < event.at and (before is None or known.high < before.high):
                before = known
        if before is None:
            if state.viewers and sample.low >= self.times * state.viewers[-1].high > 0:
                ctx.decline("sampled-too-rarely", "viewers")
            return
        if sample.low < self.times * before.high or not before.high:
            return
        if before.high < self.base or sample.low < self.audience:
            return ctx.decline("small-audience", "viewers")
        if ctx.room.unwatched_ms(before.at - self.baseline_ms, event.at):
            return ctx.decline("unwatched", "viewers")
        state.surge = _Surge(
            before.at, before.high, sample.low,
            state.chat.count(before.at - self.baseline_ms, before.at), [],
        )  # fmt: skip

    def _judge(self, ctx: Context, surge: _Surge, event: Counter) -> None:
        state: TrafficState = ctx.state
        age = event.at - surge.at
        if age < self.settle_ms:
            return
        if age > self.judge_ms:
            state.surge = None
            if not surge.judged:
                ctx.decline(
                    "surge-without-likes" if surge.silent else "surge-not-silent", "viewers"
                )
            return
        if surge.judged:
            return
        if state.referral_at and state.referral_at >= surge.at - self.referral_ms:
            return ctx.decline("referral", "viewers")
        if ctx.room.unwatched_ms(surge.at, event.at):
            state.surge = None
            return ctx.decline("unwatched", "viewers")
        if surge.chat_before < self.least_chat:
            return ctx.decline("no-chat-baseline", "viewers")
        likes = [sample for sample in state.likes if sample.at >= surge.at]
        crowd = [sample for sample in state.viewers if sample.at > surge.at]
        if len(likes) < 2 or not crowd:
            return ctx.decline("likes-unknown", "viewers")
        minutes = (likes[-1].at - likes[0].at) / MINUTE_MS
        if minutes <= 0:
            return
        present = sum(sample.high for sample in crowd) / len(crowd)
        per_viewer = (likes[-1].low - likes[0].high) / minutes / present
        before = surge.chat_before / (self.baseline_ms / MINUTE_MS) / surge.base
        least_present = sum(sample.low for sample in crowd) / len(crowd)
        lines = state.chat.count(surge.at, event.at)
        after = lines / (age / MINUTE_MS) / least_present
        surge.silent = after < self.chat_ratio * before
        if per_viewer <= self.likes_rate or after >= self.chat_ratio * before:
            return
        surge.judged = True
        numbers: dict[str, int | float | str | bool | None] = {
            "viewers_before": surge.base,
            "viewers_after": surge.peak,
            "surge_s": self.within_ms // 1000,
            "surge_ratio": round(surge.peak / surge.base, 1),
            "likes_per_minute": round(per_viewer, 1),
            "likes_limit": self.likes_rate,
            "chat_before": round(before, 3),
            "chat_after": round(after, 3),
            "chat_ratio": self.chat_ratio,
        }
        reason = (
            f"在线人数 {numbers['surge_s']} 秒内由 {surge.base:,} 升到 {surge.peak:,}"
            f"（{numbers['surge_ratio']} 倍），没有听到引流；其后每人每分钟点赞 {numbers['likes_per_minute']} 次"
            f"（超过 {self.likes_rate:g}），每人每分钟发言 {numbers['chat_after']} 条，"
            f"不到此前 {numbers['chat_before']} 条的 {self.chat_ratio:g} 倍。"
        )
        self._raise(ctx, "viewers:surge", reason, [*surge.events], numbers, f"surge:{surge.at}")
        surge.events = []

    # Standing still -----------------------------------------------------------------------

    def _flat(self, ctx: Context, event: Counter) -> None:
        state: TrafficState = ctx.state
        now = event.at
        if state.first is None or abs(_middle(event) - _middle(state.first)) > (
            _middle(state.first) * 10 * self.flat_ratio
        ):
            # Too far from where it stood: whatever began then is over.
            state.first = event
            return
        if now - state.first.at < self.flat_ms or (
            state.flat_at and now - state.flat_at < self.flat_ms
        ):
            return
        window = [sample for sample in state.viewers if sample.at >= now - self.flat_ms - SAMPLE_MS]
        spread = variation([sample.high for sample in window])
        if spread is None or spread >= self.flat_ratio:
            return
        mean = sum(sample.high for sample in window) / len(window)
        if any(sample.low != sample.high for sample in window):
            return ctx.decline("rounded-counter", "viewers")
        if mean < self.audience:
            return ctx.decline("small-audience", "viewers")
        if len(window) < self.samples or window[0].at > now - self.flat_ms + self.apart_ms or (
            max(gaps([sample.at for sample in window])) > self.apart_ms
        ):  # fmt: skip
            return ctx.decline("sampled-too-rarely", "viewers")
        if ctx.room.unwatched_ms(window[0].at, now):
            return ctx.decline("unwatched", "viewers")
        state.flat_at = now
        numbers: dict[str, int | float | str | bool | None] = {
            "minutes": round((now - window[0].at) / MINUTE_MS, 1),
            "samples": len(window),
            "viewers_mean": round(mean),
            "variation_percent": round(spread * 100, 2),
            "limit_percent": round(self.flat_ratio * 100, 2),
        }
        reason = (
            f"在线人数 {numbers['minutes']} 分钟内 {numbers['samples']} 次采样均在 {numbers['viewers_mean']:,} 上下，"
            f"离散程度 {numbers['variation_percent']}%，低于 {numbers['limit_percent']}%。"
        )
        first = state.first
        state.first = event
        self._raise(ctx, "viewers:flat", reason, [first, event], numbers, f"flat:{now}")

    def _raise(
        self, ctx: Context, subject: str, reason: str, trigger: list[Event],
        numbers: dict[str, int | float | str | bool | None], hit: str,
    ) -> None:  # fmt: skip
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=_TITLES.get(subject.partition(":")[0], "在线人数"),
                level="watch",
                reason=reason,
                trigger=trigger,
                hit=hit,
                numbers=numbers,
                exemptions=[
                    Exemption(clause="平台推荐、投流、连麦、名人到场", met=None,
                              why="口播和系统消息里未见；是否投流须向平台核实") ,
                    Exemption(clause="人数少或平台取整的计数", met=False,
                              why="所见计数为精确值，或按其上下限计算；人数达到本规则下限"),
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


def _interval(event: Counter) -> _Sample | None:
    """A counter's display; ``None`` when one of its bounds is unknown."""
    if event.low is not None or event.high is not None:
        if event.low is None or event.high is None:
            return None
        return _Sample(event.at, event.low, event.high)
    return None if event.value is None else _Sample(event.at, event.value, event.value)


def _middle(event: Counter) -> float:
    sample = _interval(event)
    return (sample.low + sample.high) / 2 if sample is not None else 0.0


def _append(samples: list[_Sample], sample: _Sample, keep_ms: int, most: int) -> bool:
    """Adds a sample; ``False``: it only replaced the last one."""
    while samples and samples[0].at < sample.at - keep_ms:
        del samples[0]
    if len(samples) > 1 and sample.at - samples[-2].at < SAMPLE_MS:
        samples[-1] = sample
        return False
    samples.append(sample)
    if len(samples) > most:
        del samples[0]
    return True
