"""How a price went, level by level, and whether its latest level is one that nobody was used to.

Three ways to leave what is usual are told apart, each measured in logarithms of prices:

* a *shift* away from a level that stood still, in one step, as a spike or as a creep of small
  steps: the drawup or drawdown since the latest level that stood, which is the one-sided
  cumulative sum of Page (Continuous Inspection Schemes, Biometrika 41, 1954) on the logarithm of
  the price, with the level that stood as its target and no allowance. How still a level stood is
  weighed by the time for which it was watched, so a price that nobody touched for ten days
  counts for ten days;
* an *oscillation* between two levels: the number of reversals within minutes, as in the runs test
  of Wald and Wolfowitz (On a Test Whether Two Samples are from the Same Population, 1940), with
  the turns of directional change of Guillaume et al. (From the bird's eye to the microscope,
  Finance and Stochastics 1, 1997) in place of signs;
* a *jump* among prices that move: a robust z of the latest change among the changes before it
  (median and MAD: Rousseeuw and Croux, Alternatives to the Median Absolute Deviation, 1993).

`tests/benchmarks/bench_curve.py` holds these against a CUSUM with allowance, a time-weighted
median and MAD alone, and the Bayesian change point of Adams and MacKay (2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, log
from statistics import median as middle_of

from msgspec import Struct

from detectors.calendar import day_of

__all__ = [
    "MAX_LEVELS",
    "Level",
    "Shift",
    "Stillness",
    "jump",
    "percent",
    "reaches",
    "returned",
    "reversals",
    "shift",
    "spread",
]

#: Levels of one price that are remembered; the oldest go first.
MAX_LEVELS = 40
#: Prices this close to each other, as a logarithm, are one level that stood still.
SAME_LEVEL = 0.05
#: Prices this close to each other, as a logarithm, are the two ends of one oscillation.
SAME_PRICE = 0.02
#: A change of a tenth, as a logarithm.
SMALL = 0.095
#: So many steps from the level that stood need not lead one way.
FEW = 3
#: Share of the way that a creep of more steps leads forward (Kaufman's efficiency ratio).
STRAIGHT = 0.6
#: Earlier levels of which the middle one is the pace of a price.
PACED = 3

#: How much of ``[start, end)`` was watched, ms.
Watched = Callable[[int, int], int]


class Level(Struct, array_like=True, gc=False):
    """A price for as long as it did not change."""

    fen: int
    at: int
    """When it was first seen."""
    until: int
    """When it was last seen."""
    seen: int = 1
    """How often it was seen."""
    days: int = 1
    """On how many Beijing days it was seen."""
    explained: bool = False
    """Its beginning was announced, or an alert told of it: no sign of a price that always moves."""

    def see(self, at: int) -> None:
        """Notes that the same price was seen once more."""
        if day_of(at) > day_of(self.until):
            self.days += 1
        self.until = max(self.until, at)
        self.seen += 1


class Stillness(Struct, frozen=True):
    """What makes a level one that stood still: any of these is enough."""

    sightings: int
    """Seen so often,"""
    span_ms: int
    """over at least so long;"""
    days: int
    """or on so many days;"""
    watched_ms: int
    """or unchanged at a second sight, with so much time under watch;"""
    single_ms: int
    """or once, and nothing else was shown for so long under watch."""


class Shift(Struct, frozen=True):
    """How far the latest price is from a level that stood still."""

    usual: int
    """分; the price that was longest in force while the level stood."""
    since: int
    """When the level was first seen, ms."""
    left: int
    """When it was last seen, ms."""
    seen: int
    watched_ms: int
    away: float
    """Logarithm of the latest price over the usual one, or over what it had reached since."""
    origin: int
    """分; the price that it is measured from: the usual one, or an extreme that was reached since."""
    steps: int
    """Changes from the level to the latest price."""
    pace_ms: int
    """For how long levels stood before; 0: none is known."""
    before: int
    """Index of the first step of the level: what came earlier was known before."""


def shift(
    levels: Sequence[Level], at: int, watched: Watched, *, least: float, within_ms: int,
    still: Stillness,
) -> Shift | None:  # fmt: skip
    """The shift of the latest level, `levels[-1]`, from one that stood still before it.

    Looked for among the levels that were in force within `within_ms`, not beyond one whose
    beginning was announced. `least` is a share of the price: 0.3 for 30 %.

    >>> hour = 3_600_000
    >>> quiet = Level(8990, 0, 10 * hour, seen=11)
    >>> moved = Level(12586, 10 * hour + 60_000, 10 * hour + 60_000)
    >>> found = shift([quiet, moved], moved.at, lambda start, end: end - start, least=0.3,
    ...               within_ms=24 * hour, still=Stillness(5, 60_000, 3, 600_000, 1_200_000))
    >>> found.usual, found.seen, round(exp(found.away), 2)
    (8990, 11, 1.4)
    """
    latest = levels[-1]
    extreme: Level | None = None
    index = len(levels) - 2
    while index >= 0:
        left = levels[index + 1].at
        if index < len(levels) - 2 and left < at - within_ms:
            return None
        first, last = _plateau(levels, index)
        found = _stood(levels, first, last, watched, still)
        explained = any(level.explained for level in levels[first : index + 1])
        if found is not None and explained and not _outgrown(levels, first, least):
            return None
        if found is not None:
            usual, since, until, seen, time = found
            steps = len(levels) - 1 - last
            back = abs(log(latest.fen / usual)) < SMALL
            reached = extreme.fen if extreme is not None and steps <= FEW and not back else 0
            for origin in (usual, reached):
                if (
                    origin
                    and reaches(latest.fen, origin, least)
                    and (steps <= FEW or _straight(levels[last:]) >= STRAIGHT)
                ):
                    return Shift(
                        usual, since, until, seen, time, log(latest.fen / origin), origin,
                        steps, _pace(levels[: first + 1]), first,
                    )  # fmt: skip
        else:
            for level in levels[first : index + 1]:
                if extreme is None or abs(log(latest.fen / level.fen)) > abs(
                    log(latest.fen / extreme.fen)
                ):
                    extreme = level
        if explained:
            return None
        index = first - 1
    return None


def _outgrown(levels: Sequence[Level], first: int, least: float) -> bool:
    """Does the latest price go further than back, after a level that was announced?

    The end of a promotion is announced with its begin; where what was usual before is not known,
    any price may be that.
    """
    if not first:
        return False
    latest, announced, before = levels[-1].fen, levels[first].fen, levels[first - 1].fen
    if (latest > announced) == (announced > before):
        return True
    return (latest > before) == (latest > announced) and reaches(latest, before, least)


def reaches(fen: int, origin: int, least: float) -> bool:
    """Is one price the other and a share of at least `least` more, to the percent, up or down?"""
    return round(max(fen, origin) / min(fen, origin) - 1, 2) >= least


def _plateau(levels: Sequence[Level], index: int) -> tuple[int, int]:
    """The neighbouring levels, before the latest, that are the same as this one within a little."""
    fen = levels[index].fen
    first = index
    while first > 0 and abs(log(levels[first - 1].fen / fen)) <= SAME_LEVEL:
        first -= 1
    return first, index


def _straight(levels: Sequence[Level]) -> float:
    """The way from the first level to the last as a share of all the way between."""
    steps = [log(after.fen / level.fen) for level, after in pairwise(levels)]
    return abs(sum(steps)) / (sum(abs(step) for step in steps) or 1.0)


def _pace(levels: Sequence[Level]) -> int:
    """For how long levels stood before the last of these, until a change that nothing explains.

    The middle one of them; of fewer than `PACED` the shortest. Levels within a tenth of the last
    one do not count: so much any price moves.
    """
    stood = [
        after.at - level.at
        for level, after in pairwise(levels)
        if not after.explained and abs(log(level.fen / levels[-1].fen)) >= SMALL
    ]
    if len(stood) < PACED:
        return min(stood, default=0)
    return round(middle_of(stood))


def _stood(
    levels: Sequence[Level], first: int, last: int, watched: Watched, still: Stillness
) -> tuple[int, int, int, int, int] | None:
    """Usual price, first and last sight, sightings and time under watch, if the level stood still."""
    since, end = levels[first].at, levels[last + 1].at
    until = levels[last].until
    seen = sum(level.seen for level in levels[first : last + 1])
    days, day = 0, -1
    for level in levels[first : last + 1]:
        days += level.days - (day_of(level.at) == day)
        day = day_of(level.until)
    time = watched(since, end)
    if not (
        (seen >= still.sightings and end - since >= still.span_ms)
        or (days >= still.days and seen >= still.days)
        or (time >= still.watched_ms and any(level.seen > 1 for level in levels[first : last + 1]))
        or max(watched(levels[n].at, levels[n + 1].at) for n in range(first, last + 1))
        >= still.single_ms
    ):
        return None
    longest = max(
        range(first, last + 1),
        key=lambda place: (watched(levels[place].at, levels[place + 1].at), levels[place].seen),
    )
    return levels[longest].fen, since, until, seen, time


def returned(levels: Sequence[Level], before: int, fen: int, ratio: float) -> bool:
    """Is a price, within a logarithm of `ratio`, back at one of the first `before` levels?"""
    return any(abs(log(fen / level.fen)) <= ratio for level in levels[:before])


def reversals(levels: Sequence[Level], *, least: float, within_ms: int, stood_ms: int) -> int:
    """How often the price turned, by at least `least` each way, up to the latest level.

    Only turns within `within_ms` count that lead back, within a fiftieth, to the level before the
    last one: a price that takes a new level each time moves, it does not swing. Only levels that stood for `stood_ms`: several
    specifications of one SKU that are shown at one time are no turns.

    >>> to_and_fro = [Level(fen, 60_000 * n, 60_000 * n) for n, fen in enumerate([100, 50] * 3)]
    >>> reversals(to_and_fro, least=0.3, within_ms=900_000, stood_ms=10_000)
    4
    """
    turns = 0
    since = levels[-1].at - within_ms
    way = 0
    for index in range(len(levels) - 1, 0, -1):
        level, before = levels[index], levels[index - 1]
        if before.at < since or level.at - before.at < stood_ms or level.explained:
            break
        now = 1 if level.fen > before.fen else -1
        if not reaches(level.fen, before.fen, least):
            break
        if way and (now == way or abs(log(levels[index + 1].fen / before.fen)) > SAME_PRICE):
            break
        turns += way != 0
        way = now
    return turns


def jump(levels: Sequence[Level], *, floor: float, floor_young: float, young: int) -> float:
    """Robust z of the latest change among the changes before it, up or down alike.

    The spread is 1.4826 × the median size of the changes: their centre is no change, and that of
    a price that goes to and fro between two levels would be one of the two. Of fewer than `young`
    changes the greatest is the measure; `floor_young` and `floor` bound the spread from below.
    """
    changes = [abs(log(after.fen / before.fen)) for before, after in pairwise(levels)]
    earlier = changes[:-1]
    change = log(levels[-1].fen / levels[-2].fen)
    if len(earlier) < young:
        return change / max(floor_young, max(earlier, default=0.0))
    return change / max(floor, 1.4826 * middle_of(earlier))


def spread(levels: Sequence[Level], found: Shift) -> float:
    """Scaled MAD of the prices of the level that stood, each by its time: a few sights weigh little."""
    near = [
        abs(log(level.fen / found.usual))
        for level in levels[found.before :]
        if level.at <= found.left and abs(log(level.fen / found.usual)) <= SAME_LEVEL
        for _ in range(min(level.seen, 20))
    ]
    return 1.4826 * middle_of(near) if near else 0.0


def percent(away: float) -> float:
    """A logarithm as a change in percent."""
    return round(100 * (exp(away) - 1), 1)
