"""A number of viewers that stands still for minutes, where people come and go."""

from __future__ import annotations

from detectors.alerts import Number
from detectors.calendar import MINUTE_MS
from detectors.events import Counter, Event
from detectors.rule import Context, RuleSpec
from detectors.rules.crowd.audience import SAMPLE_MS, TrafficState, middle
from detectors.rules.crowd.counter_checks import Contradiction
from detectors.stats.spread import gaps, variation

__all__ = ["Stillness"]


class Stillness:
    """Displays that do not change, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.ms = spec.duration_ms("flat_min")
        self.ratio = spec.threshold("flat_variation")
        self.samples = spec.count("least_samples")
        self.apart_ms = spec.duration_ms("sample_gap_s")
        self.audience = spec.count("least_audience")

    def weigh(self, ctx: Context, event: Counter) -> tuple[Contradiction, list[Event]] | None:
        """Weighs one more display; what to raise with its first and last display, or ``None``."""
        state: TrafficState = ctx.state
        now = event.at
        if state.first is None or abs(middle(event) - middle(state.first)) > (
            middle(state.first) * 10 * self.ratio
        ):
            # Too far from where it stood: whatever began then is over.
            state.first = event
            return None
        if now - state.first.at < self.ms or (state.flat_at and now - state.flat_at < self.ms):
            return None
        window = [sample for sample in state.viewers if sample.at >= now - self.ms - SAMPLE_MS]
        spread = variation([sample.high for sample in window])
        if spread is None or spread >= self.ratio:
            return None
        mean = sum(sample.high for sample in window) / len(window)
        if any(sample.low != sample.high for sample in window):
            ctx.decline("rounded-counter", "viewers")
            return None
        if mean < self.audience:
            ctx.decline("small-audience", "viewers")
            return None
        if len(window) < self.samples or window[0].at > now - self.ms + self.apart_ms or (
            max(gaps([sample.at for sample in window])) > self.apart_ms
        ):  # fmt: skip
            ctx.decline("sampled-too-rarely", "viewers")
            return None
        if ctx.room.unwatched_ms(window[0].at, now):
            ctx.decline("unwatched", "viewers")
            return None
        state.flat_at = now
        numbers: dict[str, Number] = {
            "minutes": round((now - window[0].at) / MINUTE_MS, 1),
            "samples": len(window),
            "viewers_mean": round(mean),
            "variation_percent": round(spread * 100, 2),
            "limit_percent": round(self.ratio * 100, 2),
        }
        reason = (
            f"在线人数 {numbers['minutes']} 分钟内 {numbers['samples']} 次采样均在 {numbers['viewers_mean']:,} 上下，"
            f"离散程度 {numbers['variation_percent']}%，低于 {numbers['limit_percent']}%。"
        )
        first = state.first
        state.first = event
        return ("viewers:flat", reason, numbers, False), [first, event]
