"""The curve: what `price-swing` finds and tells wrongly on simulated price histories, and what
other detectors of change make of the same series.

``python -m tests.benchmarks.bench_curve [SEEDS [FIRST]]``. A swing counts as found when its alert is
raised by the second sight of the swung price, and the seconds for which the rule waits for words.
The other detectors get displayed prices without conditions, and no words, units or gaps; of the
lawful kinds only those are given to them whose prices alone make them lawful.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from math import exp, lgamma, log, log1p, pi, sqrt

from detectors.engine.engine import Engine
from detectors.events import Price, Product
from detectors.pack.load import load_rulebook
from detectors.stats.robust import median, median_absolute_deviation, robust_z
from tests.benchmarks.price_histories import LAWFUL, SWINGS, History, histories

RULE = "price-swing"
LEAST = 0.3
BY_PRICE_ALONE = (
    "moves at each sight", "moves each day", "price of the day", "under 10 %", "member days",
    "auction without a word", "wrong first price, put right",
)  # fmt: skip


class Detector:
    """A detector of change on (time, price)."""

    def see(self, at: int, fen: int) -> bool:
        raise NotImplementedError


class Before(Detector):
    """Robust z of the change among the changes, the spread floored: as it was until 2026-11."""

    def __init__(self) -> None:
        self.fen = self.seen = 0
        self.changes: list[float] = []
        self.levels: list[int] = []

    def see(self, at: int, fen: int) -> bool:
        if not self.fen:
            self.fen, self.seen, self.levels = fen, 1, [fen]
            return False
        self.seen += 1
        if fen == self.fen:
            return False
        change = log(fen / self.fen)
        if len(self.changes) < 8:
            z = change / max(0.1, max((abs(one) for one in self.changes), default=0.0))
        else:
            z = robust_z(change, self.changes, floor=0.05)
        known = any(abs(log(fen / level)) <= 0.03 for level in self.levels)
        self.changes = [*self.changes, change][-60:]
        self.levels, self.fen = [*self.levels, fen][-40:], fen
        return abs(z) >= 6 and abs(change) >= log1p(LEAST) and not known and self.seen > 5


class Weighted(Detector):
    """Median and MAD of the logarithm of the price, each price weighed by the time it stood."""

    def __init__(self) -> None:
        self.sights: list[tuple[int, float]] = []

    def see(self, at: int, fen: int) -> bool:
        value, sights = log(fen), self.sights
        told = False
        if len(sights) >= 5:
            weighed: list[float] = []
            for (start, level), (end, _) in zip(sights, [*sights[1:], (at, 0.0)], strict=True):
                weighed += [level] * max(1, min(60, (end - start) // 60_000))
            centre = median(weighed)
            deviation = max(1.4826 * median_absolute_deviation(weighed), 0.04)
            told = abs(value - centre) / deviation >= 6
        self.sights = [*sights, (at, value)][-300:]
        return told


class Cusum(Detector):
    """Two-sided CUSUM (Page 1954) of the logarithm against its running mean, k = ½ σ, h = 5 σ."""

    def __init__(self) -> None:
        self.n, self.mean, self.square = 0, 0.0, 0.0
        self.up = self.down = 0.0

    def see(self, at: int, fen: int) -> bool:
        value = log(fen)
        told = False
        if self.n >= 5:
            sigma = max(sqrt(max(self.square / self.n, 0.0)), 0.04)
            step = (value - self.mean) / sigma
            self.up = max(0.0, self.up + step - 0.5)
            self.down = max(0.0, self.down - step - 0.5)
            told = max(self.up, self.down) > 5
            if told:
                self.up = self.down = 0.0
                self.n, self.mean, self.square = 0, 0.0, 0.0
        self.n += 1
        delta = value - self.mean
        self.mean += delta / self.n
        self.square += delta * (value - self.mean)
        return told


class Bayes(Detector):
    """Bayesian online change point (Adams and MacKay 2007), normal-gamma, hazard 1/200."""

    def __init__(self) -> None:
        self.runs = [1.0]
        self.prior = (0.0, 0.1, 1.0, 0.001)
        self.parameters = [self.prior]
        self.n = 0

    def see(self, at: int, fen: int) -> bool:
        value = log(fen)
        if not self.n:
            self.prior = (value, 0.1, 1.0, 0.001)
            self.parameters = [self.prior]
        self.n += 1
        chances = [_student(value, *parameters) for parameters in self.parameters]
        grown = [run * chance * 0.995 for run, chance in zip(self.runs, chances, strict=True)]
        # After a change any price within a factor of ten is as likely.
        cut = sum(self.runs) * 0.005 * (1 / 4.6)
        runs = [cut, *grown]
        total = sum(runs) or 1.0
        self.runs = [run / total for run in runs][:400]
        self.parameters = [self.prior, *(_updated(value, *one) for one in self.parameters)][:400]
        self.parameters[0] = _updated(value, value, 0.1, 1.0, 0.001)
        return self.n > 5 and self.runs[0] > 0.5


def _student(x: float, mu: float, kappa: float, alpha: float, beta: float) -> float:
    scale = beta * (kappa + 1) / (alpha * kappa)
    degrees = 2 * alpha
    power = lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - 0.5 * log(degrees * pi * scale)
    return exp(power - (degrees + 1) / 2 * log1p((x - mu) ** 2 / (degrees * scale)))


def _updated(x: float, mu: float, kappa: float, alpha: float, beta: float) -> tuple[float, float, float, float]:  # fmt: skip
    return (
        (kappa * mu + x) / (kappa + 1), kappa + 1, alpha + 0.5,
        beta + kappa * (x - mu) ** 2 / (2 * (kappa + 1)),
    )  # fmt: skip


OTHERS: dict[str, Callable[[], Detector]] = {
    "z of changes (before)": Before,
    "weighted median, MAD": Weighted,
    "CUSUM": Cusum,
    "Adams–MacKay": Bayes,
}


def told_at(engine: Engine, history: History) -> int | None:
    """When the rule raised its alert, event time; ``None``: it did not."""
    state = engine.open("demo", "1")
    for event in history.events:
        # What is due is handed out at once, not when the next event has come.
        if engine.step(state, [event], now=event.at) or engine.advance(state, now=event.at + 1):
            return event.at
    return history.events[-1].at if engine.finish(state, now=0) else None


def other_at(make: Callable[[], Detector], history: History) -> int | None:
    """When another detector tells of a price that is 30 % from the median of what it saw."""
    detector = make()
    seen: list[int] = []
    for event in history.events:
        if isinstance(event, (Price, Product)) and event.price:
            told = detector.see(event.at, event.price)
            far = seen and abs(event.price / median(seen) - 1) >= LEAST - 0.005
            if told and far and (history.begins is None or event.at >= history.begins - 60_000):
                return event.at
            seen.append(event.price)
    return None


def main(seeds: int = 2, first: int = 0) -> None:
    engine = Engine(load_rulebook().only(RULE), lateness_ms=0)
    hold_ms = 31_000
    names = [RULE, *OTHERS]
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: {name: [0, 0, 0] for name in names})  # fmt: skip
    spent = events = 0.0
    for history in histories(range(first, first + seeds)):
        start = time.process_time()
        when: dict[str, int | None] = {RULE: told_at(engine, history)}
        spent += time.process_time() - start
        events += len(history.events)
        if history.begins is not None or history.kind in BY_PRICE_ALONE:
            when |= {name: other_at(make, history) for name, make in OTHERS.items()}
        for name, at in when.items():
            row = counts[history.kind][name]
            row[0] += 1
            row[1] += at is not None and (history.second is None or at <= history.second + hold_ms)
            row[2] += at is not None
        if "--wrong" in sys.argv:
            at = when[RULE]
            if (history.second is None) != (at is None) or (at and history.second and at > history.second + hold_ms):  # fmt: skip
                print(history.kind, history.size, len(history.events), at and history.second and (at - history.second) / 1000)  # fmt: skip
    print(
        f"{'found by the second sight (ever) / told':44}" + "".join(f"{name:>24}" for name in names)
    )
    for kind in (*SWINGS, *LAWFUL):
        cells = []
        for name in names:
            total, soon, ever = counts[kind][name]
            if not total:
                cells.append(f"{'–':>24}")
            elif kind in SWINGS:
                cells.append(f"{soon:>12}/{total} ({ever})".rjust(24))
            else:
                cells.append(f"{ever}/{total}".rjust(24))
        print(f"{kind:44}" + "".join(cells))
    swings = [sum(counts[kind][RULE][part] for kind in SWINGS) for part in (0, 1)]
    lawful = [sum(counts[kind][RULE][part] for kind in LAWFUL) for part in (0, 2)]
    print(
        f"all swings {swings[1]}/{swings[0]}, lawful told {lawful[1]}/{lawful[0]}; {1e6 * spent / events:.1f} µs an event"
    )


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:] if one.isdigit()))
