"""Viewers many times over within a minute, who like and do not write."""

from __future__ import annotations

from detectors.alerts import Number
from detectors.calendar import MINUTE_MS
from detectors.events import Counter
from detectors.rule import Context, RuleSpec
from detectors.rules.crowd.audience import Surge, TrafficState
from detectors.rules.crowd.counter_checks import Contradiction
from detectors.rules.crowd.order_window import Sample

__all__ = ["Surges"]


class Surges:
    """The surges of a broadcast, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.times = spec.threshold("surge_times")
        self.within_ms = spec.duration_ms("surge_s")
        self.base = spec.count("least_base")
        self.settle_ms = spec.duration_ms("settle_s")
        self.judge_ms = spec.duration_ms("judge_s")
        self.likes_rate = spec.threshold("likes_per_minute")
        self.chat_ratio = spec.threshold("chat_ratio")
        self.baseline_ms = spec.duration_ms("baseline_s")
        self.least_chat = spec.count("least_chat")
        self.referral_ms = spec.duration_ms("referral_s")
        self.audience = spec.count("least_audience")

    @property
    def kept_ms(self) -> int:
        """How long displays of likes are needed, ms."""
        return self.baseline_ms + self.judge_ms

    def note(self, ctx: Context, event: Counter, sample: Sample) -> None:
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
        state.surge = Surge(
            before.at, before.high, sample.low,
            ctx.room.crowd.head.lines_between(before.at - self.baseline_ms, before.at), [],
        )  # fmt: skip

    def judge(self, ctx: Context, surge: Surge, event: Counter) -> Contradiction | None:
        """Judges it at a later display; what to raise, or ``None``."""
        state: TrafficState = ctx.state
        age = event.at - surge.at
        if age < self.settle_ms:
            return None
        if age > self.judge_ms:
            state.surge = None
            if not surge.judged:
                ctx.decline(
                    "surge-without-likes" if surge.silent else "surge-not-silent", "viewers"
                )
            return None
        if surge.judged:
            return None
        if state.referral_at and state.referral_at >= surge.at - self.referral_ms:
            ctx.decline("referral", "viewers")
            return None
        if ctx.room.unwatched_ms(surge.at, event.at):
            state.surge = None
            ctx.decline("unwatched", "viewers")
            return None
        if surge.chat_before < self.least_chat:
            ctx.decline("no-chat-baseline", "viewers")
            return None
        likes = [sample for sample in state.likes if sample.at >= surge.at]
        crowd = [sample for sample in state.viewers if sample.at > surge.at]
        if len(likes) < 2 or not crowd:
            ctx.decline("likes-unknown", "viewers")
            return None
        minutes = (likes[-1].at - likes[0].at) / MINUTE_MS
        if minutes <= 0:
            return None
        present = sum(sample.high for sample in crowd) / len(crowd)
        per_viewer = (likes[-1].low - likes[0].high) / minutes / present
        before = surge.chat_before / (self.baseline_ms / MINUTE_MS) / surge.base
        least_present = sum(sample.low for sample in crowd) / len(crowd)
        lines = ctx.room.crowd.head.lines_between(surge.at, event.at)
        after = lines / (age / MINUTE_MS) / least_present
        surge.silent = after < self.chat_ratio * before
        if per_viewer <= self.likes_rate or after >= self.chat_ratio * before:
            return None
        surge.judged = True
        numbers: dict[str, Number] = {
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
        return "viewers:surge", reason, numbers, False
