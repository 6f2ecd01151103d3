"""A room's counters by the minute, and tests that compare them with each other.

Each display is an interval (`low` to `high`, alike where the platform does not round). Nothing is
concluded from one counter alone where another can be asked:

* *arithmetic*: everybody who watches came in, so viewers less visits never rises. Its drawup (the
  CUSUM of Page, Biometrika 41, 1954) beyond what the display lags and rounds cannot be;
* *too regular*: arrivals and departures of people scatter at least like a Poisson process; the
  variance of the changes by the minute over the number who came and went is the index of
  dispersion of Fisher (1925), and far below one no audience made the curve;
* *too many*: where each entry counts several times, visits rise minute after minute by a multiple
  of what was usual, and neither viewers nor likes follow;
* *apart*: what goes with each other in every crowd (viewers, visits, likes, lines) changes alone.
  Windows are compared as rates on the log scale with Poisson errors and a robust allowance.

State is bounded: `MAX_MINUTES` minutes of a room. A minute is closed by the first event of a later
one, so the tests run once a minute, whatever the rate of events.
"""

from __future__ import annotations

from itertools import pairwise
from math import log, sqrt
from statistics import median

from msgspec import Struct

from detectors.calendar import MINUTE_MS
from detectors.events import Counter

__all__ = ["MAX_MINUTES", "Apart", "Counters", "Minute", "interval"]

#: Minutes of a room that are kept.
MAX_MINUTES = 90
#: Minutes in which viewers are held against visits.
COMPARED = 40
#: Counters of a whole room that are kept by the minute.
NAMES = ("viewers", "visits", "likes", "orders")
#: A display whose bounds lie further apart, as a share, tells nothing of rates.
ROUNDED = 0.005
#: Visits of three minutes that are so many times the usual are a push, a raid, an entry of many.
BURST = 1.8
#: A broadcast fills in its first minutes: viewers rise while as many come as later.
FILLING = 10
#: A cumulative counter that falls by more than this share begins anew.
RESTARTED = 0.02


def interval(counter: Counter) -> tuple[int, int] | None:
    """A display as least and greatest value; ``None``: one of them is unknown (“1万+”)."""
    low, high = counter.low, counter.high
    if low is None and high is None:
        return None if counter.value is None else (counter.value, counter.value)
    return None if low is None or high is None else (low, high)


class Minute(Struct, array_like=True, gc=False):
    """What was displayed last in a minute, and how often something happened in it."""

    number: int
    """Minutes since the epoch."""
    viewers: tuple[int, int] | None = None
    visits: tuple[int, int] | None = None
    likes: tuple[int, int] | None = None
    orders: tuple[int, int] | None = None
    lines: int = 0
    """Chat lines of viewers."""
    buying: int = 0
    """Lines of the platform that somebody goes to buy."""
    bought: int = 0
    """Orders that were seen one by one; some platforms show each twice, placed and paid."""


class Apart(Struct, frozen=True):
    """A counter that changed while those that go with it did not."""

    ratio: float
    """Of its rate (viewers: its level) now to before."""
    others: dict[str, float]
    """The same of the others, those that are known."""
    z: float
    """How unusual the difference is, in standard errors."""
    minutes: int
    """Length of the window now."""
    apart: int
    """Minutes from the middle of the window before to that now."""
    before: float
    now: float


class Counters(Struct):
    """The minutes of a room, the latest last."""

    minutes: list[Minute] = []
    began: int = 0
    """The first minute."""

    def minute(self, at: int) -> tuple[Minute, bool]:
        """The minute of a time, and whether it begins with this event."""
        number = at // MINUTE_MS
        minutes = self.minutes
        if minutes and number <= minutes[-1].number:
            # A late event is counted with the present: it cannot reopen what was judged.
            return minutes[-1], False
        fresh = Minute(number)
        self.began = self.began or number
        minutes.append(fresh)
        if len(minutes) > MAX_MINUTES:
            del minutes[0]
        return fresh, len(minutes) > 1

    def show(self, minute: Minute, counter: Counter) -> bool:
        """Notes a display; ``False``: it tells nothing. A counter that starts again forgets all."""
        shown = interval(counter)
        name = counter.name
        if shown is None or name not in NAMES:
            return False
        if name != "viewers":
            known = self.last(name)
            if known is not None and shown[1] < known[0] * (1 - RESTARTED):
                self.minutes[:] = [minute]
                for other in NAMES:
                    setattr(minute, other, None)
        setattr(minute, name, shown)
        return True

    def last(self, name: str) -> tuple[int, int] | None:
        """The latest display of a counter."""
        for minute in reversed(self.minutes):
            shown: tuple[int, int] | None = getattr(minute, name)
            if shown is not None:
                return shown
        return None

    # Arithmetic ---------------------------------------------------------------------------

    def has_risen(self, by: int) -> bool:
        """Are there more viewers by so many than at some time of the minutes that are compared?

        Visits do not fall, so what viewers gain beyond visits is no more than what they gain.
        """
        shown = [one.viewers for one in self.minutes[-COMPARED:-1] if one.viewers is not None]
        return bool(shown) and shown[-1][0] - min([most for _, most in shown]) >= by

    def entered_too_few(self, *, lag_least: int, lag_most: int) -> tuple[int, int, int, int] | None:
        """The greatest rise of viewers beyond the visits of its time, in the minutes that are kept.

        As viewers at first, at last, visits gained at most, minutes. Visits may be displayed
        `lag_least` to `lag_most` minutes late, as long as they stood still between changes so far.
        A display that repeats the one before counts nobody: visits are known up to their latest
        change. ``None``: too little was seen, or visits stand still (`rise_while_still`).
        """
        recent = self.minutes[-COMPARED:]
        closed = [one for one in recent[:-1] if one.viewers is not None]
        seen = [one for one in recent if one.visits is not None]
        if len(closed) < 3 or len(seen) < 3:
            return None
        newest, lag = _renewed(seen, lag_least, lag_most)
        if newest.visits is None or self.minutes[-1].number - newest.number > lag:
            return None
        late = [one for one in closed if one.number > newest.number - lag]
        starts = closed[: len(closed) - len(late)]
        if not starts or starts[-1].viewers is None:
            return None
        end = starts.pop()
        # Who was there at the end and ever since: a peak of one display is no audience.
        least = min(one.viewers[0] for one in (end, *late) if one.viewers is not None)
        best: tuple[int, int, int, int] | None = None
        place, earlier = 0, None
        for start in starts:
            while place < len(seen) and seen[place].number <= start.number - lag:
                earlier = seen[place].visits
                place += 1
            if earlier is None or start.viewers is None:
                continue
            gained = newest.visits[1] - earlier[0]
            if best is None or least - start.viewers[1] - gained > best[1] - best[0] - best[2]:
                best = (start.viewers[1], least, gained, end.number - start.number)
        return best

    def rise_while_still(self, *, lag_least: int, lag_most: int) -> tuple[int, int] | None:
        """Viewers when visits last changed, at most, and now, at least.

        ``None``: visits change within their usual time, or are not displayed at all.
        """
        recent = self.minutes[-COMPARED:]
        seen = [one for one in recent if one.visits is not None]
        closed = [one for one in recent[:-1] if one.viewers is not None]
        if not seen or not closed:
            return None
        newest, lag = _renewed(seen, lag_least, lag_most)
        if recent[-1].number - newest.number <= lag:
            return None
        then = next((one for one in closed if one.number >= newest.number), closed[-1])
        now = closed[-1]
        if then.viewers is None or now.viewers is None:
            return None
        return then.viewers[1], now.viewers[0]

    # Regularity ---------------------------------------------------------------------------

    def straightness(self, length: int) -> tuple[float, float, float, float] | None:
        """Growth of viewers along a line over the last closed minutes, and how it scatters.

        As ratio of last to first, viewers a minute, variance of the changes, expected variance
        (those who came and went). ``None``: rounded, missing, or not followed.
        """
        window = self.minutes[-length - 1 : -1]
        if len(window) < length or window[-1].number - window[0].number != length - 1:
            return None
        values = []
        for one in window:
            if one.viewers is None or one.viewers[0] != one.viewers[1]:
                return None
            values.append(one.viewers[0])
        if values[0] <= 0 or all(value % 10 == 0 for value in values):
            return None
        steps = [after - before for before, after in pairwise(values)]
        slope = (values[-1] - values[0]) / (length - 1)
        scatter = sum((step - slope) ** 2 for step in steps) / (len(steps) - 1)
        first, last = window[0].visits, window[-1].visits
        level = sum(values) / length
        came = level / 10
        if first is not None and last is not None:
            came = max((last[0] - first[1]) / (length - 1), 0.0)
        return values[-1] / values[0], slope, scatter, max(2 * came - slope, came)

    # Apart --------------------------------------------------------------------------------

    def sustained(
        self, length: int, before: int, least: int, *, rate: float = 0.0, ratio: float = 0.0
    ) -> Apart | None:  # fmt: skip
        """How far a low quarter of the visits gained by the minute lies above what was usual.

        Beside it what viewers, likes and lines did. A push or a raid brings visits in a burst; an
        entry that counts several times brings them in each minute. `before` minutes at most, and
        `least` at least, say what was usual; `z` is no figure of this test. Less than `rate` a minute,
        or than `ratio` times what was usual, is none.
        """
        closed = self.minutes[:-1]
        now, earlier = closed[-length:], closed[-length - before : -length]
        gains = _gains(closed[-length - 1 :], "visits")
        usual = _gains(earlier, "visits")
        if gains is None or usual is None or len(gains) < length or len(usual) < least:
            return None
        low, level = sorted(gains)[len(gains) // 4], max(median(usual), 1.0)
        if low < rate or low < ratio * level:
            return None
        rates_now, rates_before = _rates(now), _rates(earlier)
        others = {
            name: round(value / rates_before[name][0], 2)
            for name, (value, _) in rates_now.items()
            if name != "visits" and name in rates_before and rates_before[name][0] > 0
        }
        return Apart(low / level, others, 0.0, length, length, level, low)

    def apart(
        self, name: str, *, length: int, backs: tuple[int, ...], least: float, tau: float
    ) -> Apart | None:
        """The strongest change of a counter that the others do not share, of some distances back."""
        closed = self.minutes[:-1]
        now = closed[-length:]
        best: Apart | None = None
        if len(now) < length or now[-1].number - now[0].number >= 2 * length:
            return None
        roughly = _roughly(now, name)
        found: tuple[float, float] | None = None
        rates_now: dict[str, tuple[float, float]] | None = None
        for back in backs:
            end = len(closed) - back
            before = closed[max(0, end - 2 * length) : end]
            if name == "viewers" and self.began:
                before = [one for one in before if one.number >= self.began + FILLING]
            if len(before) < length or roughly < least * _roughly(before, name) * 0.7:
                continue
            found = found or _rate(now, name)
            if found is None:
                return None
            value, count = found
            earlier = _rate(before, name)
            if earlier is None or earlier[0] <= 0 or value / earlier[0] < least:
                continue
            old, old_count = earlier
            if rates_now is None:
                rates_now = _rates(now)
            rates_before = _rates(before)
            if name == "viewers" and "visits" in rates_now:
                # A push brings its visits in a burst, and its viewers stay.
                between = _gains(closed[max(0, end - 2 * length) :], "visits") or []
                usual, n = rates_before.get("visits", rates_now["visits"])
                usual = min(usual, median(between)) if between else usual
                bursts = [sum(between[n : n + 3]) / 3 for n in range(len(between) - 2)]
                if bursts and max(bursts) >= BURST * usual:
                    continue
            others = {}
            total, known = 0.0, 0
            for other, (rate, n) in rates_now.items():
                if other == name or other not in rates_before:
                    continue
                before_rate, before_n = rates_before[other]
                if before_rate <= 0:
                    continue
                ratio = max(rate, 0.5 / length) / before_rate
                others[other] = round(ratio, 2)
                error = sqrt(1 / max(n, 1) + 1 / max(before_n, 1) + 1 / max(count, 1) + 1 / max(old_count, 1) + tau * tau)  # fmt: skip
                total += (log(value / old) - log(ratio)) / error
                known += 1
            if not known:
                continue
            apart = Apart(value / old, others, total / known, length, back, old, value)
            if best is None or apart.z > best.z:
                best = apart
        return best


def _renewed(seen: list[Minute], lag_least: int, lag_most: int) -> tuple[Minute, int]:
    """The minute in which visits last changed, and how many minutes late they may be displayed.

    Args:
        seen: minutes in which they were displayed.
    """
    lag = lag_least
    changed = seen[0]
    for one in seen[1:]:
        if one.visits != changed.visits:
            lag = max(lag, min(lag_most, one.number - changed.number))
            changed = one
    return changed, lag


def _roughly(window: list[Minute], name: str) -> float:
    """A rate (viewers: the level) from two displays: enough to see that nothing rose."""
    shown = [
        value for one in (window[0], *window[-2:]) if (value := getattr(one, name)) is not None
    ]
    if name == "viewers":
        return float(max((value[1] for value in shown), default=0))
    minutes = max(1, window[-1].number - window[0].number)
    return (shown[-1][1] - shown[0][0]) / minutes if len(shown) > 1 else float("inf")


def _gains(window: list[Minute], name: str) -> list[float] | None:
    """What a cumulative counter gained by the minute; ``None``: hidden, rounded, or renewed too seldom."""
    gains: list[float] = []
    last: tuple[int, int] | None = None
    at = 0
    for one in window:
        shown: tuple[int, int] | None = getattr(one, name)
        if shown is None:
            continue
        if last is not None:
            gains.append(max(0.0, (shown[1] - last[1]) / (one.number - at)))
        last, at = shown, one.number
    if (
        last is None
        or last[1] - last[0] > ROUNDED * last[1]
        or len(gains) < max(2, len(window) // 2)
    ):
        return None
    still = sum(gain == 0 for gain in gains)
    if still * 2 > len(gains) and sum(gains) > 5 * len(gains):
        gains = _renewals(window, name)
        return gains if len(gains) >= max(2, len(window) // 3) else None
    return gains


def _renewals(window: list[Minute], name: str) -> list[float]:
    """What a counter that is seldom renewed gained by the minute, for each minute between two renewals."""
    renewed: list[tuple[int, tuple[int, int]]] = []
    for one in window:
        shown: tuple[int, int] | None = getattr(one, name)
        if shown is not None and (not renewed or shown != renewed[-1][1]):
            renewed.append((one.number, shown))
    gains: list[float] = []
    # Of what the window begins with it is not known since when it was displayed.
    for (before, old), (at, new) in pairwise(renewed[1:]):
        gains += [max(0.0, (new[1] - old[1]) / (at - before))] * (at - before)
    return gains


#: What is compared by its rate, and how many of it are one independent act: likes come in bursts of one
#: person, lines in talk, so of them a few stand for one.
_ACTS = {"viewers": 1.0, "visits": 1.0, "likes": 0.05, "lines": 0.5}


def _rate(window: list[Minute], name: str) -> tuple[float, float] | None:
    """A rate by the minute (viewers: the level) and its independent acts; ``None``: it is not known."""
    if name == "viewers":
        viewers = [sum(one.viewers) / 2 for one in window if one.viewers is not None]
        if not viewers or len(viewers) < len(window) // 2:
            return None
        level = median(viewers)
        return level, level
    minutes = window[-1].number - window[0].number + 1
    if name == "lines":
        lines = sum(one.lines for one in window)
        return (lines / minutes, lines * _ACTS[name]) if lines else None
    gains = _gains(window, name)
    if gains is None:
        return None
    rate = sum(gains) / len(gains)
    return rate, rate * minutes * _ACTS[name]


def _rates(window: list[Minute]) -> dict[str, tuple[float, float]]:
    """The rates that are known, by name."""
    found = ((name, _rate(window, name)) for name in _ACTS)
    return {name: rate for name, rate in found if rate is not None}
