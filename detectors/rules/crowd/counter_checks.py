"""A room's counters held against each other, once a minute: what cannot be, and what rose alone."""

from __future__ import annotations

from collections.abc import Callable

from detectors.alerts import Number
from detectors.facts.crowd.counters import Apart, Counters
from detectors.rule import RuleSpec

__all__ = ["Contradiction", "CounterChecks"]

#: What a check found: subject, reason, figures, and whether a source of viewers could explain it.
Contradiction = tuple[str, str, dict[str, Number], bool]
_NAMES = {
    "viewers": "在线人数",
    "visits": "每分钟新增访问",
    "likes": "每分钟新增点赞",
    "lines": "每分钟发言",
}


class CounterChecks:
    """The checks of `detectors.facts.crowd.counters`, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        self.audience = spec.count("least_audience")
        self.lag_least = spec.count("visits_lag_least_min")
        self.lag_most = spec.count("visits_lag_most_min")
        self.excess = spec.count("excess_viewers")
        self.excess_ratio = spec.threshold("excess_ratio")
        self.line_minutes = spec.count("line_min")
        self.line_audience = spec.count("line_audience")
        self.line_growth = spec.threshold("line_growth")
        self.line_scatter = spec.threshold("line_scatter")
        self.window = spec.count("apart_window_min")
        self.tau = spec.threshold("apart_tau")
        self.z = spec.threshold("apart_z")
        self.viewers_times = spec.threshold("viewers_apart_times")
        self.likes_times = spec.threshold("likes_apart_times")
        self.visits_least = spec.count("visits_least")
        self.usual_minutes = spec.count("usual_min")
        self.visits_times = spec.threshold("visits_apart_times")
        #: Those for which there have to be `audience` viewers, and the others.
        self.of_audience: tuple[Callable[[Counters], Contradiction | None], ...] = (
            self._entries, self._viewers,
        )  # fmt: skip
        self.of_any: tuple[Callable[[Counters], Contradiction | None], ...] = (
            self._line, self._likes, self._visits,
        )  # fmt: skip

    def found(self, book: Counters) -> list[Contradiction]:
        """What the minutes show, the strongest first."""
        checks = self.of_any
        if self._has_audience(book):
            checks = self.of_audience + checks
        return [found for check in checks if (found := check(book)) is not None]

    def _has_audience(self, book: Counters) -> bool:
        viewers = book.last("viewers")
        return viewers is not None and viewers[0] >= self.audience

    def _entries(self, book: Counters) -> Contradiction | None:
        if not book.has_risen(self.excess):
            return None
        found = book.entered_too_few(lag_least=self.lag_least, lag_most=self.lag_most)
        if found is None:
            return None
        before, after, gained, minutes = found
        excess = after - before - gained
        if not self._is_excess(excess, after):
            return None
        numbers: dict[str, Number] = {
            "viewers_before": before, "viewers_after": after, "minutes": minutes,
            "visits_gained": gained, "unexplained": excess,
        }  # fmt: skip
        return (
            "viewers:entries",
            f"在线人数 {minutes} 分钟内由至多 {before:,} 增到至少 {after:,}（多 {after - before:,}），"
            f"而访问人次计入前后延迟至多只增 {gained:,}，多出 {excess:,} 人",
            numbers, False,
        )  # fmt: skip

    def has_still_visits(self, book: Counters) -> bool:
        """Do viewers rise while visits stand still for longer than they do here?

        A counter that is not renewed for minutes (late, frozen, counted in steps) looks like that in any
        room that fills, so it says nothing of where the viewers came from.
        """
        if not self._has_audience(book) or not book.has_risen(self.excess):
            return False
        found = book.rise_while_still(lag_least=self.lag_least, lag_most=self.lag_most)
        return found is not None and self._is_excess(found[1] - found[0], found[1])

    def _is_excess(self, excess: int, viewers: int) -> bool:
        return viewers >= self.audience and excess >= max(self.excess, self.excess_ratio * viewers)

    def _line(self, book: Counters) -> Contradiction | None:
        viewers = book.last("viewers")
        if viewers is None or viewers[0] < self.line_audience:
            return None
        found = book.straightness(self.line_minutes)
        if found is None:
            return None
        growth, slope, scatter, expected = found
        if growth < self.line_growth:
            return None
        if expected <= 0 or scatter >= self.line_scatter * expected or slope < 2:
            return None
        numbers: dict[str, Number] = {
            "minutes": self.line_minutes, "growth": round(growth, 2), "per_minute": round(slope, 1),
            "scatter": round(scatter, 2), "scatter_expected": round(expected, 1),
            "scatter_limit": self.line_scatter,
        }  # fmt: skip
        return (
            "viewers:line",
            f"在线人数 {self.line_minutes} 分钟内增到 {numbers['growth']} 倍，每分钟都增约 {numbers['per_minute']} 人，"
            f"逐分钟变化的方差 {numbers['scatter']}，而按进出人数应有 {numbers['scatter_expected']} 左右："
            f"不到其 {self.line_scatter:g} 倍",
            numbers, False,
        )  # fmt: skip

    def _viewers(self, book: Counters) -> Contradiction | None:
        found = book.apart(
            "viewers", length=self.window, backs=(self.window, 20, 30, 45), least=1.6, tau=self.tau
        )
        if found is None or found.z < self.z:
            return None
        # Likes and visits both have to be known: new viewers may well be silent.
        if not {"visits", "likes"} <= found.others.keys():
            return None
        if found.ratio < self.viewers_times * max(found.others.values()):
            return None
        return self._apart("viewers", found, sourced=True)

    def _likes(self, book: Counters) -> Contradiction | None:
        # Of a counter that is renewed each five minutes a short window knows nothing.
        windows = ((5, (5, 12, 20)), (12, (12, 20)))
        each = (
            book.apart("likes", length=length, backs=backs, least=4, tau=self.tau)
            for length, backs in windows
        )
        found = next((one for one in each if one is not None), None)
        if found is None or found.z < self.z or "viewers" not in found.others:
            return None
        if (
            book.last("viewers") is None
            or found.now < 60
            or found.ratio < self.likes_times * max(1.0, *found.others.values())
        ):
            return None
        return self._apart("likes", found, sourced=False)

    def _visits(self, book: Counters) -> Contradiction | None:
        found = book.sustained(
            self.window, 20, self.usual_minutes, rate=self.visits_least, ratio=self.visits_times
        )
        if found is None or not found.others.keys() & {"viewers", "likes"}:
            return None
        if found.ratio < self.visits_times * max(1.0, *found.others.values()):
            return None
        return self._apart("visits", found, sourced=True)

    def _apart(self, name: str, found: Apart, *, sourced: bool) -> Contradiction:
        numbers: dict[str, Number] = {
            "before": round(found.before, 1), "now": round(found.now, 1),
            "ratio": round(found.ratio, 1), "minutes_apart": found.apart,
        }  # fmt: skip
        told = []
        for other, value in found.others.items():
            numbers[f"{other}_ratio"] = value
            told.append(f"{_NAMES[other]}为 {value:g} 倍")
        words = (
            f"{_NAMES[name]}由 {numbers['before']:,} 变为 {numbers['now']:,}（{numbers['ratio']:g} 倍，相隔 {found.apart} 分钟），"
            f"而同期{'、'.join(told)}：平日同起同落，这次只有它变了"
        )
        if found.z:
            numbers["z"] = round(found.z, 1)
            words += f"（相差 {numbers['z']} 个标准误）"
        return f"{name}:apart", words, numbers, sourced
